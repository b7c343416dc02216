/* test_escalation.c - policies as sentences, and the moments of their steps: over nights, holidays,
 * absences and the days on which the clocks change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buffer.h"
#include "domain/escalation.h"
#include "domain/escalation_time.h"

#define MINUTE (60 * USEC_PER_SEC)
#define HOUR   (60 * MINUTE)

/* --- sentences --- */

static struct escalation_policy policy_of(const char *text)
{
    struct escalation_policy p;
    struct error err = { "" };

    if (escalation_parse(text, &p, &err))
        fail_msg("%s", err.text);
    return p;
}

static void a_policy_is_read_and_said_again(void **state)
{
    const struct escalation_policy p =
        policy_of("After 60m Employee by SMS\n"
                  "# a remark\n"
                  "then after 1h30 employee by mail, sms; after 2h manager by both urgent\n"
                  "after 0m person Paula by mail\nrepeat every 90m 3 times\n"
                  "late skip 2h\nacknowledged again after 8h");
    struct buffer out;

    (void)state;
    buffer_init(&out, 1000);
    escalation_print(&p, &out);
    assert_string_equal(buffer_text(&out), "after 1h employee by sms\n"
                                           "after 90m employee by both\n"
                                           "after 2h manager by both urgent\n"
                                           "after 0m person Paula by mail\n"
                                           "repeat every 90m 3 times\n"
                                           "late skip 2h\n"
                                           "acknowledged again after 8h");
    buffer_close(&out);
}

