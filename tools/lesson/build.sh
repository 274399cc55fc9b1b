# shellcheck shell=sh
# The build tree: configures it and builds in it.
# shellcheck disable=SC2034,SC2154 # other files read why_no_twins, set root and is_essential
# shellcheck disable=SC3013 # every sh of today knows -ef and -nt, as POSIX does since 2024

other_tree="LESSON_BUILD=FOLDER in front names another"

# use_tree FOLDER: sets build and build_name; a relative folder is within the project. Marks is a folder
# in it that says that it is ours, with a mark for each program that was built.
use_tree() {
    case $1 in
    /*) build=$1 ;;
    *) build=$root/$1 ;;
    esac
    build_name=${build#"$root"/}/
    marks=$build/.lesson
}

use_tree "${LESSON_BUILD:-build}"

cache_value() {
    sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt" 2>/dev/null
}

is_configured() {
    [ -f "$build/CMakeCache.txt" ] && { [ -f "$build/Makefile" ] || [ -f "$build/build.ninja" ]; }
}

# Sets has_moved where the paths in the tree are those of another place, from which it was copied or moved.
# Nothing is built, and nothing removed, in a folder that is not this project's.
check_tree() {
    # CMake, its lists and its patterns, and make cannot name every file.
    case $build$root in
    *[[:cntrl:]\"\;\#\\:\|\<\>\[]* | *]*)
        die 2 "neither $build nor the folder of the project may have a control character or one of" \
            "\" ; # \\ : | < > [ ] in its path: CMake could not build in it"
        ;;
    esac
    has_moved=no
    if [ "$build" -ef "$root" ]; then
        die 2 "$build_name is the project itself; $other_tree"
    elif [ -f "$build/CMakeCache.txt" ]; then
        home=$(cache_value CMAKE_HOME_DIRECTORY) place=$(cache_value CMAKE_CACHEFILE_DIR)
        if [ "$home" -ef "$root" ] && [ "$place" -ef "$build" ]; then
            return
        elif [ "$(cache_value CMAKE_PROJECT_NAME)" = concurrency-lessons ] &&
            { [ ! -d "$home" ] || ! [ "$place" -ef "$build" ]; }; then
            has_moved=yes
        else
            die 2 "$build_name is the build folder of $home; $other_tree"
        fi
    elif [ -e "$build" ] && [ ! -d "$build" ]; then
        die 2 "$build_name is no folder; $other_tree"
    elif [ ! -d "$marks" ] && [ -n "$(ls -A "$build" 2>/dev/null)" ]; then
        die 2 "$build_name is not empty, and no build folder of this project; $other_tree"
    fi
}

die_of_failure() {
    # Root can write another user's files.
    if [ "$(id -u)" -ne 0 ] && [ -n "$(find "$build" ! -user "$(id -u)" -print -quit 2>/dev/null)" ]; then
        die 1 "$1; parts of $build_name belong to another user: $other_tree"
    fi
    die 1 "$1"
}

# One command at a time in a tree, from here to unlock_tree. Tests call the runner side by side.
lock_tree() {
    exec 9<"$build"
    if command -v flock >/dev/null && ! flock -n 9 2>/dev/null && ! run_job flock -w 3 9; then
        say "waiting for another ./lesson that builds in $build_name"
        run_job flock 9
    fi
}

unlock_tree() {
    exec 9<&-
}

# with_progress TEXT COMMAND...
with_progress() {
    what=$1
    shift
    run_job sh "$root/tools/lesson/progress" "lesson: $(print_visibly "$what")" "$@" 9<&-
}

# CMake looks again for a library that it did not find only when somebody calls it.
library_has_come() {
    { grep -q '^JANSSON_.*NOTFOUND$' "$build/CMakeCache.txt" && has_header jansson.h; } ||
        { grep -q '^SQLITE_.*NOTFOUND$' "$build/CMakeCache.txt" && has_header sqlite3.h; }
}

# configure [OPTION...]: runs CMake where the tree is not configured, or with these options in any case. A
# tree that cannot be written is used unchanged.
# shellcheck disable=SC2120 # test gives options
configure() {
    check_tree
    [ -d "$marks" ] || mkdir -p "$marks" 2>/dev/null
    if [ ! -w "$marks" ]; then
        if ! is_configured || [ $has_moved = yes ]; then
            die 1 "$build_name cannot be written; $other_tree"
        fi
    elif [ $# -gt 0 ] || [ $has_moved = yes ] || ! is_configured || library_has_come; then
        lock_tree
        check_tree
        if [ $has_moved = yes ]; then
            say "$build_name was configured at another place: starting anew"
            find "$build/" -name CMakeFiles -type d -prune -exec rm -rf {} +
            rm -f "$build/CMakeCache.txt"
        fi
        with_progress "configuring $build_name" cmake -S "$root" -B "$build" "$@" ||
            die_of_failure "$build_name could not be configured"
        unlock_tree
    fi
}

has_twins() {
    [ -z "$(cache_value LESSON_SANITIZE)" ] && [ -n "$(cache_value LESSON_COMPILER_HAS_TSAN)" ]
}

# Makes CMake try again whether the compiler has ThreadSanitizer, unless the tree has it, and sets
# why_no_twins.
look_for_twins() {
    has_twins || [ -n "$(cache_value LESSON_SANITIZE)" ] || configure -ULESSON_COMPILER_HAS_TSAN
    if [ -n "$(cache_value LESSON_SANITIZE)" ]; then
        why_no_twins="it is built for another sanitizer"
    else
        flags=$(cache_value CMAKE_C_FLAGS) linker_flags=$(cache_value CMAKE_EXE_LINKER_FLAGS)
        flags=$flags${flags:+${linker_flags:+ }}$linker_flags
        why_no_twins="its compiler has none${flags:+ with $flags}"
    fi
}

# newer_than FILE TARGET: prints a file that the target is made of and that is newer. A folder is newer
# when a file in it has come or gone.
newer_than() {
    case $2 in
    part-*) set -- "$1" "$root/${2%-tsan}" ;;
    *) set -- "$1" "$root/tests" "$root"/part-* ;;
    esac
    file=$1
    shift
    find -L "$root/CMakeLists.txt" "$root/cmake" "$root/common" "$build/CMakeCache.txt" "$@" \
        -newer "$file" -print -quit
}

# was_built_later TARGET...: by a clock that was ahead of this one, so that no change is newer.
was_built_later() {
    now=$marks/now.$$ # of this runner alone: the time of another one is not this one's
    { echo >"$now"; } 2>/dev/null || return
    later=1
    for target; do
        [ "$marks/$target" -nt "$now" ] && later=0
    done
    rm -f "$now"
    return $later
}

# is_up_to_date TARGET...: each is a program that make would not build again. Asking make takes a second.
is_up_to_date() {
    for target; do
        [ -x "$build/bin/$target" ] && [ -f "$marks/$target" ] &&
            newer=$(newer_than "$marks/$target" "$target") && [ -z "$newer" ] || return
    done
    ! was_built_later "$@"
}

# set_mark NAME [FILE]: makes or renews the mark, with the time of the file, or of now. Replaces it in one
# step, because other runners may be reading it, and another user may have made it.
set_mark() {
    { echo >"$marks/$1.$$" && touch ${2:+-r "$2"} "$marks/$1.$$" && mv -f "$marks/$1.$$" "$marks/$1"; } \
        2>/dev/null || die_of_failure "$build_name cannot be written"
}

# make_targets TARGET...: has make build them. Their marks get the time at which it began: what is edited
# meanwhile is newer.
make_targets() {
    clean=''
    if was_built_later "$@"; then
        say "$build_name was built by a clock that was ahead of this one: building anew"
        clean=--clean-first
        rm -f "$marks"/[!n]* # but for another runner's now.PID
    fi
    set_mark begun
    for target; do
        newer=$(newer_than "$marks/begun" "$target")
        [ -z "$newer" ] || say "${newer#"$root/"} is from the future, by this machine's clock, so each" \
            "call builds again; touch it, or set the clock"
    done
    # shellcheck disable=SC2086 # no word where there is no option
    with_progress "building in $build_name" cmake --build "$build" $clean \
        --parallel "$(nproc 2>/dev/null || echo 2)" --target "$@" ||
        die_of_failure "the build has failed"
    [ "$1" != all ] || set -- "$build"/bin/*
    for target; do
        set_mark "${target##*/}" "$marks/begun"
    done
}

# build TARGET...
build() {
    if is_up_to_date "$@"; then
        return
    elif [ -w "$marks" ]; then
        lock_tree
        is_up_to_date "$@" || make_targets "$@" # another runner may have built since
        unlock_tree
        return
    fi
    for target; do
        [ -x "$build/bin/$target" ] || die 1 "$build_name cannot be written and lacks $target; $other_tree"
    done
    say "$build_name cannot be written: this is what was built before; $other_tree"
}

# prepare_run [option]...: installs what a run needs, and configures the tree. A tree that was built without
# a library is good enough unless an option needs that library; otherwise each run would ask for the
# password again.
prepare_run() {
    find_missing run
    needs_all=yes
    if [ "$is_essential" = no ] && is_configured; then
        case " $* " in
        *' -output'* | *' --output'*) ;;
        *' -store'* | *' --store'*) ;;
        *) needs_all=no ;;
        esac
    fi
    [ $needs_all = no ] || [ -z "$packages" ] || ensure run
    # shellcheck disable=SC2119 # no option is meant
    configure
}
