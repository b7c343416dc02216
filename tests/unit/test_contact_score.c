/* test_contact_score.c - who is due, how urgently, and who does it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/contact_share.h"

#define DAY_US (SEC_PER_DAY * USEC_PER_SEC)
#define NOW    (INT64_C(1795687200) * USEC_PER_SEC) /* 2026-11-26T10:00:00Z */

static struct contact_policy policies[2];
static struct contact_topic topics[2];
static struct contact_book book;
static struct contact_score score;

static int fresh(void **state)
{
    (void)state;
    contact_policy_usual(&policies[0]);
    policies[0].every_days = 30;
    policies[0].value_points = 0;
    policies[0].team_id = 1;
    book = (struct contact_book){ .policies = policies, .n_policies = 1, .topics = topics };
    return 0;
}

/* Somebody whom nothing speaks for. */
static struct contact_facts quiet(void)
{
    return (struct contact_facts){ .customer_id = 1,
                                   .category_id = 7,
                                   .created_at = NOW - 300 * DAY_US,
                                   .talked_at = NOW - 10 * DAY_US };
}

static enum contact_verdict judge(const struct contact_facts *f)
{
    struct contact_calendar calendar;

    contact_calendar_of(NULL, NOW, &calendar);
    contact_score_of(f, &book, &calendar, &score);
    return score.verdict;
}

static void who_was_spoken_to_lately_is_not_due(void **state)
{
    struct contact_facts f = quiet();

    (void)state;
    assert_int_equal(judge(&f), CONTACT_NO_REASON);
    assert_int_equal(score.total, 0);
    assert_int_equal(score.days_since, 10);
}

static void the_longer_nobody_called_the_more_it_counts_up_to_a_limit(void **state)
{
    struct contact_facts f = quiet();

    (void)state;
    f.talked_at = NOW - 30 * DAY_US;
    assert_int_equal(judge(&f), CONTACT_DUE);
    assert_int_equal(score.points[CONTACT_OVERDUE], 20);
    f.talked_at = NOW - 45 * DAY_US;
    judge(&f);
    assert_int_equal(score.total, 30);
    f.talked_at = 0; /* never: since the house knows of them */
    judge(&f);
    assert_int_equal(score.total, 60);
    assert_int_equal(score.numbers[CONTACT_OVERDUE], 300);
}

static void yesterday_evening_is_a_day_ago_in_the_morning(void **state)
{
    struct contact_facts f = quiet();

    (void)state;
    f.talked_at = NOW - 30 * DAY_US + 13 * 3600 * USEC_PER_SEC;
    assert_int_equal(judge(&f), CONTACT_DUE);
    assert_int_equal(score.days_since, 30);
}

/* The days between two instants on a wall. */
static int days_apart(const char *zone_name, struct civil from, struct civil to)
{
    const utc_us a = clock_from_civil(&from), b = clock_from_civil(&to);
    struct contact_calendar c;
    struct local_zone *zone;

    assert_int_equal(local_zone_open(zone_name, &zone, NULL), RC_OK);
    contact_calendar_of(zone, b, &c);
    local_zone_close(zone);
    return contact_calendar_day(&c, b) - contact_calendar_day(&c, a);
}

static struct civil moment(int month, int day, int hour, int minute)
{
    return (
        struct civil){ .year = 2026, .month = month, .day = day, .hour = hour, .minute = minute };
}

static void a_day_ends_at_midnight_on_the_wall(void **state)
{
    (void)state;
    assert_int_equal(days_apart("Pacific/Noumea", moment(11, 25, 23, 30), moment(11, 26, 0, 30)),
                     0);
    assert_int_equal(days_apart("Pacific/Noumea", moment(11, 26, 12, 59), moment(11, 26, 13, 1)),
                     1);
    assert_int_equal(days_apart("Pacific/Tahiti", moment(11, 26, 23, 0), moment(11, 27, 1, 0)), 0);
    /* In Paris summer ends on 25 October: midnight is 22:00 UTC the day before, 23:00 after. */
    assert_int_equal(days_apart("Europe/Paris", moment(10, 24, 21, 59), moment(10, 24, 22, 1)), 1);
    assert_int_equal(days_apart("Europe/Paris", moment(10, 25, 22, 1), moment(10, 25, 22, 59)), 0);
    assert_int_equal(days_apart("Europe/Paris", moment(10, 24, 22, 30), moment(11, 25, 22, 30)),
                     31);
    assert_int_equal(days_apart("Europe/Paris", moment(7, 1, 22, 30), moment(7, 2, 21, 59)), 0);
}

