#include "sync/semaphore.h"

#include "sync/check.h"

void semaphore_init(struct semaphore *semaphore, const char *name, size_t permits)
{
    CHECK_CALLER(permits > 0, "semaphore_init: no thread could ever enter");
    channel_init(&semaphore->permits, name, 1, permits);
    semaphore->permits.is_semaphore = true;
}

void semaphore_destroy(struct semaphore *semaphore)
{
    channel_destroy(&semaphore->permits);
}

int semaphore_acquire(struct semaphore *semaphore, struct cancel *cancel)
{
    return channel_send_cancellable(&semaphore->permits, "", cancel);
}

int semaphore_try_acquire(struct semaphore *semaphore)
{
    return channel_try_send(&semaphore->permits, "");
}

void semaphore_release(struct semaphore *semaphore)
{
    CHECK_CALL(channel_try_receive(&semaphore->permits, NULL));
}
