/*
 * audience.h (store) - an audience's rule as a condition of SQL over `customer c`.
 *
 * The text of the condition is put together from this room's own constants alone; all that a user
 * wrote is bound by `?`. So no rule, whatever is in it, can say anything else to the database.
 */
#pragma once

#include "base/buffer.h"
#include "domain/audience.h"
#include "store/db.h"

struct audience_sql {
    struct buffer text;                         /* "(c.city = ? AND ...)", or "TRUE" */
    struct db_value values[AUDIENCE_NODES_MAX]; /* texts among them belong to the rule */
    size_t n;
};

/*
 * Codes of categories and sources become their ids: RC_INVALID names one that does not exist, and
 * those that do. Times ago are counted from `now`. Close `out` in every case.
 */
enum rc audience_compile(struct db *db, const struct audience_rule *rule, utc_us now,
                         struct audience_sql *out, struct error *err) MUST_CHECK;
void audience_sql_close(struct audience_sql *sql);
