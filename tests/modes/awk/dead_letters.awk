# A worker that gives an article up says so, and the report says it again: the dead letters are the
# articles that failed, each once. With more than ten the report lists ten, and the numbers of all.
/^Dead letter: / {
    text = substr($0, 14)
    wrong += dead[text]++ || text !~ /^article [0-9]+, (summarize|sentiment|keywords)(, attempt [0-9]+)?: /
    split(text, word, /[ ,]/)
    wrong += letters_of[word[2]]++
    letters++
}
/^Account / {
    failed = $5
    in_report = 1
}
in_report && /^(Failed)? +article [0-9]+, / {
    listed++
    wrong += !(substr($0, 14) in dead)
}
in_report && /^ +[0-9]+ in all: / { listed = $1 }
END { exit wrong || !in_report || letters + 0 != failed || listed + 0 != failed }
