/*
 * session.c - libesmtp 1.1.0, and what it does not say by itself.
 *
 * It walks through all letters of a session by itself (RSET where one was refused) and stuffs dots.
 * It has no word for what a relay answered before the first letter, so the last reply is overheard.
 * The only way to end a session early is a letter that cannot be read: then it drops the connection
 * in the middle of it, and the relay throws away what it has (RFC 5321, 4.1.1.4). Asking for what
 * comes behind a letter is the last thing it does before the dot: up to there a letter is unsent.
 *
 * A write that a relay did not take in time is given up in silence, and the next one goes on behind
 * the hole (raw_write() in siobuf.c). So the time between two lines is measured: a letter that may
 * have a hole gets no dot.
 *
 * It does not tell its socket, which is looked up by whom it leads to (relay.h). So that it is
 * never the one of another thread, connections to one address are made one at a time. Whoever waits
 * for that too long has not reached the relay: the one before may hang in there.
 */
#define _GNU_SOURCE
#include "channel/mail/session.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <auth-client.h>
#include <libesmtp.h>

#include "base/clock.h"
#include "base/turn.h"
#include "channel/mail/relay.h"
#include "channel/mail/relay_tls.h"
#include "channel/mail/reply.h"

#define DOT_PATIENCE                                                             \
    5 /* so many times as long for the answer to a whole letter: giving up there \
       * may double it (RFC 5321, 4.5.3.2.6) */

/* One letter, as libesmtp sees it. */
struct spoken {
    struct session *session;
    size_t which;
    smtp_message_t message;
    smtp_recipient_t recipient;
    bool begun, ended; /* its text was asked for; what comes next is the dot */
    bool about_relay;  /* so it was refused: it says nothing of the letter */
};

struct session {
    struct session_job *job;
    smtp_session_t smtp;
    auth_context_t auth;
    struct spoken *letters;
    size_t stopped_at;  /* the letter that was not said; job->n: none */
    size_t at;          /* the one that is being said, or was last */
    int64_t line_at;    /* monotonic: when its last line was written */
    bool slow;          /* a line of it took so long that it may not be there */
    bool connecting;    /* it is its turn to */
    bool offers_no_tls; /* and must */
    bool expects_tls;   /* STARTTLS was said, and not answered */
    unsigned last_code; /* of the last refusal that was overheard */
    char last_words[LETTER_WORDS_SIZE];
};

/* From before a connection is made until it is found. */
static bool take_turn(struct session *s)
{
    const struct session_job *job = s->job;

    s->connecting = turn_take(relay_turn(job->relay), job->settings->timeout_ms);
    return s->connecting;
}

static void end_turn(struct session *s)
{
    if (s->connecting)
        turn_end(relay_turn(s->job->relay));
    s->connecting = false;
}

/* --- what libesmtp asks --- */

static bool may_begin(const struct session *s)
{
    return !atomic_load(s->job->stopped) && clock_monotonic_us() < s->job->until_us;
}

static void note_line(struct session *s)
{
    const int64_t now = clock_monotonic_us();

    s->slow = s->slow || now - s->line_at >= s->job->settings->timeout_ms * USEC_PER_MSEC;
    s->line_at = now;
}

/* Who has gone cannot take it any more; and nobody is asked to who would find a hole in it. */
static bool may_end(const struct session *s)
{
    struct pollfd peer = { .fd = atomic_load(s->job->connection), .events = POLLRDHUP };

    if (s->slow || atomic_load(s->job->stopped))
        return false;
    return peer.fd < 0 || poll(&peer, 1, 0) <= 0;
}

static void end_text(struct session *s, struct spoken *l)
{
    note_line(s);
    l->ended = may_end(s);
    errno = l->ended ? 0 : ECONNABORTED;
}

