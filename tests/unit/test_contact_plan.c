/* test_contact_plan.c - plans as lines, and when their steps are due. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/contact_plan.h"
#include "domain/local_time.h"

static struct arena arena;
static struct local_zone *paris;

static int open_all(void **state)
{
    (void)state;
    arena_init(&arena);
    return local_zone_open("Europe/Paris", &paris, NULL);
}

static int close_all(void **state)
{
    (void)state;
    arena_close(&arena);
    local_zone_close(paris);
    return 0;
}

static utc_us at(int month, int day, int hour, int minute)
{
    return clock_from_civil(&(struct civil){
        .year = 2026, .month = month, .day = day, .hour = hour, .minute = minute });
}

static struct contact_plan_text read_plan(const char *text)
{
    struct contact_plan_text plan;
    struct error err = { "" };

    if (contact_plan_parse(text, &arena, &plan, &err))
        fail_msg("%s", err.text);
    return plan;
}

static void refused(const char *text, const char *sentence)
{
    struct contact_plan_text plan;
    struct error err = { "" };

    assert_int_equal(contact_plan_parse(text, &arena, &plan, &err), RC_INVALID);
    if (!strstr(err.text, sentence))
        fail_msg("\"%s\" does not say \"%s\"", err.text, sentence);
}

/* --- lines --- */

static void a_plan_reads_as_a_person_writes_it(void **state)
{
    const struct contact_plan_text p = read_plan("\xef\xbb\xbf# Bienvenue\r\n"
                                                 "enrol new customers\r\n"
                                                 "for category = shop\r\n"
                                                 "team lyon\r\n"
                                                 "late 5 days\r\n"
                                                 "\r\n"
                                                 "day 0: sms\r\n"
                                                 "\ttemplate bienvenue\r\n"
                                                 "\tclass service\r\n"
                                                 "day 3 at 09:30: call\r\n"
                                                 "    title  Appel de bienvenue  \r\n"
                                                 "    within 2 days\r\n"
                                                 "after 1 day: sms\r\n"
                                                 "    text Bonjour\r\n"
                                                 "    text\r\n"
                                                 "    text A bientot\r\n"
                                                 "    when last_order > 30d ago\r\n"
                                                 "    when outcome no_answer,call_back");

    (void)state;
    assert_int_equal(p.enrols, PLAN_NEW_CUSTOMER);
    assert_string_equal(p.rule, "category = shop");
    assert_string_equal(p.team, "lyon");
    assert_int_equal(p.late_days, 5);
    assert_int_equal(p.n_steps, 3);
    assert_string_equal(p.steps[0].template, "bienvenue");
    assert_true(p.steps[0].has_class && p.steps[0].class == CLASS_SERVICE);
    assert_int_equal(p.steps[0].line, 7);
    assert_int_equal(p.steps[1].kind, PLAN_CALL);
    assert_int_equal(p.steps[1].at_minute, 570);
    assert_string_equal(p.steps[1].title, "Appel de bienvenue");
    assert_int_equal(p.steps[1].within, 2);
    assert_true(p.steps[2].after);
    assert_string_equal(p.steps[2].text, "Bonjour\n\nA bientot");
    assert_string_equal(p.steps[2].rule, "last_order > 30d ago");
    assert_string_equal(p.steps[2].outcomes, "no_answer, call_back");
}

static void what_is_printed_reads_back_as_the_same(void **state)
{
    const struct contact_plan_text p =
        read_plan("enrol first order\nfor city = Lyon\nteam t\n"
                  "day 0: call\n title Un\n expect Deux\n within 4 days\n policy doux\n"
                  "after 2 days at 15:00: sms\n text a\n text b\n sender ICI\n class promo\n"
                  " when city = Lyon\n when outcome refused\n");
    struct buffer once, twice;
    struct contact_plan_text again;

    (void)state;
    buffer_init(&once, CONTACT_PLAN_TEXT_MAX);
    buffer_init(&twice, CONTACT_PLAN_TEXT_MAX);
    contact_plan_print(&p, &once);
    again = read_plan(buffer_text(&once));
    contact_plan_print(&again, &twice);
    assert_string_equal(buffer_text(&once), buffer_text(&twice));
    assert_string_equal(again.steps[1].text, "a\nb");
    buffer_close(&once);
    buffer_close(&twice);
}

static void empty_lines_of_a_message_stand_between_others(void **state)
{
    const struct contact_plan_text p = read_plan("day 0: sms\n text\n text\n text a\n text\n text\n"
                                                 " text b\n text\n text\nafter 1 day: sms\n text\n"
                                                 " text c\n");

    (void)state;
    assert_string_equal(p.steps[0].text, "a\n\n\nb");
    assert_string_equal(p.steps[1].text, "c");
    refused("day 0: sms\n text\n text\n", "a template or a text, not neither");
}

