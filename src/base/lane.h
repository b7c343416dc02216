/*
 * lane.h - do blocking things off the loop, hear the answer on the loop.
 *
 * A pool has lanes. A lane is one thread with one resource of its own (for the store: one database
 * connection). Jobs with the same key go to the same lane and run in the order posted, so two
 * changes to one customer never overtake each other.
 *
 * Threads: lane_post() and done() happen on the loop thread only; run() happens on the lane's
 * thread only. A job belongs to whoever holds it: the poster until lane_post() returns RC_OK, then
 * the lane, then done(), which frees it. run() touches only the job and its lane's resource.
 */
#pragma once

#include <stdint.h>
#include <sys/queue.h>

#include "base/rc.h"

struct event_base;
struct lane_pool;

struct job {
    void (*run)(struct job *job, void *resource); /* may block */
    void (*done)(struct job *job);                /* must not */
    STAILQ_ENTRY(job) link;                       /* lane.c's own */
    unsigned lane;                                /* lane.c's own */
};

struct lane_ops {
    void *(*open)(void *arg, unsigned lane); /* on the lane's thread, at start; may return NULL */
    void (*close)(void *resource);           /* on the lane's thread, at stop */
    void *arg;
};

/* `depth`: how many jobs a lane takes before it says RC_AGAIN. NULL: no memory or no threads. */
struct lane_pool *lane_pool_new(struct event_base *base, const char *name, unsigned lanes,
                                unsigned depth, const struct lane_ops *ops);
/* RC_AGAIN: the lane is full, nothing was taken; stop reading from the source and try later. */
enum rc lane_post(struct lane_pool *pool, uint64_t key, struct job *job) MUST_CHECK;
/* The key of the lane with the fewest jobs, for one that need not follow another. */
uint64_t lane_quietest(const struct lane_pool *pool);
unsigned lane_pool_load(const struct lane_pool *pool); /* jobs posted and not yet done */
/* Finishes what was accepted, calls every done(), joins the threads. NULL is fine. */
void lane_pool_free(struct lane_pool *pool);
