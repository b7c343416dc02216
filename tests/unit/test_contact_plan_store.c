/* test_contact_plan_store.c - plans on a real database, with the clock turned over weeks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/customer_merge.h"
#include "store/db.h"
#include "store/dossier.h"
#include "store/erase.h"
#include "store/retention.h"
#include "tests/support/plan_rig.h"
#include "tests/support/testdb.h"

static const char welcome[] = "day 0: sms\n"
                              "  text Bienvenue {{first_name}}\n"
                              "day 3: call\n"
                              "  title Appel de bienvenue\n"
                              "  expect une commande\n"
                              "day 30 at 11:00: sms\n"
                              "  text Une offre\n";

static uint64_t task_of(uint64_t customer)
{
    char sql[120];

    snprintf(sql, sizeof(sql),
             "SELECT COALESCE(MAX(id), 0) FROM contact_task WHERE customer_id = %llu",
             (unsigned long long)customer);
    return crowd_count(sql);
}

/* --- steps --- */

static void each_step_comes_in_its_time_and_once(void **state)
{
    const uint64_t plan = plan_on("welcome", welcome);

    (void)state;
    plan_begin_for(plan, 1);
    assert_int_equal(plan_tick(), 1);
    assert_text("Bienvenue Ana");
    assert_int_equal(COUNT("message WHERE class = 'promo' AND consent_event_id = 1"), 1);
    assert_int_equal(plan_live_until(at(2026, 11, 4, 22, 59)), 0);
    assert_int_equal(COUNT("contact_task"), 0);
    assert_int_equal(plan_live_until(at(2026, 11, 4, 23, 0)), 0); /* Thursday in Paris */
    assert_int_equal(COUNT("contact_task WHERE source = 'plan' AND staff_id = 1 AND team_id = 1"
                           " AND day = '2026-11-05' AND due_at = '2026-11-05 17:00'"
                           " AND title = 'Appel de bienvenue' AND expected = 'une commande'"
                           " AND plan_step = 2"),
                     1);
    assert_int_equal(plan_live_until(at(2026, 12, 2, 9, 59)), 0);
    assert_int_equal(plan_live_until(at(2026, 12, 2, 10, 0)), 1);
    assert_text("Une offre");
    assert_int_equal(plan_live_until(at(2026, 12, 20, 10, 0)), 0);
    assert_int_equal(COUNT("message"), 2);
    assert_int_equal(COUNT("contact_task"), 1);
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'done'"), 1);
    assert_int_equal(COUNT("contact_plan_log"), 3);
    assert_int_equal(COUNT("occasion_event"), 0);
}

static void messages_belong_to_a_campaign_of_the_step(void **state)
{
    const uint64_t plan = plan_on("welcome", welcome);

    (void)state;
    plan_begin_for(plan, 1);
    plan_begin_for(plan, 2);
    assert_int_equal(plan_tick(), 2);
    assert_int_equal(COUNT("campaign WHERE name = 'welcome v1.1 2026-11' AND message_n = 2"), 1);
    assert_int_equal(COUNT("campaign_recipient"), 2);
}

static void who_did_not_agree_is_left_out_and_goes_on(void **state)
{
    const uint64_t plan = plan_on("welcome", welcome);

    (void)state;
    crowd_add(&(struct person){ 4, "+33600000004", NULL, .more = NULL });
    plan_begin_for(plan, 4);
    assert_int_equal(plan_live_until(at(2026, 11, 5, 8, 0)), 0);
    assert_int_equal(COUNT("occasion_sent WHERE reason = 'no_consent' AND customer_id = 4"), 1);
    assert_int_equal(COUNT("contact_task WHERE customer_id = 4"), 1);
}

static void a_service_message_needs_no_consent(void **state)
{
    const uint64_t plan = plan_on("welcome", "day 0: sms\n text Bonjour\n class service\n");

    (void)state;
    crowd_add(&(struct person){ 4, "+33600000004", NULL, .more = NULL });
    plan_begin_for(plan, 4);
    assert_int_equal(plan_tick(), 1);
    assert_int_equal(COUNT("message WHERE class = 'service' AND legal_basis = 'contract'"), 1);
}

/* --- conditions --- */

