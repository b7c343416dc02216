/*
 * gateway.h - from the queues to the carriers and back: claims messages, puts their parts on the
 * wires, and has every answer and receipt recorded.
 *
 * At most a window's worth of messages is claimed at a time, so that is all a crash can leave in
 * doubt. Loop thread only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "channel/smpp/carrier.h"
#include "domain/hours.h"

#define GATEWAY_CARRIERS_MAX 32
#define GATEWAY_SENDERS_MAX  64
#define GATEWAY_QUEUES_MAX   256 /* routes, each times its senders with limits and one */

struct event_base;
struct gateway;
struct inbox;
struct lane_pool;
struct local_zone;
struct route_table;
struct send_rules;

struct gateway_settings {
    int64_t settle_ms;    /* a service message of unknown fate is sent once more after this */
    int64_t retry_ms;     /* after a temporary refusal; doubles with each attempt */
    int64_t attempts_max; /* temporary refusals before a message fails */
    /* Answers in a row that a number is nobody's, or cannot be reached, before it is suppressed; 0:
     * it never is. */
    int64_t suppress_unknown, suppress_absent;
    int64_t poll_ms;     /* look for due messages at least this often */
    int64_t consent_ms;  /* a consent ends so long after the customer's last contact; 0: never */
    int64_t failover_ms; /* a carrier that owes answers for so long is slow */
    const struct route_table *routes; /* its carriers are the gateway's, in the same order */
    const struct send_rules *rules;   /* of promotions; NULL: they may leave at any time */
    bool
        settles_mails; /* nobody sends mails here: what the last run left of them is settled, too */
    const char *journal; /* the file of answers not yet recorded, flow/answer_journal.h */
};

/* What bounds a carrier or a sender beside its rate. */
struct gateway_bounds {
    struct hours hours;
    int64_t daily_cap; /* parts; 0: none */
};

struct gateway_sender_settings {
    const char *name;
    int64_t per_second; /* parts; 0: no limit */
    struct gateway_bounds bounds;
};

/* `lanes`: one to claim, one to record answers, one for receipts. The settings must outlive it;
 * the zone becomes its own. `stopped` is called on the loop when gateway_stop() is complete. NULL:
 * no memory. */
struct gateway *gateway_new(struct event_base *base, struct lane_pool *lanes,
                            const struct gateway_settings *settings, struct local_zone *zone,
                            void (*stopped)(void *arg), void *arg);
/* All before gateway_start(). Who gets what comes in: */
void gateway_set_inbox(struct gateway *g, struct inbox *inbox);
enum rc gateway_add_carrier(struct gateway *g, const struct smpp_carrier_settings *settings,
                            const struct gateway_bounds *bounds) MUST_CHECK;
enum rc gateway_add_sender(struct gateway *g,
                           const struct gateway_sender_settings *settings) MUST_CHECK;
/* Settles what the last run left open, then connects the carriers and begins to claim. */
void gateway_start(struct gateway *g);
/* Messages were queued: look at once. */
void gateway_kick(struct gateway *g);
/* An operator changed a queue or a carrier in the database: read it again at once. */
void gateway_refresh(struct gateway *g);
/* From now on no promotion leaves for this address, whatever was claimed already. */
void gateway_stop_address(struct gateway *g, const char *address);

/* Claims no more, waits for what is on the wire, unbinds, writes the last results. */
void gateway_stop(struct gateway *g);
void gateway_free(struct gateway *g); /* after its lanes are gone; NULL is fine */

struct gateway_carrier_status {
    char name[64];
    struct smpp_carrier_status smpp;
    const char *wanted;            /* "on", "drained", "stopped": by an operator */
    bool open;                     /* by its hours */
    bool slow;                     /* it owes answers for longer than sms.failover */
    double rate_limit;             /* found by throttling; 0: none */
    uint64_t day_parts, daily_cap; /* accepted today; 0: no cap */
    uint64_t receipts,
        echoes; /* receipts of known messages, and those that repeated the reference */
};
struct gateway_status {
    const char *state; /* "starting", "running", "in doubt", "stopping" */
    size_t claimed;    /* messages claimed and not yet answered */
    size_t unrecorded; /* events not yet written */
    size_t n_carriers;
    struct gateway_carrier_status carriers[GATEWAY_CARRIERS_MAX];
};
void gateway_status_read(const struct gateway *g, struct gateway_status *status);
