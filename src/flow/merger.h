/*
 * merger.h - goes on with customers who were put together, and with the search for those who may be
 * one person: a step a job, until none is due.
 *
 * What a stop or a crash interrupts is gone on with at the next start, and several nodes may be at
 * it: the checkpoints are in the database (store/customer_merge.h, store/customer_double.h). Loop
 * thread only.
 */
#pragma once

#include <stdbool.h>

struct event_base;
struct lane_pool;
struct merger;

/* `work`: lanes with database connections. NULL: no memory. */
struct merger *merger_new(struct event_base *base, struct lane_pool *work);
/* There is something new to do. */
void merger_kick(struct merger *m);
/* Posts no further job; one may still be out: free it only after the pool's jobs are done. */
void merger_stop(struct merger *m);
bool merger_busy(const struct merger *m);
void merger_free(struct merger *m); /* NULL is fine */
