/* test_contact_result.c - a result ends its task and its matter, has its effect, and can be put
 * right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/contact_outcome.h"
#include "store/contact_task_command.h"
#include "tests/support/contact_rig.h"
#include "tests/support/testdb.h"

static struct contact_recorded out;

static uint64_t task(uint64_t customer_id)
{
    return contact_add(customer_id, CONTACT_OF_LIST, DAY);
}

/* Anna agreed on another contact. */
static enum rc say_next(uint64_t task_id, const char *outcome, utc_us at, int day)
{
    const struct contact_report report = { .task_id = task_id,
                                           .outcome = outcome,
                                           .next_at = at,
                                           .next_day = day,
                                           .via = CONTACT_BY_CONSOLE,
                                           .who = "anna",
                                           .house = &rig_house };

    return contact_result_record(rig_db, &report, &out, &contact_why);
}

static enum rc say_unplanned(uint64_t customer_id, unsigned staff_id, const char *outcome)
{
    const struct contact_report report = { .customer_id = customer_id,
                                           .outcome = outcome,
                                           .staff_id = staff_id,
                                           .via = CONTACT_BY_API,
                                           .who = "anna",
                                           .house = &rig_house };

    return contact_result_record(rig_db, &report, &out, &contact_why);
}

static void a_result_ends_the_task_and_its_matter(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    assert_int_equal(contact_say(id, "reached", "elle est contente", &out), RC_OK);
    assert_int_equal(out.customer_id, 1);
    assert_false(out.late || out.corrected || out.repeated);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task t"
                                    "  JOIN contact_result r ON r.id = t.result_id"
                                    " WHERE t.state = 'done' AND t.done_by = 1 AND r.staff_id = 1"
                                    "   AND r.note = 'elle est contente' AND r.via = 'api'"
                                    "   AND t.outcome_id = r.outcome_id AND t.done_at = r.at"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE state = 'settled'"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM audit_entry"
                                    " WHERE subject = 'contact_task' AND verb = 'result'"
                                    "   AND who = 'anna' AND detail = 'reached'"),
                     1);
}

static void who_was_reached_was_talked_to(void **state)
{
    (void)state;
    testdb_sql("UPDATE customer SET last_contact_at = '2027-01-01' WHERE id = 1");
    assert_int_equal(contact_say(task(1), "reached", "", &out), RC_OK);
    assert_int_equal(contact_say(task(2), "no_answer", "", &out), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM customer WHERE id = 1"
                                    "   AND talked_at >= '2026-11-20 11:00:00'"
                                    "   AND last_contact_at = '2027-01-01'"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM customer WHERE talked_at IS NOT NULL"),
                     1);
}

static void a_result_after_the_due_time_is_late(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    contact_clock(TODAY_END + HOUR);
    assert_int_equal(contact_say(id, "reached", "", &out), RC_OK);
    assert_true(out.late);
}

static void the_same_said_twice_is_said_once(void **state)
{
    const uint64_t id = task(1);
    uint64_t first;

    (void)state;
    assert_int_equal(contact_say(id, "no_answer", "", &out), RC_OK);
    first = out.id;
    assert_int_equal(contact_say(id, "no_answer", "", &out), RC_OK);
    assert_true(out.repeated);
    assert_int_equal(out.id, first);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task"), 2);
}

static void a_correction_counts_and_the_first_result_stays_on_record(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    assert_int_equal(contact_say(id, "no_answer", "", &out), RC_OK);
    contact_clock(TODAY_END + HOUR);
    assert_int_equal(contact_say(id, "reached", "", &out), RC_OK);
    assert_true(out.corrected);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 2);
    /* It was done in time, and the call of Monday is not due any more. */
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task"
                                    " WHERE source = 'list' AND outcome_id = 1"
                                    "   AND done_at < due_at"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task"
                                    " WHERE source = 'call_back' AND state = 'cancelled'"
                                    "   AND why = 'corrected'"),
                     1);
}

