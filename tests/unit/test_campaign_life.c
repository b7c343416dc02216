/* test_campaign_life.c - approval, hold-out, several texts and their winner, and what a campaign
 * brought, on a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/fingerprint.h"
#include "domain/share.h"
#include "store/campaign_approval.h"
#include "store/campaign_figures.h"
#include "store/campaign_life.h"
#include "store/campaign_recipients.h"
#include "store/campaign_results.h"
#include "store/db.h"
#include "store/template.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define PEOPLE 600

static struct db *db;
static struct arena arena;

static struct campaign_settings settings;

static const struct campaign_settings usual = {
    .promo_sender = "36123",
    .service_sender = "38123",
    .segment_cost_millicents = 4550,
    .currency = "EUR",
    .page = 100,
    .order_days = 7,
};

static const struct campaign_plan plain = {
    .name = "Soldes",
    .class = CLASS_PROMO,
    .audience = "",
    .body = "Bonjour, offre A. STOP au 36123",
    .who = "marie",
};

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    arena_init(&arena);
    settings = usual;
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

static struct campaign_life life_of(uint64_t id)
{
    struct campaign_life life;

    assert_int_equal(campaign_life_read(db, id, &arena, &life), RC_OK);
    return life;
}

static enum campaign_state state_of(uint64_t id)
{
    struct campaign c;

    assert_int_equal(campaign_read(db, id, &c), RC_OK);
    return c.state;
}

static void expand(uint64_t id)
{
    struct campaign_step step = { .complete = false };

    while (!step.complete)
        assert_int_equal(campaign_expand_step(db, id, &settings, &step), RC_OK);
}

static void start_and_expand(uint64_t id)
{
    assert_int_equal(campaign_start(db, id, "marie", NULL), RC_OK);
    expand(id);
}

/* As after every message was sent and delivered. */
static void deliver_all(void)
{
    testdb_sql("UPDATE message SET state = 'delivered', accepted_parts = 1, delivered_parts = 1");
    testdb_sql("DELETE FROM outbox_slice");
}

static void sql(const char *fmt, unsigned long long n)
{
    char text[1500];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof(text), fmt, n);
#pragma GCC diagnostic pop
    testdb_sql(text);
}

static uint64_t count(const char *fmt, unsigned long long n)
{
    char text[1500];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof(text), fmt, n);
#pragma GCC diagnostic pop
    return crowd_count(text);
}

/* --- hold-out --- */

static void who_is_held_out_has_no_message_and_is_listed(void **state)
{
    struct campaign_plan plan = plain;
    struct campaign_preview p;
    uint64_t id, held = 0;

    (void)state;
    crowd_fill(1, PEOPLE);
    plan.hold_out = 1000;
    id = create(&plan);
    for (uint64_t c = 1; c <= PEOPLE; c++)
        held += share_of(id, SHARE_HOLD_OUT, c) < 1000;
    assert_int_equal(campaign_preview(db, id, &settings, &arena, &p, NULL), RC_OK);
    assert_true(p.exact);
    assert_int_equal(p.excluded[EXCLUDED_HOLD_OUT], held);
    assert_int_equal(p.recipients, PEOPLE - held);
    start_and_expand(id);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), PEOPLE - held);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM campaign_exclusion WHERE reason = 'hold_out'"), held);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign_exclusion x"
                                 "  JOIN message m ON m.customer_id = x.customer_id"),
                     0);
    for (uint64_t c = 1; c <= PEOPLE; c++)
        assert_int_equal(
            count("SELECT COUNT(*) FROM campaign_exclusion WHERE customer_id = %llu", c),
            share_of(id, SHARE_HOLD_OUT, c) < 1000);
}

static void a_preview_of_many_reckons_the_held_out_by_their_share(void **state)
{
    struct campaign_plan plan = plain;
    struct campaign_preview p;

    (void)state;
    crowd_fill(1, 2000);
    plan.hold_out = 500;
    assert_int_equal(campaign_preview_plan(db, &plan, &settings, &arena, &p, NULL), RC_OK);
    assert_false(p.exact);
    assert_int_equal(p.excluded[EXCLUDED_HOLD_OUT], 100);
    assert_int_equal(p.recipients, 1900);
    assert_int_equal(p.bill.segments, 1900);
}

/* --- several texts --- */