/* The whole letter in one piece, then the end of it. */
static const char *on_text(void **context, int *len, void *arg)
{
    struct spoken *l = arg;
    struct session *s = l->session;
    struct buffer *text = s->job->text;

    (void)context;
    if (!len) {
        l->begun = false;
        return NULL;
    }
    *len = 0;
    if (l->begun) {
        end_text(s, l);
        return NULL;
    }
    l->begun = true;
    s->at = l->which;
    s->slow = false;
    buffer_reset(text);
    if (!may_begin(s) || !s->job->calls.say(s->job->calls.arg, l->which, text) || text->full ||
        !text->len) {
        s->stopped_at = l->which;
        errno = ECANCELED;
        return NULL;
    }
    *len = (int)text->len;
    s->line_at = clock_monotonic_us();
    errno = 0;
    return text->data;
}

static int on_credentials(auth_client_request_t request, char **result, int fields, void *arg)
{
    static char none[] = "";
    const struct session *s = arg;

    for (int i = 0; i < fields; i++) {
        if (request[i].flags & AUTH_USER)
            result[i] = s->job->settings->user;
        else if (request[i].flags & AUTH_PASS)
            result[i] = s->job->settings->password;
        else
            result[i] = none;
    }
    return 1;
}

/* --- what the relay said --- */

static void put_reply(struct letter *letter, const smtp_status_t *status)
{
    char text[2 * LETTER_WORDS_SIZE];

    letter->code = (unsigned)status->code;
    if (status->enh_class)
        snprintf(text, sizeof(text), "%d.%d.%d %s", status->enh_class, status->enh_subject,
                 status->enh_detail, status->text ? status->text : "");
    else
        snprintf(text, sizeof(text), "%s", status->text ? status->text : "");
    reply_words(text, letter->words, sizeof(letter->words));
}

static bool is_yes(const smtp_status_t *status)
{
    return status->code >= 200 && status->code <= 299;
}

static void refuse(struct letter *letter, struct spoken *l, const smtp_status_t *status,
                   enum reply_stage stage)
{
    put_reply(letter, status);
    letter->fate = reply_fate(stage, letter->code);
    l->about_relay = reply_is_about_relay(stage, letter->code);
}

static void settle(const struct session *s, size_t i)
{
    struct letter *letter = &s->job->letters[i];
    struct spoken *l = &s->letters[i];
    const smtp_status_t *mail = smtp_reverse_path_status(l->message);
    const smtp_status_t *rcpt = smtp_recipient_status(l->recipient);
    const smtp_status_t *data = smtp_message_transfer_status(l->message);

    if (mail->code >= 400) {
        refuse(letter, l, mail, REPLY_TO_MAIL);
    } else if (rcpt->code >= 400) {
        refuse(letter, l, rcpt, REPLY_TO_RCPT);
    } else if (!is_yes(mail) || !is_yes(rcpt) || s->stopped_at == i) {
        return;
    } else if (data->code >= 400) {
        refuse(letter, l, data, REPLY_TO_DATA);
    } else if (is_yes(data) && smtp_recipient_check_complete(l->recipient)) {
        put_reply(letter, data);
        letter->fate = LETTER_TAKEN;
    } else if (l->ended) {
        letter->fate = LETTER_UNKNOWN;
        snprintf(letter->words, sizeof(letter->words),
                 "the connection was lost before the answer to the whole mail");
    } else {
        return;
    }
    letter->relay = s->job->relay->name;
}

/* --- what it lets us hear --- */

/* Behind the answer to STARTTLS nothing may come in clear: libesmtp would take it for what the
 * other side of the encryption says. */
static void look_behind_tls(struct session *s, const char *bytes, size_t len)
{
    const char *end = memchr(bytes, '\n', len);

    if (end && end + 1 < bytes + len)
        relay_tls_distrust(s->job->relay->tls);
    s->expects_tls = !end;
}

static void on_wire(const char *bytes, int len, int writing, void *arg)
{
    static const char starttls[] = "STARTTLS\r\n";
    struct session *s = arg;
    char words[LETTER_WORDS_SIZE];
    unsigned code;

    if (writing) {
        s->expects_tls =
            (size_t)len == sizeof(starttls) - 1 && !memcmp(bytes, starttls, (size_t)len);
        return;
    }
    relay_acknowledge(atomic_load(s->job->connection));
    if (s->expects_tls)
        look_behind_tls(s, bytes, (size_t)len);
    code = reply_last(bytes, (size_t)len, words, sizeof(words));
    if (code >= 400) { /* a farewell is no reason */
        s->last_code = code;
        memcpy(s->last_words, words, sizeof(words));
    }
}

