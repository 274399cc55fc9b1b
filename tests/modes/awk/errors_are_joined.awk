# All errors, joined: numbered from the first to the last, as many as articles failed, none of them
# twice, and the report lists the same ones, or says how many more there are. Nothing was cancelled.
/^Error [0-9]+ of [0-9]+: / {
    wrong += $2 != ++joined
    total = $4 + 0
    text = $0
    sub(/^Error [0-9]+ of [0-9]+: /, "", text)
    wrong += seen[text]++ || text !~ /^article [0-9]+, / || text ~ /cancelled/
}
/^Processed / { partial = /marked as partial$/ }
/^Account / {
    failed = $5
    others = $8 + $11
    in_report = 1
}
in_report && /^(Failed)? +article [0-9]+, / {
    listed++
    wrong += !(substr($0, 14) in seen)
}
in_report && /^ +[0-9]+ in all: / { listed = $1 }
END {
    exit wrong || others || joined != failed || total != failed || listed != failed || partial != (failed > 0)
}
