/*
 * report.h (store) - a report's figures, added up from tasks, results and orders of its period.
 * Which days a task belongs to is its own `day`, in the calendar of its team; contacts that nobody
 * had planned, and the time to a result, go by the clock of the house.
 */
#pragma once

#include "domain/report.h"

struct arena;
struct db;

struct report_query {
    enum report_by by;
    enum report_language language;
    struct civil from, to; /* days, both in it */
    /* Of whom; NULL: of all. A manager's report is of all below, and of the manager. */
    const char *team, *manager, *staff, *category;
    unsigned order_days;
    const char *currency, *timezone; /* of the house */
    const char *made_by;             /* who asks for it; NULL: that is not said */
};

/*
 * All of it is in `arena`. RC_INVALID: err says what is wrong and *field (if given) where: days
 * that are none or too many, a team that nobody knows, more rows than a report has.
 */
enum rc report_read(struct db *db, const struct report_query *query, struct arena *arena,
                    struct report **out, const char **field, struct error *err) MUST_CHECK;
