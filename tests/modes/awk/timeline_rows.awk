# Of a table with --timeline: below it each run's lanes, all with the same times above them, and at last a
# strip for each run, as long as its time. The largest digit of a run is the most calls that its row says.
function most_of(text,    i, value, most) {
    for (i = 1; i <= length(text); i++) {
        value = index("123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", substr(text, i, 1))
        most = value > most ? value : most
    }
    return most + 0
}
axis != "" && length($0) > 79 && !/^One at a time/ { fail = 1 }
/ of [0-9]+$/ && / s / { peak[$1] = $(NF - 3); time[$1] = $2; rows++ }
/^ +0 s / {
    if (axis != "" && axis != $0)
        fail = 1
    axis = $0
}
/^in flight / && most_of($3) != peak[run] { fail = 1 }
/^  +[a-z0-9-]+ +[0-9.]+ s$/ { run = $1 }
/in flight, on one scale of time$/ { has_heading = 1 }
has_heading && /^  +[a-z0-9-]+ +[0-9.]+ s  [0-9A-Z]+$/ {
    strips++
    if (most_of($4) != peak[$1] || $2 != time[$1])
        fail = 1
    if (length($4) > longest)
        longest = length($4)
    width[$1] = length($4)
    slowest = $2 + 0 > slowest ? $2 + 0 : slowest
}
END {
    for (name in width) {
        columns = time[name] / slowest * longest
        if (width[name] < columns - 1 || width[name] > columns + 1)
            fail = 1
    }
    exit fail || rows == 0 || strips != rows
}
