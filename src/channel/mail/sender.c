/* sender.c - which relay, and the next one. */
#include "channel/mail/sender.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <auth-client.h>

#define LOG_PART "mail"
#include "base/clock.h"
#include "base/log.h"
#include "channel/mail/relay.h"
#include "channel/mail/relay_tls.h"
#include "channel/mail/session.h"

#define BEGIN_FOR_US    (5 * 60 * USEC_PER_SEC) /* unless the settings say another time */
#define DOWN_FOR_US     (60 * USEC_PER_SEC)     /* the others are asked first for so long */
#define ANSWERS         10 /* timeouts that one letter may take, and the answer to its end is five */
#define LETTER_MAX      ((size_t)64 << 20)
#define KEEP_TEXT_BYTES ((size_t)1 << 20) /* of the buffer for letters, between sessions */

struct mail_sender {
    const struct mail_sender_settings *settings;
    struct relay *relays;
    struct buffer text;
    _Atomic int connection;
    _Atomic bool stopped;
};

/* --- making it --- */

enum rc mail_relay_check(const char *text, struct error *err)
{
    struct relay r;

    return relay_parse(text, &r, err);
}

static enum rc add_relays(struct mail_sender *s, struct error *err)
{
    const struct mail_sender_settings *set = s->settings;
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < set->n_relays; i++) {
        struct relay *r = &s->relays[i];
        rc = relay_parse(set->relays[i], r, err);
        if (!rc && set->tls != MAIL_TLS_OFF)
            rc = relay_tls_new(r->host, set->tls == MAIL_TLS_MUST, set->tls_ca, &r->tls, err);
    }
    return rc;
}

enum rc mail_sender_new(const struct mail_sender_settings *settings, struct mail_sender **out,
                        struct error *err)
{
    struct mail_sender *s = calloc(1, sizeof(*s));
    enum rc rc;

    if (s)
        s->relays = calloc(settings->n_relays + 1, sizeof(s->relays[0]));
    if (!s || !s->relays) {
        free(s);
        return error_set(err, RC_FAIL, "no memory");
    }
    s->settings = settings;
    buffer_init(&s->text, LETTER_MAX);
    atomic_init(&s->connection, -1);
    auth_client_init();
    rc = add_relays(s, err);
    if (rc)
        mail_sender_free(s);
    else
        *out = s;
    return rc;
}

void mail_sender_free(struct mail_sender *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->settings->n_relays; i++)
        relay_tls_free(s->relays[i].tls);
    buffer_close(&s->text);
    free(s->relays);
    free(s);
}

/* Whoever takes the number out closes it; so it is never another connection's. */
void mail_sender_stop(struct mail_sender *s)
{
    int connection;

    atomic_store(&s->stopped, true);
    connection = atomic_exchange(&s->connection, -1);
    if (connection < 0)
        return;
    shutdown(connection, SHUT_RDWR);
    close(connection);
}

static int64_t begin_for_us(const struct mail_sender *s)
{
    return s->settings->begin_for_ms ? s->settings->begin_for_ms * USEC_PER_MSEC : BEGIN_FOR_US;
}

int64_t mail_sender_patience_us(const struct mail_sender *s)
{
    return begin_for_us(s) + ANSWERS * s->settings->timeout_ms * USEC_PER_MSEC;
}

/* --- sending --- */

struct round {
    struct letter *letters;
    size_t *which; /* of the caller's letters, those of this session */
    const struct letter_calls *calls;
};

static bool say_one(void *arg, size_t which, struct buffer *out)
{
    const struct round *r = arg;

    return r->calls->say(r->calls->arg, r->which[which], out);
}

static void heard_one(void *arg, size_t which, enum letter_fate fate, unsigned code)
{
    const struct round *r = arg;

    if (r->calls->heard)
        r->calls->heard(r->calls->arg, r->which[which], fate, code);
}

static void mark_down(struct relay *r, unsigned code, const char *why)
{
    char reason[LOG_TEXT_SIZE];

    log_warn("relay=%s state=down code=%u reason=\"%s\"", r->name, code,
             log_text(reason, why, strlen(why)));
    r->address_len = 0;
    r->down_until_us = clock_monotonic_us() + DOWN_FOR_US;
}

/* What no relay was asked about says at least why. */
static void note_why(struct letter *letters, size_t n, const struct relay *r, unsigned code,
                     const char *why)
{
    for (size_t i = 0; i < n; i++) {
        if (letters[i].fate != LETTER_UNSENT)
            continue;
        letters[i].relay = r->name;
        letters[i].code = code;
        snprintf(letters[i].words, sizeof(letters[i].words), "%s", why);
    }
}

/* One session with the letters that are still unsent. False: there are none, or no use in going on.
 */
static bool try_relay(struct mail_sender *s, struct relay *relay, struct letter *letters, size_t n,
                      int64_t until_us, const struct letter_calls *calls)
{
    struct round r = { .letters = calloc(n, sizeof(letters[0])),
                       .which = calloc(n, sizeof(size_t)),
                       .calls = calls };
    struct session_job job = { .settings = s->settings,
                               .relay = relay,
                               .letters = r.letters,
                               .calls = { .say = say_one, .heard = heard_one, .arg = &r },
                               .until_us = until_us,
                               .text = &s->text,
                               .connection = &s->connection,
                               .stopped = &s->stopped };
    char why[LETTER_WORDS_SIZE] = "no memory";
    unsigned code = 0;

    for (size_t i = 0; r.letters && r.which && i < n; i++) {
        if (letters[i].fate != LETTER_UNSENT)
            continue;
        r.letters[job.n].from = letters[i].from;
        r.letters[job.n].to = letters[i].to;
        r.which[job.n++] = i;
    }
    if (job.n &&
        (relay_find(relay, s->settings->timeout_ms, why) || !session_run(&job, &code, why))) {
        if (!atomic_load(&s->stopped))
            mark_down(relay, code, why);
        note_why(letters, n, relay, code, why);
    } else if (job.n) {
        relay->down_until_us = 0;
        for (size_t i = 0; i < job.n; i++)
            letters[r.which[i]] = r.letters[i];
    }
    free(r.letters);
    free(r.which);
    return job.n && !job.gave_up;
}

void mail_sender_send(struct mail_sender *s, struct letter *letters, size_t n,
                      const struct letter_calls *calls)
{
    const int64_t now = clock_monotonic_us(), until = now + begin_for_us(s);
    bool more = n != 0;

    for (size_t i = 0; i < n; i++)
        letters[i] = (struct letter){ .from = letters[i].from, .to = letters[i].to };
    for (size_t i = 0; i < s->settings->n_relays; i++)
        s->relays[i].was_down = s->relays[i].down_until_us > now;
    /* First those that were good; then, if letters are left, those that were down a moment ago. */
    for (size_t i = 0; more && i < 2 * s->settings->n_relays; i++) {
        struct relay *relay = &s->relays[i % s->settings->n_relays];
        if (relay->was_down == (i >= s->settings->n_relays))
            more = !atomic_load(&s->stopped) && try_relay(s, relay, letters, n, until, calls);
    }
    if (s->text.cap > KEEP_TEXT_BYTES)
        buffer_close(&s->text);
}