static void what_cannot_be_read_is_said_with_its_line(void **state)
{
    static const struct {
        const char *text, *words;
    } faults[] = {
        { "", "at least one step" },
        { "after 60m employee by sms\nrepeat every 4h", "line 2: a policy without end" },
        { "after 60m manger by sms", "line 1: \"manger\": did you mean manager?" },
        { "after 60m employee", "by sms, by mail or by both" },
        { "after 60m employee by fax", "expected sms, mail or both, got \"fax\"" },
        { "after 1d employee by sms", "a working time in minutes or hours" },
        { "after 2000h employee by sms", "0m to 1000h" },
        { "after 60m person by sms", "a login behind person" },
        { "repeat every 4h 3 times", "behind the last step" },
        { "after 60m employee by sms\nrepeat every 1m 3 times", "5m to 1000h" },
        { "after 60m employee by sms\nrepeat every 4h 200 times", "1 to 100 times" },
        { "after 60m employee by sms\nrepeat every 4h 2 times\nafter 1h manager by sms",
          "line 3: repeat is for the last step" },
        { "after 60m employee by sms now", "the end of the line, got \"now\"" },
        { "later", "after, repeat, late or acknowledged" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct escalation_policy p;
        struct error err = { "" };
        assert_int_equal(escalation_parse(faults[i].text, &p, &err), RC_INVALID);
        if (!strstr(err.text, faults[i].words))
            fail_msg("\"%s\" was told: %s", faults[i].text, err.text);
    }
}

/* --- moments --- */

/* Paris, but for Rosa in Montreal. Anna (1) and Bruno (2) work for Maud (3), she for Dora (4). */
static struct team teams[] = {
    { .id = 1,
      .code = "north",
      .label = "North",
      .timezone = "Europe/Paris",
      .country = "FR",
      .hours = "mon-fri 09:00-12:00,14:00-18:00" },
    { .id = 2,
      .code = "night",
      .label = "Night",
      .timezone = "Europe/Paris",
      .country = "FR",
      .hours = "00:00-24:00" },
};
static struct staff_member people[] = {
    { .id = 1,
      .login = "anna",
      .name = "Anna",
      .team_id = 1,
      .manager_id = 3,
      .phone = "+33610000001",
      .mail = "",
      .timezone = "",
      .hours = "" },
    { .id = 2,
      .login = "bruno",
      .name = "Bruno",
      .team_id = 1,
      .manager_id = 3,
      .phone = "+33610000002",
      .mail = "",
      .timezone = "",
      .hours = "mon-sat 07:00-15:00" },
    { .id = 3,
      .login = "maud",
      .name = "Maud",
      .role = STAFF_MANAGER,
      .team_id = 1,
      .manager_id = 4,
      .phone = "",
      .mail = "maud@relais.example",
      .timezone = "",
      .hours = "" },
    { .id = 4,
      .login = "dora",
      .name = "Dora",
      .role = STAFF_DIRECTOR,
      .team_id = 1,
      .phone = "+33610000004",
      .mail = "",
      .timezone = "",
      .hours = "" },
    { .id = 5,
      .login = "nils",
      .name = "Nils",
      .team_id = 2,
      .manager_id = 4,
      .phone = "+33610000005",
      .mail = "",
      .timezone = "",
      .hours = "" },
    { .id = 6,
      .login = "rosa",
      .name = "Rosa",
      .team_id = 1,
      .manager_id = 3,
      .phone = "+15140000006",
      .mail = "",
      .timezone = "America/Montreal",
      .hours = "" },
};
static struct staff_absence absences[4];
static struct staff_book book = { teams, people, absences, 2, 6, 0 };
static struct zone_shelf zones;
static struct escalation_desk desk = { &book, &zones, NULL };

static int set_up(void **state)
{
    (void)state;
    book.n_absences = 0;
    return zone_shelf_open(&zones, "Europe/Paris", NULL);
}

static int tear_down(void **state)
{
    (void)state;
    zone_shelf_close(&zones);
    return 0;
}

static void away(unsigned id, int from, int to, unsigned deputy)
{
    absences[book.n_absences++] = (struct staff_absence){ .id = book.n_absences + 1,
                                                          .staff_id = id,
                                                          .deputy_id = deputy,
                                                          .from_day = from,
                                                          .to_day = to };
}

/* By the clock in Paris. */
static utc_us at(int month, int day, int hour, int minute)
{
    const struct civil wall = {
        .year = 2026, .month = month, .day = day, .hour = hour, .minute = minute
    };

    return local_zone_to_utc(zones.house, &wall);
}

static void same(utc_us is, utc_us expected)
{
    char a[CLOCK_TEXT_SIZE], b[CLOCK_TEXT_SIZE];

    assert_string_equal(clock_format(is, a), clock_format(expected, b));
}

/* Hours of whoever Anna's matters are with. */
static utc_us annas(utc_us from, int64_t us)
{
    return escalation_add(&desk, 1, 1, from, us);
}

static void working_time_stops_over_lunch_nights_and_holidays(void **state)
{
    (void)state;
    same(annas(at(11, 6, 11, 30), HOUR), at(11, 6, 14, 30));
    same(annas(at(11, 6, 17, 30), HOUR), at(11, 9, 9, 30));   /* a weekend */
    same(annas(at(11, 10, 17, 30), HOUR), at(11, 12, 9, 30)); /* the 11th of November */
    same(annas(at(11, 6, 17, 30), 30 * MINUTE), at(11, 6, 18, 0));
    same(annas(at(11, 7, 8, 0), 0), at(11, 7, 8, 0));
    same(escalation_add(&desk, 0, 1, at(11, 6, 17, 30), HOUR), at(11, 9, 9, 30));
    same(escalation_add(&desk, 0, 0, at(11, 6, 17, 30), HOUR), at(11, 6, 18, 30));
}

static void the_hour_that_is_skipped_is_not_worked_and_the_one_that_comes_twice_is(void **state)
{
    (void)state;
    same(escalation_add(&desk, 5, 2, at(3, 29, 1, 0), 2 * HOUR), at(3, 29, 4, 0));
    same(escalation_add(&desk, 5, 2, at(10, 25, 1, 0), 3 * HOUR), at(10, 25, 3, 0));
    same(annas(at(3, 27, 17, 0), 2 * HOUR), at(3, 30, 10, 0));
    same(annas(at(10, 23, 17, 0), 2 * HOUR), at(10, 26, 10, 0));
}

static void while_a_person_is_away_the_stand_ins_hours_count(void **state)
{
    (void)state;
    away(1, 20261109, 20261113, 2);
    same(annas(at(11, 6, 17, 0), 2 * HOUR), at(11, 9, 8, 0));    /* Bruno's day begins at 7 */
    same(annas(at(11, 13, 14, 0), 2 * HOUR), at(11, 16, 10, 0)); /* one of Bruno's, one of Anna's */
    book.n_absences = 0;
    away(1, 20261109, 20261113, 0); /* nobody stands in: the team's */
    same(annas(at(11, 6, 17, 0), 2 * HOUR), at(11, 9, 10, 0));
}

static unsigned reach(enum escalation_whom whom, bool urgent, utc_us from, utc_us *when)
{
    const struct escalation_step step = { .whom = whom };

    return escalation_reach(&desk, &step, 1, 1, urgent, from, when);
}

static void a_notice_waits_for_its_addressees_next_hour_unless_it_is_urgent(void **state)
{
    utc_us when;

    (void)state;
    assert_int_equal(reach(ESCALATE_EMPLOYEE, false, at(11, 6, 19, 0), &when), 1);
    same(when, at(11, 9, 9, 0));
    assert_int_equal(reach(ESCALATE_EMPLOYEE, true, at(11, 6, 19, 0), &when), 1);
    same(when, at(11, 6, 19, 0));
    away(1, 20261109, 20261120, 2); /* from Monday on it is Bruno's: and he works from 7 on */
    assert_int_equal(reach(ESCALATE_EMPLOYEE, false, at(11, 6, 19, 0), &when), 2);
    same(when, at(11, 9, 7, 0));
}

static void who_is_away_is_stood_in_for_else_the_manager_is_told(void **state)
{
    utc_us when;

    (void)state;
    assert_int_equal(reach(ESCALATE_MANAGER, false, at(11, 6, 10, 0), &when), 3);
    assert_int_equal(reach(ESCALATE_DIRECTOR, false, at(11, 6, 10, 0), &when), 4);
    away(1, 20261106, 20261106, 0);
    assert_int_equal(reach(ESCALATE_EMPLOYEE, false, at(11, 6, 10, 0), &when), 3);
    away(3, 20261106, 20261106, 0);
    assert_int_equal(reach(ESCALATE_EMPLOYEE, false, at(11, 6, 10, 0), &when), 4);
    away(4, 20261106, 20261106, 0);
    assert_int_equal(reach(ESCALATE_EMPLOYEE, false, at(11, 6, 10, 0), &when), 0);
}

static void who_can_be_told_by_no_channel_is_passed_over(void **state)
{
    utc_us when;

    (void)state;
    people[2].mail = "";
    assert_int_equal(reach(ESCALATE_MANAGER, false, at(11, 6, 10, 0), &when), 4);
    people[2].mail = "maud@relais.example";
}

/* --- a policy's course --- */

static const char *const USUAL = "after 1h employee by sms\nafter 1h manager by mail\n"
                                 "repeat every 4h 2 times";

static struct escalation_verdict decide(const char *policy, const struct escalation_facts *facts,
                                        utc_us now)
{
    const struct escalation_policy p = policy_of(policy);

    return escalation_decide(&p, facts, &desk, now);
}

/* What facts are after it. */
static void follow(struct escalation_facts *facts, const struct escalation_verdict *v)
{
    facts->step = v->step;
    facts->round = v->round;
    facts->base_at = v->base_at;
    facts->at_once = v->at_once;
    facts->wait_until = v->wait_until;
    facts->acknowledged &= !v->reopened;
}

static void steps_follow_each_other_and_the_last_one_comes_again(void **state)
{
    static const struct {
        int day, hour;
        unsigned whom;
    } told[] = { { 6, 11, 1 }, { 6, 14, 3 }, { 9, 9, 3 }, { 9, 15, 3 } };
    struct escalation_facts facts = { .staff_id = 1, .team_id = 1 };
    struct escalation_verdict v = { .look_at = 0 };

    (void)state;
    facts.base_at = at(11, 6, 10, 0);
    v = decide(USUAL, &facts, facts.base_at);
    assert_int_equal(v.what, ESCALATION_WAIT);
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        same(v.look_at, at(11, told[i].day, told[i].hour, 0));
        v = decide(USUAL, &facts, v.look_at);
        assert_int_equal(v.what, ESCALATION_TELL);
        assert_int_equal(v.whom, told[i].whom);
        assert_int_equal(v.ends, i == 3);
        follow(&facts, &v);
    }
    assert_int_equal(decide(USUAL, &facts, at(12, 1, 10, 0)).what, ESCALATION_END);
}