static void a_rule_is_asked_when_the_step_is_due(void **state)
{
    const uint64_t plan = plan_on("rule", "day 0: sms\n text Un\n"
                                          "day 2: sms\n text Lyon\n when city = Lyon\n"
                                          "day 2: sms\n text Paris\n when city = Paris\n");

    (void)state;
    plan_begin_for(plan, 1);
    plan_begin_for(plan, 2);
    assert_int_equal(plan_tick(), 2);
    testdb_sql("UPDATE customer SET city = 'Paris' WHERE id = 2");
    assert_int_equal(plan_live_until(at(2026, 11, 4, 12, 0)), 2);
    assert_int_equal(COUNT("message WHERE text = 'Lyon' AND customer_id = 1"), 1);
    assert_int_equal(COUNT("message WHERE text = 'Paris' AND customer_id = 2"), 1);
    assert_int_equal(COUNT("contact_plan_log WHERE what = 'skipped' AND reason = 'condition'"), 2);
}

static void a_step_may_depend_on_what_came_of_the_call(void **state)
{
    const uint64_t plan = plan_on("calls", "day 0: call\n title Appel\n"
                                           "day 1: sms\n text Rappel\n when outcome no_answer\n"
                                           "after 2 days: call\n title Encore\n");

    (void)state;
    plan_begin_for(plan, 1);
    plan_begin_for(plan, 2);
    assert_int_equal(plan_tick(), 0);
    plan_result(task_of(1), "no_answer");
    plan_result(task_of(2), "refused");
    assert_int_equal(plan_live_until(at(2026, 11, 3, 12, 0)), 1);
    assert_int_equal(COUNT("message WHERE text = 'Rappel' AND customer_id = 1"), 1);
    assert_int_equal(COUNT("contact_plan_log WHERE reason = 'outcome'"), 1);
    plan_live_until(at(2026, 11, 5, 12, 0));
    assert_int_equal(COUNT("contact_task WHERE title = 'Encore'"), 2);
}

static void days_after_a_call_count_from_its_result(void **state)
{
    const uint64_t plan = plan_on("after", "day 0: call\n title Appel\n"
                                           "after 2 days at 15:00: sms\n text Merci\n");

    (void)state;
    plan_begin_for(plan, 1);
    assert_int_equal(plan_live_until(at(2026, 11, 9, 8, 0)), 0);
    assert_int_equal(COUNT("contact_enrolment WHERE next_at IS NULL AND state = 'active'"), 1);
    plan_result(task_of(1), "reached");
    assert_int_equal(plan_live_until(at(2026, 11, 11, 13, 59)), 0);
    assert_int_equal(plan_live_until(at(2026, 11, 11, 14, 0)), 1);
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'done'"), 1);
}

static void a_plan_that_ends_with_a_call_is_over_with_its_result(void **state)
{
    const uint64_t plan = plan_on("call", "day 0: call\n title Appel\n");

    (void)state;
    plan_begin_for(plan, 1);
    plan_tick();
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'active'"), 1);
    plan_result(task_of(1), "reached");
    plan_tick();
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'done'"), 1);
}

/* --- who does it --- */

static void tasks_go_to_who_looks_after_the_customer_else_by_load(void **state)
{
    const uint64_t plan = plan_on("call", "day 0: call\n title Appel\n");

    (void)state;
    plan_begin_for(plan, 1);
    plan_begin_for(plan, 2);
    plan_begin_for(plan, 3);
    plan_tick();
    assert_int_equal(COUNT("contact_task WHERE customer_id = 1 AND staff_id = 1"), 1);
    /* Anna has one already. */
    assert_int_equal(COUNT("contact_task WHERE customer_id = 2 AND staff_id = 2"), 1);
}

static void whoever_is_away_has_somebody_who_stands_in(void **state)
{
    const uint64_t plan = plan_on("call", "day 5: call\n title Appel\n within 2 days\n");

    (void)state;
    testdb_sql("INSERT INTO staff_absence (id, staff_id, from_day, to_day, deputy_id, created_at,"
               " created_by) VALUES (1, 1, '2026-11-07', '2026-11-30', 2, '2026-11-01', 'test')");
    plan_begin_for(plan, 1);
    plan_live_until(at(2026, 11, 9, 8, 0));
    /* Day 5 is a Saturday: it stands on Monday's list, and Wednesday is a holiday. */
    assert_int_equal(COUNT("contact_task WHERE staff_id = 2 AND day = '2026-11-09'"
                           " AND due_at = '2026-11-10 17:00'"),
                     1);
}

