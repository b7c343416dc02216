/* session_in.c - what a carrier says: whole PDUs out of the input, each through one table. */
#include <inttypes.h>
#include <smpp34.h>
#include <stdio.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/clock.h"
#include "channel/smpp/pdu_strict.h"
#include "channel/smpp/session_private.h"
#include "channel/smpp/status_policy.h"

#define LOG_PART "smpp"
#include "base/log.h"

#define RESPONSE  0x80000000u
#define MINUTE_US (60 * USEC_PER_SEC)

static bool is_strict(const struct session *s)
{
    return s->o.settings->conformance == SMPP_STRICT;
}

/* What a carrier in order never sends. A session with too much of it makes place for a new one. */
static void nonsense(struct session *s, const struct pdu *pdu, const char *what)
{
    int64_t max = s->o.settings->strays_max;

    metric_add(&s->o.counters->stray, 1);
    session_warn_pdu(s, pdu, what);
    if (s->strays == 0 || s->heard_us - s->strays_us >= MINUTE_US) {
        s->strays_us = s->heard_us;
        s->strays = 0;
    }
    if (++s->strays > max && max > 0 && s->state == SESSION_BOUND)
        session_leave(s, "too many answers to nothing that we asked");
}

static void stray(struct session *s, const struct pdu *pdu)
{
    nonsense(s, pdu, "answer=stray");
}

static void bind_refused(struct session *s, const struct pdu *pdu)
{
    char why[64];
    bool credentials = pdu->status == ESME_RINVPASWD || pdu->status == ESME_RINVSYSID ||
                       pdu->status == ESME_RBINDFAIL;

    snprintf(why, sizeof(why), "bind refused: %s 0x%08" PRIx32, smpp_status_name(pdu->status),
             pdu->status);
    metric_add(&s->o.counters->refused, 1);
    log_error("carrier=%s session=%u bind=refused status=%s code=0x%08" PRIx32 " system_id=%s",
              s->o.settings->head.title, s->o.number, smpp_status_name(pdu->status), pdu->status,
              s->o.settings->system_id);
    session_end(s, credentials ? SESSION_REFUSED : SESSION_LOST, why);
}

static void on_bind_resp(struct session *s, const struct pdu *pdu)
{
    static const uint32_t answers[] = { BIND_TRANSCEIVER_RESP, BIND_TRANSMITTER_RESP,
                                        BIND_RECEIVER_RESP };

    if (pdu->status != ESME_ROK) {
        bind_refused(s, pdu);
        return;
    }
    if (is_strict(s) &&
        (pdu->command_id != answers[s->o.role] || pdu->sequence != s->bind_sequence)) {
        session_end(s, SESSION_LOST, "an answer to another bind than ours");
        return;
    }
    s->bound_us = s->answered_us = clock_monotonic_us();
    session_enter(s, SESSION_BOUND, NULL);
    s->o.owner->on_bound(s->o.arg, s);
}

/* The answer to a submit, by its own response or by a generic_nack. */
static void answer(struct session *s, struct window_slot *slot, uint32_t status,
                   const char *message_id)
{
    uint64_t token = slot->token;

    window_remove(&s->window, slot);
    s->answered_us = s->heard_us;
    s->useful = true;
    metric_add(&s->o.counters->outstanding, -1);
    metric_add(&s->o.counters->answered[status_policies_find(s->o.policies, status).class], 1);
    s->o.owner->on_result(s->o.arg, s, token, SMPP_ANSWERED, status, message_id);
    s->o.owner->on_room(s->o.arg, s);
    session_settle(s);
}

/* What waits for this sequence number. A submit that is not yet written has not been answered,
 * whatever the carrier says. */
static struct window_slot *asked(struct session *s, const struct pdu *pdu)
{
    struct window_slot *slot = window_find(&s->window, pdu->sequence);

    return slot && slot->offset < session_bytes_written(s) ? slot : NULL;
}

