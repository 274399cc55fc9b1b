# shellcheck shell=sh
# What every command of the runner starts with: messages, a temporary folder, signals, and the other
# pieces.

set -u

root=${0%/tools/lesson/*}
# shellcheck disable=SC2034 # some commands read it
newline='
'
temp='' job=''
# In front of a lesson's program: what it draws is in the user's characters, what it says is in C's words.
# shellcheck disable=SC2034 # some commands read it
in_users_charset="env LC_ALL= LC_CTYPE=${LESSON_CTYPE:-C}"

# print_visibly TEXT: prints it so that a terminal shows it and obeys none of it, with the escapes of
# common/observe/text.h.
print_visibly() {
    case $1 in
    *[!\ -~]*) ;;
    *) printf '%s' "$1" && return ;;
    esac
    shown_text=$1 awk '
        # Returns the number of the character of these bytes, or 0 for a character always shown.
        function number_of(bytes) {
            if (length(bytes) == 1)
                return number[bytes]
            if (length(bytes) == 2)
                return number[substr(bytes, 1, 1)] % 32 * 64 + number[substr(bytes, 2, 1)] % 64
            return bytes ~ /^\342[\200\201]/ \
                ? 8192 + number[substr(bytes, 2, 1)] % 64 * 64 + number[substr(bytes, 3, 1)] % 64 : 0
        }
        BEGIN {
            for (byte = 1; byte < 256; byte++)
                number[sprintf("%c", byte)] = byte
            letter["\n"] = "n"; letter["\r"] = "r"; letter["\t"] = "t"
            next_byte = "[\200-\277]"
            character = "^([\001-\177]|[\302-\337]" next_byte "|\340[\240-\277]" next_byte \
                "|[\341-\354\356\357]" next_byte next_byte "|\355[\200-\237]" next_byte \
                "|\360[\220-\277]" next_byte next_byte "|[\361-\363]" next_byte next_byte next_byte \
                "|\364[\200-\217]" next_byte next_byte ")"
            for (text = ENVIRON["shown_text"]; text != ""; text = substr(text, length(bytes) + 1)) {
                bytes = substr(text, 1, match(text, character) ? RLENGTH : 1)
                code = number_of(bytes)
                if (RLENGTH < 0)
                    printf "\\x%02X", code
                else if (bytes in letter)
                    printf "\\%s", letter[bytes]
                else if ((code > 0 && code < 32) || (code > 126 && code < 160) || code == 1564 || \
                    code == 8206 || code == 8207 || (code > 8231 && code < 8239) || \
                    (code > 8293 && code < 8304))
                    printf "\\u%04X", code
                else
                    printf "%s", bytes
            }
        }'
}

# On a terminal, in lines of eighty columns.
say() {
    if [ -t 2 ]; then
        printf 'lesson:\t%s\n' "$(print_visibly "$*")" | wrap 4 80 >&2
    else
        printf 'lesson: %s\n' "$(print_visibly "$*")" >&2
    fi
}

# die STATUS WORD...
die() {
    status=$1
    shift
    say "$*"
    exit "$status"
}

# check_shown STATUS: of what has written to standard output. 141 is 128 and SIGPIPE.
check_shown() {
    case $1 in
    0) ;;
    141) die_by PIPE ;;
    *) die 1 "standard output cannot be written" ;;
    esac
}

# show LINE...: on standard output. If the reader has gone, the shell learns it only from printf's status.
show() {
    printf '%s\n' "$@" 2>/dev/null
    check_shown $?
}

# ---- Temporary files -----------------------------------------------------------------------------

die_of_temp() {
    die 1 "no temporary file can be written in ${TMPDIR:-/tmp}; TMPDIR=FOLDER in front names another"
}

# Returns 1 where there is no folder, or no room in it.
try_temp() {
    [ -n "$temp" ] || temp=$(mktemp -d 2>/dev/null) || return 1
    head -c 65536 /dev/zero 2>/dev/null >"$temp/room" && rm "$temp/room"
}

make_temp() {
    try_temp || die_of_temp
}

clean_up() {
    [ -z "$temp" ] || rm -rf "$temp"
    temp=''
}

# ---- Signals -------------------------------------------------------------------------------------

# run_job COMMAND...: the command becomes a group of processes of its own, and a signal that ends the
# runner ends all of them. The shell would see a signal only after a command in the foreground.
run_job() {
    # Behind "&" standard input would be the null device.
    { setsid "$@" <&3 3<&- & } 3<&0
    job=$!
    # Only here: with this trap the shell would not stop where a command runs in the foreground.
    trap stop TSTP
    wait "$job"
    job_status=$?
    # A Ctrl-Z has cut that wait short.
    while kill -s 0 "$job" 2>/dev/null; do
        wait "$job"
        job_status=$?
    done
    trap - TSTP
    job=''
    return "$job_status"
}

command -v setsid >/dev/null || setsid() { exec "$@"; }

end_job() {
    kill -s TERM -- "-$job" 2>/dev/null || kill -s TERM "$job"
}

# Ctrl-Z stops the job, too, and what makes the shell go on wakes both.
stop() {
    [ -z "$job" ] || kill -s STOP -- "-$job" 2>/dev/null
    kill -s STOP $$
    [ -z "$job" ] || kill -s CONT -- "-$job" 2>/dev/null
}

die_by() {
    trap - EXIT
    if [ -n "$job" ]; then
        # A second signal ends what the first one has only asked to end.
        trap end_job HUP INT TERM
        end_job
        while kill -s 0 "$job" 2>/dev/null; do
            wait "$job" 2>/dev/null
        done
    fi
    clean_up
    [ ! -t 2 ] || [ "${TERM:-dumb}" = dumb ] || printf '\r\033[K' >&2 # the line of progress
    trap - "$1"
    kill -s "$1" $$
}

trap clean_up EXIT
for signal in HUP INT PIPE TERM; do
    # shellcheck disable=SC2064 # each trap names its own signal
    trap "die_by $signal" "$signal"
done

# ---- The other pieces ----------------------------------------------------------------------------

# shellcheck source=tools/lesson/parts.sh
. "$root/tools/lesson/parts.sh"
# shellcheck source=tools/lesson/needs.sh
. "$root/tools/lesson/needs.sh"
# shellcheck source=tools/lesson/sanitizer.sh
. "$root/tools/lesson/sanitizer.sh"
# shellcheck source=tools/lesson/build.sh
. "$root/tools/lesson/build.sh"
