/*
 * carrier.h - one configured carrier: its sessions, its rate, its reconnects.
 *
 * A carrier in mode `transceiver` has `binds` sessions, in mode `pair` a transmitter and a receiver
 * for each. Each session reconnects by itself, with exponential backoff and jitter; a refused
 * password or system id waits the longest backoff and is logged as an error. Host names are
 * resolved by evdns at each connection, never blocking. The program must ignore SIGPIPE.
 */
#pragma once

#include "base/config.h"
#include "channel/smpp/smpp.h"

struct event_base;

enum smpp_mode { SMPP_MODE_TRANSCEIVER, SMPP_MODE_PAIR };

/* How a carrier writes the id of a message. Both ids are brought to one form (message_id.h), so
 * that an id in hexadecimal in the response and in decimal in the receipt are the same. */
enum smpp_id_form { SMPP_ID_AS_IS, SMPP_ID_HEX, SMPP_ID_DECIMAL, SMPP_ID_MIXED };

enum smpp_conformance { SMPP_LENIENT, SMPP_STRICT };

/* What of a carrier's certificate is looked at. */
enum smpp_tls_verify { SMPP_TLS_VERIFY_FULL, SMPP_TLS_VERIFY_CA, SMPP_TLS_VERIFY_NONE };

/* How the parts of a long text find together. */
enum smpp_concatenation {
    SMPP_CONCAT_UDH8,
    SMPP_CONCAT_UDH16,
    SMPP_CONCAT_SAR,
    SMPP_CONCAT_PAYLOAD,
};

/* What a carrier reads when the text is one that the GSM alphabet has. */
enum smpp_alphabet { SMPP_ALPHABET_GSM, SMPP_ALPHABET_LATIN1, SMPP_ALPHABET_ASCII };

/* The first value lets the address itself decide. The others are the TON of SMPP 3.4, 5.2.5 + 1. */
enum smpp_ton_choice { SMPP_TON_AUTO, SMPP_TON_FIRST };

#define SMPP_BINDS_MAX  32
#define SMPP_WINDOW_MAX 4096

/* The section `carrier "name" { ... }`. */
struct smpp_carrier_settings {
    struct config_head head; /* title: the carrier's name */
    char *host;
    int64_t port;
    char *system_id, *password, *system_type;
    int mode; /* enum smpp_mode */
    int64_t binds;
    int64_t window; /* outstanding submits a session */
    int64_t max_per_second;
    int64_t enquire_link_ms, response_timeout_ms, bind_timeout_ms, unbind_timeout_ms;
    int64_t reconnect_min_ms, reconnect_max_ms;
    int source_ton; /* enum smpp_ton_choice */
    int64_t source_npi;
    int dest_ton; /* enum smpp_ton_choice */
    int64_t dest_npi;
    int response_id, receipt_id; /* enum smpp_id_form */
    int64_t validity_ms;         /* of a submit that says none */
    int concatenation;           /* enum smpp_concatenation */
    int alphabet;                /* enum smpp_alphabet */
    int gsm_packed;              /* 0: a septet an octet, 1: eight septets in seven */
    int64_t gsm_data_coding;     /* -1: as the alphabet has it */
    int64_t ucs2_data_coding;
    bool tls;
    char *tls_ca, *tls_cert, *tls_key, *tls_name;
    int tls_verify; /* enum smpp_tls_verify */
    struct config_texts statuses, no_subscriber, absent_subscriber;
    int conformance; /* enum smpp_conformance */
    int64_t strays_max;
    /* Of the business, for who chooses among carriers: not used in this room. */
    struct config_texts costs, hours;
    int64_t daily_cap;
};

/* carrier_config.c */
extern const struct config_key smpp_carrier_keys[];
extern const size_t smpp_carrier_n_keys;
/* What one key alone cannot tell: the name's letters, minimum against maximum. */
enum rc smpp_carrier_settings_check(const struct smpp_carrier_settings *s,
                                    struct error *err) MUST_CHECK;

/* Copies settings and events. NULL: no memory. */
struct smpp_carrier *smpp_carrier_new(struct event_base *base,
                                      const struct smpp_carrier_settings *settings,
                                      const struct smpp_events *events);
void smpp_carrier_start(struct smpp_carrier *c);
/* Takes no more submits, waits (bounded) for outstanding answers and acks, unbinds, closes. What is
 * then still open gets its on_result(). on_stopped() comes from the loop, never from in here. */
void smpp_carrier_stop(struct smpp_carrier *c);
/*
 * An operator's off and on. Paused, it takes no submits, ends its sessions as smpp_carrier_stop()
 * does, and stays off; resumed, it connects at once. Both may come in every state, also before
 * smpp_carrier_start(), and twice.
 */
void smpp_carrier_pause(struct smpp_carrier *c);
void smpp_carrier_resume(struct smpp_carrier *c);
/* Closes at once and tells nobody. NULL is fine. Not from a callback of this carrier. */
void smpp_carrier_free(struct smpp_carrier *c);

/*
 * The pieces of `text` (UTF-8) for this carrier. `parts` is what its author was told
 * (domain/sms_text.h), and it is not sent in more: RC_CONFLICT when this carrier could say it only
 * in more parts than that (another one may). RC_INVALID: no UTF-8, or it does not have that many
 * parts. `message_id` gives the parts their common reference. On success out->n is `parts`, or
 * out->whole is true.
 */
enum rc smpp_carrier_encode(const struct smpp_carrier *c, const char *text, unsigned parts,
                            uint64_t message_id, struct smpp_pieces *out) MUST_CHECK;
/* Whether all parts of a text go in one PDU, so that its answer and its receipt are of them all. */
bool smpp_carrier_sends_whole(const struct smpp_carrier *c);
/*
 * RC_OK: taken, on_result() will come. RC_AGAIN: no session is up, no window has room, or the rate
 * is used up; on_room() tells when. RC_INVALID: it can never be packed (an address too long, data
 * over SMPP_USER_DATA_MAX); nothing was taken.
 */
enum rc smpp_carrier_submit(struct smpp_carrier *c, const struct smpp_submit *submit) MUST_CHECK;
/* How many submits would be taken now, over all sessions, bounded by the rate. */
unsigned smpp_carrier_room(const struct smpp_carrier *c);
/* Answers a deliver_sm; the session may be long gone, then nothing happens. */
void smpp_carrier_ack(struct smpp_carrier *c, struct smpp_ack ack, uint32_t command_status);

/* What this carrier's `statuses` say of a command_status, or else the table of status.c. */
struct smpp_status_policy smpp_carrier_status_policy(const struct smpp_carrier *c,
                                                     uint32_t command_status);

/* What this carrier's no_subscriber and absent_subscriber make of a refusal, and of a receipt. */
enum smpp_subscriber smpp_carrier_status_subscriber(const struct smpp_carrier *c,
                                                    uint32_t command_status);
enum smpp_subscriber smpp_carrier_receipt_subscriber(const struct smpp_carrier *c,
                                                     const struct smpp_receipt *receipt);

const char *smpp_carrier_name(const struct smpp_carrier *c);

struct smpp_carrier_status {
    unsigned sessions, bound; /* configured; bound now */
    unsigned outstanding;     /* submits without an answer yet */
    unsigned unacked;         /* deliver_sm without our answer yet */
    int64_t oldest_ms;        /* since the oldest outstanding submit was sent; 0: there is none */
    bool paused;              /* by an operator */
    bool tls;
    char state[16]; /* of the session that is best off: "bound", "connecting", ... */
};
struct smpp_carrier_status smpp_carrier_status(const struct smpp_carrier *c);