static struct campaign_plan two_texts(void)
{
    struct campaign_plan plan = plain;

    plan.variants[0] = "Bonjour, offre B. STOP au 36123";
    plan.n_variants = 1;
    plan.test_share = 2000;
    plan.test_s = 3600;
    return plan;
}

static void a_bad_trial_is_refused_with_a_sentence(void **state)
{
    static const struct {
        struct campaign_plan plan;
        const char *says;
    } cases[] = {
        { { .hold_out = 5001 }, "hold_out: expected at most 50%" },
        { { .test_share = 100 }, "test_share: there is one text only" },
        { { .test_s = 3600 }, "test_hours: without a test share" },
        { { .variants = { "x" }, .n_variants = 1, .test_share = 10000 }, "less than 100%" },
        { { .variants = { "x" }, .n_variants = 1, .test_share = 1, .test_s = 15 * 86400 },
          "test_hours: expected at most 336 hours" },
        { { .variants = { "@nowhere" }, .n_variants = 1 }, "text B: no template is named" },
        { { .variants = { "{{frist_name}}" }, .n_variants = 1 }, "text B: text: " },
        { { .variants = { "Bonjour, offre A. STOP au 36123" }, .n_variants = 1 },
          "text B: it is the same as text A" },
        { { .variants = { "x", "x" }, .n_variants = 2 }, "text C: it is the same as text B" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct campaign_plan plan = cases[i].plan;
        struct error err = { "" };
        uint64_t id;
        plan.name = "a";
        plan.class = CLASS_PROMO;
        plan.body = plain.body;
        if (campaign_create(db, &plan, &settings, &id, &err) == RC_OK ||
            !strstr(err.text, cases[i].says))
            fail_msg("case %zu: \"%s\", expected \"%s\"", i, err.text, cases[i].says);
    }
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign"), 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign_variant"), 0);
}

static void a_text_may_be_a_template_and_each_is_previewed(void **state)
{
    struct campaign_plan plan = plain;
    struct campaign_preview p;
    struct campaign_life life;
    uint64_t id, template_id;
    char two_parts[201];

    (void)state;
    memset(two_parts, 'x', 200);
    two_parts[200] = '\0';
    crowd_fill(1, 10);
    assert_int_equal(template_put(db, "long", two_parts, &template_id, NULL), RC_OK);
    plan.variants[0] = "@long";
    plan.n_variants = 1;
    id = create(&plan);
    assert_int_equal(campaign_preview(db, id, &settings, &arena, &p, NULL), RC_OK);
    assert_int_equal(p.n_others, 1);
    assert_int_equal(p.bill.segments, 10);
    assert_int_equal(p.others[0]->bill.segments, 20);
    assert_int_equal(p.others[0]->bill.cents, 91);
    life = life_of(id);
    assert_int_equal(life.n_variants, 2);
    assert_string_equal(life.bodies[0], plan.body);
    assert_string_equal(life.bodies[1], two_parts);
    assert_int_equal(life.body_hash, text_fingerprint("BONJOUR,  offre a. stop au 36123"));
    assert_string_equal(life.created_by, "marie");
}

static void without_a_test_share_everybody_has_one_of_the_texts(void **state)
{
    struct campaign_plan plan = two_texts();
    uint64_t id, a = 0;

    (void)state;
    plan.test_share = 0;
    plan.test_s = 0;
    crowd_fill(1, PEOPLE);
    id = create(&plan);
    for (uint64_t c = 1; c <= PEOPLE; c++)
        a += share_variant(id, c, 2) == 0;
    start_and_expand(id);
    assert_int_equal(state_of(id), CAMPAIGN_SENDING);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE text LIKE '%offre A%'"), a);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE text LIKE '%offre B%'"),
                     PEOPLE - a);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM campaign_recipient r JOIN message m ON m.id = "
                    "r.message_id WHERE (r.variant = 1) <> (m.text LIKE '%offre B%')"),
        0);
}

