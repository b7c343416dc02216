/* test_report_store.c - a report's figures against rows that the test wrote and counted itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/db.h"
#include "store/report.h"
#include "store/report_schedule.h"
#include "store/timed_id.h"
#include "tests/support/testdb.h"

#define DAY(y, m, d)                          \
    {                                         \
        .year = (y), .month = (m), .day = (d) \
    }

static struct db *db;
static struct arena arena;

static utc_us at(int year, int month, int day, int hour, int minute)
{
    const struct civil c = {
        .year = year, .month = month, .day = day, .hour = hour, .minute = minute
    };

    return clock_from_civil(&c);
}

static void set_clock(utc_us now)
{
    clock_shift(now - clock_now());
}

/* --- the scene --- */

static void people(void)
{
    testdb_sql("INSERT INTO team (id, code, label, list_minute, created_at, updated_at) VALUES"
               " (1, 'paris', 'Paris', 420, NOW(), NOW()), (2, 'lyon', 'Lyon', 420, NOW(), NOW())");
    testdb_sql(
        "INSERT INTO staff (id, login, name, role, team_id, manager_id, created_at, updated_at)"
        " VALUES (1, 'dora', 'Dora', 'director', 1, NULL, NOW(), NOW()),"
        "        (2, 'max', 'Max', 'manager', 1, 1, NOW(), NOW()),"
        "        (3, 'anna', 'Anna', 'employee', 1, 2, NOW(), NOW()),"
        "        (4, 'bruno', 'Bruno', 'employee', 1, 2, NOW(), NOW()),"
        "        (5, 'lea', 'L\xc3\xa9"
        "a', 'manager', 2, 1, NOW(), NOW()),"
        "        (6, 'chloe', 'Chlo\xc3\xa9', 'employee', 2, 5, NOW(), NOW())");
    testdb_sql("DELETE FROM contact_outcome");
    testdb_sql("INSERT INTO contact_outcome (id, code, label_fr, label_en, reached, effect) VALUES"
               " (1, 'reached', 'joint', 'reached', TRUE, 'none'),"
               " (2, 'no_answer', 'pas de r\xc3\xa9ponse', 'no answer', FALSE, 'none'),"
               " (5, 'order_taken', 'commande prise', 'order taken', TRUE, 'order')");
    testdb_sql(
        "INSERT INTO category (id, code, label) VALUES (1, 'pro', 'Pro'), (2, 'home', 'Home')");
    testdb_sql("INSERT INTO customer (id, category_id, created_at, updated_at) VALUES"
               " (1, 1, NOW(), NOW()), (2, 1, NOW(), NOW()), (3, 2, NOW(), NOW()),"
               " (4, NULL, NOW(), NOW())");
    testdb_sql("INSERT INTO partner (id, code, label, created_at) VALUES (1, 'p', 'P', NOW())");
    testdb_sql("INSERT INTO import (id, partner_id, file_name, sha256, bytes, state, received_at)"
               " VALUES (1, 1, 'f', REPEAT('x', 32), 1, 'done', NOW())");
}

/* "3": staff; done: NULL, or a time and an outcome. */
static void task(int id, int customer, int team, const char *staff, const char *day,
                 const char *due, const char *done, int outcome)
{
    char sql[900];

    snprintf(sql, sizeof(sql),
             "INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, state, day,"
             " due_at, title, created_at, created_by, done_at, outcome_id)"
             " VALUES (%d, %d, %d, %s, 'list', '%s', '%s', '%s', 't', '%s 06:00:00', 'list',"
             " %s%s%s, NULLIF(%d, 0))",
             id, customer, team, staff, done ? "done" : "open", day, due, day, done ? "'" : "",
             done ? done : "NULL", done ? "'" : "", outcome);
    testdb_sql(sql);
}

static void order(int id, int customer, const char *ordered, int cents, const char *more)
{
    char sql[700];

    snprintf(sql, sizeof(sql),
             "INSERT INTO customer_order (id, partner_id, order_number, customer_id, ordered_at,"
             " collect_cents, import_id, import_row, content_hash, status, currency)"
             " VALUES (%d, 1, '%d', %d, '%s', %d, 1, %d, REPEAT('h', 16), %s)",
             id, id, customer, ordered, cents, id, *more ? more : "'planned', 'EUR'");
    testdb_sql(sql);
}

