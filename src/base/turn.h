/* turn.h - for what threads of lanes must do one after the other. The loop never takes one: it
 * would wait. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct turn {
    pthread_mutex_t lock;
};
#define TURN_INIT                 \
    {                             \
        PTHREAD_MUTEX_INITIALIZER \
    }

/* False: whoever had it has not ended it in this time. */
static inline bool turn_take(struct turn *t, int64_t ms)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return pthread_mutex_timedlock(&t->lock, &until) == 0;
}

static inline void turn_end(struct turn *t)
{
    pthread_mutex_unlock(&t->lock);
}
