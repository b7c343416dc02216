/* session.c - a connection's life: states, reading, writing, timeouts. */
#define LOG_PART "smsc"
#include "smsc/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "smsc/chance.h"
#include "smsc/delivery.h"
#include "smsc/wire.h"

#define OUT_LIMIT      ((size_t)8 << 20)   /* a burst of delayed answers fits */
#define OUT_HIGH       ((size_t)256 << 10) /* with that much unwritten we read no more */
#define PENDING_HIGH   100000              /* with that many answers planned likewise */
#define DELIVER_GUESS  300                 /* bytes of a deliver_sm, to keep below OUT_HIGH */
#define STUCK_US       (60 * USEC_PER_SEC)
#define END_MS         2000 /* for the client to answer unbind, or to close */
#define TICKS_A_SECOND 10

static const char *const state_names[] = {
    [SESSION_OPEN] = "open", [SESSION_BOUND] = "bound",   [SESSION_UNBINDING] = "unbinding",
    [SESSION_DEAF] = "deaf", [SESSION_ENDING] = "ending", [SESSION_OVER] = "over",
};

static void touch(struct session *s)
{
    if (s->is_dirty)
        return;
    s->is_dirty = true;
    STAILQ_INSERT_TAIL(&s->smsc->dirty, s, dirty_link);
}

static const char *mode_name(const struct session *s)
{
    if (s->transmitter && s->receiver)
        return "transceiver";
    return s->transmitter ? "transmitter" : s->receiver ? "receiver" : "none";
}

/* The account no longer counts on this session; what it left unanswered will be sent again. */
static void leave_account(struct session *s)
{
    if (s->receiver) {
        TAILQ_REMOVE(&s->account->receivers, s, receiver_link);
        s->account->n_receivers--;
    }
    s->account->sessions--;
    s->smsc->stats.sessions--;
}

static void join_account(struct session *s)
{
    s->smsc->stats.sessions++;
    s->account->sessions++;
    if (!s->receiver)
        return;
    TAILQ_INSERT_TAIL(&s->account->receivers, s, receiver_link);
    s->account->n_receivers++;
    delivery_adopt(s->smsc, s->account);
}

void session_enter(struct session *s, enum session_state next, const char *why)
{
    enum session_state before = s->state;
    char id[LOG_TEXT_SIZE];

    if (before == next || before == SESSION_OVER)
        return;
    s->state = next;
    log_info("session=%" PRIu64 " state=%s peer=%s system_id=\"%s\" as=%s why=\"%s\"",
             session_number(s), state_names[next], s->peer,
             s->account ? log_text(id, s->account->system_id, strlen(s->account->system_id)) : "",
             mode_name(s), why);
    if (next == SESSION_BOUND)
        join_account(s);
    if (before == SESSION_BOUND)
        leave_account(s);
    if (next == SESSION_OVER || next == SESSION_ENDING)
        window_return(s, INT64_MAX);
    if (next == SESSION_ENDING || next == SESSION_UNBINDING)
        s->ended_us = s->smsc->now_us;
    if (next == SESSION_OVER && before == SESSION_BOUND)
        s->smsc->stats.sessions_lost++;
    touch(s);
}

/* --- writing --- */

/* How many bytes may leave now: with write_pause one, and the next when the pause is over. */
static size_t may_write(struct session *s)
{
    int64_t pause_us = s->smsc->scenario.settings.write_pause * USEC_PER_MSEC,
            wait_us = s->next_byte_us - s->smsc->now_us;
    struct timeval tv;

    if (pause_us == 0)
        return bytes_len(&s->out);
    if (wait_us > 0) {
        tv.tv_sec = wait_us / USEC_PER_SEC;
        tv.tv_usec = wait_us % USEC_PER_SEC;
        event_add(s->trickle, &tv);
        return 0;
    }
    s->next_byte_us = s->smsc->now_us + pause_us;
    return 1;
}

