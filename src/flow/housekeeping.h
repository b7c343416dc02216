/*
 * housekeeping.h - makes the months of the busy tables ahead of time, drops those that are no
 * longer kept, and removes old rows of the others: at the start and then every so often.
 *
 * Only one node at a time does it (lease "housekeeping"), one short step a job, so that other work
 * of the lane goes between. What a stop or a crash interrupts is gone on with by the next look.
 */
#pragma once

#include "store/retention.h"

struct event_base;
struct housekeeping;
struct lane_pool;

/* `work`: lanes with database connections. The settings must outlive it. NULL: no memory. */
struct housekeeping *housekeeping_new(struct event_base *base, struct lane_pool *work,
                                      const struct retention_settings *settings);
/* Posts no further job; one may still be out: free it only after the pool's jobs are done. */
void housekeeping_stop(struct housekeeping *h);
bool housekeeping_busy(const struct housekeeping *h);
/* When it looks next; 0: not any more. */
utc_us housekeeping_next_at(const struct housekeeping *h);
void housekeeping_free(struct housekeeping *h); /* NULL is fine */
