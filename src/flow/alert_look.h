/* alert_look.h - the looks of flow/alert_watch.c, each of which runs on a lane. */
#pragma once

#include "flow/alert_watch.h"

struct db;

#define CAMPAIGNS_LOOKED_AT 200 /* the newest ones */

/* A campaign of which enough SMS were taken to expect a receipt. */
struct alert_campaign {
    uint64_t id;
    utc_us since;
};
struct alert_campaigns {
    struct alert_campaign list[CAMPAIGNS_LOOKED_AT];
    size_t n;
};

/* A carrier that should have a session. */
struct alert_carrier {
    char name[64];
    utc_us down_since; /* 0: it has one */
};

/* Those of this node; `settings` as it is now. */
enum rc alert_look_carriers(struct db *db, unsigned node, const struct alert_carrier *carriers,
                            size_t n, const struct alert_watch_settings *settings) MUST_CHECK;
/* That node does not run, or is about to end: whatever is open of it alone is closed. */
enum rc alert_look_gone(struct db *db, unsigned node) MUST_CHECK;
enum rc alert_look_queues(struct db *db, const struct alert_watch_settings *settings) MUST_CHECK;
enum rc alert_look_nodes(struct db *db, const struct alert_watch_settings *settings) MUST_CHECK;
/* Counts the messages of those that are under way, or ended today: not every few seconds. */
enum rc alert_look_campaigns(struct db *db, const struct alert_watch_settings *settings,
                             struct alert_campaigns *known) MUST_CHECK;
/* Once, at the start: was this node away for long? */
enum rc alert_look_stopped(struct db *db, const struct alert_watch_settings *settings) MUST_CHECK;
