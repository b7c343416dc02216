/* campaign_limits.h - what the house and a campaign say is too much, too soon or twice for one
 * person. For the files of campaigns only. */
#pragma once

#include "store/campaign_row.h"
#include "store/recipient.h"

/* What a campaign says for itself. */
struct campaign_own_limits {
    uint64_t id;    /* 0: a plan, of no campaign yet */
    int64_t rest_s; /* CAMPAIGN_REST_OF_HOUSE: as the house says */
    bool may_repeat;
    const uint64_t *hashes; /* of its texts (domain/fingerprint.h) */
    size_t n_hashes;        /* at most CAMPAIGN_VARIANTS_MAX */
};

/* Puts the limits into the spec, whose class and time are set; finds the campaigns that sent the
 * same text. */
enum rc campaign_limits_set(struct db *db, const struct campaign_settings *settings,
                            const struct campaign_own_limits *own,
                            struct recipients_spec *spec) MUST_CHECK;
/* The same for a campaign and for a plan, `texts` of which were checked. */
enum rc campaign_limits_of_row(struct db *db, const struct campaign_settings *settings,
                               const struct campaign_row *row,
                               struct recipients_spec *spec) MUST_CHECK;
enum rc campaign_limits_of_plan(struct db *db, const struct campaign_settings *settings,
                                const struct campaign_plan *plan,
                                const struct campaign_texts *texts,
                                struct recipients_spec *spec) MUST_CHECK;
