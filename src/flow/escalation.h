/*
 * escalation.h (flow) - tells people what waits for them, as policies say it. What a policy is, is
 * in domain/escalation.h; what is done about what is due, in store/escalation_run.h.
 *
 * Only one node at a time does it (lease "escalation"); what two would do for all that is decided
 * by the rows of the matters. Nothing is only in memory: a restart, here or elsewhere, goes on.
 */
#pragma once

#include "store/escalation_run.h"

struct event_base;
struct lane_pool;
struct escalation_runner;

/* `work`: lanes with database connections. `queued` is called on the loop after notices were
 * committed. The settings must outlive the runner. NULL: no memory. */
struct escalation_runner *escalation_runner_new(struct event_base *base, struct lane_pool *work,
                                                const struct escalation_settings *settings,
                                                void (*queued)(void *arg), void *arg);
/* Look now instead of within a second: after a policy or a matter was changed. */
void escalation_runner_kick(struct escalation_runner *runner);
/* As those of campaign_runner_stop() and _busy(). */
void escalation_runner_stop(struct escalation_runner *runner);
bool escalation_runner_busy(const struct escalation_runner *runner);
void escalation_runner_free(struct escalation_runner *runner); /* NULL is fine */