static void unplanned(utc_us when, int staff, int customer, const char *task_id)
{
    static uint64_t n;
    char sql[400], text[CLOCK_TEXT_SIZE];

    clock_format(when, text);
    text[10] = ' ';
    text[19] = '\0';
    snprintf(sql, sizeof(sql),
             "INSERT INTO contact_result (id, task_id, customer_id, staff_id, outcome_id, at, via,"
             " who) VALUES (%llu, %s, %d, %d, 1, '%s', 'api', 'x')",
             (unsigned long long)(timed_id_at(when) + ++n), task_id, customer, staff, text);
    testdb_sql(sql);
}

/* November 23rd to 29th, 2026; Paris is an hour before UTC. It is Thursday, 12:00 UTC. */
static void a_week(void)
{
    people();
    set_clock(at(2026, 11, 26, 12, 0));
    task(1, 1, 1, "3", "2026-11-23", "2026-11-23 17:00:00", "2026-11-23 09:00:00", 1);
    task(2, 2, 1, "3", "2026-11-23", "2026-11-23 17:00:00", "2026-11-23 17:00:00", 2); /* just */
    task(3, 3, 1, "3", "2026-11-24", "2026-11-24 17:00:00", "2026-11-25 08:00:00", 5); /* late */
    task(4, 1, 1, "4", "2026-11-24", "2026-11-24 17:00:00", NULL, 0);                  /* missed */
    task(5, 2, 1, "4", "2026-11-26", "2026-11-26 17:00:00", NULL, 0);                  /* open */
    task(6, 3, 2, "6", "2026-11-29", "2026-11-29 17:00:00", "2026-11-26 10:00:00", 1); /* early */
    task(7, 4, 2, "NULL", "2026-11-25", "2026-11-25 17:00:00", NULL, 0); /* nobody's */
    task(8, 4, 2, "6", "2026-11-22", "2026-11-22 17:00:00", NULL, 0);    /* the week before */
    task(9, 4, 2, "6", "2026-11-30", "2026-11-30 17:00:00", NULL, 0);    /* the week after */
    task(10, 4, 2, "6", "2026-11-26", "2026-11-26 17:00:00", NULL, 0);
    testdb_sql("UPDATE contact_task SET state = 'cancelled' WHERE id = 10");
}

static struct report_query week(enum report_by by)
{
    return (struct report_query){ .by = by,
                                  .language = REPORT_ENGLISH,
                                  .from = DAY(2026, 11, 23),
                                  .to = DAY(2026, 11, 29),
                                  .order_days = 7,
                                  .currency = "EUR",
                                  .timezone = "Europe/Paris" };
}

static const struct report *read_report(const struct report_query *q)
{
    struct error err = { "" };
    struct report *r = NULL;
    enum rc rc = report_read(db, q, &arena, &r, NULL, &err);

    if (rc)
        fail_msg("%s %s", rc_name(rc), err.text);
    return r;
}

static const struct report_row *row(const struct report *r, const char *code)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->rows[i].code, code) == 0)
            return &r->rows[i];
    fail_msg("no row %s", code);
    return NULL;
}

struct expected {
    unsigned planned, on_time, late, missed, open, reached;
};

static void assert_figures(const struct report_row *r, struct expected e)
{
    assert_int_equal(r->figures.planned, e.planned);
    assert_int_equal(r->figures.done, e.on_time + e.late);
    assert_int_equal(r->figures.on_time, e.on_time);
    assert_int_equal(r->figures.late, e.late);
    assert_int_equal(r->figures.missed, e.missed);
    assert_int_equal(r->figures.open, e.open);
    assert_int_equal(r->figures.reached, e.reached);
}

/* --- figures --- */

static void each_task_of_the_period_is_counted_once(void **state)
{
    struct report_query q = week(REPORT_BY_EMPLOYEE);
    const struct report *r;

    (void)state;
    a_week();
    r = read_report(&q);
    assert_int_equal(r->n, 4);
    assert_figures(row(r, "anna"), (struct expected){ 3, 2, 1, 0, 0, 2 });
    assert_figures(row(r, "bruno"), (struct expected){ 2, 0, 0, 1, 1, 0 });
    assert_figures(row(r, "chloe"), (struct expected){ 1, 1, 0, 0, 0, 1 });
    assert_figures(&r->rows[3], (struct expected){ 1, 0, 0, 1, 0, 0 }); /* nobody's: the last */
    assert_int_equal(r->rows[3].key, 0);
    assert_figures(&r->total, (struct expected){ 7, 3, 1, 2, 1, 3 });
    assert_string_equal(r->rows[0].name, "Anna");
    assert_int_equal(r->made_at.hour, 13);
}

