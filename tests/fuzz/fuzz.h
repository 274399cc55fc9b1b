/*
 * What the fuzzers share. Each has one function, which libFuzzer calls with inputs of its own, and
 * replay.c with the committed ones: it feeds the bytes to a part of the program, and checks what
 * must hold for any bytes.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The fuzzer. Returns 0, and ends the process by abort() if something does not hold. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process, by abort(), unless the condition holds. */
#define REQUIRE(condition) fuzz_require(condition, #condition, __FILE__, __LINE__)
void fuzz_require(bool condition, const char *text, const char *file, int line);

/* The path of a file in a folder of this process's own, which is removed at its end. */
const char *fuzz_path(const char *name);

/* Makes the file of these bytes, or removes it: data is NULL. */
void fuzz_write_file(const char *path, const uint8_t *data, size_t size);

/* Reads the whole file, and puts a NUL behind it. The caller frees it. NULL: there is no file. */
char *fuzz_read_file(const char *path, size_t *size);

/* Catches what is written to standard output and error, and returns it; valid until the next call.
 */
void fuzz_catch_output(void);
void fuzz_return_output(const char **out, const char **err);

/* Whether a text is UTF-8 to its NUL, and whether a terminal would obey a part of it. */
bool fuzz_is_utf8(const char *text);
bool fuzz_is_obeyed(const char *text);

#endif
