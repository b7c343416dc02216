/* test_audience_sql.c - rules asked of a small population: who is in, and who nobody can break in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/audience_saved.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define NOON (INT64_C(1767268800) * USEC_PER_SEC) /* 2026-01-01T12:00:00Z */

static struct db *db;
static struct audience_moment moment = { .now = NOON };
static enum audience_form form;

static int population(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    crowd_codes();
    crowd_add(&(struct person){ 1, .more =
                                       "category_id = 1, acquisition_source_id = 1, city = 'Lyon',"
                                       "postcode = '69001', order_count = 3, order_cents = 4990,"
                                       "last_contact_at = '2025-12-31 12:00:00',"
                                       "last_order_at = '2025-12-01 12:00:00'" });
    crowd_add(&(struct person){ 2, .more = "category_id = 2, city = 'Paris', postcode = '75001',"
                                           "order_count = 1, order_cents = 1000,"
                                           "last_contact_at = '2025-11-01 12:00:00'" });
    crowd_add(&(struct person){ 3, .more = "city = 'Saint-\xc3\x89tienne', postcode = '42000',"
                                           "acquisition_source_id = 2, country = 'BE'" });
    crowd_add(&(struct person){ 4, .more = "category_id = 1, city = 'O''Brien''s \"100% \\\\ -- #',"
                                           "language = 'en'" });
    testdb_sql("UPDATE customer SET created_at = '2025-12-31 12:00:00' WHERE id = 4");
    return 0;
}

static int close_db(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

static enum rc compile(const char *text, struct arena *arena, struct audience_sql *sql,
                       struct error *err)
{
    struct audience_rule *rule;
    enum rc rc = audience_open(db, text, arena, &rule, err);

    sql->text = sql->joins = (struct buffer){ 0 };
    return rc ? rc : audience_compile(db, rule, &moment, form, sql, err);
}

/* What the database says to a compiled rule: as a condition, or of how many it is neither true nor
 * false. */
static void ask(const struct audience_sql *sql, const char *select, bool as_filter, char out[100])
{
    struct db_value values[AUDIENCE_BOUND_MAX];
    struct db_rows *rows;
    struct buffer query;
    size_t n = 0;

    buffer_init(&query, 300000);
    buffer_add_text(&query, select);
    if (!as_filter) { /* its values come before those of the joins */
        buffer_printf(&query, "%s) IS NULL), 0) FROM customer c", buffer_text(&sql->text));
        memcpy(values, sql->values, sql->n * sizeof(values[0]));
        n = sql->n;
    }
    audience_sql_add_joins(sql, &query, values, &n);
    if (as_filter) {
        buffer_printf(&query, " WHERE %s", buffer_text(&sql->text));
        memcpy(values + n, sql->values, sql->n * sizeof(values[0]));
        n += sql->n;
    }
    if (db_query_once(db, buffer_text(&query), values, n, &rows))
        fail_msg("%s", buffer_text(&query));
    assert_true(db_next(rows));
    snprintf(out, 100, "%s", db_get_text(rows, 0));
    assert_int_equal(db_rows_end(rows), RC_OK);
    buffer_close(&query);
}

/* The ids of those the rule finds, as "1,2": the same in both forms, and true or false for all. */
static const char *found(const char *rule, char ids[100])
{
    static struct audience_sql sql;
    struct error err = { "" };
    struct arena arena;
    char other[100] = "";

    for (int f = AUDIENCE_FOR_ALL; f <= AUDIENCE_FOR_PAGE; f++) {
        arena_init(&arena);
        form = (enum audience_form)f;
        if (compile(rule, &arena, &sql, &err))
            fail_msg("%s: %s", rule, err.text);
        ask(&sql, "SELECT COALESCE(SUM((", false, ids);
        if (strcmp(ids, "0") != 0)
            fail_msg("%s: neither true nor false for %s", rule, ids);
        ask(&sql, "SELECT COALESCE(GROUP_CONCAT(c.id ORDER BY c.id), '') FROM customer c", true,
            ids);
        if (f == AUDIENCE_FOR_PAGE && strcmp(ids, other) != 0)
            fail_msg("%s: %s for all, %s for a page", rule, other, ids);
        snprintf(other, sizeof(other), "%s", ids);
        audience_sql_close(&sql);
        arena_close(&arena);
    }
    return ids;
}

struct finding {
    const char *rule, *ids;
};

static void check_findings(const struct finding *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char ids[100];
        if (strcmp(found(cases[i].rule, ids), cases[i].ids) != 0)
            fail_msg("%s: found %s, expected %s", cases[i].rule, ids, cases[i].ids);
    }
}
#define CHECK(cases) check_findings(cases, sizeof(cases) / sizeof((cases)[0]))

