# The articles whose three calls take more than 3.3 s of the 3.5 s fail; others may, on a slow machine.
/: no answer in time$/ {
    match($0, /article [0-9]+/)
    failed[substr($0, RSTART + 8, RLENGTH - 8)] = 1
}
END { exit !(3 in failed && 11 in failed && 13 in failed && 15 in failed && 17 in failed && 18 in failed) }
