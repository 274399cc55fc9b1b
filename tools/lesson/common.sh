# shellcheck shell=sh
# What every command of the runner starts with: messages, a temporary folder, and the other pieces.

set -u

root=${0%/tools/lesson/*}
newline='
'
temp=''

say() {
    printf 'lesson: %s\n' "$*" >&2
}

# die STATUS WORD...
die() {
    status=$1
    shift
    say "$*"
    exit "$status"
}

make_temp() {
    temp=$(mktemp -d) || exit 1
}

clean_up() {
    [ -z "$temp" ] || rm -rf "$temp"
}

# clear_line: erases the line of progress.
clear_line() {
    [ ! -t 2 ] || printf '\r\033[K' >&2
}

die_by() {
    trap - EXIT "$1"
    clean_up
    clear_line
    kill -s "$1" $$
}

trap clean_up EXIT
for signal in HUP INT TERM; do
    # shellcheck disable=SC2064 # each trap names its own signal
    trap "die_by $signal" "$signal"
done

# shellcheck source=tools/lesson/parts.sh
. "$root/tools/lesson/parts.sh"
# shellcheck source=tools/lesson/needs.sh
. "$root/tools/lesson/needs.sh"
# shellcheck source=tools/lesson/progress.sh
. "$root/tools/lesson/progress.sh"
# shellcheck source=tools/lesson/build.sh
. "$root/tools/lesson/build.sh"