static void a_call_back_is_a_task_at_that_hour_for_the_same_person(void **state)
{
    const utc_us tomorrow = NOON + 72 * HOUR; /* Monday, noon */

    (void)state;
    assert_int_equal(say_next(task(2), "call_back", tomorrow, 0), RC_OK);
    assert_int_equal(out.next_at, tomorrow);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task t"
                                    "  JOIN contact_result r ON r.next_task_id = t.id"
                                    " WHERE t.source = 'call_back' AND t.staff_id = 1"
                                    "   AND t.due_at = '2026-11-23 11:00:00'"
                                    "   AND t.day = '2026-11-23' AND r.next_at = t.due_at"
                                    "   AND t.title = 'Rappeler comme convenu'"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE state = 'open'"), 1);
}

static void a_call_back_of_a_day_is_due_when_its_work_ends(void **state)
{
    (void)state;
    assert_int_equal(say_next(task(2), "call_back", 0, DAY + 4), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task"
                                    " WHERE day = '2026-11-24'"
                                    "   AND due_at = '2026-11-24 17:00:00'"),
                     1);
}

static void what_is_agreed_for_a_time_of_rest_is_due_on_the_next_working_day(void **state)
{
    static const struct {
        int at, day, due; /* hours from this Friday's noon; a day instead */
        enum contact_rest rest;
        const char *why;
    } list[] = {
        { 46, 0, 78, CONTACT_REST_DAY, "sunday" },
        { 35 * 24, 0, 38 * 24 + 6, CONTACT_REST_DAY, "christmas" },
        { 104, 0, 126, CONTACT_REST_HOUR, "tuesday after work" },
        { 176, 0, 246, CONTACT_REST_HOUR, "friday after work" },
        { 91, 0, 102, CONTACT_REST_HOUR, "before work" },
        { 102, 0, 102, CONTACT_AT_WORK, "as work ends" },
        { 93, 0, 93, CONTACT_AT_WORK, "as it begins" },
        { 0, DAY + 2, 78, CONTACT_REST_DAY, "sunday, no hour" },
        { 0, DAY + 4, 102, CONTACT_AT_WORK, "tuesday, no hour" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        const utc_us at = list[i].day ? 0 : NOON + list[i].at * HOUR;

        assert_int_equal(
            say_next(contact_add(2, CONTACT_OF_MANAGER, DAY), "call_back", at, list[i].day), RC_OK);
        if (out.next_at != NOON + list[i].due * HOUR || out.agreed.rest != list[i].rest)
            fail_msg("%s: due after %d h, rest %d", list[i].why, (int)((out.next_at - NOON) / HOUR),
                     (int)out.agreed.rest);
    }
}

static void what_is_agreed_for_a_sunday_that_is_over_is_refused(void **state)
{
    const uint64_t id = task(2);

    (void)state;
    assert_int_equal(say_next(id, "call_back", NOON - 5 * 24 * HOUR, 0), RC_INVALID);
    assert_int_equal(say_next(id, "call_back", 0, DAY - 5), RC_INVALID);
    assert_string_equal(contact_why.text, "next: that is past");
}

static void while_she_is_away_the_hours_are_those_of_who_stands_in(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO staff_absence (id, staff_id, from_day, to_day, deputy_id, created_at,"
               "                           created_by)"
               " VALUES (1, 1, '2026-11-23', '2026-11-27', 2, '2026-11-01', 'carla')");
    testdb_sql("UPDATE staff SET hours = 'mon-fri 14:00-20:00' WHERE id = 2");
    assert_int_equal(say_next(task(2), "call_back", NOON + 79 * HOUR, 0),
                     RC_OK); /* Monday, 19:00 */
    assert_int_equal(out.agreed.rest, CONTACT_AT_WORK);
    testdb_sql("UPDATE staff_absence SET deputy_id = NULL");
    assert_int_equal(say_next(task(3), "call_back", NOON + 72 * HOUR, 0), RC_OK);
    assert_int_equal(out.agreed.rest, CONTACT_AT_WORK); /* by the team's hours */
    testdb_sql("DELETE FROM staff_absence");
}

static void the_next_try_is_that_of_whose_contact_it_was(void **state)
{
    const struct contact_report report = { .task_id = task(1),
                                           .outcome = "no_answer",
                                           .staff_id = 2, /* a colleague said so */
                                           .via = CONTACT_BY_CONSOLE,
                                           .who = "bruno",
                                           .house = &rig_house };

    (void)state;
    assert_int_equal(contact_result_record(rig_db, &report, &out, &contact_why), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*)"
                                    "  FROM contact_task n"
                                    "  JOIN contact_task t ON t.id = 1 AND t.staff_id = n.staff_id"
                                    " WHERE n.source = 'call_back' AND n.staff_id <> 2"),
                     1);
}