static void write_out(struct session *s)
{
    ssize_t n;

    if (!s->wire)
        return;
    while (bytes_len(&s->out) > 0) {
        size_t want = may_write(s);
        if (want == 0)
            return;
        n = wire_write(s->wire, s->out.data + s->out.start, want);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (wire_wants_write(s->wire)) /* else TLS waits for the client to say something */
                event_add(s->write_event, NULL);
            return;
        }
        if (n < 0) {
            session_enter(s, SESSION_OVER, "the client closed the connection");
            return;
        }
        bytes_drop(&s->out, (size_t)n);
        s->wrote_us = s->smsc->now_us;
    }
}

void session_set_reading(struct session *s)
{
    size_t waiting = bytes_len(&s->out);

    if (s->choked)
        s->choked = waiting > OUT_HIGH / 2 || s->pending > PENDING_HIGH / 2;
    else
        s->choked = waiting > OUT_HIGH || s->pending > PENDING_HIGH;
    if (!s->wire)
        return;
    if (s->smsc->paused || s->choked ||
        (s->smsc->scenario.settings.read_rate > 0 && s->allowance <= 0)) {
        event_del(s->read_event);
        return;
    }
    event_add(s->read_event, NULL);
    if (wire_pending(s->wire))
        event_active(s->read_event, EV_READ, 0);
}

/* Closing with bytes unread would make the kernel reset the connection, and the client lose what we
 * said last; so only our half is closed, and the client closes the other. */
static void shut(struct session *s)
{
    if (!s->shut && s->wire)
        wire_shut(s->wire);
    s->shut = true;
}

void session_flush(struct session *s)
{
    s->is_dirty = false;
    if (s->out.full)
        session_enter(s, SESSION_OVER, "the client does not read");
    if (s->state != SESSION_OVER)
        write_out(s);
    if (s->state == SESSION_ENDING && bytes_len(&s->out) == 0)
        shut(s);
    if (s->state == SESSION_OVER)
        session_free(s);
    else
        session_set_reading(s);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    touch(arg);
}

/* --- reading --- */

/* As many whole PDUs as there are; returns the bytes used up. */
static size_t take_pdus(struct session *s, const uint8_t *data, size_t len)
{
    size_t used = 0, size;
    struct pdu pdu;
    char say[96];

    while (s->state <= SESSION_UNBINDING) {
        switch (codec_frame(data + used, len - used, &pdu, &size)) {
        case FRAME_PART:
            return used;
        case FRAME_WHOLE:
            session_handle(s, &pdu);
            used += size;
            break;
        case FRAME_BAD:
            s->smsc->stats.malformed++;
            snprintf(say, sizeof(say), "a command_length that cannot be (command 0x%08x)",
                     pdu.command);
            codec_write_header(&s->out, SMPP_GENERIC_NACK, ESME_RINVCMDLEN, pdu.sequence);
            session_enter(s, SESSION_ENDING, say);
            return used;
        }
    }
    return len;
}

void session_feed(struct session *s, const uint8_t *data, size_t len)
{
    size_t used;

    touch(s);
    if (bytes_len(&s->in) == 0) {
        used = take_pdus(s, data, len);
        bytes_add(&s->in, data + used, len - used);
    } else {
        bytes_add(&s->in, data, len);
        bytes_drop(&s->in, take_pdus(s, s->in.data + s->in.start, bytes_len(&s->in)));
    }
    if (s->in.full)
        session_enter(s, SESSION_OVER, "no memory");
}

static void on_trickle(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    touch(arg);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct session *s = arg;
    struct smsc *c = s->smsc;
    size_t want = sizeof(c->scratch);
    ssize_t n;

    (void)fd;
    (void)what;
    if (c->scenario.settings.read_rate > 0 && (size_t)s->allowance < want)
        want = s->allowance > 0 ? (size_t)s->allowance : 1;
    n = wire_read(s->wire, c->scratch, want);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        if (wire_wants_write(s->wire))
            event_add(s->write_event, NULL);
        if (bytes_len(&s->out) > 0) /* it may be TLS that was waiting for this */
            touch(s);
        return;
    }
    if (n <= 0) {
        session_enter(s, n < 0 && errno == EPROTO ? SESSION_ENDING : SESSION_OVER,
                      wire_why(s->wire));
        return;
    }
    s->allowance -= n;
    smsc_tell_time(c);
    session_feed(s, c->scratch, (size_t)n);
}