/* Anna works in the mornings, her colleagues until six. */
static void a_call_after_closing_is_one_of_the_next_working_day(void **state)
{
    const uint64_t one = plan_on("one", "day 0: call\n title Appel\n");
    const uint64_t two = plan_on("two", "day 0: call\n title Appel\n within 2 days\n");

    (void)state;
    testdb_sql("UPDATE staff SET hours = 'mon-fri 09:00-12:00' WHERE id = 1");
    set_clock(at(2026, 11, 6, 14, 0)); /* Friday, 15:00 */
    plan_begin_for(one, 1);
    plan_begin_for(one, 2);
    plan_tick();
    assert_int_equal(COUNT("contact_task WHERE customer_id = 1 AND staff_id = 1"
                           " AND day = '2026-11-09' AND due_at = '2026-11-09 11:00'"),
                     1);
    assert_int_equal(COUNT("contact_task WHERE customer_id = 2 AND day = '2026-11-06'"
                           " AND due_at = '2026-11-06 17:00'"),
                     1);
    set_clock(at(2026, 11, 6, 17, 0)); /* 18:00: everybody goes */
    plan_begin_for(two, 2);
    plan_tick();
    assert_int_equal(COUNT("contact_task WHERE customer_id = 2 AND day = '2026-11-09'"
                           " AND DATE(due_at) = '2026-11-10'"),
                     1);
    assert_int_equal(COUNT("contact_task WHERE due_at <= created_at"), 0);
}

/* --- what ends it --- */

static void who_wants_no_contact_is_in_no_plan_any_more(void **state)
{
    const uint64_t plan = plan_on("welcome", welcome);

    (void)state;
    plan_begin_for(plan, 1);
    plan_live_until(at(2026, 11, 5, 8, 0));
    plan_result(task_of(1), "do_not_contact");
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'stopped' AND why = 'do_not_contact'"),
                     1);
    assert_int_equal(plan_live_until(at(2026, 12, 5, 8, 0)), 0);
}

static void a_wrong_number_ends_it_too(void **state)
{
    const uint64_t plan = plan_on("welcome", welcome);

    (void)state;
    plan_begin_for(plan, 1);
    plan_live_until(at(2026, 11, 5, 8, 0));
    plan_result(task_of(1), "wrong_number");
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'stopped' AND why = 'wrong_number'"),
                     1);
}

static void what_is_set_by_others_is_seen_at_the_next_step(void **state)
{
    const uint64_t plan = plan_on("welcome", welcome);

    (void)state;
    plan_begin_for(plan, 1);
    plan_tick();
    testdb_sql("UPDATE customer SET do_not_contact = TRUE WHERE id = 1");
    plan_live_until(at(2026, 11, 5, 8, 0));
    assert_int_equal(COUNT("contact_task"), 0);
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'stopped' AND why = 'do_not_contact'"),
                     1);
}

/* A page that was read before it, and committed after it, has put a call. */
static void a_call_that_came_after_the_refusal_is_cancelled(void **state)
{
    const uint64_t plan = plan_on("calls", "day 0: call\n title Appel\nday 1: sms\n text Un\n");

    (void)state;
    plan_begin_for(plan, 1);
    plan_tick();
    testdb_sql("UPDATE customer SET do_not_contact = TRUE WHERE id = 1");
    assert_int_equal(plan_live_until(at(2026, 11, 3, 9, 0)), 0);
    assert_int_equal(COUNT("contact_task WHERE state = 'cancelled' AND why = 'do_not_contact'"), 1);
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'stopped'"), 1);
}

static void an_erasure_ends_the_plans_and_leaves_no_words_of_them(void **state)
{
    const uint64_t plan = plan_on("calls", "day 0: call\n title Appel\nday 1: sms\n text Un\n");
    const uint64_t first = plan_begin_for(plan, 1);

    (void)state;
    assert_int_equal(contact_enrolment_stop(rig_db, first, "moved to Nice", "test", NULL), RC_OK);
    plan_begin_for(plan, 1);
    plan_tick();
    assert_int_equal(erase_begin(rig_db, 1, "test", "asked"), RC_OK);
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'stopped' AND why = 'erased'"), 1);
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'stopped' AND why = ''"), 1);
    assert_int_equal(COUNT("contact_task WHERE state = 'open'"), 0);
}

