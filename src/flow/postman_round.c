/*
 * postman_round.c - a round: up to a hundred mails of one queue, said on a lane in one session.
 *
 * A mail's text is read when the relay waits for it, together with its right to be sent: what was
 * committed before that moment, a STOP above all, is heeded. One that may not leave any more ends
 * the session, because there is no other way to take back a DATA; the next one goes on behind it.
 */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "domain/template.h"
#include "flow/postman_private.h"
#include "store/outbox_mail.h"
#include "store/template_file.h"

#define LOG_PART "postman"
#include "base/log.h"

/* --- on the lane --- */

static void note(struct postman_round *r, size_t i, enum round_note what, const char *why)
{
    r->notes[i] = what;
    snprintf(r->reasons[i], sizeof(r->reasons[i]), "%s", why);
}

/* What stands in this mail's own way is noted, and concerns no other; the database being away
 * concerns them all. */
static void hindered(struct postman_round *r, size_t i, const struct outbox_mail *mail, enum rc rc)
{
    switch (rc) {
    case RC_OK:
        return;
    case RC_AGAIN:
    case RC_UNKNOWN:
    case RC_CONFLICT:
        r->rc = rc;
        return;
    case RC_NOTFOUND:
    case RC_INVALID:
        note(r, i, ROUND_UNSAYABLE, "");
        break;
    case RC_FAIL:
        note(r, i, ROUND_UNREADABLE, "");
        break;
    }
    log_warn("message=%llu template=%llu version=%u effect=\"%s\" reason=\"%s\"",
             (unsigned long long)r->messages[i]->id, (unsigned long long)mail->template_id,
             mail->template_version,
             r->notes[i] == ROUND_UNSAYABLE ? "it is not sent" : "it is tried again later",
             r->notes[i] == ROUND_UNSAYABLE
                 ? "it is too large, or a file of the template is missing"
                 : "it could not be read");
}

/* What the mail says, unless it may not leave: then it is noted. */
static bool read_mail(struct postman_round *r, size_t i, struct arena *arena,
                      struct outbox_mail *mail)
{
    const struct outbox_message *m = r->messages[i];
    const utc_us now = clock_now();
    enum rc rc;

    *mail = (struct outbox_mail){ .id = m->id };
    rc = outbox_mail_read(r->db, m->id, now, r->consents_since, arena, mail);
    if (rc == RC_NOTFOUND) {
        note(r, i, ROUND_WITHHELD, "settled");
    } else if (rc) {
        hindered(r, i, mail, rc);
        return false;
    } else if (*mail->withheld) {
        note(r, i, ROUND_WITHHELD, mail->withheld);
    } else if (mail->waits || (m->closes_at && now >= m->closes_at)) {
        note(r, i, ROUND_WAITS, "");
    }
    return r->notes[i] == ROUND_FINE;
}

/* A version never changes, so what was read for the last mail is good for this one. */
static enum rc read_files(struct postman_round *r, const struct outbox_mail *mail)
{
    enum rc rc = RC_OK;

    if (r->template.id == mail->template_id && r->template.version == mail->template_version)
        return RC_OK;
    arena_close(&r->template.arena);
    arena_init(&r->template.arena);
    r->template.id = r->template.version = 0;
    r->template.n = 0;
    if (mail->template_id)
        rc = template_files_read(r->db, mail->template_id, mail->template_version,
                                 &r->template.arena, &r->template.files, &r->template.n);
    if (rc) {
        r->template.n = 0;
        return rc;
    }
    r->template.id = mail->template_id;
    r->template.version = mail->template_version;
    return RC_OK;
}

/* An answer, or an alert: no person had it written at that moment (RFC 3834, 2). */
static bool is_automatic(const struct outbox_mail *mail)
{
    return *mail->in_reply_to || mail->class == CLASS_ALERT;
}

/* What is made to look at looks like what it is a test of: a text that one can unsubscribe from is
 * a promotion's. */
