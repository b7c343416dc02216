/*
 * gateway_look.c - how things stand in the database: what a crash left, which queues there are and
 * which are held, what an operator wants of each carrier, what was sent today.
 *
 * At the start, when an operator changed something, and every few seconds, because other nodes
 * write to the same tables.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/answer_journal.h"
#include "flow/gateway_private.h"

#define LOG_PART "gateway"
#include "base/log.h"

#define START_RETRY_MS 1000

struct look_job {
    struct job job;
    struct gateway *gateway;
    bool settle, mails; /* and mails, too */
    enum outbox_fate fate;
    utc_us now, settle_at;
    char day[GATEWAY_DAY_SIZE];
    size_t n_carriers, n_senders, n_names;
    char carriers[GATEWAY_CARRIERS_MAX][ROUTE_NAME_SIZE];
    char senders[GATEWAY_SENDERS_MAX][21];
    char names[GATEWAY_QUEUES_MAX][QUEUE_NAME_SIZE]; /* of queues that must be there */

    struct outbox_event *answers; /* that the last process noted and did not record */
    size_t n_answers;

    enum rc rc;
    size_t replayed, settled, n_queues;
    struct queue_row queues[GATEWAY_QUEUES_MAX];
    unsigned ids[GATEWAY_CARRIERS_MAX];
    enum carrier_state wanted[GATEWAY_CARRIERS_MAX];
    uint64_t carrier_parts[GATEWAY_CARRIERS_MAX], sender_parts[GATEWAY_SENDERS_MAX];
};

/* --- on the lane --- */

static enum rc read_carriers(struct db *db, struct look_job *j)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < j->n_carriers; i++) {
        rc = carrier_open(db, j->carriers[i], &j->ids[i]);
        if (!rc)
            rc = carrier_state_read(db, j->ids[i], &j->wanted[i]);
        if (!rc)
            rc = traffic_read(db, j->day, j->ids[i], "", &j->carrier_parts[i]);
    }
    return rc;
}

static void drop_job(struct look_job *j)
{
    free(j->answers);
    free(j);
}

static enum rc settle(struct db *db, struct look_job *j)
{
    size_t mails = 0;
    enum rc rc = outbox_recover(db, CHANNEL_SMS, j->fate, j->now, j->settle_at, &j->settled);

    if (!rc && j->mails)
        rc = outbox_recover(db, CHANNEL_EMAIL, j->fate, j->now, j->settle_at, &mails);
    j->settled += mails;
    return rc;
}

static void look_run(struct job *job, void *db)
{
    struct look_job *j = (struct look_job *)job;
    unsigned id;

    j->rc = RC_OK;
    for (size_t i = 0; !j->rc && i < j->n_names; i++)
        j->rc = queue_open(db, j->names[i], CHANNEL_SMS, &id);
    if (!j->rc)
        j->rc = queue_list(db, CHANNEL_SMS, j->queues, GATEWAY_QUEUES_MAX, &j->n_queues);
    if (!j->rc)
        j->rc = read_carriers(db, j);
    for (size_t i = 0; !j->rc && i < j->n_senders; i++)
        j->rc = traffic_read(db, j->day, 0, j->senders[i], &j->sender_parts[i]);
    if (!j->rc && j->n_answers)
        j->rc = outbox_replay(db, j->answers, j->n_answers, &j->replayed);
    if (!j->rc && j->settle)
        j->rc = settle(db, j);
}

/* --- back on the loop --- */

struct gateway_queue *gateway_queue_of(struct gateway *g, unsigned id)
{
    for (size_t i = 0; i < g->n_queues; i++) {
        if (g->queues[i]->id == id)
            return g->queues[i];
    }
    return NULL;
}

/* A queue is named "route" or "route sender". One whose route is not in the configuration any more
 * leaves by the last route, which fits everything. */
static void bind_queue(struct gateway *g, struct gateway_queue *q)
{
    const char *space = strchr(q->name, ' ');
    bool gone;

    q->route = route_of_queue(g->settings->routes, q->name, &gone);
    if (gone)
        log_warn("queue=\"%s\" route=gone effect=\"its messages leave by route %s\"", q->name,
                 q->route->name);
    for (size_t i = 0; space && i < g->n_senders; i++) {
        if (strcmp(g->senders[i].name, space + 1) == 0)
            q->sender = &g->senders[i];
    }
}

