/* report_mailer.c - one job at a time, each one report; the next one at once while one is due. */
#include "flow/report_mailer.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/lane.h"
#include "store/lease.h"

#define LEASE_US     (120 * USEC_PER_SEC)
#define LOOK_EVERY_S 5
#define LANE_KEY     UINT64_C(0x7265706f727473) /* any: all jobs are on one lane */

struct mailer_job {
    struct job job;
    struct report_mailer *mailer; /* for done(); run() leaves it alone */
    const struct report_settings *settings;
    struct lease lease;
    bool did; /* there was one that was due */
};

struct report_mailer {
    struct lane_pool *lanes;
    struct event *timer;
    void (*queued)(void *arg);
    void *arg;
    struct mailer_job job;
    bool busy, stopped;
};

static void job_run(struct job *base, void *resource)
{
    struct mailer_job *job = (struct mailer_job *)base;
    struct db *db = resource;

    job->did = false;
    if (lease_hold(db, &job->lease, LEASE_US))
        return; /* the database is away (db says so), or another node is at it */
    if (report_mail_due(db, job->settings, &job->did))
        job->did = false;
}

static void look(struct report_mailer *m)
{
    if (!m->busy && !m->stopped)
        m->busy = lane_post(m->lanes, LANE_KEY, &m->job.job) == RC_OK; /* if not: the timer comes */
}

static void job_done(struct job *base)
{
    struct report_mailer *m = ((struct mailer_job *)base)->mailer;

    m->busy = false;
    if (!m->job.did)
        return;
    if (!m->stopped)
        m->queued(m->arg);
    look(m);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    look(arg);
}

struct report_mailer *report_mailer_new(struct event_base *base, struct lane_pool *lanes,
                                        const struct report_settings *settings,
                                        void (*queued)(void *arg), void *arg)
{
    const struct timeval every = { .tv_sec = LOOK_EVERY_S };
    struct report_mailer *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    m->lanes = lanes;
    m->queued = queued;
    m->arg = arg;
    m->job.job.run = job_run;
    m->job.job.done = job_done;
    m->job.mailer = m;
    m->job.settings = settings;
    lease_init(&m->job.lease, "report");
    m->timer = event_new(base, -1, EV_PERSIST, on_timer, m);
    if (!m->timer || event_add(m->timer, &every)) {
        report_mailer_free(m);
        return NULL;
    }
    look(m);
    return m;
}

void report_mailer_stop(struct report_mailer *mailer)
{
    mailer->stopped = true;
    event_del(mailer->timer);
}

bool report_mailer_busy(const struct report_mailer *mailer)
{
    return mailer->busy;
}

void report_mailer_free(struct report_mailer *mailer)
{
    if (!mailer)
        return;
    if (mailer->timer)
        event_free(mailer->timer);
    free(mailer);
}