/* To one that was given up; to nothing at all. */
static void answer_late(struct session *s, const struct pdu *pdu, uint32_t status,
                        const char *message_id)
{
    uint64_t token;

    if (!late_take(&s->late, pdu->sequence, &token)) {
        stray(s, pdu);
        return;
    }
    s->answered_us = s->heard_us;
    metric_add(&s->o.counters->late, 1);
    s->o.owner->on_result(s->o.arg, s, token, SMPP_LATE, status, message_id);
}

static void on_submit_resp(struct session *s, const struct pdu *pdu)
{
    char message_id[PDU_FIELD_SIZE];
    struct window_slot *slot = asked(s, pdu);

    pdu_read_text(pdu, message_id, sizeof(message_id));
    if (slot)
        answer(s, slot, pdu->status, message_id);
    else
        answer_late(s, pdu, pdu->status, message_id);
}

static void on_generic_nack(struct session *s, const struct pdu *pdu)
{
    struct window_slot *slot = asked(s, pdu);
    uint32_t status = pdu->status ? pdu->status : ESME_RUNKNOWNERR;

    if (s->state == SESSION_BINDING)
        bind_refused(s, pdu);
    else if (slot)
        answer(s, slot, status, "");
    else
        answer_late(s, pdu, status, "");
}

static void on_deliver(struct session *s, const struct pdu *pdu)
{
    struct pdu_deliver d;

    if (s->state == SESSION_UNBINDING) {
        if (s->farewell != FAREWELL_WAITING)
            return; /* unanswered, so the carrier delivers it again */
        if (s->window.used == 0) {
            session_put_simple(s, DELIVER_SM_RESP, ESME_RX_T_APPN, pdu->sequence);
            return; /* else a busy carrier would keep us from ever leaving */
        }
    }
    if (pdu_read_deliver(pdu, &d)) {
        metric_add(&s->o.counters->unreadable, 1);
        session_warn_pdu(s, pdu, "deliver=unreadable");
        session_put_simple(s, DELIVER_SM_RESP, ESME_RX_P_APPN, pdu->sequence);
        return;
    }
    if (d.text_cut)
        session_warn_pdu(s, pdu, "deliver=cut_short");
    s->useful = true;
    s->unacked++;
    s->o.owner->on_deliver(s->o.arg, s, &d, pdu->sequence);
}

static void on_enquire_link(struct session *s, const struct pdu *pdu)
{
    session_put_simple(s, ENQUIRE_LINK_RESP, ESME_ROK, pdu->sequence);
}

static void on_unbind(struct session *s, const struct pdu *pdu)
{
    s->peer_unbinds = true;
    s->peer_unbind_sequence = pdu->sequence;
    if (s->state == SESSION_BOUND) {
        session_leave(s, "the carrier unbinds");
    } else if (s->state == SESSION_BINDING || s->farewell == FAREWELL_SAID) {
        if (s->state == SESSION_BINDING) {
            snprintf(s->why, sizeof(s->why), "the carrier unbinds");
            session_enter(s, SESSION_UNBINDING, s->why);
        }
        session_say_farewell(s);
    }
}

static void on_unbind_resp(struct session *s, const struct pdu *pdu)
{
    if (s->farewell == FAREWELL_SAID)
        session_end(s, SESSION_LOST, s->why);
    else
        stray(s, pdu);
}

/* Nothing to do: that it came is enough, and alert_notification has no response. */
static void on_heard(struct session *s, const struct pdu *pdu)
{
    (void)s;
    (void)pdu;
}

#define IN(state) (1u << (state))
#define OPEN      (IN(SESSION_BOUND) | IN(SESSION_UNBINDING))

