# Five workers: each article is taken once, and each worker leaves once, and takes nothing after that.
/^worker [0-9]+ takes article/ {
    taken[$5]++
    takes++
    wrong += ($2 in left) + ($2 < 1) + ($2 > 5)
}
/^worker [0-9]+ leaves$/ {
    left[$2]++
    leaves++
}
END {
    for (article in taken)
        wrong += taken[article] != 1
    for (worker in left)
        wrong += left[worker] != 1
    exit wrong > 0 || takes != 20 || leaves != 5
}
