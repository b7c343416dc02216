/* test_notice_fate.c - notices by SMS that no carrier took, or that did not arrive: said by mail
 * or, where there is none, on record; once, wherever the process ends. */
#include "tests/support/escalation_rig.h"

#include <string.h>

#include "store/db.h"
#include "store/notice_fate.h"
#include "tests/support/mortal.h"
#include "tests/support/testdb.h"

static struct notice_fates look(void)
{
    struct notice_fates sum = { .mailed = 0 }, done;
    uint64_t cursor = 0;

    do {
        assert_int_equal(notice_fates_step(rig_db, &rig_settings, clock_now(), &cursor, &done),
                         RC_OK);
        sum.mailed += done.mailed;
        sum.lost += done.lost;
    } while (done.more);
    return sum;
}

static void expect_look(size_t mailed, size_t lost)
{
    const struct notice_fates done = look();

    assert_int_equal(done.mailed, mailed);
    assert_int_equal(done.lost, lost);
}

static void told_by_sms(unsigned staff_id, size_t n)
{
    rig_contacts(1, n, staff_id, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    rig_tick();
    expect_look(0, 0);
    assert_int_equal(COUNT("notice WHERE fate = 'open'"), 1);
}

static void an_sms_that_failed_is_said_by_mail_once(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms; after 1h manager by mail");
    told_by_sms(ANNA, 2);
    testdb_sql("UPDATE message SET state = 'failed', reason = 'no_route'");
    expect_look(1, 0);
    expect_look(0, 0);
    assert_int_equal(COUNT("mail_out WHERE recipient = 'anna@relais.example'"
                           " AND body LIKE '%1  Dupont%' AND body LIKE '%2  Dupont%'"),
                     1);
    assert_int_equal(COUNT("notice n JOIN notice_matter w ON w.notice_id = n.id"
                           " WHERE n.channel = 'email' AND n.staff_id = 1"),
                     2);
    assert_int_equal(COUNT("matter_event WHERE what = 'told_by_mail' AND who = 'anna'"
                           " AND detail = 'SMS failed: no_route'"),
                     2);
    assert_int_equal(COUNT("notice WHERE channel = 'sms' AND fate = 'mailed'"), 1);
    /* She was told, so the next step keeps its time. */
    assert_int_equal(rig_tick().told, 0);
    rig_clock(rig_at(6, 11, 0));
    assert_int_equal(rig_tick().told, 2);
}

static void of_several_matters_only_those_are_mailed_that_are_still_to_be_told(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms");
    told_by_sms(ANNA, 4);
    testdb_sql("UPDATE message SET state = 'submitting'");
    assert_int_equal(matter_settle(rig_db, MATTER_TASK, 1, "result", "anna"), RC_OK);
    assert_int_equal(matter_acknowledge(rig_db, MATTER_TASK, 2, ANNA, "anna"), RC_OK);
    assert_int_equal(matter_hand_over(rig_db, MATTER_TASK, 3, BRUNO, rig_at(6, 12, 0), "anna"),
                     RC_OK);
    testdb_sql("UPDATE message SET state = 'failed'");
    expect_look(1, 0);
    assert_int_equal(COUNT("mail_out WHERE body LIKE '%  4  Dupont%' AND body NOT LIKE '%  1  D%'"
                           " AND body NOT LIKE '%  2  D%' AND body NOT LIKE '%  3  D%'"),
                     1);
    assert_int_equal(COUNT("matter_event WHERE what = 'told_by_mail'"), 1);
    /* What is settled before the mail leaves is not said by it, either. */
    assert_int_equal(matter_settle(rig_db, MATTER_TASK, 4, "result", "anna"), RC_OK);
    assert_int_equal(COUNT("mail_out WHERE state = 'waiting'"), 0);
}

static void to_who_has_no_mail_it_is_on_record_and_the_next_step_follows_at_once(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms; after 4h manager by mail; late skip 1h");
    told_by_sms(BRUNO, 1);
    rig_clock(rig_at(6, 13, 0)); /* three hours later the carrier says that it failed */
    testdb_sql("UPDATE message SET state = 'failed', reason = 'absent'");
    expect_look(0, 1);
    expect_look(0, 0);
    assert_int_equal(COUNT("matter_event WHERE what = 'not_told' AND who = 'bruno'"
                           " AND detail = 'SMS failed: absent'"),
                     1);
    assert_int_equal(COUNT("notice WHERE fate = 'lost'"), 1);
    assert_int_equal(rig_tick().told, 1);
    assert_int_equal(COUNT("matter_step WHERE step = 1 AND what = 'told' AND staff_id = 3"), 1);
    assert_int_equal(COUNT("mail_out WHERE recipient = 'maud@relais.example'"), 1);
}

static void what_went_on_meanwhile_and_repetitions_keep_their_times(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms; after 1h employee by sms; after 4h manager by mail;"
               "repeat every 1h 2 times");
    told_by_sms(BRUNO, 1);
    rig_clock(rig_at(6, 11, 0));
    assert_int_equal(rig_tick().told, 1);
    testdb_sql("UPDATE message SET state = 'failed' ORDER BY id LIMIT 1"); /* the first one */
    expect_look(0, 1);
    assert_int_equal(rig_tick().told, 0);
    assert_int_equal(COUNT("matter WHERE step = 2 AND NOT at_once"), 1);
}