/* What is a date stays that date: an invoice of today is due today all day. */
static void an_invoice_is_due_on_its_day_wherever_it_is_asked(void **state)
{
    struct contact_facts f = quiet();
    struct contact_calendar calendar;
    struct local_zone *zone;

    (void)state;
    f.invoice_due = (NOW / DAY_US + 1) * DAY_US; /* 27 November */
    assert_int_equal(local_zone_open("Pacific/Noumea", &zone, NULL), RC_OK);
    contact_calendar_of(zone, NOW + INT64_C(6) * 3600 * USEC_PER_SEC, &calendar); /* 03:00, 27th */
    local_zone_close(zone);
    contact_score_of(&f, &book, &calendar, &score);
    assert_int_equal(score.numbers[CONTACT_INVOICE], 0);
    assert_int_equal(judge(&f), CONTACT_DUE);
    assert_int_equal(score.numbers[CONTACT_INVOICE], 1);
}

static void a_message_counts_as_contact_only_where_the_policy_says_so(void **state)
{
    struct contact_facts f = quiet();

    (void)state;
    f.talked_at = NOW - 100 * DAY_US;
    f.last_contact_at = NOW - 5 * DAY_US;
    assert_int_equal(judge(&f), CONTACT_DUE);
    policies[0].counts = CONTACT_COUNTS_ANY;
    assert_int_equal(judge(&f), CONTACT_NO_REASON);
    assert_int_equal(score.days_since, 5);
}

static void what_was_talked_about_since_is_no_reason_any_more(void **state)
{
    struct contact_facts f = quiet();

    (void)state;
    f.missed_at = NOW - 3 * DAY_US;
    f.reply_at = NOW - 2 * DAY_US;
    f.complaint_at = NOW - DAY_US;
    assert_int_equal(judge(&f), CONTACT_DUE);
    assert_int_equal(score.total, 50 + 40 + 60);
    assert_int_equal(score.numbers[CONTACT_MISSED], 3);
    f.talked_at = NOW - 2 * DAY_US + 1;
    assert_int_equal(judge(&f), CONTACT_DUE);
    assert_int_equal(score.total, 60);
}

static void what_is_too_long_ago_is_no_reason(void **state)
{
    struct contact_facts f = quiet();

    (void)state;
    f.talked_at = NOW - 20 * DAY_US;
    f.missed_at = NOW - 14 * DAY_US;
    assert_int_equal(judge(&f), CONTACT_DUE);
    f.missed_at = NOW - 15 * DAY_US;
    assert_int_equal(judge(&f), CONTACT_NO_REASON);
}

static void an_invoice_is_spoken_of_before_it_is_due_and_again_while_it_is_open(void **state)
{
    struct contact_facts f = quiet();

    (void)state;
    f.invoice_due = NOW / DAY_US * DAY_US + 8 * DAY_US;
    assert_int_equal(judge(&f), CONTACT_NO_REASON);
    f.invoice_due -= DAY_US;
    assert_int_equal(judge(&f), CONTACT_DUE);
    assert_int_equal(score.numbers[CONTACT_INVOICE], 7);
    f.invoice_due = NOW / DAY_US * DAY_US - 2 * DAY_US;
    f.talked_at = NOW - 6 * DAY_US;
    assert_int_equal(judge(&f), CONTACT_NO_REASON);
    f.talked_at = NOW - 7 * DAY_US;
    assert_int_equal(judge(&f), CONTACT_DUE);
    assert_int_equal(score.numbers[CONTACT_INVOICE], -2);
}

static void a_planned_delivery_is_told_once_shortly_before(void **state)
{
    struct contact_facts f = quiet();

    (void)state;
    f.delivery_at = NOW + 3 * DAY_US;
    assert_int_equal(judge(&f), CONTACT_NO_REASON);
    f.delivery_at = NOW + 2 * DAY_US;
    assert_int_equal(judge(&f), CONTACT_DUE);
    assert_int_equal(score.numbers[CONTACT_DELIVERY], 2);
    f.talked_at = NOW - DAY_US + 1;
    f.delivery_at = NOW + DAY_US;
    assert_int_equal(judge(&f), CONTACT_NO_REASON);
}