static void each_field_and_operator_finds_whom_it_should(void **state)
{
    static const struct finding cases[] = {
        { "", "1,2,3,4" },
        { "all", "1,2,3,4" },
        { "category = vip", "1,4" },
        { "category = VIP", "1,4" },
        { "category != vip", "2,3" },
        { "category in (vip, shop)", "1,2,4" },
        { "category not in (vip, shop)", "3" },
        { "source = web", "1" },
        { "not source = web", "2,3,4" },
        { "source in (web, fair)", "1,3" },
        { "city = Lyon", "1" },
        { "city = lyon", "1" },
        { "city = \"saint-etienne\"", "3" },
        { "city in (Lyon, Paris)", "1,2" },
        { "city not in (Lyon, Paris)", "3,4" },
        { "city like \"%ti%\"", "3" },
        { "city not like \"%o%\"", "2,3" },
        { "postcode like 69%", "1" },
        { "postcode = 75001", "2" },
        { "country = BE", "3" },
        { "language = en", "4" },
        { "last_contact < 2d ago", "1" },
        { "last_contact <= 24h ago", "1" },
        { "last_contact < 24h ago", "" },
        { "last_contact > 30d ago", "2,3,4" },
        { "last_contact >= 24h ago", "1,2,3,4" },
        { "last_contact > 24h ago", "2,3,4" },
        { "last_contact never", "3,4" },
        { "not last_contact never", "1,2" },
        { "not last_contact > 30d ago", "1" },
        { "last_order < 60d ago", "1" },
        { "last_order > 60d ago", "2,3,4" },
        { "last_order never", "2,3,4" },
        { "created < 3d ago", "4" },
        { "created <= 24h ago", "4" },
        { "created > 24h ago", "1,2,3" },
        { "created < 20h ago", "" },
        { "orders = 1", "2" },
        { "orders != 1", "1,3,4" },
        { "orders >= 1", "1,2" },
        { "orders > 1", "1" },
        { "orders < 1", "3,4" },
        { "orders <= 1", "2,3,4" },
        { "order_total = 49.90", "1" },
        { "order_total >= 10", "1,2" },
        { "order_total < 10", "3,4" },
        { "category = vip and city = Lyon", "1" },
        { "category = vip or city = Paris", "1,2,4" },
        { "not (category = vip or city = Paris)", "3" },
        { "category = vip and not (city = Lyon and orders >= 1)", "4" },
        { "category in (vip, shop) and last_contact > 30d ago and city = Paris", "2" },
    };

    (void)state;
    CHECK(cases);
}

static void check_at(utc_us at, const struct finding *cases, size_t n)
{
    moment.now = at;
    check_findings(cases, n);
    moment.now = NOON;
}

static utc_us day(int year, int month, int date, int hour)
{
    return clock_from_civil(&(struct civil){ year, month, date, hour, 0, 0, 0 });
}

static void ages_in_months_and_years_follow_the_calendar(void **state)
{
    static const struct finding cases[] = {
        { "last_order > 1mo ago", "2,3,4" }, { "last_order >= 1mo ago", "1,2,3,4" },
        { "last_order < 1mo ago", "" },      { "last_order <= 1mo ago", "1" },
        { "created > 6mo ago", "1,2,3" },    { "created < 1y ago", "1,2,3,4" },
        { "last_order < 1y ago", "1" },
    };
    /* A month before 31 March is the last of February. */
    static const struct finding march[] = {
        { "last_reply <= 1mo ago", "2" },
        { "last_reply < 1mo ago", "" },
        { "last_reply >= 1mo ago", "1,2,3,4" },
    };

    (void)state;
    CHECK(cases);
    testdb_sql("UPDATE customer SET last_reply_at = '2026-02-28 12:00:00' WHERE id = 2");
    check_at(day(2026, 3, 31, 12), march, 3);
}

