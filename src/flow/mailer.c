/* mailer.c - see mailer.h. */
#include "flow/mailer.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/lane.h"
#include "channel/mail/compose.h"
#include "domain/mail_token.h"
#include "store/mail_out.h"

#define LOG_PART "mailer"
#include "base/log.h"
#include "base/metric.h"

#define BATCH        100 /* mails a session */
#define LOOK_EVERY_S 2
#define DEPTH_EVERY  (10 * USEC_PER_SEC)
#define PAUSE_MIN    (5 * USEC_PER_SEC) /* when no relay could be reached; twice as long each time */
#define PAUSE_MAX    (60 * USEC_PER_SEC)
#define LANE_KEY     UINT64_C(0x6d61696c) /* any: it has the only lane */

/* What became of an attempt. */
enum outcome { OUTCOME_SENT, OUTCOME_LATER, OUTCOME_FAILED, OUTCOME_UNREACHED, OUTCOMES };

static struct metric mails_total[OUTCOMES] = {
    [OUTCOME_SENT] = METRIC_COUNTER("relais_mail_out_total", "Attempts to send a mail."),
    [OUTCOME_LATER] = METRIC_COUNTER("relais_mail_out_total", "Attempts to send a mail."),
    [OUTCOME_FAILED] = METRIC_COUNTER("relais_mail_out_total", "Attempts to send a mail."),
    [OUTCOME_UNREACHED] = METRIC_COUNTER("relais_mail_out_total", "Attempts to send a mail."),
};
static struct metric waiting_mails =
    METRIC_GAUGE("relais_mail_out_waiting", "Mails that wait for a relay, or for another try.");
static struct metric oldest_wait =
    METRIC_GAUGE("relais_mail_out_oldest_seconds", "Since when the oldest of them waits.");

struct mail_job {
    struct job job;
    struct mailer *mailer; /* for done(); run() leaves it alone */
    const struct mailer_settings *settings;
    struct mail_sender *sender; /* NULL: there is no relay */
    const char *domain;         /* of the Message-IDs */
    bool reclaimed; /* what was left behind, by this node's last life or a lost answer */
    utc_us depth_at;
    int64_t pause_us; /* because of relays that could not be reached */

    struct mail_due due[BATCH];
    struct letter letters[BATCH];
    char return_paths[BATCH][ADDRESS_SIZE]; /* of the letters */
    bool unsayable[BATCH]; /* it could not be read, or is too large: its own fault, or its file's */
    struct mail_result results[BATCH]; /* of the letters */
    size_t n_results;                  /* not recorded yet */

    size_t outcomes[OUTCOMES]; /* for done() */
    bool more;
};

struct mailer {
    struct lane_pool *lanes;
    struct event *timer;
    struct mail_job job;
    int64_t paused_until; /* monotonic */
    bool busy, again, stopped;
};

/* --- on the lane: saying one --- */

struct saying {
    struct db *db;
    struct mail_job *job;
};

/* Where the answer to a notice goes; "": nowhere. */
static void answers_to(const struct mailer_settings *s, uint64_t notice_id, char out[ADDRESS_SIZE])
{
    char local[MAIL_TOKEN_SIZE + 2];

    *out = '\0';
    if (!notice_id || !*s->return_domain)
        return;
    mail_token_local(s->return_key, MAIL_TOKEN_NOTICE, notice_id, local);
    snprintf(out, ADDRESS_SIZE, "%s@%s", local, s->return_domain);
}

static bool say(void *arg, size_t which, struct buffer *out)
{
    const struct saying *s = arg;
    const struct mail_due *due = &s->job->due[which];
    char reply_to[ADDRESS_SIZE];
    struct mail_content content;
    struct arena arena;
    bool said = false;

    arena_init(&arena);
    if (mail_out_load(s->db, due, &arena, &content) == RC_OK) {
        const struct mail_attachment file = { .name = content.file.name,
                                              .type = content.file.type,
                                              .bytes = content.file.bytes,
                                              .size = content.file.size };
        answers_to(s->job->settings, content.notice_id, reply_to);
        const struct mail_message message = {
            .from = s->job->settings->sender.from,
            .from_name = s->job->settings->from_name,
            .to = due->to,
            .subject = content.subject,
            .text = content.text,
            .message_id = content.message_id,
            .in_reply_to = content.in_reply_to,
            .reply_to = reply_to,
            .automatic = true,
            .date = due->created_at,
            .files = &file,
            .n_files = content.file.name ? 1 : 0,
        };
        mail_compose(out, &message);
        said = !out->full;
    }
    arena_close(&arena);
    s->job->unsayable[which] = !said;
    return said;
}

/* --- on the lane: what follows --- */

static int64_t pause_after(const struct mailer_settings *s, unsigned attempts)
{
    int64_t pause = s->retry_ms;

    for (unsigned i = 1; i < attempts && pause < s->retry_max_ms; i++)
        pause *= 2;
    return (pause < s->retry_max_ms ? pause : s->retry_max_ms) * USEC_PER_MSEC;
}

