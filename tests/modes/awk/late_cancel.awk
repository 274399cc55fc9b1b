# Of many runs: each article is processed or cancelled, though all calls were answered; in some run one is
# cancelled, and not equally many in each.
/^Run [0-9]+: / {
    wrong += $3 + $9 != 20 || $7 + $11 != 0 || !/; 60 calls$/
    if (!($9 in seen))
        counts++
    seen[$9] = 1
}
END { exit wrong || counts < 2 }
