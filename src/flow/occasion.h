/*
 * occasion.h (flow) - makes the messages of occasions as they fall due. What an occasion is, and
 * the commands, are in store/occasion.h.
 *
 * Only one node at a time does it (lease "occasion"); what two would do for all that is decided by
 * the database. Nothing is in memory: a restart, here or elsewhere, goes on.
 */
#pragma once

#include "store/occasion.h"

struct event_base;
struct lane_pool;
struct occasion_runner;

/* `work`: lanes with database connections. `queued` is called on the loop after messages were
 * committed. The settings must outlive the runner. NULL: no memory. */
struct occasion_runner *occasion_runner_new(struct event_base *base, struct lane_pool *work,
                                            const struct occasion_settings *settings,
                                            void (*queued)(void *arg), void *arg);
/* Look now instead of within a second: after a command changed an occasion. */
void occasion_runner_kick(struct occasion_runner *runner);
/* As those of campaign_runner_stop() and _busy(). */
void occasion_runner_stop(struct occasion_runner *runner);
bool occasion_runner_busy(const struct occasion_runner *runner);
void occasion_runner_free(struct occasion_runner *runner); /* NULL is fine */