static void each_fault_is_told_with_its_line(void **state)
{
    static const struct {
        const char *text, *sentence;
    } bad[] = {
        { "", "line 1: expected a step" },
        { "# nothing\n", "a plan has one at least" },
        { "day 0: sms\n", "line 1: an sms needs a template or a text, not neither" },
        { "day 0: sms\n text a\n template b\n",
          "line 1: an sms needs a template or a text, not both" },
        { "day 0: call\n", "line 1: a call needs a title" },
        { "\nday 0: letter\n", "line 2: expected sms, email" },
        { "day 0 sms\n", "line 1: expected sms, email" },
        { "day x: sms\n", "line 1: expected such as" },
        { "day 0 at 25:00: sms\n", "line 1: at: expected a time of day" },
        { "after 1 day: call\n title a\n", "line 1: the first step counts from the beginning" },
        { "day 3: call\n title a\nday 1: call\n title b\n", "line 3: day 1 stands behind day 3" },
        { "day 0: call\n text a\n", "line 2: text: only an sms or a mail has it" },
        { "day 0: sms\n title a\n", "line 2: title: only a call has it" },
        { "title a\n", "line 1: title: it stands below a step" },
        { "day 0: sms\n team a\n", "line 2: team: it stands before the first step" },
        { "team a\nteam b\n", "line 2: team: it stands there twice" },
        { "team\n", "line 1: team: expected something" },
        { "enrol everybody\n", "line 1: enrol: expected new customers" },
        { "late 0 days\n", "line 1: late: expected 1 to 60 days" },
        { "late 99999999999999999999 days\n", "line 1: late: expected" },
        { "for citty = Lyon\n", "line 1: for: " },
        { "day 0: sms\n text a\n class alert\n", "line 3: class: expected promo or service" },
        { "day 0: sms\n text a\n when outcome refused\n",
          "line 3: when: outcome: there is no call" },
        { "day 0: call\n title a\nday 0: call\n title b\n when outcome !\n",
          "line 5: when: outcome: expected codes" },
        { "day 0: call\n title a\nday 0: call\n title b\n when outcome ,\n",
          "line 5: when: outcome: expected codes" },
        { "day 0: sms\n text a\n when city = a\n when city = b\n",
          "line 4: when: it stands there twice" },
        { "colour red\n", "line 1: expected enrol, for, team, late, or a step" },
        { "day 0: sms\n colour red\n", "line 2: expected template, text" },
        { "day 0: sms\n text \x01\n", "line 2: byte 7 is a control character" },
        { "day 0: sms\n text \xff\n", "line 2: expected UTF-8" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        refused(bad[i].text, bad[i].sentence);
}

static void there_is_an_end_to_steps_and_bytes(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, 4 << 20);
    for (int i = 0; i <= CONTACT_PLAN_STEPS_MAX; i++)
        buffer_add_text(&b, "day 0: sms\n text a\n");
    refused(buffer_text(&b), "line 101: expected at most 50 steps");
    while (b.len <= CONTACT_PLAN_TEXT_MAX)
        buffer_add_text(&b, "# and so on\n");
    refused(buffer_text(&b), "expected at most 65536 bytes");
    buffer_close(&b);
}

static void outcomes_are_found_whole(void **state)
{
    (void)state;
    assert_true(plan_outcomes_have("no_answer, call_back", "call_back"));
    assert_true(plan_outcomes_have("no_answer, call_back", "no_answer"));
    assert_false(plan_outcomes_have("no_answer, call_back", "call"));
    assert_false(plan_outcomes_have("no_answer", ""));
    assert_false(plan_outcomes_have("", "no_answer"));
}

/* --- moments --- */

static utc_us moment(const char *step, utc_us start, utc_us before)
{
    char text[200];
    struct contact_plan_text p;

    snprintf(text, sizeof(text), "day 0: call\n title x\n%s\n%s", step,
             strstr(step, "sms") ? "text a" : "title a");
    p = read_plan(text);
    return contact_plan_moment(&p.steps[1], start, before, paris);
}

static void days_count_by_the_customers_clock(void **state)
{
    const utc_us start = at(10, 22, 22, 30); /* Friday the 23rd, half past midnight in Paris */

    (void)state;
    assert_int_equal(moment("day 0: sms", start, 0), start);
    assert_int_equal(moment("day 1: sms", start, 0), at(10, 24, 8, 0));
    assert_int_equal(moment("day 1: call", start, 0), at(10, 23, 22, 0));
    assert_int_equal(moment("day 3: sms", start, 0), at(10, 26, 9, 0)); /* summer time is over */
    assert_int_equal(moment("day 0 at 00:10: sms", start, 0),
                     at(10, 23, 22, 10)); /* the next one */
    assert_int_equal(moment("day 0 at 11:00: sms", start, 0), at(10, 23, 9, 0));
    assert_int_equal(moment("after 2 days at 02:30: sms", start, at(3, 26, 23, 0)),
                     at(3, 29, 1, 30)); /* that hour is skipped: it is half past three */
    assert_int_equal(moment("after 0 days: sms", start, at(10, 30, 9, 0)), at(10, 30, 9, 0));
}

/* --- another version --- */

static size_t place(const char *from, size_t step, const char *to)
{
    const struct contact_plan_text a = read_plan(from), b = read_plan(to);

    return contact_plan_same_place(&a, step, &b);
}

#define S(day) "day " day ": sms\n text x\n"
static void a_move_repeats_nothing_and_goes_on_where_one_stands(void **state)
{
    (void)state;
    assert_int_equal(place(S("0") S("3"), 1, S("0") S("1") S("3")), 2);
    assert_int_equal(place(S("0") S("0") S("3"), 1, S("0") S("0") S("0")), 1);
    assert_int_equal(place(S("0") S("3"), 1, S("0") S("5")), 1);
    assert_int_equal(place(S("0") S("3"), 1, S("0") S("1")), 2);
    assert_int_equal(place(S("0") S("3"), 2, S("0") S("1") S("9")), 3);
    assert_int_equal(place(S("2") "after 3 days: sms\n text x\n", 1, S("2") S("4") S("5")), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_reads_as_a_person_writes_it),
        cmocka_unit_test(what_is_printed_reads_back_as_the_same),
        cmocka_unit_test(empty_lines_of_a_message_stand_between_others),
        cmocka_unit_test(each_fault_is_told_with_its_line),
        cmocka_unit_test(there_is_an_end_to_steps_and_bytes),
        cmocka_unit_test(outcomes_are_found_whole),
        cmocka_unit_test(days_count_by_the_customers_clock),
        cmocka_unit_test(a_move_repeats_nothing_and_goes_on_where_one_stands),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