/* From here on mail_sender_stop() can cut it off; one that came just before is made good. */
static void on_connected(struct session *s)
{
    const int connection = relay_connection(s->job->relay);

    if (connection >= 0 && atomic_load(s->job->stopped))
        shutdown(connection, SHUT_RDWR);
    atomic_store(s->job->connection, connection);
    end_turn(s);
}

/* An answer to the letter that was being said, or that it will not be heard at all. */
static void on_answer(const struct session *s)
{
    const struct session_job *job = s->job;

    if (s->at >= job->n || !s->letters[s->at].ended)
        return;
    settle(s, s->at);
    job->calls.heard(job->calls.arg, s->at, job->letters[s->at].fate, job->letters[s->at].code);
}

static void on_event(smtp_session_t smtp, int event, void *arg, ...)
{
    struct session *s = arg;
    va_list more;
    int *ok = NULL;
    long fault;

    (void)smtp;
    va_start(more, arg);
    switch (event) {
    case SMTP_EV_CONNECT:
        on_connected(s);
        break;
    case SMTP_EV_MESSAGEDATA:
        note_line(s);
        break;
    case SMTP_EV_MESSAGESENT:
        on_answer(s);
        break;
    case SMTP_EV_EXTNA_STARTTLS:
        s->offers_no_tls = true;
        break;
    case SMTP_EV_INVALID_PEER_CERTIFICATE:
        /* Whatever had to be right was judged in the handshake: relay_tls.c. */
        fault = va_arg(more, long);
        (void)fault;
        ok = va_arg(more, int *);
        break;
    case SMTP_EV_WRONG_PEER_CERTIFICATE:
    case SMTP_EV_NO_PEER_CERTIFICATE:
        ok = va_arg(more, int *);
        break;
    default: /* libesmtp's, and more than we know */
        break;
    }
    if (ok)
        *ok = 1;
    va_end(more);
}

/* --- a session --- */

static bool add_letters(struct session *s)
{
    const struct session_job *job = s->job;

    s->letters = calloc(job->n, sizeof(s->letters[0]));
    for (size_t i = 0; s->letters && i < job->n; i++) {
        struct spoken *l = &s->letters[i];
        *l = (struct spoken){ .session = s, .which = i };
        l->message = smtp_add_message(s->smtp);
        const char *from = job->letters[i].from ? job->letters[i].from : job->settings->from;
        if (!l->message || !smtp_set_reverse_path(l->message, from) ||
            !smtp_set_messagecb(l->message, on_text, l))
            return false;
        l->recipient = smtp_add_recipient(l->message, job->letters[i].to);
        if (!l->recipient)
            return false;
    }
    return s->letters != NULL;
}

static bool set_patience(smtp_session_t smtp, long ms)
{
    static const int phases[] = { Timeout_GREETING, Timeout_ENVELOPE, Timeout_DATA,
                                  Timeout_TRANSFER };

    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
        if (!smtp_set_timeout(smtp, phases[i] | Timeout_OVERRIDE_RFC2822_MINIMUM, ms))
            return false;
    }
    return smtp_set_timeout(smtp, Timeout_DATA2 | Timeout_OVERRIDE_RFC2822_MINIMUM,
                            DOT_PATIENCE * ms) != 0;
}

static bool set_tls(struct session *s)
{
    static const enum starttls_option how[] = { [MAIL_TLS_OFF] = Starttls_DISABLED,
                                                [MAIL_TLS_MAY] = Starttls_ENABLED,
                                                [MAIL_TLS_MUST] = Starttls_REQUIRED };
    struct relay *relay = s->job->relay;

    return smtp_starttls_enable(s->smtp, how[s->job->settings->tls]) &&
           (!relay->tls || relay_tls_use(relay->tls, s->smtp));
}

