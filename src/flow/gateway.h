/*
 * gateway.h - from the queue to the carriers and back: claims messages, puts their parts on the
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

#define GATEWAY_CARRIERS_MAX 32

struct event_base;
struct gateway;
struct inbox;
struct lane_pool;

struct gateway_settings {
    int64_t settle_ms;    /* a service message of unknown fate is sent once more after this */
    int64_t retry_ms;     /* after a temporary refusal; doubles with each attempt */
    int64_t attempts_max; /* temporary refusals before a message fails */
    int64_t poll_ms;      /* look for due messages at least this often */
};

/* `gateway` lanes: two connections, one to claim and one to record. The settings must outlive it.
 * `stopped` is called on the loop when gateway_stop() is complete. NULL: no memory. */
struct gateway *gateway_new(struct event_base *base, struct lane_pool *lanes,
                            const struct gateway_settings *settings, void (*stopped)(void *arg),
                            void *arg);
/* Who gets what comes in. Before gateway_start(). */
void gateway_set_inbox(struct gateway *g, struct inbox *inbox);
enum rc gateway_add_carrier(struct gateway *g,
                            const struct smpp_carrier_settings *settings) MUST_CHECK;
/* Settles what the last run left open, then connects the carriers and begins to claim. */
void gateway_start(struct gateway *g);
/* Messages were queued: look at once. */
void gateway_kick(struct gateway *g);
/* From now on no promotion leaves for this address, whatever was claimed already. */
void gateway_stop_address(struct gateway *g, const char *address);

/* Claims no more, waits for what is on the wire, unbinds, writes the last results. */
void gateway_stop(struct gateway *g);
void gateway_free(struct gateway *g); /* after its lanes are gone; NULL is fine */

struct gateway_carrier_status {
    char name[64];
    struct smpp_carrier_status smpp;
    double rate_limit; /* found by throttling; 0: none */
};
struct gateway_status {
    const char *state; /* "starting", "running", "in doubt", "stopping" */
    size_t claimed;    /* messages claimed and not yet answered */
    size_t unrecorded; /* events not yet written */
    size_t n_carriers;
    struct gateway_carrier_status carriers[GATEWAY_CARRIERS_MAX];
};
void gateway_status_read(const struct gateway *g, struct gateway_status *status);
