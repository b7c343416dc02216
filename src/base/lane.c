/* lane.c - lanes of threads, and the one eventfd that brings answers home. */
#define _GNU_SOURCE
#include "base/lane.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>

#define STACK_SIZE ((size_t)8 << 20) /* MIME and XML libraries recurse */

STAILQ_HEAD(job_list, job);

struct lane {
    struct lane_pool *pool;
    pthread_t thread;
    pthread_mutex_t lock; /* guards waiting, closing */
    pthread_cond_t something;
    struct job_list waiting;
    bool closing;
    unsigned index;
    unsigned load; /* loop thread only */
};

struct lane_pool {
    struct lane_ops ops;
    struct event *wakeup;
    int fd;
    pthread_mutex_t lock; /* guards finished */
    struct job_list finished;
    unsigned depth, n;
    bool closing; /* loop thread only */
    struct lane lanes[];
};

static struct job *lane_next(struct lane *lane)
{
    struct job *job;

    pthread_mutex_lock(&lane->lock);
    while (STAILQ_EMPTY(&lane->waiting) && !lane->closing)
        pthread_cond_wait(&lane->something, &lane->lock);
    job = STAILQ_FIRST(&lane->waiting);
    if (job)
        STAILQ_REMOVE_HEAD(&lane->waiting, link);
    pthread_mutex_unlock(&lane->lock);
    return job;
}

/* Hands a finished job to the loop; rings only if the loop was not rung yet. */
static void pool_finish(struct lane_pool *pool, struct job *job)
{
    const uint64_t one = 1;
    bool ring;

    pthread_mutex_lock(&pool->lock);
    ring = STAILQ_EMPTY(&pool->finished);
    STAILQ_INSERT_TAIL(&pool->finished, job, link);
    pthread_mutex_unlock(&pool->lock);
    while (ring && write(pool->fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

static void *lane_main(void *arg)
{
    struct lane *lane = arg;
    struct lane_pool *pool = lane->pool;
    void *resource = pool->ops.open ? pool->ops.open(pool->ops.arg, lane->index) : NULL;
    struct job *job;

    while ((job = lane_next(lane)) != NULL) {
        job->run(job, resource);
        pool_finish(pool, job);
    }
    if (pool->ops.close)
        pool->ops.close(resource);
    return NULL;
}

static void pool_deliver(struct lane_pool *pool)
{
    struct job_list batch = STAILQ_HEAD_INITIALIZER(batch);
    struct job *job;

    pthread_mutex_lock(&pool->lock);
    STAILQ_CONCAT(&batch, &pool->finished);
    pthread_mutex_unlock(&pool->lock);

    while ((job = STAILQ_FIRST(&batch)) != NULL) {
        STAILQ_REMOVE_HEAD(&batch, link);
        pool->lanes[job->lane].load--;
        job->done(job); /* the job may be gone now */
    }
}

static void on_wakeup(evutil_socket_t fd, short what, void *arg)
{
    uint64_t rings;

    (void)what;
    if (read(fd, &rings, sizeof(rings)) < 0)
        return; /* EAGAIN: nothing was rung since the last delivery */
    pool_deliver(arg);
}

enum rc lane_post(struct lane_pool *pool, uint64_t key, struct job *job)
{
    struct lane *lane = &pool->lanes[key % pool->n];

    if (pool->closing || lane->load >= pool->depth)
        return RC_AGAIN;
    lane->load++;
    job->lane = lane->index;

    pthread_mutex_lock(&lane->lock);
    STAILQ_INSERT_TAIL(&lane->waiting, job, link);
    pthread_mutex_unlock(&lane->lock);
    pthread_cond_signal(&lane->something);
    return RC_OK;
}

uint64_t lane_quietest(const struct lane_pool *pool)
{
    unsigned best = 0;

    for (unsigned i = 1; i < pool->n; i++)
        best = pool->lanes[i].load < pool->lanes[best].load ? i : best;
    return best;
}

unsigned lane_pool_load(const struct lane_pool *pool)
{
    unsigned load = 0;

    for (unsigned i = 0; i < pool->n; i++)
        load += pool->lanes[i].load;
    return load;
}

/* Signals are the loop's business: a lane starts with all of them blocked. */
static enum rc lane_start(struct lane_pool *pool, const char *name)
{
    struct lane *lane = &pool->lanes[pool->n];
    sigset_t all, before;
    pthread_attr_t attr;
    char title[16];
    int err;

    lane->pool = pool;
    lane->index = pool->n;
    STAILQ_INIT(&lane->waiting);
    pthread_mutex_init(&lane->lock, NULL);
    pthread_cond_init(&lane->something, NULL);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    err = pthread_create(&lane->thread, &attr, lane_main, lane);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    if (err)
        return RC_FAIL;
    snprintf(title, sizeof(title), "%.12s-%u", name, pool->n % 100);
    pthread_setname_np(lane->thread, title);
    pool->n++;
    return RC_OK;
}

static void lane_stop(struct lane *lane)
{
    pthread_mutex_lock(&lane->lock);
    lane->closing = true;
    pthread_mutex_unlock(&lane->lock);
    pthread_cond_signal(&lane->something);
    pthread_join(lane->thread, NULL);
    pthread_cond_destroy(&lane->something);
    pthread_mutex_destroy(&lane->lock);
}

struct lane_pool *lane_pool_new(struct event_base *base, const char *name, unsigned lanes,
                                unsigned depth, const struct lane_ops *ops)
{
    struct lane_pool *pool = calloc(1, sizeof(*pool) + lanes * sizeof(pool->lanes[0]));

    if (!pool)
        return NULL;
    pool->ops = *ops;
    pool->depth = depth;
    STAILQ_INIT(&pool->finished);
    pthread_mutex_init(&pool->lock, NULL);

    pool->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (pool->fd < 0)
        goto fail;
    pool->wakeup = event_new(base, pool->fd, EV_READ | EV_PERSIST, on_wakeup, pool);
    if (!pool->wakeup || event_add(pool->wakeup, NULL) < 0)
        goto fail;
    while (pool->n < lanes) {
        if (lane_start(pool, name))
            goto fail;
    }
    return pool;
fail:
    lane_pool_free(pool);
    return NULL;
}

void lane_pool_free(struct lane_pool *pool)
{
    if (!pool)
        return;
    pool->closing = true; /* what done() posts now finds no lane any more */
    for (unsigned i = 0; i < pool->n; i++)
        lane_stop(&pool->lanes[i]);
    pool_deliver(pool);
    if (pool->wakeup)
        event_free(pool->wakeup);
    if (pool->fd >= 0)
        close(pool->fd);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