/* Half a page of chunks, far apart, and an audience that changes meanwhile. */
static void the_rest_waits_as_it_was_at_the_start(void **state)
{
    struct campaign_plan plan = two_texts();
    struct campaign c;
    uint64_t id, tried = 0;

    (void)state;
    crowd_fill(1, 300);
    crowd_fill(4000, 300); /* over the border of a chunk */
    plan.audience = "city = Lyon";
    id = create(&plan);
    start_and_expand(id);
    assert_int_equal(state_of(id), CAMPAIGN_TESTING);
    for (uint64_t i = 1; i < 4300; i++)
        tried += (i <= 300 || i >= 4000) && i % 2 && share_of(id, SHARE_TEST, i) < 2000;
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), tried);
    assert_true(tried > 30 && tried < 100);
    assert_int_equal(campaign_read(db, id, &c), RC_OK);
    assert_int_equal(c.audience, 300);

    /* Some move away, some come, some say STOP. */
    testdb_sql("UPDATE customer SET city = 'Paris' WHERE id BETWEEN 1 AND 99");
    testdb_sql("UPDATE customer SET city = 'Lyon' WHERE id % 2 = 0");
    testdb_sql("INSERT INTO opt_out (channel, address, at)"
               " SELECT 'sms', address, NOW(6) FROM contact_point WHERE customer_id > 4250");
    deliver_all();
    assert_int_equal(campaign_choose(db, id, 1, "marie", NULL), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_EXPANDING);
    expand(id);
    assert_int_equal(state_of(id), CAMPAIGN_SENDING);
    assert_int_equal(campaign_read(db, id, &c), RC_OK);
    assert_int_equal(c.audience, 300);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE customer_id % 2 = 0"), 0);
    assert_int_equal(crowd_count("SELECT COUNT(DISTINCT customer_id) FROM message"),
                     crowd_count("SELECT COUNT(*) FROM message"));
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message") +
                         crowd_count("SELECT COUNT(*) FROM campaign_exclusion"),
                     300);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign_exclusion"
                                 " WHERE reason <> 'opted_out'"),
                     0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign_recipient WHERE variant = 1"),
                     crowd_count("SELECT COUNT(*) FROM message WHERE text LIKE '%offre B%'"));
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM campaign_rest"), 0);
}

static void the_rest_is_expanded_once_wherever_it_is_stopped(void **state)
{
    struct campaign_plan plan = two_texts();

    (void)state;
    for (unsigned stop_after = 0; stop_after < 5; stop_after++) {
        struct campaign_step step;
        uint64_t id;
        testdb_reset();
        crowd_fill(1, 400);
        id = create(&plan);
        start_and_expand(id);
        deliver_all();
        assert_int_equal(campaign_choose(db, id, 0, "marie", NULL), RC_OK);
        for (unsigned i = 0; i < stop_after; i++) {
            if (state_of(id) == CAMPAIGN_EXPANDING)
                assert_int_equal(campaign_expand_step(db, id, &settings, &step), RC_OK);
        }
        assert_int_equal(campaign_pause(db, id, "marie", NULL), RC_OK);
        db_close(db); /* another run */
        db = testdb_open();
        assert_int_equal(campaign_resume(db, id, "marie", NULL), RC_OK);
        if (state_of(id) == CAMPAIGN_EXPANDING)
            expand(id);
        assert_int_equal(state_of(id), CAMPAIGN_SENDING);
        assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), 400);
        assert_int_equal(crowd_count("SELECT COUNT(DISTINCT customer_id) FROM message"), 400);
    }
}

/* --- the winner --- */

/* Of the first customers that had the text, so many answer. */
static void answer(uint64_t id, const char *like, unsigned n)
{
    char text[1000];

    snprintf(text, sizeof(text),
             "INSERT INTO inbound_message (id, at, channel, from_address, to_address, text,"
             "                             keyword, customer_id, answers_message_id)"
             "SELECT m.id + 1000000, m.created_at + INTERVAL 1 SECOND, 'sms', m.address, '36123',"
             "       'oui', '', m.customer_id, m.id"
             "  FROM message m"
             " WHERE m.campaign_id = %llu AND m.text LIKE '%%%s%%'"
             " ORDER BY m.id LIMIT %u",
             (unsigned long long)id, like, n);
    testdb_sql(text);
}

static void time_is_over(void)
{
    testdb_sql("UPDATE campaign SET test_until = NOW(6) - INTERVAL 1 MINUTE");
}

static bool test_step(uint64_t id)
{
    bool decided = false;

    assert_int_equal(campaign_test_step(db, id, &settings, &decided), RC_OK);
    return decided;
}

static size_t work_left(void)
{
    struct campaign_work work[4];
    size_t n;

    assert_int_equal(campaign_find_work(db, work, 4, &n), RC_OK);
    return n;
}