static void a_step_that_was_missed_is_made_up_at_once_and_not_the_whole_chain(void **state)
{
    struct escalation_facts facts = { .staff_id = 1, .team_id = 1 };
    struct escalation_verdict v;

    (void)state;
    facts.base_at = at(11, 6, 9, 0);
    v = decide(USUAL, &facts, at(11, 9, 10, 0)); /* relaisd was down over the weekend */
    assert_int_equal(v.what, ESCALATION_TELL);
    same(v.planned, at(11, 6, 10, 0));
    same(v.look_at, at(11, 9, 11, 0));
    facts.base_at = at(11, 6, 9, 0);
    v = decide(USUAL, &facts, at(11, 6, 10, 4)); /* late by less than 5 minutes: nothing shifts */
    same(v.look_at, at(11, 6, 11, 0));
}

static void a_step_that_was_missed_waits_for_who_can_be_told_now(void **state)
{
    static const char policy[] = "after 1h employee by sms";
    struct escalation_facts facts = { .staff_id = 1, .team_id = 1 };
    struct escalation_verdict v;

    (void)state;
    facts.base_at = at(11, 6, 16, 30);
    v = decide(policy, &facts, at(11, 7, 3, 0)); /* relaisd came back in the night */
    assert_int_equal(v.what, ESCALATION_WAIT);
    same(v.look_at, at(11, 9, 9, 0));
    assert_int_equal(decide("after 1h employee by sms urgent", &facts, at(11, 7, 3, 0)).what,
                     ESCALATION_TELL);
    away(1, 20261109, 20261113, 2); /* it was Anna's hour, and is Bruno's by now */
    v = decide(policy, &facts, at(11, 7, 3, 0));
    assert_int_equal(v.what, ESCALATION_WAIT);
    same(v.look_at, at(11, 9, 7, 0));
    v = decide(policy, &facts, v.look_at);
    assert_int_equal(v.what, ESCALATION_TELL);
    assert_int_equal(v.whom, 2);
}

