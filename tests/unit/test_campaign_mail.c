/* test_campaign_mail.c - campaigns by mail, and by both channels, from the plan to the results. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "domain/route.h"
#include "store/campaign_life.h"
#include "store/campaign_pace.h"
#include "store/campaign_recipients.h"
#include "store/campaign_results.h"
#include "store/campaign_test.h"
#include "store/db.h"
#include "store/recipient.h"
#include "store/template.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

static struct db *db;
static struct arena arena;

static const struct mail_words mail_words = { .from = "offres@relais.example",
                                              .identity = "Relais, 1 rue du Port, Lyon",
                                              .can_send = true,
                                              .can_unsubscribe = true };
static const struct words_settings words = {
    .senders = { .promo = "36123",
                 .service = "38123",
                 .identity = "Relais",
                 .stop = "STOP au 36123",
                 .stop_en = "STOP to 36123" },
    .language = "fr",
    .mail = &mail_words,
};
static const char *const own_domains[] = { "gmail.com" };
static const struct route_carrier any = { .name = "c", .millicents = 4550 };
static const struct route rest = { .name = "rest", .ways = { { 0, 1 } }, .n_ways = 1 };
static const struct route_table routes = { .routes = &rest,
                                           .n = 1,
                                           .carriers = &any,
                                           .n_carriers = 1,
                                           .mail_domains = own_domains,
                                           .n_mail_domains = 1 };
static const struct campaign_settings settings = {
    .promo_sender = "36123",
    .service_sender = "38123",
    .segment_cost_millicents = 4550,
    .currency = "EUR",
    .page = 3,
    .words = &words,
    .routes = &routes,
    .order_days = 7,
};

static const struct campaign_plan both = {
    .name = "Soldes",
    .class = CLASS_PROMO,
    .audience = "",
    .body = "Bonjour {{first_name|cher client}}, offre a Lyon.",
    .reach = REACH_SMS_EMAIL,
    .mail_template = "lettre",
};

static void make_template(const char *name, const char *subject, const char *body)
{
    static const enum channel channel = CHANNEL_EMAIL;
    struct error err = { "" };
    unsigned version;
    uint64_t id;
    const struct template_change change = {
        .name = name, .who = "test", .channel = &channel, .subject = subject, .body = body
    };

    if (template_change(db, &change, &words, &id, &version, &err))
        fail_msg("%s", err.text);
}

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    arena_init(&arena);
    make_template("lettre", "Des soldes, {{first_name|cher client}}",
                  "# Bonjour {{first_name|cher client}}\n\nC'est **ouvert**.");
    return 0;
}

static int close_db(void **state)
{
    (void)state;
    arena_close(&arena);
    db_close(db);
    return 0;
}

static uint64_t create(const struct campaign_plan *plan)
{
    struct error err = { "" };
    uint64_t id = 0;

    if (campaign_create(db, plan, &settings, &id, &err))
        fail_msg("%s", err.text);
    return id;
}

static void start_with(uint64_t id, const struct campaign_settings *with)
{
    struct campaign_step step = { .complete = false };

    assert_int_equal(campaign_start(db, id, "test", NULL), RC_OK);
    while (!step.complete)
        assert_int_equal(campaign_expand_step(db, id, with, &step), RC_OK);
}

static void start_and_expand(uint64_t id)
{
    start_with(id, &settings);
}

/* 1 to 4 by SMS; 5 to 8 by mail (8 at gmail.com); 9 and 10 by neither; 11 shares the mail of 5. */
static void a_crowd(void)
{
    static const struct {
        uint64_t id;
        const char *mail;
    } mails[] = {
        { 1, "one@example.com" },   { 5, "five@example.com" }, { 6, "six@example.com" },
        { 7, "seven@example.com" }, { 8, "eight@gmail.com" },  { 11, "five@example.com" },
    };

    crowd_fill(1, 11);
    testdb_sql("UPDATE consent_current SET state = 'withdrawn'"
               " WHERE channel = 'sms' AND customer_id > 4");
    for (size_t i = 0; i < sizeof(mails) / sizeof(mails[0]); i++)
        crowd_add_mail(mails[i].id, mails[i].mail, "granted", NULL);
}