static void who_did_not_answer_is_called_the_next_working_day(void **state)
{
    (void)state;
    assert_int_equal(contact_say(task(1), "no_answer", "", &out), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE id <> 1"
                                    "   AND source = 'call_back' AND day = '2026-11-23'"
                                    "   AND due_at = '2026-11-23 17:00:00'"),
                     1);
}

static void a_next_date_must_be_ahead_and_not_too_far(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    assert_int_equal(say_next(id, "call_back", NOON - HOUR, 0), RC_INVALID);
    assert_string_equal(contact_why.text, "next: that is past");
    assert_int_equal(say_next(id, "call_back", 0, DAY - 1), RC_INVALID);
    assert_int_equal(say_next(id, "call_back", NOON + 3 * 8766 * HOUR, 0), RC_INVALID);
    assert_int_equal(say_next(id, "do_not_contact", NOON + HOUR, 0), RC_INVALID);
    testdb_sql("UPDATE contact_outcome SET next_days = 0 WHERE code = 'call_back'");
    assert_int_equal(say_next(id, "call_back", 0, 0), RC_INVALID);
    assert_string_equal(contact_why.text, "next: say when to call back");
    testdb_sql("UPDATE contact_outcome SET next_days = 1 WHERE code = 'call_back'");
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 0);
}

static void an_outcome_that_the_catalogue_does_not_have_is_refused(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    assert_int_equal(contact_say(id, "joint", "", &out), RC_INVALID);
    assert_non_null(strstr(contact_why.text, "there is no \"joint\""));
    testdb_sql("UPDATE contact_outcome SET is_on = FALSE WHERE code = 'refused'");
    assert_int_equal(contact_say(id, "refused", "", &out), RC_INVALID);
    testdb_sql("UPDATE contact_outcome SET is_on = TRUE WHERE code = 'refused'");
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE state = 'open'"), 1);
}

static void there_is_no_result_for_what_is_not_there_or_was_cancelled(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    assert_int_equal(contact_say(id + 1000, "reached", "", &out), RC_NOTFOUND);
    assert_int_equal(contact_task_withdraw(rig_db, id, "no need", "carla", &contact_why), RC_OK);
    assert_int_equal(contact_say(id, "reached", "", &out), RC_CONFLICT);
    assert_non_null(strstr(contact_why.text, "was cancelled: no need"));
    assert_int_equal(say_unplanned(99, ANNA, "reached"), RC_NOTFOUND);
    testdb_sql("UPDATE customer SET erased_at = '2026-11-20' WHERE id = 1");
    assert_int_equal(say_unplanned(1, ANNA, "reached"), RC_CONFLICT);
}

static void a_call_that_was_made_counts_though_its_task_was_cancelled_meanwhile(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    assert_int_equal(contact_cancel_now(id, "not_due"), RC_OK);
    assert_int_equal(contact_say(id, "reached", "elle commande", &out), RC_OK);
    assert_false(out.corrected);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task t"
                                    "  JOIN contact_result r ON r.id = t.result_id"
                                    " WHERE t.state = 'done' AND t.once = 1 AND t.why = ''"
                                    "   AND t.done_by = 1"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM customer WHERE talked_at IS NOT NULL"),
                     1);
}