static void a_topic_is_told_once_and_to_its_category(void **state)
{
    struct contact_facts f = quiet();

    (void)state;
    topics[0] = (struct contact_topic){
        .id = 5, .kind = CONTACT_TERMS, .from = NOW - 2 * DAY_US, .to = NOW + DAY_US
    };
    book.n_topics = 1;
    assert_int_equal(judge(&f), CONTACT_DUE);
    assert_int_equal(score.numbers[CONTACT_TERMS], 5);
    topics[0].category_id = 8;
    assert_int_equal(judge(&f), CONTACT_NO_REASON);
    topics[0].category_id = 7;
    assert_int_equal(judge(&f), CONTACT_DUE);
    f.talked_at = NOW - DAY_US;
    assert_int_equal(judge(&f), CONTACT_NO_REASON);
    f = quiet();
    topics[0].to = NOW;
    assert_int_equal(judge(&f), CONTACT_NO_REASON);
}

static void value_and_priority_weigh_and_are_no_reasons(void **state)
{
    struct contact_facts f = quiet();

    (void)state;
    policies[0].value_points = 2;
    policies[0].priority = 5;
    f.order_cents = 35000;
    assert_int_equal(judge(&f), CONTACT_NO_REASON);
    assert_int_equal(score.total, 0);
    f.missed_at = NOW - DAY_US;
    judge(&f);
    assert_int_equal(score.total, 50 + 3 * 2 + 5);
    f.order_cents = 100000000;
    judge(&f);
    assert_int_equal(score.value, 20);
}

static void who_may_or_can_not_be_called_is_not_due_and_is_explained(void **state)
{
    struct contact_facts f = quiet();

    (void)state;
    f.missed_at = NOW - DAY_US;
    f.no_phone = true;
    assert_int_equal(judge(&f), CONTACT_NO_PHONE);
    assert_int_equal(score.points[CONTACT_MISSED], 50);
    f.do_not_contact = true;
    assert_int_equal(judge(&f), CONTACT_UNWANTED);
    f = quiet();
    f.talked_at = NOW - 3600 * USEC_PER_SEC;
    f.missed_at = NOW - USEC_PER_SEC;
    assert_int_equal(judge(&f), CONTACT_RESTING);
}

static void a_category_without_policy_has_that_of_the_others(void **state)
{
    struct contact_facts f = quiet();

    (void)state;
    f.talked_at = NOW - 40 * DAY_US;
    contact_policy_usual(&policies[1]);
    policies[1].category_id = 7;
    policies[1].every_days = 60;
    assert_int_equal(judge(&f), CONTACT_DUE);
    book.n_policies = 2;
    assert_int_equal(judge(&f), CONTACT_NO_REASON);
    policies[1].on = false; /* its own, and it is off */
    assert_int_equal(judge(&f), CONTACT_NO_POLICY);
}

static void reasons_are_written_and_read_back(void **state)
{
    struct contact_facts f = quiet();
    struct contact_score back;
    char text[CONTACT_REASONS_SIZE];

    (void)state;
    policies[0].value_points = 2;
    policies[0].priority = -3;
    f.order_cents = 20000;
    f.talked_at = NOW - 62 * DAY_US;
    f.missed_at = NOW - 3 * DAY_US;
    f.invoice_due = NOW / DAY_US * DAY_US - 2 * DAY_US;
    judge(&f);
    contact_score_write(&score, text);
    assert_string_equal(text, "missed=50:3 invoice=30:-2 overdue=41:62 value=4 priority=-3");
    contact_score_read(text, &back);
    assert_int_equal(back.total, score.total);
    assert_memory_equal(back.points, score.points, sizeof(score.points));
    assert_memory_equal(back.numbers, score.numbers, sizeof(score.numbers));
    contact_score_read("missed reply= =3 news=4 unknown=5:6 ", &back);
    assert_int_equal(back.total, 4);
}

static void all_reasons_together_have_room(void **state)
{
    struct contact_score all = { .value = 10000, .priority = -1000 };
    char text[CONTACT_REASONS_SIZE];
    struct contact_score back;

    (void)state;
    for (int i = 0; i < CONTACT_REASONS; i++) {
        all.points[i] = 1000;
        all.numbers[i] = -100000;
    }
    contact_score_write(&all, text);
    contact_score_read(text, &back);
    assert_int_equal(back.priority, -1000);
}

