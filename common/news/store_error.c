#include "news/store_internal.h"

#ifdef HAVE_SQLITE

#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int store_fail(struct store *store, int error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(store->error_text, sizeof store->error_text, format, arguments);
    va_end(arguments);
    return error;
}

int store_fail_with_errno(struct store *store, const char *what, int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case EPERM:
    case EROFS:
        return store_fail(store, error,
                          "%s: %s (the folder must exist, and it and the file be writable)", what,
                          strerror(error));
    default:
        return store_fail(store, error, "%s: %s", what, strerror(error));
    }
}

int store_fail_as_damaged(struct store *store, const char *how)
{
    return store_fail(store, EBADMSG, "is damaged (%s): " STORE_ALLOWED, how);
}

int store_fail_with_code(struct store *store, const char *what, int code)
{
    int system_error = store->database != NULL ? sqlite3_system_errno(store->database) : 0;
    int error;

    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return store_fail(store, EBUSY,
                          "is in use by another program, which has locked it: end what it does "
                          "there, and try again");
    case SQLITE_NOMEM:
        return store_fail_with_errno(store, what, ENOMEM);
    case SQLITE_FULL:
        return store_fail_with_errno(store, what, ENOSPC);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        error = store_check(store);
        if (error != 0)
            return error;
        error = store_check_access(store);
        if (error != 0)
            return error;
        return store_fail_as_damaged(store, sqlite3_errstr(code));
    case SQLITE_ERROR: /* our statements are right: the tables are not as we made them */
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
        return store_fail_as_damaged(store, store->database != NULL
                                                ? sqlite3_errmsg(store->database)
                                                : sqlite3_errstr(code));
    case SQLITE_IOERR:
        if (code == SQLITE_IOERR_NOMEM)
            return store_fail_with_errno(store, what, ENOMEM);
        return store_fail_with_errno(store, what, system_error != 0 ? system_error : EIO);
    case SQLITE_CANTOPEN:
        return store_fail_with_errno(store, what, system_error != 0 ? system_error : EIO);
    default:
        return store_fail(store, EIO, "%s: %s", what, sqlite3_errstr(code));
    }
}

int store_fail_to_commit(struct store *store, const char *what, int code)
{
    if ((code & 0xFF) == SQLITE_IOERR && errno != 0)
        return store_fail_with_errno(store, what, errno);
    return store_fail_with_code(store, what, code);
}

#endif
