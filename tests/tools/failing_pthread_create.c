/*
 * For LD_PRELOAD: pthread_create() that fails with EAGAIN, as at a limit on threads, once it has
 * started as many as the environment variable THREADS_BEFORE_FAILURE says.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef int create_function(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static atomic_int created;

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*run)(void *), void *restrict argument)
{
    const char *limit = getenv("THREADS_BEFORE_FAILURE");
    void *symbol = dlsym(RTLD_NEXT, "pthread_create");
    create_function *create;

    if (symbol == NULL || (limit != NULL && atomic_fetch_add(&created, 1) >= atoi(limit)))
        return EAGAIN;
    /* ISO C has no conversion from an object's address to a function's. */
    memcpy(&create, &symbol, sizeof create);
    return create(thread, attributes, run, argument);
}
