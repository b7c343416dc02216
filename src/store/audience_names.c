/* audience_names.c - codes, campaigns and fields of one's own: from their names to their ids. */
#include "store/audience_names.h"

#include <stdlib.h>
#include <string.h>

#define KNOWN_MAX 260 /* bytes of the list of those that exist */

static const char SQL_CATEGORY_ID[] = "SELECT id FROM category WHERE code = ?";
static const char SQL_CATEGORIES[] = "SELECT code FROM category ORDER BY code LIMIT 50";
static const char SQL_SOURCE_ID[] = "SELECT id FROM acquisition_source WHERE code = ?";
static const char SQL_SOURCES[] = "SELECT code FROM acquisition_source ORDER BY code LIMIT 50";
static const char SQL_RANGE_ID[] = "SELECT id FROM product_range WHERE code = ?";
static const char SQL_RANGES[] = "SELECT code FROM product_range ORDER BY code LIMIT 50";

static const char SQL_CAMPAIGN_BY_ID[] =
    "SELECT id, first_message, last_message FROM campaign WHERE id = ?";
static const char SQL_CAMPAIGN_BY_NAME[] =
    "SELECT id, first_message, last_message FROM campaign WHERE name = ?";
/* The newest are the likeliest to be meant. */
static const char SQL_CAMPAIGNS[] =
    "SELECT CONCAT(id, ' \"', name, '\"') FROM campaign ORDER BY id DESC LIMIT 10";

static const char SQL_OWN[] = "SELECT id, kind FROM custom_field WHERE name = ?";
static const char SQL_OWNS[] = "SELECT CONCAT('field.', name) FROM custom_field"
                               " ORDER BY name LIMIT 50";

enum rc audience_unknown(struct db *db, const struct audience_rule *rule, size_t at,
                         const char *what, const char *name, const char *known_sql,
                         struct error *err)
{
    struct buffer known;
    struct db_rows *rows;
    enum rc rc = db_query(db, known_sql, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    buffer_init(&known, KNOWN_MAX);
    while (db_next(rows)) {
        if (known.len)
            buffer_add_text(&known, ", ");
        buffer_add_text(&known, db_get_text(rows, 0));
    }
    rc = db_rows_end(rows);
    if (!rc)
        rc = audience_fault(rule, at, err, "unknown %s \"%.100s\"; known: %s%s", what, name,
                            known.len ? buffer_text(&known) : "none", known.full ? " ..." : "");
    buffer_close(&known);
    return rc;
}

/* --- codes --- */

enum rc audience_code_id(struct db *db, const struct audience_rule *rule,
                         const struct audience_node *test, size_t i, uint64_t *id,
                         struct error *err)
{
    const struct audience_value *v = &test->values[i];
    const char *id_sql = SQL_CATEGORY_ID, *known_sql = SQL_CATEGORIES;
    enum rc rc;

