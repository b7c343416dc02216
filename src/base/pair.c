/* pair.c - a thread for the second one. */
#include "base/pair.h"

#include <pthread.h>
#include <stdbool.h>

struct half {
    void (*run)(void *arg);
    void *arg;
};

static void *half_main(void *arg)
{
    const struct half *half = arg;

    half->run(half->arg);
    return NULL;
}

void pair_run(void (*run)(void *arg), void *first, void *second)
{
    struct half half = { .run = run, .arg = second };
    pthread_t thread;
    bool started = pthread_create(&thread, NULL, half_main, &half) == 0;

    run(first);
    if (started)
        pthread_join(thread, NULL);
    else
        run(second);
}