static uint64_t a_test(void)
{
    struct campaign_plan plan = two_texts();
    uint64_t id;

    crowd_fill(1, PEOPLE);
    plan.test_share = 5000;
    id = create(&plan);
    start_and_expand(id);
    return id;
}

static void a_test_waits_from_the_moment_when_its_texts_have_left(void **state)
{
    uint64_t id = a_test();

    (void)state;
    assert_int_equal(work_left(), 0); /* they are in the queue */
    assert_false(test_step(id));
    assert_int_equal(life_of(id).test_until, 0);
    deliver_all();
    assert_int_equal(work_left(), 1);
    assert_false(test_step(id));
    assert_true(life_of(id).test_until > clock_now() + 3500 * USEC_PER_SEC);
    assert_int_equal(work_left(), 0);
    assert_false(test_step(id));
    time_is_over();
    assert_int_equal(work_left(), 1);
    assert_true(test_step(id));
}

static void the_text_with_more_answers_wins_once(void **state)
{
    uint64_t id = a_test();
    struct campaign_life life;

    (void)state;
    deliver_all();
    answer(id, "offre A", 10);
    answer(id, "offre B", 40);
    assert_false(test_step(id));
    time_is_over();
    assert_true(test_step(id));
    assert_false(test_step(id));
    life = life_of(id);
    assert_int_equal(life.winner, 1);
    assert_string_equal(life.winner_by, "relaisd");
    assert_non_null(strstr(life.winner_why, "by replies: A "));
    assert_non_null(strstr(life.winner_why, "p = 0.000 against A: hardly chance"));
    assert_int_equal(state_of(id), CAMPAIGN_EXPANDING);
    assert_int_equal(campaign_choose(db, id, 0, "marie", NULL), RC_CONFLICT);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM audit_entry WHERE verb = 'winner' AND who = 'relaisd'"),
        1);
    expand(id);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), PEOPLE);
}

static void a_stop_is_no_answer_and_too_few_give_the_first_text(void **state)
{
    uint64_t id = a_test();
    struct campaign_life life;

    (void)state;
    deliver_all();
    answer(id, "offre B", 40);
    testdb_sql("UPDATE inbound_message SET keyword = 'stop'");
    assert_false(test_step(id));
    time_is_over();
    assert_true(test_step(id));
    life = life_of(id);
    assert_int_equal(life.winner, 0);
    assert_non_null(strstr(life.winner_why, "too few to tell, so the first text"));
}

static void orders_can_decide(void **state)
{
    struct campaign_plan plan = two_texts();
    uint64_t id;

    (void)state;
    crowd_fill(1, PEOPLE);
    plan.test_share = 5000;
    plan.test_by = CAMPAIGN_BY_ORDERS;
    id = create(&plan);
    start_and_expand(id);
    deliver_all();
    answer(id, "offre A", 60);
    testdb_sql("INSERT INTO customer_order (id, partner_id, order_number, customer_id, ordered_at,"
               "       import_id, import_row, content_hash)"
               "SELECT m.customer_id, 1, m.customer_id, m.customer_id, m.created_at, 1, 1, ''"
               "  FROM message m WHERE m.text LIKE '%offre B%' ORDER BY m.id LIMIT 30");
    assert_false(test_step(id));
    time_is_over();
    assert_true(test_step(id));
    assert_int_equal(life_of(id).winner, 1);
}

static void a_person_can_choose_while_it_is_tried_and_not_otherwise(void **state)
{
    struct campaign_plan plan = two_texts();
    struct error err;
    uint64_t id;

    (void)state;
    crowd_fill(1, PEOPLE);
    id = create(&plan);
    assert_int_equal(campaign_choose(db, id, 1, "marie", &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "is draft: no text is being tried"));
    start_and_expand(id);
    assert_int_equal(campaign_choose(db, id, 2, "marie", &err), RC_INVALID);
    assert_non_null(strstr(err.text, "has no text C"));
    assert_int_equal(campaign_pause(db, id, "marie", NULL), RC_OK);
    assert_int_equal(campaign_choose(db, id, 1, "marie", NULL), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_PAUSED);
    assert_int_equal(campaign_resume(db, id, "marie", NULL), RC_OK);
    expand(id);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), PEOPLE);
    assert_int_equal(campaign_choose(db, 999, 1, "marie", &err), RC_NOTFOUND);
}

