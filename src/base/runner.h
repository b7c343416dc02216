/*
 * runner.h - work that is done again and again on a lane: one job at a time; the next one at once
 * while there is more, else when the next thing is due, after a while, or when kicked.
 *
 * Threads: run() happens on the lane and touches only `work`; all else on the loop, which leaves
 * `work` alone while a job is out.
 */
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "base/lane.h"

#define RUNNER_MORE INT64_MIN /* what run() says: look again at once */
#define RUNNER_IDLE INT64_MAX /* nothing is to be done that one knows of */

struct runner_ops {
    uint64_t key;     /* of the lane */
    int64_t every_us; /* it looks at least so often */
    /* RUNNER_MORE, RUNNER_IDLE, or when the next thing is due: a moment of clock_now(). */
    utc_us (*run)(void *work, void *resource);
    void (*done)(void *owner); /* after each run(), also when stopped; NULL: nothing to hand on */
};

struct runner {
    struct job job; /* the first member */
    const struct runner_ops *ops;
    struct lane_pool *lanes;
    struct event *timer;
    void *work, *owner;
    utc_us next; /* what run() said */
    bool busy, again, stopped;
};

/* The first look is after `every_us`, or at a kick. RC_FAIL: no memory; runner_close() is due all
 * the same. */
enum rc runner_init(struct runner *r, struct event_base *base, struct lane_pool *lanes,
                    const struct runner_ops *ops, void *work, void *owner) MUST_CHECK;
/* Look now; when a job is out, again after it. */
void runner_kick(struct runner *r);
/* Posts no further job; one may still be out: close it only when it is not busy any more, or after
 * the pool's jobs are done. */
void runner_stop(struct runner *r);
bool runner_stopped(const struct runner *r);
bool runner_busy(const struct runner *r);
void runner_close(struct runner *r); /* one that is all zero is fine */
