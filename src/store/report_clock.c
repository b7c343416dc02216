/* report_clock.c - see report_clock.h. */
#include "store/report_clock.h"

#include <stdio.h>

#include "domain/report.h"
#include "store/db.h"

static const char SQL_ZONES[] = "SELECT DISTINCT timezone"
                                "  FROM team"
                                " WHERE timezone NOT IN ('', ?)"
                                " ORDER BY timezone"
                                " LIMIT ?";

static enum rc add(struct report_clocks *c, const char *name, struct error *err)
{
    struct report_clock *one = &c->list[c->n];
    enum rc rc = local_zone_open(name, &one->zone, err);

    if (rc)
        return rc;
    snprintf(one->name, sizeof(one->name), "%s", name);
    c->n++;
    return RC_OK;
}

enum rc report_clocks_open(struct db *db, const char *house, struct report_clocks *out,
                           struct error *err)
{
    struct db_rows *rows;
    enum rc rc, ended;

    *out = (struct report_clocks){ .n = 0 };
    rc = add(out, house, err);
    if (!rc)
        rc = db_query(db, SQL_ZONES, DB_IN(db_text(house), db_u64(REPORT_CLOCKS_MAX - 1)), &rows);
    if (rc)
        goto out;
    while (!rc && out->n < REPORT_CLOCKS_MAX && db_next(rows)) {
        rc = add(out, db_get_text(rows, 0), NULL);
        if (rc == RC_INVALID) /* it was known when it was set */
            rc = RC_OK;
    }
    ended = db_rows_end(rows);
    rc = rc ? rc : ended;
out:
    if (rc)
        report_clocks_close(out);
    return rc;
}

void report_clocks_close(struct report_clocks *clocks)
{
    for (size_t i = 0; i < clocks->n; i++)
        local_zone_close(clocks->list[i].zone);
    clocks->n = 0;
}

static utc_us midnight(const struct report_clock *c, const struct civil *day)
{
    const struct civil wall = { .year = day->year, .month = day->month, .day = day->day };

    return local_zone_to_utc(c->zone, &wall);
}

/* Whether all clocks still are as they were when the stretch began. `changes`: when each is not. */
static bool goes_on(const struct report_clocks *clocks, const utc_us *changes,
                    const struct civil *day)
{
    for (size_t i = 0; i < clocks->n; i++) {
        if (midnight(&clocks->list[i], day) >= changes[i])
            return false;
    }
    return true;
}

struct civil report_clocks_stretch(struct report_clocks *clocks, const struct civil *first,
                                   const struct civil *end, int days)
{
    const utc_us last = clock_from_civil(end);
    struct civil after = report_day_after(first, 1);
    utc_us changes[REPORT_CLOCKS_MAX];

    for (size_t i = 0; i < clocks->n; i++) {
        struct report_clock *c = &clocks->list[i];
        c->begins = midnight(c, first);
        c->offset_s = local_zone_offset(c->zone, c->begins, &changes[i]) / USEC_PER_SEC;
    }
    for (int n = 1; n < days && clock_from_civil(&after) < last && goes_on(clocks, changes, &after);
         n++)
        after = report_day_after(&after, 1);
    for (size_t i = 0; i < clocks->n; i++)
        clocks->list[i].until = midnight(&clocks->list[i], &after);
    return after;
}
