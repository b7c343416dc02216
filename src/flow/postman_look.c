/*
 * postman_look.c - how things stand in the database: what a crash left, which queues of mails there
 * are and which are held.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/mail_route.h"
#include "flow/postman_private.h"

#define LOG_PART "postman"
#include "base/log.h"

#define RETRY_MS 1000

struct look_job {
    struct job job;
    struct postman *postman;
    bool settle, first;
    utc_us now, settle_at;
    struct post_journal *journal; /* of the last process: nobody writes to it yet */
    char run[POST_RUN_SIZE];      /* our name from here on */
    size_t n_names;
    char names[POSTMAN_QUEUES_MAX][QUEUE_NAME_SIZE]; /* of queues that must be there */

    enum rc rc;
    size_t settled, n_queues;
    struct queue_row queues[POSTMAN_QUEUES_MAX];
};

/* --- on the lane --- */

static enum outbox_attempt attempt_of(void *arg, uint64_t message_id, unsigned claim,
                                      uint32_t *code)
{
    enum outbox_attempt known = OUTBOX_ATTEMPT_DOUBT;

    switch (post_journal_fate(arg, message_id, claim, code)) {
    case LETTER_UNSENT:
    case LETTER_LATER:
        known = OUTBOX_ATTEMPT_NOTHING;
        break;
    case LETTER_TAKEN:
        known = OUTBOX_ATTEMPT_TAKEN;
        break;
    case LETTER_REFUSED:
        known = OUTBOX_ATTEMPT_REFUSED;
        break;
    case LETTER_UNKNOWN:
        break;
    }
    return known;
}

/* What the last process left; then the notes get the name that they have from here on. */
static enum rc settle_crash(struct db *db, struct look_job *j)
{
    char run[POST_RUN_SIZE];
    enum rc rc = post_run_read(db, run);

    if (rc)
        return rc;
    if (post_journal_is_proof(j->journal, run))
        rc = outbox_recover_known(db, j->now, j->settle_at, attempt_of, j->journal, &j->settled);
    else
        rc =
            outbox_recover(db, CHANNEL_EMAIL, OUTBOX_MAYBE_SENT, j->now, j->settle_at, &j->settled);
    return rc ? rc : post_run_set(db, j->run);
}

static void look_run(struct job *job, void *db)
{
    struct look_job *j = (struct look_job *)job;
    unsigned id;

    j->rc = RC_OK;
    for (size_t i = 0; !j->rc && i < j->n_names; i++)
        j->rc = queue_open(db, j->names[i], CHANNEL_EMAIL, &id);
    if (!j->rc)
        j->rc = queue_list(db, CHANNEL_EMAIL, j->queues, POSTMAN_QUEUES_MAX, &j->n_queues);
    if (!j->rc && j->first)
        j->rc = settle_crash(db, j);
    else if (!j->rc && j->settle)
        j->rc =
            outbox_recover(db, CHANNEL_EMAIL, OUTBOX_NEVER_SENT, j->now, j->settle_at, &j->settled);
}

/* --- back on the loop --- */

static void bind_queue(struct postman *p, struct postman_queue *q)
{
    const struct postman_settings *s = p->settings;
    const char *domain = mail_queue_domain(q->name);
    size_t i = 0;

    q->free_at = &p->others_free_at;
    q->per_second = s->per_second;
    q->sessions_max = (unsigned)s->sessions;
    while (domain && i < s->n_domains && strcmp(s->domains[i].name, domain) != 0)
        i++;
    if (!domain)
        return;
    if (i == s->n_domains) {
        log_info("queue=\"%s\" limits=gone effect=\"its mails leave as all others\"", q->name);
        return;
    }
    q->free_at = &q->own_free_at;
    q->per_second = s->domains[i].per_second;
    if ((size_t)s->domains[i].sessions < s->sessions)
        q->sessions_max = (unsigned)s->domains[i].sessions;
}

