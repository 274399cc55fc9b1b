# shellcheck shell=sh
# What has to be installed: looks for it and installs it.

# A line each: the group that needs it; whether a lesson can run without it; how to look for it;
# Debian's package; what to call it.
needs='run   essential compiler -               gcc             a C compiler
run   essential header   stdio.h         libc6-dev       the headers of the C library
run   essential command  make            make            make
run   essential command  cmake           cmake           CMake
run   optional  header   jansson.h       libjansson-dev  jansson, for --output
run   optional  header   sqlite3.h       libsqlite3-dev  SQLite, for --store
test  optional  header   cmocka.h        libcmocka-dev   cmocka, for the unit tests
test  optional  command  clitest         clitest         clitest, for the tests of the pages
test  optional  command  jq              jq              jq, for the tests of what becomes input
test  optional  command  shellcheck      shellcheck      shellcheck
test  optional  command  clang-format    clang-format    clang-format
test  optional  command  valgrind        valgrind        valgrind
bench optional  command  go              golang-go       the Go toolchain
bench optional  command  taskset         util-linux      taskset
pages optional  command  chromium        chromium        Chromium, for the tests of the replay
pages optional  command  chromedriver    chromium-driver chromedriver, which drives it
pages optional  command  python3         python3         Python, for the tests of the replay
pages optional  command  tmux            tmux            tmux, for the tests of the screens
pages optional  command  xmllint         libxml2-utils   xmllint, for the tests of the pictures
pages optional  command  rsvg-convert    librsvg2-bin    rsvg-convert, for the same
ci    optional  command  clang           clang           clang
ci    optional  command  llvm-symbolizer llvm            the symbolizer of LLVM
ci    optional  clang-rt -               libclang-rt-dev the sanitizers of clang'

# The compiler that CMake takes.
find_compiler() {
    command -v "${CC:-cc}" || command -v cc || command -v gcc || command -v clang
}

has_header() {
    # Looking where the header usually is takes a tenth of the time that a compiler takes to start.
    [ -e "/usr/include/$1" ] || {
        compiler=$(find_compiler) &&
            printf '#include <stddef.h>\n#include <setjmp.h>\n#include <%s>\n' "$1" |
            "$compiler" -E -x c - >/dev/null 2>&1
    }
}

is_installed() {
    case $1 in
    compiler) find_compiler >/dev/null ;;
    command) command -v "$2" >/dev/null ;;
    header) has_header "$2" ;;
    clang-rt) ls "$(clang --print-runtime-dir 2>/dev/null)"/libclang_rt.tsan* >/dev/null 2>&1 ;;
    esac
}

# find_missing GROUP...: sets packages, names and is_essential.
find_missing() {
    packages='' names='' optional='' is_essential=no
    while read -r group rank kind name package what; do
        case " $* " in
        *" $group "*) ;;
        *) continue ;;
        esac
        is_installed "$kind" "$name" && continue
        packages="$packages $package"
        if [ "$rank" = essential ]; then
            is_essential=yes
            names="$names${names:+; }$what"
        else
            optional="$optional${optional:+; }$what"
        fi
    done <<END
$needs
END
    [ $is_essential = no ] || [ -z "$optional" ] || names="$names; and, not indispensable"
    names="$names${names:+${optional:+: }}$optional"
}

run_shown() {
    say "$*"
    "$@" </dev/null >&2
}

# Sets installer to what can be done here about packages that are missing: root, sudo, or nothing; and
# by_hand to what to type where it is nothing.
find_installer() {
    installer=''
    if ! command -v apt-get >/dev/null; then
        by_hand="there is no apt-get here: install what Debian calls$1"
    elif [ "$(id -u)" -eq 0 ]; then
        installer=root
    elif command -v sudo >/dev/null; then
        installer=sudo
    else
        by_hand="there is no sudo here: as root type apt-get update && apt-get install$1"
    fi
}

# Installs the packages that find_missing named.
install_packages() {
    find_installer "$packages"
    as_root=''
    case $installer in
    root) say "missing: $names" ;;
    sudo)
        say "missing: $names; installing takes the rights of root"
        as_root=sudo
        ;;
    *)
        say "missing: $names; $by_hand"
        return 1
        ;;
    esac
    # In the foreground, as sudo asks for a password, and an installation should not be cut short. Where
    # the lists cannot be refreshed, the old ones are tried.
    run_shown $as_root apt-get update
    known=''
    for package in $packages; do
        if apt-cache show "$package" >/dev/null 2>&1; then
            known="$known $package"
        else
            say "apt-get knows no package $package here"
        fi
    done
    # shellcheck disable=SC2086 # words are meant
    [ -n "$known" ] && run_shown $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=120 $known
}

# install_missing GROUP...: packages and names say afterwards what is still missing.
install_missing() {
    find_missing "$@"
    [ -n "$packages" ] || return 0
    install_packages
    find_missing "$@"
}

# ensure GROUP...: installs what is missing; ends the command where something essential stays missing.
ensure() {
    install_missing "$@"
    [ "$is_essential" = no ] || die 1 "cannot go on without: $names"
    [ -z "$packages" ] || say "going on without: $names"
}
