/* turn.h - for what threads of lanes must do one after the other. The loop never takes one: it
 * would wait. */
#pragma once

#include <pthread.h>

struct turn {
    pthread_mutex_t lock;
};
#define TURN_INIT                 \
    {                             \
        PTHREAD_MUTEX_INITIALIZER \
    }

static inline void turn_take(struct turn *t)
{
    pthread_mutex_lock(&t->lock);
}

static inline void turn_end(struct turn *t)
{
    pthread_mutex_unlock(&t->lock);
}
