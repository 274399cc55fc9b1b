# Of many runs: each article is processed or cancelled, though all calls were answered; in some run one is
# cancelled, and not equally many in each.
/^Run [0-9]+: / {
    wrong += $3 + $10 != 20 || $8 + $12 != 0 || !/; 60 LLM calls$/
    if (!($10 in seen))
        counts++
    seen[$10] = 1
}
END { exit wrong || counts < 2 }