static void a_birthday_comes_today_or_within_days_over_new_year_too(void **state)
{
    static const struct finding june[] = {
        { "birthday today", "1" },         { "birthday in 0d", "1" },
        { "birthday in 1d", "1,2" },       { "birthday in 1w", "1,2" },
        { "not birthday today", "2,3,4" }, { "birthday not in 1d", "3,4" },
        { "birthday unknown", "4" },       { "birthday not unknown", "1,2,3" },
        { "birthday in 366d", "1,2,3" },
    };
    static const struct finding december[] = {
        { "birthday today", "2" },
        { "birthday in 3d", "1,2" },
        { "birthday in 2d", "2" },
        { "not birthday in 3d", "3,4" },
    };

    (void)state;
    testdb_sql("UPDATE customer SET birth_date = '1990-06-15' WHERE id = 1");
    testdb_sql("UPDATE customer SET birth_date = '1980-06-16' WHERE id = 2");
    testdb_sql("UPDATE customer SET birth_date = '1970-01-20' WHERE id = 3");
    check_at(day(2026, 6, 15, 12), june, sizeof(june) / sizeof(june[0]));
    testdb_sql("UPDATE customer SET birth_date = '1990-01-02' WHERE id = 1");
    testdb_sql("UPDATE customer SET birth_date = '1980-12-30' WHERE id = 2");
    check_at(day(2026, 12, 30, 12), december, sizeof(december) / sizeof(december[0]));
}

static void born_on_a_leap_day_the_birthday_is_the_28th_in_other_years(void **state)
{
    static const struct finding today[] = { { "birthday today", "1,2" } };
    static const struct finding common[] = { { "birthday today", "1" },
                                             { "birthday in 1d", "1,2" } };
    static const struct finding leap[] = { { "birthday today", "1" }, { "birthday in 1d", "1,2" } };
    static const struct finding none[] = { { "birthday today", "" } };

    (void)state;
    testdb_sql("UPDATE customer SET birth_date = '1990-02-28' WHERE id = 1");
    testdb_sql("UPDATE customer SET birth_date = '1992-02-29' WHERE id = 2");
    check_at(day(2026, 2, 28, 12), today, 1);
    check_at(day(2026, 3, 1, 12), none, 1);
    check_at(day(2028, 2, 28, 12), leap, 2);
    check_at(day(2028, 3, 1, 12), none, 1);
    testdb_sql("UPDATE customer SET birth_date = '1990-02-27' WHERE id = 1");
    check_at(day(2027, 2, 27, 12), common, 2);
}

static void an_age_changes_on_the_birthday_where_the_house_is(void **state)
{
    static const struct finding before[] = {
        { "age >= 18", "2" },         { "age > 17", "2" },          { "age < 18", "1" },
        { "age <= 17", "1" },         { "age = 17", "1" },          { "age != 17", "2,3,4" },
        { "minor", "1,3" },           { "not minor", "2,4" },       { "age unknown", "3,4" },
        { "not age >= 18", "1,3,4" }, { "age not unknown", "1,2" },
    };
    static const struct finding after[] = { { "age >= 18", "1,2" }, { "minor", "3" } };
    static const struct finding birthday[] = { { "birthday today", "1" } };

    (void)state;
    testdb_sql("UPDATE customer SET birth_date = '2008-06-15' WHERE id = 1");
    testdb_sql("UPDATE customer SET birth_date = '1960-02-29' WHERE id = 2");
    testdb_sql("UPDATE customer SET minor = TRUE WHERE id = 3");
    check_at(day(2026, 6, 14, 12), before, sizeof(before) / sizeof(before[0]));
    check_at(day(2026, 6, 15, 0), after, 2);
    /* Half past midnight in Paris. */
    moment.timezone = "Europe/Paris";
    check_at(day(2026, 6, 14, 22) + 30 * 60 * USEC_PER_SEC, birthday, 1);
    check_at(day(2026, 6, 14, 22) + 30 * 60 * USEC_PER_SEC, after, 2);
    moment.timezone = NULL;
}

