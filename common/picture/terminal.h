/*
 * A block of lines at the end of what a terminal shows, drawn anew in place: a picture that grows
 * while a run goes on.
 *
 * The cursor stays below the block, at the begin of a line, and no mode of the terminal is changed.
 * So there is nothing to restore: a process that ends at any moment leaves the block, and the next
 * line below it. Each drawing is a single write, which no other output breaks in two.
 *
 * There is one block in a process. One thread draws; another may stop it.
 */
#ifndef PICTURE_TERMINAL_H
#define PICTURE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* The most lines that a block has; more are not drawn. */
#define TERMINAL_LINES_MAX 200

struct terminal_size {
    int columns, rows;
};

/* How large the terminal is now; 80 columns or 24 rows where it does not say. Any thread. */
struct terminal_size terminal_size(int descriptor);

/*
 * How many bytes of the text stand in its first columns, and in *width how many columns they take.
 * An escape code for colour takes none. Any thread, after setlocale().
 */
size_t terminal_cut(const char *text, int columns, int *width);

/*
 * Blocks go to this terminal from now on; there is none so far. Blocks SIGCONT, which still lets
 * the process go on. Main, before other threads, which must have it blocked, too.
 */
void terminal_begin(int descriptor);

/*
 * Draws the text, lines that each end with a newline and are narrower than the terminal, in place
 * of the block. Below it, as a new block, where the old one's place is not known any more: the
 * process was suspended, or terminal_stop() was called. Returns false if nothing was drawn: it is
 * stopped, the process is in the background, or there is no memory. The drawing thread, which
 * blocks all signals.
 */
bool terminal_show(const char *text);

/* Draws nothing more until terminal_start(); the block stays. Any thread, async-signal-safe. */
void terminal_stop(void);

/* As terminal_stop(), and wipes the block. Returns whether there was one. No handler of signals. */
bool terminal_wipe(void);

/* Draws again, below what stands there now. Any thread, async-signal-safe. */
void terminal_start(void);

#endif
