/*
 * A scheduler that is disturbed on purpose: forced (-include) upon the sources of the channel, it
 * puts a yield or a short sleep, now and then, before and after each of their steps that another
 * thread can see. So gaps of a few instructions, which a quiet machine hits once in a million
 * times, are hit all the time. The draws depend on the seed and the thread's number alone.
 */
#ifndef STRESS_DISTURB_H
#define STRESS_DISTURB_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

/* The calling thread's draws from here on. A thread that does not call it is not disturbed. */
void disturb_seed(uint64_t seed, unsigned thread);

void disturb(void);

/* Disturbs after the step that gave the result, and returns it. */
int disturbed(int result);

#ifndef DISTURB_NOT
#include "sync/spinlock.h"

#define pthread_mutex_lock(lock) disturbed((disturb(), pthread_mutex_lock(lock)))
#define pthread_mutex_unlock(lock) disturbed((disturb(), pthread_mutex_unlock(lock)))
#define spin_lock(lock) (disturb(), spin_lock(lock), disturb())
#define spin_unlock(lock) (disturb(), spin_unlock(lock), disturb())
#define pthread_cond_wait(condition, lock) \
    disturbed((disturb(), pthread_cond_wait(condition, lock)))
#define pthread_cond_timedwait(condition, lock, deadline) \
    disturbed((disturb(), pthread_cond_timedwait(condition, lock, deadline)))
#define pthread_cond_signal(condition) disturbed((disturb(), pthread_cond_signal(condition)))
#define sched_yield() disturbed((disturb(), sched_yield()))

/* These are macros already, so the general form of each stands for it. */
#undef atomic_exchange
#define atomic_exchange(object, value) \
    disturbed((disturb(), atomic_exchange_explicit(object, value, memory_order_seq_cst)))
#undef atomic_compare_exchange_strong
#define atomic_compare_exchange_strong(object, expected, value)                            \
    disturbed((disturb(), atomic_compare_exchange_strong_explicit(object, expected, value, \
                                                                  memory_order_seq_cst,    \
                                                                  memory_order_seq_cst)))
#endif

#endif
