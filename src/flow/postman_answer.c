/* postman_answer.c - what relays say of our mails, and what follows from it. */
#include <stdio.h>
#include <string.h>

#include "flow/postman_private.h"

#define LOG_PART "postman"
#include "base/log.h"

#define PAUSE_MIN_US                                                            \
    (1 * USEC_PER_SEC) /* when no relay takes anything; twice as long each time \
                        */
#define PAUSE_MAX_US (60 * USEC_PER_SEC)
#define TRIES_MAX    200 /* of any kind: the store counts to 250 */

enum outcome {
    OUTCOME_ACCEPTED,
    OUTCOME_REFUSED,
    OUTCOME_PUT_OFF,
    OUTCOME_UNKNOWN,
    OUTCOME_WITHHELD,
    OUTCOME_GIVEN_UP,
    OUTCOMES
};

static struct metric outcomes[OUTCOMES];

static void count(enum outcome outcome)
{
    metric_add(&outcomes[outcome], 1);
}

void postman_answer_metrics(void)
{
    static const char *const results[OUTCOMES] = {
        [OUTCOME_ACCEPTED] = "accepted", [OUTCOME_REFUSED] = "refused",
        [OUTCOME_PUT_OFF] = "put_off",   [OUTCOME_UNKNOWN] = "unknown",
        [OUTCOME_WITHHELD] = "withheld", [OUTCOME_GIVEN_UP] = "given_up",
    };

    for (size_t i = 0; i < OUTCOMES; i++) {
        if (outcomes[i].name)
            continue;
        outcomes[i] = (struct metric)METRIC_COUNTER("relais_mails_total",
                                                    "Mails to customers, by what became of them.");
        snprintf(outcomes[i].labels, sizeof(outcomes[i].labels), "result=\"%s\"", results[i]);
        metric_register(&outcomes[i]);
    }
}

/* --- events --- */

static void fill_event(struct outbox_event *e, const struct flight *f, enum outbox_event_kind kind,
                       unsigned code, const char *detail)
{
    *e = (struct outbox_event){
        .message_id = f->message->id,
        .single = true,
        .kind = kind,
        .code = code,
        .at = clock_now(),
    };
    snprintf(e->detail, sizeof(e->detail), "%s", detail);
}

static void end_flight(struct postman *p, struct flight *f)
{
    struct outbox_slice_key key;

    postman_queue_of(p, f->message->queue_id)->flying--;
    if (flight_end(p->flights, f, &key))
        recorder_close_slice(p->recorder, &key);
}

static void conclude(struct postman *p, struct flight *f, const struct outbox_event *e,
                     enum outcome outcome)
{
    recorder_add(p->recorder, e);
    end_flight(p, f);
    count(outcome);
}

static void give_up(struct postman *p, struct flight *f, unsigned code, const char *why)
{
    struct outbox_event e;

    fill_event(&e, f, OUTBOX_REFUSED, code, why);
    conclude(p, f, &e, OUTCOME_GIVEN_UP);
}

void postman_put_back(struct postman *p, struct flight *f)
{
    struct outbox_event e;

    if (f->message->attempts >= TRIES_MAX) {
        give_up(p, f, 0, "too_many_attempts");
        return;
    }
    fill_event(&e, f, OUTBOX_REQUEUED, 0, "unsent");
    e.due_at = e.at;
    recorder_add(p->recorder, &e);
    end_flight(p, f);
}

/* --- what a relay says --- */

/* "5.1.1" at the beginning of its words (RFC 3463). Never the words themselves: they may name the
 * recipient. */
static void status_of(const char *words, unsigned code, char out[16])
{
    unsigned class, subject, detail;

    if (sscanf(words, "%1u.%3u.%3u", &class, &subject, &detail) == 3)
        snprintf(out, 16, "%u.%u.%u", class, subject, detail);
    else
        snprintf(out, 16, "smtp_%u", code % 1000);
}

/* The relay's own number for it, as Postfix and others say it: "queued as 4XyZ". */
static void number_of(const char *words, char out[SMSC_MESSAGE_ID_SIZE])
{
    static const char *const before[] = { "queued as ", "id=" };

    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
        const char *at = strstr(words, before[i]);
        if (!at)
            continue;
        at += strlen(before[i]);
        snprintf(out, SMSC_MESSAGE_ID_SIZE, "%.*s", (int)strcspn(at, " ,;()<>@"), at);
        return;
    }
}

static void on_taken(struct postman *p, struct flight *f, const struct letter *l)
{
    struct outbox_event e;

    fill_event(&e, f, OUTBOX_ACCEPTED, 0, "");
    e.carrier_id = CARRIER_MAIL;
    number_of(l->words, e.smsc_message_id);
    conclude(p, f, &e, OUTCOME_ACCEPTED);
}

/* No such mailbox, or no such domain that takes mail (RFC 3463, 3.2; RFC 7505). */
static bool is_nobody(const char *status)
{
    return strcmp(status, "5.1.1") == 0 || strcmp(status, "5.1.2") == 0 ||
           strcmp(status, "5.1.10") == 0;
}

