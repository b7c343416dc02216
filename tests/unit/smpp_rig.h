/* smpp_rig.h - a carrier of ours, a server written by hand, and a flow that notes what it is told,
 * on one loop. */
#pragma once

#include <event2/event.h>

#include "base/clock.h"
#include "channel/smpp/carrier.h"
#include "smpp_bytes.h"

#define PEERS     8
#define HEARD_MAX 8192
#define LIMIT_MS  5000

struct bufferevent;
struct evconnlistener;

/* ---- the server: what it heard, what it does by itself ---- */

struct heard {
    unsigned peer;
    uint32_t length, command, status, sequence;
};

struct server {
    struct evconnlistener *listener;
    struct bufferevent *peers[PEERS]; /* in the order of their connecting; NULL: closed */
    unsigned n_peers;
    struct heard heard[HEARD_MAX];
    unsigned n_heard;
    uint32_t bind_status;
    bool answers_binds, answers_submits, answers_links;
    unsigned ids;
};
extern struct server server;

void server_listen(uint16_t port); /* 0: any */
void server_send(unsigned peer);   /* what is in `b` */
void server_answer(unsigned peer, uint32_t command, uint32_t status, uint32_t sequence,
                   const char *id);
void server_deliver(unsigned peer, uint32_t sequence, unsigned esm_class, const void *text,
                    size_t len);
void server_drop(unsigned peer);
/* How often the server heard a command; `last` may be NULL. */
unsigned heard(uint32_t command, struct heard *last);

/* ---- flow: what it was told ---- */

struct result {
    uint64_t token;
    enum smpp_outcome outcome;
    uint32_t status;
    char id[SMPP_MESSAGE_ID_SIZE];
};

struct flow {
    struct result results[HEARD_MAX];
    unsigned n_results;
    struct smpp_receipt receipt;
    struct smpp_inbound inbound;
    char text[300];
    struct smpp_ack acks[HEARD_MAX];
    unsigned n_receipts, n_inbound, n_acks, n_rooms, ups, downs;
    bool up, stopped, ack_at_once;
};
extern struct flow flow;

const struct result *result_of(uint64_t token);

/* ---- the carrier ---- */

extern struct event_base *base;
extern struct smpp_carrier *carrier;
extern struct smpp_carrier_settings settings; /* may be changed before start() */
extern struct bytes b;

void start(void);
void start_bound(void);
enum rc submit_sized(uint64_t token, size_t len) MUST_CHECK;
enum rc submit(uint64_t token) MUST_CHECK;

void turn(void);              /* of the loop */
void turn_for_ms(int64_t ms); /* for what must not happen */

/* Turns the loop until `fact` holds; the test fails when it does not within LIMIT_MS. */
#define until(fact)                                                            \
    do {                                                                       \
        int64_t until_began = clock_monotonic_us();                            \
        while (!(fact)) {                                                      \
            if (clock_monotonic_us() - until_began > LIMIT_MS * USEC_PER_MSEC) \
                fail_msg("still not: %s", #fact);                              \
            turn();                                                            \
        }                                                                      \
    } while (0)

int rig_begin(void **state); /* once a program */
int rig_set_up(void **state);
int rig_tear_down(void **state);
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)