static enum message_class class_of(const struct outbox_mail *mail)
{
    return mail->is_test && strstr(mail->text, TEMPLATE_UNSUBSCRIBE) ? CLASS_PROMO : mail->class;
}

static enum rc compose(struct postman_round *r, const struct outbox_mail *mail, struct arena *arena,
                       struct buffer *out)
{
    const struct letter_message m = {
        .id = mail->id,
        .campaign_id = mail->campaign_id,
        .class = class_of(mail),
        .address = mail->address,
        .subject = mail->subject,
        .text = mail->text,
        .in_reply_to = mail->in_reply_to,
        .automatic = is_automatic(mail),
        .date = clock_now(),
        .files = r->template.files,
        .n_files = r->template.n,
    };

    return letter_compose(&r->settings->letter, &m, arena, out);
}

/* False: not this one, or not now; r->notes or r->rc says why. */
static bool write_mail(struct postman_round *r, size_t i, struct arena *arena, struct buffer *out)
{
    struct outbox_mail mail;
    enum rc rc;

    if (!read_mail(r, i, arena, &mail))
        return false;
    rc = read_files(r, &mail);
    if (!rc)
        rc = compose(r, &mail, arena, out);
    hindered(r, i, &mail, rc);
    return !rc;
}

static bool say(void *arg, size_t which, struct buffer *out)
{
    struct postman_round *r = arg;
    const size_t i = r->which[which];
    struct arena arena;
    bool said;

    if (atomic_load(r->ending) || atomic_load(r->held))
        return false;
    arena_init(&arena);
    said = write_mail(r, i, &arena, out);
    arena_close(&arena);
    if (!said)
        return false;
    post_journal_begin(r->journal, r->lane, r->messages[i]->id, r->messages[i]->claims);
    return true;
}

static void heard(void *arg, size_t which, enum letter_fate fate, unsigned code)
{
    const struct postman_round *r = arg;

    (void)which;
    post_journal_heard(r->journal, r->lane, fate, code);
}

static size_t noted(const struct postman_round *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        n += r->notes[i] != ROUND_FINE;
    return n;
}

/* Looks at all that are left, so that a hundred that may not leave do not end a hundred sessions.
 */
static void look_ahead(struct postman_round *r)
{
    struct outbox_mail mail;
    struct arena arena;

    for (size_t i = 0; i < r->n && !r->rc; i++) {
        if (r->letters[i].fate != LETTER_UNSENT || r->notes[i] != ROUND_FINE)
            continue;
        arena_init(&arena);
        read_mail(r, i, &arena, &mail);
        arena_close(&arena);
    }
}

/* One session with those that are left. True: it ended because of a mail of ours, and others are
 * left. */
static bool run_session(struct postman_round *r)
{
    const struct letter_calls calls = { .say = say, .heard = heard, .arg = r };
    const size_t before = noted(r);
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        if (r->letters[i].fate != LETTER_UNSENT || r->notes[i] != ROUND_FINE)
            continue;
        r->saying[n] = (struct letter){ .from = r->from[i], .to = r->messages[i]->address };
        r->which[n++] = i;
    }
    if (!n)
        return false;
    mail_sender_send(r->sender, r->saying, n, &calls);
    for (size_t k = 0; k < n; k++)
        r->letters[r->which[k]] = r->saying[k];
    return noted(r) > before && !r->rc;
}

static void round_run(struct job *job, void *resource)
{
    struct postman_round *r = (struct postman_round *)job;

    r->db = resource;
    r->rc = RC_OK;
    for (size_t i = 0; i < r->n; i++) {
        r->letters[i] = (struct letter){ .fate = LETTER_UNSENT };
        note(r, i, ROUND_FINE, "");
        letter_return_path(&r->settings->letter, r->messages[i]->id, r->from[i]);
    }
    while (run_session(r))
        look_ahead(r);
    r->db = NULL;
}