static void add_queue(struct postman *p, const struct queue_row *row)
{
    struct postman_queue *q = p->n_queues < POSTMAN_QUEUES_MAX ? calloc(1, sizeof(*q)) : NULL;

    if (!q) {
        log_error("queue=\"%s\" effect=\"not served\" reason=\"no memory, or over %d queues\"",
                  row->name, POSTMAN_QUEUES_MAX);
        return;
    }
    q->id = row->id;
    snprintf(q->name, sizeof(q->name), "%s", row->name);
    for (int u = POSTMAN_URGENT; u < POSTMAN_URGENCIES; u++) {
        STAILQ_INIT(&q->ready[u]);
        q->look[u] = true;
    }
    bind_queue(p, q);
    p->queues[p->n_queues++] = q;
}

static void take_queues(struct postman *p, const struct look_job *j)
{
    for (size_t i = 0; i < j->n_queues; i++) {
        struct postman_queue *q = postman_queue_of(p, j->queues[i].id);
        if (!q)
            add_queue(p, &j->queues[i]);
        q = postman_queue_of(p, j->queues[i].id);
        if (q && q->held != j->queues[i].held) {
            q->held = j->queues[i].held;
            log_info("queue=\"%s\" held=%s", q->name, q->held ? "yes" : "no");
        }
    }
}

static void take_look(struct postman *p, const struct look_job *j)
{
    take_queues(p, j);
    if (j->settled)
        log_warn("outbox settled mails=%zu after=%s", j->settled,
                 j->first ? "a crash" : "a lost commit");
    if (j->first && p->journal)
        post_journal_clear(p->journal, j->run);
    if (j->first)
        recorder_mark_contacts(p->recorder);
    if (j->settle)
        p->state = POSTMAN_RUNNING;
}

static void look_done(struct job *job)
{
    struct look_job *j = (struct look_job *)job;
    struct postman *p = j->postman;

    p->job_out = false;
    p->looked_at = clock_monotonic_us();
    if (!j->rc && p->state != POSTMAN_STOPPING) {
        take_look(p, j);
    } else if (j->rc) {
        p->look_again = true;
        p->look_not_before = p->looked_at + RETRY_MS * USEC_PER_MSEC;
    }
    free(j);
    if (p->state == POSTMAN_STARTING)
        postman_arm(p, RETRY_MS);
    else
        postman_pump(p);
}

/* --- posting --- */

static void name_queues(const struct postman *p, struct look_job *j)
{
    snprintf(j->names[j->n_names++], QUEUE_NAME_SIZE, "%s", MAIL_QUEUE);
    for (size_t i = 0; i < p->settings->n_domains && j->n_names < POSTMAN_QUEUES_MAX; i++)
        snprintf(j->names[j->n_names++], QUEUE_NAME_SIZE, MAIL_QUEUE " %s",
                 p->settings->domains[i].name);
}

static void post(struct postman *p, bool settle)
{
    struct look_job *j = p->job_out ? NULL : calloc(1, sizeof(*j));

    if (!j) {
        postman_arm(p, RETRY_MS);
        return;
    }
    j->job.run = look_run;
    j->job.done = look_done;
    j->postman = p;
    j->settle = settle;
    j->first = p->state == POSTMAN_STARTING;
    j->journal = p->journal;
    post_run_name(j->run);
    j->now = clock_now();
    j->settle_at = j->now + p->settings->settle_ms * USEC_PER_MSEC;
    if (p->n_queues == 0)
        name_queues(p, j);
    p->look_again = false;
    if (lane_post(p->lanes, POSTMAN_KEY_CLAIM, &j->job)) {
        free(j);
        p->look_again = true;
        postman_arm(p, RETRY_MS);
        return;
    }
    p->job_out = true;
}

void postman_settle(struct postman *p)
{
    post(p, true);
}

void postman_look(struct postman *p)
{
    post(p, false);
}