static void a_pause_while_it_is_tried_is_taken_back(void **state)
{
    uint64_t id = a_test();

    (void)state;
    assert_int_equal(campaign_pause(db, id, "marie", NULL), RC_OK);
    assert_int_equal(work_left(), 0);
    assert_int_equal(campaign_resume(db, id, "marie", NULL), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_TESTING);
    assert_int_equal(campaign_cancel(db, id, "marie", NULL), RC_OK);
    assert_int_equal(campaign_choose(db, id, 1, "marie", NULL), RC_CONFLICT);
}

/* --- approval --- */

static void a_small_campaign_starts_at_once(void **state)
{
    uint64_t id;

    (void)state;
    settings.approval_above = 10;
    crowd_fill(1, 10);
    id = create(&plain);
    assert_int_equal(campaign_ask_start(db, id, &settings, "marie", NULL), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_EXPANDING);
}

static void a_large_one_waits_for_somebody_else(void **state)
{
    struct campaign_approval a;
    struct error err;
    uint64_t id;

    (void)state;
    settings.approval_above = 10;
    crowd_fill(1, 11);
    id = create(&plain);
    assert_int_equal(campaign_approval_read(db, id, &a), RC_NOTFOUND);
    assert_int_equal(campaign_approve(db, id, &settings, "pierre", &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "is draft: there is nothing to be approved"));
    assert_int_equal(campaign_ask_start(db, id, &settings, "jean", NULL), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_WAITING);
    assert_int_equal(work_left(), 0);
    assert_int_equal(campaign_start(db, id, "marie", NULL), RC_CONFLICT);
    assert_int_equal(campaign_approve(db, id, &settings, "marie", &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "created by marie: somebody else must look at it"));
    assert_int_equal(campaign_approve(db, id, &settings, "jean", &err), RC_CONFLICT);
    assert_int_equal(state_of(id), CAMPAIGN_WAITING);
    assert_int_equal(campaign_approve(db, id, &settings, "pierre", NULL), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_EXPANDING);
    assert_int_equal(campaign_approval_read(db, id, &a), RC_OK);
    assert_string_equal(a.asked_by, "jean");
    assert_string_equal(a.decided_by, "pierre");
    assert_true(a.approved);
    assert_int_equal(a.recipients, 11);
    assert_int_equal(a.cost_cents, 51);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM audit_entry WHERE subject = 'campaign'"
                                 " AND ((verb = 'ask approval' AND who = 'jean')"
                                 "      OR (verb = 'approve' AND who = 'pierre'))"),
                     2);
}

static void an_audience_that_grew_is_asked_about_again(void **state)
{
    struct campaign_approval a;
    struct error err;
    uint64_t id;

    (void)state;
    settings.approval_above = 10;
    crowd_fill(1, 20);
    id = create(&plain);
    assert_int_equal(campaign_ask_start(db, id, &settings, "marie", NULL), RC_OK);
    crowd_fill(21, 3);
    assert_int_equal(campaign_approve(db, id, &settings, "pierre", &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "grown from 20 to 23 recipients"));
    assert_int_equal(state_of(id), CAMPAIGN_WAITING);
    assert_int_equal(campaign_approval_read(db, id, &a), RC_OK);
    assert_int_equal(a.recipients, 23);
    assert_int_equal(a.decided_at, 0);
    assert_string_equal(a.asked_by, "marie");
    crowd_fill(24, 2); /* a tenth is within what was agreed to */
    assert_int_equal(campaign_approve(db, id, &settings, "pierre", NULL), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_EXPANDING);
}

static void a_refusal_gives_it_back_with_a_reason(void **state)
{
    struct campaign_approval a;
    struct error err;
    uint64_t id;

    (void)state;
    settings.approval_above = 10;
    crowd_fill(1, 11);
    id = create(&plain);
    assert_int_equal(campaign_ask_start(db, id, &settings, "marie", NULL), RC_OK);
    assert_int_equal(campaign_refuse(db, id, "pierre", "", &err), RC_INVALID);
    assert_int_equal(campaign_refuse(db, id, "marie", "no", &err), RC_CONFLICT);
    assert_int_equal(campaign_refuse(db, id, "pierre", "wrong price", NULL), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_DRAFT);
    assert_int_equal(campaign_approval_read(db, id, &a), RC_OK);
    assert_false(a.approved);
    assert_string_equal(a.why, "wrong price");
    assert_int_equal(campaign_ask_start(db, id, &settings, "marie", NULL), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_WAITING);
    assert_int_equal(campaign_approve(db, id, &settings, "pierre", NULL), RC_OK);
}

