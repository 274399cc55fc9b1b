#include "signals/run_with_signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_NS (40 * NS_PER_S)

const char *broken;
static char reason[256];

void die(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

uint64_t read_seed(const char *word)
{
    uint64_t seed =
        strcmp(word, "random") == 0 ? (uint64_t)now_ns() % 1000000 : strtoull(word, NULL, 10);

    printf("seed %llu\n", (unsigned long long)seed);
    fflush(stdout); /* there are forks to come */
    return seed;
}

void require(bool is_kept, const char *promise, ...)
{
    va_list arguments;

    if (is_kept || broken != NULL)
        return;
    va_start(arguments, promise);
    vsnprintf(reason, sizeof reason, promise, arguments);
    va_end(arguments);
    broken = reason;
}

void print_broken(const struct run *run)
{
    const struct moment *moment = &run->moment;

    printf("not so: %s\ncommand:", broken);
    for (int i = 0; i < run->count; i++)
        printf(" %s", run->arguments[i]);
    printf("\nsignal %d, %lld us after %d times %s, %d were sent; status %x\n--- stdout\n%s"
           "--- stderr\n%s",
           moment->signal_number, (long long)(moment->delay_ns / NS_PER_US), moment->times,
           moment->after != NULL ? moment->after : "the start", run->signals, (unsigned)run->status,
           run->out.text, run->err.text);
}

int count_of(const char *text, const char *what)
{
    int count = 0;

    for (text = strstr(text, what); text != NULL; text = strstr(text + strlen(what), what))
        count++;
    return count;
}

int number_after(const char *text, const char *words)
{
    const char *found = strstr(text, words);

    return found != NULL ? atoi(found + strlen(words)) : -1;
}

void add_argument(struct run *run, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(run->arguments[run->count++], sizeof *run->arguments, format, arguments);
    va_end(arguments);
}

static pid_t start(const struct run *run, const int outputs[2], const int errors[2])
{
    const char *arguments[ARGUMENTS_MAX + 1] = {NULL};
    pid_t child;

    for (int i = 0; i < run->count; i++)
        arguments[i] = run->arguments[i];
    child = fork();
    if (child < 0)
        die("fork");
    if (child > 0)
        return child;
    signal(SIGINT, SIG_DFL); /* a shell's background processes ignore it */
    dup2(outputs[1], STDOUT_FILENO);
    dup2(errors[1], STDERR_FILENO);
    close(outputs[0]);
    close(outputs[1]);
    close(errors[0]);
    close(errors[1]);
    execv(arguments[0], (char *const *)arguments);
    _exit(127);
}

static void read_some(struct stream *stream)
{
    ssize_t size = read(stream->from, stream->text + stream->size, TEXT_SIZE - 1 - stream->size);

    if (size <= 0) {
        close(stream->from);
        stream->from = -1;
        return;
    }
    stream->size += (size_t)size;
    stream->text[stream->size] = '\0';
}

/* Waits for output, or until the time, and for at most a second. */
static void wait_for_either(struct run *run, int64_t until_ns)
{
    struct pollfd polls[2] = {{.fd = run->out.from, .events = POLLIN},
                              {.fd = run->err.from, .events = POLLIN}};
    int64_t left_ns = until_ns == NEVER ? NS_PER_S : until_ns - now_ns();
    int timeout_ms = left_ns > NS_PER_S ? 1000 : left_ns > 0 ? (int)(left_ns / NS_PER_MS) : 0;

    if (left_ns > 0 && left_ns < NS_PER_MS) /* poll() would come late */
        nanosleep(&(struct timespec){.tv_nsec = left_ns}, NULL);
    if (poll(polls, 2, timeout_ms) < 0)
        die("poll");
    if (polls[0].revents != 0)
        read_some(&run->out);
    if (polls[1].revents != 0)
        read_some(&run->err);
}

void execute(struct run *run)
{
    const struct moment *moment = &run->moment;
    int outputs[2], errors[2];
    int64_t started_ns = now_ns(), send_ns = NEVER;
    pid_t child;

    if (pipe(outputs) != 0 || pipe(errors) != 0)
        die("pipe");
    child = start(run, outputs, errors);
    close(outputs[1]);
    close(errors[1]);
    run->out = (struct stream){.from = outputs[0]};
    run->err = (struct stream){.from = errors[0]};
    run->signals = 0;
    if (moment->signal_number != 0 && moment->after == NULL)
        send_ns = started_ns + moment->delay_ns;
    while (run->out.from >= 0 || run->err.from >= 0) {
        wait_for_either(run, send_ns);
        if (moment->signal_number != 0 && run->signals == 0 && send_ns == NEVER &&
            count_of(run->out.text, moment->after) >= moment->times)
            send_ns = now_ns() + moment->delay_ns;
        if (now_ns() >= send_ns) {
            /* It is not reaped yet, so its number is nobody else's. */
            kill(child, moment->signal_number);
            run->signals++;
            send_ns = run->signals == 1 && moment->second_ns != NEVER ? now_ns() + moment->second_ns
                                                                      : NEVER;
        }
        if (now_ns() > started_ns + PATIENCE_NS) {
            require(false, "it has not ended after 40 s");
            kill(child, SIGKILL);
            break;
        }
    }
    if (waitpid(child, &run->status, 0) != child)
        die("waitpid");
}

int died_by(const struct run *run)
{
    return WIFSIGNALED(run->status) ? WTERMSIG(run->status) : 0;
}
