/* gateway_answer.c - what the carriers say of our messages, and what follows from it. */
#include <stdio.h>
#include <string.h>

#include "flow/gateway_private.h"
#include "flow/inbox.h"

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
        .whole = f->message->parts == 1,
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
    recorder_add(g->recorder, &e);
}

static void end_flight(struct gateway *g, struct flight *f)
{
    struct outbox_slice_key key;

    if (flight_end(g->flights, f, &key))
        recorder_close_slice(g->recorder, &key);
}

static void requeue(struct gateway *g, const struct flight *f, int64_t delay_us, const char *why)
{
    struct outbox_event e;

    fill_event(&e, f, OUTBOX_REQUEUED, 0, 0, why);
    e.due_at = e.at + delay_us;
    recorder_add(g->recorder, &e);
}

static int64_t retry_delay(const struct gateway *g, unsigned attempts)
{
    int64_t delay = g->settings->retry_ms * USEC_PER_MSEC;

    for (unsigned i = 1; i < attempts && delay < RETRY_MAX_US; i++)
        delay *= 2;
    return delay < RETRY_MAX_US ? delay : RETRY_MAX_US;
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
    unsigned attempts = f->message->attempts;

    if (again && !f->accepted && !f->refused && !f->unknown) {
        if (attempts >= TRIES_MAX ||
            (f->put_off && attempts >= (unsigned)g->settings->attempts_max))
            fail_parts(g, f, again, "too_many_attempts");
        else if (f->put_off)
            requeue(g, f, retry_delay(g, attempts), "put_off");
        else
            requeue(g, f, 0, "unsent");
    } else if (f->unsent && !f->refused && g->state != GATEWAY_STOPPING &&
               f->message->expires_at > clock_now()) {
        f->waiting |= f->unsent;
        f->unsent = 0;
        gateway_make_ready(g, f, false);
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
    uint32_t parts = flight_parts(f, part);
    struct outbox_event e;

    f->accepted |= parts;
    pace_accepted(&c->pace, clock_monotonic_us());
    receipt_index_add(g->index, c->id, message_id, f->message->id, part);
    for (unsigned i = 0; i < f->message->parts; i++) {
        if (!(parts & 1u << i))
            continue;
        fill_event(&e, f, OUTBOX_ACCEPTED, i, 0, "");
        snprintf(e.smsc_message_id, sizeof(e.smsc_message_id), "%s", message_id);
        recorder_add(g->recorder, &e);
    }
}

static void on_answer(struct gateway_carrier *c, struct flight *f, unsigned part, uint32_t status,
                      const char *message_id)
{
    struct gateway *g = c->gateway;

    switch (smpp_carrier_status_policy(c->smpp, status).class) {
    case SMPP_STATUS_OK:
        on_accepted(c, f, part, message_id);
        break;
    case SMPP_STATUS_THROTTLED:
        pace_throttled(&c->pace, clock_monotonic_us());
        if (++f->throttled > THROTTLED_MAX) {
            f->put_off |= flight_parts(f, part);
        } else {
            f->waiting |= flight_parts(f, part);
            gateway_make_ready(g, f, true);
        }
        break;
    case SMPP_STATUS_TEMPORARY:
        f->put_off |= flight_parts(f, part);
        break;
    case SMPP_STATUS_PERMANENT:
        f->refused |= flight_parts(f, part);
        gateway_record(g, f, OUTBOX_REFUSED, part, status, smpp_status_name(status));
        break;
    }
}

static void on_unknown(struct gateway *g, struct flight *f, unsigned part)
{
    struct outbox_event e;

    f->unknown |= flight_parts(f, part);
    fill_event(&e, f, OUTBOX_UNKNOWN, part, 0, "no_answer");
    e.due_at = e.at + g->settings->settle_ms * USEC_PER_MSEC;
    recorder_add(g->recorder, &e);
}

static void on_result(void *arg, struct smpp_carrier *carrier, uint64_t token,
                      enum smpp_outcome outcome, uint32_t status, const char *message_id)
{
    struct gateway_carrier *c = arg;
    struct gateway *g = c->gateway;
    unsigned part;
    struct flight *f = flight_find(g->flights, token, &part);

    (void)carrier;
    if (!f || outcome == SMPP_LATE)
        return;
    f->parts_out--;
    switch (outcome) {
    case SMPP_ANSWERED:
        on_answer(c, f, part, status, message_id);
        break;
    case SMPP_UNSENT:
        f->unsent |= flight_parts(f, part);
        break;
    case SMPP_UNKNOWN:
        on_unknown(g, f, part);
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

static void on_receipt(void *arg, struct smpp_carrier *carrier, const struct smpp_receipt *receipt,
                       struct smpp_ack ack)
{
    struct gateway_carrier *c = arg;
    struct gateway *g = c->gateway;
    struct outbox_event e = {
        .kind = receipt_kind(receipt->state),
        .carrier_id = c->id,
        .code = receipt->code,
        .at = clock_now(),
    };
    const char *id = receipt->message_id;

    if (recorder_backlog(g->recorder) > BACKLOG_MAX) { /* the database is away: later, then */
        smpp_carrier_ack(carrier, ack, SMPP_STATUS_RX_T_APPN);
        return;
    }
    if (!receipt_index_find(g->index, c->id, receipt->message_id, &e.message_id, &e.part) &&
        receipt->other_id[0] &&
        receipt_index_find(g->index, c->id, receipt->other_id, &e.message_id, &e.part))
        id = receipt->other_id;
    snprintf(e.smsc_message_id, sizeof(e.smsc_message_id), "%s", id);
    snprintf(e.detail, sizeof(e.detail), "%s", smpp_receipt_state_name(receipt->state));
    recorder_add_receipt(g->recorder, &e, carrier, ack);
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
    c->gateway->look = true;
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
