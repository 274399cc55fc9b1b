# Each of the five queues has room for four, and never had more in it.
$13 == "of" {
    rows++
    wrong += $14 != 4 || $12 > 4
}
END { exit wrong || rows != 5 }
