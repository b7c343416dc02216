/* campaign_row.h - a row of table campaign, whole; for the files of campaigns only. */
#pragma once

#include "store/campaign_life.h"
#include "store/db.h"

/* Expansion's checkpoint when the whole audience was walked. */
#define CAMPAIGN_EXPANDED UINT64_MAX

/* A name of the column's enumeration. */
enum campaign_state campaign_state_parse(const char *name);

struct campaign_row {
    struct campaign campaign;
    bool transliterate;
    int64_t expires_s;
    uint64_t next_customer, first_message, last_message;
    char *audience, *body;
    struct campaign_life life;
};

enum rc campaign_row_read(struct db *db, uint64_t id, struct arena *arena,
                          struct campaign_row *out) MUST_CHECK;

/* The plan's text, its own (*template_id is then 0) or its template's. */
enum rc campaign_plan_body(struct db *db, const struct campaign_plan *plan, struct arena *arena,
                           const char **body, uint64_t *template_id, struct error *err) MUST_CHECK;
