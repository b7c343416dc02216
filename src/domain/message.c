/*
 * message.c - every move a message can make is one row of a table.
 *
 * A pair that is not here changes nothing. The store makes these moves for whole batches at once by
 * set-wise SQL (store/outbox_record.c); a test holds that SQL to this table, pair by pair.
 */
#include "domain/message.h"

#include <string.h>

#define PARTS_APART  16 /* more than the parts of a message */
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const state_names[MESSAGE_STATE_COUNT] = {
    [MESSAGE_QUEUED] = "queued",       [MESSAGE_SUBMITTING] = "submitting",
    [MESSAGE_ACCEPTED] = "accepted",   [MESSAGE_DELIVERED] = "delivered",
    [MESSAGE_FAILED] = "failed",       [MESSAGE_EXPIRED] = "expired",
    [MESSAGE_UNKNOWN] = "unknown",     [MESSAGE_HELD] = "held",
    [MESSAGE_CANCELLED] = "cancelled",
};

const char *message_state_name(enum message_state s)
{
    return state_names[s];
}

enum rc message_state_parse(const char *name, enum message_state *s)
{
    for (size_t i = 0; i < COUNT(state_names); i++) {
        if (strcmp(name, state_names[i]) == 0) {
            *s = (enum message_state)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

enum who { ANY, NOT_PROMO };

static const struct move {
    enum message_state from;
    enum message_event on;
    enum message_state to;
    enum who who;
} moves[] = {
    /* before the wire */
    { MESSAGE_QUEUED, MESSAGE_ON_CLAIMED, MESSAGE_SUBMITTING, ANY },
    { MESSAGE_QUEUED, MESSAGE_ON_OUT_OF_TIME, MESSAGE_EXPIRED, ANY },
    { MESSAGE_QUEUED, MESSAGE_ON_CANCELLED, MESSAGE_CANCELLED, ANY },
    { MESSAGE_QUEUED, MESSAGE_ON_HELD, MESSAGE_HELD, ANY },
    { MESSAGE_HELD, MESSAGE_ON_RELEASED, MESSAGE_QUEUED, ANY },
    { MESSAGE_HELD, MESSAGE_ON_OUT_OF_TIME, MESSAGE_EXPIRED, ANY },
    { MESSAGE_HELD, MESSAGE_ON_CANCELLED, MESSAGE_CANCELLED, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_CLAIMED, MESSAGE_SUBMITTING, NOT_PROMO },
    { MESSAGE_SUBMITTING, MESSAGE_ON_CANCELLED, MESSAGE_CANCELLED, ANY }, /* STOP before the wire */
    { MESSAGE_FAILED, MESSAGE_ON_RETRIED, MESSAGE_QUEUED, ANY },
    { MESSAGE_EXPIRED, MESSAGE_ON_RETRIED, MESSAGE_QUEUED, ANY },
    { MESSAGE_CANCELLED, MESSAGE_ON_RETRIED, MESSAGE_QUEUED, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_RETRIED, MESSAGE_QUEUED, NOT_PROMO },

    /* the answer to the submit, or its absence */
    { MESSAGE_SUBMITTING, MESSAGE_ON_TAKEN, MESSAGE_ACCEPTED, ANY },
    { MESSAGE_SUBMITTING, MESSAGE_ON_REFUSED, MESSAGE_FAILED, ANY },
    { MESSAGE_SUBMITTING, MESSAGE_ON_PUT_BACK, MESSAGE_QUEUED, ANY },
    { MESSAGE_SUBMITTING, MESSAGE_ON_NO_ANSWER, MESSAGE_UNKNOWN, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_NO_ANSWER, MESSAGE_UNKNOWN, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_TAKEN, MESSAGE_ACCEPTED, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_REFUSED, MESSAGE_FAILED, ANY },
    { MESSAGE_ACCEPTED, MESSAGE_ON_REFUSED, MESSAGE_FAILED, ANY }, /* another part of it */

    /* receipts; one may overtake the answer to the submit, or be the only answer there is */
    { MESSAGE_SUBMITTING, MESSAGE_ON_PROGRESS, MESSAGE_ACCEPTED, ANY },
    { MESSAGE_SUBMITTING, MESSAGE_ON_UNDELIVERED, MESSAGE_FAILED, ANY },
    { MESSAGE_SUBMITTING, MESSAGE_ON_EXPIRED_AT_CARRIER, MESSAGE_EXPIRED, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_PROGRESS, MESSAGE_ACCEPTED, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_UNDELIVERED, MESSAGE_FAILED, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_EXPIRED_AT_CARRIER, MESSAGE_EXPIRED, ANY },
    { MESSAGE_ACCEPTED, MESSAGE_ON_UNDELIVERED, MESSAGE_FAILED, ANY },
    { MESSAGE_ACCEPTED, MESSAGE_ON_EXPIRED_AT_CARRIER, MESSAGE_EXPIRED, ANY },

    /* that the handset has it is always believed */
    { MESSAGE_QUEUED, MESSAGE_ON_DELIVERED, MESSAGE_DELIVERED, ANY },
    { MESSAGE_SUBMITTING, MESSAGE_ON_DELIVERED, MESSAGE_DELIVERED, ANY },
    { MESSAGE_ACCEPTED, MESSAGE_ON_DELIVERED, MESSAGE_DELIVERED, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_DELIVERED, MESSAGE_DELIVERED, ANY },
    { MESSAGE_FAILED, MESSAGE_ON_DELIVERED, MESSAGE_DELIVERED, ANY },
    { MESSAGE_EXPIRED, MESSAGE_ON_DELIVERED, MESSAGE_DELIVERED, ANY },
    { MESSAGE_HELD, MESSAGE_ON_DELIVERED, MESSAGE_DELIVERED, ANY },
    { MESSAGE_CANCELLED, MESSAGE_ON_DELIVERED, MESSAGE_DELIVERED, ANY },
};

enum rc message_step(enum message_class class, enum message_state from, enum message_event event,
                     enum message_state *to)
{
    for (const struct move *m = moves; m < moves + COUNT(moves); m++) {
        if (m->from == from && m->on == event && (m->who == ANY || class != CLASS_PROMO)) {
            *to = m->to;
            return RC_OK;
        }
    }
    return RC_CONFLICT;
}

/* Ids are consecutive within a second and jump by 2^20 from one second to the next (the time is in
 * their upper bits), so both halves are mixed in. */
uint16_t message_reference(uint64_t message_id, unsigned part)
{
    uint64_t mixed = (message_id ^ message_id >> 20 ^ message_id >> 36) * PARTS_APART + part;

    return (uint16_t)(mixed % UINT16_MAX + 1);
}
