/*
 * lmtp_session.c - the state machine of a conversation (RFC 2033, RFC 5321, RFC 2920).
 *
 * Whoever breaks the framing (a line that does not end, a bare LF, a control character) is told so
 * and let go: where its next command begins is then anybody's guess. A mail with a bare CR or LF is
 * taken to its end and refused, since its frame is intact.
 */
#include "channel/mail/lmtp_session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/metric.h"
#include "channel/mail/lmtp_command.h"
#include "channel/mail/lmtp_mail.h"

#define LOG_PART "lmtp"
#include "base/log.h"

#define OUT_HIGH      (32 << 10)
#define REPLY_MAX     256
#define BAD_MAX       10
#define IDLE_MAX      1000 /* an MTA needs a handful between two mails */
#define OVER_FACTOR   2    /* a mail that is this much too large will not end well any more */
#define WARN_EVERY_US (10 * USEC_PER_SEC)

#define TOO_LARGE "552 5.3.4 the mail is larger than we take"
#define NO_ROOM   "452 4.3.1 there is no room for it now"
#define BARE      "554 5.6.0 a CR or LF stands alone in it: lines end with both"

static const char *const state_names[] = { "greeted", "ready",   "addressed",
                                           "taking",  "waiting", "leaving" };

static struct metric mails_total =
    METRIC_COUNTER("relais_lmtp_mails_total", "Mails that came whole and were handed on");
static struct metric bytes_total =
    METRIC_COUNTER("relais_lmtp_bytes_total", "Bytes of these mails");
static struct metric refused_total =
    METRIC_COUNTER("relais_lmtp_refused_total",
                   "Mails that came and were not handed on: too large, bare line ends, no room");
static struct metric faults_total =
    METRIC_COUNTER("relais_lmtp_faults_total", "Connections ended because of what the client said");
static struct metric waiting =
    METRIC_GAUGE("relais_lmtp_waiting", "Mails whose recipients are not answered yet");

#define RECIPIENTS(word)                                                                   \
    {                                                                                      \
        .name = "relais_lmtp_recipients_total", .help = "Recipients by what was answered", \
        .kind = METRIC_KIND_COUNTER, .labels = "answer=\"" word "\""                       \
    }
static struct metric recipients_taken = RECIPIENTS("taken");
static struct metric recipients_later = RECIPIENTS("later");
static struct metric recipients_refused = RECIPIENTS("refused");

/* ---- small things ---- */

/* One warning in ten seconds from all sessions, and how many were not written in between: strangers
 * do not fill the log. */
static void warn(const struct lmtp_session *s, const char *what, const char *reply)
{
    static int64_t warned_us;
    static unsigned silenced;
    const int64_t now = clock_monotonic_us();

    if (warned_us && now - warned_us < WARN_EVERY_US) {
        silenced++;
        return;
    }
    log_warn("peer=%s state=%s %s reply=\"%s\" silenced=%u", s->peer, state_names[s->state], what,
             reply, silenced);
    silenced = 0;
    warned_us = now;
}

static void say(struct lmtp_session *s, const char *reply)
{
    buffer_printf(&s->out, "%s\r\n", reply);
}

/* The only place where the state is written. */
static void enter(struct lmtp_session *s, enum lmtp_state next)
{
    if (s->state == LMTP_WAITING)
        metric_add(&waiting, -1);
    if (next == LMTP_WAITING)
        metric_add(&waiting, 1);
    log_debug("peer=%s state=%s was=%s", s->peer, state_names[next], state_names[s->state]);
    s->state = next;
}

static void forget_mail(struct lmtp_session *s)
{
    lmtp_mail_free(s->mail);
    s->mail = NULL;
}

void lmtp_session_init(struct lmtp_session *s, const struct lmtp_settings *settings,
                       const struct lmtp_events *events, uint64_t *ids, const char *peer)
{
    *s = (struct lmtp_session){
        .settings = settings, .events = events, .ids = ids, .peer = peer, .state = LMTP_GREETED
    };
    metric_register(&faults_total);
    metric_register(&refused_total);
    buffer_init(&s->out, 2 * OUT_HIGH + (size_t)settings->max_recipients * REPLY_MAX);
    buffer_printf(&s->out, "220 %s LMTP Relais\r\n", settings->name);
}

