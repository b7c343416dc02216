/*
 * message.c - every move a message can make is one row of a table.
 *
 * A pair that is not here is refused with RC_CONFLICT: a receipt that comes twice, or after the
 * end, changes nothing.
 */
#include "domain/message.h"

#include <string.h>
#include <strings.h>

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

    /* the answer to the submit, or its absence */
    { MESSAGE_SUBMITTING, MESSAGE_ON_TAKEN, MESSAGE_ACCEPTED, ANY },
    { MESSAGE_SUBMITTING, MESSAGE_ON_REFUSED, MESSAGE_FAILED, ANY },
    { MESSAGE_SUBMITTING, MESSAGE_ON_REFUSED_FOR_NOW, MESSAGE_QUEUED, ANY },
    { MESSAGE_SUBMITTING, MESSAGE_ON_NOT_WRITTEN, MESSAGE_QUEUED, ANY },
    { MESSAGE_SUBMITTING, MESSAGE_ON_NO_ANSWER, MESSAGE_UNKNOWN, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_SETTLED_UNSENT, MESSAGE_QUEUED, NOT_PROMO },

    /* receipts; one may overtake the answer to the submit, or be the only answer there is */
    { MESSAGE_SUBMITTING, MESSAGE_ON_PROGRESS, MESSAGE_ACCEPTED, ANY },
    { MESSAGE_SUBMITTING, MESSAGE_ON_DELIVERED, MESSAGE_DELIVERED, ANY },
    { MESSAGE_SUBMITTING, MESSAGE_ON_UNDELIVERED, MESSAGE_FAILED, ANY },
    { MESSAGE_SUBMITTING, MESSAGE_ON_EXPIRED_AT_CARRIER, MESSAGE_EXPIRED, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_PROGRESS, MESSAGE_ACCEPTED, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_DELIVERED, MESSAGE_DELIVERED, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_UNDELIVERED, MESSAGE_FAILED, ANY },
    { MESSAGE_UNKNOWN, MESSAGE_ON_EXPIRED_AT_CARRIER, MESSAGE_EXPIRED, ANY },
    { MESSAGE_ACCEPTED, MESSAGE_ON_DELIVERED, MESSAGE_DELIVERED, ANY },
    { MESSAGE_ACCEPTED, MESSAGE_ON_UNDELIVERED, MESSAGE_FAILED, ANY },
    { MESSAGE_ACCEPTED, MESSAGE_ON_EXPIRED_AT_CARRIER, MESSAGE_EXPIRED, ANY },
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

bool message_state_is_final(enum message_state s)
{
    for (const struct move *m = moves; m < moves + COUNT(moves); m++) {
        if (m->from == s)
            return false;
    }
    return true;
}

