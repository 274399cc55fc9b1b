# The rows of a sweep over 20 articles of three seconds each: never more calls in flight than
# workers, never faster than the work allows, and figures that follow from each other.
function differs(a, b, by) { return a - b > by || b - a > by }

$1 ~ /^[0-9]+$/ && $3 == "s" {
    workers = workers " " $1
    if ($7 < 1 || $7 > $1 || $8 " " $9 " " $10 != "20 of 20")
        wrong = wrong " peak or articles of " $1
    if ($2 < 60 / $1 || $2 < 3)
        wrong = wrong " time of " $1
    if (differs($4, 60 / $2, 0.06) || differs($5, 100 * 60 / $2 / $1, 0.6) || $5 > 100)
        wrong = wrong " speed-up or efficiency of " $1
}
END {
    if (workers != " 1 2 5 10 20")
        wrong = wrong " the rows are" workers
    print wrong
    exit wrong != ""
}