static void a_stop_takes_back_what_is_not_done_yet(void **state)
{
    const uint64_t plan = plan_on("calls", "day 0: call\n title Appel\nday 1: sms\n text Un\n");
    const uint64_t enrolment = plan_begin_for(plan, 1);

    (void)state;
    plan_tick();
    assert_int_equal(contact_enrolment_stop(rig_db, enrolment, "by hand", "test", NULL), RC_OK);
    assert_int_equal(contact_enrolment_stop(rig_db, enrolment, "by hand", "test", NULL),
                     RC_CONFLICT);
    assert_int_equal(COUNT("contact_task WHERE state = 'cancelled' AND why = 'plan_stopped'"), 1);
    assert_int_equal(plan_live_until(at(2026, 11, 5, 8, 0)), 0);
}

static void what_was_handed_over_before_a_stop_does_not_go_out(void **state)
{
    const uint64_t plan = plan_on("one", "day 0: sms\n text Un\n");
    const uint64_t enrolment = plan_begin_for(plan, 1);
    struct contact_plan_done done;

    (void)state;
    plan_begin_for(plan, 2); /* it ends with this step: that is no stop */
    assert_int_equal(contact_plan_step(rig_db, plan, &plan_settings, &done), RC_OK);
    assert_int_equal(done.messages, 2);
    testdb_sql("UPDATE contact_enrolment SET state = 'active', ended_at = NULL WHERE id = 1");
    assert_int_equal(contact_enrolment_stop(rig_db, enrolment, "by hand", "test", NULL), RC_OK);
    assert_int_equal(plan_tick(), 1);
    assert_int_equal(COUNT("occasion_sent WHERE reason = 'overtaken' AND customer_id = 1"), 1);
}

/* At eleven in the evening a message waits for the morning. */
static void what_waits_in_the_queue_is_taken_back_by_a_stop(void **state)
{
    const uint64_t plan = plan_on("night", "day 0: sms\n text Un\nday 3: sms\n text Deux\n");
    uint64_t enrolment;

    (void)state;
    set_clock(at(2026, 11, 2, 22, 0));
    enrolment = plan_begin_for(plan, 1);
    plan_begin_for(plan, 2);
    assert_int_equal(plan_tick(), 2);
    assert_int_equal(contact_enrolment_stop(rig_db, enrolment, "by hand", "test", NULL), RC_OK);
    assert_int_equal(COUNT("message WHERE state = 'cancelled' AND reason = 'plan_stopped'"
                           " AND customer_id = 1"),
                     1);
    assert_int_equal(COUNT("message WHERE state = 'queued' AND customer_id = 2"), 1);
}

static void a_result_that_ends_the_plans_takes_back_what_waits(void **state)
{
    const uint64_t plan = plan_on("night", "day 0: call\n title Appel\n"
                                           "day 0: sms\n text Un\n class service\n"
                                           "day 9: call\n title Encore\n");
    const uint64_t over = plan_on("over", "day 0: sms\n text Deux\n class service\n");

    (void)state;
    set_clock(at(2026, 11, 2, 22, 0));
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, is_primary, created_at)"
               " VALUES (1, 'sms', '+33600000009', FALSE, '2026-01-01')");
    plan_begin_for(over, 1); /* it has come to its end: nobody stops it */
    plan_begin_for(plan, 1);
    assert_int_equal(plan_tick(), 2);
    plan_result(task_of(1), "wrong_number");
    assert_int_equal(COUNT("message WHERE text = 'Un' AND state = 'cancelled'"
                           " AND reason = 'plan_stopped'"),
                     1);
    assert_int_equal(COUNT("message WHERE text = 'Deux' AND state = 'queued'"), 1);
}

/* --- pause, skip, off --- */

