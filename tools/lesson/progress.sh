# shellcheck shell=sh
# Shows the steps of a build tool as one line of progress.
# shellcheck disable=SC2154 # common.sh sets newline

# Reads the output of a build tool. Its steps become one line of progress, which a terminal shows
# rewritten; its messages are passed on; its status, which comes last, is returned.
show_progress() {
    is_shown=no is_told=no kept='' status=1
    while IFS= read -r line; do
        case $line in
        'lesson-status '*) status=${line#* } ;;
        '['*'] Built target '* | 'Consolidate '* | 'Scanning dependencies '*) ;;
        '['*']'* | '-- '*)
            step=${line%%]*}
            case $line in -*) step='' ;; esac
            if [ -t 2 ]; then
                clear_line
                printf 'lesson: %s%s' "$1" "${step#\[}" >&2
            elif [ $is_shown = no ]; then
                say "$1"
            fi
            is_shown=yes
            ;;
        make* | gmake* | ninja*) kept="$kept$line$newline" ;;
        *)
            [ $is_shown = no ] || clear_line
            printf '%s\n' "$line" >&2
            is_told=yes
            ;;
        esac
    done
    [ $is_shown = no ] || clear_line
    # Once the compiler has said what is wrong, make's own lines add nothing.
    [ "$status" -eq 0 ] || [ $is_told = yes ] || printf '%s' "$kept" >&2
    return "$status"
}

# with_progress WHAT COMMAND...
with_progress() {
    what=$1
    shift
    {
        "$@" 2>&1 </dev/null 9<&-
        echo "lesson-status $?"
    } | show_progress "$what"
}
