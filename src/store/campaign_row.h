/* campaign_row.h - a row of table campaign, whole; for the files of campaigns only. */
#pragma once

#include "store/campaign.h"
#include "store/db.h"

/* Expansion's checkpoint when the whole audience was walked. */
#define CAMPAIGN_EXPANDED UINT64_MAX

/* A name of the column's enumeration. */
enum campaign_state campaign_state_parse(const char *name);

struct campaign_row {
    struct campaign campaign;
    bool transliterate;
    int64_t expires_s;
    char hours[201];      /* its own; "": none */
    bool paced;           /* it has a rate or a budget: its slices are given out piece by piece */
    utc_us expires_until; /* none of its messages expires before; 0: extended never */
    uint64_t next_customer, first_message, last_message;
    char *audience, *body;
};

enum rc campaign_row_read(struct db *db, uint64_t id, struct arena *arena,
                          struct campaign_row *out) MUST_CHECK;

/* Will it do as a sender? */
enum rc campaign_check_sender(const char *sender, struct error *err) MUST_CHECK;
/* A text given without a template is kept as one; RC_CONFLICT: there is one of that name. Part of
 * its caller's transaction. */
enum rc campaign_own_template(struct db *db, uint64_t id, const char *name, const char *body,
                              utc_us now) MUST_CHECK;
/* A consent whose last contact is older than this has ended by `now`; 0: none has. */
utc_us campaign_consents_since(const struct campaign_settings *settings, utc_us now);

/* The plan's text, its own (*template_id is then 0) or its template's. */
enum rc campaign_plan_body(struct db *db, const struct campaign_plan *plan, struct arena *arena,
                           const char **body, uint64_t *template_id, struct error *err) MUST_CHECK;
