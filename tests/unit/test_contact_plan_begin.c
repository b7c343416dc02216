/* test_contact_plan_begin.c - who begins a plan: by themselves, by a rule, by hand; on a real
 * database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/db.h"
#include "tests/support/plan_rig.h"
#include "tests/support/testdb.h"

static void new_customers_begin_by_themselves_and_once(void **state)
{
    plan_on("new", "enrol new customers\nfor category = shop\nday 0: sms\n text Bonjour\n");
    plan_on("vips", "enrol new customers\nfor category = vip\nday 0: sms\n text Non\n");

    (void)state;
    order_is("C1", ORDER_PLANNED, 0);
    assert_int_equal(COUNT("contact_plan_news"), 1);
    assert_int_equal(plan_tick(), 1);
    order_is("C1", ORDER_OUT, 0);
    assert_int_equal(plan_tick(), 0);
    assert_int_equal(COUNT("contact_plan_news"), 0);
    assert_int_equal(COUNT("contact_enrolment WHERE created_by = 'plan'"), 1);
}

static void a_first_order_begins_a_plan_and_a_second_does_not(void **state)
{
    plan_on("first", "enrol first order\nday 0: sms\n text Merci\n");

    (void)state;
    take(&(struct delivery){ "K1", "C1", "+33612340001", ORDER_PLANNED, 0, clock_now() });
    assert_int_equal(plan_tick(), 1);
    take(&(struct delivery){ "K1", "C2", "+33612340001", ORDER_PLANNED, 0, clock_now() });
    take(&(struct delivery){ "K2", "C3", "+33612340002", ORDER_DELIVERED, at(2026, 9, 1, 8, 0),
                             at(2026, 8, 30, 8, 0) }); /* what a first file tells of old orders */
    assert_int_equal(plan_tick(), 0);
    assert_int_equal(COUNT("contact_enrolment"), 1);
}

static enum rc news_of(unsigned customer, size_t *begun)
{
    struct contact_plan_done done = { .more = false };
    char sql[160];
    enum rc rc;

    snprintf(sql, sizeof(sql),
             "REPLACE INTO contact_plan_news (customer_id, is_new, at)"
             " VALUES (%u, TRUE, NOW(6))",
             customer);
    testdb_sql(sql);
    rc = contact_plan_take_news(rig_db, &plan_settings, &done);
    *begun = done.enrolled;
    return rc;
}

static void a_first_import_does_not_welcome_everybody(void **state)
{
    const uint64_t plan = plan_on("new", "enrol new customers\nday 3: sms\n text Bonjour\n");
    size_t begun;

    (void)state;
    assert_int_equal(COUNT("contact_plan WHERE most_a_day = 1000"), 1);
    assert_int_equal(contact_plan_switch(rig_db, plan, false, -1, "test", NULL), RC_OK);
    assert_int_equal(contact_plan_switch(rig_db, plan, true, 1, "test", NULL), RC_OK);
    assert_int_equal(news_of(1, &begun), RC_OK);
    assert_int_equal(begun, 1);
    assert_int_equal(news_of(2, &begun), RC_INVALID);
    assert_int_equal(
        COUNT("contact_plan WHERE state = 'off' AND why LIKE 'more than 1 customers%'"), 1);
    assert_int_equal(news_of(2, &begun), RC_OK);
    assert_int_equal(begun, 0);
    /* On again, as many may begin; and so they may the next day. */
    assert_int_equal(contact_plan_switch(rig_db, plan, true, -1, "test", NULL), RC_OK);
    assert_int_equal(COUNT("contact_plan WHERE why = ''"), 1);
    assert_int_equal(news_of(2, &begun), RC_OK);
    assert_int_equal(begun, 1);
    set_clock(at(2026, 11, 3, 8, 0));
    assert_int_equal(news_of(3, &begun), RC_OK);
    assert_int_equal(begun, 1);
}

static void nobody_is_noted_when_no_plan_waits(void **state)
{
    plan_set("new", "enrol new customers\nday 0: sms\n text Bonjour\n");

    (void)state;
    order_is("C1", ORDER_PLANNED, 0);
    assert_int_equal(COUNT("contact_plan_news"), 0);
}

static void an_audience_begins_page_by_page_but_nobody_twice(void **state)
{
    const uint64_t plan = plan_on("all", "day 0: sms\n text Bonjour\n");
    struct error err = { "" };
    uint64_t walk;

    (void)state;
    crowd_fill(100, 1200);
    plan_begin_for(plan, 1);
    assert_int_equal(
        contact_plan_enrol_audience(rig_db, plan, "city = Lyon or id unknown", "test", &walk, &err),
        RC_INVALID);
    assert_int_equal(contact_plan_enrol_audience(rig_db, plan, "", "test", &walk, &err), RC_OK);
    plan_tick();
    assert_int_equal(COUNT("contact_enrolment"), 1203);
    assert_int_equal(COUNT("contact_plan_walk WHERE state = 'done' AND found = 1202"
                           " AND changed = 1202"),
                     1);
    assert_int_equal(COUNT("message"), 1203);
}

static void who_is_under_way_cannot_begin_again_but_later_may(void **state)
{
    const uint64_t plan = plan_on("one", "day 1: sms\n text Un\n");
    struct error err = { "" };
    uint64_t id;

    (void)state;
    plan_begin_for(plan, 1);
    assert_int_equal(contact_enrol(rig_db, plan, 1, false, &plan_settings, "test", &id, &err),
                     RC_CONFLICT);
    assert_int_equal(contact_enrol(rig_db, plan, 99, false, &plan_settings, "test", &id, &err),
                     RC_NOTFOUND);
    assert_int_equal(plan_live_until(at(2026, 11, 4, 8, 0)), 1);
    plan_begin_for(plan, 1);
    assert_int_equal(plan_live_until(at(2026, 11, 6, 8, 0)), 1);
}

static void whom_the_plan_is_not_for_begins_when_a_person_means_it(void **state)
{
    const uint64_t plan = plan_on("one", "for city = Lyon\nday 1: sms\n text Un\n");
    struct error err = { "" };
    uint64_t id;

    (void)state;
    testdb_sql("UPDATE customer SET city = IF(id = 1, 'Lyon', 'Paris')");
    assert_int_equal(contact_enrol(rig_db, plan, 1, false, &plan_settings, "test", &id, &err),
                     RC_OK);
    assert_int_equal(contact_enrol(rig_db, plan, 2, false, &plan_settings, "test", &id, &err),
                     RC_CONFLICT);
    assert_string_equal(err.text, "customer 2 is none of those whom one is for (city = Lyon); say "
                                  "--yes if that is meant");
    assert_int_equal(contact_enrol(rig_db, plan, 2, true, &plan_settings, "test", &id, &err),
                     RC_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, plan_rig_open, rig_close)
    const struct CMUnitTest tests[] = {
        TEST(new_customers_begin_by_themselves_and_once),
        TEST(a_first_order_begins_a_plan_and_a_second_does_not),
        TEST(a_first_import_does_not_welcome_everybody),
        TEST(nobody_is_noted_when_no_plan_waits),
        TEST(an_audience_begins_page_by_page_but_nobody_twice),
        TEST(who_is_under_way_cannot_begin_again_but_later_may),
        TEST(whom_the_plan_is_not_for_begins_when_a_person_means_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