static void a_plan_by_mail_is_refused_with_the_reason(void **state)
{
    static const struct {
        struct campaign_plan plan;
        const char *says;
    } cases[] = {
        { { .name = "a", .reach = REACH_EMAIL, .body = "x" }, "a mail has a subject, too" },
        { { .name = "a", .reach = REACH_EMAIL }, "expected one template, for the mails" },
        { { .name = "a", .reach = REACH_EMAIL, .template = "lettre", .mail_template = "lettre" },
          "expected one template" },
        { { .name = "a", .reach = REACH_SMS, .body = "x", .mail_template = "lettre" },
          "goes by SMS alone" },
        { { .name = "a", .reach = REACH_SMS, .template = "lettre" },
          "\"lettre\" is for mails, and this goes by SMS" },
        { { .name = "a", .reach = REACH_SMS_EMAIL, .body = "x" },
          "expected a template for the mails" },
        { { .name = "a", .reach = REACH_EMAIL_SMS, .mail_template = "lettre" },
          "expected a template or a text" },
        { { .name = "a", .reach = REACH_EMAIL, .template = "none" },
          "no template is named \"none\"" },
        { { .name = "a", .reach = REACH_EMAIL, .template = "lettre", .sender = "36123" },
          "all mails come from offres@relais.example" },
        { { .name = "a",
            .reach = REACH_SMS_EMAIL,
            .body = "x",
            .mail_template = "lettre",
            .variants = { "y" },
            .n_variants = 1 },
          "by one channel only" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct campaign_plan plan = cases[i].plan;
        struct error err = { "" };
        uint64_t id = 0;

        plan.class = CLASS_PROMO;
        if (campaign_create(db, &plan, &settings, &id, &err) == RC_OK ||
            !strstr(err.text, cases[i].says))
            fail_msg("case %zu: \"%s\", expected \"%s\"", i, err.text, cases[i].says);
    }
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign"), 0);
}

static void without_a_mail_relay_nothing_is_planned_by_mail(void **state)
{
    struct mail_words no_relay = mail_words;
    struct words_settings no_mail = words;
    struct campaign_settings without = settings;
    struct error err = { "" };
    uint64_t id;

    (void)state;
    no_mail.mail = NULL;
    without.words = &no_mail;
    assert_int_equal(campaign_create(db, &both, &without, &id, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "mail.from"));
    no_relay.can_send = false;
    no_mail.mail = &no_relay;
    assert_int_equal(campaign_create(db, &both, &without, &id, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "mail.relay"));
}

static void the_preview_says_who_gets_what(void **state)
{
    struct campaign_preview p;
    uint64_t id;

    (void)state;
    a_crowd();
    id = create(&both);
    assert_int_equal(campaign_preview(db, id, &settings, &arena, &p, NULL), RC_OK);
    assert_int_equal(p.audience, 11);
    assert_int_equal(p.recipients, 8);
    assert_int_equal(p.by_channel[CHANNEL_SMS], 4);
    assert_int_equal(p.by_channel[CHANNEL_EMAIL], 4);
    assert_int_equal(p.excluded[EXCLUDED_WITHDRAWN], 2);
    assert_int_equal(p.excluded[EXCLUDED_DUPLICATE_ADDRESS], 1);
    assert_int_equal(p.mails, 4);
    assert_int_equal(p.bill.segments, 4);
    assert_int_equal(p.bill.cents, 19); /* 4 * 4.55, rounded up: a mail costs nothing */
    assert_int_equal(p.n_samples, 6);
    assert_non_null(strstr(p.footer, "1 rue du Port"));
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), 0);
}

