/* gateway_answer.c - what the carriers say of our messages, and what follows from it. */
#include <stdio.h>
#include <string.h>

#include "domain/message.h"
#include "flow/gateway_private.h"
#include "flow/inbox.h"
#include "flow/late_index.h"

#define LOG_PART "gateway"
#include "base/log.h"

#define RETRY_MAX_US  (15 * 60 * USEC_PER_SEC)
#define THROTTLED_MAX 20 /* answers to one message; many carriers mean the handset by it */
#define BACKLOG_MAX   100000
#define TRIES_MAX     200 /* of any kind, so that a link that flaps for days ends somewhere */

static void fill_event(struct outbox_event *e, const struct flight *f, enum outbox_event_kind kind,
                       unsigned part, uint32_t code, const char *detail)
{
    *e = (struct outbox_event){
        .message_id = f->message->id,
        .single = f->message->parts == 1,
        .kind = kind,
        .part = part,
        .carrier_id = f->carrier ? f->carrier->id : 0,
        .code = code,
        .at = clock_now(),
    };
    snprintf(e->detail, sizeof(e->detail), "%s", detail);
}

void gateway_record(struct gateway *g, const struct flight *f, enum outbox_event_kind kind,
                    unsigned part, uint32_t code, const char *detail)
{
    struct outbox_event e;

    fill_event(&e, f, kind, part, code, detail);
    recorder_add(g->answers, &e);
}

static void end_flight(struct gateway *g, struct flight *f)
{
    struct outbox_slice_key key;

    if (flight_end(g->flights, f, &key))
        recorder_close_slice(g->answers, &key);
}

static void requeue(struct gateway *g, const struct flight *f, int64_t delay_us, const char *why)
{
    struct outbox_event e;

    fill_event(&e, f, OUTBOX_REQUEUED, 0, 0, why);
    e.due_at = e.at + delay_us;
    recorder_add(g->answers, &e);
}

/* What the carrier's settings say of the status, or what sms.retry says, doubled each time. */
static int64_t retry_delay(const struct gateway *g, const struct flight *f)
{
    int64_t delay = (f->retry_ms ? f->retry_ms : g->settings->retry_ms) * USEC_PER_MSEC;

    if (f->retry_ms)
        return delay;
    for (unsigned i = 0; i < f->message->put_offs && delay < RETRY_MAX_US; i++)
        delay *= 2;
    return delay < RETRY_MAX_US ? delay : RETRY_MAX_US;
}

static bool tried_enough(const struct gateway *g, const struct flight *f)
{
    unsigned most = f->tries_max ? f->tries_max : (unsigned)g->settings->attempts_max;

    /* What only never left our buffer was refused by nobody. */
    return f->message->attempts >= TRIES_MAX || (f->put_off && f->message->put_offs + 1 >= most);
}

static void fail_parts(struct gateway *g, const struct flight *f, uint32_t mask, const char *why)
{
    for (unsigned part = 0; part < f->message->parts; part++) {
        if (mask & 1u << part)
            gateway_record(g, f, OUTBOX_REFUSED, part, 0, why);
    }
}

/*
 * Parts that never left, or that the carrier put off, may go again without a double. When no part
 * of the message reached the carrier the whole message goes back to the queue; when some did, parts
 * that never left go again from here, and a part put off fails the message rather than repeat it.
 */
void gateway_land(struct gateway *g, struct flight *f)
{
    uint32_t again = f->unsent | f->put_off;

    if (again && !f->accepted && !f->refused && !f->unknown) {
        if (tried_enough(g, f))
            fail_parts(g, f, again, "too_many_attempts");
        else if (f->put_off)
            requeue(g, f, retry_delay(g, f), "put_off");
        else
            requeue(g, f, 0, "unsent");
    } else if (f->unsent && !f->refused && g->state != GATEWAY_STOPPING &&
               f->message->expires_at > clock_now()) {
        f->waiting |= f->unsent;
        f->unsent = 0;
        gateway_make_ready(g, f, true);
        return;
    } else if (again && !f->refused) {
        fail_parts(g, f, again, "part_not_taken");
    }
    end_flight(g, f);
}

static void on_accepted(struct gateway_carrier *c, struct flight *f, unsigned part,
                        const char *message_id)
{
    struct gateway *g = c->gateway;
    const struct receipt_target target = { .message_id = f->message->id,
                                           .part = (uint8_t)part,
                                           .single = f->message->parts == 1 };
    struct outbox_event e;

    f->accepted |= flight_mask(f, part);
    pace_accepted(&c->pace, clock_monotonic_us());
    fill_event(&e, f, OUTBOX_ACCEPTED, part, 0, "");
    snprintf(e.smsc_message_id, sizeof(e.smsc_message_id), "%s", message_id);
    receipt_index_add(g->index, c->id, message_id, &target);
    recorder_add(g->answers, &e);
    recorder_count(g->answers, g->day, c->id, f->message->sender, 1);
}

