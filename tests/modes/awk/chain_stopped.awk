# Each article that was cancelled says once in which of the five steps, or in front of which. An article
# that was stopped before the model has made no call; an article that was stopped behind it has made all.
/^Article [0-9]+ is stopped at stage (1 \(sanitize\)|2 \(enrich\)|3 \(call(: (summarize|sentiment|keywords))?\)|4 \(validate\)|5 \(format\))$/ {
    stopped++
    step[$2] = $7
}
/^  \[[0-9]+\] .* (started|completed)/ {
    split($1, id, /[][]/)
    if ($0 ~ /started/)
        started[id[2]]++
    else
        completed[id[2]]++
}
/^Account / { cancelled = $8 }
END {
    for (i in step)
        if (step[i] < 3)
            wrong += started[i] > 0
        else if (step[i] > 3)
            wrong += completed[i] != 3
        else
            wrong += completed[i] > 2
    exit wrong || stopped + 0 != cancelled
}
