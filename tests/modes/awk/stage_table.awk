# The table of the stages follows from the run, its figures from each other; and between the first
# stage and the end of the last there are never more articles than workers to hold them and queues
# with room for them. A stage's row: number, name, workers, articles, a second, busy %, waited for
# work s, for room s, deepest of capacity.
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

/^Processing article / {
    if (++inside > most_inside)
        most_inside = inside
}
/^Stored the result for article / || / (failed: 503|refused: 429|given up)/ { inside-- }
/^Processed / { processed = $2 }
/^Stored +[0-9]/ { stored = $2 }
/^Account / { taken = $NF - $11 }
/^Total time / { time = $3 }
/^LLM calls / {
    for (i = 3; i < NF; i++)
        if ($i == "most")
            peak = $(i + 1)
}
$1 ~ /^[1-5]$/ && $13 == "of" {
    require("the number of a row", $1, ++rows)
    names = names " " $2
    workers[rows] = $3
    articles[rows] = $4
    busy[rows] = $6
    require_at_most("articles of stage " rows, $4, rows > 1 ? articles[rows - 1] : taken - stored)
    require_at_most("busy of stage " rows, $6, 100)
    require_at_most("the deepest queue of stage " rows, $12, $14)
    require_at_most("the time of all workers of stage " rows,
        $3 * time * $6 / 100 + $8 + $10, $3 * time * 1.006 + 0.11)
    if (time > 0 && (($4 / time - $5) ^ 2 > 0.0001 + (0.01 * $5) ^ 2))
        require("articles a second of stage " rows, $5, $4 / time)
    capacity = $14
    all_workers += $3
}
/^Bottleneck / {
    named = $3 + 0
    require("the name of the bottleneck", $4, "(" word(named) "):")
    for (i = 1; i <= 5; i++)
        require_at_most("stage " i ", which is not named, is busy", busy[i], busy[named])
    require("how busy it is", $10, busy[named])
}
function word(number, all) {
    split(names, all, " ")
    return all[number]
}
END {
    require("the rows are", names, " preprocess summarize sentiment keywords store")
    require("what came through", articles[5] + stored, processed)
    require_at_most("calls in flight", peak, workers[2] + workers[3] + workers[4])
    require_at_most("articles between the ends", most_inside + 0, all_workers + 4 * capacity)
    if (articles[1] > 0)
        require("bottlenecks", named > 0, 1)
    exit wrong
}