static void the_same_tasks_make_every_kind_of_rows(void **state)
{
    static const struct {
        enum report_by by;
        const char *first;
        size_t rows;
    } table[] = {
        { REPORT_BY_MANAGER, "lea", 3 },    { REPORT_BY_TEAM, "lyon", 2 },
        { REPORT_BY_CATEGORY, "home", 3 },  { REPORT_BY_SOURCE, "list", 1 },
        { REPORT_BY_DAY, "2026-11-23", 5 }, { REPORT_BY_WEEK, "2026-W48", 1 },
        { REPORT_BY_MONTH, "2026-11", 1 },
    };

    (void)state;
    a_week();
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct report_query q = week(table[i].by);
        const struct report *r = read_report(&q);

        assert_int_equal(r->n, table[i].rows);
        assert_string_equal(r->rows[0].code, table[i].first);
        assert_figures(&r->total, (struct expected){ 7, 3, 1, 2, 1, 3 });
    }
}

static void outcomes_add_up_to_what_was_done(void **state)
{
    struct report_query q = week(REPORT_BY_TEAM);
    const struct report *r;
    uint64_t sum = 0;

    (void)state;
    a_week();
    r = read_report(&q);
    assert_int_equal(r->n_outcomes, 3);
    assert_string_equal(r->outcomes[2].label, "order taken");
    assert_int_equal(row(r, "paris")->outcomes[0], 1);
    assert_int_equal(row(r, "paris")->outcomes[1], 1);
    assert_int_equal(row(r, "paris")->outcomes[2], 1);
    assert_int_equal(row(r, "lyon")->outcomes[0], 1);
    for (size_t i = 0; i < r->n_outcomes; i++)
        sum += r->total.outcomes[i];
    assert_int_equal(sum, r->total.figures.done);
}

/* The list is made at 7:00 in Paris, which is 6:00 UTC. */
static void the_time_to_a_result_begins_on_the_list(void **state)
{
    struct report_query q = week(REPORT_BY_EMPLOYEE);
    const struct report *r;

    (void)state;
    a_week();
    r = read_report(&q);
    /* 9:00, 17:00, and 8:00 of the day after. */
    assert_int_equal(row(r, "anna")->figures.answer_s, (3 + 11 + 26) * 3600);
    assert_int_equal(row(r, "chloe")->figures.answer_s, 0); /* done before its day */
}

/* Of Lyon's people three hours further east, seven o'clock is 3:00 UTC. */
static void a_team_elsewhere_is_counted_by_its_own_clock(void **state)
{
    struct report_query q = week(REPORT_BY_DAY);
    const struct report *r;

    (void)state;
    people();
    set_clock(at(2026, 11, 26, 12, 0));
    testdb_sql("UPDATE team SET timezone = 'Indian/Reunion' WHERE id = 2");
    task(1, 1, 1, "3", "2026-11-24", "2026-11-24 17:00:00", "2026-11-24 09:00:00", 1);
    task(2, 2, 2, "6", "2026-11-25", "2026-11-25 14:00:00", "2026-11-25 05:00:00", 1);
    testdb_sql("UPDATE contact_task SET created_at = '2026-11-20'");
    unplanned(at(2026, 11, 22, 19, 59), 6, 1, "NULL"); /* Sunday, 23:59 there */
    unplanned(at(2026, 11, 22, 20, 0), 6, 1, "NULL");  /* Monday */
    unplanned(at(2026, 11, 22, 20, 0), 3, 1, "NULL");  /* still Sunday in Paris */
    unplanned(at(2026, 11, 25, 20, 0), 6, 3, "NULL");
    unplanned(at(2026, 11, 29, 20, 0), 6, 3, "NULL"); /* the Monday after */
    r = read_report(&q);
    assert_int_equal(row(r, "2026-11-24")->figures.answer_s, 3 * 3600);
    assert_int_equal(row(r, "2026-11-25")->figures.answer_s, 2 * 3600);
    assert_int_equal(r->total.figures.unplanned, 2);
    assert_int_equal(row(r, "2026-11-23")->figures.unplanned, 1);
    assert_int_equal(row(r, "2026-11-26")->figures.unplanned, 1);
}

