# The table of the stages follows from the run, its figures from each other; and between the first stage
# and the collector there are never more articles than workers to hold them and queues with room for them.
# A stage's row: name, workers, articles, a second, busy %, deepest of capacity.
function require(what, got, wanted) {
    if (got "" == wanted "")
        return
    print what ": " got ", not " wanted
    wrong = 1
}

function require_at_most(what, got, most) {
    if (got + 0 > most)
        require(what, got, "at most " most)
}

/^summarize [0-9]+ takes article / {
    if (++inside > most_inside)
        most_inside = inside
}
/^Collected result for article / || / (failed: 503|refused: 429|given up)/ { inside-- }
/^Processed / { processed = $2 }
/^Stored +[0-9]/ { stored = $2 }
/^Account / { taken = $NF - $11 }
/^Shutdown / || / article [0-9]+, store: / { is_cancelled = 1 }
/^Total time / { time = $3 }
/^LLM calls / {
    for (i = 3; i < NF; i++)
        if ($i == "most")
            peak = $(i + 1)
}
$8 == "of" {
    name[++rows] = $1
    names = names " " $1
    articles[rows] = $3
    busy[rows] = $5
    require_at_most("articles of " $1, $3, rows > 1 ? articles[rows - 1] : taken - stored)
    require_at_most("busy of " $1, $5, 100)
    require_at_most("the deepest queue of " $1, $7, $9)
    if (time > 0 && (($3 / time - $4) ^ 2 > 0.0001 + (0.01 * $4) ^ 2))
        require("articles a second of " $1, $4, $3 / time)
    capacity = $9
    all_workers += $2
}
/^Bottleneck / {
    named = $2
    busiest = $8
}
END {
    require("the rows are", names, " summarize sentiment keywords")
    for (i = 1; i <= rows; i++) {
        require_at_most(name[i] ", beside the bottleneck, is busy", busy[i], busiest)
        if (name[i] ":" == named)
            require("how busy it is", busiest, busy[i])
    }
    # A result that the store did not take has been through all stages.
    if (!is_cancelled)
        require("what came through", articles[3] + stored, processed)
    require_at_most("processed", processed, articles[3] + stored)
    require_at_most("calls in flight", peak, all_workers)
    # The workers drain the queues of a cancelled run. The collector has one.
    if (!is_cancelled)
        require_at_most("articles between the ends", most_inside + 0, all_workers + 2 * capacity + 1)
    if (articles[1] > 0)
        require("the bottleneck is a stage", index(names " ", " " substr(named, 1, length(named) - 1) " ") > 0, 1)
    exit wrong
}
