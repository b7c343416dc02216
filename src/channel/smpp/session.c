/*
 * session.c - the state machine of one SMPP connection.
 *
 * What goes out is counted, so that for every submit it is known whether its first byte may have
 * left this process: offsets count all bytes ever given to the connection, and those still in the
 * output buffer were not written. Under TLS that buffer is drained when a record with its bytes was
 * handed to the kernel whole, and of a record that is not whole the carrier can read nothing: so
 * there too, what is still in the buffer was not seen, and what was taken from it counts as
 * written.
 *
 * Back-pressure: beyond UNACKED_MAX deliver_sm without our answer, or with an output buffer that
 * the peer does not empty, the socket is not read. Nothing times out meanwhile: the answers that we
 * miss may be waiting there.
 */
#include <inttypes.h>
#include <smpp34.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/clock.h"
#include "channel/smpp/session_private.h"
#include "channel/smpp/tls.h"

#define LOG_PART "smpp"
#include "base/log.h"

#define UNACKED_MAX     1000
#define UNACKED_RESUME  500
#define OUTPUT_HIGH     (512 * 1024)
#define OUTPUT_LOW      (64 * 1024)
#define READ_AT_ONCE    65536
#define TICK_MIN_MS     10
#define TICK_MAX_MS     1000
#define USEFUL_AFTER_US (10 * USEC_PER_SEC)
#define WARN_EVERY_US   (10 * USEC_PER_SEC)
#define DUMP_BYTES      8 /* enough to see what it is, too little to read a phone number */

static const char *const state_names[] = { "closed", "connecting", "binding", "bound",
                                           "unbinding" };

/* ---- small things ---- */

static const char *carrier_name(const struct session *s)
{
    return s->o.settings->head.title;
}

static void arm(struct session *s, int64_t ms)
{
    struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

    event_add(s->timer, &tv);
}

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static size_t output_length(const struct session *s)
{
    return s->bev ? evbuffer_get_length(bufferevent_get_output(s->bev)) : 0;
}

/* Submits with an offset below this may have been seen by the carrier. */
uint64_t session_bytes_written(const struct session *s)
{
    return s->queued - output_length(s);
}

/* One warning in ten seconds, and how many were not written in between. */
static bool warn_allowed(struct session *s, unsigned *silenced)
{
    int64_t now = clock_monotonic_us();

    if (s->warned_us && now - s->warned_us < WARN_EVERY_US) {
        s->silenced++;
        return false;
    }
    *silenced = s->silenced;
    s->silenced = 0;
    s->warned_us = now;
    return true;
}

