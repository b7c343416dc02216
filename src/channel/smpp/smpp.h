/*
 * smpp.h - what crosses the wall between the SMPP room and flow: plain structs and callbacks.
 *
 * Everything happens on the loop thread. Pointers in a struct handed to a callback are valid during
 * that call only. A callback may call smpp_carrier_submit() and smpp_carrier_ack(), but must not
 * free the carrier.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct smpp_carrier;

#define SMPP_MESSAGE_ID_SIZE 65 /* SMPP 3.4, 5.2.23: 64 characters and NUL */
#define SMPP_ADDRESS_SIZE    66 /* "+", 64 characters (the standard says 20) and NUL */

#define SMPP_USER_DATA_MAX 16384

/* esm_class, SMPP 3.4, 5.2.12 */
#define SMPP_ESM_UDHI 0x40

/* What one submit_sm carries of a text. */
struct smpp_piece {
    uint8_t data_coding;
    uint8_t esm_class;    /* SMPP_ESM_UDHI when user_data begins with a header */
    bool payload;         /* as message_payload; over 253 bytes it always is */
    uint8_t sar_n, sar_i; /* sar_total_segments, sar_segment_seqnum from 1; sar_n 0: none of them */
    uint16_t sar_ref;
    const uint8_t *user_data;
    size_t len;
};

#define SMPP_PIECES_MAX 10

/* A text as one carrier takes it. The pieces point into `bytes`: do not copy. */
struct smpp_pieces {
    unsigned n;
    bool whole; /* one piece, whose answer and receipt stand for all parts of the text */
    struct smpp_piece piece[SMPP_PIECES_MAX];
    uint8_t bytes[SMPP_PIECES_MAX * (7 + 160)];
};

/* One piece on its way out. */
struct smpp_submit {
    uint64_t token;          /* flow's own: handed back by on_result() */
    const char *source;      /* "+33...", a short code, or up to 11 letters */
    const char *destination; /* E.164 with its "+" */
    struct smpp_piece piece;
    uint16_t reference;  /* user_message_reference; 0: none */
    uint32_t validity_s; /* 0: the carrier's setting */
    bool want_receipt;
};

enum smpp_outcome {
    SMPP_ANSWERED, /* command_status says what; 0 is accepted */
    SMPP_UNSENT,   /* no byte of it ever left this process: it may be sent again without a double */
    SMPP_UNKNOWN,  /* at least its first byte was written, and no answer came */
    SMPP_LATE,     /* answered after it was reported SMPP_UNKNOWN */
};

/* What to make of a command_status, where the carrier's settings say nothing else. */
enum smpp_status_class {
    SMPP_STATUS_OK,
    SMPP_STATUS_THROTTLED, /* slow the whole carrier down, then the same message again */
    SMPP_STATUS_TEMPORARY, /* the same message again later, a limited number of times */
    SMPP_STATUS_PERMANENT, /* never this message again */
};
#define SMPP_STATUS_CLASSES 4

/* What to do about one status of one carrier. */
struct smpp_status_policy {
    enum smpp_status_class class;
    int64_t retry_ms; /* before the same message goes again; 0: flow's own */
    unsigned tries;   /* how often it may be answered so; 0: flow's own */
};

/* What an answer or a receipt says of the handset's number. */
enum smpp_subscriber {
    SMPP_SUBSCRIBER_FINE, /* nothing against it */
    SMPP_SUBSCRIBER_ABSENT,
    SMPP_SUBSCRIBER_NONE, /* it is nobody's */
};

enum smpp_status_class smpp_status_class(uint32_t command_status);
const char *smpp_status_class_name(enum smpp_status_class c); /* "ok", "throttled", ... */
const char *smpp_status_name(uint32_t command_status); /* "ESME_RTHROTTLED"; "vendor", "reserved" */
const char *smpp_outcome_name(enum smpp_outcome o);

/* Statuses for smpp_carrier_ack(), SMPP 3.4, 5.1.3. */
#define SMPP_STATUS_ROK       0x00
#define SMPP_STATUS_RSYSERR   0x08
#define SMPP_STATUS_RX_T_APPN 0x64 /* not now: the carrier delivers it again */
#define SMPP_STATUS_RX_P_APPN 0x65

