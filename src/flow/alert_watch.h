/*
 * alert_watch.h - looks every few seconds for what nobody has reported: a carrier without a
 * session, messages that are due and do not leave, a campaign that goes wrong, another node that is
 * silent. Each is an alert as long as it is so. And it says that this node is alive
 * (store/node_beat.h).
 *
 * Carriers are looked at by each node, the rest by one (lease "alert_watch").
 */
#pragma once

#include "domain/anomaly.h"
#include "domain/types.h"

struct event_base;
struct gateway;
struct lane_pool;

/* Looked at each time, so they may change while it runs; a time of 0: not watched. */
struct alert_watch_settings {
    int64_t every_us; /* read at the start alone */
    int64_t carrier_down_us, queue_age_us, node_down_us, stopped_us;
    struct anomaly_limits campaigns;
};

/* `beats`: a lane that no job keeps for long; `looks`: one where seconds are no harm. `gateway` may
 * be NULL. NULL: no memory. */
struct alert_watch *alert_watch_new(struct event_base *base, struct lane_pool *beats,
                                    struct lane_pool *looks, const struct gateway *gateway,
                                    const struct alert_watch_settings *settings, unsigned node,
                                    const char *host);
/* Looks no more; the last job says that this node was stopped in order. */
void alert_watch_stop(struct alert_watch *w);
bool alert_watch_busy(const struct alert_watch *w);
void alert_watch_free(struct alert_watch *w); /* after its lanes are gone; NULL is fine */
