/*
 * slice.h - what those who queue messages again share: the bounds of slices, and how a message or a
 * run of them gets a further one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/rc.h"

struct db;

/* No slice is longer, so that those which cover a message are found by their first id. */
#define SLICE_SPAN_MAX 10000
/* Rounds of slices that an operator's command made: above all that the gateway makes. */
#define OPERATOR_ROUND 256

#define SLICE_TEXT_(x) #x
#define SLICE_TEXT(x)  SLICE_TEXT_(x)
/* SQL: slice s covers message m. */
#define SLICE_COVERS                                                               \
    "s.id BETWEEN m.id - LEAST(m.id, " SLICE_TEXT(SLICE_SPAN_MAX) " - 1) AND m.id" \
                                                                  " AND s.last_id >= m.id"
/* SQL: slice s is of one message that the gateway had to queue again. */
#define SLICE_OF_ONE "s.round BETWEEN 1 AND " SLICE_TEXT(OPERATOR_ROUND) " - 1"

/* The lowest id that a slice which covers `message_id` can begin with. */
static inline uint64_t slice_lowest(uint64_t message_id)
{
    return message_id >= SLICE_SPAN_MAX ? message_id - SLICE_SPAN_MAX + 1 : 0;
}

/* A slice that an operator asked for. Its messages have one queue and one window. */
struct slice_again {
    uint64_t first_id, last_id;
    unsigned queue_id;
    const char *class;
    bool held;
    utc_us due_at;
    uint64_t campaign_id; /* 0: none */
};

/* Both of their caller's transaction. The slice is of a round above those of its first id. */
enum rc slice_add_again(struct db *db, const struct slice_again *slice) MUST_CHECK;
/* A campaign that was done sends again. */
enum rc slice_campaign_again(struct db *db, uint64_t campaign_id) MUST_CHECK;