enum smpp_receipt_state {
    SMPP_RECEIPT_ENROUTE, /* also SCHEDULED, BUFFERED: no end yet */
    SMPP_RECEIPT_DELIVERED,
    SMPP_RECEIPT_EXPIRED,
    SMPP_RECEIPT_DELETED,
    SMPP_RECEIPT_UNDELIVERABLE,
    SMPP_RECEIPT_ACCEPTED, /* an end by the standard, but many carriers deliver after it: no end */
    SMPP_RECEIPT_UNKNOWN,  /* the carrier's own word (an end), or a word that we do not know */
    SMPP_RECEIPT_REJECTED,
};

const char *smpp_receipt_state_name(enum smpp_receipt_state s); /* "delivered", ... */

struct smpp_receipt {
    char message_id[SMPP_MESSAGE_ID_SIZE]; /* in the carrier's one form; "": it named none */
    /* The same number as the response may have written it instead: to be looked for only when
     * nothing has message_id. "": there is no other way. */
    char other_id[SMPP_MESSAGE_ID_SIZE];
    enum smpp_receipt_state state;
    bool final;       /* nothing more is to come for this part */
    char stat[16];    /* the state as written in the text, "" when only a TLV told it */
    char err[16];     /* the text's err as written, or network_error_code as "TYPE:CODE" */
    uint32_t code;    /* err or the network's code as a number; 0 when it is none */
    utc_us submit_at; /* the text's times, taken as UTC; 0: not said */
    utc_us done_at;
    char address[SMPP_ADDRESS_SIZE]; /* the handset, "+33..." when the carrier said international */
    char sender[SMPP_ADDRESS_SIZE];  /* ours */
    uint16_t reference;              /* user_message_reference echoed; 0: it was not */
};

struct smpp_inbound {
    char source[SMPP_ADDRESS_SIZE]; /* "+33..." when the carrier said international, else as sent */
    char destination[SMPP_ADDRESS_SIZE];
    uint8_t source_ton, source_npi;
    uint8_t data_coding; /* 0 is the GSM alphabet unpacked, whatever the carrier's own default is */
    uint8_t esm_class;
    const uint8_t *bytes; /* the text, behind the user data header if there is one */
    size_t len;
    const uint8_t *udh; /* with its length byte; NULL: none */
    size_t udh_len;
    uint16_t concat_ref; /* from the header (8 or 16 bit) or from sar_* */
    uint8_t concat_n;    /* parts in all; 0: it is whole */
    uint8_t concat_i;    /* this one, from 1 */
};

/* Names one deliver_sm that waits for its answer. A copy may be kept across threads and time. */
struct smpp_ack {
    uint64_t session; /* looked up again: a session that is gone is never a pointer */
    uint32_t sequence;
};

struct smpp_events {
    void *arg;
    /* Exactly once for every submit that was taken (unless the carrier is freed before); a second
     * time, with SMPP_LATE, when one that was SMPP_UNKNOWN is answered on the same connection.
     * message_id is in the carrier's one form, "" when there is none; never NULL. */
    void (*on_result)(void *arg, struct smpp_carrier *carrier, uint64_t token,
                      enum smpp_outcome outcome, uint32_t command_status, const char *message_id);
    /* Each of these two wants one smpp_carrier_ack(), after the commit. */
    void (*on_receipt)(void *arg, struct smpp_carrier *carrier, const struct smpp_receipt *receipt,
                       struct smpp_ack ack);
    void (*on_inbound)(void *arg, struct smpp_carrier *carrier, const struct smpp_inbound *inbound,
                       struct smpp_ack ack);
    /* There is room again; at most once a turn of the loop. */
    void (*on_room)(void *arg, struct smpp_carrier *carrier);
    /* Up: at least one session takes submits. */
    void (*on_state)(void *arg, struct smpp_carrier *carrier, bool up, const char *text);
    /* Every session of a carrier being stopped has ended; now it may be freed (from elsewhere). */
    void (*on_stopped)(void *arg, struct smpp_carrier *carrier);
};