static void a_consent_is_given_or_not_and_has_an_age(void **state)
{
    static const struct finding cases[] = {
        { "consent sms", "1,2" },
        { "not consent sms", "3,4" },
        { "consent email", "3" },
        { "not consent email", "1,2,4" },
        { "consent > 2y ago", "1" },
        { "consent < 2y ago", "2" },
        { "consent >= 24mo ago", "1" },
        { "consent <= 2y ago", "2" },
        { "not consent > 2y ago", "2,3,4" },
    };

    (void)state;
    testdb_sql("UPDATE customer SET consent_at = '2023-12-31' WHERE id = 1");
    testdb_sql("UPDATE customer SET consent_at = '2025-12-31' WHERE id = 2");
    testdb_sql("INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at) "
               "VALUES (3, 'email', 'promo', 'granted', 1, '2025-01-01'),"
               " (4, 'email', 'promo', 'withdrawn', 1, '2025-01-01'),"
               " (2, 'email', 'service', 'granted', 1, '2025-01-01')");
    CHECK(cases);
}

static void orders(void)
{
    testdb_sql("INSERT INTO product_range (id, code, label) VALUES (1, 'shoes', 'Shoes'), (2, "
               "'hats', 'Hats')");
    testdb_sql("INSERT INTO customer_order (id, partner_id, order_number, customer_id, status,"
               " collect_cents, ordered_at, import_id, import_row, content_hash, product_range_id)"
               "VALUES (1, 1, 'a', 1, 'delivered', 5000, '2025-12-20', 1, 1, '', 1),"
               "       (2, 1, 'b', 1, 'delivered', 6000, '2025-11-20', 1, 1, '', 1),"
               "       (3, 1, 'c', 1, 'cancelled', 900, '2025-12-21', 1, 1, '', 2),"
               "       (4, 1, 'd', 2, 'delivered', 2500, '2025-12-20', 1, 1, '', 1),"
               "       (5, 1, 'e', 2, 'delivered', 2500, '2024-12-20', 1, 1, '', 1),"
               "       (6, 1, 'f', 3, 'planned', 0, '2025-12-31', 1, 1, '', NULL)");
}

static void orders_are_counted_and_added_up_by_what_they_are(void **state)
{
    static const struct finding cases[] = {
        { "orders(product = shoes and status = delivered and age < 90d) >= 2", "1" },
        { "orders(product = shoes) >= 1", "1,2" },
        { "orders(product = shoes) > 0", "1,2" },
        { "orders(product = shoes) = 0", "3,4" },
        { "orders(product = shoes) < 1", "3,4" },
        { "orders(product = shoes) >= 0", "1,2,3,4" },
        { "orders(product = shoes) > 1", "1,2" },
        { "orders(product = shoes) != 2", "3,4" },
        { "not orders(product = shoes) = 2", "3,4" },
        { "orders(product = shoes and age < 90d) = 1", "2" },
        { "orders(product = shoes and age < 90d) <= 1", "2,3,4" },
        { "orders(product in (shoes, hats)) >= 3", "1" },
        { "orders(not product = shoes) >= 1", "1,3" }, /* of no known range is not of shoes */
        { "orders(product != shoes) >= 1", "1,3" },
        { "orders(status in (planned, cancelled)) >= 1", "1,3" },
        { "orders(status = cancelled or product = shoes) >= 3", "1" },
        { "orders(age > 1y) >= 1", "2" },
        { "orders(age <= 1y) >= 1", "1,2,3" },
        { "order_total(product = shoes) > 100", "1" },
        { "order_total(product = shoes) >= 50", "1,2" },
        { "order_total(product = shoes) < 100", "2,3,4" },
        { "order_total(product = shoes) = 0", "3,4" },
        { "order_total(product = hats) = 9.00", "1" },
        { "category = vip and orders(product = shoes) >= 2", "1" },
        { "category = vip and orders(product = shoes) < 2", "4" },
        { "category = vip and (minor or order_total(status = delivered) > 100)", "1" },
        { "city = Paris and not orders(age < 1y) > 1", "2" },
        { "orders(status = planned) >= 1 and not orders(product = hats) >= 1", "3" },
    };

    (void)state;
    orders();
    CHECK(cases);
}

