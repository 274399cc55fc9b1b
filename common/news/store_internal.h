/*
 * What the store's files share: store_error.c turns errors into values and words, store_lock.c
 * knows the files, store_open.c opens them, store.c loads and stores.
 */
#ifndef NEWS_STORE_INTERNAL_H
#define NEWS_STORE_INTERNAL_H

#include "news/store.h"

#define STORE_ALLOWED "must be a new file, or one that an earlier run has stored in"

/*
 * Each of these notes in error_text what has failed, and returns an errno value. They take a format
 * as printf; an errno value, behind "WHAT: "; how the store is damaged; one of SQLite's codes.
 */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
int store_fail(struct store *store, int error, const char *format, ...);
int store_fail_with_errno(struct store *store, const char *what, int error);
int store_fail_as_damaged(struct store *store, const char *how);
int store_fail_with_code(struct store *store, const char *what, int code);

/*
 * The same for a step that may have failed in a commit: there SQLite does not note the system's own
 * error, but leaves it in errno, which the caller has set to 0 before.
 */
int store_fail_to_commit(struct store *store, const char *what, int code);

/*
 * Locks the store in store->path for this process and run: a lock on FILE-lock, because SQLite's
 * own locks on FILE leave it to other programs that read. Returns 0; EBUSY, another run has it;
 * EEXIST, a name beside the store is taken by something that no run made; or what the system said.
 */
int store_lock(struct store *store);

/* Returns 0, or as store_fail(): a file of the store is there and cannot be written. */
int store_check_access(struct store *store);

/* Unlocks it, and removes FILE-lock. Harmless if it is not locked. */
void store_unlock(struct store *store);

/* Notes which files the store is in, for store_check(). */
void store_note_files(struct store *store);

#endif