static void an_sms_that_does_not_leave_is_called_back_and_mailed(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms");
    told_by_sms(ANNA, 1);
    rig_clock(rig_at(6, 10, 0) + NOTICE_WAIT_US - USEC_PER_SEC);
    expect_look(0, 0);
    rig_clock(rig_at(6, 10, 0) + NOTICE_WAIT_US + USEC_PER_SEC);
    testdb_sql("UPDATE message SET state = 'submitting'"); /* a carrier may have it */
    expect_look(0, 0);
    testdb_sql("UPDATE message SET state = 'queued'");
    expect_look(1, 0);
    assert_int_equal(COUNT("message WHERE state = 'cancelled' AND reason = 'not_taken'"), 1);
    assert_int_equal(COUNT("mail_out WHERE recipient = 'anna@relais.example'"), 1);
}

static void who_has_no_mail_is_waited_for_until_the_sms_is_too_old(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms");
    told_by_sms(BRUNO, 1);
    rig_clock(rig_at(6, 20, 0));
    expect_look(0, 0);
    assert_int_equal(COUNT("message WHERE state = 'queued'"), 1);
    rig_clock(rig_at(7, 10, 1));
    expect_look(0, 1);
    assert_int_equal(COUNT("message WHERE state = 'cancelled'"), 1);
    assert_int_equal(COUNT("matter_event WHERE what = 'not_told'"), 1);
}

static void what_arrived_or_was_said_by_both_ways_needs_no_mail(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms");
    told_by_sms(ANNA, 1);
    testdb_sql("UPDATE message SET state = 'accepted'");
    expect_look(0, 0);
    assert_int_equal(COUNT("notice WHERE fate = 'open'"), 1); /* its receipt may say otherwise */
    rig_clock(rig_at(9, 10, 1));
    expect_look(0, 0);
    assert_int_equal(COUNT("notice WHERE fate = 'over'"), 1);

    rig_policy("after 0m employee by both");
    rig_contacts(10, 1, ANNA, rig_at(9, 10, 1));
    assert_int_equal(rig_tick().notices, 2);
    testdb_sql("UPDATE message SET state = 'failed'");
    rig_clock(rig_at(9, 12, 0));
    expect_look(0, 0);
    assert_int_equal(COUNT("notice WHERE fate = 'open'"), 0);
    assert_int_equal(COUNT("mail_out"), 1);
}

static void without_a_carrier_everybody_is_told_by_mail_at_once(void **state)
{
    struct escalation_settings settings = rig_settings;
    struct escalation_run *run;
    struct escalation_done done;
    bool more;

    (void)state;
    settings.no_sms = true;
    rig_policy("after 0m employee by sms");
    rig_contacts(1, 1, ANNA, rig_at(6, 10, 0));
    rig_contacts(2, 1, BRUNO, rig_at(6, 10, 0)); /* his manager is */
    rig_clock(rig_at(6, 10, 0));
    assert_int_equal(escalation_run_begin(rig_db, &settings, clock_now(), &run), RC_OK);
    assert_int_equal(escalation_run_page(rig_db, run, &done, &more), RC_OK);
    escalation_run_free(run);
    assert_int_equal(done.told, 2);
    assert_int_equal(COUNT("message"), 0);
    assert_int_equal(COUNT("mail_out WHERE recipient IN ('anna@relais.example',"
                           " 'maud@relais.example')"),
                     2);
}

/* --- the process ends --- */

static int look_in_child(void *arg)
{
    struct db *db = testdb_open_lane(7);
    struct notice_fates done;
    uint64_t cursor = 0;
    enum rc rc;

    (void)arg;
    do
        rc = notice_fates_step(db, &rig_settings, clock_now(), &cursor, &done);
    while (!rc && done.more);
    db_close(db);
    return rc ? 1 : 0;
}

static void wherever_the_process_ends_it_is_said_once(void **state)
{
    bool whole = false;
    size_t scenes = 0;

    (void)state;
    rig_policy("after 0m employee by sms; after 8h manager by mail");
    rig_clock(rig_at(6, 10, 0));
    for (unsigned nth = 1; !whole; nth++) {
        const uint64_t first = 1000 + 100 * scenes++;
        rig_contacts(first, 2, ANNA, clock_now());
        rig_contacts(first + 10, 2, BRUNO, clock_now());
        rig_tick();
        testdb_sql("UPDATE message SET state = 'failed'");
        whole = mortal_run(nth, true, look_in_child, NULL);
        look();
        assert_int_equal(COUNT("notice WHERE fate = 'mailed'"), scenes);
        assert_int_equal(COUNT("notice WHERE fate = 'lost'"), scenes);
        assert_int_equal(COUNT("mail_out WHERE recipient = 'anna@relais.example'"), scenes);
        assert_int_equal(COUNT("matter_event WHERE what = 'told_by_mail'"), 2 * scenes);
        assert_int_equal(COUNT("matter_event WHERE what = 'not_told'"), 2 * scenes);
        testdb_sql("UPDATE matter SET next_at = NULL");
    }
    assert_in_range(scenes, 15, 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_set_up, rig_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_sms_that_failed_is_said_by_mail_once),
        TEST(of_several_matters_only_those_are_mailed_that_are_still_to_be_told),
        TEST(to_who_has_no_mail_it_is_on_record_and_the_next_step_follows_at_once),
        TEST(what_went_on_meanwhile_and_repetitions_keep_their_times),
        TEST(an_sms_that_does_not_leave_is_called_back_and_mailed),
        TEST(who_has_no_mail_is_waited_for_until_the_sms_is_too_old),
        TEST(what_arrived_or_was_said_by_both_ways_needs_no_mail),
        TEST(without_a_carrier_everybody_is_told_by_mail_at_once),
        TEST(wherever_the_process_ends_it_is_said_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
