/* campaign_figures.h - what a campaign came to, kept when its messages no longer are. */
#pragma once

#include "store/campaign_results.h"

/* Counts the campaign for the last time and keeps the result, which campaign_status_read() and
 * campaign_results_read() give from then on. Again is fine. RC_CONFLICT: it is not over. */
enum rc campaign_figures_keep(struct db *db, uint64_t id,
                              const struct campaign_settings *settings) MUST_CHECK;
/* The same for the oldest one that was over before `before`; *id 0: there is none. */
enum rc campaign_figures_keep_next(struct db *db, utc_us before,
                                   const struct campaign_settings *settings,
                                   uint64_t *id) MUST_CHECK;
/* What was kept, into the counts of *out. */
enum rc campaign_figures_read(struct db *db, uint64_t id, struct campaign_status *out) MUST_CHECK;
/* The same of what it brought: by text, of the held out, and the reasons of failures. */
enum rc campaign_figures_read_results(struct db *db, uint64_t id,
                                      struct campaign_results *out) MUST_CHECK;