static void a_reason_is_said_in_the_language_of_whoever_reads_it(void **state)
{
    char text[CONTACT_WORDS_SIZE];

    (void)state;
    contact_reason_words(CONTACT_MISSED, 1, NULL, "fr", text);
    assert_string_equal(text, "livraison manquée hier");
    contact_reason_words(CONTACT_INVOICE, -2, NULL, "en", text);
    assert_string_equal(text, "invoice overdue by 2 days");
    contact_reason_words(CONTACT_INVOICE, 1, NULL, "fr", text);
    assert_string_equal(text, "facture à payer demain");
    contact_reason_words(CONTACT_OVERDUE, 62, NULL, "de", text);
    assert_string_equal(text, "no contact for 62 days");
    contact_reason_words(CONTACT_TERMS, 7, "-10 % dès 50 colis", "fr", text);
    assert_string_equal(text, "meilleures conditions à proposer: -10 % dès 50 colis");
    contact_reason_words(CONTACT_NEWS, 7, NULL, "en", text);
    assert_string_equal(text, "news to tell");
}

static void a_weight_is_points_and_days(void **state)
{
    struct contact_weight w = { .points = 1, .days = 2 };
    struct error err = { "" };

    (void)state;
    assert_int_equal(contact_weight_parse("50/14", &w, &err), RC_OK);
    assert_int_equal(w.points, 50);
    assert_int_equal(w.days, 14);
    assert_int_equal(contact_weight_parse("0", &w, &err), RC_OK);
    assert_int_equal(w.points, 0);
    assert_int_equal(w.days, 14);
    assert_int_equal(contact_weight_parse("1001", &w, &err), RC_INVALID);
    assert_int_equal(contact_weight_parse("5/", &w, &err), RC_INVALID);
    assert_int_equal(contact_weight_parse("-5/3", &w, &err), RC_INVALID);
    assert_int_equal(contact_weight_parse("5/3x", &w, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "50/14"));
}

/* --- sharing --- */

static struct arena arena;
static struct contact_share *share;
static struct contact_given *given;
static size_t n_given;

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

static void offer(uint64_t id, unsigned team, unsigned owner, int total)
{
    contact_share_offer(share, &(struct contact_candidate){ .customer_id = id,
                                                            .team_id = team,
                                                            .owner_id = owner,
                                                            .score = { .total = total } });
}

static void settle(void)
{
    assert_int_equal(contact_share_settle(share, &arena, &given, &n_given), RC_OK);
}

/* 0: nobody. */
static unsigned who_has(uint64_t id)
{
    for (size_t i = 0; i < n_given; i++) {
        if (given[i].candidate.customer_id == id)
            return given[i].staff_id;
    }
    return 0;
}

static void own_customers_come_first_and_the_most_urgent_of_them(void **state)
{
    const struct contact_place places[] = { { 10, 1, 2 }, { 20, 1, 2 } };

    (void)state;
    share = contact_share_new(places, 2, &arena);
    for (uint64_t id = 1; id <= 50; id++)
        offer(id, 1, 10, (int)id);
    offer(100, 1, 20, 1);
    settle();
    assert_int_equal(n_given, 4);
    assert_int_equal(who_has(50), 10);
    assert_int_equal(who_has(49), 10);
    assert_int_equal(who_has(100), 20); /* though less urgent than 48 */
    assert_int_equal(who_has(48), 20);
}

static void customers_of_nobody_go_to_whoever_has_the_most_room(void **state)
{
    const struct contact_place places[] = { { 10, 1, 1 }, { 20, 1, 3 }, { 30, 2, 9 } };
    int cut = 0;

    (void)state;
    share = contact_share_new(places, 3, &arena);
    for (uint64_t id = 1; id <= 6; id++)
        offer(id, 1, 0, 100 - (int)id);
    settle();
    assert_int_equal(n_given, 4);
    assert_int_equal(who_has(1), 20);
    assert_int_equal(who_has(2), 20);
    assert_int_equal(who_has(5), 0);
    assert_true(contact_share_cut(share, 1, &cut));
    assert_int_equal(cut, 95);
    assert_false(contact_share_cut(share, 2, &cut));
}

static void who_stands_in_does_the_customers_of_another_team_too(void **state)
{
    const struct contact_place places[] = { { 10, 1, 1 }, { 20, 2, 1 } };

    (void)state;
    share = contact_share_new(places, 2, &arena);
    offer(1, 1, 20, 90); /* of team 1, whose employee is away */
    offer(2, 2, 20, 50);
    settle();
    assert_int_equal(who_has(1), 20);
    assert_int_equal(who_has(2), 0);
}