/* In New York the clocks were put back a week after those of Paris, on November 1st. */
static void each_clock_is_changed_on_its_own_day(void **state)
{
    struct report_query q = week(REPORT_BY_DAY);
    const struct report *r;

    (void)state;
    people();
    set_clock(at(2026, 11, 26, 12, 0));
    testdb_sql("UPDATE team SET timezone = 'America/New_York' WHERE id = 2");
    q.from = (struct civil)DAY(2026, 10, 20);
    q.to = (struct civil)DAY(2026, 11, 10);
    for (int day = 30; day <= 33; day++) { /* an hour after the list, in summer and in winter */
        char on[11], due[20], done[20];

        snprintf(on, sizeof(on), "2026-%d-%02d", day > 31 ? 11 : 10, day > 31 ? day - 31 : day);
        snprintf(due, sizeof(due), "%s 22:00:00", on);
        snprintf(done, sizeof(done), "%s %d:00:00", on, day > 31 ? 13 : 12);
        task(day, 1, 2, "6", on, due, done, 1);
    }
    testdb_sql("UPDATE contact_task SET created_at = '2026-10-01'");
    unplanned(at(2026, 11, 1, 3, 59), 6, 1, "NULL"); /* October 31st, 23:59, in summer */
    unplanned(at(2026, 11, 1, 4, 0), 6, 1, "NULL");
    unplanned(at(2026, 11, 2, 4, 59), 6, 1, "NULL"); /* November 1st, 23:59, in winter */
    unplanned(at(2026, 11, 2, 5, 0), 6, 1, "NULL");
    r = read_report(&q);
    assert_int_equal(row(r, "2026-10-31")->figures.answer_s, 3600);
    assert_int_equal(row(r, "2026-11-02")->figures.answer_s, 3600);
    assert_int_equal(row(r, "2026-10-31")->figures.unplanned, 1);
    assert_int_equal(row(r, "2026-11-01")->figures.unplanned, 2);
    assert_int_equal(row(r, "2026-11-02")->figures.unplanned, 1);
}

static void only_those_asked_about_are_in_it(void **state)
{
    struct report_query q = week(REPORT_BY_EMPLOYEE);

    (void)state;
    a_week();
    q.team = "lyon";
    assert_int_equal(read_report(&q)->total.figures.planned, 2);
    q.team = NULL;
    q.manager = "max";
    assert_int_equal(read_report(&q)->total.figures.planned, 5);
    assert_string_equal(read_report(&q)->of[0], "Max");
    q.manager = "dora"; /* everybody's, but what is nobody's */
    assert_int_equal(read_report(&q)->total.figures.planned, 6);
    q.manager = NULL;
    q.staff = "bruno";
    assert_int_equal(read_report(&q)->total.figures.planned, 2);
    q.category = "pro";
    assert_int_equal(read_report(&q)->total.figures.planned, 2);
    q.category = "home";
    assert_int_equal(read_report(&q)->n, 0);
}

/* --- orders --- */

static void an_order_follows_the_last_contact_that_reached(void **state)
{
    struct report_query q = week(REPORT_BY_EMPLOYEE);
    const struct report *r;

    (void)state;
    a_week();
    order(1, 1, "2026-11-23 09:00:00", 1000, "");                  /* Anna's, at once */
    order(2, 1, "2026-11-30 08:59:59", 100, "");                   /* ... the last moment */
    order(3, 1, "2026-11-30 09:00:00", 5, "");                     /* too late */
    order(4, 1, "2026-11-23 08:00:00", 7, "");                     /* before */
    order(5, 2, "2026-11-24 09:00:00", 9, "");                     /* nobody was reached */
    order(6, 3, "2026-11-25 07:00:00", 2000, "");                  /* told of an hour later */
    order(7, 3, "2026-11-27 09:00:00", 300, "");                   /* Chlo\u00e9's: she was later */
    order(8, 3, "2026-11-27 09:00:00", 400, "'cancelled', 'EUR'"); /* never was one */
    order(9, 3, "2026-11-27 10:00:00", 500, "'planned', 'CHF'");   /* not added to euros */
    order(10, 3, "2026-11-24 22:59:59", 11, "");                   /* the day before, in Paris */
    r = read_report(&q);
    assert_int_equal(row(r, "anna")->figures.orders, 3);
    assert_int_equal(row(r, "anna")->figures.order_cents, 3100);
    assert_int_equal(row(r, "chloe")->figures.orders, 2);
    assert_int_equal(row(r, "chloe")->figures.order_cents, 300);
    assert_int_equal(r->total.figures.orders, 5);
}

