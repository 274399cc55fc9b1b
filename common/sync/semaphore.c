#include "sync/semaphore.h"

#include "sync/check.h"

int semaphore_init(struct semaphore *semaphore, const char *name, size_t permits)
{
    CHECK_CALLER(permits > 0, "semaphore_init: nobody could ever enter");
    return channel_init(&semaphore->inside, name, 1, permits);
}

void semaphore_destroy(struct semaphore *semaphore)
{
    channel_destroy(&semaphore->inside);
}

int semaphore_acquire(struct semaphore *semaphore, struct cancel *cancel)
{
    if (cancel == NULL)
        return channel_send(&semaphore->inside, "");
    return channel_send_cancellable(&semaphore->inside, "", cancel);
}

int semaphore_try_acquire(struct semaphore *semaphore)
{
    return channel_try_send(&semaphore->inside, "");
}

void semaphore_release(struct semaphore *semaphore)
{
    CHECK_CALL(channel_try_receive(&semaphore->inside, NULL));
}