static void on_refused(struct postman *p, struct flight *f, const struct letter *l)
{
    char status[16];
    struct outbox_event e;

    status_of(l->words, l->code, status);
    fill_event(&e, f, OUTBOX_REFUSED, l->code, status);
    e.carrier_id = CARRIER_MAIL;
    if (is_nobody(status))
        e.suppress_after = (unsigned)p->settings->suppress_unknown;
    conclude(p, f, &e, OUTCOME_REFUSED);
}

static int64_t retry_delay_us(const struct postman *p, const struct flight *f)
{
    int64_t delay = p->settings->retry_ms;

    for (unsigned i = 0; i < f->message->put_offs && delay < p->settings->retry_max_ms; i++)
        delay *= 2;
    return (delay < p->settings->retry_max_ms ? delay : p->settings->retry_max_ms) * USEC_PER_MSEC;
}

/* Since it was tried, not since it was written: some wait for days before their first attempt. The
 * detail is how the claim counts it. */
static void put_off(struct postman *p, struct flight *f, unsigned code, const char *why)
{
    const utc_us since = f->message->put_off_since;
    struct outbox_event e;

    if ((since && clock_now() - since >= p->settings->give_up_ms * USEC_PER_MSEC) ||
        f->message->attempts >= TRIES_MAX) {
        give_up(p, f, code, why);
        return;
    }
    fill_event(&e, f, OUTBOX_REQUEUED, code, "put_off");
    e.due_at = e.at + retry_delay_us(p, f);
    conclude(p, f, &e, OUTCOME_PUT_OFF);
}

static void on_unknown(struct postman *p, struct flight *f)
{
    struct outbox_event e;

    fill_event(&e, f, OUTBOX_UNKNOWN, 0, "no_answer");
    e.carrier_id = CARRIER_MAIL;
    e.due_at = e.at + p->settings->settle_ms * USEC_PER_MSEC; /* not of a promotion: the store */
    conclude(p, f, &e, OUTCOME_UNKNOWN);
}

static void on_withheld(struct postman *p, struct flight *f, const char *why)
{
    struct outbox_event e;

    fill_event(&e, f, strcmp(why, "expired") == 0 ? OUTBOX_EXPIRED : OUTBOX_CANCELLED, 0, why);
    conclude(p, f, &e, OUTCOME_WITHHELD);
}

/* No relay has it. */
static void on_unsent(struct postman *p, const struct postman_round *r, size_t i)
{
    struct flight *f = r->flights[i];

    switch (r->notes[i]) {
    case ROUND_WITHHELD:
        on_withheld(p, f, r->reasons[i]);
        break;
    case ROUND_WAITS:
        postman_put_back(p, f);
        break;
    case ROUND_UNREADABLE:
        put_off(p, f, 0, "unreadable");
        break;
    case ROUND_UNSAYABLE:
        give_up(p, f, 0, "unsayable");
        break;
    case ROUND_FINE:
        postman_make_ready(p, f, true);
        break;
    }
}

static void land(struct postman *p, const struct postman_round *r, size_t i)
{
    const struct letter *l = &r->letters[i];
    struct flight *f = r->flights[i];
    char status[16];

    switch (l->fate) {
    case LETTER_TAKEN:
        on_taken(p, f, l);
        break;
    case LETTER_REFUSED:
        on_refused(p, f, l);
        break;
    case LETTER_LATER:
        status_of(l->words, l->code, status);
        put_off(p, f, l->code, status);
        break;
    case LETTER_UNKNOWN:
        on_unknown(p, f);
        break;
    case LETTER_UNSENT:
        on_unsent(p, r, i);
        break;
    }
}

/* --- when no relay takes anything --- */

static void pause_for(struct postman *p, int64_t us)
{
    p->pause_us = us < PAUSE_MAX_US ? us : PAUSE_MAX_US;
    p->paused_until = clock_monotonic_us() + p->pause_us;
    log_debug("postman paused_ms=%lld", (long long)(p->pause_us / USEC_PER_MSEC));
}

static void consider_pause(struct postman *p, const struct postman_round *r)
{
    bool settled = false, left = false;

    for (size_t i = 0; i < r->n; i++) {
        const enum letter_fate fate = r->letters[i].fate;
        settled = settled || fate == LETTER_TAKEN || fate == LETTER_REFUSED;
        left = left || (fate == LETTER_UNSENT && r->notes[i] == ROUND_FINE);
    }
    if (settled || !left)
        p->pause_us = p->paused_until = 0;
    else if (r->rc)
        pause_for(p, PAUSE_MIN_US);
    else if (!atomic_load(&p->ending) && !r->queue->held)
        pause_for(p, p->pause_us ? 2 * p->pause_us : PAUSE_MIN_US);
}

/* From the last one, so that those which are ready again keep their order. */
void postman_land(struct postman *p, struct postman_round *r)
{
    consider_pause(p, r);
    for (size_t i = r->n; i > 0; i--)
        land(p, r, i - 1);
    r->n = 0;
}
