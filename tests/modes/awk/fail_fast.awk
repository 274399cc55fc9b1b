# The group failed: the error is one of those that the report lists, and no cancellation. Five at most
# had an article: each of them failed or was cancelled, and took no other. After the group nothing
# begins, and what had not begun never did.
/^The group failed: / {
    said++
    text = substr($0, length("The group failed: ") + 1)
}
/^(worker [0-9]+ takes|Processing article|  \[[0-9]+\] .* started)/ { late += said > 0 }
/^worker [0-9]+ takes/ { wrong += $2 in left }
/^worker [0-9]+ leaves$/ { left[$2]++ }
/^Account / {
    failed = $5
    ended = $5 + $8
    in_report = 1
}
in_report && length(text) && index($0, text) == 14 { is_listed = 1 }
/^Queued / { queued = $0 }
END {
    for (worker in left)
        wrong += left[worker] != 1
    exit said != 1 || late || wrong || text ~ /cancelled/ || !is_listed || failed < 1 || ended > 5
}
