/*
 * peak_memory command [argument]...: runs the command, and prints the most memory that it had at
 * once, in KiB, as the last line on standard error. Ends with the command's status.
 */
#define _DEFAULT_SOURCE /* ru_maxrss, which POSIX does not have */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct rusage usage;
    int status;
    pid_t child;

    if (argc < 2)
        return 2;
    child = fork();
    if (child == 0) {
        execv(argv[1], argv + 1);
        fprintf(stderr, "peak_memory: %s: %s\n", argv[1], strerror(errno));
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0 || getrusage(RUSAGE_CHILDREN, &usage) != 0) {
        fprintf(stderr, "peak_memory: %s\n", strerror(errno));
        return 1;
    }
    fprintf(stderr, "%ld\n", usage.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
