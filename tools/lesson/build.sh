# shellcheck shell=sh
# The build tree: configures it and builds in it.
# shellcheck disable=SC2034,SC2154 # other files read look_again, set root and is_essential

# use_tree FOLDER: sets build and build_name; a relative folder is within the project.
use_tree() {
    case $1 in
    /*) build=$1 ;;
    *) build=$root/$1 ;;
    esac
    build_name=${build#"$root"/}/
}

use_tree "${LESSON_BUILD:-build}"

cache_value() {
    sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt" 2>/dev/null
}

is_configured() {
    [ -f "$build/CMakeCache.txt" ] && { [ -f "$build/Makefile" ] || [ -f "$build/build.ninja" ]; }
}

is_same_folder() {
    [ "$(cd "$1" 2>/dev/null && pwd -P)" = "$(cd "$2" 2>/dev/null && pwd -P)" ]
}

# with_lock COMMAND...: one command at a time in a tree. Tests call the runner side by side.
with_lock() (
    if command -v flock >/dev/null && ! flock -w 3 9 2>/dev/null; then
        say "waiting for another ./lesson that builds in $build_name"
        flock 9
    fi
    "$@"
) 9<"$build"

# CMake looks again for a library that it did not find only when somebody calls it.
library_has_come() {
    { grep -q '^JANSSON_.*NOTFOUND$' "$build/CMakeCache.txt" && has_header jansson.h; } ||
        { grep -q '^SQLITE_.*NOTFOUND$' "$build/CMakeCache.txt" && has_header sqlite3.h; }
}

run_cmake() {
    # The paths in the build tree of a folder that was copied or moved are those of the original.
    if [ -f "$build/CMakeCache.txt" ] &&
        ! { is_same_folder "$(cache_value CMAKE_HOME_DIRECTORY)" "$root" &&
            is_same_folder "$(cache_value CMAKE_CACHEFILE_DIR)" "$build"; }; then
        say "$build_name was configured at another place: starting anew"
        find "$build" -name CMakeFiles -type d -prune -exec rm -rf {} +
        rm -f "$build/CMakeCache.txt"
    fi
    if [ $# -gt 0 ] || ! is_configured || library_has_come; then
        with_progress "configuring $build_name" cmake -S "$root" -B "$build" "$@" ||
            die 1 "$build_name could not be configured"
    fi
}

# configure [OPTION...]: runs CMake where the tree is not configured, or with these options in any case. A
# tree that nobody can write must do as it is.
# shellcheck disable=SC2120 # test and race give options
configure() {
    mkdir -p "$build" 2>/dev/null
    if [ -w "$build" ]; then
        with_lock run_cmake "$@" || exit 1
    elif ! is_configured; then
        die 1 "$build_name cannot be written; LESSON_BUILD=FOLDER in front names another"
    fi
}

# Makes CMake try again whether the compiler has ThreadSanitizer.
look_again=-ULESSON_COMPILER_HAS_TSAN

# build TARGET...
build() {
    if [ -w "$build" ]; then
        with_lock with_progress "building in $build_name" \
            cmake --build "$build" --parallel "$(nproc 2>/dev/null || echo 2)" --target "$@" ||
            die 1 "the build has failed"
    else
        say "$build_name cannot be written: this is what was built before"
    fi
}

# prepare_run [option]...: installs what a run needs, and configures the tree. A tree that was built without
# a library is good enough unless an option needs that library; otherwise each run would ask for the
# password again.
prepare_run() {
    find_missing run
    needs_all=yes
    if [ "$is_essential" = no ] && is_configured; then
        case " $* " in
        *' -input'* | *' --input'* | *' -output'* | *' --output'*) ;;
        *' -store'* | *' --store'*) ;;
        *) needs_all=no ;;
        esac
    fi
    [ $needs_all = no ] || [ -z "$packages" ] || ensure run
    # shellcheck disable=SC2119 # no option is meant
    configure
}
