/*
 * session.h - one SMPP connection: from dialling to the last byte, and again.
 *
 * The owner (carrier.c) hears of everything through a table of functions; none of them may free the
 * session, all may call session_submit(), session_ack() and session_unbind().
 */
#pragma once

#include "channel/smpp/carrier.h"
#include "channel/smpp/counters.h"
#include "channel/smpp/pdu.h"

struct event_base;
struct evdns_base;
struct session;
struct status_policies;
struct tls;

enum session_state {
    SESSION_CLOSED,
    SESSION_CONNECTING,
    SESSION_BINDING,
    SESSION_BOUND,
    SESSION_UNBINDING, /* first outstanding answers and acks, then the farewell */
};

enum session_role { SESSION_TRANSCEIVER, SESSION_TRANSMITTER, SESSION_RECEIVER };

enum session_ending {
    SESSION_LOST,    /* connect again after the usual wait */
    SESSION_REFUSED, /* our name or password is not taken: trying soon would only lock us out */
};

struct session_owner {
    void (*on_bound)(void *arg, struct session *s);
    void (*on_result)(void *arg, struct session *s, uint64_t token, enum smpp_outcome outcome,
                      uint32_t status, const char *message_id); /* as the carrier wrote it */
    void (*on_deliver)(void *arg, struct session *s, const struct pdu_deliver *d,
                       uint32_t sequence);
    void (*on_room)(void *arg, struct session *s);
    /* Everything outstanding had its on_result() before. */
    void (*on_closed)(void *arg, struct session *s, enum session_ending ending, const char *why);
};

struct session_options {
    struct event_base *base;
    struct evdns_base *dns; /* may be NULL for a host in figures */
    const struct smpp_carrier_settings *settings;
    const struct status_policies *policies;
    const struct tls *tls; /* NULL: plain */
    struct smpp_counters *counters;
    const struct session_owner *owner;
    void *arg;
    enum session_role role;
    unsigned number; /* within its carrier, from 1: for the log */
};

/* Copies the options; what they point to must outlive the session. NULL: no memory. */
struct session *session_new(const struct session_options *options);
/* Closes without telling anybody. NULL is fine. */
void session_free(struct session *s);

void session_connect(struct session *s); /* only when closed */
/* RC_AGAIN: not bound, window or output buffer full. RC_INVALID: cannot be packed. */
enum rc session_submit(struct session *s, const struct smpp_submit *submit,
                       const struct pdu_address *source,
                       const struct pdu_address *destination) MUST_CHECK;
void session_ack(struct session *s, uint32_t sequence, uint32_t status);
/* The orderly end: on_closed() comes, soon or after twice unbind_timeout. When there is nothing to
 * wait for (no bound session) it comes from in here. */
void session_unbind(struct session *s, const char *why);

enum session_state session_state(const struct session *s);
const char *session_state_name(enum session_state state);
uint32_t session_generation(const struct session *s); /* another one for every connection */
unsigned session_number(const struct session *s);
unsigned session_room(const struct session *s);
int64_t session_oldest_us(const struct session *s); /* when, monotonic; 0: nothing outstanding */
unsigned session_outstanding(const struct session *s);
unsigned session_unacked(const struct session *s);
bool session_was_useful(const struct session *s); /* this connection, or the one just closed */