static void each_gets_one_message_by_the_channel_that_may_be(void **state)
{
    struct campaign_status s;
    uint64_t id;

    (void)state;
    a_crowd();
    id = create(&both);
    start_and_expand(id);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), 8);
    assert_int_equal(crowd_count("SELECT COUNT(DISTINCT customer_id) FROM message"), 8);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message m JOIN queue q ON q.id = m.queue_id"
                                 " WHERE m.channel = 'sms' AND q.channel = 'sms'"
                                 "   AND m.customer_id <= 4 AND m.sender = '36123'"
                                 "   AND m.subject = '' AND m.encoding = 'gsm7'"),
                     4);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message m JOIN queue q ON q.id = m.queue_id"
                                 " WHERE m.channel = 'email' AND q.name = 'mail'"
                                 "   AND m.sender = 'offres@relais.example' AND m.encoding = 'utf8'"
                                 "   AND m.subject LIKE 'Des soldes, Nom%' AND m.parts = 1"
                                 "   AND m.text LIKE '# Bonjour Nom%'"
                                 "   AND m.consent_event_id = m.customer_id"),
                     3);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message m JOIN queue q ON q.id = m.queue_id"
                                 " WHERE m.customer_id = 8 AND q.name = 'mail gmail.com'"
                                 "   AND q.channel = 'email'"),
                     1);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM outbox_slice s"
                    " JOIN message m ON m.id BETWEEN s.id AND s.last_id"
                    " WHERE m.queue_id = s.queue_id AND m.campaign_id = s.campaign_id"),
        8);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign WHERE channels = 'sms,email'"
                                 "   AND mail_template_id <> template_id"),
                     1);
    assert_int_equal(campaign_status_read(db, id, &s), RC_OK);
    assert_int_equal(s.by_channel[CHANNEL_SMS].messages, 4);
    assert_int_equal(s.by_channel[CHANNEL_EMAIL].messages, 4);
    assert_int_equal(s.excluded[EXCLUDED_DUPLICATE_ADDRESS], 1);
    assert_int_equal(s.excluded[EXCLUDED_WITHDRAWN], 2);
}

static void by_mail_alone_the_sender_is_the_houses_address(void **state)
{
    const struct campaign_plan plan = {
        .name = "m", .class = CLASS_PROMO, .template = "lettre", .reach = REACH_EMAIL
    };
    struct campaign c;
    uint64_t id;

    (void)state;
    a_crowd();
    id = create(&plan);
    start_and_expand(id);
    assert_int_equal(campaign_read(db, id, &c), RC_OK);
    assert_string_equal(c.sender, "offres@relais.example");
    assert_int_equal(c.reach, REACH_EMAIL);
    assert_int_equal(c.messages, 5);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE channel <> 'email'"), 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign_exclusion"
                                 " WHERE reason = 'no_contact_point'"),
                     5);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM campaign WHERE mail_template_id = template_id"), 1);
}

static void texts_of_mails_are_tried_against_each_other(void **state)
{
    struct campaign_plan plan = { .name = "m",
                                  .class = CLASS_PROMO,
                                  .template = "lettre",
                                  .reach = REACH_EMAIL,
                                  .variants = { "@autre" },
                                  .n_variants = 1 };
    uint64_t id;

    (void)state;
    make_template("autre", "Autre", "Autre texte.");
    a_crowd();
    id = create(&plan);
    start_and_expand(id);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message m"
                                 " JOIN campaign_recipient r ON r.message_id = m.id"
                                 " WHERE (r.variant = 1) = (m.subject = 'Autre')"),
                     5);
}

static void two_subjects_of_one_text_are_tried_and_the_same_mail_twice_is_not(void **state)
{
    struct campaign_plan plan = { .name = "m",
                                  .class = CLASS_PROMO,
                                  .template = "lettre",
                                  .reach = REACH_EMAIL,
                                  .variants = { "@sujet" },
                                  .n_variants = 1 };
    const char *const letter = "# Bonjour {{first_name|cher client}}\n\nC'est **ouvert**.";
    struct campaign_life life;
    struct error err = { "" };
    uint64_t id;

    (void)state;
    make_template("sujet", "Ouvert !", letter);
    make_template("encore", "Des soldes, {{first_name|cher client}}", letter);
    a_crowd();
    id = create(&plan);
    assert_int_equal(campaign_life_read(db, id, &arena, &life), RC_OK);
    assert_string_equal(life.texts[1].texts[0].subject, "Ouvert !");
    start_and_expand(id);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message m"
                                 " JOIN campaign_recipient r ON r.message_id = m.id"
                                 " WHERE (r.variant = 1) = (m.subject = 'Ouvert !')"),
                     5);
    plan.variants[0] = "@encore";
    assert_int_equal(campaign_create(db, &plan, &settings, &id, &err), RC_INVALID);
    assert_string_equal(err.text, "text B: it is the same as text A");
}