static void past_campaigns_are_asked_by_who_received_them(void **state)
{
    static const struct finding cases[] = {
        { "received campaign 12", "1,3" },
        { "not received campaign 12", "2,4" },
        { "received campaign \"Spring\"", "1,3" },
        { "received campaign spring and received campaign 12", "1,3" },
        { "received campaign 13", "4" },
        { "received campaign 13 or received campaign 12", "1,3,4" },
        { "received campaign \"14\"", "" }, /* its name */
        { "not received campaign 15", "1,2,3,4" },
        { "category in (vip, shop) and last_order > 60d ago and city = \"Lyon\" and not received "
          "campaign 12",
          "" },
        { "last_campaign = 12", "1" },
        { "last_campaign = Spring", "1" },
        { "last_campaign in (12, \"Summer sale\")", "1,2" },
        { "last_campaign != 12", "2,3,4" },
        { "last_campaign never", "3,4" },
        { "last_campaign < 30d ago", "2" },
        { "last_campaign > 30d ago", "1,3,4" },
        { "not last_campaign > 30d ago", "2" },
        { "last_outcome = delivered", "1" },
        { "last_outcome in (delivered, failed)", "1,2" },
        { "last_outcome not in (delivered, failed)", "3,4" },
        { "replied campaign 12", "1" },
        { "not replied campaign 12", "2,3,4" },
        { "replied campaign \"Summer sale\"", "" },
        { "last_reply < 60d ago", "1" },
        { "last_reply never", "2,3,4" },
    };
    /* 2025-11-20 and 2025-12-20, in seconds since 2024-01-01, shifted */
    char sql[600];
    const unsigned long long old = 59443200ULL << 20, young = 62035200ULL << 20;

    (void)state;
    snprintf(sql, sizeof(sql),
             "INSERT INTO campaign (id, name, state, audience, template_id, body, sender,"
             " created_at, first_message, last_message) VALUES"
             " (12, 'Spring', 'done', '', 1, 't', 's', '2025-01-01', %llu, %llu),"
             " (13, 'Summer sale', 'done', '', 1, 't', 's', '2025-01-01', %llu, %llu),"
             " (15, '14', 'done', '', 1, 't', 's', '2025-01-01', 0, 0)",
             old, old + 9, old, young);
    testdb_sql(sql);
    testdb_sql("INSERT INTO campaign_member (campaign_id, chunk, bits) VALUES (12, 0, x'0A'), (13, "
               "0, x'10')");
    snprintf(sql, sizeof(sql),
             "INSERT INTO message (id, campaign_id, customer_id, channel, class, state, address,"
             " sender, text, encoding, parts, created_at, expires_at) VALUES"
             " (%llu, 12, 1, 'sms', 'promo', 'delivered', '+1', 's', 't', 'gsm7', 1, '2025-11-20',"
             "  '2025-11-21'),"
             " (%llu, 13, 2, 'sms', 'promo', 'failed', '+1', 's', 't', 'gsm7', 1, '2025-12-20',"
             "  '2025-12-21')",
             old, young);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql),
             "INSERT INTO inbound_message (id, at, channel, from_address, to_address, text,"
             " customer_id, answers_message_id) VALUES"
             " (%llu, '2025-11-20', 'sms', '+1', '+2', 'oui', NULL, %llu),"
             " (%llu, '2025-12-20', 'email', 'a@x', 'b@x', 'absente', 2, %llu)",
             old + 100, old, young + 100, young);
    testdb_sql(sql);
    snprintf(
        sql, sizeof(sql),
        "INSERT INTO mail_in (id, mark, source_id, at, kind, outcome, automatic, envelope_from,"
        " recipient, from_address, size) VALUES"
        " (%llu, '', 1, '2025-12-20', 'reply', 'recorded', 'reply', '', '', '', 1)",
        young + 100);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql),
             "UPDATE customer SET last_campaign_id = 11 + id, last_campaign_message_id ="
             " IF(id = 1, %llu, %llu) WHERE id < 3",
             old, young);
    testdb_sql(sql);
    testdb_sql("UPDATE customer SET last_reply_at = '2025-11-20' WHERE id = 1");
    CHECK(cases);
}