/* --- the beginning and the end --- */

static bool make_events(struct session *s)
{
    int fd;

    if (!s->wire)
        return true;
    fd = wire_fd(s->wire);
    s->read_event = event_new(s->smsc->base, fd, EV_READ | EV_PERSIST, on_readable, s);
    s->write_event = event_new(s->smsc->base, fd, EV_WRITE, on_writable, s);
    s->trickle = event_new(s->smsc->base, -1, 0, on_trickle, s);
    return s->read_event && s->write_event && s->trickle;
}

struct session *session_new(struct smsc *c, int fd, const char *peer)
{
    struct session *s = NULL;
    struct wire *wire = NULL;
    size_t slot = 0;

    while (slot < SESSIONS_MAX && c->sessions[slot])
        slot++;
    if (slot < SESSIONS_MAX)
        s = calloc(1, sizeof(*s));
    if (!s) {
        log_warn("peer=%s refused reason=\"%s\"", peer,
                 slot == SESSIONS_MAX ? "too many connections" : "no memory");
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    if (fd >= 0 && !(wire = wire_new(fd, c->tls))) {
        free(s);
        return NULL;
    }
    s->smsc = c;
    s->wire = wire;
    s->handle = ++c->session_serial << SESSION_SLOT_BITS | slot;
    snprintf(s->peer, sizeof(s->peer), "%s", peer);
    bytes_init(&s->in, PDU_SIZE_MAX + SCRATCH_SIZE);
    bytes_init(&s->out, OUT_LIMIT);
    s->next_sequence = 1;
    s->opened_us = s->enquired_us = s->wrote_us = c->now_us;
    s->allowance = c->scenario.settings.read_rate / TICKS_A_SECOND;
    c->sessions[slot] = s;
    c->stats.connections++;
    if (!make_events(s)) {
        session_free(s);
        return NULL;
    }
    session_set_reading(s);
    return s;
}

struct session *session_find(struct smsc *c, uint64_t handle)
{
    struct session *s = c->sessions[handle & (SESSIONS_MAX - 1)];