/* --- results --- */

/* A campaign of which everything happened: every kind of row, some of them beside the point. */
static uint64_t an_eventful_campaign(void)
{
    struct campaign_plan plan = two_texts();
    uint64_t id;

    plan.test_share = 0;
    plan.test_s = 0;
    plan.hold_out = 1000;
    crowd_fill(1, PEOPLE);
    id = create(&plan);
    start_and_expand(id);
    deliver_all();
    sql("UPDATE message SET state = 'failed', delivered_parts = 0, reason = 'absent'"
        " WHERE campaign_id = %llu AND customer_id %% 10 = 3",
        id);
    sql("UPDATE message SET state = 'failed', accepted_parts = 0, delivered_parts = 0,"
        "       reason = 'blocked' WHERE campaign_id = %llu AND customer_id %% 50 = 4",
        id);
    sql("UPDATE message SET parts = 2, accepted_parts = 3 WHERE campaign_id = %llu"
        " AND customer_id %% 7 = 0 AND state = 'delivered'",
        id);
    /* Answers: some twice, some STOP, some to nothing of ours. */
    sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, keyword,"
        "                             customer_id, answers_message_id)"
        "SELECT m.id + 2000000 + s.seq, m.created_at + INTERVAL 3 HOUR, 'sms', m.address, '36123',"
        "       'oui', '', m.customer_id, m.id"
        "  FROM message m JOIN seq_1_to_2 s ON s.seq = 1 OR m.customer_id %% 4 = 0"
        " WHERE m.campaign_id = %llu AND m.customer_id %% 6 = 0",
        id);
    sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, keyword,"
        "                             customer_id, answers_message_id)"
        "SELECT m.id + 4000000, m.created_at + INTERVAL 3 HOUR, 'sms', m.address, '36123',"
        "       'STOP', 'stop', m.customer_id, IF(m.customer_id %% 2, m.id, NULL)"
        "  FROM message m WHERE m.campaign_id = %llu AND m.customer_id %% 11 = 0",
        id);
    sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, keyword)"
        "SELECT m.id + 6000000, m.created_at + INTERVAL 50 HOUR, 'sms', m.address, '36123', 'STOP',"
        "       'stop'"
        "  FROM message m WHERE m.campaign_id = %llu AND m.customer_id %% 13 = 0",
        id);
    /* Orders: before, in time, too late, cancelled, in another currency. */
    testdb_sql("INSERT INTO customer_order (id, partner_id, order_number, customer_id, ordered_at,"
               "       status, collect_cents, currency, import_id, import_row, content_hash)"
               "SELECT c.id * 10 + s.seq, 1, c.id * 10 + s.seq, c.id,"
               "       UTC_TIMESTAMP(6) + INTERVAL 1 HOUR + INTERVAL CASE s.seq WHEN 1 THEN 0"
               "         WHEN 2 THEN 24 WHEN 3 THEN -48 WHEN 4 THEN 240 ELSE 1 END HOUR,"
               "       IF(s.seq = 5, 'cancelled', 'delivered'), 100 * c.id,"
               "       IF(c.id % 10 = 5, 'CHF', 'EUR'), 1, 1, ''"
               "  FROM customer c JOIN seq_1_to_5 s"
               " WHERE c.id % 5 = 0 AND (s.seq <> 2 OR c.id % 3 = 0)");
    testdb_sql("UPDATE campaign SET state = 'done', finished_at = NOW(6)");
    return id;
}

