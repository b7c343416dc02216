/*
 * campaign_retry.h - a campaign's messages that were not sent are queued again, where the rule for
 * one message allows it (domain/message_order.h): no carrier ever took a part of it, and a
 * promotion was never of unknown fate.
 *
 * Asking counts, and leaves a row; the runner does it, a page a transaction with a checkpoint. What
 * is asked again while one is under way is refused.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/rc.h"

struct db;

struct campaign_retry_plan {
    const char *states; /* "failed", "expired", "cancelled", "unknown", or some with commas */
    const char *reason; /* "": whatever it is */
    int64_t expires_s;  /* 0: what the campaign gave, for those whose time is over */
    const char *who;
};

struct campaign_retry {
    uint64_t wanted;              /* may be queued again, as counted when it was asked for */
    uint64_t barred;              /* match, and may not */
    uint64_t queued;              /* so far */
    utc_us asked_at, finished_at; /* 0: not yet */
};

/* RC_CONFLICT: the campaign is a draft or cancelled, or is retried already. RC_INVALID: no such
 * state. With retry->wanted 0 nothing was begun. Then kick the runner. */
enum rc campaign_retry_ask(struct db *db, uint64_t id, const struct campaign_retry_plan *plan,
                           struct campaign_retry *retry, struct error *err) MUST_CHECK;
/* The last one of a campaign. RC_NOTFOUND: none. `barred` is not kept. */
enum rc campaign_retry_read(struct db *db, uint64_t id, struct campaign_retry *retry) MUST_CHECK;

/* The campaign whose turn it is; RC_NOTFOUND: none. */
enum rc campaign_retry_next(struct db *db, uint64_t *id) MUST_CHECK;
/* One page. *queued: how many of it; *over: that was the last. RC_CONFLICT: a message changed
 * meanwhile, or another was faster: again later. */
enum rc campaign_retry_step(struct db *db, uint64_t id, uint64_t *queued, bool *over) MUST_CHECK;