static void no_order_is_counted_twice(void **state)
{
    struct report_query q = week(REPORT_BY_DAY);

    (void)state;
    people();
    set_clock(at(2026, 11, 26, 12, 0));
    task(1, 1, 1, "3", "2026-11-23", "2026-11-23 17:00:00", "2026-11-23 09:00:00", 1);
    task(2, 1, 1, "3", "2026-11-24", "2026-11-24 17:00:00", "2026-11-24 09:00:00", 5);
    task(3, 1, 1, "3", "2026-11-25", "2026-11-25 17:00:00", "2026-11-24 09:00:00", 1);
    order(1, 1, "2026-11-24 08:00:00", 1, ""); /* noted an hour later, as taken */
    order(2, 1, "2026-11-24 09:00:00", 1, "");
    assert_int_equal(read_report(&q)->total.figures.orders, 2);
}

/* --- what nobody had planned --- */

static void unplanned_contacts_are_of_the_day_by_the_clock_of_the_house(void **state)
{
    struct report_query q = week(REPORT_BY_DAY);
    const struct report *r;

    (void)state;
    a_week();
    unplanned(at(2026, 11, 22, 22, 59), 3, 1, "NULL"); /* Sunday, 23:59 */
    unplanned(at(2026, 11, 22, 23, 0), 3, 1, "NULL");  /* Monday, 0:00 */
    unplanned(at(2026, 11, 26, 9, 0), 6, 3, "NULL");
    unplanned(at(2026, 11, 26, 9, 0), 6, 3, "6"); /* planned */
    unplanned(at(2026, 11, 29, 23, 0), 6, 3, "NULL");
    r = read_report(&q);
    assert_int_equal(r->total.figures.unplanned, 2);
    assert_int_equal(row(r, "2026-11-23")->figures.unplanned, 1);
    assert_int_equal(row(r, "2026-11-26")->figures.unplanned, 1);
    q.by = REPORT_BY_EMPLOYEE;
    q.team = "lyon";
    assert_int_equal(read_report(&q)->total.figures.unplanned, 1);
}

/* On October 25th, 2026 Paris has 25 hours; on March 29th, 23. */
static void a_day_of_another_length_is_one_day(void **state)
{
    struct report_query q = week(REPORT_BY_DAY);
    const struct report *r;

    (void)state;
    people();
    set_clock(at(2026, 11, 26, 12, 0));
    q.from = (struct civil)DAY(2026, 10, 24);
    q.to = (struct civil)DAY(2026, 10, 26);
    task(1, 1, 1, "3", "2026-10-25", "2026-10-25 17:00:00", "2026-10-25 07:00:00", 1);
    task(2, 2, 1, "3", "2026-10-26", "2026-10-26 17:00:00", "2026-10-26 07:00:00", 1);
    testdb_sql("UPDATE contact_task SET created_at = '2026-10-01 00:00:00'");
    unplanned(at(2026, 10, 24, 21, 59), 3, 1, "NULL"); /* 23:59 in summer */
    unplanned(at(2026, 10, 24, 22, 0), 3, 1, "NULL");
    unplanned(at(2026, 10, 25, 22, 59), 3, 1, "NULL"); /* 23:59 in winter */
    unplanned(at(2026, 10, 25, 23, 0), 3, 1, "NULL");
    r = read_report(&q);
    assert_int_equal(r->n, 3);
    assert_int_equal(row(r, "2026-10-24")->figures.unplanned, 1);
    assert_int_equal(row(r, "2026-10-25")->figures.unplanned, 2);
    assert_int_equal(row(r, "2026-10-26")->figures.unplanned, 1);
    /* The list of a Sunday counts from its midnight on: 22:00 UTC, and seven hours. */
    assert_int_equal(row(r, "2026-10-25")->figures.answer_s, 2 * 3600);
    assert_int_equal(row(r, "2026-10-26")->figures.answer_s, 3600);
    q.to = (struct civil)DAY(2026, 10, 25);
    assert_int_equal(read_report(&q)->total.figures.unplanned, 3);
    assert_int_equal(read_report(&q)->n, 2);
}

/* It is asked in pieces; each day is in one of them. */
static void a_year_counts_each_of_its_days_once(void **state)
{
    struct report_query q = week(REPORT_BY_MONTH);
    const struct report *r;

    (void)state;
    people();
    set_clock(at(2027, 1, 1, 12, 0));
    testdb_sql("INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, day, due_at,"
               " title, created_at, created_by)"
               " SELECT seq, 1, 1, 3, 'plan', DATE('2025-12-31') + INTERVAL seq DAY,"
               " DATE('2025-12-31') + INTERVAL seq DAY, 't', NOW(), 'x' FROM seq_0_to_366");
    q.from = (struct civil)DAY(2026, 1, 1);
    q.to = (struct civil)DAY(2026, 12, 31);
    r = read_report(&q);
    assert_int_equal(r->n, 12);
    assert_int_equal(r->total.figures.planned, 365);
    assert_int_equal(row(r, "2026-02")->figures.planned, 28);
    assert_int_equal(row(r, "2026-03")->figures.planned, 31);
    assert_int_equal(row(r, "2026-10")->figures.planned, 31);
}

