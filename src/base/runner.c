/* runner.c - the timer is set only while no job is out. */
#include "base/runner.h"

#include <event2/event.h>

#define SOON_US (10 * USEC_PER_MSEC) /* not sooner, however near the next thing is */

static void wait_for(struct runner *r, utc_us next)
{
    const utc_us now = clock_now();
    int64_t us = r->ops->every_us;

    if (next < now + us)
        us = next > now + SOON_US ? next - now : SOON_US;
    event_add(r->timer,
              &(struct timeval){ .tv_sec = us / USEC_PER_SEC, .tv_usec = us % USEC_PER_SEC });
}

void runner_kick(struct runner *r)
{
    if (r->stopped)
        return;
    if (r->busy) {
        r->again = true;
        return;
    }
    r->again = false;
    r->busy = lane_post(r->lanes, r->ops->key, &r->job) == RC_OK;
    if (r->busy)
        event_del(r->timer);
    else /* the lane is full */
        wait_for(r, RUNNER_IDLE);
}

static void job_run(struct job *job, void *resource)
{
    struct runner *r = (struct runner *)job;

    r->next = r->ops->run(r->work, resource);
}

/* Busy until done() is over: what it kicks is looked at once, not twice. */
static void job_done(struct job *job)
{
    struct runner *r = (struct runner *)job;

    if (r->ops->done)
        r->ops->done(r->owner);
    r->busy = false;
    if (r->stopped)
        return;
    if (r->again || r->next == RUNNER_MORE)
        runner_kick(r);
    else
        wait_for(r, r->next);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    runner_kick(arg);
}

enum rc runner_init(struct runner *r, struct event_base *base, struct lane_pool *lanes,
                    const struct runner_ops *ops, void *work, void *owner)
{
    *r = (struct runner){ .job = { .run = job_run, .done = job_done },
                          .ops = ops,
                          .lanes = lanes,
                          .work = work,
                          .owner = owner };
    r->timer = evtimer_new(base, on_timer, r);
    if (!r->timer)
        return RC_FAIL;
    wait_for(r, RUNNER_IDLE);
    return RC_OK;
}

void runner_stop(struct runner *r)
{
    r->stopped = true;
    event_del(r->timer);
}

bool runner_stopped(const struct runner *r)
{
    return r->stopped;
}

bool runner_busy(const struct runner *r)
{
    return r->busy;
}

void runner_close(struct runner *r)
{
    if (r->timer)
        event_free(r->timer);
    r->timer = NULL;
}
