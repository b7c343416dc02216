/*
 * partition_plan.h - which months a table should be cut into, and which one it may lose. Pure: no
 * database, no clock.
 *
 * A partition holds the ids below its bound and not below that of the one before it. The last one,
 * p_future, has no bound, so every id has a place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

#define PARTITION_FUTURE    "p_future"
#define PARTITION_NAME_SIZE 65
#define PARTITION_NO_BOUND  UINT64_MAX
#define PARTITION_AHEAD     3 /* months besides the one we are in */

struct partition {
    char name[PARTITION_NAME_SIZE]; /* "p202611" */
    uint64_t below;                 /* PARTITION_NO_BOUND: of p_future */
    uint64_t rows, bytes;           /* as the database estimates them */
};

/* The beginning of the month `months` after the one that `at` is in. */
utc_us month_begin(utc_us at, int months);

/* Whether the list is cut as Relais cuts: rising bounds, the last one p_future. */
bool partition_list_ours(const struct partition *list, size_t n);

/*
 * The months that are missing between the last one and PARTITION_AHEAD months after `now`, at most
 * PARTITION_AHEAD + 1: to be cut off the front of p_future. Months that went by without a cut (and
 * so without a row, or nearly) share the first of them.
 */
size_t partition_plan_make(const struct partition *list, size_t n, utc_us now,
                           struct partition make[PARTITION_AHEAD + 1]);

/* The oldest partition, when all of it was made more than `keep_us` ago; NULL: not yet. `keep_us`
 * 0: never. */
const struct partition *partition_plan_drop(const struct partition *list, size_t n, utc_us now,
                                            int64_t keep_us);
