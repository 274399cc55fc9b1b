#define DISTURB_NOT
#include "disturb.h"

#include "tools/random.h"

#include "system/clock.h"

static _Thread_local struct random draws;
static _Thread_local int is_seeded;

void disturb_seed(uint64_t seed, unsigned thread)
{
    random_seed(&draws, seed + thread);
    is_seeded = 1;
}

void disturb(void)
{
    uint32_t draw;

    if (!is_seeded)
        return;
    draw = random_below(&draws, 128);
    if (draw == 0)
        clock_sleep_ns((int64_t)random_below(&draws, 100) * NS_PER_US);
    else if (draw < 32)
        sched_yield();
}

int disturbed(int result)
{
    disturb();
    return result;
}