/* Waits for `next_at`, unless it is too old by now. */
static enum outcome put_off(struct mail_result *r, const struct mail_job *job,
                            const struct mail_due *due, utc_us now, utc_us next_at,
                            enum outcome outcome)
{
    r->state = MAIL_WAITING;
    r->next_at = next_at;
    if (now - due->created_at < job->settings->give_up_ms * USEC_PER_MSEC)
        return outcome;
    r->state = MAIL_FAILED;
    return OUTCOME_FAILED;
}

static enum outcome judge(struct mail_result *r, const struct mail_job *job, size_t i, utc_us now)
{
    const struct mail_due *due = &job->due[i];
    const struct letter *l = &job->letters[i];

    *r = (struct mail_result){ .id = due->id,
                               .claims = due->claims,
                               .attempts = due->attempts + 1,
                               .reply_code = l->code,
                               .reply = l->words,
                               .relay = l->relay ? l->relay : "" };
    switch (l->fate) {
    case LETTER_TAKEN:
        r->state = MAIL_SENT;
        return OUTCOME_SENT;
    case LETTER_REFUSED:
        r->state = MAIL_FAILED;
        return OUTCOME_FAILED;
    case LETTER_UNKNOWN: /* once more: with the same Message-ID */
    case LETTER_LATER:
        return put_off(r, job, due, now, now + pause_after(job->settings, r->attempts),
                       OUTCOME_LATER);
    case LETTER_UNSENT:
        break;
    }
    if (job->unsayable[i]) { /* or it would stay the first of every batch, for ever */
        r->reply = "the mail could not be read, or is too large to be sent";
        return put_off(r, job, due, now, now + pause_after(job->settings, r->attempts),
                       OUTCOME_LATER);
    }
    r->attempts = due->attempts;
    if (!l->relay) { /* cut off, or no time left: nothing speaks against it */
        r->state = MAIL_WAITING;
        r->next_at = now;
        return OUTCOME_UNREACHED;
    }
    return put_off(r, job, due, now, now + job->pause_us, OUTCOME_UNREACHED);
}

static void tell(const struct mail_result *r, enum outcome outcome)
{
    const unsigned long long id = r->id;
    char reason[LOG_TEXT_SIZE];

    switch (outcome) {
    case OUTCOME_SENT:
        log_info("mail=%llu event=sent relay=%s attempts=%u", id, r->relay, r->attempts);
        break;
    case OUTCOME_LATER:
        log_info("mail=%llu event=put_off relay=%s code=%u reason=\"%s\" attempts=%u", id, r->relay,
                 r->reply_code, log_text(reason, r->reply, strlen(r->reply)), r->attempts);
        break;
    case OUTCOME_FAILED:
        log_warn("mail=%llu event=failed relay=%s code=%u reason=\"%s\" attempts=%u", id, r->relay,
                 r->reply_code, log_text(reason, r->reply, strlen(r->reply)), r->attempts);
        break;
    case OUTCOME_UNREACHED: /* the relay was logged */
    case OUTCOMES:
        break;
    }
}

/* Relays that nobody could reach are left alone for a while, growing, whatever else comes. */
static void set_pause(struct mail_job *job, size_t n)
{
    bool heard = false, tried = false;

    for (size_t i = 0; i < n; i++) {
        heard = heard || job->letters[i].fate != LETTER_UNSENT;
        tried = tried || job->letters[i].relay;
    }
    if (heard || !tried)
        job->pause_us = 0;
    else if (job->pause_us < PAUSE_MAX / 2)
        job->pause_us = job->pause_us ? 2 * job->pause_us : PAUSE_MIN;
    else
        job->pause_us = PAUSE_MAX;
}

static enum rc record(struct db *db, struct mail_job *job)
{
    enum rc rc = mail_out_record(db, job->results, job->n_results, clock_now());

    /* RC_UNKNOWN: written or not; the second time those that were are passed over. */
    if (!rc)
        job->n_results = 0;
    return rc;
}

/* Each mail has a place of its own to come back to, which names it: what arrives there is about
 * this one, whatever it says. */
static void address(struct mail_job *job, size_t i)
{
    const struct mailer_settings *s = job->settings;
    char local[MAIL_TOKEN_SIZE + 2];

    job->letters[i].to = job->due[i].to;
    job->letters[i].from = NULL;
    if (!*s->return_domain)
        return;
    mail_token_local(s->return_key, MAIL_TOKEN_HOUSE, job->due[i].id, local);
    snprintf(job->return_paths[i], ADDRESS_SIZE, "%s@%s", local, s->return_domain);
    job->letters[i].from = job->return_paths[i];
}

static enum rc send_due(struct db *db, struct mail_job *job)
{
    struct saying saying = { .db = db, .job = job };
    const utc_us now = clock_now();
    size_t n = 0;
    enum rc rc = mail_out_claim(db, now, mail_sender_patience_us(job->sender), job->domain,
                                job->due, BATCH, &n);

