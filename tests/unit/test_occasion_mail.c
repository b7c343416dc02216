/* test_occasion_mail.c - occasions and the steps of plans by mail, and by both channels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/contact_plan.h"
#include "store/db.h"
#include "store/outbox_mail.h"
#include "store/template.h"
#include "tests/support/plan_rig.h"
#include "tests/support/testdb.h"

static int fresh(void **state)
{
    const int failed = plan_rig_open(state);

    rig_by_mail(true);
    rig_mail_template("voeux", TEMPLATE_PROMOTIONAL, "Bon anniversaire {{first_name|}}",
                      "# Bravo {{first_name|}}\n\n**-10 %**");
    rig_mail_template("annonce", TEMPLATE_INFORMATIONAL, "Colis {{order_number}}",
                      "Le {{delivery_date}}, **{{delivery_window}}**");
    return failed;
}

/* Birthdays on 25 November: 11 by SMS and mail, 12 by mail, 13 by SMS, 14 by neither, 15 has an
 * address but refused mails. */
static void birthday_people(void)
{
    static const struct {
        const char *sms, *address, *mail;
    } people[] = {
        { "granted", "one@example.com", "granted" },
        { "withdrawn", "two@gmail.com", "granted" },
        { "granted", NULL, NULL },
        { "withdrawn", NULL, NULL },
        { "withdrawn", "five@example.com", "withdrawn" },
    };

    for (uint64_t i = 0; i < 5; i++) {
        char phone[20];
        snprintf(phone, sizeof(phone), "+3360000001%u", (unsigned)i);
        crowd_add(&(struct person){ 11 + i, phone, people[i].sms,
                                    .more = "first_name = 'Ana', birth_date = '1980-11-25'" });
        if (people[i].address)
            crowd_add_mail(11 + i, people[i].address, people[i].mail, NULL);
    }
}

static void by_mail_alone_it_is_a_mail_with_subject_queue_and_proof(void **state)
{
    (void)state;
    birthday_people();
    set_on(&(struct occasion_plan){
        .name = "birthday", .kind = "birthday", .channel = "email", .template = "voeux" });
    assert_int_equal(live_until(at(2026, 11, 25, 9, 0)), 2);
    assert_int_equal(COUNT("message WHERE channel = 'email' AND encoding = 'utf8' AND parts = 1"
                           " AND class = 'promo' AND sender = 'offres@relais.example'"
                           " AND subject = 'Bon anniversaire Ana'"
                           " AND text LIKE '# Bravo%{{unsubscribe}}%'"
                           " AND consent_event_id = customer_id"),
                     2);
    assert_int_equal(COUNT("message m JOIN queue q ON q.id = m.queue_id AND q.channel = 'email'"
                           " AND q.name = IF(m.customer_id = 12, 'mail gmail.com', 'mail')"
                           " JOIN outbox_slice s ON s.id = m.id AND s.queue_id = q.id"),
                     2);
    assert_int_equal(COUNT("campaign c JOIN template t ON t.name = 'voeux'"
                           " AND t.id = c.template_id AND t.id = c.mail_template_id"
                           " WHERE c.channels = 'email' AND c.mail_template_version = 1"),
                     1);
    assert_int_equal(COUNT("occasion_sent WHERE customer_id IN (13, 14)"
                           " AND reason = 'no_contact_point' AND message_id IS NULL"),
                     2);
    assert_int_equal(COUNT("occasion_sent WHERE customer_id = 15 AND reason = 'withdrawn'"), 1);
    assert_int_equal(live_until(at(2026, 11, 26, 9, 0)), 0);
}