static void of_two_calls_of_a_day_both_were_made(void **state)
{
    const uint64_t id = task(1);
    uint64_t other;

    (void)state;
    assert_int_equal(contact_cancel_now(id, "displaced"), RC_OK);
    other = task(1);
    assert_int_equal(contact_say(id, "refused", "", &out), RC_OK);
    assert_int_equal(contact_say(other, "reached", "", &out), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE state = 'done'"), 2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE once = 1"), 1);
}

static void who_wanted_no_contact_meanwhile_is_not_called_again(void **state)
{
    const uint64_t id = task(1), other = contact_add(1, CONTACT_OF_MANAGER, DAY);

    (void)state;
    assert_int_equal(contact_say(id, "do_not_contact", "", &out), RC_OK);
    assert_int_equal(say_next(other, "call_back", NOON + HOUR, 0), RC_INVALID);
    assert_int_equal(contact_say(other, "no_answer", "", &out), RC_OK);
    assert_int_equal(out.next_task_id, 0);
    assert_int_equal(contact_say(other, "no_answer", "", &out), RC_OK);
    assert_true(out.repeated);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE state = 'open'"), 0);
}

/* --- corrected --- */

static uint64_t talked_at(const char *when)
{
    char sql[200];

    snprintf(sql, sizeof(sql),
             "SELECT COUNT(*) FROM customer WHERE id = 1 AND COALESCE(talked_at, '') LIKE '%s'"
             "   AND COALESCE(last_contact_at, '') LIKE '%s'",
             when, when);
    return contact_number(sql);
}

static void who_was_not_reached_after_all_was_not_talked_to(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    assert_int_equal(contact_say(id, "reached", "", &out), RC_OK);
    assert_int_equal(contact_say(id, "reached", "ou presque", &out), RC_OK);
    assert_int_equal(talked_at("2026-11-20 11:00%"), 1);
    assert_int_equal(contact_say(id, "no_answer", "", &out), RC_OK);
    assert_int_equal(talked_at(""), 1);
    assert_int_equal(contact_say(id, "reached", "", &out), RC_OK);
    assert_int_equal(talked_at("2026-11-20 11:00%"), 1);
}

static void what_else_is_known_of_talks_stays_known(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    assert_int_equal(say_unplanned(1, ANNA, "refused"), RC_OK);
    contact_clock(NOON + HOUR);
    assert_int_equal(contact_say(id, "reached", "", &out), RC_OK);
    assert_int_equal(contact_say(id, "no_answer", "", &out), RC_OK);
    assert_int_equal(talked_at("2026-11-20 11:00%"), 1);
    /* What came later was another talk. */
    assert_int_equal(contact_say(id, "reached", "", &out), RC_OK);
    contact_clock(NOON + 2 * HOUR);
    assert_int_equal(say_unplanned(1, ANNA, "refused"), RC_OK);
    assert_int_equal(contact_say(id, "no_answer", "", &out), RC_OK);
    assert_int_equal(talked_at("2026-11-20 13:00%"), 1);
}

static void who_was_not_reached_wrote_all_the_same(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    testdb_sql("UPDATE customer SET last_reply_at = '2026-11-19' WHERE id = 1");
    assert_int_equal(contact_say(id, "reached", "", &out), RC_OK);
    assert_int_equal(contact_say(id, "no_answer", "", &out), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM customer WHERE talked_at IS NULL"
                                    "   AND last_contact_at = '2026-11-19'"),
                     1);
}

/* --- unplanned --- */

static void a_contact_that_nobody_planned_counts_too(void **state)
{
    (void)state;
    assert_int_equal(say_unplanned(2, BRUNO, "order_taken"), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"
                                    " WHERE task_id IS NULL AND customer_id = 2 AND staff_id = 2"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM customer WHERE talked_at IS NOT NULL"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM audit_entry WHERE subject = 'customer'"),
                     1);
}