/* The same by plain counting, customer by customer. */
static void count_by_hand(uint64_t id, struct campaign_outcome texts[2],
                          struct campaign_outcome *held)
{
    memset(texts, 0, 2 * sizeof(texts[0]));
    memset(held, 0, sizeof(*held));
    for (uint64_t c = 1; c <= PEOPLE; c++) {
        bool out = share_of(id, SHARE_HOLD_OUT, c) < 1000;
        struct campaign_outcome *o = out ? held : &texts[share_variant(id, c, 2)];
        bool blocked = c % 50 == 4, absent = !blocked && c % 10 == 3;
        bool stop_answers = c % 11 == 0;
        o->messages++;
        if (c % 5 == 0) {
            unsigned orders = 1 + (c % 3 == 0);
            o->buyers++;
            o->orders += orders;
            o->revenue_cents += c % 10 == 5 ? 0 : (int64_t)(100 * c * orders);
        }
        if (out)
            continue;
        o->sent += !blocked;
        o->failed += blocked || absent;
        o->delivered += !blocked && !absent;
        o->segments += blocked ? 0 : c % 7 == 0 && !absent ? 2 : 1;
        o->replied += c % 6 == 0;
        o->opted_out += stop_answers;
    }
    for (int i = 0; i < 2; i++)
        texts[i].cost_millicents = 4550 * (int64_t)texts[i].segments;
}

static void assert_outcome(const struct campaign_outcome *got,
                           const struct campaign_outcome *by_hand)
{
    assert_int_equal(got->messages, by_hand->messages);
    assert_int_equal(got->sent, by_hand->sent);
    assert_int_equal(got->delivered, by_hand->delivered);
    assert_int_equal(got->failed, by_hand->failed);
    assert_int_equal(got->segments, by_hand->segments);
    assert_int_equal(got->replied, by_hand->replied);
    assert_int_equal(got->opted_out, by_hand->opted_out);
    assert_int_equal(got->buyers, by_hand->buyers);
    assert_int_equal(got->orders, by_hand->orders);
    assert_int_equal(got->revenue_cents, by_hand->revenue_cents);
    assert_int_equal(got->cost_millicents, by_hand->cost_millicents);
}

static void what_it_brought_is_what_one_counts_by_hand(void **state)
{
    struct campaign_outcome texts[2], held;
    struct campaign_results r;
    uint64_t id = an_eventful_campaign();

    (void)state;
    count_by_hand(id, texts, &held);
    assert_true(texts[0].opted_out > 5 && held.buyers > 3);
    assert_int_equal(campaign_results_read(db, id, 0, &settings, &r, NULL), RC_OK);
    assert_outcome(&r.variants[0], &texts[0]);
    assert_outcome(&r.variants[1], &texts[1]);
    assert_outcome(&r.held_out, &held);
    assert_int_equal(r.all.messages + r.held_out.messages, PEOPLE);
    assert_int_equal(r.all.sent, texts[0].sent + texts[1].sent);
    assert_int_equal(r.all.orders, texts[0].orders + texts[1].orders);
    assert_int_equal(r.n_failures, 2);
    assert_string_equal(r.failures[0].reason, "absent");
    assert_string_equal(r.failures[1].reason, "blocked");
    assert_int_equal(r.failures[0].n + r.failures[1].n, r.all.failed);
    assert_int_equal(r.waiting, 0);
    assert_true(r.orders_open);
    assert_int_equal(campaign_results_read(db, id, 20, &settings, &r, NULL), RC_OK);
    assert_true(r.all.orders > texts[0].orders + texts[1].orders); /* those ten days later */
    assert_int_equal(campaign_results_read(db, id, 29, &settings, &r, NULL), RC_INVALID);
    assert_int_equal(campaign_results_read(db, 999, 0, &settings, &r, NULL), RC_NOTFOUND);
}

static void a_campaign_of_one_text_is_counted_the_same(void **state)
{
    struct campaign_results several, one;
    uint64_t id = an_eventful_campaign();

    (void)state;
    assert_int_equal(campaign_results_read(db, id, 0, &settings, &several, NULL), RC_OK);
    testdb_sql("UPDATE campaign SET variant_n = 1");
    assert_int_equal(campaign_results_read(db, id, 0, &settings, &one, NULL), RC_OK);
    assert_memory_equal(&one.all, &several.all, sizeof(one.all));
    assert_outcome(&one.variants[0], &one.all);
}