static void with_two_channels_each_gets_one_message_by_the_first_that_may_be(void **state)
{
    (void)state;
    birthday_people();
    set_on(&(struct occasion_plan){ .name = "birthday",
                                    .kind = "birthday",
                                    .channel = "email,sms",
                                    .body = "Bravo",
                                    .mail_template = "voeux" });
    assert_int_equal(live_until(at(2026, 11, 25, 9, 0)), 3);
    assert_int_equal(COUNT("message WHERE customer_id IN (11, 12) AND channel = 'email'"), 2);
    assert_int_equal(COUNT("message WHERE customer_id = 13 AND channel = 'sms' AND sender = '36123'"
                           " AND text = 'Bravo' AND subject = ''"),
                     1);
    /* For the reason of the first channel. */
    assert_int_equal(COUNT("occasion_sent WHERE customer_id = 14 AND reason = 'no_contact_point'"),
                     1);
    assert_int_equal(COUNT("campaign WHERE message_n = 3 AND channels = 'email,sms'"), 1);
    assert_int_equal(COUNT("outbox_slice"), 3);
    assert_int_equal(live_until(at(2026, 11, 26, 9, 0)), 0);
}

static void an_order_is_told_of_by_mail_at_any_hour(void **state)
{
    (void)state;
    set_on(&(struct occasion_plan){ .name = "announce",
                                    .kind = "delivery_announced",
                                    .channel = "sms,email",
                                    .body = "Colis {{order_number}}",
                                    .mail_template = "annonce" });
    order_is("C1", ORDER_PLANNED, at(2026, 11, 3, 8, 0));
    order_is("C2", ORDER_PLANNED, at(2026, 11, 3, 8, 0));
    testdb_sql("UPDATE contact_point p JOIN customer_order o ON o.customer_id = p.customer_id"
               " AND o.order_number = 'C2' SET p.state = 'invalid'");
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               " SELECT customer_id, 'email', 'c2@example.com', '2026-11-01' FROM customer_order"
               "  WHERE order_number = 'C2'");
    crowd_settle();
    assert_int_equal(tick(), 2);
    assert_int_equal(COUNT("message WHERE channel = 'email' AND subject = 'Colis C2'"
                           " AND text = 'Le 03/11/2026, **09:00-11:00**' AND class = 'service'"
                           " AND legal_basis = 'contract' AND address = 'c2@example.com'"),
                     1);
    assert_int_equal(COUNT("message WHERE channel = 'sms' AND text = 'Colis C1'"), 1);
}

static void a_refusal_in_between_is_seen_right_before_the_mail_leaves(void **state)
{
    struct outbox_mail mail;
    struct arena arena;
    uint64_t id;

    (void)state;
    birthday_people();
    set_on(&(struct occasion_plan){
        .name = "birthday", .kind = "birthday", .channel = "email", .template = "voeux" });
    assert_int_equal(live_until(at(2026, 11, 25, 9, 0)), 2);
    testdb_sql("UPDATE message SET state = 'submitting'");
    id = crowd_count("SELECT id FROM message WHERE customer_id = 11");
    arena_init(&arena);
    assert_int_equal(outbox_mail_read(rig_db, id, clock_now(), 0, &arena, &mail), RC_OK);
    assert_string_equal(mail.withheld, "");
    assert_int_equal(mail.template_id, crowd_count("SELECT id FROM template WHERE name = 'voeux'"));
    testdb_sql("UPDATE consent_current SET state = 'withdrawn'"
               " WHERE customer_id = 11 AND channel = 'email'");
    assert_int_equal(outbox_mail_read(rig_db, id, clock_now(), 0, &arena, &mail), RC_OK);
    assert_string_equal(mail.withheld, "withdrawn");
    arena_close(&arena);
}