/* So many answers like this one suppress the number; 0: this one says nothing of it. */
static unsigned suppress_after(const struct gateway *g, enum smpp_subscriber said)
{
    switch (said) {
    case SMPP_SUBSCRIBER_FINE:
        break;
    case SMPP_SUBSCRIBER_ABSENT:
        return (unsigned)g->settings->suppress_absent;
    case SMPP_SUBSCRIBER_NONE:
        return (unsigned)g->settings->suppress_unknown;
    }
    return 0;
}

static void on_refused(struct gateway_carrier *c, struct flight *f, unsigned part, uint32_t status)
{
    struct gateway *g = c->gateway;
    struct outbox_event e;

    f->refused |= flight_mask(f, part);
    fill_event(&e, f, OUTBOX_REFUSED, part, status, smpp_status_name(status));
    e.suppress_after = suppress_after(g, smpp_carrier_status_subscriber(c->smpp, status));
    recorder_add(g->answers, &e);
}

static void on_put_off(struct flight *f, uint32_t mask, const struct smpp_status_policy *policy)
{
    f->put_off |= mask;
    f->retry_ms = policy->retry_ms;
    f->tries_max = policy->tries;
}

static void on_answer(struct gateway_carrier *c, struct flight *f, unsigned part, uint32_t status,
                      const char *message_id)
{
    const struct smpp_status_policy policy = smpp_carrier_status_policy(c->smpp, status);
    uint32_t mask = flight_mask(f, part);
    struct gateway *g = c->gateway;

    switch (policy.class) {
    case SMPP_STATUS_OK:
        on_accepted(c, f, part, message_id);
        break;
    case SMPP_STATUS_THROTTLED:
        pace_throttled(&c->pace, clock_monotonic_us());
        if (++f->throttled > THROTTLED_MAX) {
            on_put_off(f, mask, &policy);
        } else {
            f->waiting |= mask;
            gateway_make_ready(g, f, true);
        }
        break;
    case SMPP_STATUS_TEMPORARY:
        on_put_off(f, mask, &policy);
        break;
    case SMPP_STATUS_PERMANENT:
        on_refused(c, f, part, status);
        break;
    }
}

static void on_unknown(struct gateway *g, struct flight *f, uint64_t token, unsigned part)
{
    const struct late_part late = { .token = token,
                                    .message_id = f->message->id,
                                    .part = (uint8_t)part };
    struct outbox_event e;

    f->unknown |= flight_mask(f, part);
    fill_event(&e, f, OUTBOX_UNKNOWN, part, 0, "no_answer");
    e.due_at = e.at + g->settings->settle_ms * USEC_PER_MSEC;
    e.reference = message_reference(e.message_id, part == OUTBOX_ALL_PARTS ? 0 : part);
    snprintf(e.address, sizeof(e.address), "%s", f->message->address);
    late_index_add(g->late, &late);
    recorder_add(g->answers, &e);
    recorder_look_for_strays(g->receipts);
}

/* The part was recorded as unknown; what the carrier says now is the truth. A late refusal for now
 * does not bring a promotion back: it stays unknown, and is not sent again. */
static void on_late(struct gateway_carrier *c, uint64_t token, uint32_t status,
                    const char *message_id)
{
    enum smpp_status_class class = smpp_carrier_status_policy(c->smpp, status).class;
    struct late_part part;
    struct outbox_event e = { .late = true, .carrier_id = c->id, .at = clock_now() };

    if (!late_index_take(c->gateway->late, token, &part) ||
        (class != SMPP_STATUS_OK && class != SMPP_STATUS_PERMANENT))
        return;
    e.message_id = part.message_id;
    e.part = part.part;
    e.kind = class == SMPP_STATUS_OK ? OUTBOX_ACCEPTED : OUTBOX_REFUSED;
    e.code = status;
    if (e.kind == OUTBOX_REFUSED)
        e.suppress_after =
            suppress_after(c->gateway, smpp_carrier_status_subscriber(c->smpp, status));
    snprintf(e.detail, sizeof(e.detail), "%s",
             class == SMPP_STATUS_OK ? "late" : smpp_status_name(status));
    snprintf(e.smsc_message_id, sizeof(e.smsc_message_id), "%s", message_id);
    recorder_add(c->gateway->answers, &e);
}

static void on_result(void *arg, struct smpp_carrier *carrier, uint64_t token,
                      enum smpp_outcome outcome, uint32_t status, const char *message_id)
{
    struct gateway_carrier *c = arg;
    struct gateway *g = c->gateway;
    unsigned part;
    struct flight *f;