static void days_count_on_after_a_pause(void **state)
{
    const uint64_t plan = plan_on("two", "day 0: sms\n text Un\nday 4: sms\n text Deux\n");
    const uint64_t enrolment = plan_begin_for(plan, 1);

    (void)state;
    plan_tick();
    assert_int_equal(plan_live_until(at(2026, 11, 4, 8, 0)), 0);
    assert_int_equal(contact_enrolment_pause(rig_db, enrolment, "test", NULL), RC_OK);
    assert_int_equal(contact_enrolment_pause(rig_db, enrolment, "test", NULL), RC_CONFLICT);
    assert_int_equal(plan_live_until(at(2026, 11, 14, 8, 0)), 0);
    assert_int_equal(contact_enrolment_resume(rig_db, enrolment, "test", NULL), RC_OK);
    assert_int_equal(plan_live_until(at(2026, 11, 16, 8, 59)), 0);
    assert_int_equal(plan_live_until(at(2026, 11, 16, 9, 0)), 1);
}

static void what_was_handed_over_waits_for_the_end_of_a_pause(void **state)
{
    const uint64_t plan = plan_on("two", "day 0: sms\n text Un\nday 4: sms\n text Deux\n");
    const uint64_t enrolment = plan_begin_for(plan, 1);
    struct contact_plan_done done;

    (void)state;
    assert_int_equal(contact_plan_step(rig_db, plan, &plan_settings, &done), RC_OK);
    assert_int_equal(contact_enrolment_pause(rig_db, enrolment, "test", NULL), RC_OK);
    assert_int_equal(plan_live_until(at(2026, 11, 3, 8, 0)), 0);
    assert_int_equal(contact_enrolment_resume(rig_db, enrolment, "test", NULL), RC_OK);
    assert_int_equal(plan_tick(), 1);
}

static void a_step_that_is_skipped_by_hand_is_not_done(void **state)
{
    const uint64_t plan = plan_on("two", "day 1: sms\n text Un\nday 4: sms\n text Deux\n");
    const uint64_t enrolment = plan_begin_for(plan, 1);

    (void)state;
    assert_int_equal(contact_enrolment_skip(rig_db, enrolment, "carla", NULL), RC_OK);
    assert_int_equal(plan_live_until(at(2026, 11, 10, 8, 0)), 1);
    assert_text("Deux");
    assert_int_equal(COUNT("contact_plan_log WHERE reason = 'by_hand' AND who = 'carla'"), 1);
    assert_int_equal(contact_enrolment_skip(rig_db, enrolment, "carla", NULL), RC_CONFLICT);
}

static void a_plan_that_is_off_waits_and_what_is_too_late_then_is_skipped(void **state)
{
    const uint64_t plan = plan_on("late", "late 2 days\n"
                                          "day 1 at 10:00: sms\n text Un\n"
                                          "day 4 at 10:00: sms\n text Deux\n");

    (void)state;
    plan_begin_for(plan, 1);
    assert_int_equal(contact_plan_switch(rig_db, plan, false, -1, "test", NULL), RC_OK);
    assert_int_equal(contact_plan_switch(rig_db, plan, false, -1, "test", NULL), RC_CONFLICT);
    assert_int_equal(plan_live_until(at(2026, 11, 7, 12, 0)), 0);
    assert_int_equal(contact_plan_switch(rig_db, plan, true, -1, "test", NULL), RC_OK);
    assert_int_equal(plan_tick(), 1);
    assert_text("Deux");
    assert_int_equal(COUNT("contact_plan_log WHERE reason = 'late'"), 1);
}

static void a_pause_of_the_campaign_holds_messages_and_a_cancel_ends_the_step(void **state)
{
    const uint64_t plan = plan_on("one", "day 0: sms\n text Un\nday 1: call\n title Appel\n");
    uint64_t campaign;

    (void)state;
    plan_begin_for(plan, 1);
    assert_int_equal(plan_tick(), 1);
    assert_int_equal(campaign_find(rig_db, "one v1.1 2026-11", &campaign), RC_OK);
    assert_int_equal(campaign_pause(rig_db, campaign, "test", NULL), RC_OK);
    plan_begin_for(plan, 2);
    assert_int_equal(plan_tick(), 0);
    assert_int_equal(campaign_resume(rig_db, campaign, "test", NULL), RC_OK);
    assert_int_equal(plan_tick(), 1);
    assert_int_equal(campaign_cancel(rig_db, campaign, "test", NULL), RC_OK);
    plan_begin_for(plan, 3);
    assert_int_equal(plan_live_until(at(2026, 11, 4, 8, 0)), 0);
    assert_int_equal(COUNT("contact_plan_log WHERE reason = 'ended'"), 1);
    assert_int_equal(COUNT("contact_task"), 3); /* the calls go on */
}