static uint64_t left_out(uint64_t campaign_id, const char *reason)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db,
                                  "SELECT COUNT(*) FROM campaign_exclusion"
                                  " WHERE campaign_id = ? AND reason = ?",
                                  DB_IN(db_u64(campaign_id), db_text(reason)), &n),
                     RC_OK);
    return n;
}

/* 1 to 4 had the SMS of the first campaign, 5 to 8 its mail. */
static void what_one_had_by_one_channel_is_not_sent_by_it_again(void **state)
{
    const struct campaign_plan sms = { .name = "s", .class = CLASS_PROMO, .body = both.body };
    struct campaign_plan again = both;
    const struct campaign_plan mail = {
        .name = "m", .class = CLASS_PROMO, .template = "lettre", .reach = REACH_EMAIL
    };
    const struct campaign_plan other = {
        .name = "o", .class = CLASS_PROMO, .template = "sujet", .reach = REACH_EMAIL
    };
    struct campaign_settings once = settings;
    struct campaign_preview p;
    uint64_t id;

    (void)state;
    once.repeat_s = 30 * SEC_PER_DAY;
    again.name = "again";
    make_template("sujet", "Ouvert !", "# Bonjour {{first_name|cher client}}\n\nC'est **ouvert**.");
    a_crowd();
    start_and_expand(create(&both));
    testdb_sql("UPDATE campaign SET state = 'done', finished_at = NOW(6)"); /* none is in flight */
    testdb_sql("UPDATE consent_current SET state = 'granted'");
    testdb_sql("UPDATE customer SET sms_standing = ''");
    id = create(&mail);
    assert_int_equal(campaign_preview(db, id, &once, &arena, &p, NULL), RC_OK);
    assert_int_equal(p.excluded[EXCLUDED_SAME_TEXT], 4); /* 5 to 8, but not 1, who had an SMS */
    assert_int_equal(p.recipients, 2);
    assert_int_equal(campaign_preview(db, create(&other), &once, &arena, &p, NULL), RC_OK);
    assert_int_equal(p.excluded[EXCLUDED_SAME_TEXT], 0);
    assert_int_equal(campaign_preview(db, create(&sms), &once, &arena, &p, NULL), RC_OK);
    assert_int_equal(p.excluded[EXCLUDED_SAME_TEXT], 4); /* 1 to 4 */
    assert_int_equal(campaign_preview(db, create(&again), &once, &arena, &p, NULL), RC_OK);
    assert_int_equal(p.excluded[EXCLUDED_SAME_TEXT], 8);
    start_with(id, &once);
    assert_int_equal(left_out(id, "same_text"), 4);
}

static void a_page_of_long_mails_is_short(void **state)
{
    const struct campaign_plan plan = {
        .name = "m", .class = CLASS_PROMO, .template = "roman", .reach = REACH_EMAIL
    };
    enum { PEOPLE = 300, LONG = 20000 };
    struct campaign_settings large = settings;
    struct campaign_step step = { .complete = false };
    static char letter[LONG + 1];
    uint64_t id, n = 0;

    (void)state;
    large.page = CAMPAIGN_PAGE;
    for (size_t i = 0; i < LONG; i++)
        letter[i] = i % 80 == 79 ? '\n' : 'x';
    make_template("roman", "Un roman", letter);
    crowd_fill(1, PEOPLE);
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               " SELECT id, 'email', CONCAT(id, '@example.com'), created_at FROM customer");
    testdb_sql("INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
               " SELECT id, 'email', 'promo', 'granted', id, created_at FROM customer");
    crowd_settle();
    id = create(&plan);
    assert_int_equal(campaign_start(db, id, "test", NULL), RC_OK);
    while (!step.complete) {
        assert_int_equal(campaign_expand_step(db, id, &large, &step), RC_OK);
        assert_true(step.customers * LONG <= RECIPIENTS_TEXT_MAX + 2 * LONG);
        n += step.messages;
    }
    assert_int_equal(n, PEOPLE);
    assert_int_equal(crowd_count("SELECT COUNT(DISTINCT customer_id) FROM message"), PEOPLE);
}