static void the_next_contact_of_an_unplanned_one_is_whoever_made_its(void **state)
{
    (void)state;
    assert_int_equal(say_unplanned(1, BRUNO, "no_answer"), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task"
                                    " WHERE staff_id = 2 AND title = 'Try again'"),
                     1);
    /* Nobody said who made it: who looks after the customer is to call. */
    assert_int_equal(say_unplanned(2, 0, "no_answer"), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE staff_id = 1"), 1);
    /* Nobody does: it is on record, and nobody is to call again. */
    assert_int_equal(say_unplanned(3, 0, "no_answer"), RC_OK);
    assert_int_equal(out.next_task_id, 0);
}

/* --- effects --- */

static void queue(uint64_t id, uint64_t customer_id, const char *class)
{
    char sql[500];

    snprintf(sql, sizeof(sql),
             "INSERT INTO message (id, customer_id, channel, class, state, address, sender, text,"
             "                     encoding, parts, created_at, expires_at)"
             " VALUES (%llu, %llu, 'sms', '%s', 'queued', '+3360000000%llu', '36000', 'Bonjour',"
             "         'gsm7', 1, '2026-11-20', '2026-11-22')",
             (unsigned long long)id, (unsigned long long)customer_id, class,
             (unsigned long long)customer_id);
    testdb_sql(sql);
}

static void a_wrong_number_is_not_called_again(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    contact_add(1, CONTACT_OF_CALL_BACK, DAY + 3);
    contact_add(1, CONTACT_OF_MANAGER, DAY);
    queue(101, 1, "promo");
    queue(102, 1, "service");
    queue(103, 2, "promo");
    assert_int_equal(contact_say(id, "wrong_number", "", &out), RC_OK);
    assert_int_equal(out.n_stopped, 1);
    assert_string_equal(out.stopped[0], "+33600000001");
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_point WHERE state = 'invalid'"),
                     1);
    assert_int_equal(contact_number("SELECT sms_standing = 'invalid_address' FROM customer"
                                    " WHERE id = 1"),
                     1);
    assert_int_equal(contact_number("SELECT MIN(id) FROM message WHERE state = 'cancelled'"), 101);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM message_event WHERE message_id = 101"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM message WHERE state = 'queued'"), 2);
    /* A manager may know another way. */
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE state = 'open'"
                                    "   AND source = 'manager'"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task"
                                    " WHERE state = 'cancelled' AND why = 'wrong_number'"),
                     1);
}

static void with_a_second_number_the_other_tasks_stay(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, is_primary, created_at)"
               " VALUES (1, 'sms', '+33600000009', FALSE, '2026-01-01')");
    contact_add(1, CONTACT_OF_CALL_BACK, DAY + 3);
    assert_int_equal(contact_say(id, "wrong_number", "", &out), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE state = 'open'"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_point WHERE state = 'invalid'"
                                    "   AND address = '+33600000001'"),
                     1);
}

static void a_wrong_number_that_was_a_mistake_is_right_again(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    assert_int_equal(contact_say(id, "wrong_number", "", &out), RC_OK);
    assert_int_equal(contact_say(id, "wrong_number", "faux numéro", &out), RC_OK);
    assert_int_equal(contact_say(id, "reached", "", &out), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_point WHERE state <> 'valid'"),
                     0);
    assert_int_equal(contact_number("SELECT sms_standing = '' FROM customer WHERE id = 1"), 1);
}

static void what_others_knew_of_a_number_stays_known(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    testdb_sql("UPDATE contact_point SET state = 'invalid' WHERE customer_id = 1");
    assert_int_equal(contact_say(id, "wrong_number", "", &out), RC_OK);
    assert_int_equal(out.n_stopped, 0);
    assert_int_equal(contact_say(id, "no_answer", "", &out), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_point WHERE customer_id = 1"
                                    "   AND state = 'invalid'"),
                     1);
}