    if (rc)
        job->reclaimed = false; /* RC_UNKNOWN: they may be ours, and we do not know which */
    if (rc || !n)
        return rc;
    memset(job->unsayable, 0, sizeof(job->unsayable));
    for (size_t i = 0; i < n; i++)
        address(job, i);
    mail_sender_send(job->sender, job->letters, n,
                     &(struct letter_calls){ .say = say, .arg = &saying });
    set_pause(job, n);
    for (size_t i = 0; i < n; i++) {
        enum outcome outcome = judge(&job->results[i], job, i, clock_now());
        job->outcomes[outcome]++;
        tell(&job->results[i], outcome);
    }
    job->n_results = n;
    job->more = n == BATCH && !job->pause_us;
    return record(db, job);
}

static void look_at_depth(struct db *db, struct mail_job *job)
{
    const utc_us now = clock_now();
    struct mail_depth depth;

    if (now >= job->depth_at && now < job->depth_at + DEPTH_EVERY)
        return;
    if (mail_out_depth(db, &depth))
        return;
    job->depth_at = now;
    metric_set(&waiting_mails, (int64_t)(depth.waiting + depth.sending));
    metric_set(&oldest_wait, depth.oldest ? (now - depth.oldest) / USEC_PER_SEC : 0);
}

static void job_run(struct job *base, void *resource)
{
    struct mail_job *job = (struct mail_job *)base;
    struct db *db = resource;
    enum rc rc = job->n_results ? record(db, job) : RC_OK;

    /* The database is away: db has said so, and the timer comes again. */
    if (!rc && !job->reclaimed)
        rc = mail_out_reclaim(db, clock_now());
    if (rc)
        return;
    job->reclaimed = true;
    if (job->sender)
        rc = send_due(db, job);
    if (!rc)
        look_at_depth(db, job);
}

/* --- on the loop --- */

static void look(struct mailer *m)
{
    struct mail_job *job = &m->job;

    if (m->stopped)
        return;
    if (m->busy) {
        m->again = true;
        return;
    }
    if (clock_monotonic_us() < m->paused_until)
        return;
    m->again = false;
    memset(job->outcomes, 0, sizeof(job->outcomes));
    job->more = false;
    m->busy = lane_post(m->lanes, LANE_KEY, &job->job) == RC_OK; /* if not: the timer comes */
}

static void job_done(struct job *base)
{
    struct mail_job *job = (struct mail_job *)base;
    struct mailer *m = job->mailer;

    m->busy = false;
    for (size_t i = 0; i < OUTCOMES; i++)
        metric_add(&mails_total[i], (int64_t)job->outcomes[i]);
    if (job->outcomes[OUTCOME_UNREACHED] && job->pause_us)
        m->paused_until = clock_monotonic_us() + job->pause_us;
    if (job->more || m->again)
        look(m);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct mailer *m = arg;

    (void)fd;
    (void)what;
    if (!m->busy)
        look(m);
}

static void register_metrics(void)
{
    static const char *const results[OUTCOMES] = { [OUTCOME_SENT] = "sent",
                                                   [OUTCOME_LATER] = "put_off",
                                                   [OUTCOME_FAILED] = "failed",
                                                   [OUTCOME_UNREACHED] = "unreached" };

    for (size_t i = 0; i < OUTCOMES; i++) {
        snprintf(mails_total[i].labels, sizeof(mails_total[i].labels), "result=\"%s\"", results[i]);
        metric_register(&mails_total[i]);
    }
    metric_register(&waiting_mails);
    metric_register(&oldest_wait);
}

enum rc mailer_new(struct event_base *base, struct lane_pool *lanes,
                   const struct mailer_settings *settings, struct mailer **out, struct error *err)
{
    const struct timeval every = { .tv_sec = LOOK_EVERY_S };
    const char *at = strchr(settings->sender.from, '@');
    struct mailer *m = calloc(1, sizeof(*m));
    enum rc rc = RC_OK;

    if (!m)
        return error_set(err, RC_FAIL, "no memory");
    m->lanes = lanes;
    m->job.job.run = job_run;
    m->job.job.done = job_done;
    m->job.mailer = m;
    m->job.settings = settings;
    m->job.domain = at ? at + 1 : "localhost";
    register_metrics();
    if (settings->sender.n_relays)
        rc = mail_sender_new(&settings->sender, &m->job.sender, err);
    if (!rc)
        m->timer = event_new(base, -1, EV_PERSIST, on_timer, m);
    if (!rc && (!m->timer || event_add(m->timer, &every)))
        rc = error_set(err, RC_FAIL, "no memory");
    if (rc) {
        mailer_free(m);
        return rc;
    }
    look(m);
    *out = m;
    return RC_OK;
}

void mailer_kick(struct mailer *m)
{
    if (m)
        look(m);
}

void mailer_stop(struct mailer *m)
{
    m->stopped = true;
    event_del(m->timer);
    if (m->job.sender)
        mail_sender_stop(m->job.sender);
}

bool mailer_busy(const struct mailer *m)
{
    return m->busy;
}

void mailer_free(struct mailer *m)
{
    if (!m)
        return;
    mail_sender_free(m->job.sender);
    if (m->timer)
        event_free(m->timer);
    free(m);
}
