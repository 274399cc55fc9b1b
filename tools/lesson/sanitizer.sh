# shellcheck shell=sh
# Where ThreadSanitizer cannot start, and what helps. The runner reads it, and so do the tests.
# shellcheck disable=SC2034 # other files read these
# shellcheck disable=SC3045 # an sh without ulimit -v sets no such limit

# Its options, in place of the user's, because race and the tests read its report. Unless told so, it sleeps a
# second at exit, while the program's threads go on.
tsan_options=atexit_sleep_ms=0

# Address space layout randomisation (ASLR) can put a program where ThreadSanitizer does not expect it.
# Each runtime has its own words for that: gcc 12 to 15 and clang to 17, then the later ones.
tsan_aslr_failure='FATAL: ThreadSanitizer: .*(unexpected memory mapping|incompatible memory layout'
tsan_aslr_failure="$tsan_aslr_failure|memory layout is incompatible)"
aslr_advice='sysctl vm.mmap_rnd_bits=28 as root, or --security-opt seccomp=unconfined for docker'

# Sets without_aslr to the command that starts a program without ASLR; to nothing where the system
# forbids it.
find_without_aslr() {
    without_aslr="setarch $(uname -m) -R"
    $without_aslr true 2>/dev/null || without_aslr=''
}

# ThreadSanitizer keeps what it knows of memory in terabytes of address space.
has_address_space_limit() {
    [ "$(ulimit -v 2>/dev/null || echo unlimited)" != unlimited ]
}
limit_advice='a shell without that limit, which no process can lift for itself'