    return s && s->handle == handle ? s : NULL;
}

void session_free(struct session *s)
{
    struct smsc *c = s->smsc;

    if (s->is_dirty)
        STAILQ_REMOVE(&c->dirty, s, session, dirty_link);
    if (s->read_event)
        event_free(s->read_event);
    if (s->write_event)
        event_free(s->write_event);
    if (s->trickle)
        event_free(s->trickle);
    wire_free(s->wire);
    bytes_close(&s->in);
    bytes_close(&s->out);
    free(s->window);
    c->sessions[s->handle & (SESSIONS_MAX - 1)] = NULL;
    free(s);
}

static uint32_t take_sequence(struct session *s)
{
    uint32_t sequence = s->next_sequence;

    s->next_sequence = sequence == 0x7FFFFFFF ? 1 : sequence + 1; /* 3.2 */
    return sequence;
}

void session_unbind(struct session *s)
{
    if (s->state == SESSION_BOUND) {
        codec_write_header(&s->out, SMPP_UNBIND, ESME_ROK, take_sequence(s));
        session_enter(s, SESSION_UNBINDING, "the simulator stops");
    } else if (s->state != SESSION_UNBINDING) {
        session_enter(s, SESSION_ENDING, "the simulator stops");
    }
}

void session_cut(struct session *s, bool keep_output, const char *why)
{
    s->smsc->stats.drops++;
    if (keep_output)
        write_out(s);
    session_enter(s, SESSION_OVER, why);
}

/* --- what it says --- */

/* Fills 64 bytes that no codec can read: the first four are a command_length of 4 GB. */
static void write_garbage(struct session *s, uint64_t seed)
{
    uint64_t bytes[8];

    bytes[0] = UINT64_MAX;
    for (size_t i = 1; i < sizeof(bytes) / sizeof(bytes[0]); i++)
        bytes[i] = seed = chance_mix(seed);
    bytes_add(&s->out, bytes, sizeof(bytes));
}

void session_answer(struct session *s, const struct answer *a)
{
    const struct scenario_settings *set = &s->smsc->scenario.settings;
    char buf[MESSAGE_ID_SIZE];
    const char *id = NULL;

    if (s->state != SESSION_BOUND)
        return;
    if (a->status == ESME_ROK)
        id = delivery_format_id(buf, a->message_id, set->response_id, set->response_id_width);
    else if (set->error_body)
        id = "";
    for (int i = 0; i <= a->twice; i++)
        codec_write_submit_resp(&s->out, a->status, a->sequence, id);
    if (a->stray)
        codec_write_submit_resp(&s->out, a->status, a->sequence ^ STRAY_SEQUENCE, id);
    if (a->garbage)
        write_garbage(s, a->sequence);
    touch(s);
}

size_t session_room(const struct session *s)
{
    size_t window = (size_t)s->smsc->scenario.settings.deliver_window, waiting = bytes_len(&s->out);
    size_t room = s->outstanding < window ? window - s->outstanding : 0;
    size_t fits = waiting < OUT_HIGH ? (OUT_HIGH - waiting) / DELIVER_GUESS : 0;

    return room < fits ? room : fits;
}

bool session_deliver(struct session *s, struct delivery *d)
{
    uint32_t sequence = s->next_sequence;

    if (!s->window)
        s->window = calloc(WINDOW_SLOTS, sizeof(*s->window));
    if (!s->window || !window_put(s, sequence, d))
        return false;
    take_sequence(s);
    delivery_write(s->smsc, d, sequence, &s->out);
    touch(s);
    return true;
}

/* --- timeouts --- */

static bool past(const struct session *s, int64_t since_us, int64_t limit_ms)
{
    return limit_ms > 0 && s->smsc->now_us - since_us > limit_ms * USEC_PER_MSEC;
}

static void tick_bound(struct session *s)
{
    const struct scenario_settings *set = &s->smsc->scenario.settings;

    if (set->deliver_timeout > 0)
        window_return(s, s->smsc->now_us - set->deliver_timeout * USEC_PER_MSEC);
    if (!past(s, s->enquired_us, set->enquire_link))
        return;
    if (s->enquire_sequence) {
        session_enter(s, SESSION_OVER, "no answer to enquire_link");
        return;
    }
    s->enquired_us = s->smsc->now_us;
    s->enquire_sequence = take_sequence(s);
    codec_write_header(&s->out, SMPP_ENQUIRE_LINK, ESME_ROK, s->enquire_sequence);
    touch(s);
}

void session_tick(struct session *s)
{
    const struct scenario_settings *set = &s->smsc->scenario.settings;

    s->allowance = set->read_rate / TICKS_A_SECOND + (set->read_rate > 0);
    if (bytes_len(&s->out) == 0)
        s->wrote_us = s->smsc->now_us;
    if (s->smsc->now_us - s->wrote_us > STUCK_US)
        session_enter(s, SESSION_OVER, "the client does not read");
    else if (s->state == SESSION_OPEN && past(s, s->opened_us, set->bind_timeout))
        session_enter(s, SESSION_OVER, "no bind in time");
    else if (s->state >= SESSION_UNBINDING && s->state != SESSION_DEAF &&
             past(s, s->ended_us, END_MS))
        session_enter(s, SESSION_OVER, "the client does not close");
    else if (s->state == SESSION_BOUND)
        tick_bound(s);
    else if (s->state == SESSION_DEAF && set->deliver_timeout > 0)
        window_return(s, s->smsc->now_us - set->deliver_timeout * USEC_PER_MSEC);
    if (s->state != SESSION_OVER)
        session_set_reading(s);
}
