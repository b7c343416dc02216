/*
 * campaign_pace.h - campaigns with a rate or a budget. Their slices are `paced`: no claim sees
 * them. They are given out piece by piece, as `ready` ones, by the runner of campaigns.
 *
 * A piece, the time it uses up and the money it costs are written in one transaction that locks the
 * campaign's row; so however many nodes there are, and whoever dies, the rate and the budget hold
 * once. Claims need not know of either.
 */
#pragma once

#include "store/campaign.h"

struct send_windows;

/* Campaigns under way that have something paced which is due; *n at most `max`. */
enum rc campaign_pace_find(struct db *db, utc_us now, uint64_t *ids, size_t max,
                           size_t *n) MUST_CHECK;

struct campaign_piece {
    uint64_t given; /* messages */
    bool more;      /* call again at once */
    bool paused;    /* its budget is used up */
};

/* Gives out what the campaign's rate and budget allow at `now`. RC_CONFLICT: it is not under way.
 * `windows`: of the caller's lane, NULL: there are none. */
enum rc campaign_pace_step(struct db *db, uint64_t id, const struct campaign_settings *settings,
                           struct send_windows *windows, utc_us now,
                           struct campaign_piece *out) MUST_CHECK;

/* Of a transaction that changed the campaign's rate or budget: what is not claimed yet becomes
 * paced, or ready again. */
enum rc campaign_pace_apply(struct db *db, uint64_t id) MUST_CHECK;