/* 250 mails of 24 KB are more than a page may have at once. */
static void long_mails_go_out_a_part_at_a_time_and_nobody_is_forgotten(void **state)
{
    static char body[24001];
    const uint64_t people = 250;
    struct occasion_step step = { .messages = 0 };
    uint64_t id;

    (void)state;
    memset(body, 'a', sizeof(body) - 1);
    for (size_t i = 70; i < sizeof(body) - 1; i += 71)
        body[i] = '\n';
    rig_mail_template("roman", TEMPLATE_INFORMATIONAL, "Un roman", body);
    crowd_fill(101, people);
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               " SELECT id, 'email', CONCAT('p', id, '@example.com'), '2026-11-01' FROM customer"
               "  WHERE id > 100");
    testdb_sql("INSERT INTO invoice (id, customer_id, number, due_on, amount_cents, created_at)"
               " SELECT id, id, id, '2026-11-02', 100, '2026-11-01' FROM customer WHERE id > 100");
    crowd_settle();
    id = set_on(&(struct occasion_plan){
        .name = "invoice", .kind = "invoice_due", .channel = "email", .template = "roman" });
    set_clock(at(2026, 11, 2, 9, 0));
    assert_int_equal(occasion_pass(rig_db, id, &rig_settings, &step), RC_OK);
    while (COUNT("occasion_event") < people)
        assert_int_equal(occasion_pass(rig_db, id, &rig_settings, &step), RC_OK);
    assert_int_equal(occasion_step(rig_db, id, &rig_settings, &step), RC_OK);
    assert_in_range(step.messages, 1, people - 1);
    assert_true(step.more);
    tick();
    assert_int_equal(COUNT("message"), people);
    assert_int_equal(crowd_count("SELECT COUNT(DISTINCT customer_id) FROM message"), people);
    assert_int_equal(COUNT("occasion_sent WHERE message_id IS NOT NULL"), people);
}

static void without_an_address_to_come_from_it_waits(void **state)
{
    struct occasion_step step;
    uint64_t id;

    (void)state;
    birthday_people();
    id = set_on(&(struct occasion_plan){
        .name = "birthday", .kind = "birthday", .channel = "email", .template = "voeux" });
    set_clock(at(2026, 11, 25, 9, 0));
    assert_int_equal(occasion_pass(rig_db, id, &rig_settings, &step), RC_OK);
    while (step.more)
        assert_int_equal(occasion_pass(rig_db, id, &rig_settings, &step), RC_OK);
    rig_by_mail(false);
    assert_int_equal(occasion_step(rig_db, id, &rig_settings, &step), RC_CONFLICT);
    assert_int_equal(COUNT("occasion WHERE state = 'on'"), 1);
    rig_by_mail(true);
    assert_int_equal(tick(), 2);
}

static void count_row(void *arg, const struct occasion_trial_row *row)
{
    unsigned *mails = arg;

    *mails += strcmp(row->channel, "email") == 0 && strcmp(row->subject, "") != 0 && !row->parts;
}

static void a_rehearsal_counts_by_channel_and_mails_cost_nothing(void **state)
{
    struct occasion_trial trial;
    struct error err = { "" };
    struct arena arena;
    unsigned mails = 0;
    uint64_t id;

    (void)state;
    birthday_people();
    id = set(&(struct occasion_plan){ .name = "birthday",
                                      .kind = "birthday",
                                      .channel = "email,sms",
                                      .body = "Bravo",
                                      .mail_template = "voeux" });
    arena_init(&arena);
    set_clock(at(2026, 11, 25, 12, 0));
    assert_int_equal(occasion_try(rig_db, id, &(struct civil){ 2026, 11, 25, 0, 0, 0, 0 },
                                  &rig_settings, 10, &arena, count_row, &mails, &trial, &err),
                     RC_OK);
    assert_int_equal(trial.messages, 3);
    assert_int_equal(trial.by_channel[CHANNEL_EMAIL], 2);
    assert_int_equal(mails, 2);
    assert_int_equal(trial.bill.segments, 1);
    assert_int_equal(trial.bill.cents, 5);
    assert_int_equal(COUNT("message"), 0);
    arena_close(&arena);
}

static void what_is_given_changes_and_the_rest_stays(void **state)
{
    (void)state;
    set(&(struct occasion_plan){ .name = "birthday", .kind = "birthday", .body = "Bravo" });
    set(&(struct occasion_plan){
        .name = "birthday", .channel = "sms,email", .mail_template = "voeux" });
    assert_int_equal(COUNT("occasion WHERE channels = 'sms,email' AND body = 'Bravo'"
                           " AND sender = '36123' AND template_id <> mail_template_id"),
                     1);
    set(&(struct occasion_plan){ .name = "birthday", .cap = "1 in 30d" });
    assert_int_equal(COUNT("occasion WHERE channels = 'sms,email' AND body = 'Bravo'"), 1);
    set(&(struct occasion_plan){ .name = "birthday", .channel = "email" });
    assert_int_equal(COUNT("occasion WHERE channels = 'email' AND sender = 'offres@relais.example'"
                           " AND template_id = mail_template_id AND body LIKE '# Bravo%'"),
                     1);
    set(&(struct occasion_plan){ .name = "birthday", .channel = "sms", .template = "birthday" });
    assert_int_equal(COUNT("occasion WHERE channels = 'sms' AND body = 'Bravo' AND sender = '36123'"
                           " AND mail_template_id IS NULL"),
                     1);
}

