/* mail_intake.c - see mail_intake.h. */
#include "flow/mail_intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/lane.h"
#include "base/metric.h"
#include "flow/mail_chores.h"
#include "flow/mail_waiting.h"

#define LOG_PART "mail"
#include "base/log.h"

/* From here on nothing is read from the connections, until half of it is dealt with. */
#define WAITING_MAX       512
#define WAITING_BYTES_MAX ((size_t)12 << 20) /* those in memory: one is at most LMTP_IN_MEMORY */
#define RETRY_MS          50
/* How long a lane that could begin waits for the batch to grow; see is_worth_waiting(). */
#define GATHER_MS 3

static struct metric taken_total[MAIL_IN_KINDS];
static struct metric repeated_total =
    METRIC_COUNTER("relais_mail_in_repeated_total", "Mails that came again, and were known.");
static struct metric refused_total =
    METRIC_COUNTER("relais_mail_in_refused_total", "Recipients of mails refused for good.");
static struct metric put_off_total = METRIC_COUNTER(
    "relais_mail_in_put_off_total", "Recipients of mails put off, as while the database is away.");
static struct metric answered_total =
    METRIC_COUNTER("relais_mail_in_answered_total", "Answers to keywords in mails.");
static struct metric review_total =
    METRIC_COUNTER("relais_mail_in_review_total", "Mails left to people.");
static struct metric waiting_mails =
    METRIC_GAUGE("relais_mail_in_waiting", "Mails that were received and are not recorded yet.");

struct batch_job {
    struct job job;
    struct mail_intake *intake;
    const struct mail_batch_rules *rules;
    struct mail_taken *mails[MAIL_BATCH_MAILS];
    size_t n;
    struct mail_in_stock stock;
    struct arena arena;
    struct mail_batch_result result;
};

struct mail_intake {
    struct lane_pool *pool;
    const struct mail_intake_settings *settings;
    struct mail_intake_events events;
    struct lmtp_server *server;
    struct mail_chores *chores;
    struct event *retry; /* also the end of gathering */
    struct mail_waiting waiting;
    unsigned out;                                       /* batches on lanes */
    size_t last;                                        /* mails of the batch that was done last */
    struct mail_in_stock stocks[MAIL_INTAKE_LANES_MAX]; /* of batches to come, as a stack */
    unsigned n_stocks;
    bool held, stopped;
};

static void go(struct mail_intake *m);

static void look_at_pressure(struct mail_intake *m)
{
    const struct mail_waiting *w = &m->waiting;
    const bool full = w->n >= WAITING_MAX || w->bytes >= WAITING_BYTES_MAX;
    const bool room = w->n <= WAITING_MAX / 2 && w->bytes <= WAITING_BYTES_MAX / 2;

    metric_set(&waiting_mails, (int64_t)w->n);
    if (m->held ? !room : !full)
        return;
    m->held = !m->held;
    lmtp_hold(m->server, m->held);
}

/* --- what became of a mail --- */

static void count(const struct mail_taken_for *f)
{
    if (f->reply.code >= 500) {
        metric_add(&refused_total, 1);
    } else if (f->reply.code >= 400) {
        metric_add(&put_off_total, 1);
    } else if (strcmp(f->outcome, "repeat") == 0) {
        metric_add(&repeated_total, 1);
    } else {
        for (size_t k = 0; k < MAIL_IN_KINDS; k++) {
            if (strcmp(f->kind, mail_in_kind_name((enum mail_in_kind)k)) == 0)
                metric_add(&taken_total[k], 1);
        }
    }
}

static void tell(const struct mail_taken *t, const struct mail_taken_for *f)
{
    char from[LOG_ADDRESS_SIZE], odd[LOG_TEXT_SIZE], reason[LOG_TEXT_SIZE];

    if (f->reply.code == 250)
        log_info("mail event=taken kind=%s outcome=%s from=%s bytes=%zu odd=\"%s\"", f->kind,
                 f->outcome, log_address(from, t->mail->from), t->mail->size,
                 log_text(odd, t->odd, strlen(t->odd)));
    else
        log_info("mail event=%s code=%u from=%s bytes=%zu reason=\"%s\"",
                 f->reply.code >= 500 ? "refused" : "put_off", f->reply.code,
                 log_address(from, t->mail->from), t->mail->size,
                 log_text(reason, f->reply.text, strlen(f->reply.text)));
}

static void answer(struct mail_intake *m, struct mail_taken *t)
{
    struct lmtp_reply few[8] = { { 0 } }, *replies = few;
    const size_t n = t->mail->n_to;

    if (n > sizeof(few) / sizeof(few[0]))
        replies = calloc(n, sizeof(*replies));
    for (size_t i = 0; i < n; i++) {
        if (replies)
            replies[i] = t->for_each[i].reply;
        count(&t->for_each[i]);
        tell(t, &t->for_each[i]);
    }
    if (replies) /* else the MTA gives up waiting, and comes again */
        lmtp_answer(m->server, t->mail->id, replies, n);
    if (replies != few)
        free(replies);
}

static void follow(struct mail_intake *m, const struct mail_batch_result *r)
{
    if (r->answered)
        m->events.answered(m->events.arg);
    if (r->files)
        m->events.files(m->events.arg);
    if (r->of_staff)
        m->events.of_staff(m->events.arg);
    if (r->more)
        mail_chores_follow(m->chores);
    mail_chores_contacts(m->chores, r->contacts, r->n_contacts);
    metric_add(&answered_total, (int64_t)r->answered);
    metric_add(&review_total, (int64_t)r->reviews);
}

/* --- batches --- */

static void batch_run(struct job *job, void *db)
{
    struct batch_job *j = (struct batch_job *)job;

    mail_batch_take(db, j->rules, &j->stock, j->mails, j->n, &j->arena, &j->result);
}

