/*
 * campaign_approval.h - a large campaign is looked at by two people.
 *
 * Above campaign_settings.approval_above recipients a start only asks: the campaign is then
 * `waiting approval`, with the figures of its preview noted. Whoever did not create it and did not
 * ask may approve, which starts it, or refuse, which makes it a draft again. The approval is for
 * those figures: if there are over a tenth more recipients by then, it is asked for again with the
 * new ones.
 */
#pragma once

#include "store/campaign.h"

#define CAMPAIGN_WHY_MAX 200 /* characters of a reason */

struct campaign_approval {
    char asked_by[65], decided_by[65];
    utc_us asked_at, decided_at; /* decided_at 0: not yet */
    uint64_t audience, recipients, segments;
    int64_t cost_cents;
    char currency[4];
    bool approved; /* when decided */
    char why[CAMPAIGN_WHY_MAX * 4 + 1];
};

/* Starts it, or asks: the state it is in afterwards says which. As campaign_start() otherwise. */
enum rc campaign_ask_start(struct db *db, uint64_t id, const struct campaign_settings *settings,
                           const char *who, struct error *err) MUST_CHECK;
/* The same for a start at a time: approved, it is `scheduled`. As campaign_schedule() otherwise. */
enum rc campaign_ask_schedule(struct db *db, uint64_t id, utc_us at, int64_t within_s,
                              const struct campaign_settings *settings, const char *who,
                              struct error *err) MUST_CHECK;
/* Before campaign_start_due(): the scheduled campaign that is due waits for approval instead if it
 * needs one that it does not have, or has grown since; one whose rule or text cannot be read any
 * more is paused. *kept: which, 0: it may start. */
enum rc campaign_ask_due(struct db *db, const struct campaign_settings *settings, utc_us now,
                         uint64_t *kept) MUST_CHECK;
/* RC_CONFLICT: it does not wait for this, is not for `who` to decide, or has grown (err). */
enum rc campaign_approve(struct db *db, uint64_t id, const struct campaign_settings *settings,
                         const char *who, struct error *err) MUST_CHECK;
enum rc campaign_refuse(struct db *db, uint64_t id, const char *who, const char *why,
                        struct error *err) MUST_CHECK;
/* The last one; RC_NOTFOUND: it was never asked for. */
enum rc campaign_approval_read(struct db *db, uint64_t id,
                               struct campaign_approval *out) MUST_CHECK;
