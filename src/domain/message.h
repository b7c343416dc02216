/*
 * message.h - the life of one outgoing message, and what a carrier's answers mean for it.
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

    MESSAGE_ON_TAKEN,           /* submit_sm_resp: the carrier accepted it */
    MESSAGE_ON_REFUSED,         /* submit_sm_resp: for good */
    MESSAGE_ON_REFUSED_FOR_NOW, /* submit_sm_resp: throttled or a temporary fault */
    MESSAGE_ON_NOT_WRITTEN,     /* link lost, but it never left our buffer */
    MESSAGE_ON_NO_ANSWER,       /* written; link lost, time over, or we crashed */
    MESSAGE_ON_SETTLED_UNSENT,  /* unknown, and no receipt came while settling */

    MESSAGE_ON_PROGRESS, /* a receipt that is not final: it proves that the carrier has it */
    MESSAGE_ON_DELIVERED,
    MESSAGE_ON_UNDELIVERED,
    MESSAGE_ON_EXPIRED_AT_CARRIER,
    MESSAGE_EVENT_COUNT
};

/* RC_CONFLICT: no such move (a receipt that comes twice, or after the end); *to is untouched. */
enum rc message_step(enum message_class class, enum message_state from, enum message_event event,
                     enum message_state *to) MUST_CHECK;
/* Nothing moves it any more. */
bool message_state_is_final(enum message_state s);

/* --- submit_sm_resp (SMPP 3.4, 5.1.3) --- */

enum submit_verdict {
    SUBMIT_ACCEPTED,
    SUBMIT_THROTTLED, /* the carrier is fine, we are too fast: slow the whole carrier, order kept */
    SUBMIT_TEMPORARY, /* try this message again later, a limited number of times */
    SUBMIT_PERMANENT,
};

/* An unknown or vendor status is temporary: carriers invent them, and most pass. */
enum submit_verdict message_submit_verdict(uint32_t command_status);

/* --- receipts --- */

enum receipt_verdict {
    RECEIPT_PROGRESS, /* on its way, or the carrier cannot tell */
    RECEIPT_DELIVERED,
    RECEIPT_FAILED,
    RECEIPT_EXPIRED,
};

/* From the text of a receipt, "DELIVRD" (SMPP 3.4, appendix B), in any case. RC_INVALID: not one of
 * them. */
enum rc receipt_verdict_from_stat(const char *stat, enum receipt_verdict *v) MUST_CHECK;
/* From the TLV message_state (SMPP 3.4, 5.2.28). */
enum rc receipt_verdict_from_state(unsigned message_state, enum receipt_verdict *v) MUST_CHECK;
enum message_event receipt_event(enum receipt_verdict v);
