/* test_escalation_run.c - people are told what waits for them, once, on a real database with the
 * clock turned over days. */
#include "tests/support/escalation_rig.h"

#include <string.h>

#include "domain/calendar.h"
#include "store/db.h"
#include "store/mail_out.h"
#include "store/staff.h"
#include "tests/support/testdb.h"

static void expect_tick(size_t told, size_t notices)
{
    const struct escalation_done done = rig_tick();

    assert_int_equal(done.told, told);
    assert_int_equal(done.notices, notices);
}

static void whoever_has_no_result_is_told_and_then_the_manager(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms; after 1h manager by mail");
    rig_contacts(1234, 1, ANNA, rig_at(6, 17, 30));
    rig_clock(rig_at(6, 17, 29));
    expect_tick(0, 0);
    rig_clock(rig_at(6, 17, 30));
    expect_tick(1, 1);
    expect_tick(0, 0);
    assert_string_equal(rig_last_sms(), "Relais: contact sans résultat : 1234 Dupont Tarifs. "
                                        "Répondez OK 1234, ABSENT 1234 ou RAPPEL 1234 14h.");
    assert_int_equal(COUNT("message m JOIN outbox_slice s ON s.id = m.id"
                           " WHERE m.class = 'alert' AND m.legal_basis = 'staff'"
                           " AND m.customer_id IS NULL AND m.address = '+33610000001'"
                           " AND m.sender = '38123'"),
                     1);
    rig_clock(rig_at(9, 9, 29));
    expect_tick(0, 0);
    rig_clock(rig_at(9, 9, 30));
    expect_tick(1, 1);
    assert_int_equal(COUNT("mail_out WHERE recipient = 'maud@relais.example'"
                           " AND kind = 'notice' AND body LIKE '%1234  Dupont: Tarifs, de Anna%'"),
                     1);
    assert_int_equal(COUNT("matter WHERE state = 'exhausted' AND next_at IS NULL"), 1);
    assert_int_equal(COUNT("matter_step WHERE what = 'told'"), 2);
    assert_int_equal(COUNT("notice n JOIN notice_matter w ON w.notice_id = n.id"
                           " WHERE w.subject_id = 1234"),
                     2);
}

