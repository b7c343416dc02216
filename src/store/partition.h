/*
 * partition.h - the busy tables by month: made ahead of time, dropped when they are no longer kept.
 *
 * A change waits at most a second for the table, so that the traffic, which waits behind it, never
 * stands still for longer; what did not get its turn is tried again by the next look. Every step
 * can be repeated, and one may be lost half way: partition_drop says which months are gone. Call
 * it under a lease (store/lease.h); should two be at it all the same, one of them is refused.
 */
#pragma once

#include "domain/types.h"
#include "store/partition_plan.h"
#include "store/retention.h"

struct db;

enum partition_table {
    PARTITION_MESSAGE,
    PARTITION_EVENT,
    PARTITION_INBOUND,
    PARTITION_TABLE_COUNT,
};
const char *partition_table_name(enum partition_table table);
int64_t partition_keep_us(const struct retention_settings *settings, enum partition_table table);

#define PARTITIONS_MAX 400 /* 33 years */

struct partitions {
    struct partition list[PARTITIONS_MAX];
    size_t n;
};

enum rc partition_read(struct db *db, enum partition_table table,
                       struct partitions *out) MUST_CHECK;

struct partition_work {
    size_t made;
    bool dropped;       /* one of them: the oldest */
    bool held;          /* one is due and cannot go yet: the log says why */
    size_t left;        /* how many there are now */
    utc_us oldest;      /* the beginning of the oldest one's month */
    uint64_t before_id; /* of what was dropped */
};

/*
 * Makes the months that are missing ahead of `now`, then drops the oldest one if all of it is older
 * than the settings want and nothing in it is still to be done. RC_AGAIN: the table was busy.
 * RC_INVALID (logged): it is not cut as Relais cuts, or too much is in p_future to be moved while
 * others wait; a person must look.
 */
enum rc partition_maintain(struct db *db, enum partition_table table,
                           const struct retention_settings *settings, utc_us now,
                           struct partition_work *work) MUST_CHECK;

/* Rows older than *since are no longer there; 0: all are. */
enum rc partition_kept_since(struct db *db, enum partition_table table, utc_us *since) MUST_CHECK;