static void what_it_brought_stays_when_its_messages_go(void **state)
{
    struct campaign_results before, after;
    struct error err;
    uint64_t id = an_eventful_campaign();

    (void)state;
    assert_int_equal(campaign_results_read(db, id, 0, &settings, &before, NULL), RC_OK);
    assert_int_equal(campaign_figures_keep(db, id, &settings), RC_OK);
    testdb_sql("DELETE FROM message");
    testdb_sql("DELETE FROM inbound_message");
    testdb_sql("DELETE FROM campaign_exclusion");
    testdb_sql("DELETE FROM campaign_recipient");
    testdb_sql("DELETE FROM customer_order");
    assert_int_equal(campaign_results_read(db, id, 0, &settings, &after, NULL), RC_OK);
    assert_memory_equal(&after.all, &before.all, sizeof(after.all));
    assert_memory_equal(after.variants, before.variants, sizeof(after.variants));
    assert_memory_equal(&after.held_out, &before.held_out, sizeof(after.held_out));
    assert_int_equal(after.n_failures, before.n_failures);
    for (unsigned i = 0; i < after.n_failures; i++) {
        assert_string_equal(after.failures[i].reason, before.failures[i].reason);
        assert_int_equal(after.failures[i].n, before.failures[i].n);
    }
    assert_int_equal(after.order_days, 7);
    assert_int_equal(campaign_results_read(db, id, 7, &settings, &after, NULL), RC_OK);
    assert_int_equal(campaign_results_read(db, id, 3, &settings, &after, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "were kept with 7 days"));
}

static void add_up_one(void *arg, const struct campaign_recipient *r)
{
    struct campaign_outcome *o = (struct campaign_outcome *)arg + r->variant;

    o->messages++;
    o->replied += r->replies > 0;
    o->buyers += r->orders > 0;
    o->orders += r->orders;
}

static void the_list_of_recipients_says_the_same_one_by_one(void **state)
{
    struct campaign_outcome texts[CAMPAIGN_VARIANTS_MAX] = { { 0 } }, by_hand[2], held;
    uint64_t id = an_eventful_campaign(), next = 1;
    struct recipients_query query = {
        .campaign_id = id, .state = "", .reason = "", .limit = 250, .order_days = 7
    };

    (void)state;
    for (query.after = 0; next; query.after = next)
        assert_int_equal(campaign_recipients(db, &query, add_up_one, texts, &next), RC_OK);
    count_by_hand(id, by_hand, &held);
    for (int v = 0; v < 2; v++) {
        assert_int_equal(texts[v].messages, by_hand[v].messages);
        assert_int_equal(texts[v].replied, by_hand[v].replied);
        assert_int_equal(texts[v].buyers, by_hand[v].buyers);
        assert_int_equal(texts[v].orders, by_hand[v].orders);
    }
}

static void a_campaign_that_was_never_started_brought_nothing(void **state)
{
    struct campaign_results r;
    uint64_t id = create(&plain);

    (void)state;
    assert_int_equal(campaign_results_read(db, id, 0, &settings, &r, NULL), RC_OK);
    assert_int_equal(r.all.messages, 0);
    assert_int_equal(r.all.cost_millicents, 0);
    assert_true(r.orders_open);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, close_db)
    const struct CMUnitTest tests[] = {
        TEST(who_is_held_out_has_no_message_and_is_listed),
        TEST(a_preview_of_many_reckons_the_held_out_by_their_share),
        TEST(a_bad_trial_is_refused_with_a_sentence),
        TEST(a_text_may_be_a_template_and_each_is_previewed),
        TEST(without_a_test_share_everybody_has_one_of_the_texts),
        TEST(the_rest_waits_as_it_was_at_the_start),
        TEST(the_rest_is_expanded_once_wherever_it_is_stopped),
        TEST(a_test_waits_from_the_moment_when_its_texts_have_left),
        TEST(the_text_with_more_answers_wins_once),
        TEST(a_stop_is_no_answer_and_too_few_give_the_first_text),
        TEST(orders_can_decide),
        TEST(a_person_can_choose_while_it_is_tried_and_not_otherwise),
        TEST(a_pause_while_it_is_tried_is_taken_back),
        TEST(a_small_campaign_starts_at_once),
        TEST(a_large_one_waits_for_somebody_else),
        TEST(an_audience_that_grew_is_asked_about_again),
        TEST(a_refusal_gives_it_back_with_a_reason),
        TEST(what_it_brought_is_what_one_counts_by_hand),
        TEST(a_campaign_of_one_text_is_counted_the_same),
        TEST(what_it_brought_stays_when_its_messages_go),
        TEST(the_list_of_recipients_says_the_same_one_by_one),
        TEST(a_campaign_that_was_never_started_brought_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
