/*
 * campaign.h (flow) - keeps started campaigns going: expands them page by page, sees when they are
 * done, clears away cancelled ones. Commands (start, pause ...) are in store/campaign.h.
 *
 * Only one node at a time expands (lease "campaign"). A restart, here or elsewhere, goes on at the
 * checkpoint.
 */
#pragma once

#include "store/campaign.h"

struct campaign_runner;
struct event_base;
struct lane_pool;

/* `work`: lanes with database connections. `queued` is called on the loop after messages were
 * committed. The settings must outlive the runner. NULL: no memory. */
struct campaign_runner *campaign_runner_new(struct event_base *base, struct lane_pool *work,
                                            const struct campaign_settings *settings,
                                            void (*queued)(void *arg), void *arg);
/* Look now instead of within a second: after a command changed a campaign. */
void campaign_runner_kick(struct campaign_runner *runner);
/* Posts no further job. One may still be out: free the runner only after the pool's jobs are done
 * (lane_pool_free()), or wait until campaign_runner_busy() says false. */
void campaign_runner_stop(struct campaign_runner *runner);
bool campaign_runner_busy(const struct campaign_runner *runner);
void campaign_runner_free(struct campaign_runner *runner); /* NULL is fine */