static void membership_goes_by_the_bit_of_each_customer_in_its_chunk(void **state)
{
    static const struct finding cases[] = {
        { "received campaign 12", "4095,4096,8191,9000" },
        { "not received campaign 12 and created never", "" },
    };

    (void)state;
    testdb_sql("INSERT INTO campaign (id, name, state, audience, template_id, body, sender,"
               " created_at) VALUES (12, 'Spring', 'done', '', 1, 't', 's', '2025-01-01')");
    testdb_sql("DELETE FROM customer");
    testdb_sql("INSERT INTO customer (id, created_at, updated_at) SELECT seq, '2025-01-01',"
               " '2025-01-01' FROM seq_4090_to_9005");
    testdb_sql("INSERT INTO campaign_member (campaign_id, chunk, bits) VALUES"
               " (12, 0, CONCAT(REPEAT(x'00', 511), x'80')),"
               " (12, 1, CONCAT(x'01', REPEAT(x'00', 510), x'80')),"
               " (12, 2, CONCAT(REPEAT(x'00', 101), x'01'))"); /* 9000 = 8192 + 808: shorter */
    CHECK(cases);
}

static void fields_of_ones_own_are_compared_as_what_they_are(void **state)
{
    static const struct finding cases[] = {
        { "field.shoe = red", "1" },           { "field.shoe = RED", "1" },
        { "field.shoe != red", "2,3,4" },      { "field.shoe in (red, \"dark blue\")", "1,2" },
        { "field.shoe like \"%blue\"", "2" },  { "field.shoe unknown", "3,4" },
        { "field.shoe not unknown", "1,2" },   { "field.points = 10", "1" },
        { "field.points in (10, -5)", "1,2" }, { "field.points > 9", "1" },
        { "field.points < 10", "2" },          { "field.points >= -5", "1,2" },
        { "not field.points > 9", "2,3,4" },   { "FIELD.since = 2025-11-30", "1" },
        { "field.since > 2025-01-01", "1" },   { "field.since <= \"2025-11-30\"", "1,2" },
        { "field.since < 60d ago", "1" },      { "field.since > 1y ago", "2" },
        { "field.since >= 32d ago", "1,2" },   { "field.since > 32d ago", "2" },
    };

    (void)state;
    testdb_sql("INSERT INTO custom_field (id, name, kind) VALUES (1, 'shoe', 'text'), (2, "
               "'points', 'number'),"
               " (3, 'since', 'date')");
    testdb_sql("INSERT INTO customer_field (customer_id, field_id, value, number) VALUES (1, 1, "
               "'red', NULL), (2, 1, 'dark blue', NULL),"
               " (1, 2, '10', 10), (2, 2, '-5', -5),"
               " (1, 3, '2025-11-30', 20251130), (2, 3, '2020-02-29', 20200229)");
    CHECK(cases);
}

static void save(const char *name, const char *rule)
{
    struct error err = { "" };
    uint64_t id;

    if (audience_put(db, name, rule, "tester", &id, &err))
        fail_msg("%s: %s", name, err.text);
}

static void saved_audiences_stand_within_each_other(void **state)
{
    static const struct finding cases[] = {
        { "in audience \"Regulars\"", "1,2" },
        { "in audience regulars", "1,2" },
        { "not in audience Regulars", "3,4" },
        { "in audience Both", "1" },
        { "in audience Both or in audience Everybody and city = Paris", "1,2" },
        { "in audience Everybody", "1,2,3,4" },
        { "not in audience Everybody", "" },
    };
    struct audience_rule *rule;
    struct error err = { "" };
    struct buffer whole;
    struct arena arena;
    uint64_t id;

    (void)state;
    save("Regulars", "orders >= 1");
    save("Lyon", "city = Lyon or city = Villeurbanne");
    save("Both", "in audience regulars and in audience Lyon");
    save("Everybody", "");
    CHECK(cases);

    arena_init(&arena);
    buffer_init(&whole, 1000);
    assert_int_equal(
        audience_open(db, "not in audience Both or in audience Everybody", &arena, &rule, &err),
        RC_OK);
    audience_print_whole(rule, &whole);
    assert_string_equal(buffer_text(&whole),
                        "not (orders >= 1 and (city = \"Lyon\" or city = \"Villeurbanne\")) or "
                        "not created never");
    buffer_close(&whole);

    assert_int_equal(audience_open(db, "minor or in audience Regulras", &arena, &rule, &err),
                     RC_INVALID);
    assert_string_equal(err.text,
                        "at character 22: unknown audience \"Regulras\"; known: \"Both\", "
                        "\"Everybody\", \"Lyon\", \"Regulars\"");
    assert_int_equal(audience_put(db, "Lyon", "in audience both", "tester", &id, &err), RC_INVALID);
    assert_string_equal(err.text, "audience \"both\": at character 40: the audience \"Lyon\" would "
                                  "contain itself");
    assert_int_equal(audience_delete(db, "lyon", &err), RC_CONFLICT);
    assert_string_equal(err.text, "the rule of the audience \"Both\" speaks of it");
    assert_int_equal(audience_delete(db, "Both", &err), RC_OK);
    assert_int_equal(audience_delete(db, "Lyon", &err), RC_OK);
    assert_int_equal(audience_delete(db, "Lyon", &err), RC_NOTFOUND);
    arena_close(&arena);
}

