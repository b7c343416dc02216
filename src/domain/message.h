/*
 * message.h - the life of one outgoing message.
 *
 * Every move is a row of a table. The rule above all: a promotion that may have reached a carrier
 * is never sent again; it returns to the queue only when the carrier refused it for now in so many
 * words, or when it provably never left our buffer.
 */
#pragma once

#include "domain/types.h"

/* Names are those of message.state in the database. */
enum message_state {
    MESSAGE_QUEUED,
    MESSAGE_SUBMITTING, /* claimed: it may be on the wire */
    MESSAGE_ACCEPTED,   /* the carrier has it */
    MESSAGE_DELIVERED,
    MESSAGE_FAILED,
    MESSAGE_EXPIRED,
    MESSAGE_UNKNOWN, /* written and never answered: nobody knows whether the carrier has it */
    MESSAGE_HELD,
    MESSAGE_CANCELLED,
    MESSAGE_STATE_COUNT
};
const char *message_state_name(enum message_state s);
enum rc message_state_parse(const char *name, enum message_state *s) MUST_CHECK;

enum message_event {
    MESSAGE_ON_CLAIMED,
    MESSAGE_ON_OUT_OF_TIME, /* expires_at came before it was sent */
    MESSAGE_ON_CANCELLED,   /* by an operator, or it lost its right to be sent */
    MESSAGE_ON_HELD,
    MESSAGE_ON_RELEASED,
    MESSAGE_ON_RETRIED, /* by an operator, where message_order.h allows it */

    MESSAGE_ON_TAKEN,     /* submit_sm_resp: the carrier accepted it */
    MESSAGE_ON_REFUSED,   /* submit_sm_resp: for good */
    MESSAGE_ON_PUT_BACK,  /* refused for now, or it never left our buffer */
    MESSAGE_ON_NO_ANSWER, /* written; link lost, time over, or we crashed */

    MESSAGE_ON_PROGRESS, /* a receipt that is not final: it proves that the carrier has it */
    MESSAGE_ON_DELIVERED,
    MESSAGE_ON_UNDELIVERED,
    MESSAGE_ON_EXPIRED_AT_CARRIER,
    MESSAGE_EVENT_COUNT
};

/* RC_CONFLICT: no such move (a receipt that comes twice, or after the end); *to is untouched. */
enum rc message_step(enum message_class class, enum message_state from, enum message_event event,
                     enum message_state *to) MUST_CHECK;

/*
 * The user_message_reference of a part (from 0): 16 bits, so unique enough to tell the few messages
 * of some days to one handset apart (SMPP 3.4, 5.3.2.17). Never 0.
 */
uint16_t message_reference(uint64_t message_id, unsigned part);