void lmtp_session_close(struct lmtp_session *s)
{
    if (s->state == LMTP_WAITING)
        metric_add(&waiting, -1);
    forget_mail(s);
    buffer_close(&s->out);
}

void lmtp_session_leave(struct lmtp_session *s, const char *reply)
{
    if (s->state == LMTP_LEAVING)
        return;
    forget_mail(s);
    say(s, reply);
    enter(s, LMTP_LEAVING);
}

static void fault(struct lmtp_session *s, const char *reply)
{
    metric_add(&faults_total, 1);
    warn(s, "connection=ended", reply);
    lmtp_session_leave(s, reply);
}

/* ---- a mail's end ---- */

/* Each recipient has its own answer (RFC 2033, 4.2); here they are all the same. */
static void say_to_each(struct lmtp_session *s, size_t n, const char *reply)
{
    metric_add(*reply == '4' ? &recipients_later : &recipients_refused, (int64_t)n);
    for (size_t i = 0; i < n; i++)
        say(s, reply);
}

static void say_reply(struct lmtp_session *s, const struct lmtp_reply *reply)
{
    char text[sizeof(reply->text)];
    const bool sound = reply->code >= 200 && reply->code <= 599 && reply->code / 100 != 3;
    size_t len = strnlen(reply->text, sizeof(text) - 1);

    memcpy(text, reply->text, len);
    text[len] = '\0';
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > '~')
            text[i] = '?';
    }
    metric_add(sound && reply->code < 300   ? &recipients_taken
               : sound && reply->code > 499 ? &recipients_refused
                                            : &recipients_later,
               1);
    buffer_printf(&s->out, "%u %s\r\n", sound ? reply->code : 451, sound ? text : "4.3.0 later");
}

void lmtp_session_answer(struct lmtp_session *s, const struct lmtp_reply *replies, size_t n)
{
    static const struct lmtp_reply none = { 451, "4.3.0 later" };

    if (s->state != LMTP_WAITING)
        return;
    for (size_t i = 0; i < s->waiting_n; i++)
        say_reply(s, i < n ? &replies[i] : &none);
    s->waiting_id = 0;
    enter(s, LMTP_READY);
}

static void refuse_mail(struct lmtp_session *s)
{
    metric_add(&refused_total, 1);
    warn(s, "mail=refused", s->refuse);
    say_to_each(s, s->mail->n_to, s->refuse);
    forget_mail(s);
    enter(s, LMTP_READY);
}

/* It waits before it is handed on: whoever takes it may answer at once. */
static void hand_on(struct lmtp_session *s)
{
    struct lmtp_mail *m = s->mail;
    const uint64_t id = ++*s->ids;

    m->id = id;
    s->mail = NULL;
    s->waiting_id = id;
    s->waiting_n = m->n_to;
    s->idle = s->bad = 0;
    metric_add(&mails_total, 1);
    metric_add(&bytes_total, (int64_t)m->size);
    log_debug("mail=%" PRIu64 " peer=%s recipients=%zu bytes=%zu file=%s", id, s->peer, m->n_to,
              m->size, m->fd >= 0 ? "yes" : "no");
    enter(s, LMTP_WAITING);
    if (s->events->mail(s->events->arg, m))
        return;
    lmtp_mail_free(m);
    if (s->waiting_id != id)
        return;
    say_to_each(s, s->waiting_n, NO_ROOM);
    s->waiting_id = 0;
    enter(s, LMTP_READY);
}

static void end_mail(struct lmtp_session *s)
{
    if (s->data.bare_line_end)
        s->refuse = BARE;
    if (!s->refuse && lmtp_mail_finish(s->mail))
        s->refuse = NO_ROOM;
    if (s->refuse)
        refuse_mail(s);
    else
        hand_on(s);
}

static void on_text(void *arg, const char *bytes, size_t n)
{
    struct lmtp_session *s = arg;

    s->received += n;
    if (!s->refuse && s->received > s->settings->max_bytes)
        s->refuse = TOO_LARGE;
    if (s->refuse || s->data.bare_line_end)
        return; /* nothing of it is needed any more */
    if (lmtp_mail_add(s->mail, s->settings->spool, bytes, n))
        s->refuse = NO_ROOM;
}