    if (test->field == AUDIENCE_SOURCE) {
        id_sql = SQL_SOURCE_ID;
        known_sql = SQL_SOURCES;
    } else if (test->field == AUDIENCE_ORDER_PRODUCT) {
        id_sql = SQL_RANGE_ID;
        known_sql = SQL_RANGES;
    }
    rc = db_query_u64(db, id_sql, DB_IN(db_text(v->text)), id);
    if (rc != RC_NOTFOUND)
        return rc;
    return audience_unknown(db, rule, v->at, audience_field_name(test->field), v->text, known_sql,
                            err);
}

/* --- campaigns --- */

enum rc audience_campaign_find(struct db *db, const struct audience_rule *rule,
                               const struct audience_node *test, size_t i,
                               struct audience_campaign *out, struct error *err)
{
    const struct audience_value *v = &test->values[i];
    struct db_rows *rows;
    bool found;
    enum rc rc = v->is_id ? db_query(db, SQL_CAMPAIGN_BY_ID,
                                     DB_IN(db_u64(strtoull(v->text, NULL, 10))), &rows)
                          : db_query(db, SQL_CAMPAIGN_BY_NAME, DB_IN(db_text(v->text)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        *out = (struct audience_campaign){ db_get_u64(rows, 0), db_get_u64(rows, 1),
                                           db_get_u64(rows, 2) };
    rc = db_rows_end(rows);
    if (rc || found)
        return rc;
    return audience_unknown(db, rule, v->at, "campaign", v->text, SQL_CAMPAIGNS, err);
}

/* --- fields of one's own --- */

static enum own_kind kind_parse(const char *name)
{
    if (strcmp(name, "number") == 0)
        return OWN_NUMBER;
    return strcmp(name, "date") == 0 ? OWN_DATE : OWN_TEXT;
}

static enum rc check_own(const struct audience_rule *rule, const struct audience_node *test,
                         enum own_kind kind, struct error *err)
{
    const bool ordered = test->op == AUDIENCE_LT || test->op == AUDIENCE_LE ||
                         test->op == AUDIENCE_GT || test->op == AUDIENCE_GE;

    if (kind == OWN_TEXT && ordered)
        return audience_fault(rule, test->at, err,
                              "field.%s is a text: expected =, !=, in, like or unknown",
                              test->name);
    if (kind != OWN_TEXT && test->op == AUDIENCE_LIKE)
        return audience_fault(rule, test->at, err,
                              "field.%s is a %s: expected =, !=, in, <, <=, >, >= or unknown",
                              test->name, kind == OWN_DATE ? "date" : "number");
    if (kind == OWN_NUMBER && test->ago)
        return audience_fault(rule, test->at, err, "field.%s is a number, and not a date",
                              test->name);
    return RC_OK;
}

enum rc audience_own_find(struct db *db, const struct audience_rule *rule,
                          const struct audience_node *test, struct audience_own *out,
                          struct error *err)
{
    struct audience_own own = { 0 };
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_OWN, DB_IN(db_text(test->name)), &rows);

    if (rc)
        return rc;
    if (db_next(rows))
        own = (struct audience_own){ db_get_u64(rows, 0), kind_parse(db_get_text(rows, 1)) };
    rc = db_rows_end(rows);
    if (rc)
        return rc;
    if (!own.id)
        return audience_unknown(db, rule, test->at, "field", test->name, SQL_OWNS, err);
    rc = check_own(rule, test, own.kind, err);
    if (!rc)
        *out = own;
    return rc;
}

/* "2026-01-31", and a day that there is. */
static bool parse_date(const char *text, int64_t *number)
{
    struct civil day = { 0 };
    char *end;

    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' || strspn(text, "0123456789-") != 10)
        return false;
    day.year = (int)strtol(text, &end, 10);
    day.month = (int)strtol(text + 5, &end, 10);
    day.day = (int)strtol(text + 8, &end, 10);
    if (end != text + 10 || day.year < 1 || day.month < 1 || day.month > 12 || day.day < 1)
        return false;
    *number = day.year * 10000 + day.month * 100 + day.day;
    return clock_civil(clock_from_civil(&day)).day == day.day;
}

static bool parse_number(const char *text, int64_t *number)
{
    const char *digits = text + (*text == '-');
    const size_t len = strlen(digits);

    if (len == 0 || len > 18 || strspn(digits, "0123456789") != len)
        return false;
    *number = strtoll(text, NULL, 10);
    return true;
}

enum rc audience_own_number(const struct audience_rule *rule, const struct audience_node *test,
                            size_t i, enum own_kind kind, int64_t *number, struct error *err)
{
    const struct audience_value *v = &test->values[i];

    if (kind == OWN_DATE && !parse_date(v->text, number))
        return audience_fault(rule, v->at, err,
                              "field.%s is a date: expected one like 2026-01-31, or an age like "
                              "30d ago, not \"%.60s\"",
                              test->name, v->text);
    if (kind == OWN_NUMBER && !parse_number(v->text, number))
        return audience_fault(rule, v->at, err,
                              "field.%s is a number: expected a whole one, not \"%.60s\"",
                              test->name, v->text);
    return RC_OK;
}
