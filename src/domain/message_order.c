/* message_order.c - may it be held, released, tried again, cancelled? */
#include "domain/message_order.h"

#include <stddef.h>

static const struct {
    const char *verb, *participle;
    enum message_event event;
} orders[ORDER_COUNT] = {
    [ORDER_HOLD] = { "hold", "held", MESSAGE_ON_HELD },
    [ORDER_RELEASE] = { "release", "released", MESSAGE_ON_RELEASED },
    [ORDER_RETRY] = { "retry", "tried again", MESSAGE_ON_RETRIED },
    [ORDER_CANCEL] = { "cancel", "cancelled", MESSAGE_ON_CANCELLED },
};

const char *message_order_verb(enum message_order order)
{
    return orders[order].verb;
}

const char *message_order_participle(enum message_order order)
{
    return orders[order].participle;
}

/* Why a message in this state does not take an order that needs another. */
static const char *state_bar(enum message_order order, const struct message_facts *f)
{
    switch (f->state) {
    case MESSAGE_QUEUED:
        return order == ORDER_RELEASE ? "nobody holds it; it is in the queue"
                                      : "it is in the queue already, and its time has come";
    case MESSAGE_SUBMITTING:
        return "it is being sent right now, and a carrier may have it";
    case MESSAGE_ACCEPTED:
        return "a carrier has it";
    case MESSAGE_DELIVERED:
        return "the handset has it";
    case MESSAGE_UNKNOWN:
        return order == ORDER_RETRY ? "it may have reached a carrier, and a promotion is never "
                                      "sent twice"
                                    : "nobody knows whether a carrier has it";
    case MESSAGE_HELD:
        return order == ORDER_RETRY ? "it is held; release it" : "it is held already";
    case MESSAGE_FAILED:
    case MESSAGE_EXPIRED:
    case MESSAGE_CANCELLED:
        return order == ORDER_RELEASE ? "it is not held; retry queues it again"
                                      : "it has ended, and nothing of it will be sent";
    case MESSAGE_STATE_COUNT:
        break;
    }
    return "its state is not known";
}

static const char *retry_bar(const struct message_facts *f)
{
    if (f->ever_accepted)
        return "a carrier took it, or a part of it: send another message instead";
    if (f->ever_unknown && f->class == CLASS_PROMO)
        return "it may have reached a carrier, and a promotion is never sent twice";
    if (f->in_flight)
        return "its last answers are not all recorded yet; ask again in a moment";
    return NULL;
}

const char *message_order_bar(enum message_order order, const struct message_facts *f)
{
    bool queues = order == ORDER_RELEASE || order == ORDER_RETRY;
    enum message_state to;

    /* Its time is moved; its state stays. */
    if (order == ORDER_RETRY && f->state == MESSAGE_QUEUED && f->put_off)
        return NULL;
    /* On its way to the wire it may still be cancelled, but by the gateway only. */
    if (f->state == MESSAGE_SUBMITTING ||
        message_step(f->class, f->state, orders[order].event, &to))
        return state_bar(order, f);
    if (queues && f->campaign_cancelled)
        return "its campaign was cancelled";
    if (queues && f->campaign_closed)
        return "its campaign is so old that it was counted for the last time";
    return order == ORDER_RETRY ? retry_bar(f) : NULL;
}