static void what_audiences_make_of_each_other_is_bounded(void **state)
{
    struct audience_rule *rule;
    struct error err = { "" };
    char name[20], text[1000];
    struct arena arena;
    uint64_t id;
    enum rc rc = RC_OK;

    (void)state;
    save("A0", "minor or consent sms");
    for (int i = 1; i <= 8 && !rc; i++) {
        text[0] = '\0';
        for (int k = 0; k < 20; k++)
            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%sin audience A%d",
                     k ? " or " : "", i - 1);
        snprintf(name, sizeof(name), "A%d", i);
        rc = audience_put(db, name, text, "tester", &id, &err);
    }
    assert_int_equal(rc, RC_INVALID);
    assert_non_null(strstr(err.text, "too large with the audiences that it speaks of"));

    arena_init(&arena);
    testdb_sql("INSERT INTO audience VALUES (900, 'Loop', 'in audience Loop', '2025-01-01',"
               " '2025-01-01', 'x')");
    assert_int_equal(audience_open(db, "in audience loop", &arena, &rule, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "would contain itself"));
    arena_close(&arena);
}

static void an_unknown_code_is_refused_with_those_that_exist(void **state)
{
    struct audience_sql sql;
    struct error err = { "" };
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_int_equal(compile("city = Lyon and category in (vip, gold)", &arena, &sql, &err),
                     RC_INVALID);
    assert_string_equal(err.text, "at character 35: unknown category \"gold\"; known: shop, vip");
    audience_sql_close(&sql);
    assert_int_equal(compile("source = radio", &arena, &sql, &err), RC_INVALID);
    assert_string_equal(err.text, "at character 10: unknown source \"radio\"; known: fair, web");
    audience_sql_close(&sql);
    arena_close(&arena);
}

/* The fault of a rule that is well written. */
static const char *fault(const char *rule, struct error *err)
{
    static struct audience_sql sql;
    struct arena arena;

    arena_init(&arena);
    assert_int_equal(compile(rule, &arena, &sql, err), RC_INVALID);
    audience_sql_close(&sql);
    arena_close(&arena);
    return err->text;
}

