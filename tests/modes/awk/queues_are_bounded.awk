# Each of the three queues has room for four, and never had more in it.
$8 == "of" {
    rows++
    wrong += $9 != 4 || $7 > 4
}
END { exit wrong || rows != 3 }