/* SMPP 3.4, 5.1.3. Those that can only mean that this very message is wrong are permanent. */
static const struct status {
    uint32_t code;
    enum submit_verdict verdict;
} statuses[] = {
    { 0x00, SUBMIT_ACCEPTED },  /* ESME_ROK */
    { 0x01, SUBMIT_PERMANENT }, /* ESME_RINVMSGLEN */
    { 0x02, SUBMIT_PERMANENT }, /* ESME_RINVCMDLEN */
    { 0x03, SUBMIT_PERMANENT }, /* ESME_RINVCMDID */
    { 0x04, SUBMIT_TEMPORARY }, /* ESME_RINVBNDSTS */
    { 0x05, SUBMIT_TEMPORARY }, /* ESME_RALYBND */
    { 0x06, SUBMIT_PERMANENT }, /* ESME_RINVPRTFLG */
    { 0x07, SUBMIT_PERMANENT }, /* ESME_RINVREGDLVFLG */
    { 0x08, SUBMIT_TEMPORARY }, /* ESME_RSYSERR */
    { 0x0a, SUBMIT_PERMANENT }, /* ESME_RINVSRCADR */
    { 0x0b, SUBMIT_PERMANENT }, /* ESME_RINVDSTADR */
    { 0x0c, SUBMIT_PERMANENT }, /* ESME_RINVMSGID */
    { 0x0d, SUBMIT_TEMPORARY }, /* ESME_RBINDFAIL */
    { 0x0e, SUBMIT_TEMPORARY }, /* ESME_RINVPASWD */
    { 0x0f, SUBMIT_TEMPORARY }, /* ESME_RINVSYSID */
    { 0x11, SUBMIT_TEMPORARY }, /* ESME_RCANCELFAIL */
    { 0x13, SUBMIT_TEMPORARY }, /* ESME_RREPLACEFAIL */
    { 0x14, SUBMIT_THROTTLED }, /* ESME_RMSGQFUL */
    { 0x15, SUBMIT_PERMANENT }, /* ESME_RINVSERTYP */
    { 0x33, SUBMIT_PERMANENT }, /* ESME_RINVNUMDESTS */
    { 0x34, SUBMIT_PERMANENT }, /* ESME_RINVDLNAME */
    { 0x40, SUBMIT_PERMANENT }, /* ESME_RINVDESTFLAG */
    { 0x42, SUBMIT_PERMANENT }, /* ESME_RINVSUBREP */
    { 0x43, SUBMIT_PERMANENT }, /* ESME_RINVESMCLASS */
    { 0x44, SUBMIT_PERMANENT }, /* ESME_RCNTSUBDL */
    { 0x45, SUBMIT_TEMPORARY }, /* ESME_RSUBMITFAIL */
    { 0x48, SUBMIT_PERMANENT }, /* ESME_RINVSRCTON */
    { 0x49, SUBMIT_PERMANENT }, /* ESME_RINVSRCNPI */
    { 0x50, SUBMIT_PERMANENT }, /* ESME_RINVDSTTON */
    { 0x51, SUBMIT_PERMANENT }, /* ESME_RINVDSTNPI */
    { 0x53, SUBMIT_TEMPORARY }, /* ESME_RINVSYSTYP */
    { 0x54, SUBMIT_PERMANENT }, /* ESME_RINVREPFLAG */
    { 0x55, SUBMIT_TEMPORARY }, /* ESME_RINVNUMMSGS */
    { 0x58, SUBMIT_THROTTLED }, /* ESME_RTHROTTLED */
    { 0x61, SUBMIT_PERMANENT }, /* ESME_RINVSCHED */
    { 0x62, SUBMIT_PERMANENT }, /* ESME_RINVEXPIRY */
    { 0x63, SUBMIT_PERMANENT }, /* ESME_RINVDFTMSGID */
    { 0x64, SUBMIT_TEMPORARY }, /* ESME_RX_T_APPN */
    { 0x65, SUBMIT_PERMANENT }, /* ESME_RX_P_APPN */
    { 0x66, SUBMIT_PERMANENT }, /* ESME_RX_R_APPN */
    { 0x67, SUBMIT_TEMPORARY }, /* ESME_RQUERYFAIL */
    { 0xc0, SUBMIT_PERMANENT }, /* ESME_RINVOPTPARSTREAM */
    { 0xc1, SUBMIT_PERMANENT }, /* ESME_ROPTPARNOTALLWD */
    { 0xc2, SUBMIT_PERMANENT }, /* ESME_RINVPARLEN */
    { 0xc3, SUBMIT_PERMANENT }, /* ESME_RMISSINGOPTPARAM */
    { 0xc4, SUBMIT_PERMANENT }, /* ESME_RINVOPTPARAMVAL */
    { 0xfe, SUBMIT_TEMPORARY }, /* ESME_RDELIVERYFAILURE */
    { 0xff, SUBMIT_TEMPORARY }, /* ESME_RUNKNOWNERR */
};

enum submit_verdict message_submit_verdict(uint32_t command_status)
{
    for (const struct status *s = statuses; s < statuses + COUNT(statuses); s++) {
        if (s->code == command_status)
            return s->verdict;
    }
    return SUBMIT_TEMPORARY;
}

/* SMPP 3.4, 5.2.28: the place in the table is the value of the TLV message_state. */
static const struct {
    const char *stat;
    enum receipt_verdict verdict;
} receipts[] = {
    [1] = { "ENROUTE", RECEIPT_PROGRESS }, [2] = { "DELIVRD", RECEIPT_DELIVERED },
    [3] = { "EXPIRED", RECEIPT_EXPIRED },  [4] = { "DELETED", RECEIPT_FAILED },
    [5] = { "UNDELIV", RECEIPT_FAILED },   [6] = { "ACCEPTD", RECEIPT_PROGRESS },
    [7] = { "UNKNOWN", RECEIPT_PROGRESS }, [8] = { "REJECTD", RECEIPT_FAILED },
};

enum rc receipt_verdict_from_stat(const char *stat, enum receipt_verdict *v)
{
    for (size_t i = 1; i < COUNT(receipts); i++) {
        if (strcasecmp(stat, receipts[i].stat) == 0) {
            *v = receipts[i].verdict;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

enum rc receipt_verdict_from_state(unsigned message_state, enum receipt_verdict *v)
{
    if (message_state < 1 || message_state >= COUNT(receipts))
        return RC_INVALID;
    *v = receipts[message_state].verdict;
    return RC_OK;
}

enum message_event receipt_event(enum receipt_verdict v)
{
    static const enum message_event events[] = {
        [RECEIPT_PROGRESS] = MESSAGE_ON_PROGRESS,
        [RECEIPT_DELIVERED] = MESSAGE_ON_DELIVERED,
        [RECEIPT_FAILED] = MESSAGE_ON_UNDELIVERED,
        [RECEIPT_EXPIRED] = MESSAGE_ON_EXPIRED_AT_CARRIER,
    };

    return events[v];
}