static size_t take_text(struct lmtp_session *s, const char *bytes, size_t n)
{
    const size_t before = s->received / LMTP_MOVE_BYTES;
    const size_t used = lmtp_data_take(&s->data, bytes, n);

    s->moves += s->received / LMTP_MOVE_BYTES - before;
    if (s->received / OVER_FACTOR > s->settings->max_bytes) {
        fault(s, "421 4.3.4 far larger than the SIZE that we said");
    } else if (s->data.state == LMTP_DATA_END) {
        s->moves++;
        end_mail(s);
    }
    return used;
}

/* ---- commands ---- */

static void on_lhlo(struct lmtp_session *s, const struct lmtp_command *c)
{
    if (!*c->rest) {
        say(s, "501 5.5.4 expected LHLO name");
        return;
    }
    forget_mail(s);
    buffer_printf(&s->out,
                  "250-%s\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n"
                  "250-SMTPUTF8\r\n250 SIZE %zu\r\n",
                  s->settings->name, s->settings->max_bytes);
    enter(s, LMTP_READY);
}

static void on_mail(struct lmtp_session *s, const struct lmtp_command *c)
{
    struct lmtp_path path;
    const char *fault_reply = lmtp_path_read(LMTP_MAIL, c->rest, &path);

    if (!fault_reply && path.is_not_ascii && !path.utf8)
        fault_reply = "553 5.6.7 an address beyond ASCII needs SMTPUTF8";
    if (!fault_reply && path.has_size && path.size > s->settings->max_bytes)
        fault_reply = TOO_LARGE;
    if (fault_reply) {
        say(s, fault_reply);
        return;
    }
    s->mail = lmtp_mail_new(path.address, s->peer);
    if (!s->mail) {
        say(s, NO_ROOM);
        return;
    }
    s->mail->eight_bit = path.eight_bit;
    s->mail->utf8 = path.utf8;
    say(s, "250 2.1.0 ok");
    enter(s, LMTP_ADDRESSED);
}

static void on_rcpt(struct lmtp_session *s, const struct lmtp_command *c)
{
    struct lmtp_reply reply = { 250, "2.1.5 ok" };
    struct lmtp_path path;
    const char *fault_reply = lmtp_path_read(LMTP_RCPT, c->rest, &path);

    if (!fault_reply && path.is_not_ascii && !s->mail->utf8)
        fault_reply = "553 5.6.7 an address beyond ASCII needs SMTPUTF8";
    if (!fault_reply && s->mail->n_to >= s->settings->max_recipients)
        fault_reply = "452 4.5.3 too many recipients for one mail";
    if (fault_reply) {
        say(s, fault_reply);
        return;
    }
    s->events->recipient(s->events->arg, path.address, &reply);
    if (reply.code / 100 != 2)
        say_reply(s, &reply);
    else if (lmtp_mail_add_recipient(s->mail, path.address))
        say(s, NO_ROOM);
    else
        say(s, "250 2.1.5 ok");
}

static void on_data(struct lmtp_session *s, const struct lmtp_command *c)
{
    if (*c->rest) {
        say(s, "501 5.5.4 DATA stands alone");
    } else if (s->mail->n_to == 0) {
        say(s, "503 5.5.1 no recipient was taken"); /* RFC 2033, 4.2 */
    } else {
        lmtp_data_init(&s->data, on_text, s);
        s->received = 0;
        s->refuse = NULL;
        say(s, "354 go on, end with a dot");
        enter(s, LMTP_TAKING);
    }
}

static void on_rset(struct lmtp_session *s, const struct lmtp_command *c)
{
    (void)c;
    forget_mail(s);
    if (s->state == LMTP_ADDRESSED)
        enter(s, LMTP_READY);
    say(s, "250 2.0.0 ok");
}

static void on_noop(struct lmtp_session *s, const struct lmtp_command *c)
{
    (void)c;
    say(s, "250 2.0.0 ok");
}

static void on_vrfy(struct lmtp_session *s, const struct lmtp_command *c)
{
    (void)c;
    say(s, "252 2.5.0 send it, and see");
}