/* --- on the loop --- */

static void round_done(struct job *job)
{
    struct postman_round *r = (struct postman_round *)job;
    struct postman *p = r->postman;

    r->busy = false;
    p->n_busy--;
    r->queue->sessions--;
    postman_land(p, r);
    postman_pump(p);
}

void postman_round_init(struct postman_round *r)
{
    r->job.run = round_run;
    r->job.done = round_done;
    arena_init(&r->template.arena);
}

void postman_round_close(struct postman_round *r)
{
    mail_sender_free(r->sender);
    arena_close(&r->template.arena);
}

static bool may_leave(const struct postman_queue *q, int64_t now)
{
    return !q->held && q->sessions < q->sessions_max && now >= *q->free_at;
}

/* The next queue in turn that has mails ready: urgent ones first, in whichever queue. */
static struct postman_queue *choose(struct postman *p, int64_t now)
{
    for (int u = POSTMAN_URGENT; u < POSTMAN_URGENCIES; u++) {
        for (size_t i = 0; i < p->n_queues; i++) {
            struct postman_queue *q = p->queues[(p->next_queue + i) % p->n_queues];
            if (q->n_ready[u] && may_leave(q, now)) {
                p->next_queue += i + 1;
                return q;
            }
        }
    }
    return NULL;
}

/* So that all free sessions have something to do; by the queue's rate a second's worth at most. */
static size_t share(const struct postman *p, const struct postman_queue *q)
{
    const size_t ready = q->n_ready[POSTMAN_URGENT] + q->n_ready[POSTMAN_PROMO];
    const size_t idle = p->n_rounds - p->n_busy;
    size_t n = (ready + idle - 1) / idle;

    if (n < POSTMAN_ROUND / 4)
        n = POSTMAN_ROUND / 4;
    if (n > POSTMAN_ROUND)
        n = POSTMAN_ROUND;
    if (q->per_second && n > (size_t)q->per_second)
        n = (size_t)q->per_second;
    return n < ready ? n : ready;
}

static void add_flight(struct postman_round *r, struct postman_queue *q, enum postman_urgency u)
{
    struct flight *f = STAILQ_FIRST(&q->ready[u]);

    STAILQ_REMOVE_HEAD(&q->ready[u], ready_link);
    f->ready = false;
    q->n_ready[u]--;
    r->flights[r->n] = f;
    r->messages[r->n++] = f->message;
}

static bool post_round(struct postman *p, struct postman_round *r, struct postman_queue *q,
                       int64_t now)
{
    size_t n = share(p, q);

    r->n = 0;
    while (r->n < n)
        add_flight(r, q, q->n_ready[POSTMAN_URGENT] ? POSTMAN_URGENT : POSTMAN_PROMO);
    r->queue = q;
    r->held = &q->held;
    r->consents_since = postman_consents_since(p);
    if (lane_post(p->lanes, POSTMAN_KEY_SESSIONS + r->lane, &r->job)) {
        for (size_t i = r->n; i > 0; i--)
            postman_make_ready(p, r->flights[i - 1], true);
        return false;
    }
    if (q->per_second)
        *q->free_at = now + (int64_t)n * USEC_PER_SEC / q->per_second;
    r->busy = true;
    p->n_busy++;
    q->sessions++;
    return true;
}

void postman_dispatch(struct postman *p, int64_t now)
{
    if (now < p->paused_until || recorder_backlog(p->recorder) > POSTMAN_BACKLOG ||
        recorder_failing(p->recorder))
        return;
    for (size_t i = 0; i < p->n_rounds; i++) {
        struct postman_round *r = &p->rounds[i];
        struct postman_queue *q;
        if (r->busy)
            continue;
        if (p->pause_us && p->n_busy) /* one asks whether they are back */
            return;
        q = choose(p, now);
        if (!q || !post_round(p, r, q, now))
            return;
    }
}
