/* audience_days.c - ages, birthdays, and moments so long ago. */
#include "domain/local_time.h"
#include "store/audience_compiler.h"

#define ADULT_YEARS 18

/* `months` before, on the month's last day where it has fewer. */
struct civil audience_months_before(struct civil day, int64_t months)
{
    const int64_t month = day.year * INT64_C(12) + day.month - 1 - months;
    struct civil moved = day, next;

    moved.year = (int)(month / 12);
    moved.month = (int)(month % 12) + 1;
    moved.day = 1;
    next = clock_civil(clock_from_civil(&moved) + (day.day - 1) * SEC_PER_DAY * USEC_PER_SEC);
    if (next.month == moved.month)
        return next;
    return clock_civil(clock_from_civil(&next) - next.day * SEC_PER_DAY * USEC_PER_SEC);
}

utc_us audience_moment_ago(const struct audience_compiler *c, const struct audience_node *test)
{
    struct civil day;

    if (!test->months)
        return c->moment->now - test->number * USEC_PER_SEC;
    day = audience_months_before(clock_civil(c->moment->now), test->months);
    return clock_from_civil(&day);
}

/* What the calendar on the wall shows. */
enum rc audience_today(const struct audience_compiler *c, struct civil *day)
{
    struct local_zone *zone;
    enum rc rc;

    if (!c->moment->timezone) {
        *day = clock_civil(c->moment->now);
        return RC_OK;
    }
    rc = local_zone_open(c->moment->timezone, &zone, c->err);
    if (rc)
        return rc;
    *day = local_zone_civil(zone, c->moment->now);
    local_zone_close(zone);
    return RC_OK;
}

int64_t audience_date_number(const struct civil *day)
{
    return day->year * INT64_C(10000) + day->month * 100 + day->day;
}

/* --- birthdays and ages --- */

/* On that day, `years` ago. */
static enum rc bind_years_ago(struct audience_compiler *c, int64_t years)
{
    struct civil day;
    enum rc rc = audience_today(c, &day);

    if (rc)
        return rc;
    day = audience_months_before(day, 12 * years);
    return audience_bind(c, db_i64(audience_date_number(&day)));
}

enum rc audience_add_age(struct audience_compiler *c, const struct audience_node *test)
{
    /* "older than 18" is "19 or older" */
    const int64_t years = test->number + (test->op == AUDIENCE_GT || test->op == AUDIENCE_LE);
    enum rc rc;

    switch (test->op) {
    case AUDIENCE_NEVER:
        audience_add(c, "c.birth_date IS NULL");
        return RC_OK;
    case AUDIENCE_GT:
    case AUDIENCE_GE:
        audience_add(c, "(c.birth_date IS NOT NULL AND c.birth_date <= CAST(? AS DATE))");
        return bind_years_ago(c, years);
    case AUDIENCE_LT:
    case AUDIENCE_LE:
        audience_add(c, "(c.birth_date IS NOT NULL AND c.birth_date > CAST(? AS DATE))");
        return bind_years_ago(c, years);
    case AUDIENCE_EQ:
        audience_add(c, "(c.birth_date IS NOT NULL AND c.birth_date <= CAST(? AS DATE)"
                        " AND c.birth_date > CAST(? AS DATE))");
        rc = bind_years_ago(c, years);
        return rc ? rc : bind_years_ago(c, years + 1);
    case AUDIENCE_IN:
    case AUDIENCE_LIKE:
    case AUDIENCE_WITHIN:
    case AUDIENCE_HOLDS:
        break;
    }
    return RC_INVALID;
}

enum rc audience_add_minor(struct audience_compiler *c)
{
    audience_add(c, "(c.minor OR (c.birth_date IS NOT NULL AND c.birth_date > CAST(? AS DATE)))");
    return bind_years_ago(c, ADULT_YEARS);
}

enum rc audience_add_birthday(struct audience_compiler *c, const struct audience_node *test)
{
    struct civil day;
    int first, last;
    enum rc rc = audience_today(c, &day);

    if (rc)
        return rc;
    if (test->op == AUDIENCE_NEVER) {
        audience_add(c, "c.birthday IS NULL");
        return RC_OK;
    }
    audience_birthdays(&day, test->number / SEC_PER_DAY, &first, &last);
    audience_add_pattern(c,
                         first <= last ? "(%s IS NOT NULL AND %s >= ? AND %s <= ?)"
                                       : "(%s IS NOT NULL AND (%s >= ? OR %s <= ?))",
                         "c.birthday");
    rc = audience_bind(c, db_i64(first));
    return rc ? rc : audience_bind(c, db_i64(last));
}