static void what_is_wrong_is_refused_with_the_reason(void **state)
{
    static const struct {
        struct occasion_plan plan;
        const char *sentence;
    } bad[] = {
        { { .kind = "birthday", .channel = "pigeon", .body = "x" },
          "channel: expected sms, email" },
        { { .kind = "birthday", .channel = "email", .body = "x" }, "a mail has a subject, too" },
        { { .kind = "birthday", .channel = "email" }, "expected one template, for the mails" },
        { { .kind = "birthday", .channel = "sms,email", .body = "x" },
          "expected a template for the mails" },
        { { .kind = "birthday", .body = "x", .mail_template = "voeux" }, "goes by SMS alone" },
        { { .kind = "birthday", .template = "voeux" }, "\"voeux\" is for mails" },
        { { .kind = "birthday", .channel = "email", .template = "none" }, "none" },
        { { .kind = "birthday", .channel = "email", .template = "annonce" }, "delivery_date" },
        { { .kind = "delivery_out", .channel = "email", .template = "voeux" },
          "\"voeux\" is promotional" },
        { { .kind = "birthday", .channel = "email", .template = "voeux", .sender = "x" },
          "all mails come from" },
    };
    struct error err = { "" };
    uint64_t id;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct occasion_plan plan = bad[i].plan;
        plan.name = "one";
        plan.days = plan.expires_s = plan.transliterate = -1;
        err.text[0] = '\0';
        assert_int_not_equal(occasion_set(rig_db, &plan, &rig_settings, "test", &id, &err), RC_OK);
        if (!strstr(err.text, bad[i].sentence))
            fail_msg("%zu: \"%s\" does not say \"%s\"", i, err.text, bad[i].sentence);
    }
    rig_by_mail(false);
    assert_int_equal(occasion_set(rig_db,
                                  &(struct occasion_plan){ .name = "one",
                                                           .kind = "delivery_out",
                                                           .channel = "email",
                                                           .template = "annonce",
                                                           .days = -1,
                                                           .expires_s = -1,
                                                           .transliterate = -1 },
                                  &rig_settings, "test", &id, &err),
                     RC_INVALID);
    assert_non_null(strstr(err.text, "no mails can be sent"));
    assert_int_equal(COUNT("occasion"), 0);
}

/* --- plans --- */

static const char letters[] = "day 0: email,sms\n"
                              "  text Bienvenue\n"
                              "  mail_template voeux\n"
                              "day 3: email\n"
                              "  template voeux\n"
                              "day 5: sms\n"
                              "  text A bientot\n";

static void the_steps_of_a_plan_go_by_mail_once(void **state)
{
    const uint64_t plan = plan_on("welcome", letters);

    (void)state;
    crowd_add_mail(1, "ana@example.com", "granted", NULL);
    plan_begin_for(plan, 1);
    plan_begin_for(plan, 2); /* has no address */
    assert_int_equal(plan_tick(), 2);
    assert_int_equal(COUNT("message WHERE customer_id = 1 AND channel = 'email'"
                           " AND address = 'ana@example.com' AND class = 'promo'"),
                     1);
    assert_int_equal(COUNT("message WHERE customer_id = 2 AND channel = 'sms'"), 1);
    assert_int_equal(plan_live_until(at(2026, 11, 5, 9, 0)), 1);
    assert_int_equal(COUNT("message WHERE customer_id = 1 AND channel = 'email'"), 2);
    assert_int_equal(COUNT("occasion_sent WHERE customer_id = 2 AND message_id IS NULL"
                           " AND reason = 'no_contact_point'"),
                     1);
    assert_int_equal(plan_live_until(at(2026, 11, 7, 9, 0)), 2); /* nobody is left behind */
    assert_int_equal(plan_live_until(at(2026, 12, 7, 9, 0)), 0);
    assert_int_equal(COUNT("contact_enrolment WHERE state = 'done'"), 2);
}