static void batch_free(struct batch_job *j)
{
    for (size_t i = 0; i < j->n; i++)
        mail_taken_free(j->mails[i]);
    arena_close(&j->arena);
    free(j);
}

static void batch_done(struct job *job)
{
    struct batch_job *j = (struct batch_job *)job;
    struct mail_intake *m = j->intake;

    m->out--;
    m->stocks[m->n_stocks++] = j->stock;
    if (!mail_taken_is_large(j->mails[0]))
        m->last = j->n;
    mail_waiting_done(&m->waiting, j->mails[0]);
    follow(m, &j->result);
    for (size_t i = 0; i < j->n; i++)
        answer(m, j->mails[i]);
    batch_free(j);
    look_at_pressure(m);
    go(m);
}

static bool post(struct mail_intake *m)
{
    struct batch_job *j = calloc(1, sizeof(*j));

    if (!j)
        return false;
    j->job.run = batch_run;
    j->job.done = batch_done;
    j->intake = m;
    j->rules = &m->settings->rules;
    arena_init(&j->arena);
    j->n = mail_waiting_take(&m->waiting, j->mails);
    if (m->n_stocks)
        j->stock = m->stocks[--m->n_stocks];
    if (lane_post(m->pool, lane_quietest(m->pool), &j->job)) {
        mail_waiting_put_back(&m->waiting, j->mails, j->n);
        j->n = 0;
        batch_free(j);
        return false;
    }
    m->out++;
    return true;
}

/*
 * After a batch its senders come with their next mails, one after the other: who began with the
 * first of them would commit it alone, and all others would wait for that. A single sender waits
 * for nobody.
 */
static bool is_worth_waiting(const struct mail_intake *m)
{
    return !m->stopped && m->waiting.n < m->last / 2;
}

static void wait_for(struct mail_intake *m, int ms)
{
    if (!event_pending(m->retry, EV_TIMEOUT, NULL))
        event_add(m->retry, &(struct timeval){ .tv_usec = ms * 1000 });
}

static void go(struct mail_intake *m)
{
    while (m->out < m->settings->lanes && mail_waiting_ready(&m->waiting)) {
        if (is_worth_waiting(m)) {
            wait_for(m, GATHER_MS);
            return;
        }
        if (!post(m)) {
            wait_for(m, RETRY_MS);
            return;
        }
    }
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
    struct mail_intake *m = arg;

    (void)fd;
    (void)what;
    m->last = m->waiting.n; /* more did not come */
    go(m);
}

/* --- what the listener asks --- */

static void on_recipient(void *arg, const char *address, struct lmtp_reply *reply)
{
    const struct mail_intake *m = arg;
    struct mail_recipient recipient;

    mail_recipient_find(&m->settings->rules.house, address, &recipient, reply);
}

static bool on_mail(void *arg, struct lmtp_mail *mail)
{
    struct mail_intake *m = arg;
    struct mail_taken *t;

    if (m->stopped || m->waiting.n >= 2 * WAITING_MAX || mail->n_to > MAIL_BATCH_MAX)
        return false;
    t = mail_taken_new(mail, clock_now());
    if (!t)
        return false;
    mail_waiting_add(&m->waiting, t);
    look_at_pressure(m);
    go(m);
    return true;
}

/* --- the whole --- */

static void register_metrics(void)
{
    for (size_t k = 0; k < MAIL_IN_KINDS; k++) {
        taken_total[k].name = "relais_mail_in_total";
        taken_total[k].help = "Mails taken, by what they were addressed to.";
        snprintf(taken_total[k].labels, sizeof(taken_total[k].labels), "kind=\"%s\"",
                 mail_in_kind_name((enum mail_in_kind)k));
        metric_register(&taken_total[k]);
    }
    metric_register(&repeated_total);
    metric_register(&refused_total);
    metric_register(&put_off_total);
    metric_register(&answered_total);
    metric_register(&review_total);
    metric_register(&waiting_mails);
}

enum rc mail_intake_new(struct event_base *base, struct lane_pool *pool,
                        const struct mail_intake_settings *settings,
                        const struct mail_intake_events *events, struct mail_intake **out,
                        struct error *err)
{
    struct mail_intake *m = calloc(1, sizeof(*m));
    enum rc rc = RC_OK;

    if (!m)
        return error_set(err, RC_FAIL, "no memory");
    m->pool = pool;
    m->settings = settings;
    m->events = *events;
    mail_waiting_init(&m->waiting, settings->lanes);
    register_metrics();
    m->retry = evtimer_new(base, on_retry, m);
    m->chores = mail_chores_new(base, pool, settings->keep_source_ms);
    if (!m->retry || !m->chores)
        rc = error_set(err, RC_FAIL, "no memory");
    if (!rc)
        rc = lmtp_server_new(
            base, &settings->lmtp,
            &(struct lmtp_events){ .recipient = on_recipient, .mail = on_mail, .arg = m },
            &m->server, err);
    if (rc) {
        mail_intake_free(m);
        return rc;
    }
    *out = m;
    return RC_OK;
}

void mail_intake_stop(struct mail_intake *m)
{
    m->stopped = true;
    lmtp_server_stop(m->server);
    mail_chores_stop(m->chores);
}

bool mail_intake_busy(const struct mail_intake *m)
{
    return m->out || m->waiting.n || lmtp_server_busy(m->server);
}

void mail_intake_free(struct mail_intake *m)
{
    if (!m)
        return;
    mail_waiting_close(&m->waiting);
    mail_chores_free(m->chores);
    if (m->retry)
        event_free(m->retry);
    lmtp_server_free(m->server);
    free(m);
}
