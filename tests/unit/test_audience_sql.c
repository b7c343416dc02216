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
#include "store/audience.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define NOON (INT64_C(1767268800) * USEC_PER_SEC) /* 2026-01-01T12:00:00Z */

static struct db *db;

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

    if (audience_parse(text, arena, &rule, err))
        fail_msg("%s: %s", text, err->text);
    return audience_compile(db, rule, NOON, sql, err);
}

/* The ids of those the rule finds, as "1,2". */
static const char *found(const char *rule, char ids[100])
{
    struct audience_sql sql;
    struct error err = { "" };
    struct arena arena;
    struct db_rows *rows;
    struct buffer query;

    arena_init(&arena);
    buffer_init(&query, 10000);
    if (compile(rule, &arena, &sql, &err))
        fail_msg("%s: %s", rule, err.text);
    buffer_add_text(&query, "SELECT COALESCE(GROUP_CONCAT(c.id ORDER BY c.id), '')"
                            "  FROM customer c WHERE ");
    buffer_add_text(&query, buffer_text(&sql.text));
    assert_int_equal(db_query_once(db, buffer_text(&query), sql.values, sql.n, &rows), RC_OK);
    assert_true(db_next(rows));
    snprintf(ids, 100, "%s", db_get_text(rows, 0));
    assert_int_equal(db_rows_end(rows), RC_OK);
    buffer_close(&query);
    audience_sql_close(&sql);
    arena_close(&arena);
    return ids;
}

static void each_field_and_operator_finds_whom_it_should(void **state)
{
    static const struct {
        const char *rule, *ids;
    } cases[] = {
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
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char ids[100];
        if (strcmp(found(cases[i].rule, ids), cases[i].ids) != 0)
            fail_msg("%s: found %s, expected %s", cases[i].rule, ids, cases[i].ids);
    }
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
    assert_string_equal(err.text, "unknown category \"gold\"; known: shop, vip");
    audience_sql_close(&sql);
    assert_int_equal(compile("source = radio", &arena, &sql, &err), RC_INVALID);
    assert_string_equal(err.text, "unknown source \"radio\"; known: fair, web");
    audience_sql_close(&sql);
    arena_close(&arena);
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
        TEST(an_unknown_code_is_refused_with_those_that_exist),
        TEST(no_value_can_speak_to_the_database),
        TEST(the_text_of_sql_holds_nothing_the_user_wrote),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
