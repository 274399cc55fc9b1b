# shellcheck shell=sh
# ThreadSanitizer needs the kernel to put a program where it expects one. Address space layout
# randomisation (ASLR) can prevent that.
# shellcheck disable=SC2034 # race and doctor read these variables

aslr_advice='sysctl vm.mmap_rnd_bits=28 as root, or --security-opt seccomp=unconfined for docker'

# Sets without_aslr to the command that starts a program without ASLR; to nothing where the system
# forbids it.
find_without_aslr() {
    without_aslr="setarch $(uname -m) -R"
    $without_aslr true 2>/dev/null || without_aslr=''
}
