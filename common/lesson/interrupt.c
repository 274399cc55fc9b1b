#include "lesson/interrupt.h"

#include "lesson/progress.h"
#include "news/ai_result.h"
#include "news/output_file.h"
#include "observe/log.h"
#include "picture/terminal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGHUP, SIGTERM};
#define SIGNALS (sizeof signals / sizeof *signals)
static sigset_t all_signals; /* the same, as a set */

/* What the handler may read: written before any thread is started, or atomic. */
static const struct llm_meters *meters;
static long articles_expected;
static atomic_int runs_done, runs_expected;
static atomic_long run_child;
static bool stderr_is_terminal;

/* The thread that waits for signals. */
static struct {
    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock;
    struct cancel *cancel; /* NULL: the run is over; guarded by lock */
    sigset_t awaited;
    atomic_int first; /* signal that came, or 0 */
    atomic_bool is_ending;
} waiter = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The handler cannot call printf, which may wait for a lock that the interrupted code holds. */
static char *append_text(char *at, const char *text)
{
    size_t length = strlen(text);

    return (char *)memcpy(at, text, length) + length;
}

static char *append_number(char *at, long number)
{
    char digits[24];
    int count = 0;

    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

static char *append_count(char *at, long done, long expected, const char *what)
{
    at = append_number(at, done);
    at = append_text(at, " of ");
    at = append_number(at, expected);
    return append_text(at, what);
}

/* Says how far the run got, leaves no file half written, and kills this process. */
static void handle(int signal_number)
{
    int saved_errno = errno;
    long child = atomic_load(&run_child);
    char line[512];
    char *end = line;
    ssize_t written;

    progress_stop();
    terminal_stop();
    output_files_abandon();
    if (child > 0)
        kill((pid_t)child, SIGKILL);
    if (stderr_is_terminal)
        end = append_text(end, "\n"); /* behind the ^C that the terminal shows */
    end = append_text(end, log_program());
    end = append_text(end, ": interrupted: ");
    if (atomic_load(&runs_expected) > 0) {
        end = append_count(end, atomic_load(&runs_done), atomic_load(&runs_expected), " runs done");
    } else {
        end = append_count(end, llm_meters_articles(meters), articles_expected, " articles done, ");
        end = append_count(end, llm_meters_calls(meters), articles_expected * LLM_TASKS,
                           " LLM calls");
    }
    end = append_text(end, "\n");
    written = write(STDERR_FILENO, line, (size_t)(end - line));
    (void)written;
    errno = saved_errno;
    /* SA_RESETHAND: this second signal kills, as soon as the handler returns and unblocks it. */
    raise(signal_number);
}

void interrupt_init(const struct llm_meters *llm_meters, size_t articles)
{
    meters = llm_meters;
    articles_expected = (long)articles;
    stderr_is_terminal = isatty(STDERR_FILENO);
    sigemptyset(&all_signals);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaddset(&all_signals, signals[i]);
    for (size_t i = 0; i < SIGNALS; i++) {
        struct sigaction old,
            action = {.sa_handler = handle, .sa_mask = all_signals, .sa_flags = (int)SA_RESETHAND};

        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
}

static void cancel_run(void)
{
    pthread_mutex_lock(&waiter.lock);
    if (waiter.cancel != NULL)
        cancel_with(waiter.cancel, EINTR);
    pthread_mutex_unlock(&waiter.lock);
}

static void *wait_for_signals(void *unused)
{
    int signal_number;
    bool has_room; /* the ^C that the terminal shows is wiped */

    (void)unused;
    while (sigwait(&waiter.awaited, &signal_number) == 0) {
        if (signal_number == SIGUSR1 && atomic_load(&waiter.is_ending))
            break;
        if (signal_number == SIGUSR1)
            continue; /* another process has sent it */
        if (atomic_load(&waiter.first) != 0) {
            handle(signal_number);
            interrupt_die(signal_number);
        }
        atomic_store(&waiter.first, signal_number);
        cancel_run(); /* before the line, whose reader may block the write */
        progress_stop();
        has_room = terminal_wipe() || !stderr_is_terminal;
        fprintf(stderr, "%s%s: interrupted: shutting down; a second signal ends it now\n",
                has_room ? "" : "\n", log_program());
        terminal_start();
        progress_start();
    }
    return NULL;
}

int interrupt_cancels(struct cancel *cancel)
{
    struct sigaction action;
    sigset_t old;
    int error;

    waiter.cancel = cancel;
    atomic_store(&waiter.first, 0);
    atomic_store(&waiter.is_ending, false);
    sigemptyset(&waiter.awaited);
    sigaddset(&waiter.awaited, SIGUSR1); /* wakes the thread for its end */
    for (size_t i = 0; i < SIGNALS; i++)
        if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(&waiter.awaited, signals[i]);
    /* Threads inherit the mask: main blocks the signals, and so does each thread from now on. */
    pthread_sigmask(SIG_BLOCK, &waiter.awaited, &old);
    error = pthread_create(&waiter.thread, NULL, wait_for_signals, NULL);
    waiter.is_running = error == 0;
    if (error != 0)
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error;
}

int interrupt_signal(void)
{
    return atomic_load(&waiter.first);
}

void interrupt_run_is_over(void)
{
    pthread_mutex_lock(&waiter.lock);
    waiter.cancel = NULL;
    pthread_mutex_unlock(&waiter.lock);
}

void interrupt_cancels_no_more(void)
{
    if (!waiter.is_running)
        return;
    atomic_store(&waiter.is_ending, true);
    pthread_kill(waiter.thread, SIGUSR1);
    pthread_join(waiter.thread, NULL);
    waiter.is_running = false;
    /* A signal that came after the thread's end kills the program now. */
    pthread_sigmask(SIG_UNBLOCK, &all_signals, NULL);
}

void interrupt_die(int signal_number)
{
    sigset_t alone;

    signal(signal_number, SIG_DFL);
    sigemptyset(&alone);
    sigaddset(&alone, signal_number);
    raise(signal_number);
    pthread_sigmask(SIG_UNBLOCK, &alone, NULL);
}

void interrupt_count_runs(int done, int runs, pid_t child)
{
    atomic_store(&runs_done, done);
    atomic_store(&runs_expected, runs);
    atomic_store(&run_child, (long)child);
}

pid_t interrupt_fork(int done, int runs)
{
    pid_t child;

    /* No signal may come between the fork and the note of the child, or the end of its handlers. */
    pthread_sigmask(SIG_BLOCK, &all_signals, NULL);
    child = fork();
    if (child > 0)
        interrupt_count_runs(done, runs, child);
    for (size_t i = 0; i < SIGNALS && child == 0; i++) {
        struct sigaction action;

        if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler == handle)
            signal(signals[i], SIG_DFL);
    }
    pthread_sigmask(SIG_UNBLOCK, &all_signals, NULL);
    return child;
}