static bool set_credentials(struct session *s)
{
    if (!*s->job->settings->user)
        return true;
    s->auth = auth_create_context();
    return s->auth && auth_set_mechanism_flags(s->auth, AUTH_PLUGIN_PLAIN, 0) &&
           auth_set_interact_cb(s->auth, on_credentials, s) &&
           smtp_auth_set_context(s->smtp, s->auth);
}

static bool prepare(struct session *s)
{
    const struct session_job *job = s->job;
    char target[RELAY_HOST_SIZE + 8];

    relay_target(job->relay, target, sizeof(target));
    s->smtp = smtp_create_session();
    return s->smtp && smtp_set_server(s->smtp, target) &&
           smtp_set_hostname(s->smtp, job->settings->helo) &&
           smtp_set_eventcb(s->smtp, on_event, s) && smtp_set_monitorcb(s->smtp, on_wire, s, 0) &&
           set_patience(s->smtp, (long)job->settings->timeout_ms) && set_tls(s) &&
           set_credentials(s) && add_letters(s);
}

/* Whether it said anything about letters, not only that it takes none now. */
static bool settle_all(const struct session *s)
{
    bool heard = s->job->gave_up;

    for (size_t i = 0; i < s->job->n; i++) {
        settle(s, i);
        heard |= s->job->letters[i].fate != LETTER_UNSENT && !s->letters[i].about_relay;
    }
    return heard;
}

/* The next relay is asked for all of them. False: it refused none. */
static bool take_back(const struct session *s, unsigned *code, char *why)
{
    bool refused = false;

    for (size_t i = 0; i < s->job->n; i++) {
        struct letter *letter = &s->job->letters[i];
        if (letter->fate == LETTER_UNSENT)
            continue;
        *code = letter->code;
        snprintf(why, LETTER_WORDS_SIZE, "%s", letter->words);
        *letter = (struct letter){ .from = letter->from, .to = letter->to };
        refused = true;
    }
    return refused;
}

/* Why it takes nothing. */
static void tell_why(const struct session *s, bool connected, unsigned *code, char *why)
{
    const struct relay *relay = s->job->relay;

    *code = 0;
    if (take_back(s, code, why))
        return;
    if (s->offers_no_tls)
        snprintf(why, LETTER_WORDS_SIZE, "it offers no STARTTLS, and tls is \"must\"");
    else if (relay->tls && relay_tls_why(relay->tls, why, LETTER_WORDS_SIZE))
        return;
    else if (!connected)
        snprintf(why, LETTER_WORDS_SIZE, "it could not be reached");
    else if (s->last_code >= 400) {
        *code = s->last_code;
        snprintf(why, LETTER_WORDS_SIZE, "%s", s->last_words);
    } else
        snprintf(why, LETTER_WORDS_SIZE, "the connection was lost, or it did not answer in time");
}

static void let_go(struct session *s)
{
    const int connection = atomic_exchange(s->job->connection, -1);

    if (connection >= 0)
        close(connection);
    if (s->smtp)
        smtp_destroy_session(s->smtp);
    if (s->auth)
        auth_destroy_context(s->auth);
    free(s->letters);
}

/* All of it, up to the end of the connection. */
static bool connect_and_speak(struct session *s)
{
    bool connected = false;

    if (take_turn(s)) {
        s->job->gave_up = !may_begin(s);
        connected = s->job->gave_up || smtp_start_session(s->smtp) != 0 || s->last_code;
    }
    end_turn(s);
    return connected;
}

bool session_run(struct session_job *job, unsigned *code, char why[LETTER_WORDS_SIZE])
{
    struct session s = { .job = job, .stopped_at = job->n, .at = job->n };
    bool heard = false, connected = false;

    if (prepare(&s)) {
        connected = connect_and_speak(&s);
        job->gave_up = job->gave_up || s.stopped_at < job->n;
        heard = settle_all(&s);
        if (!heard)
            tell_why(&s, connected, code, why);
    } else {
        *code = 0;
        snprintf(why, LETTER_WORDS_SIZE, "no memory");
    }
    let_go(&s);
    return heard;
}