/* --- refusals --- */

static void assert_refused(struct report_query q, const char *field, const char *words)
{
    const char *where = NULL;
    struct error err = { "" };
    struct report *r = NULL;

    assert_int_equal(report_read(db, &q, &arena, &r, &where, &err), RC_INVALID);
    assert_string_equal(where, field);
    assert_non_null(strstr(err.text, words));
    assert_null(r);
}

static void what_cannot_be_is_refused_with_its_field(void **state)
{
    struct report_query q = week(REPORT_BY_TEAM);

    (void)state;
    people();
    q.to = (struct civil)DAY(2026, 11, 22);
    assert_refused(q, "to", "before the first");
    q.to = (struct civil)DAY(2028, 11, 23);
    assert_refused(q, "to", "at most 400 days");
    q = week(REPORT_BY_TEAM);
    q.team = "nice";
    assert_refused(q, "team", "\"nice\"");
    q = week(REPORT_BY_TEAM);
    q.manager = "nobody";
    assert_refused(q, "manager", "\"nobody\"");
}

static void a_report_with_too_many_rows_is_refused(void **state)
{
    char sql[256];

    (void)state;
    people();
    for (int i = 10; i <= REPORT_ROWS_MAX + 10; i += 500) {
        snprintf(
            sql, sizeof(sql),
            "INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, day, due_at,"
            " title, created_at, created_by) SELECT seq, seq, 1, seq, 'list', '2026-11-24',"
            " NOW(), 't', NOW(), 'x' FROM seq_%d_to_%d",
            i, i + 499);
        testdb_sql(sql);
    }
    assert_refused(week(REPORT_BY_EMPLOYEE), "by", "more than 1000 rows");
}

static void nothing_is_a_report_too(void **state)
{
    struct report_query q = week(REPORT_BY_TEAM);

    (void)state;
    people();
    assert_int_equal(read_report(&q)->n, 0);
    assert_int_equal(read_report(&q)->total.figures.planned, 0);
}

static uint64_t rows_walked(void)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db,
                                  "SELECT CAST(VARIABLE_VALUE AS UNSIGNED)"
                                  "  FROM information_schema.SESSION_STATUS"
                                  " WHERE VARIABLE_NAME = 'HANDLER_READ_RND_NEXT'",
                                  DB_NO_INPUT, &n),
                     RC_OK);
    return n;
}

/* A third of them: without all it needs in the index, the database would rather read every task. */
static void the_days_of_a_report_are_read_from_the_index_alone(void **state)
{
    struct report_query q = week(REPORT_BY_EMPLOYEE);
    uint64_t before, none, tasks;

    (void)state;
    people();
    testdb_sql("INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, state, day,"
               " due_at, title, created_at, created_by, done_at, outcome_id)"
               " SELECT seq, 1 + seq MOD 3, 1, 3 + seq MOD 2, 'plan', 'done',"
               " '2026-11-09' + INTERVAL seq MOD 21 DAY, '2026-11-30', REPEAT('t', 200),"
               " '2026-11-09', 'list', '2026-11-16', 1 + seq MOD 2 FROM seq_1_to_8400");
    testdb_sql("ANALYZE TABLE contact_task");
    before = rows_walked();
    none = rows_walked() - before;
    before = rows_walked();
    assert_int_equal(read_report(&q)->total.figures.planned, 2800);
    tasks = rows_walked() - before - none;
    assert_in_range(tasks, 0, 2000);
}

/* --- schedules --- */

static utc_us utc_of(struct report_schedule *s)
{
    assert_int_equal(report_schedule_read(db, "monday", &arena, s), RC_OK);
    return s->next_at;
}

static void set(const struct report_plan *plan)
{
    struct error err = { "" };
    const char *field;

    if (report_schedule_set(db, plan, "Europe/Paris", "fr", "eva", &field, &err))
        fail_msg("%s", err.text);
}