/* --- versions --- */

static void who_is_under_way_goes_on_with_the_version_they_began_with(void **state)
{
    const uint64_t plan = plan_on("v", "day 0: sms\n text Un\nday 2: sms\n text Deux\n");

    (void)state;
    plan_begin_for(plan, 1);
    plan_tick();
    assert_int_equal(plan_set("v", "day 0: sms\n text Eins\nday 2: sms\n text Zwei\n"), 2);
    assert_int_equal(plan_set("v", "day 0: sms\n text Eins\nday 2: sms\n text Zwei\n"), 2);
    plan_begin_for(plan, 2);
    assert_int_equal(plan_live_until(at(2026, 11, 5, 8, 0)), 3);
    assert_int_equal(COUNT("message WHERE text = 'Deux' AND customer_id = 1"), 1);
    assert_int_equal(COUNT("message WHERE text = 'Zwei' AND customer_id = 2"), 1);
}

static void all_may_be_moved_to_the_new_version_and_nothing_comes_twice(void **state)
{
    const uint64_t plan = plan_on("v", "day 0: sms\n text Un\nday 2: sms\n text Deux\n");
    struct contact_plan_made made;
    struct error err = { "" };

    (void)state;
    plan_begin_for(plan, 1);
    plan_tick();
    assert_int_equal(
        contact_plan_set(rig_db,
                         &(struct contact_plan_change){
                             .name = "v",
                             .text = "day 0: sms\n text Un!\nday 1: sms\n text Demain\n"
                                     "day 2: sms\n text Deux!\nday 3: sms\n text Trois\n",
                             .move = true,
                             .who = "test" },
                         &plan_settings, &made, &err),
        RC_OK);
    assert_int_equal(plan_live_until(at(2026, 11, 9, 8, 0)), 2);
    assert_int_equal(COUNT("message WHERE text = 'Deux!'"), 1);
    assert_int_equal(COUNT("message WHERE text = 'Trois'"), 1);
    assert_int_equal(COUNT("contact_plan_walk WHERE kind = 'move' AND changed = 1"), 1);
}

/* --- what becomes of them --- */

static void two_who_are_one_are_in_each_plan_once(void **state)
{
    const uint64_t plan = plan_on("one", "day 0: call\n title Appel\nday 3: sms\n text Un\n");
    const uint64_t other = plan_on("other", "day 3: sms\n text Deux\n");
    struct merge_done merged;
    struct error err = { "" };

    (void)state;
    plan_begin_for(plan, 2);
    plan_begin_for(plan, 3);
    plan_begin_for(other, 3);
    plan_tick();
    assert_int_equal(customer_merge(rig_db, 2, 3, "test", &err), RC_OK);
    do
        assert_int_equal(customer_merge_step(rig_db, clock_now(), &merged), RC_OK);
    while (merged.customer_id);
    assert_int_equal(COUNT("contact_enrolment WHERE customer_id = 2"), 3);
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'stopped' AND why = 'same_person'"), 1);
    assert_int_equal(plan_live_until(at(2026, 11, 6, 12, 0)), 2);
    assert_int_equal(COUNT("message WHERE customer_id = 2"), 2);
}