void session_warn_pdu(struct session *s, const struct pdu *pdu, const char *what)
{
    char hex[2 * DUMP_BYTES + 1] = "";
    unsigned silenced;

    if (!warn_allowed(s, &silenced))
        return;
    for (size_t i = 0; i < pdu->body_len && i < DUMP_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", pdu->body[i]);
    log_warn("carrier=%s session=%u %s pdu=%s command=0x%08" PRIx32 " status=0x%" PRIx32
             " sequence=%" PRIu32 " length=%" PRIu32 " body=%s silenced=%u",
             carrier_name(s), s->o.number, what, pdu_command_name(pdu->command_id), pdu->command_id,
             pdu->status, pdu->sequence, pdu->length, hex, silenced);
}

static int64_t tick_ms(const struct session *s)
{
    int64_t ms = s->o.settings->enquire_link_ms;

    if (ms > s->o.settings->response_timeout_ms)
        ms = s->o.settings->response_timeout_ms;
    ms /= 4;
    return ms < TICK_MIN_MS ? TICK_MIN_MS : ms > TICK_MAX_MS ? TICK_MAX_MS : ms;
}

/*
 * The only place where session->state is written: it logs, counts, and arms the timer that the new
 * state needs.
 */
void session_enter(struct session *s, enum session_state next, const char *why)
{
    const struct smpp_carrier_settings *set = s->o.settings;
    enum session_state before = s->state;

    if (before == SESSION_BOUND)
        metric_add(&s->o.counters->bound, -1);
    s->state = next;
    event_del(s->timer);
    log_info("carrier=%s session=%u state=%s was=%s%s%s%s", carrier_name(s), s->o.number,
             state_names[next], state_names[before], why ? " reason=\"" : "", why ? why : "",
             why ? "\"" : "");
    switch (next) {
    case SESSION_CLOSED:
        break;
    case SESSION_CONNECTING:
    case SESSION_BINDING:
        arm(s, set->bind_timeout_ms);
        break;
    case SESSION_BOUND:
        metric_add(&s->o.counters->bound, 1);
        arm(s, tick_ms(s));
        break;
    case SESSION_UNBINDING:
        arm(s, set->unbind_timeout_ms);
        break;
    }
}

/* ---- out ---- */

static enum rc put(struct session *s, const struct pdu_buffer *out)
{
    if (bufferevent_write(s->bev, out->bytes, out->len) != 0)
        return RC_AGAIN;
    s->queued += out->len;
    return RC_OK;
}

void session_put_simple(struct session *s, uint32_t command_id, uint32_t status, uint32_t sequence)
{
    struct pdu_buffer out;

    /* No memory for twenty bytes: the peer asks again, or gives up on us. */
    pdu_pack_simple(&out, command_id, status, sequence);
    (void)!put(s, &out);
}

static uint32_t next_sequence(struct session *s)
{
    s->sequence = window_next_sequence(s->sequence);
    return s->sequence;
}

enum rc session_submit(struct session *s, const struct smpp_submit *submit,
                       const struct pdu_address *source, const struct pdu_address *destination)
{
    struct pdu_buffer out;
    struct window_slot *slot;
    enum rc rc;

    if (session_room(s) == 0)
        return RC_AGAIN;
    slot = window_add(&s->window, &s->sequence);
    if (!slot)
        return RC_AGAIN;
    rc = pdu_pack_submit(&out, slot->sequence, submit, source, destination);
    if (rc)
        goto out;
    slot->token = submit->token;
    slot->offset = s->queued;
    slot->sent_us = clock_monotonic_us();
    rc = put(s, &out);
    if (rc)
        goto out;
    if (output_length(s) >= OUTPUT_HIGH)
        s->room_wanted = true;
    metric_add(&s->o.counters->submitted, 1);
    metric_add(&s->o.counters->outstanding, 1);
out:
    if (rc)
        window_remove(&s->window, slot);
    return rc;
}

void session_update_pause(struct session *s)
{
    bool full = s->unacked >= UNACKED_MAX || output_length(s) >= OUTPUT_HIGH;
    bool low = s->unacked <= UNACKED_RESUME && output_length(s) <= OUTPUT_LOW;

    if (!s->bev || (s->state == SESSION_UNBINDING && s->farewell == FAREWELL_FLUSH))
        return;
    if (!s->paused && full) {
        s->paused = true;
        bufferevent_disable(s->bev, EV_READ);
        log_debug("carrier=%s session=%u reading=paused unacked=%u output_bytes=%zu",
                  carrier_name(s), s->o.number, s->unacked, output_length(s));
    } else if (s->paused && low) {
        s->paused = false;
        s->resumed_us = clock_monotonic_us();
        bufferevent_enable(s->bev, EV_READ);
        event_active(s->resume, EV_TIMEOUT, 0); /* whole PDUs may be waiting in the input */
        log_debug("carrier=%s session=%u reading=resumed", carrier_name(s), s->o.number);
    }
}

void session_ack(struct session *s, uint32_t sequence, uint32_t status)
{
    if (s->unacked == 0 || (s->state != SESSION_BOUND && s->state != SESSION_UNBINDING))
        return;
    s->unacked--;
    session_put_simple(s, DELIVER_SM_RESP, status, sequence);
    session_update_pause(s);
    session_settle(s);
}

/* ---- the farewell ---- */

void session_flush_and_end(struct session *s)
{
    s->farewell = FAREWELL_FLUSH;
    bufferevent_disable(s->bev, EV_READ);
    arm(s, s->o.settings->unbind_timeout_ms);
}

void session_say_farewell(struct session *s)
{
    if (s->peer_unbinds) {
        session_put_simple(s, UNBIND_RESP, ESME_ROK, s->peer_unbind_sequence);
        session_flush_and_end(s);
        return;
    }
    session_put_simple(s, UNBIND, ESME_ROK, next_sequence(s));
    s->farewell = FAREWELL_SAID;
    arm(s, s->o.settings->unbind_timeout_ms);
}

void session_settle(struct session *s)
{
    if (s->state == SESSION_UNBINDING && s->farewell == FAREWELL_WAITING && s->window.used == 0 &&
        s->unacked == 0)
        session_say_farewell(s);
}

void session_leave(struct session *s, const char *why)
{
    s->farewell = FAREWELL_WAITING;
    snprintf(s->why, sizeof(s->why), "%s", why);
    session_enter(s, SESSION_UNBINDING, why);
    session_settle(s);
}

void session_unbind(struct session *s, const char *why)
{
    switch (s->state) {
    case SESSION_CLOSED:
    case SESSION_UNBINDING:
        break;
    case SESSION_CONNECTING:
    case SESSION_BINDING:
        session_end(s, SESSION_LOST, why);
        break;
    case SESSION_BOUND:
        session_leave(s, why);
        break;
    }
}

/* Every outstanding submit gets its outcome: what was not written cannot have been seen. */
static void give_up_window(struct session *s, uint64_t written)
{
    struct window_slot *slot;
    unsigned unsent = 0, unknown = 0;

    while ((slot = window_oldest(&s->window))) {
        uint64_t token = slot->token;
        enum smpp_outcome outcome = slot->offset >= written ? SMPP_UNSENT : SMPP_UNKNOWN;
        window_remove(&s->window, slot);
        if (outcome == SMPP_UNSENT)
            unsent++;
        else
            unknown++;
        s->o.owner->on_result(s->o.arg, s, token, outcome, 0, "");
    }
    metric_add(&s->o.counters->outstanding, -(int64_t)(unsent + unknown));
    metric_add(&s->o.counters->unsent, unsent);
    metric_add(&s->o.counters->unknown, unknown);
    if (unsent + unknown > 0)
        log_warn("carrier=%s session=%u outstanding=%u unknown=%u unsent=%u", carrier_name(s),
                 s->o.number, unsent + unknown, unknown, unsent);
}

void session_end(struct session *s, enum session_ending ending, const char *why)
{
    uint64_t written = session_bytes_written(s);

    if (s->state == SESSION_BOUND && clock_monotonic_us() - s->bound_us >= USEFUL_AFTER_US)
        s->useful = true;
    dial_cancel(&s->dial);
    if (s->bev)
        bufferevent_free(s->bev);
    s->bev = NULL;
    event_del(s->resume);
    s->paused = false;
    s->unacked = 0;
    session_enter(s, SESSION_CLOSED, why);
    give_up_window(s, written);
    s->o.owner->on_closed(s->o.arg, s, ending, why);
}

/* ---- events ---- */

static void on_readable(struct bufferevent *bev, void *arg)
{
    struct session *s = arg;

    (void)bev;
    if (session_may_read(s))
        session_read(s);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
    struct session *s = arg;

    (void)fd;
    (void)what;
    if (session_may_read(s))
        session_read(s);
}

/* The output has sunk to OUTPUT_LOW or below. */
static void on_written(struct bufferevent *bev, void *arg)
{
    struct session *s = arg;

    (void)bev;
    if (s->state == SESSION_UNBINDING && s->farewell == FAREWELL_FLUSH) {
        if (output_length(s) == 0)
            session_end(s, SESSION_LOST, s->why);
        return;
    }
    session_update_pause(s);
    if (s->room_wanted) {
        s->room_wanted = false;
        s->o.owner->on_room(s->o.arg, s);
    }
}

static void on_trouble(struct bufferevent *bev, short what, void *arg)
{
    struct session *s = arg;
    char why[128];

    if (s->state == SESSION_UNBINDING && s->farewell != FAREWELL_WAITING)
        session_end(s, SESSION_LOST, s->why);
    else if (tls_why(bev, why, sizeof(why)))
        session_end(s, SESSION_LOST, why);
    else if (what & BEV_EVENT_EOF)
        session_end(s, SESSION_LOST, "closed by the carrier");
    else
        session_end(s, SESSION_LOST, evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
}

/* ---- time ---- */

/* Returns how many were given up; the session may be closed afterwards. */
static unsigned expire_submits(struct session *s, int64_t now)
{
    int64_t timeout_us = s->o.settings->response_timeout_ms * USEC_PER_MSEC;
    struct window_slot *slot;
    unsigned n = 0;

    while ((slot = window_oldest(&s->window)) &&
           now - latest(slot->sent_us, s->resumed_us) >= timeout_us) {
        uint64_t token = slot->token;
        if (slot->offset >= session_bytes_written(s)) {
            session_end(s, SESSION_LOST, "the carrier does not read");
            return n;
        }
        late_add(&s->late, slot->sequence, token);
        window_remove(&s->window, slot);
        n++;
        metric_add(&s->o.counters->outstanding, -1);
        metric_add(&s->o.counters->unknown, 1);
        s->o.owner->on_result(s->o.arg, s, token, SMPP_UNKNOWN, 0, "");
    }
    return n;
}

/* Back-pressure excuses a peer whose messages we do not take, never one that does not take ours:
 * that one would stay paused, with all that is outstanding on it, for ever. */
static bool peer_reads(struct session *s, int64_t now, int64_t timeout_us)
{
    uint64_t written = session_bytes_written(s);

    if (written != s->written_at_tick || written == s->queued) {
        s->written_at_tick = written;
        s->moved_us = now;
    }
    return now - s->moved_us < timeout_us;
}

static void tick(struct session *s)
{
    const struct smpp_carrier_settings *set = s->o.settings;
    int64_t now = clock_monotonic_us(), timeout_us = set->response_timeout_ms * USEC_PER_MSEC;
    unsigned expired;

    arm(s, tick_ms(s));
    if (!peer_reads(s, now, timeout_us)) {
        session_end(s, SESSION_LOST, "the carrier does not read");
        return;
    }
    if (s->paused)
        return;
    expired = expire_submits(s, now);
    if (expired > 0) {
        log_warn("carrier=%s session=%u response=timeout unknown=%u", carrier_name(s), s->o.number,
                 expired);
        s->o.owner->on_room(s->o.arg, s);
    }
    if (s->state != SESSION_BOUND)
        return;
    if (expired > 0 && now - latest(s->answered_us, s->resumed_us) >= timeout_us) {
        /* Not one answer in all that time: a new connection, before more becomes unknown. */
        session_leave(s, "submits are not answered");
        return;
    }
    if (s->enquiring) {
        if (now - latest(s->enquired_us, s->resumed_us) >= timeout_us)
            session_end(s, SESSION_LOST, "enquire_link not answered");
    } else if (now - latest(s->heard_us, s->resumed_us) >= set->enquire_link_ms * USEC_PER_MSEC) {
        s->enquiring = true;
        s->enquired_us = now;
        session_put_simple(s, ENQUIRE_LINK, ESME_ROK, next_sequence(s));
    }
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct session *s = arg;

    (void)fd;
    (void)what;
    switch (s->state) {
    case SESSION_CLOSED:
        break;
    case SESSION_CONNECTING:
        session_end(s, SESSION_LOST, "connect timed out");
        break;
    case SESSION_BINDING:
        session_end(s, SESSION_LOST, "bind timed out");
        break;
    case SESSION_BOUND:
        tick(s);
        break;
    case SESSION_UNBINDING:
        if (s->farewell == FAREWELL_WAITING)
            session_say_farewell(s);
        else
            session_end(s, SESSION_LOST, s->why);
        break;
    }
}

/* ---- connecting ---- */

void session_open(struct session *s, struct bufferevent *bev)
{
    static const uint32_t binds[] = { BIND_TRANSCEIVER, BIND_TRANSMITTER, BIND_RECEIVER };
    const struct smpp_carrier_settings *set = s->o.settings;
    struct pdu_buffer out;

    s->bev = bev;
    bufferevent_setcb(bev, on_readable, on_written, on_trouble, s);
    bufferevent_setwatermark(bev, EV_WRITE, OUTPUT_LOW, 0);
    bufferevent_setwatermark(bev, EV_READ, 0, PDU_SIZE_MAX + READ_AT_ONCE);
    bufferevent_set_max_single_read(bev, READ_AT_ONCE);
    session_enter(s, SESSION_BINDING, NULL);
    s->bind_sequence = next_sequence(s);
    if (pdu_pack_bind(&out, binds[s->o.role], s->bind_sequence, set->system_id, set->password,
                      set->system_type) != RC_OK ||
        put(s, &out) != RC_OK) {
        session_end(s, SESSION_REFUSED, "system_id, password or system_type too long");
        return;
    }
    bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static void on_dialled(void *arg, struct bufferevent *bev, const char *why)
{
    if (bev)
        session_open(arg, bev);
    else
        session_end(arg, SESSION_LOST, why);
}

void session_connect(struct session *s)
{
    const struct smpp_carrier_settings *set = s->o.settings;

    s->generation++;
    s->sequence = 0;
    s->queued = s->written_at_tick = 0;
    s->peer_unbinds = s->enquiring = s->useful = s->room_wanted = false;
    s->resumed_us = 0;
    s->strays = 0;
    late_clear(&s->late);
    metric_add(&s->o.counters->connects, 1);
    session_enter(s, SESSION_CONNECTING, NULL);
    dial_start(&s->dial, s->o.base, s->o.dns, s->o.tls, set->host, (uint16_t)set->port, s->dials++,
               on_dialled, s);
}

struct session *session_new(const struct session_options *options)
{
    struct session *s = calloc(1, sizeof(*s));
    unsigned window = options->role == SESSION_RECEIVER ? 1 : (unsigned)options->settings->window;

    if (!s)
        return NULL;
    s->o = *options;
    s->timer = event_new(s->o.base, -1, 0, on_timer, s);
    s->resume = event_new(s->o.base, -1, 0, on_resume, s);
    if (!s->timer || !s->resume || window_init(&s->window, window) != RC_OK) {
        session_free(s);
        return NULL;
    }
    return s;
}

void session_free(struct session *s)
{
    if (!s)
        return;
    dial_cancel(&s->dial);
    if (s->bev)
        bufferevent_free(s->bev);
    if (s->timer)
        event_free(s->timer);
    if (s->resume)
        event_free(s->resume);
    window_close(&s->window);
    late_clear(&s->late);
    free(s);
}

/* ---- questions ---- */

enum session_state session_state(const struct session *s)
{
    return s->state;
}

const char *session_state_name(enum session_state state)
{
    return state_names[state];
}

uint32_t session_generation(const struct session *s)
{
    return s->generation;
}

unsigned session_number(const struct session *s)
{
    return s->o.number;
}

unsigned session_room(const struct session *s)
{
    if (s->state != SESSION_BOUND || s->o.role == SESSION_RECEIVER ||
        output_length(s) >= OUTPUT_HIGH)
        return 0;
    return s->window.limit - s->window.used;
}

int64_t session_oldest_us(const struct session *s)
{
    const struct window_slot *slot = s->window.used ? TAILQ_FIRST(&s->window.by_age) : NULL;

    return slot ? slot->sent_us : 0;
}

unsigned session_outstanding(const struct session *s)
{
    return s->window.used;
}

unsigned session_unacked(const struct session *s)
{
    return s->unacked;
}

bool session_was_useful(const struct session *s)
{
    return s->useful;
}
