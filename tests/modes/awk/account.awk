# The report of a part that keeps account: every article is counted once, every attempt once, and what
# is listed is as much as was counted. Articles that have begun are those that are not queued.
function sum_before_equals(text, parts, n, i, sum) {
    sub(/ = .*/, "", text)
    n = split(text, parts, /\+/)
    for (i = 1; i <= n; i++)
        sum += parts[i]
    return sum
}

# "1, 5-7" has 4; with mark, notes which they are.
function length_of(list, mark, parts, ends, n, i, id, all) {
    sub(/.*: /, "", list)
    n = split(list, parts, /, /)
    for (i = 1; i <= n; i++) {
        if (split(parts[i], ends, /-/) < 2)
            ends[2] = ends[1]
        all += ends[2] - ends[1] + 1
        for (id = ends[1] + 0; id <= ends[2] + 0; id++)
            state[id] = state[id] mark
    }
    return all
}

function require(what, got, wanted) {
    if (got "" == wanted "")
        return
    print what ": " got ", not " wanted
    wrong = 1
}

# A long sum goes on in the next line.
/^(Account|Attempts) / && !/ = [0-9]+$/ {
    sum = $0
    getline
    sub(/^ */, sum " ")
}
/^Processing article [0-9]+\.\.\.$/ { began[$3 + 0]++ }
/^(worker|summarize) [0-9]+ takes article [0-9]+$/ { taken[$5 + 0]++ }
/^Leaked / { is_cut_off = 1 } # of who is left behind, not all lines are printed

/^Processed +[0-9]+ of/ {
    processed = $2
    articles = $4
}
/^Account / {
    account = 1
    line = $0
    sub(/^Account +/, "", line)
    require("the sum of the account", sum_before_equals(line), articles)
    sub(/.* = /, "", line)
    require("what the account adds up to", line, articles)
    succeeded = $2
    failed = $5
    cancelled = $8
    queued = $11
    unaccounted = $15 == "unknown" ? $14 : 0
}
{ in_failed = /^Failed +(article|stage)/ || (in_failed && /^ +[a-z0-9]/) }
in_failed && /(article [0-9]+, |stage [0-9]+ )/ {
    match($0, /article [0-9]+/)
    id = substr($0, RSTART + 8, RLENGTH - 8) + 0
    state[id] = state[id] "f"
    shown[id] = 1
    listed_failed++
    if ($0 ~ /: cancelled/)
        require("a failure that is none", $0, "")
}
# Beyond the first few, their numbers alone.
in_failed && /^ +[0-9]+ in all: / {
    for (id in shown)
        sub(/f/, "", state[id])
    listed_failed = $1
    if ($0 !~ / more$/)
        require("the failed that are listed", length_of($0, "f"), failed)
}
/^Cancelled +[0-9]/ {
    require("Cancelled", $2 + 0, cancelled)
    if ($0 !~ / more$/)
        require("the cancelled that are listed", length_of($0, "c"), cancelled)
}
/^Queued +[0-9]/ {
    require("Queued", $2 + 0, queued)
    if ($0 !~ / more$/)
        require("the queued that are listed", length_of($0, "q"), queued)
}
/^Unknown +[0-9]/ {
    require("Unknown", $2 + 0, unaccounted)
    if ($0 !~ / more$/)
        require("the unaccounted that are listed", length_of($0, "u"), unaccounted)
}
/^Stored +[0-9]+ before this run, / {
    stored = $2
    stored_now = $6
}
/^LLM calls / { calls = $3 + 0 }
/^Attempts / {
    attempts = 1
    line = $0
    sub(/^Attempts +/, "", line)
    made = $NF
    require("the sum of the attempts", sum_before_equals(line), made)
    require("calls that answered", $2, calls)
}
/^Refused / { refused += $2 }
/^Attempts / { require("calls that were refused", $12, refused + 0) }
/^Calls saved .* never made( in this run)?$/ {
    saved = $3
    require("the calls of all articles", $5, 3 * articles)
}
END {
    require("reports with an account", account + 0, 1)
    require("reports with attempts", attempts + 0, 1)
    require("articles that succeeded", succeeded, processed)
    if (stored_now != "")
        require("what is stored now", stored_now, succeeded)
    require("failures that are listed", listed_failed + 0, failed)
    # A call that was made once more was made before.
    if (stored && made > 3 * (articles - stored))
        require("calls for what was stored", made, "at most " 3 * (articles - stored))
    require("calls neither made nor saved", made + saved < 3 * articles, 0)
    for (id in taken) # a worker that is left behind may have made no call for its last article
        if (!is_cut_off || id in began)
            began[id] = taken[id] # between the two, it can be cancelled
    for (id in began) {
        require("times that article " id " began", began[id], 1)
        # Where the watch ended the run, it may have been in front of its first call.
        if (state[id] ~ /q/ && !unaccounted)
            require("article " id " began, and is", state[id], "not queued")
        all_began++
    }
    if (all_began && !is_cut_off && !unaccounted)
        require("articles that began", all_began, articles - queued - stored)
    for (id in state)
        if (length(state[id]) > 1)
            require("article " id " is listed twice as", state[id], "once")
    exit wrong
}
