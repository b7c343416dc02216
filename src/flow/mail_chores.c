/* mail_chores.c - one job at a time, a step of each chore in it. */
#include "flow/mail_chores.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/lane.h"
#include "store/mail_in.h"

#define LOG_PART "mail"
#include "base/log.h"

#define CONTACTS_MAX     4096
#define CONTACTS_AT_ONCE 500
#define SOON_MS          250
#define IDLE_S           600 /* between two looks for old sources */
#define OPEN_S           (24 * 3600)

struct chores_job {
    struct job job;
    struct mail_chores *chores; /* for done() */
    uint64_t contacts[CONTACTS_AT_ONCE];
    size_t n_contacts;
    bool follow, sweep;    /* what it has to do */
    utc_us sources_before; /* of sweep */
    utc_us open_before;    /* the same: sources whose mail was never recorded */
    enum rc rc;
};

struct mail_chores {
    struct lane_pool *pool;
    struct event *timer;
    int64_t keep_source_ms;
    uint64_t contacts[CONTACTS_MAX];
    size_t n_contacts;
    bool follow, sweep, busy, stopped;
    struct chores_job job;
};

static void plan(struct mail_chores *c)
{
    const bool soon = c->n_contacts || c->follow || c->sweep;

    if (c->stopped)
        return;
    event_add(c->timer, soon ? &(struct timeval){ .tv_usec = SOON_MS * 1000 }
                             : &(struct timeval){ .tv_sec = IDLE_S });
}

static void chores_run(struct job *base, void *db)
{
    struct chores_job *j = (struct chores_job *)base;
    uint64_t dropped = 0;

    j->rc = j->n_contacts ? mail_in_contacted(db, j->contacts, j->n_contacts, clock_now()) : RC_OK;
    if (!j->rc && j->follow)
        j->rc = mail_in_follow(db, &j->follow);
    if (!j->rc && j->sweep) {
        j->rc = mail_source_drop(db, j->sources_before, &dropped);
        j->sweep = dropped > 0;
        if (!j->rc)
            j->rc = mail_source_forget_old(db, j->open_before, &dropped);
        j->sweep = j->sweep || dropped > 0;
    }
}

/* Contacts are not tried again; the rest comes again with the next look. */
static void chores_done(struct job *base)
{
    struct chores_job *j = (struct chores_job *)base;
    struct mail_chores *c = j->chores;

    c->busy = false;
    if (j->rc)
        log_warn("chores failed rc=%s effect=\"tried again later\"", rc_name(j->rc));
    c->follow = c->follow || j->follow;
    c->sweep = !j->rc && j->sweep;
    plan(c);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct mail_chores *c = arg;
    struct chores_job *j = &c->job;
    const size_t n = c->n_contacts < CONTACTS_AT_ONCE ? c->n_contacts : CONTACTS_AT_ONCE;
    /* Nothing was asked for: it is the look for old sources. */
    const bool idle = !c->n_contacts && !c->follow;

    (void)fd;
    (void)what;
    if (c->busy || c->stopped)
        return;
    memcpy(j->contacts, c->contacts + c->n_contacts - n, n * sizeof(*j->contacts));
    j->n_contacts = n;
    j->follow = c->follow;
    j->sweep = idle || c->sweep;
    j->sources_before = clock_now() - c->keep_source_ms * USEC_PER_MSEC;
    j->open_before = clock_now() - OPEN_S * USEC_PER_SEC;
    if (lane_post(c->pool, lane_quietest(c->pool), &j->job)) {
        plan(c);
        return;
    }
    c->busy = true;
    c->n_contacts -= n;
    c->follow = false;
}

struct mail_chores *mail_chores_new(struct event_base *base, struct lane_pool *pool,
                                    int64_t keep_source_ms)
{
    struct mail_chores *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->pool = pool;
    c->keep_source_ms = keep_source_ms;
    c->job.job.run = chores_run;
    c->job.job.done = chores_done;
    c->job.chores = c;
    c->follow = c->sweep = true; /* what a former life left to do */
    c->timer = evtimer_new(base, on_timer, c);
    if (!c->timer) {
        free(c);
        return NULL;
    }
    plan(c);
    return c;
}

void mail_chores_contacts(struct mail_chores *c, const uint64_t *customers, size_t n)
{
    const size_t room = CONTACTS_MAX - c->n_contacts;
    const bool first = !c->n_contacts;

    n = n < room ? n : room;
    memcpy(c->contacts + c->n_contacts, customers, n * sizeof(*customers));
    c->n_contacts += n;
    if (first && n && !c->busy)
        plan(c);
}

void mail_chores_follow(struct mail_chores *c)
{
    c->follow = true;
    if (!c->busy)
        plan(c);
}

void mail_chores_stop(struct mail_chores *c)
{
    c->stopped = true;
    event_del(c->timer);
}

void mail_chores_free(struct mail_chores *c)
{
    if (!c)
        return;
    event_free(c->timer);
    free(c);
}
