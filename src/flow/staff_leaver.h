/*
 * staff_leaver.h - hands on what somebody had who left: a page a job, until nothing is theirs.
 *
 * What a stop or a crash interrupts is gone on with at the next start, and several nodes may be at
 * it (store/staff_leave.h). Loop thread only.
 */
#pragma once

#include <stdbool.h>

struct event_base;
struct lane_pool;
struct staff_leaver;

/* `work`: lanes with database connections. `timezone`: where the house is. NULL: no memory. */
struct staff_leaver *staff_leaver_new(struct event_base *base, struct lane_pool *work,
                                      const char *timezone);
/* Somebody leaves. */
void staff_leaver_kick(struct staff_leaver *l);
/* Posts no further job; one may still be out: free it only after the pool's jobs are done. */
void staff_leaver_stop(struct staff_leaver *l);
bool staff_leaver_busy(const struct staff_leaver *l);
void staff_leaver_free(struct staff_leaver *l); /* NULL is fine */
