/* timed_id.h - ids that carry their time: seconds since 2024-01-01 UTC above 2^20, see
 * db_new_timed_ids(). */
#pragma once

#include "base/clock.h"

#define TIMED_ID_SHIFT 20
#define TIMED_ID_EPOCH INT64_C(1704067200) /* 2024-01-01T00:00:00Z */

/* How far the clocks of nodes, and the counters of different kinds of rows, may be apart: who looks
 * for what happened after a message by the ids of its events begins this much earlier. */
#define TIMED_ID_SLACK ((uint64_t)SEC_PER_DAY << TIMED_ID_SHIFT)

/* No id made at `at` or later is below this; 0 for times before the epoch. */
static inline uint64_t timed_id_at(utc_us at)
{
    const int64_t seconds = at / USEC_PER_SEC - TIMED_ID_EPOCH;

    return seconds > 0 ? (uint64_t)seconds << TIMED_ID_SHIFT : 0;
}

/* The second in which the id was made, or may have been handed out first. */
static inline utc_us timed_id_time(uint64_t id)
{
    return ((int64_t)(id >> TIMED_ID_SHIFT) + TIMED_ID_EPOCH) * USEC_PER_SEC;
}

/* From where to look for rows that belong to the row `id` of another table. */
static inline uint64_t timed_id_since(uint64_t id)
{
    return id > TIMED_ID_SLACK ? id - TIMED_ID_SLACK : 0;
}
