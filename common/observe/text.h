/*
 * Text that comes from outside: a file, a path, an option. Such text may hold bytes that a terminal
 * obeys, or that change the order of what it shows, so that a line says what the program never did.
 */
#ifndef OBSERVE_TEXT_H
#define OBSERVE_TEXT_H

#include <stddef.h>

/*
 * Returns how many bytes the UTF-8 character has that begins the text; 0 if none does: the bytes
 * are no UTF-8, or the text, of this size, ends within the character. Any thread.
 */
size_t text_character(const char *text, size_t size);

/* How many bytes text_show() makes of one byte, at most. */
#define TEXT_SHOWN_MAX 6

/*
 * Copies the text, of this length, so that a terminal shows it and obeys none of it. The copy ends
 * with a NUL. These are written as escapes:
 * - control characters, as \n, \u001B, \u009B, except those in kept ("\n" for a text of lines);
 * - what breaks a line or changes the direction of writing, as \u2028, \u202E;
 * - bytes that are no UTF-8, as \xC3.
 * The copy has room for size bytes, at least 1, and is cut where it would be longer; with
 * TEXT_SHOWN_MAX * length + 1 it never is. Returns its length. Any thread.
 */
size_t text_show(const char *text, size_t length, const char *kept, char *shown, size_t size);

/* The columns of a line that text_wrap() fills, at most. */
#define TEXT_COLUMNS 80

/* What text_wrap() needs for a text of this length, with an indent up to 24. */
#define TEXT_WRAPPED_SIZE(length) (2 * (length) + 64)

/*
 * Copies the text, broken at spaces so that no line has more than TEXT_COLUMNS columns; a word that
 * is wider stays whole. The first line begins in this column, counted from 0; each line that is
 * added begins behind `indent` spaces. A newline in the text begins a line without them.
 * A byte that continues a UTF-8 character takes no column. The copy has room for size bytes, and is
 * cut where it would be longer. Returns wrapped. Any thread.
 */
char *text_wrap(const char *text, int column, int indent, char *wrapped, size_t size);

#endif
