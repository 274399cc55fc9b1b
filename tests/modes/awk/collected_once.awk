# Each article is collected exactly once, as many as the report says there are.
/^Collected result for article/ {
    seen[$5]++
    count++
}
/^Processed/ { articles = $4 }
END {
    for (article in seen)
        wrong += seen[article] != 1
    exit wrong > 0 || count != articles || count == 0
}
