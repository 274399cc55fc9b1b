# Each queue has room for all articles. Nearly all were in the first one at once, and about half of them
# in the last one, behind twice as many workers as in front of it. A machine that stands still is
# granted half of both.
$8 == "of" { room[$1] = $9 }
$8 == "of" { deepest[$1] = $7 }
/^Processed / { articles = $4 }
END {
    for (stage in room)
        wrong += room[stage] != articles
    exit wrong || articles == 0 || deepest["summarize"] < articles / 2 || deepest["keywords"] < articles / 4
}