    (void)carrier;
    if (outcome == SMPP_LATE) {
        on_late(c, token, status, message_id);
        return;
    }
    c->outstanding--;
    c->answered_at = clock_monotonic_us();
    f = flight_find(g->flights, token, &part);
    if (!f)
        return;
    f->parts_out--;
    if (outcome == SMPP_UNSENT || (outcome == SMPP_ANSWERED && status != SMPP_STATUS_ROK))
        gateway_not_taken(c, f);
    switch (outcome) {
    case SMPP_ANSWERED:
        on_answer(c, f, part, status, message_id);
        break;
    case SMPP_UNSENT:
        f->unsent |= flight_mask(f, part);
        break;
    case SMPP_UNKNOWN:
        on_unknown(g, f, token, part);
        break;
    case SMPP_LATE:
        break;
    }
    if (!f->parts_out && !f->waiting)
        gateway_land(g, f);
}

static enum outbox_event_kind receipt_kind(enum smpp_receipt_state state)
{
    switch (state) {
    case SMPP_RECEIPT_DELIVERED:
        return OUTBOX_DELIVERED;
    case SMPP_RECEIPT_EXPIRED:
        return OUTBOX_EXPIRED;
    case SMPP_RECEIPT_DELETED:
    case SMPP_RECEIPT_UNDELIVERABLE:
    case SMPP_RECEIPT_REJECTED:
        return OUTBOX_FAILED;
    case SMPP_RECEIPT_ENROUTE:
    case SMPP_RECEIPT_ACCEPTED: /* many carriers mean "on its way" by it */
    case SMPP_RECEIPT_UNKNOWN:
        break;
    }
    return OUTBOX_PROGRESS;
}

/* Handsets are E.164 with a plus in our rows; a carrier that does not say "international" leaves it
 * out. */
static void handset(const char *address, char out[OUTBOX_ADDRESS_SIZE])
{
    bool bare = address[0] >= '1' && address[0] <= '9';

    snprintf(out, OUTBOX_ADDRESS_SIZE, "%s%.64s", bare ? "+" : "", address);
}

static void on_receipt(void *arg, struct smpp_carrier *carrier, const struct smpp_receipt *receipt,
                       struct smpp_ack ack)
{
    struct gateway_carrier *c = arg;
    struct gateway *g = c->gateway;
    struct receipt_target target;
    struct outbox_event e = {
        .kind = receipt_kind(receipt->state),
        .carrier_id = c->id,
        .code = receipt->code,
        .at = clock_now(),
        .reference = receipt->reference,
        .whole_text = smpp_carrier_sends_whole(carrier),
        .suppress_after = suppress_after(g, smpp_carrier_receipt_subscriber(carrier, receipt)),
    };

    if (gateway_backlog(g) > BACKLOG_MAX) { /* the database is away: later, then */
        smpp_carrier_ack(carrier, ack, SMPP_STATUS_RX_T_APPN);
        return;
    }
    if (receipt_index_find(g->index, c->id, receipt->message_id, &target) ||
        (receipt->other_id[0] && receipt_index_find(g->index, c->id, receipt->other_id, &target))) {
        e.message_id = target.message_id;
        e.part = target.part;
        e.single = target.single;
        c->receipts++;
        c->echoes += receipt->reference != 0;
    } else {
        snprintf(e.smsc_message_id, sizeof(e.smsc_message_id), "%s", receipt->message_id);
        snprintf(e.other_id, sizeof(e.other_id), "%s", receipt->other_id);
        handset(receipt->address, e.address);
    }
    snprintf(e.detail, sizeof(e.detail), "%s", smpp_receipt_state_name(receipt->state));
    recorder_add_receipt(g->receipts, &e, carrier, ack);
}

static void on_inbound(void *arg, struct smpp_carrier *carrier, const struct smpp_inbound *inbound,
                       struct smpp_ack ack)
{
    struct gateway_carrier *c = arg;

    if (c->gateway->inbox)
        inbox_take(c->gateway->inbox, carrier, c->id, inbound, ack);
    else
        smpp_carrier_ack(carrier, ack, SMPP_STATUS_RX_T_APPN);
}

static void on_room(void *arg, struct smpp_carrier *carrier)
{
    struct gateway_carrier *c = arg;

    (void)carrier;
    gateway_pump(c->gateway);
}

static void on_state(void *arg, struct smpp_carrier *carrier, bool up, const char *text)
{
    struct gateway_carrier *c = arg;

    log_info("carrier=%s up=%s why=\"%s\"", smpp_carrier_name(carrier), up ? "yes" : "no", text);
    c->up = up;
    gateway_kick(c->gateway);
    gateway_pump(c->gateway);
}

static void on_stopped(void *arg, struct smpp_carrier *carrier)
{
    struct gateway_carrier *c = arg;

    (void)carrier;
    c->stopped = true;
    c->up = false;
    gateway_pump(c->gateway);
}

const struct smpp_events gateway_events = {
    .on_result = on_result,
    .on_receipt = on_receipt,
    .on_inbound = on_inbound,
    .on_room = on_room,
    .on_state = on_state,
    .on_stopped = on_stopped,
};
