# Each article of which a call was refused is lost, and a line says so; the others are processed.
/^Processed/ {
    done = $2
    articles = $4
}
/^Lost/ { lost = $2 + 0 }
/^Refused/ { refused = $2 }
/refused: 429 Too Many Requests$/ { said++ }
END { exit done + lost != articles || lost < 1 || refused != lost || said != refused }