static void a_step_that_is_too_late_is_skipped_if_the_policy_says_so(void **state)
{
    struct escalation_facts facts = { .staff_id = 1, .team_id = 1 };
    struct escalation_verdict v;

    (void)state;
    facts.base_at = at(11, 6, 9, 0);
    v = decide("after 1h employee by sms; after 1h manager by mail; late skip 2h", &facts,
               at(11, 6, 15, 0));
    assert_int_equal(v.what, ESCALATION_SKIP);
    same(v.base_at, at(11, 6, 10, 0));
    same(v.look_at, at(11, 6, 11, 0));
    facts.base_at = at(11, 5, 17, 30); /* the night is no lateness */
    v = decide("after 30m employee by sms; late skip 2h", &facts, at(11, 6, 10, 0));
    assert_int_equal(v.what, ESCALATION_TELL);
}

static void when_nobody_can_be_told_the_next_step_is_due_at_once(void **state)
{
    struct escalation_facts facts = { .staff_id = 1, .team_id = 1 };
    struct escalation_verdict v;

    (void)state;
    facts.base_at = at(11, 6, 9, 0);
    v = decide("after 1h person gone by sms; after 8h manager by mail", &facts, at(11, 6, 10, 0));
    assert_int_equal(v.what, ESCALATION_NOBODY);
    same(v.look_at, at(11, 6, 10, 0));
    follow(&facts, &v);
    v = decide("after 1h person gone by sms; after 8h manager by mail", &facts, at(11, 6, 10, 0));
    assert_int_equal(v.what, ESCALATION_TELL);
    assert_int_equal(v.whom, 3);
    assert_true(v.ends);
}

static void what_was_acknowledged_comes_back_only_if_the_policy_says_so(void **state)
{
    struct escalation_facts facts = { .staff_id = 1, .team_id = 1, .acknowledged = true };
    struct escalation_verdict v;

    (void)state;
    facts.base_at = at(11, 6, 9, 0);
    facts.ack_at = at(11, 6, 16, 0);
    v = decide(USUAL, &facts, at(11, 9, 9, 0));
    assert_int_equal(v.what, ESCALATION_WAIT);
    assert_true(v.look_at == CALENDAR_NEVER);
    v = decide("after 1h employee by sms; acknowledged again after 3h", &facts, facts.ack_at);
    same(v.look_at, at(11, 9, 10, 0));
    facts.wait_until = v.wait_until;
    v = decide("after 1h employee by sms; acknowledged again after 3h", &facts, v.look_at);
    assert_true(v.reopened);
    assert_int_equal(v.what, ESCALATION_TELL);
    same(v.planned, at(11, 9, 10, 0));
}

static void what_was_put_off_is_said_at_that_time(void **state)
{
    struct escalation_facts facts = { .staff_id = 1, .team_id = 1 };
    struct escalation_verdict v;

    (void)state;
    facts.base_at = at(11, 6, 9, 0);
    facts.wait_until = at(11, 6, 16, 0);
    v = decide(USUAL, &facts, at(11, 6, 10, 0));
    assert_int_equal(v.what, ESCALATION_WAIT);
    same(v.look_at, at(11, 6, 16, 0));
    v = decide(USUAL, &facts, at(11, 6, 16, 0));
    assert_int_equal(v.what, ESCALATION_TELL);
    assert_int_equal(v.wait_until, 0);
}

static void a_clock_that_is_set_back_repeats_nothing(void **state)
{
    struct escalation_facts facts = { .staff_id = 1, .team_id = 1 };
    struct escalation_verdict v;

    (void)state;
    facts.base_at = at(11, 6, 9, 0);
    v = decide(USUAL, &facts, at(11, 6, 10, 0));
    follow(&facts, &v);
    v = decide(USUAL, &facts, at(11, 6, 9, 30));
    assert_int_equal(v.what, ESCALATION_WAIT);
    same(v.look_at, at(11, 6, 11, 0));
}