static void of_several_wrong_numbers_the_right_one_is_right_again(void **state)
{
    const uint64_t id = task(1), other = contact_add(1, CONTACT_OF_MANAGER, DAY);

    (void)state;
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, is_primary, created_at)"
               " VALUES (1, 'sms', '+33600000009', FALSE, '2026-01-01')");
    assert_int_equal(contact_say(id, "wrong_number", "", &out), RC_OK);
    assert_int_equal(contact_say(other, "wrong_number", "", &out), RC_OK);
    assert_int_equal(contact_say(id, "wrong_number", "quelqu'un d'autre", &out), RC_OK);
    assert_int_equal(contact_say(id, "reached", "", &out), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_point WHERE customer_id = 1"
                                    "   AND address = '+33600000001' AND state = 'valid'"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_point WHERE state = 'invalid'"
                                    "   AND address = '+33600000009'"),
                     1);
}

static void who_wants_no_contact_gets_none(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    for (int i = 0; i < 60; i++) /* however many they are */
        contact_add(1, CONTACT_OF_MANAGER, DAY + 3);
    contact_add(2, CONTACT_OF_MANAGER, DAY + 3);
    assert_int_equal(contact_say(id, "do_not_contact", "ne plus appeler", &out), RC_OK);
    assert_int_equal(out.n_stopped, 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM customer WHERE do_not_contact"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM consent_current"
                                    " WHERE customer_id = 1 AND state = 'withdrawn'"),
                     4);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM consent_event"
                                    " WHERE source = 'staff' AND recorded_by = 'anna'"
                                    "   AND wording = 'ne plus appeler'"),
                     4);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE state = 'open'"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE state = 'open'"), 1);
}

static void a_no_to_contact_is_not_taken_back_by_a_correction(void **state)
{
    const uint64_t id = task(1);

    (void)state;
    assert_int_equal(contact_say(id, "do_not_contact", "", &out), RC_OK);
    assert_int_equal(contact_say(id, "reached", "", &out), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM customer WHERE do_not_contact"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM consent_event"), 4);
}

/* --- the catalogue --- */

static enum rc set(const struct contact_outcome_plan *plan, bool *created, const char **field)
{
    return contact_outcome_set(rig_db, plan, "admin", created, field, &contact_why);
}

static void a_house_has_outcomes_of_its_own(void **state)
{
    struct contact_outcome o;
    const char *field;
    bool created;

    (void)state;
    assert_int_equal(set(&(struct contact_outcome_plan){ .code = "voice_mail",
                                                         .label_fr = "message laissé",
                                                         .reached = false,
                                                         .on = -1,
                                                         .next_days = 2 },
                         &created, &field),
                     RC_OK);
    assert_true(created);
    assert_int_equal(set(&(struct contact_outcome_plan){ .code = "voice_mail",
                                                         .label_en = "left a message",
                                                         .reached = -1,
                                                         .on = 0,
                                                         .next_days = -1 },
                         &created, &field),
                     RC_OK);
    assert_false(created);
    assert_int_equal(contact_outcome_find(rig_db, "voice_mail", &o), RC_OK);
    assert_string_equal(o.label_fr, "message laissé");
    assert_string_equal(o.label_en, "left a message");
    assert_int_equal(o.next_days, 2);
    assert_false(o.on || o.reached);
    testdb_sql("DELETE FROM contact_outcome WHERE code = 'voice_mail'");
}

