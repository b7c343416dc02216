/* day_teller.c - a look every few seconds, which finds nothing most often; another one at once
 * while there is more. */
#include "flow/day_teller.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/lane.h"
#include "store/lease.h"

#define LOG_PART "staff"
#include "base/log.h"

#define LANE_KEY     UINT64_C(0x64617974656c6c) /* any */
#define LOOK_EVERY_S 5
#define LEASE_US     (60 * USEC_PER_SEC)

struct teller_job {
    struct job job;
    struct day_teller *teller; /* for done(); run() leaves it alone */
    const struct escalation_settings *settings;
    struct lease lease; /* so that one node looks; that it is told once is for the rows to see to */
    struct day_notice_done done;
};

struct day_teller {
    struct lane_pool *work;
    struct event *timer;
    void (*queued)(void *arg);
    void *arg;
    struct teller_job job;
    bool busy, again, stopped;
};

static void job_run(struct job *base, void *db)
{
    struct teller_job *job = (struct teller_job *)base;
    enum rc rc = lease_keep(db, &job->lease, LEASE_US);

    job->done = (struct day_notice_done){ .people = 0 };
    if (!rc)
        rc = day_notice_step(db, job->settings, clock_now(), &job->done);
    /* RC_AGAIN: db has said why. RC_CONFLICT: another node looks. */
    if (rc && rc != RC_AGAIN && rc != RC_CONFLICT)
        log_warn("contacts=day rc=%s effect=\"told later\"", rc_name(rc));
    if (job->done.people)
        log_info("contacts=told people=%zu notices=%zu", job->done.people, job->done.notices);
    job->done.more = job->done.more && !rc;
}

static void look(struct day_teller *t)
{
    t->again = t->busy;
    if (!t->busy && !t->stopped)
        t->busy = lane_post(t->work, LANE_KEY, &t->job.job) == RC_OK; /* if not: the timer comes */
}

static void job_done(struct job *base)
{
    struct day_teller *t = ((struct teller_job *)base)->teller;

    t->busy = false;
    if (t->job.done.notices && !t->stopped)
        t->queued(t->arg);
    if (t->job.done.more || t->again)
        look(t);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    look(arg);
}

struct day_teller *day_teller_new(struct event_base *base, struct lane_pool *work,
                                  const struct escalation_settings *settings,
                                  void (*queued)(void *arg), void *arg)
{
    const struct timeval every = { .tv_sec = LOOK_EVERY_S };
    struct day_teller *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->work = work;
    t->queued = queued;
    t->arg = arg;
    t->job.job.run = job_run;
    t->job.job.done = job_done;
    t->job.teller = t;
    t->job.settings = settings;
    lease_init(&t->job.lease, "day_teller");
    t->timer = event_new(base, -1, EV_PERSIST, on_timer, t);
    if (!t->timer || event_add(t->timer, &every)) {
        day_teller_free(t);
        return NULL;
    }
    look(t);
    return t;
}

void day_teller_kick(struct day_teller *teller)
{
    if (teller)
        look(teller);
}

void day_teller_stop(struct day_teller *teller)
{
    teller->stopped = true;
    event_del(teller->timer);
}

bool day_teller_busy(const struct day_teller *teller)
{
    return teller->busy;
}

void day_teller_free(struct day_teller *teller)
{
    if (!teller)
        return;
    if (teller->timer)
        event_free(teller->timer);
    free(teller);
}