static void without_anybody_there_nobody_is_given(void **state)
{
    const struct contact_place places[] = { { 10, 1, 0 } };
    int cut;

    (void)state;
    share = contact_share_new(places, 1, &arena);
    assert_true(contact_share_has_team(share, 1));
    assert_false(contact_share_has_team(share, 2));
    offer(1, 1, 10, 5);
    offer(2, 2, 0, 5);
    settle();
    assert_int_equal(n_given, 0);
    assert_true(contact_share_cut(share, 1, &cut));
}

/* The same by sorting everything: what the heaps leave out could not have been given. */
static void bounded_heaps_choose_as_if_everybody_were_kept(void **state)
{
    const struct contact_place places[] = { { 10, 1, 7 }, { 20, 1, 3 }, { 30, 1, 5 } };
    uint64_t seed = 42;
    int own[3][1000], loose[1000];
    size_t n[4] = { 0 };

    (void)state;
    share = contact_share_new(places, 3, &arena);
    for (uint64_t id = 1; id <= 1000; id++) {
        unsigned whose;
        int total;

        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        whose = (unsigned)(seed >> 60) % 4;
        total = (int)(seed >> 33 & 0xffffff);
        offer(id, 1, whose ? whose * 10 : 0, total);
        if (whose)
            own[whose - 1][n[whose - 1]++] = total;
        else
            loose[n[3]++] = total;
    }
    settle();
    assert_int_equal(n_given, 15);
    for (size_t i = 0; i < n_given; i++) {
        const struct contact_candidate *c = &given[i].candidate;
        size_t better = 0;

        if (!c->owner_id)
            continue;
        for (size_t k = 0; k < n[c->owner_id / 10 - 1]; k++)
            better += own[c->owner_id / 10 - 1][k] > c->score.total;
        assert_true(better < places[c->owner_id / 10 - 1].room);
    }
    for (size_t i = 0; i < n_given; i++) {
        size_t better = 0;

        for (size_t k = 0; !given[i].candidate.owner_id && k < n[3]; k++)
            better += loose[k] > given[i].candidate.score.total;
        assert_true(better < 15);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_was_spoken_to_lately_is_not_due, fresh),
        cmocka_unit_test_setup(the_longer_nobody_called_the_more_it_counts_up_to_a_limit, fresh),
        cmocka_unit_test_setup(yesterday_evening_is_a_day_ago_in_the_morning, fresh),
        cmocka_unit_test(a_day_ends_at_midnight_on_the_wall),
        cmocka_unit_test_setup(an_invoice_is_due_on_its_day_wherever_it_is_asked, fresh),
        cmocka_unit_test_setup(a_message_counts_as_contact_only_where_the_policy_says_so, fresh),
        cmocka_unit_test_setup(what_was_talked_about_since_is_no_reason_any_more, fresh),
        cmocka_unit_test_setup(what_is_too_long_ago_is_no_reason, fresh),
        cmocka_unit_test_setup(an_invoice_is_spoken_of_before_it_is_due_and_again_while_it_is_open,
                               fresh),
        cmocka_unit_test_setup(a_planned_delivery_is_told_once_shortly_before, fresh),
        cmocka_unit_test_setup(a_topic_is_told_once_and_to_its_category, fresh),
        cmocka_unit_test_setup(value_and_priority_weigh_and_are_no_reasons, fresh),
        cmocka_unit_test_setup(who_may_or_can_not_be_called_is_not_due_and_is_explained, fresh),
        cmocka_unit_test_setup(a_category_without_policy_has_that_of_the_others, fresh),
        cmocka_unit_test_setup(reasons_are_written_and_read_back, fresh),
        cmocka_unit_test(all_reasons_together_have_room),
        cmocka_unit_test(a_reason_is_said_in_the_language_of_whoever_reads_it),
        cmocka_unit_test(a_weight_is_points_and_days),
        cmocka_unit_test_setup_teardown(own_customers_come_first_and_the_most_urgent_of_them,
                                        open_arena, close_arena),
        cmocka_unit_test_setup_teardown(customers_of_nobody_go_to_whoever_has_the_most_room,
                                        open_arena, close_arena),
        cmocka_unit_test_setup_teardown(who_stands_in_does_the_customers_of_another_team_too,
                                        open_arena, close_arena),
        cmocka_unit_test_setup_teardown(without_anybody_there_nobody_is_given, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(bounded_heaps_choose_as_if_everybody_were_kept, open_arena,
                                        close_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
