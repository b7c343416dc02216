/* gateway_private.h - what gateway.c (claims and wires) and gateway_answer.c (answers) share. */
#pragma once

#include "base/clock.h"
#include "base/lane.h"
#include "flow/flight.h"
#include "flow/gateway.h"
#include "flow/pace.h"
#include "flow/receipt_index.h"
#include "flow/recorder.h"
#include "flow/stop_list.h"

enum gateway_state {
    GATEWAY_STARTING, /* settling what the last run left */
    GATEWAY_RUNNING,
    GATEWAY_IN_DOUBT, /* a claim's COMMIT had no answer: no new claim until that is cleared up */
    GATEWAY_STOPPING,
};

struct gateway_carrier {
    struct gateway *gateway;
    struct smpp_carrier *smpp;
    unsigned id; /* in the database; known once running */
    unsigned window;
    struct pace pace;
    bool up, stopped;
};

struct gateway {
    struct event_base *base;
    struct lane_pool *lanes;
    const struct gateway_settings *settings;
    void (*stopped)(void *arg);
    void *arg;
    enum gateway_state state;
    struct inbox *inbox;
    struct recorder *recorder;
    struct receipt_index *index;
    struct stop_list *stops;
    struct flights *flights;
    STAILQ_HEAD(, flight) ready; /* flights with parts to submit, in the order they shall leave */
    size_t n_ready;
    struct gateway_carrier *carriers[GATEWAY_CARRIERS_MAX];
    size_t n_carriers;
    unsigned window; /* of all carriers */
    size_t next_carrier;
    bool job_out; /* a claim or a recovery is with the lane */
    bool look;    /* there may be something to claim */
    int64_t claimed_at, looked_at;
    struct event *tick;
};

/* Lanes of the gateway's pool. */
#define GATEWAY_KEY_CLAIM  0
#define GATEWAY_KEY_RECORD 1

void gateway_pump(struct gateway *g);
void gateway_make_ready(struct gateway *g, struct flight *f, bool first);
/* Nothing of the flight is on a wire any more: decide, record, end it (or make it ready again). */
void gateway_land(struct gateway *g, struct flight *f);
void gateway_record(struct gateway *g, const struct flight *f, enum outbox_event_kind kind,
                    unsigned part, uint32_t code, const char *detail);
extern const struct smpp_events gateway_events;