static void an_absence_that_begins_between_two_steps_is_seen_by_the_next_one(void **state)
{
    struct escalation_facts facts = { .staff_id = 1, .team_id = 1 };
    struct escalation_verdict v;

    (void)state;
    facts.base_at = at(11, 6, 17, 0);
    v = decide("after 2h employee by sms", &facts, at(11, 6, 17, 0));
    same(v.look_at, at(11, 9, 10, 0));
    away(1, 20261109, 20261109, 2);
    v = decide("after 2h employee by sms", &facts, v.look_at);
    assert_int_equal(v.what, ESCALATION_TELL);
    assert_int_equal(v.whom, 2);
    same(v.planned, at(11, 9, 8, 0));
}

static void a_policy_that_became_shorter_ends(void **state)
{
    struct escalation_facts facts = { .staff_id = 1, .team_id = 1, .step = 1 };

    (void)state;
    facts.base_at = at(11, 6, 9, 0);
    assert_int_equal(decide("after 1h employee by sms", &facts, at(11, 6, 10, 0)).what,
                     ESCALATION_END);
    facts.step = 0;
    facts.round = 3;
    assert_int_equal(
        decide("after 1h employee by sms; repeat every 1h 2 times", &facts, at(11, 6, 10, 0)).what,
        ESCALATION_END);
}

static void a_matter_of_nobody_is_the_teams(void **state)
{
    struct escalation_facts facts = { .team_id = 1 };
    struct escalation_verdict v;

    (void)state;
    facts.base_at = at(11, 6, 17, 30);
    v = decide("after 1h employee by sms", &facts, at(11, 9, 9, 30));
    assert_int_equal(v.what, ESCALATION_TELL);
    assert_int_equal(v.whom, 3); /* who leads it */
}

static void of_an_urgent_matter_all_time_counts(void **state)
{
    struct escalation_facts facts = { .staff_id = 1, .team_id = 1, .urgent = true };
    struct escalation_verdict v;

    (void)state;
    facts.base_at = at(11, 7, 22, 0);
    v = decide("after 30m employee by sms; after 1h manager by mail", &facts, facts.base_at);
    same(v.look_at, at(11, 7, 22, 30));
    v = decide("after 30m employee by sms; after 1h manager by mail", &facts, v.look_at);
    assert_int_equal(v.what, ESCALATION_TELL);
    same(v.look_at, at(11, 7, 23, 30));
}

static void everybody_is_told_by_the_clock_on_their_own_wall(void **state)
{
    struct escalation_facts facts = { .staff_id = 6, .team_id = 1 };
    struct escalation_verdict v;

    (void)state;
    facts.base_at = at(11, 6, 16, 0); /* 10:00 there */
    v = decide("after 3h employee by sms", &facts, facts.base_at);
    same(v.look_at, at(11, 6, 21, 0)); /* 15:00 there */
    facts.base_at = at(11, 6, 21, 0);
    v = decide("after 0m manager by mail", &facts, facts.base_at);
    assert_int_equal(v.what, ESCALATION_WAIT);
    same(v.look_at, at(11, 9, 9, 0));
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_is_read_and_said_again),
        cmocka_unit_test(what_cannot_be_read_is_said_with_its_line),
        T(working_time_stops_over_lunch_nights_and_holidays),
        T(the_hour_that_is_skipped_is_not_worked_and_the_one_that_comes_twice_is),
        T(while_a_person_is_away_the_stand_ins_hours_count),
        T(a_notice_waits_for_its_addressees_next_hour_unless_it_is_urgent),
        T(who_is_away_is_stood_in_for_else_the_manager_is_told),
        T(who_can_be_told_by_no_channel_is_passed_over),
        T(steps_follow_each_other_and_the_last_one_comes_again),
        T(a_step_that_was_missed_is_made_up_at_once_and_not_the_whole_chain),
        T(a_step_that_was_missed_waits_for_who_can_be_told_now),
        T(a_step_that_is_too_late_is_skipped_if_the_policy_says_so),
        T(when_nobody_can_be_told_the_next_step_is_due_at_once),
        T(what_was_acknowledged_comes_back_only_if_the_policy_says_so),
        T(what_was_put_off_is_said_at_that_time),
        T(a_clock_that_is_set_back_repeats_nothing),
        T(an_absence_that_begins_between_two_steps_is_seen_by_the_next_one),
        T(a_policy_that_became_shorter_ends),
        T(a_matter_of_nobody_is_the_teams),
        T(of_an_urgent_matter_all_time_counts),
        T(everybody_is_told_by_the_clock_on_their_own_wall),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
