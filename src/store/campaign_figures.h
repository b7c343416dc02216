/* campaign_figures.h - what a campaign came to, kept when its messages no longer are. */
#pragma once

#include "store/campaign.h"

/* Counts the campaign for the last time and keeps the result, which campaign_status_read() gives
 * from then on. Again is fine. RC_CONFLICT: it is not over. */
enum rc campaign_figures_keep(struct db *db, uint64_t id) MUST_CHECK;
/* The same for the oldest one that was over before `before`; *id 0: there is none. */
enum rc campaign_figures_keep_next(struct db *db, utc_us before, uint64_t *id) MUST_CHECK;
/* What was kept, into the counts of *out. */
enum rc campaign_figures_read(struct db *db, uint64_t id, struct campaign_status *out) MUST_CHECK;