static void five_contacts_are_one_sms_and_those_of_others_are_others(void **state)
{
    (void)state;
    rig_policy("after 0m employee by both; after 2h manager by mail");
    rig_contacts(100, 5, ANNA, rig_at(6, 10, 0));
    rig_contacts(200, 2, BRUNO, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    expect_tick(7, 3); /* Bruno has no mail address */
    assert_int_equal(COUNT("message WHERE text LIKE 'Relais: 5 contacts sans%OK TOUT.'"), 1);
    assert_int_equal(COUNT("message WHERE address = '+33610000002'"), 1);
    assert_int_equal(COUNT("notice_matter"), 5 + 5 + 2);
    rig_clock(rig_at(6, 12, 0));
    expect_tick(7, 1); /* Maud reads of all of them in one mail */
}

static void who_has_no_phone_is_told_by_mail(void **state)
{
    (void)state;
    rig_policy("after 0m manager by sms");
    rig_contacts(1, 1, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    expect_tick(1, 1);
    assert_int_equal(COUNT("mail_out"), 1);
}

static void what_is_settled_or_acknowledged_is_never_told(void **state)
{
    struct escalation_run *run;
    struct escalation_done done;
    bool more;

    (void)state;
    rig_policy("after 0m employee by sms; after 1h manager by mail");
    rig_contacts(1, 3, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    assert_int_equal(escalation_run_begin(rig_db, &rig_settings, clock_now(), &run), RC_OK);
    /* Between the decision and the sending. */
    assert_int_equal(matter_settle(rig_db, MATTER_TASK, 1, "result", "anna"), RC_OK);
    assert_int_equal(matter_acknowledge(rig_db, MATTER_TASK, 2, ANNA, "anna"), RC_OK);
    assert_int_equal(escalation_run_page(rig_db, run, &done, &more), RC_OK);
    escalation_run_free(run);
    assert_int_equal(done.told, 1);
    assert_non_null(strstr(rig_last_sms(), "contact sans résultat : 3 Dupont"));
    rig_clock(rig_at(20, 10, 0));
    expect_tick(1, 1);
    assert_int_equal(COUNT("matter_step WHERE subject_id IN (1, 2)"), 0);
}

static void what_waits_in_the_queue_is_said_without_what_was_settled(void **state)
{
    (void)state;
    rig_policy("after 0m employee by both");
    rig_contacts(1, 2, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    expect_tick(2, 2);
    assert_non_null(
        strstr(rig_last_sms(), "2 contacts sans résultat : 1 Dupont Tarifs, 2 Dupont Tarifs"));
    assert_int_equal(matter_settle(rig_db, MATTER_TASK, 1, "result", "anna"), RC_OK);
    assert_non_null(strstr(rig_last_sms(), "contact sans résultat : 2 Dupont"));
    assert_int_equal(COUNT("mail_out WHERE body LIKE '%  2  Dupont%'"
                           " AND body NOT LIKE '%  1  Dupont%' AND state = 'waiting'"),
                     1);
    assert_int_equal(matter_settle(rig_db, MATTER_TASK, 2, "result", "anna"), RC_OK);
    assert_int_equal(COUNT("message WHERE state = 'cancelled'"), 1);
    assert_int_equal(COUNT("mail_out WHERE state = 'waiting'"), 0);
}

static void what_was_handed_over_is_not_said_to_who_had_it(void **state)
{
    (void)state;
    rig_policy("after 0m employee by both");
    rig_contacts(1, 3, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    expect_tick(3, 2);
    assert_int_equal(matter_hand_over(rig_db, MATTER_TASK, 1, BRUNO, rig_at(6, 11, 0), "anna"),
                     RC_OK);
    assert_non_null(
        strstr(rig_last_sms(), "2 contacts sans résultat : 2 Dupont Tarifs, 3 Dupont Tarifs"));
    assert_int_equal(COUNT("mail_out WHERE body NOT LIKE '%  1  Dupont%' AND state = 'waiting'"),
                     1);
    /* Though it is open, what happens to another one does not bring it back. */
    assert_int_equal(matter_settle(rig_db, MATTER_TASK, 2, "result", "anna"), RC_OK);
    assert_non_null(strstr(rig_last_sms(), "contact sans résultat : 3 Dupont"));
    assert_int_equal(matter_hand_over(rig_db, MATTER_TASK, 3, BRUNO, rig_at(6, 11, 0), "anna"),
                     RC_OK);
    assert_int_equal(COUNT("message WHERE state = 'cancelled'"), 1);
    assert_int_equal(COUNT("mail_out WHERE state = 'waiting'"), 0);
}

static void what_a_carrier_put_off_is_tried_again_without_what_was_settled(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms");
    rig_contacts(1, 2, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    expect_tick(2, 1);
    testdb_sql("UPDATE message SET state = 'submitting'");
    assert_int_equal(matter_settle(rig_db, MATTER_TASK, 1, "result", "anna"), RC_OK);
    assert_non_null(strstr(rig_last_sms(), "contact sans résultat : 2 Dupont"));
    assert_int_equal(COUNT("notice_matter WHERE withdrawn = 'perhaps' AND subject_id = 1"), 1);
    testdb_sql("UPDATE message SET accepted_parts = 1"); /* what it has is as it was sent */
    rig_contacts(3, 1, ANNA, rig_at(6, 10, 0));
    testdb_sql("INSERT INTO notice_matter (notice_id, kind, subject_id)"
               " SELECT id, 'task', 3 FROM notice");
    assert_int_equal(matter_settle(rig_db, MATTER_TASK, 3, "result", "anna"), RC_OK);
    assert_non_null(strstr(rig_last_sms(), "contact sans résultat : 2 Dupont"));
}

static struct mail_due claim_mail(void)
{
    struct mail_due due;
    size_t n;

    assert_int_equal(
        mail_out_claim(rig_db, clock_now(), 60 * USEC_PER_SEC, "relais.example", &due, 1, &n),
        RC_OK);
    assert_int_equal(n, 1);
    return due;
}

static void say_of_mail(const struct mail_due *due, enum mail_state state, const char *reply)
{
    const struct mail_result result = { .id = due->id,
                                        .claims = due->claims,
                                        .attempts = due->attempts + 1,
                                        .state = state,
                                        .next_at = state == MAIL_WAITING ? clock_now() : 0,
                                        .reply = reply,
                                        .relay = "relay" };

    assert_int_equal(mail_out_record(rig_db, &result, 1, clock_now()), RC_OK);
}

static void a_mail_that_a_relay_puts_off_is_tried_again_without_what_was_settled(void **state)
{
    struct mail_due due;

    (void)state;
    rig_policy("after 0m employee by mail");
    rig_contacts(1, 2, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    expect_tick(2, 1);
    due = claim_mail();
    assert_int_equal(matter_settle(rig_db, MATTER_TASK, 1, "result", "anna"), RC_OK);
    assert_int_equal(COUNT("notice_matter WHERE withdrawn = 'perhaps' AND subject_id = 1"), 1);
    say_of_mail(&due, MAIL_WAITING, "450 greylisted");
    assert_int_equal(COUNT("mail_out WHERE body LIKE '%  2  Dupont%' AND state = 'waiting'"
                           " AND body NOT LIKE '%  1  Dupont%'"),
                     1);
    due = claim_mail();
    assert_int_equal(matter_settle(rig_db, MATTER_TASK, 2, "result", "anna"), RC_OK);
    say_of_mail(&due, MAIL_WAITING, "450 greylisted");
    assert_int_equal(mail_out_reclaim(rig_db, clock_now()), RC_OK); /* killed, too */
    assert_int_equal(COUNT("mail_out WHERE state = 'failed' AND next_at IS NULL"), 1);
}

static void a_mail_that_a_relay_took_all_the_same_was_sent(void **state)
{
    struct mail_due due;

    (void)state;
    rig_policy("after 0m employee by mail");
    rig_contacts(1, 1, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    expect_tick(1, 1);
    due = claim_mail();
    assert_int_equal(matter_settle(rig_db, MATTER_TASK, 1, "result", "anna"), RC_OK);
    say_of_mail(&due, MAIL_SENT, "250 ok");
    assert_int_equal(COUNT("mail_out WHERE state = 'sent' AND reply = '250 ok'"), 1);
    assert_int_equal(COUNT("notice_matter WHERE withdrawn = 'perhaps'"), 1);
}

static void a_mail_that_waits_for_a_relay_for_days_is_withdrawn_too(void **state)
{
    (void)state;
    rig_policy("after 0m employee by mail");
    rig_contacts(1, 1, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    expect_tick(1, 1);
    rig_clock(rig_at(12, 10, 0));
    assert_int_equal(matter_settle(rig_db, MATTER_TASK, 1, "result", "anna"), RC_OK);
    assert_int_equal(COUNT("mail_out WHERE state = 'failed'"), 1);
}

static void a_matter_that_cannot_be_moved_holds_up_nobody(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms; after 1h manager by mail");
    rig_contacts(1, 5, ANNA, rig_at(6, 10, 0));
    rig_contacts(6, 5, BRUNO, rig_at(6, 10, 0));
    /* A step that is there already: its row cannot be written. */
    testdb_sql("INSERT INTO matter_step (kind, subject_id, turn, step, round, what, planned_at, at)"
               " VALUES ('task', 3, 0, 0, 0, 'told', '2026-11-06', '2026-11-06')");
    rig_clock(rig_at(6, 10, 0));
    assert_int_equal(rig_tick().told, 9);
    assert_int_equal(COUNT("notice_matter WHERE subject_id <> 3"), 9);
    assert_int_equal(COUNT("matter WHERE subject_id = 3 AND step = 0"
                           " AND next_at LIKE '2026-11-06 10:00:%'"),
                     1);
    testdb_sql("DELETE FROM matter_step WHERE subject_id = 3");
    rig_clock(rig_at(6, 11, 1));
    assert_int_equal(rig_tick().told, 10);
}

static void an_acknowledgement_that_hours_never_end_stops_nothing(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms; acknowledged again after 1000h");
    testdb_sql("UPDATE staff SET hours = 'mon 09:00-12:00' WHERE id = 1");
    rig_contacts(1, 1, ANNA, rig_at(9, 9, 0));
    rig_contacts(2, 1, BRUNO, rig_at(9, 9, 0));
    assert_int_equal(matter_acknowledge(rig_db, MATTER_TASK, 1, ANNA, "anna"), RC_OK);
    rig_clock(rig_at(9, 9, 0));
    expect_tick(1, 1);
    assert_int_equal(COUNT("matter WHERE state = 'acknowledged' AND wait_until IS NULL"
                           " AND next_at LIKE '2026-11-10 08:00:%'"),
                     1);
}

static void a_policy_that_got_another_step_goes_on_with_it_after_its_repetitions(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms; repeat every 1h 3 times");
    rig_contacts(1, 1, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    expect_tick(1, 1);
    rig_clock(rig_at(6, 11, 0));
    expect_tick(1, 1);
    rig_policy("after 0m employee by sms; after 2h manager by mail; repeat every 1h 3 times");
    rig_clock(rig_at(6, 12, 0));
    expect_tick(0, 0);
    rig_clock(rig_at(6, 13, 0));
    expect_tick(1, 1);
    assert_int_equal(COUNT("matter_step WHERE step = 1 AND round = 0 AND staff_id = 3"), 1);
    assert_int_equal(COUNT("matter WHERE state = 'open' AND step = 1 AND round = 1"), 1);
}

static void two_nodes_that_saw_the_same_tell_it_once(void **state)
{
    struct db *other = testdb_open_lane(2);
    struct escalation_run *runs[2];
    struct escalation_done done[2];
    bool more;

    (void)state;
    rig_policy("after 0m employee by sms; after 1h manager by mail");
    rig_contacts(1, 20, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    assert_int_equal(escalation_run_begin(rig_db, &rig_settings, clock_now(), &runs[0]), RC_OK);
    assert_int_equal(escalation_run_begin(other, &rig_settings, clock_now(), &runs[1]), RC_OK);
    assert_int_equal(escalation_run_page(other, runs[1], &done[1], &more), RC_OK);
    assert_int_equal(escalation_run_page(rig_db, runs[0], &done[0], &more), RC_OK);
    assert_int_equal(done[1].told, 20);
    assert_int_equal(done[0].told, 0);
    assert_int_equal(done[0].notices, 0);
    assert_int_equal(COUNT("message"), 1);
    assert_int_equal(COUNT("matter_step"), 20);
    escalation_run_free(runs[0]);
    escalation_run_free(runs[1]);
    db_close(other);
}

static void a_run_is_carried_out_page_by_page_and_goes_on_after_a_crash(void **state)
{
    struct escalation_run *run;
    struct escalation_done done;
    bool more = false;

    (void)state;
    rig_policy("after 0m employee by sms");
    rig_contacts(1, 499, ANNA, rig_at(6, 10, 0));
    rig_contacts(1000, 30, BRUNO, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    assert_int_equal(escalation_run_begin(rig_db, &rig_settings, clock_now(), &run), RC_OK);
    assert_int_equal(escalation_run_page(rig_db, run, &done, &more), RC_OK);
    assert_int_equal(done.told, 529); /* Bruno's are not cut into two notices */
    assert_false(more);
    escalation_run_free(run);
    rig_contacts(2000, 2 * ESCALATION_PAGE_MAX, ANNA, rig_at(6, 10, 0));
    assert_int_equal(escalation_run_begin(rig_db, &rig_settings, clock_now(), &run), RC_OK);
    assert_int_equal(escalation_run_page(rig_db, run, &done, &more), RC_OK);
    assert_int_equal(done.told, ESCALATION_PAGE_MAX);
    assert_true(more);
    escalation_run_free(run); /* and the process dies */
    expect_tick(ESCALATION_PAGE_MAX, 1);
    assert_int_equal(COUNT("matter_step"), 529 + 2 * ESCALATION_PAGE_MAX);
}

static void after_an_outage_what_was_missed_is_made_up_once(void **state)
{
    struct escalation_done done;

    (void)state;
    rig_policy("after 0m employee by sms; after 1h employee by sms; after 1h manager by mail");
    rig_contacts(1, 1, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(9, 10, 0));
    done = rig_tick();
    assert_int_equal(done.told, 1);
    assert_int_equal(done.late, 1);
    rig_clock(rig_at(9, 10, 59));
    expect_tick(0, 0);
    rig_clock(rig_at(9, 11, 1));
    expect_tick(1, 1);
}

static void a_policy_may_skip_what_is_late_and_that_stands_in_the_record(void **state)
{
    struct escalation_done done;

    (void)state;
    rig_policy("after 0m employee by sms; after 1h manager by mail; late skip 2h");
    rig_contacts(1, 1, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 12, 30));
    done = rig_tick();
    assert_int_equal(done.skipped, 1);
    assert_int_equal(done.told, 1);
    assert_int_equal(COUNT("matter_step WHERE step = 0 AND what = 'skipped'"
                           " AND planned_at = '2026-11-06 09:00:00'"),
                     1);
    assert_int_equal(COUNT("matter_step WHERE step = 1 AND what = 'told' AND staff_id = 3"), 1);
}

static void where_nobody_can_be_told_it_is_recorded_and_the_next_step_done(void **state)
{
    struct escalation_done done;

    (void)state;
    testdb_sql("INSERT INTO staff (id, login, name, team_id, phone, left_on, created_at,"
               "                   updated_at)"
               " VALUES (9, 'gone', 'Gone', 1, '+33610000009', '2026-11-01', NOW(), NOW())");
    rig_policy("after 0m person gone by sms; after 5h manager by mail");
    rig_contacts(1, 1, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    done = rig_tick();
    assert_int_equal(done.nobody, 1);
    assert_int_equal(done.told, 1);
    assert_int_equal(COUNT("matter_step WHERE step = 0 AND what = 'nobody'"), 1);
}

/* By the other channel, or as for somebody who cannot be told at all. */
static void an_address_that_is_none_is_as_if_there_was_none(void **state)
{
    (void)state;
    testdb_sql("UPDATE staff SET mail = 'none' WHERE id = 1");
    testdb_sql("UPDATE staff SET mail = 'nowhere', phone = NULL WHERE id = 2");
    rig_policy("after 0m employee by mail; after 5h manager by mail");
    rig_contacts(1, 1, ANNA, rig_at(6, 10, 0));
    rig_contacts(2, 1, BRUNO, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    expect_tick(2, 2);
    assert_int_equal(COUNT("matter_step WHERE subject_id = 2 AND step = 0 AND staff_id = 3"), 1);
    assert_int_equal(COUNT("message WHERE address = '+33610000001'"), 1);
    assert_int_equal(COUNT("mail_out WHERE recipient = 'maud@relais.example'"), 1);
}

static void what_somebody_is_at_comes_back_if_the_policy_says_so(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms; after 1h manager by mail; acknowledged again after 3h");
    rig_contacts(1, 1, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    expect_tick(1, 1);
    assert_int_equal(matter_acknowledge(rig_db, MATTER_TASK, 1, ANNA, "anna"), RC_OK);
    expect_tick(0, 0);
    rig_clock(rig_at(6, 12, 59));
    expect_tick(0, 0);
    assert_int_equal(COUNT("matter WHERE state = 'acknowledged'"), 1);
    rig_clock(rig_at(6, 13, 1));
    expect_tick(1, 1);
    assert_int_equal(COUNT("matter_event WHERE what = 'reopened'"), 1);
}

static void what_was_put_off_or_handed_over_starts_from_there(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms; after 1h manager by mail");
    rig_contacts(1, 2, ANNA, rig_at(6, 10, 0));
    assert_int_equal(matter_snooze(rig_db, MATTER_TASK, 1, rig_at(6, 16, 0), "anna"), RC_OK);
    assert_int_equal(matter_hand_over(rig_db, MATTER_TASK, 2, BRUNO, rig_at(6, 11, 0), "anna"),
                     RC_OK);
    rig_clock(rig_at(6, 10, 59));
    expect_tick(0, 0);
    rig_clock(rig_at(6, 11, 0));
    expect_tick(1, 1);
    assert_int_equal(COUNT("message WHERE address = '+33610000002'"), 1);
    rig_clock(rig_at(6, 12, 0));
    expect_tick(1, 1);
    rig_clock(rig_at(6, 16, 0));
    expect_tick(1, 1);
    assert_int_equal(COUNT("matter_step WHERE turn = 1 AND subject_id = 2"), 2);
}

static void a_policy_that_is_changed_counts_from_then_on(void **state)
{
    utc_us next;

    (void)state;
    rig_policy("after 0m employee by sms; after 8h manager by mail");
    rig_contacts(1, 1, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    expect_tick(1, 1);
    rig_clock(rig_at(6, 10, 30));
    rig_policy("after 0m employee by sms; after 1h manager by mail");
    expect_tick(0, 0);
    assert_int_equal(escalation_next(rig_db, &next), RC_OK);
    assert_true(next == rig_at(6, 11, 0));
}

static void hours_that_become_others_are_reckoned_with_at_once(void **state)
{
    const struct absence_plan plan = {
        .login = "anna", .from = "2026-11-06", .to = "2026-11-13", .deputy = "", .reason = ""
    };
    struct error err = { "" };
    const char *field;
    uint64_t id = 0;
    utc_us next;

    (void)state;
    testdb_sql("UPDATE staff SET hours = 'mon-fri 12:00-13:00' WHERE id = 1");
    rig_policy("after 1h manager by mail");
    rig_contacts(1, 1, ANNA, rig_at(6, 10, 0));
    assert_int_equal(absence_add(rig_db, &plan, "test", &id, &field, &err), RC_OK);
    rig_clock(rig_at(6, 10, 0));
    expect_tick(0, 0);
    assert_int_equal(escalation_next(rig_db, &next), RC_OK);
    assert_true(next == rig_at(6, 11, 0)); /* the team's hours, for nobody stands in */
    assert_int_equal(absence_cancel(rig_db, id, "test"), RC_OK);
    expect_tick(0, 0);
    assert_int_equal(escalation_next(rig_db, &next), RC_OK);
    assert_true(next == rig_at(6, 13, 0));
}

static void a_clock_that_is_set_back_or_forward_repeats_and_loses_nothing(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms; after 1h employee by sms");
    rig_contacts(1, 1, ANNA, rig_at(6, 10, 0));
    rig_clock(rig_at(6, 10, 0));
    expect_tick(1, 1);
    rig_clock(rig_at(6, 8, 0));
    expect_tick(0, 0);
    rig_clock(rig_at(27, 10, 0));
    expect_tick(1, 1);
    rig_clock(rig_at(6, 8, 0));
    expect_tick(0, 0);
    assert_int_equal(COUNT("matter_step"), 2);
}

static void a_clock_that_was_ahead_for_a_moment_puts_nothing_to_sleep(void **state)
{
    (void)state;
    rig_policy("after 0m employee by sms; after 1h employee by sms; after 1h manager by mail;"
               " acknowledged again after 3h");
    rig_contacts(1, 2, ANNA, rig_at(6, 10, 0));
    rig_contacts(3, 1, ANNA,
                 rig_at(20, 10, 0)); /* told while the clock is wrong: two weeks early */
    rig_clock(rig_at(6, 10, 0));
    expect_tick(2, 1);
    rig_clock(rig_at(27, 10, 0));
    expect_tick(3, 1);
    assert_int_equal(matter_acknowledge(rig_db, MATTER_TASK, 2, ANNA, "anna"), RC_OK);
    rig_clock(rig_at(6, 10, 5));
    assert_int_equal(escalation_set_back(rig_db, clock_now()), RC_OK);
    expect_tick(0, 0);
    rig_clock(rig_at(6, 12, 10));
    expect_tick(1, 1); /* the manager, of the first one alone */
    rig_clock(rig_at(6, 13, 10));
    expect_tick(1, 1); /* and of the second, which nobody settled */
    rig_clock(rig_at(20, 10, 59));
    assert_int_equal(escalation_set_back(rig_db, clock_now()), RC_OK);
    expect_tick(0, 0);
    rig_clock(rig_at(20, 11, 0));
    expect_tick(1, 1);
    assert_int_equal(COUNT("matter_step WHERE subject_id < 3"), 6);
}

static void an_alert_is_told_with_what_it_says(void **state)
{
    const struct matter_draft draft = { .kind = MATTER_ALERT,
                                        .subject_id = 17,
                                        .staff_id = ANNA,
                                        .team_id = 1,
                                        .policy_id = 1,
                                        .from = rig_at(6, 20, 0),
                                        .urgent = true };

    (void)state;
    rig_policy("after 0m employee by sms");
    testdb_sql("INSERT INTO alert (id, kind, subject, text, opened_at)"
               " VALUES (17, 'carrier_down', 'orange', 'orange: no session', NOW())");
    assert_int_equal(matter_open(rig_db, &draft, 1), RC_OK);
    rig_clock(rig_at(6, 20, 0)); /* in the night, for it is urgent */
    expect_tick(1, 1);
    assert_string_equal(rig_last_sms(),
                        "Relais: alerte : A17 orange: no session. Répondez VU A17.");
}

static void when_nothing_is_due_only_the_next_time_is_looked_up(void **state)
{
    struct escalation_run *run;
    utc_us next;

    (void)state;
    assert_int_equal(escalation_next(rig_db, &next), RC_OK);
    assert_true(next == CALENDAR_NEVER);
    assert_int_equal(escalation_run_begin(rig_db, &rig_settings, clock_now(), &run), RC_OK);
    assert_null(run);
}

#define T(test) cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(whoever_has_no_result_is_told_and_then_the_manager),
        T(five_contacts_are_one_sms_and_those_of_others_are_others),
        T(who_has_no_phone_is_told_by_mail),
        T(what_is_settled_or_acknowledged_is_never_told),
        T(what_waits_in_the_queue_is_said_without_what_was_settled),
        T(what_was_handed_over_is_not_said_to_who_had_it),
        T(what_a_carrier_put_off_is_tried_again_without_what_was_settled),
        T(a_mail_that_a_relay_puts_off_is_tried_again_without_what_was_settled),
        T(a_mail_that_a_relay_took_all_the_same_was_sent),
        T(a_mail_that_waits_for_a_relay_for_days_is_withdrawn_too),
        T(a_matter_that_cannot_be_moved_holds_up_nobody),
        T(an_acknowledgement_that_hours_never_end_stops_nothing),
        T(a_policy_that_got_another_step_goes_on_with_it_after_its_repetitions),
        T(two_nodes_that_saw_the_same_tell_it_once),
        T(a_run_is_carried_out_page_by_page_and_goes_on_after_a_crash),
        T(after_an_outage_what_was_missed_is_made_up_once),
        T(a_policy_may_skip_what_is_late_and_that_stands_in_the_record),
        T(where_nobody_can_be_told_it_is_recorded_and_the_next_step_done),
        T(an_address_that_is_none_is_as_if_there_was_none),
        T(what_somebody_is_at_comes_back_if_the_policy_says_so),
        T(what_was_put_off_or_handed_over_starts_from_there),
        T(a_policy_that_is_changed_counts_from_then_on),
        T(hours_that_become_others_are_reckoned_with_at_once),
        T(a_clock_that_is_set_back_or_forward_repeats_and_loses_nothing),
        T(a_clock_that_was_ahead_for_a_moment_puts_nothing_to_sleep),
        T(an_alert_is_told_with_what_it_says),
        T(when_nothing_is_due_only_the_next_time_is_looked_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
