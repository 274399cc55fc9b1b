# The first queue had room for all articles, and, unless the machine stood still, nearly all were in it
# at once: half of them are required.
$1 == 1 && $13 == "of" { deepest = $12 }
$1 == 1 && $13 == "of" { room = $14 }
/^Processed / { articles = $4 }
END { exit articles == 0 || room != articles || deepest < articles / 2 }