static void add_queue(struct gateway *g, const struct queue_row *row)
{
    struct gateway_queue *q = g->n_queues < GATEWAY_QUEUES_MAX ? calloc(1, sizeof(*q)) : NULL;

    if (!q) {
        log_error("queue=\"%s\" effect=\"not served\" reason=\"no memory, or over %d queues\"",
                  row->name, GATEWAY_QUEUES_MAX);
        return;
    }
    q->id = row->id;
    snprintf(q->name, sizeof(q->name), "%s", row->name);
    for (int u = GATEWAY_URGENT; u < GATEWAY_URGENCIES; u++) {
        STAILQ_INIT(&q->ready[u]);
        q->look[u] = true;
    }
    bind_queue(g, q);
    g->queues[g->n_queues++] = q;
}

static void take_queues(struct gateway *g, const struct look_job *j)
{
    for (size_t i = 0; i < j->n_queues; i++) {
        struct gateway_queue *q;
        if (!gateway_queue_of(g, j->queues[i].id))
            add_queue(g, &j->queues[i]);
        q = gateway_queue_of(g, j->queues[i].id);
        if (q && q->held != j->queues[i].held) {
            q->held = j->queues[i].held;
            log_info("queue=\"%s\" held=%s", q->name, q->held ? "yes" : "no");
        }
    }
}

static void want(struct gateway_carrier *c, enum carrier_state wanted)
{
    if (c->wanted == wanted)
        return;
    log_info("carrier=%s wanted=%s was=%s", smpp_carrier_name(c->smpp), carrier_state_name(wanted),
             carrier_state_name(c->wanted));
    if (wanted == CARRIER_STOPPED)
        smpp_carrier_pause(c->smpp);
    else if (c->wanted == CARRIER_STOPPED)
        smpp_carrier_resume(c->smpp);
    c->wanted = wanted;
}

/* The database lags behind what this node has sent a moment ago, and knows what others sent. */
static void take_traffic(struct gateway_limits *l, uint64_t parts)
{
    if (parts > l->day_parts)
        l->day_parts = parts;
}

static void take_look(struct gateway *g, const struct look_job *j)
{
    take_queues(g, j);
    for (size_t i = 0; i < j->n_carriers; i++) {
        struct gateway_carrier *c = g->carriers[i];
        c->id = j->ids[i];
        want(c, j->wanted[i]);
        if (strcmp(j->day, g->day) == 0)
            take_traffic(&c->limits, j->carrier_parts[i]);
    }
    for (size_t i = 0; i < j->n_senders && strcmp(j->day, g->day) == 0; i++)
        take_traffic(&g->senders[i].limits, j->sender_parts[i]);
}

static void start_wires(struct gateway *g)
{
    for (size_t i = 0; i < g->n_carriers; i++)
        smpp_carrier_start(g->carriers[i]->smpp);
    recorder_mark_contacts(g->answers);
    recorder_look_for_strays(g->receipts);
}

static void look_done(struct job *job)
{
    struct look_job *j = (struct look_job *)job;
    struct gateway *g = j->gateway;
    bool first = g->state == GATEWAY_STARTING;

    g->job_out = false;
    g->looked_at = clock_monotonic_us();
    if (!j->rc && g->state != GATEWAY_STOPPING) {
        take_look(g, j);
        if (j->replayed)
            log_info("answers replayed=%zu of=%zu from=journal", j->replayed, j->n_answers);
        if (j->settled) {
            log_warn("outbox settled messages=%zu as=%s", j->settled,
                     j->fate == OUTBOX_MAYBE_SENT ? "unknown" : "queued");
            recorder_look_for_strays(g->receipts);
        }
        if (first && g->journal)
            answer_journal_clear(g->journal);
        if (j->settle)
            g->state = GATEWAY_RUNNING;
        if (first)
            start_wires(g);
    } else if (j->rc && g->state != GATEWAY_STOPPING) {
        g->look_again = true;
        g->look_not_before = g->looked_at + START_RETRY_MS * USEC_PER_MSEC;
    }
    drop_job(j);
    if (g->state == GATEWAY_STARTING)
        gateway_arm(g, START_RETRY_MS);
    else
        gateway_pump(g);
}

