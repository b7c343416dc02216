/* test_campaign_life.c - approval, hold-out, several texts and their winner, on a real database. */
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
#include "store/campaign_life.h"
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
    assert_string_equal(life.texts[0].body, plan.body);
    assert_string_equal(life.texts[1].body, two_parts);
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

    assert_int_equal(campaign_trial_step(db, id, &settings, &decided), RC_OK);
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

static void a_planned_start_is_approved_for_its_time(void **state)
{
    utc_us later = clock_now() + 3600 * USEC_PER_SEC;
    uint64_t id, due, kept;

    (void)state;
    settings.approval_above = 10;
    crowd_fill(1, 20);
    id = create(&plain);
    assert_int_equal(campaign_ask_schedule(db, id, later, 3600, &settings, "marie", NULL), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_WAITING);
    assert_int_equal(campaign_approve(db, id, &settings, "marie", NULL), RC_CONFLICT);
    assert_int_equal(campaign_approve(db, id, &settings, "pierre", NULL), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_SCHEDULED);
    assert_int_equal(campaign_ask_due(db, &settings, later + 1, &kept), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_SCHEDULED);
    assert_int_equal(campaign_start_due(db, later + 1, &due), RC_OK);
    assert_int_equal(state_of(id), CAMPAIGN_EXPANDING);
}

static void a_planned_start_that_cannot_be_read_any_more_is_paused(void **state)
{
    utc_us later = clock_now() + 3600 * USEC_PER_SEC;
    uint64_t id, kept;

    (void)state;
    settings.approval_above = 10;
    crowd_fill(1, 5);
    id = create(&plain);
    assert_int_equal(campaign_ask_schedule(db, id, later, 3600, &settings, "marie", NULL), RC_OK);
    testdb_sql("UPDATE campaign SET audience = 'category = gone'");
    assert_int_equal(campaign_ask_due(db, &settings, later + 1, &kept), RC_OK);
    assert_int_equal(kept, id);
    assert_int_equal(state_of(id), CAMPAIGN_PAUSED);
}

static void a_planned_start_that_grew_waits_instead_of_starting(void **state)
{
    utc_us now = clock_now(), later = now + 3600 * USEC_PER_SEC;
    struct campaign_approval a;
    uint64_t id, due, kept;

    (void)state;
    settings.approval_above = 10;
    crowd_fill(1, 20);
    id = create(&plain);
    assert_int_equal(campaign_ask_schedule(db, id, later, 3600, &settings, "marie", NULL), RC_OK);
    assert_int_equal(campaign_approve(db, id, &settings, "pierre", NULL), RC_OK);
    crowd_fill(21, 3);
    testdb_sql("UPDATE campaign SET start_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND");
    assert_int_equal(campaign_ask_due(db, &settings, clock_now(), &kept), RC_OK);
    assert_int_equal(kept, id);
    assert_int_equal(state_of(id), CAMPAIGN_WAITING);
    assert_int_equal(campaign_start_due(db, clock_now(), &due), RC_NOTFOUND);
    assert_int_equal(campaign_approval_read(db, id, &a), RC_OK);
    assert_int_equal(a.recipients, 23);
    assert_false(a.approved);
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
        TEST(a_planned_start_is_approved_for_its_time),
        TEST(a_planned_start_that_cannot_be_read_any_more_is_paused),
        TEST(a_planned_start_that_grew_waits_instead_of_starting),
        TEST(a_refusal_gives_it_back_with_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