/* The week of November 16th, with one mail. */
static enum rc send_week(struct db *by, const struct report_schedule *s, bool *sent)
{
    struct mail_new mail = { .kind = "report", .to = "a@b.example", .subject = "s", .text = "t" };
    const struct report_sending sending = { .schedule = s,
                                            .from = DAY(2026, 11, 16),
                                            .to = DAY(2026, 11, 22),
                                            .mails = &mail,
                                            .n = 1,
                                            .at = clock_now(),
                                            .next_at =
                                                s->next_at + 7 * SEC_PER_DAY * USEC_PER_SEC };

    assert_int_equal(mail_out_new_ids(by, 1, &mail.id), RC_OK);
    return report_schedule_sent(by, &sending, sent);
}

static uint64_t count(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

static const char COUNT_MAILS[] = "SELECT COUNT(*) FROM mail_out";

static void what_two_nodes_find_due_goes_out_once(void **state)
{
    struct db *other = testdb_open_lane(1);
    struct report_schedule first, second;
    bool sent = false;

    (void)state;
    people();
    set_clock(at(2026, 11, 20, 12, 0));
    set(&(struct report_plan){ .name = "monday", .recipients = "a@b.example" });
    assert_int_equal(report_schedule_due(db, clock_now(), &arena, &first), RC_NOTFOUND);
    set_clock(at(2026, 11, 23, 6, 0)); /* 7:00 in Paris */
    assert_int_equal(report_schedule_due(db, clock_now(), &arena, &first), RC_OK);
    assert_int_equal(report_schedule_due(other, clock_now(), &arena, &second), RC_OK);
    assert_int_equal(send_week(db, &first, &sent), RC_OK);
    assert_true(sent);
    assert_int_equal(send_week(other, &second, &sent), RC_CONFLICT);
    assert_int_equal(count(COUNT_MAILS), 1);
    db_close(other);
}

static void a_period_that_went_out_does_not_go_out_again_when_the_hour_is_changed(void **state)
{
    struct report_schedule s;
    bool sent = false;

    (void)state;
    people();
    set_clock(at(2026, 11, 20, 12, 0));
    set(&(struct report_plan){ .name = "monday", .recipients = "a@b.example" });
    set_clock(at(2026, 11, 23, 6, 1));
    utc_of(&s);
    assert_int_equal(send_week(db, &s, &sent), RC_OK);
    set(&(struct report_plan){ .name = "monday", .at = "08:00" });
    assert_true(utc_of(&s) == at(2026, 11, 23, 7, 0));
    assert_string_equal(s.recipients, "a@b.example"); /* what was not given stays */
    assert_string_equal(s.last_day, "2026-11-22");
    assert_int_equal(send_week(db, &s, &sent), RC_OK);
    assert_false(sent);
    assert_int_equal(count(COUNT_MAILS), 1);
    assert_true(utc_of(&s) == at(2026, 11, 30, 7, 0));
}

static void what_waits_goes_out_when_the_schedule_is_set_right(void **state)
{
    struct report_schedule s;
    bool sent = false;

    (void)state;
    people();
    set_clock(at(2026, 11, 20, 12, 0));
    set(&(struct report_plan){ .name = "monday", .team = "lyon", .recipients = "a@b.example" });
    set_clock(at(2026, 11, 23, 6, 1));
    utc_of(&s);
    assert_int_equal(
        report_schedule_put_off(db, &s, at(2026, 11, 23, 6, 16), "there is no team \"lyon\""),
        RC_OK);
    set_clock(at(2026, 11, 23, 6, 5));
    set(&(struct report_plan){ .name = "monday", .team = "paris" });
    assert_int_equal(report_schedule_due(db, clock_now(), &arena, &s), RC_OK);
    assert_string_equal(s.problem, "");
    assert_int_equal(send_week(db, &s, &sent), RC_OK);
    assert_true(sent);
    set(&(struct report_plan){ .name = "monday", .team = "lyon" });
    assert_true(utc_of(&s) > clock_now()); /* it went out */
}

static void what_is_due_waits_for_another_hour_that_is_set(void **state)
{
    struct report_schedule s;

    (void)state;
    people();
    set_clock(at(2026, 11, 20, 12, 0));
    set(&(struct report_plan){ .name = "monday", .recipients = "a@b.example" });
    set_clock(at(2026, 11, 23, 6, 1));
    set(&(struct report_plan){ .name = "monday", .at = "09:00" });
    assert_true(utc_of(&s) == at(2026, 11, 23, 8, 0)); /* the same week, later */
    set_clock(at(2026, 11, 23, 8, 1));
    set(&(struct report_plan){ .name = "monday", .at = "08:30" });
    assert_true(utc_of(&s) <= clock_now());
    set(&(struct report_plan){ .name = "monday", .period = "month" });
    assert_true(utc_of(&s) == at(2026, 12, 1, 7, 30));
}

static const char COUNT_SENT[] = "SELECT COUNT(*) FROM report_sent";

static void one_for_each_manager_goes_on_when_all_have_theirs(void **state)
{
    struct report_schedule s;
    const struct civil week = DAY(2026, 11, 16);
    struct report_sending sending = { .schedule = &s, .from = week, .to = DAY(2026, 11, 22) };
    struct mail_new mail = { .kind = "report", .to = "a@b.example", .subject = "s", .text = "t" };
    bool sent = false, was = false;

    (void)state;
    people();
    set_clock(at(2026, 11, 20, 12, 0));
    set(&(struct report_plan){ .name = "monday", .for_each = "manager" });
    set_clock(at(2026, 11, 23, 6, 1));
    sending.mails = &mail;
    sending.n = 1;
    sending.at = clock_now();
    for (unsigned i = 0; i < 4; i++) { /* each of two managers twice */
        assert_int_equal(report_schedule_due(db, clock_now(), &arena, &s), RC_OK);
        assert_int_equal(mail_out_new_ids(db, 1, &mail.id), RC_OK);
        sending.manager_id = i % 2 ? 5 : 2;
        assert_int_equal(report_schedule_sent(db, &sending, &sent), RC_OK);
        assert_int_equal(sent, i < 2);
    }
    assert_int_equal(count(COUNT_MAILS), 2);
    assert_int_equal(report_schedule_put_off(db, &s, at(2026, 11, 30, 6, 0), ""), RC_OK);
    assert_int_equal(report_schedule_due(db, clock_now(), &arena, &s), RC_NOTFOUND);
    utc_of(&s);
    assert_int_equal(report_schedule_anew(db, &s, &week, "eva"), RC_OK);
    assert_int_equal(report_schedule_was_sent(db, &s, &week, &sending.to, 2, &was), RC_OK);
    assert_false(was);
    assert_int_equal(count(COUNT_SENT), 0);
    assert_int_equal(report_schedule_due(db, clock_now(), &arena, &s), RC_OK);
}

static void one_that_was_removed_meanwhile_sends_nothing(void **state)
{
    struct report_schedule s;
    bool sent = false;

    (void)state;
    people();
    set_clock(at(2026, 11, 20, 12, 0));
    set(&(struct report_plan){ .name = "monday", .recipients = "a@b.example" });
    utc_of(&s);
    assert_int_equal(report_schedule_remove(db, "monday", "eva"), RC_OK);
    assert_int_equal(send_week(db, &s, &sent), RC_CONFLICT);
    assert_int_equal(count(COUNT_MAILS), 0);
    assert_int_equal(report_schedule_remove(db, "monday", "eva"), RC_NOTFOUND);
}

/* --- */

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    arena_init(&arena);
    return 0;
}

