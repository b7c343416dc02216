/*
 * claim.h - one claim on its way to the store and back, and the flights that it becomes.
 *
 * The gateway and the postman take messages from their queues in the same way. Loop thread only.
 */
#pragma once

#include "base/lane.h"
#include "flow/flight.h"
#include "store/outbox.h"

struct recorder;
struct send_windows;

#define CLAIM_REQUESTS_MAX 32

struct claim {
    struct job job;
    void *owner;
    void (*done)(struct claim *c); /* ends with claim_free() */
    struct claim_hold *hold;
    struct outbox_request requests[CLAIM_REQUESTS_MAX]; /* told by the claim what else there is */
    size_t n;
    utc_us now;
    struct send_windows *windows; /* one claim is out at a time, and no other job knows them */
    int64_t posted_at;            /* monotonic */
    enum rc rc;
    struct outbox_claim taken;
};

/* NULL: no memory. `windows` as outbox_claim() takes them. */
struct claim *claim_new(void *owner, void (*done)(struct claim *c), struct send_windows *windows);
void claim_free(struct claim *c);

/* False: the lane is full or there is no memory, and the claim is freed. `now`: monotonic. */
bool claim_post(struct claim *c, struct lane_pool *lanes, uint64_t key, int64_t now) MUST_CHECK;

/*
 * Makes a flight of each message, for each(), and ends slices of which nothing is out. False: there
 * was no memory for some; these stay `submitting`, no slice is ended, and they are settled as never
 * sent once nothing is on the wire.
 */
bool claim_take(struct claim *c, struct flights *flights, struct recorder *recorder,
                void (*each)(void *owner, struct flight *f));
