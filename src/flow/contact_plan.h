/*
 * contact_plan.h (flow) - does the steps of plans as they fall due, lets customers begin, and moves
 * them to other versions. What a plan is, and the commands, are in store/contact_plan.h.
 *
 * Only one node at a time does it (lease "contact_plan"); what two would do for all that is decided
 * by the database. Nothing is in memory: a restart, here or elsewhere, goes on.
 */
#pragma once

#include "store/contact_plan.h"

struct event_base;
struct lane_pool;
struct contact_plan_runner;

/* `work`: lanes with database connections. `handed` is called on the loop after messages were
 * handed to occasions. The settings must outlive the runner. NULL: no memory. */
struct contact_plan_runner *contact_plan_runner_new(struct event_base *base, struct lane_pool *work,
                                                    const struct contact_plan_settings *settings,
                                                    void (*handed)(void *arg), void *arg);
/* Look now instead of within a second: after a command. */
void contact_plan_runner_kick(struct contact_plan_runner *runner);
/* As those of campaign_runner_stop() and _busy(). */
void contact_plan_runner_stop(struct contact_plan_runner *runner);
bool contact_plan_runner_busy(const struct contact_plan_runner *runner);
void contact_plan_runner_free(struct contact_plan_runner *runner); /* NULL is fine */