static void what_is_not_there_is_refused_with_what_is(void **state)
{
    static const char *const cases[][2] = {
        { "orders(product = shoos) >= 1",
          "at character 18: unknown product \"shoos\"; known: hats, shoes" },
        { "not received campaign 99",
          "at character 23: unknown campaign \"99\"; known: 12 \"Spring\"" },
        { "minor or replied campaign \"Summer\"",
          "at character 27: unknown campaign \"Summer\"; known: 12 \"Spring\"" },
        { "last_campaign in (12, Autumn)",
          "at character 23: unknown campaign \"Autumn\"; known: 12 \"Spring\"" },
        { "minor and field.color = red", "at character 11: unknown field \"color\"; known: "
                                         "field.points, field.shoe, field.since" },
        { "field.shoe > 3",
          "at character 1: field.shoe is a text: expected =, !=, in, like or unknown" },
        { "field.points like \"1%\"",
          "at character 1: field.points is a number: expected =, !=, in, <, <=, >, >= or unknown" },
        { "field.points > ten",
          "at character 16: field.points is a number: expected a whole one, not \"ten\"" },
        { "field.points > 3d ago", "at character 1: field.points is a number, and not a date" },
        { "field.since = 2025-02-30", "at character 15: field.since is a date: expected one like "
                                      "2026-01-31, or an age like 30d "
                                      "ago, not \"2025-02-30\"" },
        { "in audience Nobody", "at character 13: unknown audience \"Nobody\"; known: none" },
        { "{\"and\": [{\"field\": \"category\", \"op\": \"in\", \"value\": [\"vip\", \"gold\"]},"
          " {\"field\": \"minor\"}]}",
          "at $.and[0].value[1]: unknown category \"gold\"; known: shop, vip" },
    };
    struct error err;

    (void)state;
    orders();
    testdb_sql("INSERT INTO custom_field (id, name, kind) VALUES (1, 'shoe', 'text'), (2, "
               "'points', 'number'),"
               " (3, 'since', 'date')");
    testdb_sql("INSERT INTO campaign (id, name, state, audience, template_id, body, sender,"
               " created_at) VALUES (12, 'Spring', 'done', '', 1, 't', 's', '2025-01-01')");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(fault(cases[i][0], &err), cases[i][1]);
}

static void no_value_can_speak_to_the_database(void **state)
{
    static const char *const values[] = {
        "' OR '1'='1",
        "' OR 1=1 -- ",
        "\\' OR 1=1 #",
        "x'); DROP TABLE customer; -- ",
        "\xbf\x27 OR 1=1", /* not UTF-8: the parser's to refuse */
        "? OR TRUE",
        "c.city",
        "Lyon' UNION SELECT 1 -- ",
        "%s%n",
    };
    char rule[200], ids[100];

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct audience_rule *parsed;
        struct arena arena;
        bool readable;

        arena_init(&arena);
        snprintf(rule, sizeof(rule), "city = \"%s\"", values[i]);
        readable = audience_parse(rule, &arena, &parsed, NULL) == RC_OK;
        arena_close(&arena);
        if (readable)
            assert_string_equal(found(rule, ids), "");
    }
    assert_string_equal(found("city = \"O'Brien's \"\"100% \\ -- #\"", ids), "4");
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer"), 4);
}

static void the_text_of_sql_holds_nothing_the_user_wrote(void **state)
{
    struct audience_sql sql;
    struct error err = { "" };
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_int_equal(compile("category in (vip) and not (city like \"Zzyzx%\" or orders > 123456)"
                             " and last_order > 77d ago",
                             &arena, &sql, &err),
                     RC_OK);
    assert_null(strstr(buffer_text(&sql.text), "vip"));
    assert_null(strstr(buffer_text(&sql.text), "Zzyzx"));
    assert_null(strstr(buffer_text(&sql.text), "123456"));
    assert_null(strstr(buffer_text(&sql.text), "77"));
    assert_null(strchr(buffer_text(&sql.text), '\''));
    assert_int_equal(sql.n, 4);
    audience_sql_close(&sql);
    arena_close(&arena);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, population, close_db)
    const struct CMUnitTest tests[] = {
        TEST(each_field_and_operator_finds_whom_it_should),
        TEST(ages_in_months_and_years_follow_the_calendar),
        TEST(a_birthday_comes_today_or_within_days_over_new_year_too),
        TEST(born_on_a_leap_day_the_birthday_is_the_28th_in_other_years),
        TEST(an_age_changes_on_the_birthday_where_the_house_is),
        TEST(a_consent_is_given_or_not_and_has_an_age),
        TEST(orders_are_counted_and_added_up_by_what_they_are),
        TEST(past_campaigns_are_asked_by_who_received_them),
        TEST(membership_goes_by_the_bit_of_each_customer_in_its_chunk),
        TEST(fields_of_ones_own_are_compared_as_what_they_are),
        TEST(saved_audiences_stand_within_each_other),
        TEST(what_audiences_make_of_each_other_is_bounded),
        TEST(what_is_not_there_is_refused_with_what_is),
        TEST(an_unknown_code_is_refused_with_those_that_exist),
        TEST(no_value_can_speak_to_the_database),
        TEST(the_text_of_sql_holds_nothing_the_user_wrote),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
