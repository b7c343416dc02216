/*
 * eraser.h - goes on with the erasure of customers, a step a job, until none is due.
 *
 * What a stop or a crash interrupts is gone on with at the next start, and several nodes may be at
 * it: the checkpoint is in the database (store/erase.h). Loop thread only.
 */
#pragma once

#include <stdbool.h>

struct eraser;
struct event_base;
struct lane_pool;

/* `work`: lanes with database connections. NULL: no memory. */
struct eraser *eraser_new(struct event_base *base, struct lane_pool *work);
/* There is something new to do. */
void eraser_kick(struct eraser *e);
/* Posts no further job; one may still be out: free it only after the pool's jobs are done. */
void eraser_stop(struct eraser *e);
bool eraser_busy(const struct eraser *e);
void eraser_free(struct eraser *e); /* NULL is fine */
