/*
 * test_contact_plan_faults.c - customers go through a plan, with the end of the process before its
 * Nth statement, for every N, and another node that goes on: each step happens once.
 *
 * The faults come by the linker (-Wl,--wrap), as in test_store_faults.c; what is to end runs in a
 * child.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/customer_edit.h"
#include "store/db.h"
#include "tests/support/plan_rig.h"
#include "tests/support/testdb.h"

#define DIED      9
#define CUSTOMERS 3

static unsigned dies_at, count;    /* dies_at 0: never */
static void (*before_begin)(void); /* what comes before the next transaction, once */

int __real_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len);
int __real_mysql_stmt_execute(MYSQL_STMT *stmt);
int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len);
int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt);

static void count_one(void)
{
    if (++count == dies_at)
        _exit(DIED);
}

int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len)
{
    void (*first)(void) = before_begin;

    count_one();
    if (first && strncmp(sql, "START", 5) == 0) {
        before_begin = NULL;
        first();
    }
    return __real_mysql_real_query(mysql, sql, len);
}

int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt)
{
    count_one();
    return __real_mysql_stmt_execute(stmt);
}

static const char plan_text[] = "day 0: sms\n text Un\n"
                                "day 0: call\n title Appel\n"
                                "day 1: email,sms\n text Deux\n mail_template lettre\n"
                                " when city = Lyon\n";

/* Their second message is a mail. */
static int fresh(void **state)
{
    char address[40];
    const int failed = plan_rig_open(state);

    rig_by_mail(true);
    rig_mail_template("lettre", TEMPLATE_PROMOTIONAL, "Deux", "**Deux**");
    for (uint64_t id = 1; id <= CUSTOMERS; id++) {
        snprintf(address, sizeof(address), "p%u@example.com", (unsigned)id);
        crowd_add_mail(id, address, "granted", NULL);
    }
    return failed;
}

/* All of them begin by a walk; a day goes by. */
static void live(int until_hour)
{
    plan_tick();
    set_clock(at(2026, 11, 3, until_hour, 0));
    plan_tick();
}

/* True: it came to its end. */
static bool live_until_statement(unsigned nth)
{
    int status;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        rig_db = testdb_open_lane(7);
        dies_at = nth;
        count = 0;
        live(12);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == DIED);
    return WEXITSTATUS(status) == 0;
}

static void begin_anew(uint64_t plan)
{
    static const char *const statements[] = {
        "DELETE FROM contact_enrolment",
        "DELETE FROM contact_plan_log",
        "DELETE FROM contact_plan_walk",
        "DELETE FROM contact_task",
        "DELETE FROM occasion_event",
        "DELETE FROM occasion_sent",
        "DELETE FROM message",
        "DELETE FROM outbox_slice",
        "DELETE FROM campaign",
        "UPDATE occasion SET campaign_id = NULL, campaign_to = NULL",
        "DELETE FROM campaign_recipient",
    };
    uint64_t walk;

    set_clock(at(2026, 11, 2, 8, 0));
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        testdb_sql(statements[i]);
    assert_int_equal(contact_plan_enrol_audience(rig_db, plan, "", "test", &walk, NULL), RC_OK);
}

static void each_step_was_done_once(unsigned nth)
{
    static const struct {
        const char *sql;
        uint64_t n; /* a customer */
    } facts[] = {
        { "SELECT COUNT(*) FROM contact_enrolment", 1 },
        { "SELECT COUNT(*) FROM contact_plan_log", 3 },
        { "SELECT COUNT(*) FROM contact_task", 1 },
        { "SELECT COUNT(DISTINCT customer_id) FROM contact_task", 1 },
        { "SELECT COUNT(*) FROM message", 2 },
        { "SELECT COUNT(DISTINCT customer_id, text) FROM message", 2 },
        { "SELECT COUNT(*) FROM message WHERE channel = 'email' AND subject = 'Deux'", 1 },
        { "SELECT COUNT(*) FROM occasion_sent WHERE message_id IS NOT NULL", 2 },
        { "SELECT CAST(SUM(message_n) AS UNSIGNED) FROM campaign", 2 },
        { "SELECT COUNT(*) FROM occasion_event", 0 },
    };

    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        const uint64_t is = crowd_count(facts[i].sql);
        if (is != facts[i].n * CUSTOMERS)
            fail_msg("after an end before statement %u: %s is %llu", nth, facts[i].sql,
                     (unsigned long long)is);
    }
}

static void a_plan_goes_on_after_an_end_anywhere(void **state)
{
    const uint64_t plan = plan_on("faults", plan_text);
    bool ended = false;
    unsigned n;

    (void)state;
    for (n = 1; !ended; n++) {
        begin_anew(plan);
        ended = live_until_statement(n);
        live(13); /* another node */
        each_step_was_done_once(n);
        assert_true(n < 1000);
    }
    assert_true(n > 60); /* it was long enough to mean something */
}