/* Of the money only SMS are paid. */
static void mails_do_not_use_up_a_budget(void **state)
{
    struct campaign_plan plan = both;
    struct campaign_piece piece = { .more = true };
    uint64_t id;

    (void)state;
    a_crowd();
    plan.budget_cents = 10;
    id = create(&plan);
    start_and_expand(id);
    for (int i = 0; i < 10; i++)
        assert_int_equal(campaign_pace_step(db, id, &settings, NULL, clock_now(), &piece), RC_OK);
    assert_int_equal(crowd_count("SELECT SUM(s.last_id + 1 - s.id) FROM outbox_slice s"
                                 " JOIN queue q ON q.id = s.queue_id"
                                 " WHERE s.state = 'ready' AND q.channel = 'email'"),
                     4);
    assert_int_equal(crowd_count("SELECT SUM(s.last_id + 1 - s.id) FROM outbox_slice s"
                                 " JOIN queue q ON q.id = s.queue_id"
                                 " WHERE s.state = 'ready' AND q.channel = 'sms'"),
                     2);
}

static void results_tell_the_channels_apart(void **state)
{
    struct campaign_results r;
    struct error err = { "" };
    uint64_t id;

    (void)state;
    a_crowd();
    id = create(&both);
    start_and_expand(id);
    testdb_sql("UPDATE message SET state = 'delivered', accepted_parts = 1, delivered_parts = 1");
    testdb_sql("UPDATE message SET state = 'failed', delivered_parts = 0, reason = 'bounced'"
               " WHERE customer_id = 6");
    testdb_sql("UPDATE message SET accepted_parts = 0 WHERE customer_id = 7"); /* refused at once */
    testdb_sql("UPDATE message SET state = 'failed', delivered_parts = 0, reason = 'no_such_user'"
               " WHERE customer_id = 7");
    testdb_sql("INSERT INTO opt_out (channel, address, at, source, message_id)"
               "SELECT 'email', address, NOW(6), 'form', id"
               "  FROM message WHERE address = 'seven@example.com'");
    testdb_sql("INSERT INTO opt_out SET channel = 'email', address = 'six@example.com',"
               " at = NOW(6), source = 'staff'"); /* answers to no mail of it */
    testdb_sql("INSERT INTO opt_out SET channel = 'email', address = 'one@example.com',"
               " at = NOW(6)"); /* had an SMS: that mail address was not written to */
    assert_int_equal(campaign_results_read(db, id, 0, &settings, &r, &err), RC_OK);
    assert_int_equal(r.status.by_channel[CHANNEL_SMS].delivered, 4);
    assert_int_equal(r.status.by_channel[CHANNEL_EMAIL].sent, 3);
    assert_int_equal(r.status.by_channel[CHANNEL_EMAIL].delivered, 2);
    assert_int_equal(r.status.by_channel[CHANNEL_EMAIL].failed, 2);
    assert_int_equal(r.channels[CHANNEL_EMAIL].messages, 4);
    assert_int_equal(r.channels[CHANNEL_EMAIL].sent, 3);
    assert_int_equal(r.channels[CHANNEL_EMAIL].returned, 1); /* of the two that failed */
    assert_int_equal(r.channels[CHANNEL_EMAIL].opted_out, 1);
    assert_int_equal(r.channels[CHANNEL_SMS].sent, 4);
    assert_int_equal(r.channels[CHANNEL_SMS].returned, 0);
    assert_int_equal(r.channels[CHANNEL_SMS].opted_out, 0);
    assert_int_equal(r.status.opted_out, 1);
    assert_int_equal(r.all.opted_out, 1);
    assert_int_equal(r.all.segments, 4);
    assert_int_equal(r.status.segments, 4);
    assert_int_equal(r.all.cost_millicents, 4 * 4550);
}

