# Of ./lesson all: the strip of each part is as long as its time, within a column, and its largest digit
# is the most calls in flight. No line is wider than 80 columns.
length($0) > 80 { fail = 1 }
/^[ 1][0-9] [a-z-]+ / && / s / {
    for (i = 1; i <= NF && $i != "of"; i++)
        if ($(i + 1) == "s")
            time[++rows] = $i
    strip[rows] = $NF
    peak[rows] = $(NF - 1)
    if (time[rows] > longest) {
        longest = time[rows]
        width = length(strip[rows])
    }
}
END {
    for (i = 1; i <= rows; i++) {
        columns = time[i] / longest * width
        if (length(strip[i]) > columns + 1 || length(strip[i]) < columns - 1)
            fail = 1
        most = 0
        for (at = 1; at <= length(strip[i]); at++) {
            value = index("123456789ABC", substr(strip[i], at, 1))
            if (value > most)
                most = value
        }
        if (most != peak[i])
            fail = 1
    }
    exit fail || rows != 10
}
