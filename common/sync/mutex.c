#include "sync/mutex.h"

#include "observe/watch.h"
#include "sync/check.h"

void mutex_init(struct mutex *mutex, const char *name)
{
    CHECK_CALL(pthread_mutex_init(&mutex->lock, NULL));
    mutex->name = name;
}

void mutex_destroy(struct mutex *mutex)
{
    CHECK_CALL(pthread_mutex_destroy(&mutex->lock));
}

void mutex_lock(struct mutex *mutex)
{
    watch_want_lock(mutex, mutex->name);
    CHECK_CALL(pthread_mutex_lock(&mutex->lock));
    watch_hold_lock(mutex);
}

void mutex_unlock(struct mutex *mutex)
{
    watch_release_lock(mutex);
    CHECK_CALL(pthread_mutex_unlock(&mutex->lock));
}