static const struct {
    uint32_t command_id;
    unsigned valid_in; /* states */
    void (*handle)(struct session *, const struct pdu *);
} handlers[] = {
    { SUBMIT_SM_RESP, OPEN, on_submit_resp },
    { DELIVER_SM, OPEN, on_deliver },
    { ENQUIRE_LINK, OPEN | IN(SESSION_BINDING), on_enquire_link },
    { ENQUIRE_LINK_RESP, OPEN, on_heard },
    { ALERT_NOTIFICATION, OPEN, on_heard },
    { BIND_TRANSCEIVER_RESP, IN(SESSION_BINDING), on_bind_resp },
    { BIND_TRANSMITTER_RESP, IN(SESSION_BINDING), on_bind_resp },
    { BIND_RECEIVER_RESP, IN(SESSION_BINDING), on_bind_resp },
    { UNBIND, OPEN | IN(SESSION_BINDING), on_unbind },
    { UNBIND_RESP, IN(SESSION_UNBINDING), on_unbind_resp },
    { GENERIC_NACK, OPEN | IN(SESSION_BINDING), on_generic_nack },
};

/* true: it was one, and is answered. */
static bool answers_violation(struct session *s, const struct pdu *pdu)
{
    char said[64];
    const char *what;
    uint32_t status;

    if (!is_strict(s) || pdu->command_id & RESPONSE)
        return false;
    status = pdu_violation(pdu, &what);
    if (!status)
        return false;
    snprintf(said, sizeof(said), "violation=%s answer=0x%08" PRIx32, what, status);
    session_put_simple(s, pdu->command_id == DELIVER_SM ? DELIVER_SM_RESP : GENERIC_NACK, status,
                       pdu->sequence);
    nonsense(s, pdu, said);
    return true;
}

static void dispatch(struct session *s, const struct pdu *pdu)
{
    uint32_t status = ESME_RINVCMDID;

    if (answers_violation(s, pdu))
        return;
    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        if (handlers[i].command_id != pdu->command_id)
            continue;
        if (handlers[i].valid_in & IN(s->state)) {
            handlers[i].handle(s, pdu);
            return;
        }
        status = ESME_RINVBNDSTS;
        break;
    }
    /* A response is never answered: two sides doing that would never stop. */
    if (pdu->command_id & RESPONSE) {
        stray(s, pdu);
        return;
    }
    session_put_simple(s, GENERIC_NACK, status, pdu->sequence);
    nonsense(s, pdu, status == ESME_RINVCMDID ? "command=unknown" : "command=untimely");
}

static void broken_frame(struct session *s, const struct pdu *pdu)
{
    session_warn_pdu(s, pdu, "frame=broken");
    session_put_simple(s, GENERIC_NACK, ESME_RINVCMDLEN, pdu->sequence);
    snprintf(s->why, sizeof(s->why), "broken PDU, length %" PRIu32, pdu->length);
    session_enter(s, SESSION_UNBINDING, s->why);
    session_flush_and_end(s);
}

bool session_may_read(const struct session *s)
{
    return s->bev && !s->paused &&
           !(s->state == SESSION_UNBINDING && s->farewell == FAREWELL_FLUSH);
}

void session_read(struct session *s)
{
    struct evbuffer *input = bufferevent_get_input(s->bev);
    size_t len = evbuffer_get_length(input), used = 0;
    /* Bounded: the read watermark is one PDU and one read. */
    const uint8_t *data = evbuffer_pullup(input, -1);
    struct pdu pdu;
    int64_t now = clock_monotonic_us();

    while (used < len && session_may_read(s)) {
        enum pdu_frame frame = pdu_take(data + used, len - used, &pdu);
        if (frame == PDU_PARTIAL)
            break;
        if (frame == PDU_BROKEN) {
            broken_frame(s, &pdu);
            return;
        }
        used += pdu.length;
        s->heard_us = now;
        s->enquiring = false;
        dispatch(s, &pdu);
        if (s->state == SESSION_CLOSED)
            return; /* and the buffer is gone */
        session_update_pause(s);
    }
    evbuffer_drain(input, used);
}