static void add_channel(void *arg, const struct campaign_recipient *r)
{
    uint64_t *n = arg;

    n[0] += strcmp(r->channel, "sms") == 0;
    n[1] += strcmp(r->channel, "email") == 0;
}

static void the_list_of_recipients_says_by_what(void **state)
{
    struct recipients_query query = { .state = "", .reason = "", .limit = 100, .order_days = 7 };
    uint64_t n[2] = { 0, 0 }, next = 0;

    (void)state;
    a_crowd();
    query.campaign_id = create(&both);
    start_and_expand(query.campaign_id);
    assert_int_equal(campaign_recipients(db, &query, add_channel, n, &next), RC_OK);
    assert_int_equal(n[0], 4);
    assert_int_equal(n[1], 4);
}

static void a_mail_is_tried_on_a_mailbox_of_our_own(void **state)
{
    struct campaign_test test = { .channel = CHANNEL_EMAIL,
                                  .to = "lea@relais.example",
                                  .customer_id = 5,
                                  .language = "",
                                  .per_day = 5,
                                  .expires_s = 3600 };
    struct campaign_tested tested;
    struct error err = { "" };

    (void)state;
    a_crowd();
    test.campaign_id = create(&both);
    if (campaign_test_send(db, &test, &settings, &arena, &tested, &err))
        fail_msg("%s", err.text);
    assert_string_equal(tested.subject, "[TEST] Des soldes, Nom5");
    assert_string_equal(tested.sender, "offres@relais.example");
    assert_int_equal(tested.left, 4);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message m"
                                 "  JOIN message_template t ON t.message_id = m.id"
                                 " WHERE m.channel = 'email' AND m.class = 'service'"
                                 "   AND m.queue_id = 65535 AND m.encoding = 'utf8'"
                                 "   AND m.campaign_id IS NULL"),
                     1);
    test.channel = CHANNEL_SMS;
    test.to = "+33600000099";
    assert_int_equal(campaign_test_send(db, &test, &settings, &arena, &tested, &err), RC_OK);
    assert_null(tested.subject);
    assert_int_equal(tested.left, 3);
}

static void a_campaign_without_mails_has_none_to_try(void **state)
{
    struct campaign_plan plan = both;
    struct campaign_test test = { .channel = CHANNEL_EMAIL,
                                  .to = "lea@relais.example",
                                  .language = "",
                                  .per_day = 5,
                                  .expires_s = 3600 };
    struct campaign_tested tested;
    struct error err = { "" };

    (void)state;
    plan.reach = REACH_SMS;
    plan.mail_template = NULL;
    test.campaign_id = create(&plan);
    assert_int_equal(campaign_test_send(db, &test, &settings, &arena, &tested, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "no text for mails"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, close_db)
    const struct CMUnitTest tests[] = {
        TEST(a_plan_by_mail_is_refused_with_the_reason),
        TEST(without_a_mail_relay_nothing_is_planned_by_mail),
        TEST(the_preview_says_who_gets_what),
        TEST(each_gets_one_message_by_the_channel_that_may_be),
        TEST(by_mail_alone_the_sender_is_the_houses_address),
        TEST(texts_of_mails_are_tried_against_each_other),
        TEST(two_subjects_of_one_text_are_tried_and_the_same_mail_twice_is_not),
        TEST(what_one_had_by_one_channel_is_not_sent_by_it_again),
        TEST(a_page_of_long_mails_is_short),
        TEST(mails_do_not_use_up_a_budget),
        TEST(results_tell_the_channels_apart),
        TEST(the_list_of_recipients_says_by_what),
        TEST(a_mail_is_tried_on_a_mailbox_of_our_own),
        TEST(a_campaign_without_mails_has_none_to_try),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