static void two_nodes_at_once_do_each_step_once(void **state)
{
    const uint64_t plan = plan_on("two", plan_text);
    struct contact_plan_done done;
    struct db *first = rig_db, *other = testdb_open_lane(5);

    (void)state;
    for (uint64_t id = 1; id <= CUSTOMERS; id++)
        plan_begin_for(plan, id);
    /* Turn by turn, each sees what the other one left; who comes second finds nothing of it. */
    for (int i = 0; i < 12; i++) {
        rig_db = i % 2 ? other : first;
        assert_int_equal(contact_plan_step(rig_db, plan, &plan_settings, &done), RC_OK);
    }
    rig_db = first;
    live(12);
    each_step_was_done_once(0);
    db_close(other);
}

static void carla_hears(void)
{
    struct db *node = rig_db;

    rig_db = testdb_open_lane(6);
    plan_result(crowd_count("SELECT id FROM contact_task"), "reached");
    db_close(rig_db);
    rig_db = node;
}

static void carla_stops(void)
{
    struct db *node = rig_db;

    rig_db = testdb_open_lane(6);
    assert_int_equal(contact_enrolment_stop(rig_db, crowd_count("SELECT id FROM contact_enrolment"),
                                            "by hand", "carla", NULL),
                     RC_OK);
    db_close(rig_db);
    rig_db = node;
}

static void a_result_that_comes_between_reading_and_writing_is_not_overlooked(void **state)
{
    const uint64_t plan = plan_on("heard", "day 0: call\n title Appel\n"
                                           "day 0: sms\n text Merci\n when outcome reached\n");
    struct contact_plan_done done;

    (void)state;
    plan_begin_for(plan, 1);
    assert_int_equal(contact_plan_step(rig_db, plan, &plan_settings, &done), RC_OK);
    assert_int_equal(done.tasks, 1);
    before_begin = carla_hears; /* the task is open as far as the step has read */
    assert_int_equal(contact_plan_step(rig_db, plan, &plan_settings, &done), RC_CONFLICT);
    assert_null(before_begin);
    assert_int_equal(plan_tick(), 1);
}

static void what_a_person_does_between_reading_and_writing_holds(void **state)
{
    const uint64_t plan = plan_on("stop", "day 0: sms\n text Un\n");
    struct contact_plan_done done;

    (void)state;
    plan_begin_for(plan, 1);
    before_begin = carla_stops;
    assert_int_equal(contact_plan_step(rig_db, plan, &plan_settings, &done), RC_CONFLICT);
    assert_null(before_begin);
    assert_int_equal(plan_tick(), 0);
}

static void carla_says_no_contact(void)
{
    const struct customer_edit edit = { .do_not_contact = ROW_SAYS_YES, .who = "carla" };
    struct customer_edited edited;
    struct error err = { "" };
    struct db *other = testdb_open_lane(6);

    assert_int_equal(customer_set(other, 1, &edit, &edited, &err), RC_OK);
    db_close(other);
}

static void who_wants_no_contact_by_then_is_given_no_call(void **state)
{
    const uint64_t plan = plan_on("call", "day 0: call\n title Appel\n");
    struct contact_plan_done done;

    (void)state;
    plan_begin_for(plan, 1);
    before_begin = carla_says_no_contact;
    assert_int_equal(contact_plan_step(rig_db, plan, &plan_settings, &done), RC_CONFLICT);
    assert_null(before_begin);
    plan_tick();
    assert_int_equal(COUNT("contact_task"), 0);
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'stopped'"), 1);
}

static void a_message_is_not_made_of_a_plan_that_is_stopped_meanwhile(void **state)
{
    const uint64_t plan = plan_on("two", "day 0: sms\n text Un\nday 1: sms\n text Deux\n");
    struct contact_plan_done done;
    struct occasion_step step;

    (void)state;
    plan_begin_for(plan, 1);
    assert_int_equal(contact_plan_step(rig_db, plan, &plan_settings, &done), RC_OK);
    set_clock(clock_now() + 1000);
    before_begin = carla_stops;
    assert_int_equal(
        occasion_step(rig_db, crowd_count("SELECT MIN(id) FROM occasion"), &rig_settings, &step),
        RC_CONFLICT);
    assert_null(before_begin);
    assert_int_equal(plan_tick(), 0);
    assert_int_equal(COUNT("occasion_sent WHERE reason = 'overtaken'"), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, rig_close)
    const struct CMUnitTest tests[] = {
        TEST(a_plan_goes_on_after_an_end_anywhere),
        TEST(two_nodes_at_once_do_each_step_once),
        TEST(a_result_that_comes_between_reading_and_writing_is_not_overlooked),
        TEST(what_a_person_does_between_reading_and_writing_holds),
        TEST(who_wants_no_contact_by_then_is_given_no_call),
        TEST(a_message_is_not_made_of_a_plan_that_is_stopped_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