static void a_mail_that_waits_for_the_morning_ends_with_the_plan(void **state)
{
    const uint64_t plan = plan_on("welcome", letters);
    struct error err = { "" };
    uint64_t enrolment;

    (void)state;
    crowd_add_mail(1, "ana@example.com", "granted", NULL);
    enrolment = plan_begin_for(plan, 1);
    assert_int_equal(plan_tick(), 1);
    assert_int_equal(contact_enrolment_stop(rig_db, enrolment, "moved away", "test", &err), RC_OK);
    assert_int_equal(COUNT("message WHERE channel = 'email' AND state = 'cancelled'"
                           " AND reason = 'plan_stopped'"),
                     1);
}

static void a_mail_that_is_about_to_leave_does_not_when_the_plan_ends(void **state)
{
    const uint64_t plan = plan_on("welcome", letters);
    struct error err = { "" };
    struct outbox_mail mail;
    struct arena arena;
    uint64_t enrolment, id;

    (void)state;
    crowd_add_mail(1, "ana@example.com", "granted", NULL);
    enrolment = plan_begin_for(plan, 1);
    assert_int_equal(plan_tick(), 1);
    testdb_sql("UPDATE message SET state = 'submitting'");
    id = crowd_count("SELECT id FROM message");
    arena_init(&arena);
    assert_int_equal(outbox_mail_read(rig_db, id, clock_now(), 0, &arena, &mail), RC_OK);
    assert_string_equal(mail.withheld, "");
    assert_int_equal(contact_enrolment_stop(rig_db, enrolment, "moved away", "test", &err), RC_OK);
    assert_int_equal(outbox_mail_read(rig_db, id, clock_now(), 0, &arena, &mail), RC_OK);
    assert_string_equal(mail.withheld, "plan_stopped");
    arena_close(&arena);
}

static void what_is_wrong_in_a_step_by_mail_is_told_with_its_line(void **state)
{
    (void)state;
    plan_refused("p", "day 0: email\n text a\n", "line 1: a mail has a subject, too");
    plan_refused("p", "day 0: email\n", "line 1: a mail has a subject, too");
    plan_refused("p", "day 0: sms,email\n text a\n", "line 1: for those who get a mail");
    plan_refused("p", "day 0: sms\n text a\n mail_template voeux\n",
                 "line 3: mail_template: only a step that goes by mail");
    plan_refused("p", "day 0: email\n template none\n", "line 1: no template is named");
    plan_refused("p", "day 0: email\n template annonce\n", "delivery_date");
    plan_refused("p", "day 0: sms\n template voeux\n", "\"voeux\" is for mails");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, rig_close)
    const struct CMUnitTest tests[] = {
        TEST(by_mail_alone_it_is_a_mail_with_subject_queue_and_proof),
        TEST(with_two_channels_each_gets_one_message_by_the_first_that_may_be),
        TEST(an_order_is_told_of_by_mail_at_any_hour),
        TEST(a_refusal_in_between_is_seen_right_before_the_mail_leaves),
        TEST(long_mails_go_out_a_part_at_a_time_and_nobody_is_forgotten),
        TEST(without_an_address_to_come_from_it_waits),
        TEST(a_rehearsal_counts_by_channel_and_mails_cost_nothing),
        TEST(what_is_given_changes_and_the_rest_stays),
        TEST(what_is_wrong_is_refused_with_the_reason),
        TEST(the_steps_of_a_plan_go_by_mail_once),
        TEST(a_mail_that_waits_for_the_morning_ends_with_the_plan),
        TEST(a_mail_that_is_about_to_leave_does_not_when_the_plan_ends),
        TEST(what_is_wrong_in_a_step_by_mail_is_told_with_its_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