/* --- posting --- */

/* Every route's queue, and one for each sender with limits. */
static void name_queues(const struct gateway *g, struct look_job *j)
{
    const struct route_table *t = g->settings->routes;

    for (size_t r = 0; r < t->n; r++) {
        for (size_t s = 0; s <= t->n_senders && j->n_names < GATEWAY_QUEUES_MAX; s++)
            route_queue_name(t, &t->routes[r], s < t->n_senders ? t->senders[s] : "",
                             j->names[j->n_names++]);
    }
}

/* Looked at again, when the database is away now: they stay noted until they are recorded. */
static void take_answers(struct gateway *g, struct look_job *j)
{
    j->answers = g->journal ? calloc(ANSWER_JOURNAL_CAPACITY, sizeof(*j->answers)) : NULL;
    if (j->answers)
        j->n_answers = answer_journal_read(g->journal, j->answers, ANSWER_JOURNAL_CAPACITY);
}

static void post(struct gateway *g, bool settle)
{
    struct look_job *j = g->job_out ? NULL : calloc(1, sizeof(*j));

    if (!j) {
        gateway_arm(g, START_RETRY_MS);
        return;
    }
    gateway_read_clock(g);
    j->job.run = look_run;
    j->job.done = look_done;
    j->gateway = g;
    j->settle = settle;
    j->mails = g->settings->settles_mails;
    j->fate = g->state == GATEWAY_STARTING ? OUTBOX_MAYBE_SENT : OUTBOX_NEVER_SENT;
    j->now = clock_now();
    j->settle_at = j->now + g->settings->settle_ms * USEC_PER_MSEC;
    memcpy(j->day, g->day, sizeof(j->day));
    if (g->n_queues == 0)
        name_queues(g, j);
    if (g->state == GATEWAY_STARTING)
        take_answers(g, j);
    j->n_carriers = g->n_carriers;
    for (size_t i = 0; i < g->n_carriers; i++)
        snprintf(j->carriers[i], sizeof(j->carriers[i]), "%s",
                 smpp_carrier_name(g->carriers[i]->smpp));
    j->n_senders = g->n_senders;
    for (size_t i = 0; i < g->n_senders; i++)
        memcpy(j->senders[i], g->senders[i].name, sizeof(j->senders[i]));
    g->look_again = false;
    if (lane_post(g->lanes, GATEWAY_KEY_CLAIM, &j->job)) {
        drop_job(j);
        g->look_again = true;
        gateway_arm(g, START_RETRY_MS);
        return;
    }
    g->job_out = true;
}

void gateway_settle(struct gateway *g)
{
    post(g, true);
}

void gateway_look(struct gateway *g)
{
    post(g, false);
}

/* --- the clock on the wall --- */

static void read_limits(struct gateway_limits *l, const struct civil *wall, bool new_day)
{
    l->open = hours_are_open(&l->hours, wall);
    if (new_day)
        l->day_parts = 0;
}

void gateway_read_clock(struct gateway *g)
{
    int64_t now = clock_monotonic_us();
    struct civil wall;
    char day[32];
    bool new_day;

    if (g->clock_read_at && now - g->clock_read_at < USEC_PER_SEC)
        return;
    g->clock_read_at = now;
    wall = local_zone_civil(g->zone, clock_now());
    snprintf(day, sizeof(day), "%04d-%02d-%02d", wall.year, wall.month, wall.day);
    new_day = strcmp(day, g->day) != 0;
    for (size_t i = 0; i < g->n_carriers; i++)
        read_limits(&g->carriers[i]->limits, &wall, new_day);
    for (size_t i = 0; i < g->n_senders; i++)
        read_limits(&g->senders[i].limits, &wall, new_day);
    snprintf(g->day, sizeof(g->day), "%.10s", day);
}
