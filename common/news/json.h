/*
 * Reads a JSON object (RFC 8259) of which a program wants a few members. The others are passed over
 * by their structure: no value of theirs is made, so none can be too large, too deep or half a
 * character. A library that makes values of all that it reads must refuse those.
 *
 * It works in the caller's buffer, and takes no memory.
 */
#ifndef NEWS_JSON_H
#define NEWS_JSON_H

#include <stdbool.h>
#include <stddef.h>

enum json_member_kind { MEMBER_MISSING, MEMBER_STRING, MEMBER_NUMBER, MEMBER_OTHER };

/* A member that is wanted. */
struct json_member {
    const char *name; /* the caller sets this, and json_pick() the rest */
    enum json_member_kind kind;
    const char *text; /* of a string, decoded, with a NUL behind it; of a number, its characters as
                         written, without a NUL */
    size_t length;
    size_t at;        /* where the value begins in the text */
    const char *flaw; /* NULL; or why a string has no text, */
    size_t flaw_at;   /* and where */
};

/* Why a text was refused. */
struct json_fault {
    const char *reason; /* "a colon must follow" */
    size_t at;          /* where, from 0 */
    bool is_cut;        /* the text ended there, between two of its parts */
};

/*
 * Reads the object that is the whole text, and fills in those members that it has. Returns true; or
 * false if the text is no object by JSON's grammar, or has two members of the same wanted name:
 * then *fault says what and where. Overwrites the text, which has room for size bytes; what the
 * members point to is in there. Takes time in proportion to the size, however deep the text is. Any
 * thread.
 */
bool json_pick(char *text, size_t size, struct json_member *members, size_t count,
               struct json_fault *fault);

#endif
