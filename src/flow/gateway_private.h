/*
 * gateway_private.h - what the files of the gateway share.
 *
 * gateway.c says what to do next; gateway_look.c asks the database how things stand (recovery,
 * queues, carriers' states, the day's traffic); gateway_claim.c claims; gateway_way.c says how much
 * room there is and by which carrier a message leaves; gateway_wire.c puts parts on the wires;
 * gateway_answer.c hears what becomes of them.
 */
#pragma once

#include "base/clock.h"
#include "base/lane.h"
#include "domain/hours.h"
#include "domain/local_time.h"
#include "domain/route.h"
#include "flow/bucket.h"
#include "flow/flight.h"
#include "flow/gateway.h"
#include "flow/pace.h"
#include "flow/receipt_index.h"
#include "flow/recorder.h"
#include "flow/stop_list.h"
#include "store/queue.h"
#include "store/send_window.h"

#define GATEWAY_TICK_MS  20
#define GATEWAY_DAY_SIZE 11

enum gateway_state {
    GATEWAY_STARTING, /* settling what the last run left */
    GATEWAY_RUNNING,
    GATEWAY_IN_DOUBT, /* a claim's COMMIT had no answer: no new claim until that is cleared up */
    GATEWAY_STOPPING,
};

/* What limits a carrier or a sender beside its rate. */
struct gateway_limits {
    struct hours hours;
    uint64_t daily_cap; /* parts; 0: none */
    uint64_t day_parts; /* accepted today by all nodes as far as known, and on the wire now */
    bool open;          /* by its hours, now */
};

struct gateway_carrier {
    struct gateway *gateway;
    struct smpp_carrier *smpp;
    unsigned id; /* in the database; known once running */
    unsigned window;
    struct pace pace;
    struct gateway_limits limits;
    bool up, stopped;
    enum carrier_state wanted; /* by an operator */
    unsigned outstanding;      /* parts on its wires */
    int64_t answered_at;       /* monotonic: the last answer, or since when one is waited for */
    uint64_t receipts,
        echoes; /* receipts of known messages, and those that repeated the reference */
};

struct gateway_sender {
    char name[21];
    struct bucket bucket;
    struct gateway_limits limits;
};

/* Urgent messages (alerts, service) pass promotions, on the way to the wire as in the database. */
enum gateway_urgency { GATEWAY_URGENT, GATEWAY_PROMO, GATEWAY_URGENCIES };

STAILQ_HEAD(flight_list, flight);

struct gateway_queue {
    unsigned id; /* in the database */
    char name[QUEUE_NAME_SIZE];
    const struct route *route;
    struct gateway_sender *sender; /* NULL: one without limits of its own */
    bool held;
    bool look[GATEWAY_URGENCIES]; /* there may be something to claim */
    int64_t looked_at;
    struct flight_list ready[GATEWAY_URGENCIES]; /* with parts to submit, as they shall leave */
    size_t n_ready[GATEWAY_URGENCIES];
    utc_us closes_at;            /* the first window of those ready to close; 0: none has one */
    int current[ROUTE_WAYS_MAX]; /* of the smooth round by weight */
};

struct gateway {
    struct event_base *base;
    struct lane_pool *lanes;
    const struct gateway_settings *settings;
    void (*stopped)(void *arg);
    void *arg;
    enum gateway_state state;
    struct inbox *inbox;
    struct answer_journal *journal; /* NULL: none could be had */
    struct recorder *answers;       /* what carriers said of our submits, and the slices that end */
    struct recorder *receipts; /* what they say later: a lane of its own, as busy as the other */
    struct receipt_index *index;
    struct stop_list *stops;
    struct flights *flights;
    struct late_index *late;
    struct gateway_carrier *carriers[GATEWAY_CARRIERS_MAX];
    size_t n_carriers;
    unsigned window; /* of all carriers */
    struct gateway_sender *senders;
    size_t n_senders;
    struct gateway_queue *queues[GATEWAY_QUEUES_MAX];
    size_t n_queues;
    size_t first_queue; /* the one whose turn it is */
    size_t n_ready;
    struct send_windows *windows; /* of the claiming lane; NULL: there are no rules */
    struct local_zone *zone;
    char day[GATEWAY_DAY_SIZE]; /* where we are */
    bool job_out;               /* a claim, a recovery or a look is with the lane */
    bool look_again;            /* an operator changed something in the database */
    int64_t claimed_at, looked_at, look_not_before, clock_read_at;
    struct event *tick;
};

/* Lanes of the gateway's pool. */
#define GATEWAY_KEY_CLAIM    0
#define GATEWAY_KEY_ANSWERS  1
#define GATEWAY_KEY_RECEIPTS 2

/* gateway.c */
/* Events not yet written, of both recorders. */
size_t gateway_backlog(const struct gateway *g);
void gateway_pump(struct gateway *g);
void gateway_arm(struct gateway *g, int64_t ms);

/* gateway_look.c: both post one job; nothing happens while another is out. */
void gateway_settle(struct gateway *g); /* what a crash or a COMMIT without answer left open */
void gateway_look(struct gateway *g);
struct gateway_queue *gateway_queue_of(struct gateway *g, unsigned id);
/* Local date and opening hours; cheap when they were read a moment ago. */
void gateway_read_clock(struct gateway *g);

/* gateway_claim.c */
void gateway_claim_metrics(void);
void gateway_maybe_claim(struct gateway *g, int64_t now);

/* gateway_way.c */
unsigned gateway_queue_room(struct gateway *g, struct gateway_queue *q, enum gateway_urgency u,
                            int64_t now);
bool gateway_carrier_is_slow(const struct gateway_carrier *c, int64_t now);
/* The carrier for the next part of a flight; NULL: none has room for it now. */
struct gateway_carrier *gateway_choose(struct gateway *g, const struct flight *f, int64_t now);
/* Whether nothing of it may leave now, whatever room there is: held, or every way out closed. */
bool gateway_queue_is_shut(const struct gateway *g, const struct gateway_queue *q);
/* A part that was handed to a carrier was not accepted after all: it does not count for the day. */
void gateway_not_taken(struct gateway_carrier *c, const struct flight *f);
/* A part was handed to the carrier that was chosen. */
void gateway_sent(struct gateway_carrier *c, const struct flight *f, int64_t now);

/* gateway_wire.c */
void gateway_submit_ready(struct gateway *g, int64_t now);
void gateway_make_ready(struct gateway *g, struct flight *f, bool first);
/* What was claimed and has not begun to leave goes back: all of it, or only what is stale, what
 * stands in a queue that is shut, and what has a window that closed. */
void gateway_put_back_all(struct gateway *g);
void gateway_put_back_stuck(struct gateway *g, int64_t now);
enum gateway_urgency gateway_urgency_of(const struct flight *f);

/* gateway_answer.c */
/* Nothing of the flight is on a wire any more: decide, record, end it (or make it ready again). */
void gateway_land(struct gateway *g, struct flight *f);
void gateway_record(struct gateway *g, const struct flight *f, enum outbox_event_kind kind,
                    unsigned part, uint32_t code, const char *detail);
extern const struct smpp_events gateway_events;
