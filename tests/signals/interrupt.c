/*
 * interrupt [--ignored] [--pause] [--again=TEXT] SIGNAL TEXT command [argument]...
 *
 * Runs the command, passes on what it prints, and sends it SIGNAL (INT, TERM, HUP) as soon as it
 * has printed TEXT. SIGNAL may also be ^C: then it runs on a terminal (standard input and standard
 * error), and the key is pressed there. A last line says how it ended: "ended by signal 2", "ended
 * with status 1". A shell cannot do this: its background processes ignore SIGINT.
 *
 * --ignored starts the command with SIGNAL ignored, as nohup does; --pause sends it only half a
 * second after TEXT, for what begins behind the last line that can be waited for; --again sends it
 * a second time, half a second after that TEXT has been printed: so long it has had to end by the
 * first.
 *
 * Status: 0 it has ended, and all it has started too; 1 not so, or TEXT never came.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 30
#define SEEN_SIZE 65536

static const struct {
    const char *name;
    int number;
} signals[] = {{"INT", SIGINT}, {"TERM", SIGTERM}, {"HUP", SIGHUP}, {"^C", SIGINT}};

struct stream {
    int from, to;
    char seen[SEEN_SIZE]; /* the beginning of what came */
    size_t size;
};

static void die(const char *what)
{
    fprintf(stderr, "interrupt: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int find_signal(const char *name)
{
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (strcmp(signals[i].name, name) == 0)
            return signals[i].number;
    errno = EINVAL;
    die(name);
    return 0;
}

/* Passes on what has come. Returns false at the end of the stream. */
static bool forward(struct stream *stream)
{
    char buffer[4096];
    ssize_t size = read(stream->from, buffer, sizeof buffer);

    if (size <= 0) /* EIO: no process has the terminal open any more */
        return false;
    if (write(stream->to, buffer, (size_t)size) != size)
        die("write");
    for (ssize_t i = 0; i < size && stream->size < SEEN_SIZE - 1; i++)
        stream->seen[stream->size++] = buffer[i];
    return true;
}

static pid_t start(char **command, int ignored, int output, int errors, const char *terminal)
{
    pid_t child = fork();

    if (child < 0)
        die("fork");
    if (child > 0)
        return child;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i].number, SIG_DFL);
    if (ignored != 0)
        signal(ignored, SIG_IGN);
    if (terminal != NULL) {
        int descriptor;

        setsid();
        descriptor = open(terminal, O_RDWR); /* becomes the new session's terminal */
        if (descriptor < 0 || dup2(descriptor, STDIN_FILENO) < 0 ||
            dup2(descriptor, STDERR_FILENO) < 0)
            die(terminal);
        close(descriptor);
    } else {
        dup2(errors, STDERR_FILENO);
    }
    dup2(output, STDOUT_FILENO);
    execvp(command[0], command);
    die(command[0]);
    return -1;
}

static void send_signal(pid_t child, int number, int terminal)
{
    if (terminal >= 0) {
        if (write(terminal, "\003", 1) != 1)
            die("terminal");
    } else if (kill(child, number) != 0) {
        die("kill");
    }
}

static void make_pipe(int ends[2])
{
    if (pipe(ends) != 0 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) < 0 ||
        fcntl(ends[1], F_SETFD, FD_CLOEXEC) < 0)
        die("pipe");
}

static bool has_printed(const struct stream *streams, const char *text)
{
    return strstr(streams[0].seen, text) != NULL || strstr(streams[1].seen, text) != NULL;
}

int main(int argc, char **argv)
{
    static struct stream streams[2] = {{.from = -1, .to = STDOUT_FILENO},
                                       {.from = -1, .to = STDERR_FILENO}};
    bool is_ignored = false, is_paused = false, is_sent = false;
    const char *text, *again = NULL, *name = NULL;
    int number, status, outputs[2], errors[2], terminal = -1;
    time_t deadline = time(NULL) + PATIENCE_S;
    pid_t child;

    for (argv++; argc > 1 && strncmp(*argv, "--", 2) == 0; argv++, argc--) {
        is_ignored = is_ignored || strcmp(*argv, "--ignored") == 0;
        is_paused = is_paused || strcmp(*argv, "--pause") == 0;
        if (strncmp(*argv, "--again=", 8) == 0)
            again = *argv + 8;
    }
    if (argc < 4) {
        fputs("interrupt [--ignored] [--pause] [--again=TEXT] SIGNAL TEXT command [argument]...\n",
              stderr);
        return 1;
    }
    number = find_signal(argv[0]);
    text = argv[1];
    make_pipe(outputs);
    make_pipe(errors);
    streams[0].from = outputs[0];
    streams[1].from = errors[0];
    if (strcmp(argv[0], "^C") == 0) {
        terminal = posix_openpt(O_RDWR | O_NOCTTY);
        if (terminal < 0) {
            fputs("skipped: there are no pseudo-terminals here\n", stderr);
            return 77;
        }
        if (fcntl(terminal, F_SETFD, FD_CLOEXEC) < 0 || grantpt(terminal) != 0 ||
            unlockpt(terminal) != 0)
            die("pseudo-terminal");
        streams[1].from = terminal;
        name = ptsname(terminal);
    }
    child = start(argv + 2, is_ignored ? number : 0, outputs[1], errors[1], name);
    close(outputs[1]);
    close(errors[1]);

    while (streams[0].from >= 0 || streams[1].from >= 0) {
        struct pollfd polls[2] = {{.fd = streams[0].from, .events = POLLIN},
                                  {.fd = streams[1].from, .events = POLLIN}};

        if (time(NULL) > deadline) {
            printf("not ended after %d s\n", PATIENCE_S);
            kill(child, SIGKILL);
            return 1;
        }
        if (poll(polls, 2, 1000) < 0)
            die("poll");
        for (int i = 0; i < 2; i++)
            if (polls[i].revents != 0 && !forward(&streams[i]))
                streams[i].from = -1;
        if (!is_sent && has_printed(streams, text)) {
            if (is_paused)
                poll(NULL, 0, 500);
            send_signal(child, number, terminal);
            is_sent = true;
        }
        if (is_sent && again != NULL && has_printed(streams, again)) {
            poll(NULL, 0, 500);
            send_signal(child, number, terminal);
            again = NULL;
        }
    }
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("ended %s %d\n", WIFSIGNALED(status) ? "by signal" : "with status",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return is_sent && again == NULL ? 0 : 1;
}
