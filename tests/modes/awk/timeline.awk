# Of a run with --timeline: the picture stands below the lines of the log and above the report, fits 79
# columns, and the largest digit of the calls in flight is the most that the report counts.
!axis && /^ +0 (s|ms) / { axis = NR }
/^(Processing|Collected|  \[)/ { log_line = NR }
/^in flight / {
    row = NR
    max = $NF
    for (i = 1; i <= length($3); i++) {
        value = index("123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", substr($3, i, 1))
        if (value > most)
            most = value
    }
}
axis && !row && length($0) > 79 { fail = 1 }
axis && !row && /^main / { has_main = 1 }
/^Processed / { report = NR }
/^LLM calls / {
    peak = $(NF - 2)
    fail = fail || max != peak
    if (peak > 35)
        most = peak
}
END { exit fail || !has_main || log_line > axis || axis > row || !row || row > report || most != peak }
