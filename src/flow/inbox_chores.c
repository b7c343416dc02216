/* inbox_chores.c - two timers, and a job on a lane for each. */
#include "flow/inbox_chores.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/arena.h"
#include "base/lane.h"
#include "flow/gateway_private.h"

#define LOG_PART "inbox"
#include "base/log.h"

#define CONTACTS_MAX      4096
#define CONTACTS_AT_ONCE  500
#define CONTACTS_EVERY_MS 250
#define TIDY_MIN_MS       100
#define TIDY_MAX_MS       30000

struct inbox_chores {
    struct lane_pool *lanes;
    uint64_t key;
    const struct inbound_rules *rules;
    void (*follow)(void *arg, const struct inbound_outcome *outcome);
    void *arg;
    struct event *tidy, *note;
    bool tidying;
    struct inbound_contact contacts[CONTACTS_MAX];
    size_t n_contacts;
};

struct contacts_job {
    struct job job;
    enum rc rc;
    size_t n;
    struct inbound_contact contacts[CONTACTS_AT_ONCE];
};

struct tidy_job {
    struct job job;
    struct inbox_chores *chores;
    enum rc rc;
    struct arena arena;
    struct inbound_outcome outcome;
};

/* --- contacts --- */

static void contacts_run(struct job *job, void *db)
{
    struct contacts_job *j = (struct contacts_job *)job;

    j->rc = inbound_contacted(db, j->contacts, j->n);
}

/* A summary that a later message brings up to date: nobody waits for it, and it is not tried again.
 */
static void contacts_done(struct job *job)
{
    struct contacts_job *j = (struct contacts_job *)job;

    if (j->rc)
        log_warn("contacts failed rc=%s inbound=%zu effect=\"last_contact_at stays behind\"",
                 rc_name(j->rc), j->n);
    free(j);
}

/* On the lane that does the same for messages that were sent: the two would wait for each other's
 * rows, and a STOP must wait for neither. */
static void on_note(evutil_socket_t fd, short what, void *arg)
{
    struct inbox_chores *c = arg;
    struct contacts_job *j = calloc(1, sizeof(*j));

    (void)fd;
    (void)what;
    if (j) {
        j->job.run = contacts_run;
        j->job.done = contacts_done;
        j->n = c->n_contacts < CONTACTS_AT_ONCE ? c->n_contacts : CONTACTS_AT_ONCE;
        memcpy(j->contacts, c->contacts + c->n_contacts - j->n, j->n * sizeof(*j->contacts));
        if (lane_post(c->lanes, GATEWAY_KEY_RECEIPTS, &j->job))
            free(j);
        else
            c->n_contacts -= j->n;
    }
    if (c->n_contacts)
        event_add(c->note, &(struct timeval){ 0, CONTACTS_EVERY_MS * 1000 });
}

void inbox_chores_contact(struct inbox_chores *c, const char *from, utc_us at)
{
    struct inbound_contact *contact = &c->contacts[c->n_contacts];

    if (c->n_contacts == CONTACTS_MAX || *from != '+' || strlen(from) >= E164_SIZE)
        return;
    snprintf(contact->address, sizeof(contact->address), "%s", from);
    contact->at = at;
    if (c->n_contacts++ == 0)
        event_add(c->note, &(struct timeval){ 0, CONTACTS_EVERY_MS * 1000 });
}

/* --- tidying --- */

static void plan_tidying(struct inbox_chores *c, bool soon)
{
    int64_t ms = soon ? 0 : c->rules->parts_wait_s * 1000 / 10;

    if (!soon && ms < TIDY_MIN_MS)
        ms = TIDY_MIN_MS;
    if (ms > TIDY_MAX_MS)
        ms = TIDY_MAX_MS;
    event_add(c->tidy, &(struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 });
}

static void tidy_run(struct job *job, void *db)
{
    struct tidy_job *j = (struct tidy_job *)job;

    j->rc = inbound_tidy(db, j->chores->rules, clock_now(), &j->arena, &j->outcome);
}

static void tidy_done(struct job *job)
{
    struct tidy_job *j = (struct tidy_job *)job;
    struct inbox_chores *c = j->chores;

    c->tidying = false;
    if (j->rc)
        log_warn("tidy failed rc=%s effect=\"tried again\"", rc_name(j->rc));
    else
        c->follow(c->arg, &j->outcome);
    if (!event_pending(c->tidy, EV_TIMEOUT, NULL))
        plan_tidying(c, false);
    arena_close(&j->arena);
    free(j);
}

static void on_tidy(evutil_socket_t fd, short what, void *arg)
{
    struct inbox_chores *c = arg;
    struct tidy_job *j = c->tidying ? NULL : calloc(1, sizeof(*j));

    (void)fd;
    (void)what;
    if (!j) {
        plan_tidying(c, false);
        return;
    }
    j->job.run = tidy_run;
    j->job.done = tidy_done;
    j->chores = c;
    arena_init(&j->arena);
    if (lane_post(c->lanes, c->key, &j->job)) {
        free(j);
        plan_tidying(c, false);
        return;
    }
    c->tidying = true;
}

/* --- the whole --- */

struct inbox_chores *
inbox_chores_new(struct event_base *base, struct lane_pool *lanes, uint64_t key,
                 const struct inbound_rules *rules,
                 void (*follow)(void *arg, const struct inbound_outcome *outcome), void *arg)
{
    struct inbox_chores *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->lanes = lanes;
    c->key = key;
    c->rules = rules;
    c->follow = follow;
    c->arg = arg;
    c->tidy = evtimer_new(base, on_tidy, c);
    c->note = evtimer_new(base, on_note, c);
    if (!c->tidy || !c->note) {
        inbox_chores_free(c);
        return NULL;
    }
    plan_tidying(c, false);
    return c;
}

void inbox_chores_free(struct inbox_chores *c)
{
    if (!c)
        return;
    if (c->tidy)
        event_free(c->tidy);
    if (c->note)
        event_free(c->note);
    free(c);
}

void inbox_chores_soon(struct inbox_chores *c)
{
    if (!c->tidying)
        plan_tidying(c, true);
}
