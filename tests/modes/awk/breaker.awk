# Every change of the breaker leads on from the one before, by the four ways there are. While it is
# not closed nothing is called but one probe each time that it is half open; and what others,
# one fewer than there are workers, had begun when it opened.
BEGIN { state = "closed" }
/^Breaker: / {
    way = $2 " " $4
    wrong += $2 != state || !(way == "closed open" || way == "open half-open" || \
                              way == "half-open open" || way == "half-open closed")
    state = $4
    probes += state == "half-open"
    opened += way == "closed open"
}
/ takes article / { workers[$2] }
/^  \[[0-9]+\] .* started / && state != "closed" { called++ }
/^Account / { in_report = 1 }
END {
    for (worker in workers)
        others++
    exit wrong || !in_report || called > probes + opened * (others - 1)
}
