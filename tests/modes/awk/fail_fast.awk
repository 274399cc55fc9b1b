# The group failed: whose error was the first had an article that the report lists as failed. Five at
# most had an article: each of them failed or was cancelled, and took no other. After the group nothing
# begins, and what had not begun never did.
/^The group failed: (worker|article) [0-9]+ was first$/ {
    said++
    first = $4 == "article" ? $5 : article_of[$5]
}
/^(worker [0-9]+ takes|Processing article|  \[[0-9]+\] .* started)/ { late += said > 0 }
/^worker [0-9]+ takes/ {
    wrong += $2 in left
    article_of[$2] = $5
}
/^worker [0-9]+ leaves$/ { left[$2]++ }
/^Account / {
    failed = $5
    ended = $5 + $8
}
/^(Failed|      ) +article [0-9]+, / {
    sub(/^Failed/, "")
    is_listed[$2 + 0] = 1
}
END {
    for (worker in left)
        wrong += left[worker] != 1
    exit said != 1 || late || wrong || !(first in is_listed) || failed < 1 || ended > 5
}