static void who_is_through_is_forgotten_in_time(void **state)
{
    const uint64_t plan = plan_on("one", "day 0: sms\n text Un\n");
    uint64_t n;

    (void)state;
    plan_begin_for(plan, 1);
    plan_tick();
    plan_begin_for(plan, 1);
    assert_int_equal(retention_prune_plans(rig_db, clock_now() - 1000000, &n), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(retention_prune_plans(rig_db, clock_now() + 1000000, &n), RC_OK);
    assert_int_equal(n, 1); /* who is under way is not */
    assert_int_equal(COUNT("contact_enrolment"), 1);
    assert_int_equal(COUNT("contact_plan_log"), 0);
}

/* Nobody is in version 1 or 2 any more, but messages of 1 can still be looked at; customer 2 is
 * under way in version 3, and 4 has not been replaced. */
static void versions_that_nobody_is_in_are_forgotten_in_time(void **state)
{
    const uint64_t plan = plan_on("one", "day 0: sms\n text Un\n");
    uint64_t n;

    (void)state;
    plan_begin_for(plan, 1);
    plan_tick();
    plan_set("one", "day 0: sms\n text Deux\n");
    plan_set("one", "day 3: sms\n text Trois\n");
    plan_begin_for(plan, 2);
    plan_set("one", "day 3: sms\n text Quatre\n");
    testdb_sql("INSERT INTO contact_plan_walk (id, plan_id, kind, rule, state, last_id, who,"
               "  created_at, ended_at) "
               "VALUES (91, 1, 'enrol', '', 'done', 3, 'boss', '2026-11-01', '2026-11-01'),"
               "       (92, 1, 'enrol', '', 'running', 3, 'boss', '2026-11-01', NULL)");
    assert_int_equal(retention_prune_plans(rig_db, at(2026, 10, 1, 12, 0), &n), RC_OK);
    assert_int_equal(n, 0);
    do
        assert_int_equal(retention_prune_plans(rig_db, clock_now() + 1000000, &n), RC_OK);
    while (n);
    assert_int_equal(COUNT("contact_plan_version"), 2);
    assert_int_equal(COUNT("contact_plan_version WHERE version IN (3, 4)"), 2);
    assert_int_equal(COUNT("contact_plan_step"), 2);
    assert_int_equal(COUNT("occasion"), 3);
    assert_int_equal(COUNT("occasion WHERE name = 'one v1.1' AND state = 'off'"), 1);
    assert_int_equal(COUNT("contact_plan_walk WHERE state = 'running'"), 1);
    assert_int_equal(COUNT("contact_plan_walk"), 1);
}

/* --- what is wrong --- */

static void what_is_wrong_is_refused_before_anything_is_written(void **state)
{
    (void)state;
    plan_refused("", welcome, "name");
    plan_refused("a name that is much too long for it", welcome, "at most 24");
    plan_refused("a", "day 0: sms\n template none\n", "line 1: no template is named");
    plan_refused("a", "day 0: sms\n text {{oups}}\n", "oups");
    plan_refused("a", "day 0: sms\n text x\n when category = zip\n", "line 1: when: ");
    plan_refused("a", "for category = zip\nday 0: sms\n text x\n", "for: ");
    plan_refused("a", "day 0: call\n title x\n policy none\n", "line 1: policy: there is none");
    plan_refused("a", "team none\nday 0: call\n title x\n", "team: there is none");
    plan_refused("a", "day 0: call\n title x\nday 1: call\n title y\n when outcome oups\n",
                 "line 3: when outcome: there is none of that name: \"oups\"");
    testdb_sql("INSERT INTO team (id, code, label, created_at, updated_at)"
               "VALUES (2, 'south', 'South', '2026-01-01', '2026-01-01')");
    plan_refused("a", "day 0: call\n title x\n", "team: expected the team");
    assert_int_equal(COUNT("contact_plan"), 0);
    assert_int_equal(COUNT("occasion"), 0);
    assert_int_equal(COUNT("template"), 0);
}

static void a_code_that_is_gone_switches_the_plan_off(void **state)
{
    const uint64_t plan = plan_on("web", "day 0: sms\n text Un\n when source = web\n");
    struct contact_plan_done done;

    (void)state;
    plan_begin_for(plan, 1);
    testdb_sql("DELETE FROM acquisition_source WHERE code = 'web'");
    assert_int_equal(contact_plan_step(rig_db, plan, &plan_settings, &done), RC_INVALID);
    assert_int_equal(COUNT("contact_plan WHERE state = 'off'"), 1);
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'active' AND step = 1"), 1);
}

static void the_occasions_of_a_plan_are_changed_with_the_plan_alone(void **state)
{
    struct occasion_plan change = { .name = "welcome v1.1", .body = "Autre" };
    struct error err = { "" };
    uint64_t id;

    (void)state;
    plan_on("welcome", welcome);
    change.days = change.expires_s = change.transliterate = -1;
    assert_int_equal(occasion_set(rig_db, &change, &rig_settings, "test", &id, &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "changed with the plan"));
    change.name = "mine";
    change.kind = "plan_step";
    assert_int_equal(occasion_set(rig_db, &change, &rig_settings, "test", &id, &err), RC_INVALID);
}

/* --- the dossier --- */

static void note_plan(void *arg, const struct dossier_entry *e)
{
    char *seen = arg;

    if (e->kind != DOSSIER_PLAN)
        return;
    strcat(strcat(seen, e->title), ":");
    for (size_t i = 0; i < e->n_fields; i++)
        strcat(strcat(seen, " "), e->fields[i].value);
    strcat(seen, "\n");
}

static void the_dossier_says_when_a_plan_began_and_how_it_ended(void **state)
{
    const uint64_t plan = plan_on("welcome", welcome);
    const uint64_t other = plan_on("short", "day 0: sms\n text Bonjour\n");
    char seen[1000] = "";
    const struct dossier_sink sink = { note_plan, seen };
    struct error err = { "" };
    const uint64_t enrolment = plan_begin_for(plan, 1);

    (void)state;
    plan_begin_for(other, 1);
    plan_begin_for(plan, 2);
    plan_tick();
    set_clock(at(2026, 11, 3, 10, 0));
    assert_int_equal(contact_enrolment_stop(rig_db, enrolment, "moved away", "anna", &err), RC_OK);
    assert_int_equal(dossier_read(rig_db, 1, &sink, NULL), RC_OK);
    assert_non_null(strstr(seen, "welcome: begun 1 test\n"));
    assert_non_null(strstr(seen, "short: begun 1 test\nshort: done 1\n"));
    assert_non_null(strstr(seen, "welcome: stopped 1 moved away\n"));
    seen[0] = '\0';
    assert_int_equal(dossier_read(rig_db, 2, &sink, NULL), RC_OK);
    assert_string_equal(seen, "welcome: begun 1 test\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, plan_rig_open, rig_close)
    const struct CMUnitTest tests[] = {
        TEST(each_step_comes_in_its_time_and_once),
        TEST(messages_belong_to_a_campaign_of_the_step),
        TEST(who_did_not_agree_is_left_out_and_goes_on),
        TEST(a_service_message_needs_no_consent),
        TEST(a_rule_is_asked_when_the_step_is_due),
        TEST(a_step_may_depend_on_what_came_of_the_call),
        TEST(days_after_a_call_count_from_its_result),
        TEST(a_plan_that_ends_with_a_call_is_over_with_its_result),
        TEST(tasks_go_to_who_looks_after_the_customer_else_by_load),
        TEST(whoever_is_away_has_somebody_who_stands_in),
        TEST(a_call_after_closing_is_one_of_the_next_working_day),
        TEST(who_wants_no_contact_is_in_no_plan_any_more),
        TEST(a_wrong_number_ends_it_too),
        TEST(what_is_set_by_others_is_seen_at_the_next_step),
        TEST(a_call_that_came_after_the_refusal_is_cancelled),
        TEST(an_erasure_ends_the_plans_and_leaves_no_words_of_them),
        TEST(a_stop_takes_back_what_is_not_done_yet),
        TEST(what_was_handed_over_before_a_stop_does_not_go_out),
        TEST(what_waits_in_the_queue_is_taken_back_by_a_stop),
        TEST(a_result_that_ends_the_plans_takes_back_what_waits),
        TEST(days_count_on_after_a_pause),
        TEST(what_was_handed_over_waits_for_the_end_of_a_pause),
        TEST(a_step_that_is_skipped_by_hand_is_not_done),
        TEST(a_plan_that_is_off_waits_and_what_is_too_late_then_is_skipped),
        TEST(a_pause_of_the_campaign_holds_messages_and_a_cancel_ends_the_step),
        TEST(who_is_under_way_goes_on_with_the_version_they_began_with),
        TEST(all_may_be_moved_to_the_new_version_and_nothing_comes_twice),
        TEST(two_who_are_one_are_in_each_plan_once),
        TEST(who_is_through_is_forgotten_in_time),
        TEST(versions_that_nobody_is_in_are_forgotten_in_time),
        TEST(what_is_wrong_is_refused_before_anything_is_written),
        TEST(a_code_that_is_gone_switches_the_plan_off),
        TEST(the_occasions_of_a_plan_are_changed_with_the_plan_alone),
        TEST(the_dossier_says_when_a_plan_began_and_how_it_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
