# shellcheck shell=sh disable=SC2034
# For result_files and store_files to source, which use what is set here. Each case has a folder, and checks what
# stands in it in the end.

tests=$(dirname "$0")/..
umask 022
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
folder=$work/folder
mkdir "$folder"
failed=

check() {
    sh "$tests/tools/run_and_check" "$@" || failed=$?
}

# on_a_full_disk BLOCKS requirement...: as check, where no file can have more than these blocks of 512 bytes: that
# stands for a full disk.
on_a_full_disk() {
    (
        ulimit -f "$1"
        shift
        check "$@"
        exit ${failed:-0}
    ) || failed=1
}

fail() {
    echo "$*"
    failed=1
}

folder_holds() {
    [ "$(ls -A "$folder")" = "$1" ] || fail "not '$1' alone in the folder: $(ls -A "$folder")"
}
