/* occasion_row.h - what the files of occasions share, and nobody else needs. */
#pragma once

#include "store/db.h"
#include "store/occasion.h"
#include "store/campaign_row.h"
#include "store/occasion_note.h"

#define OCCASION_ON_MAX OCCASIONS_MAX

/* Is it looked for by the clock? */
bool occasion_has_pass(enum occasion_kind kind);
/* By whose clock a customer lives. */
struct zone_shelf;
struct local_zone *occasion_zone(struct zone_shelf *zones, const char *timezone,
                                 const char *country, const char *postcode);
/* By which channels, with which class and words, into the questions about recipients. */
struct recipients_spec;
void occasion_words_set(const struct occasion *o, struct recipients_spec *spec);
/* A code of its rule is gone: it needs a person, and until then nobody's message is made. Says
 * RC_INVALID. */
enum rc occasion_give_up(struct db *db, const struct occasion *o,
                         const struct error *err) MUST_CHECK;
int64_t occasion_pass_start(const struct occasion_rule *rule, utc_us now);