static int done(void **state)
{
    (void)state;
    arena_close(&arena);
    db_close(db);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, done)
        TEST(each_task_of_the_period_is_counted_once),
        TEST(the_same_tasks_make_every_kind_of_rows),
        TEST(outcomes_add_up_to_what_was_done),
        TEST(the_time_to_a_result_begins_on_the_list),
        TEST(a_team_elsewhere_is_counted_by_its_own_clock),
        TEST(each_clock_is_changed_on_its_own_day),
        TEST(only_those_asked_about_are_in_it),
        TEST(an_order_follows_the_last_contact_that_reached),
        TEST(no_order_is_counted_twice),
        TEST(unplanned_contacts_are_of_the_day_by_the_clock_of_the_house),
        TEST(a_day_of_another_length_is_one_day),
        TEST(a_year_counts_each_of_its_days_once),
        TEST(what_cannot_be_is_refused_with_its_field),
        TEST(a_report_with_too_many_rows_is_refused),
        TEST(nothing_is_a_report_too),
        TEST(the_days_of_a_report_are_read_from_the_index_alone),
        TEST(what_two_nodes_find_due_goes_out_once),
        TEST(a_period_that_went_out_does_not_go_out_again_when_the_hour_is_changed),
        TEST(what_waits_goes_out_when_the_schedule_is_set_right),
        TEST(what_is_due_waits_for_another_hour_that_is_set),
        TEST(one_for_each_manager_goes_on_when_all_have_theirs),
        TEST(one_that_was_removed_meanwhile_sends_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