static void on_quit(struct lmtp_session *s, const struct lmtp_command *c)
{
    (void)c;
    lmtp_session_leave(s, "221 2.0.0 bye");
}

/* A browser that is made to talk to us, or an SMTP client: the first word tells, and no other one
 * is listened to. Later on a few mistakes are allowed. */
static void on_unknown(struct lmtp_session *s, const struct lmtp_command *c)
{
    const char *reply = c->verb == LMTP_HELO ? "500 5.5.1 this is LMTP: expected LHLO"
                                             : "500 5.5.2 no such command";

    if (s->state == LMTP_GREETED && c->verb != LMTP_HELO)
        fault(s, "500 5.5.2 no such command, and no LHLO before it");
    else if (++s->bad > BAD_MAX)
        fault(s, "421 4.7.0 too many commands that are none");
    else
        say(s, reply);
}

#define IN(state) (1u << (state))
#define ALL       (IN(LMTP_GREETED) | IN(LMTP_READY) | IN(LMTP_ADDRESSED))

static const struct {
    enum lmtp_verb verb;
    unsigned valid_in; /* states */
    void (*handle)(struct lmtp_session *, const struct lmtp_command *);
} handlers[] = {
    { LMTP_LHLO, ALL, on_lhlo },
    { LMTP_MAIL, IN(LMTP_READY), on_mail },
    { LMTP_RCPT, IN(LMTP_ADDRESSED), on_rcpt },
    { LMTP_DATA, IN(LMTP_ADDRESSED), on_data },
    { LMTP_RSET, ALL, on_rset },
    { LMTP_NOOP, ALL, on_noop },
    { LMTP_VRFY, ALL, on_vrfy },
    { LMTP_QUIT, ALL, on_quit },
    { LMTP_HELO, ALL, on_unknown },
    { LMTP_UNKNOWN, ALL, on_unknown },
};

static void dispatch(struct lmtp_session *s, const char *line)
{
    struct lmtp_command c;

    lmtp_command_read(line, &c);
    s->moves++;
    if (++s->idle > IDLE_MAX) {
        fault(s, "421 4.7.0 too many commands without a mail");
        return;
    }
    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        if (handlers[i].verb != c.verb)
            continue;
        if (handlers[i].valid_in & IN(s->state))
            handlers[i].handle(s, &c);
        else
            say(s, "503 5.5.1 not now");
        return;
    }
}

/* The line is whole, `len` bytes with its line end: is it one? */
static const char *line_fault(const char *line, size_t len)
{
    if (len < 2 || line[len - 2] != '\r')
        return "500 5.5.2 a LF without a CR before it";
    for (size_t i = 0; i < len - 2; i++) {
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            return "500 5.5.2 a control character in a command";
    }
    return NULL;
}

static size_t take_line(struct lmtp_session *s, const char *bytes, size_t n)
{
    const char *lf = memchr(bytes, '\n', n);
    const size_t len = lf ? (size_t)(lf - bytes) + 1 : n;
    const char *reply;

    if (len > LMTP_LINE_SIZE - s->line_len) {
        fault(s, "500 5.5.2 a command of more than 4096 bytes");
        return n;
    }
    memcpy(s->line + s->line_len, bytes, len);
    s->line_len += len;
    if (!lf)
        return len;
    reply = line_fault(s->line, s->line_len);
    if (reply) {
        fault(s, reply);
        return n;
    }
    for (s->line_len -= 2; s->line_len && s->line[s->line_len - 1] == ' '; s->line_len--)
        continue;
    s->line[s->line_len] = '\0';
    s->line_len = 0;
    dispatch(s, s->line);
    return len;
}

bool lmtp_session_may_take(const struct lmtp_session *s)
{
    return s->state != LMTP_WAITING && s->state != LMTP_LEAVING && s->out.len < OUT_HIGH;
}

size_t lmtp_session_take(struct lmtp_session *s, const char *bytes, size_t n)
{
    size_t at = 0;

    while (at < n && lmtp_session_may_take(s))
        at += s->state == LMTP_TAKING ? take_text(s, bytes + at, n - at)
                                      : take_line(s, bytes + at, n - at);
    return at;
}