static void an_outcome_that_cannot_be_is_refused_with_its_field(void **state)
{
    const struct {
        struct contact_outcome_plan plan;
        const char *field;
    } wrong[] = {
        { { .code = "Voice Mail", .label_fr = "x", .reached = 0, .on = 1 }, "code" },
        { { .code = "x", .reached = 0, .on = 1 }, "label_fr" },
        { { .code = "x", .label_fr = "x", .label_en = "", .reached = 0, .on = 1 }, "label_en" },
        { { .code = "x", .label_fr = "x", .effect = "boom", .reached = 0, .on = 1 }, "effect" },
        { { .code = "x", .label_fr = "x", .next_days = 367, .reached = 0, .on = 1 }, "next_days" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const char *field = "";
        bool created;

        assert_int_equal(set(&wrong[i].plan, &created, &field), RC_INVALID);
        assert_string_equal(field, wrong[i].field);
    }
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_outcome"), 7);
}

static void the_catalogue_has_an_end(void **state)
{
    struct contact_outcomes all;
    const char *field;
    bool created;
    char code[33];

    (void)state;
    for (int i = 8; i <= CONTACT_OUTCOMES_MAX; i++) {
        snprintf(code, sizeof(code), "more_%d", i);
        assert_int_equal(
            set(&(struct contact_outcome_plan){ .code = code, .label_fr = code }, &created, &field),
            RC_OK);
    }
    assert_int_equal(set(&(struct contact_outcome_plan){ .code = "too_many", .label_fr = "x" },
                         &created, &field),
                     RC_INVALID);
    assert_int_equal(contact_outcomes_read(rig_db, &all), RC_OK);
    assert_int_equal(all.n, CONTACT_OUTCOMES_MAX);
    testdb_sql("DELETE FROM contact_outcome WHERE id > 7");
}

#define CONTACT_TEST(name) cmocka_unit_test_setup_teardown(name, contact_set_up, contact_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTACT_TEST(a_result_ends_the_task_and_its_matter),
        CONTACT_TEST(who_was_reached_was_talked_to),
        CONTACT_TEST(a_result_after_the_due_time_is_late),
        CONTACT_TEST(the_same_said_twice_is_said_once),
        CONTACT_TEST(a_correction_counts_and_the_first_result_stays_on_record),
        CONTACT_TEST(a_call_back_is_a_task_at_that_hour_for_the_same_person),
        CONTACT_TEST(a_call_back_of_a_day_is_due_when_its_work_ends),
        CONTACT_TEST(what_is_agreed_for_a_time_of_rest_is_due_on_the_next_working_day),
        CONTACT_TEST(what_is_agreed_for_a_sunday_that_is_over_is_refused),
        CONTACT_TEST(while_she_is_away_the_hours_are_those_of_who_stands_in),
        CONTACT_TEST(the_next_try_is_that_of_whose_contact_it_was),
        CONTACT_TEST(who_did_not_answer_is_called_the_next_working_day),
        CONTACT_TEST(a_next_date_must_be_ahead_and_not_too_far),
        CONTACT_TEST(an_outcome_that_the_catalogue_does_not_have_is_refused),
        CONTACT_TEST(there_is_no_result_for_what_is_not_there_or_was_cancelled),
        CONTACT_TEST(a_contact_that_nobody_planned_counts_too),
        CONTACT_TEST(a_call_that_was_made_counts_though_its_task_was_cancelled_meanwhile),
        CONTACT_TEST(of_two_calls_of_a_day_both_were_made),
        CONTACT_TEST(who_wanted_no_contact_meanwhile_is_not_called_again),
        CONTACT_TEST(who_was_not_reached_after_all_was_not_talked_to),
        CONTACT_TEST(what_else_is_known_of_talks_stays_known),
        CONTACT_TEST(who_was_not_reached_wrote_all_the_same),
        CONTACT_TEST(what_others_knew_of_a_number_stays_known),
        CONTACT_TEST(of_several_wrong_numbers_the_right_one_is_right_again),
        CONTACT_TEST(the_next_contact_of_an_unplanned_one_is_whoever_made_its),
        CONTACT_TEST(a_wrong_number_is_not_called_again),
        CONTACT_TEST(with_a_second_number_the_other_tasks_stay),
        CONTACT_TEST(a_wrong_number_that_was_a_mistake_is_right_again),
        CONTACT_TEST(who_wants_no_contact_gets_none),
        CONTACT_TEST(a_no_to_contact_is_not_taken_back_by_a_correction),
        CONTACT_TEST(a_house_has_outcomes_of_its_own),
        CONTACT_TEST(an_outcome_that_cannot_be_is_refused_with_its_field),
        CONTACT_TEST(the_catalogue_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
