/*
 * staff_desk.h - does what people of the house answered to reminders (store/staff_reply.h), one
 * answer after the other, in the order in which they came.
 *
 * Every node does so; whoever locks an answer's row first has it. Nothing is in memory: what waits
 * is found again after a restart. Loop thread only.
 */
#pragma once

#include "store/staff_reply.h"

struct event_base;
struct lane_pool;
struct staff_desk;

/* Told after the commit. */
struct staff_desk_events {
    void (*messages)(void *arg);                    /* some were queued */
    void (*mails)(void *arg);                       /* likewise */
    void (*stopped)(void *arg, const char *number); /* it gets no promotion any more */
    void *arg;
};

/* `work`: lanes with database connections. The rules must outlive it. NULL: no memory. */
struct staff_desk *staff_desk_new(struct event_base *base, struct lane_pool *work,
                                  const struct staff_reply_rules *rules,
                                  const struct staff_desk_events *events);
/* Look now instead of within seconds: an answer was recorded. NULL is fine. */
void staff_desk_kick(struct staff_desk *d);
void staff_desk_stop(struct staff_desk *d);
bool staff_desk_busy(const struct staff_desk *d);
void staff_desk_free(struct staff_desk *d); /* NULL is fine */
