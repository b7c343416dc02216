/* test_wording.c - texts by language on a real database: what each customer reads, who is left out,
 * and the versions of a template. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "store/campaign.h"
#include "store/campaign_test.h"
#include "store/link.h"
#include "store/template.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

static struct db *db;
static struct arena arena;

static struct link_settings links = { .base = "https://r.ex", .secret = { 1, 2, 3 } };
static const struct words_settings words = {
    .senders = { .promo = "36123",
                 .service = "38123",
                 .identity = "MaBoite",
                 .stop = "STOP SMS",
                 .stop_en = "SMS STOP" },
    .max_parts = 2,
    .language = "fr",
    .links = &links,
};
static const struct campaign_settings settings = {
    .promo_sender = "36123",
    .service_sender = "38123",
    .currency = "EUR",
    .page = 3,
    .words = &words,
};

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    arena_init(&arena);
    crowd_codes();
    return 0;
}

static int close_db(void **state)
{
    (void)state;
    arena_close(&arena);
    db_close(db);
    return 0;
}

static void three_people(void)
{
    const struct person people[] = {
        { 1, "+33600000001", "granted", .more = "first_name = 'Ana', language = 'fr'" },
        { 2, "+33600000002", "granted", .more = "first_name = 'Bob', language = 'en'" },
        { 3, "+33600000003", "granted", .more = "first_name = '', language = 'de'" },
    };

    for (size_t i = 0; i < 3; i++)
        crowd_add(&people[i]);
}

static unsigned set(const char *name, const char *language, const char *body)
{
    const struct template_change change = {
        .name = name, .who = "test", .language = language, .body = body
    };
    struct error err = { "" };
    unsigned version = 0;
    uint64_t id;

    if (template_change(db, &change, &words, &id, &version, &err))
        fail_msg("%s", err.text);
    return version;
}

static uint64_t expanded(const struct campaign_plan *plan)
{
    struct campaign_step step = { .complete = false };
    struct error err = { "" };
    uint64_t id = 0;

    if (campaign_create(db, plan, &settings, &id, &err))
        fail_msg("%s", err.text);
    assert_int_equal(campaign_start(db, id, "test", NULL), RC_OK);
    while (!step.complete)
        assert_int_equal(campaign_expand_step(db, id, &settings, &step), RC_OK);
    return id;
}

static void each_customer_reads_their_language_and_others_the_templates_own(void **state)
{
    const struct campaign_plan plan = { .name = "c", .any_class = true, .template = "t" };

    (void)state;
    three_people();
    set("t", "fr", "Bonjour {{first_name|vous}}");
    set("t", "en", "Hello {{first_name}}");
    expanded(&plan);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE customer_id = 1 AND class = "
                                 "'promo' AND text = 'MaBoite: Bonjour Ana STOP SMS'"),
                     1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE customer_id = 2 AND text = "
                                 "'MaBoite: Hello Bob SMS STOP'"),
                     1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE customer_id = 3 AND text = "
                                 "'MaBoite: Bonjour vous STOP SMS'"),
                     1);
}

static void who_lacks_what_their_own_text_needs_is_left_out_in_preview_and_start(void **state)
{
    const struct campaign_plan plan = { .name = "c", .any_class = true, .template = "t" };
    struct campaign_preview preview;

    (void)state;
    three_people();
    testdb_sql("INSERT INTO custom_field SET id = 7, name = 'size', kind = 'text'");
    testdb_sql("INSERT INTO customer_field SET customer_id = 2, field_id = 7, value = '42'");
    set("t", "fr", "Bonjour {{first_name}}");       /* customer 3 has none */
    set("t", "en", "In your size: {{field.size}}"); /* only customer 2 needs one */
    assert_int_equal(campaign_preview_plan(db, &plan, &settings, &arena, &preview, NULL), RC_OK);
    assert_int_equal(preview.recipients, 2);
    assert_int_equal(preview.excluded[EXCLUDED_TEMPLATE], 1);
    expanded(&plan);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), 2);
    assert_int_equal(crowd_count("SELECT customer_id FROM campaign_exclusion"), 3);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE text LIKE '%size: 42 SMS%'"),
                     1);
}

static void
a_change_that_is_none_makes_no_version_and_a_dropped_language_is_kept_in_old_ones(void **state)
{
    const struct template_change drop = { .name = "t", .who = "", .without = "en" };
    const struct template_change own = { .name = "t", .who = "", .without = "fr" };
    struct template_row row;
    struct error err = { "" };
    unsigned version;
    uint64_t id;

    (void)state;
    assert_int_equal(set("t", "fr", "un"), 1);
    assert_int_equal(set("t", "en", "one"), 2);
    assert_int_equal(set("t", "en", "one"), 2);
    assert_int_equal(template_change(db, &drop, &words, &id, &version, &err), RC_OK);
    assert_int_equal(version, 3);
    assert_int_equal(template_read(db, "t", &arena, &row), RC_OK);
    assert_int_equal(row.n_texts, 1);
    assert_int_equal(template_read_version(db, "t", 2, &arena, &row), RC_OK);
    assert_int_equal(row.n_texts, 2);
    assert_string_equal(row.texts[0].body, "un");
    assert_string_equal(row.texts[1].body, "one");
    assert_int_equal(template_change(db, &own, &words, &id, &version, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "choose another one for them first"));
    assert_int_equal(template_read_version(db, "t", 9, &arena, &row), RC_NOTFOUND);
}

static void a_wrong_change_is_told_with_its_language_and_writes_nothing(void **state)
{
    static const struct {
        struct template_change change;
        const char *says;
    } cases[] = {
        { { .name = "t", .who = "", .language = "en", .body = "a {{x}}" },
          "text in en: at character 3: unknown placeholder" },
        { { .name = "t", .who = "", .language = "xq", .body = "a" }, "ISO 639-1" },
        { { .name = "t", .who = "", .own_language = "de" }, "there is no text in \"de\"" },
        { { .name = "t", .who = "", .without = "de" }, "it has no text in \"de\"" },
        { { .name = "new", .who = "" }, "the text is empty" },
        { { .name = "", .who = "", .body = "a" }, "a name is needed" },
    };

    (void)state;
    set("t", "fr", "un");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error err = { "" };
        unsigned version;
        uint64_t id;
        assert_int_equal(template_change(db, &cases[i].change, &words, &id, &version, &err),
                         RC_INVALID);
        if (!strstr(err.text, cases[i].says))
            fail_msg("case %zu: \"%s\"", i, err.text);
    }
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM template_version"), 1);
}

static void a_promotional_template_is_never_a_service_message(void **state)
{
    const struct campaign_plan plan = { .name = "c", .class = CLASS_SERVICE, .template = "t" };
    struct error err = { "" };
    uint64_t id;

    (void)state;
    set("t", "fr", "-20%");
    assert_int_equal(campaign_create(db, &plan, &settings, &id, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "is promotional and cannot go out as a service message"));
}

/* The code in the text of a customer's message. */
static void read_code(uint64_t customer, char code[LINK_CODE_LENGTH], struct link_target *t)
{
    char sql[200];
    const char *digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    for (unsigned i = 0; i < LINK_CODE_LENGTH; i++) {
        uint64_t c;
        snprintf(sql, sizeof(sql),
                 "SELECT ORD(SUBSTR(SUBSTRING_INDEX(text, 'r.ex/', -1), %u, 1)) FROM message"
                 " WHERE customer_id = %llu",
                 i + 1, (unsigned long long)customer);
        c = crowd_count(sql);
        assert_non_null(strchr(digits, (int)c));
        code[i] = (char)c;
    }
    assert_true(link_code_read(links.secret, code, LINK_CODE_LENGTH, &t->message_id, &t->n));
}

static void a_links_code_leads_to_the_address_of_its_own_text(void **state)
{
    const struct campaign_plan plan = { .name = "c", .any_class = true, .template = "t" };
    struct link_target targets[3] = { { 0 } };
    char code[LINK_CODE_LENGTH];

    (void)state;
    three_people();
    set("t", "fr", "{{link:https://shop.ex/fr}}");
    set("t", "en", "{{link:https://shop.ex/en}}");
    expanded(&plan);
    read_code(1, code, &targets[0]);
    read_code(2, code, &targets[1]);
    targets[2] = targets[1];
    targets[2].n = 2; /* no text has so many */
    assert_int_equal(link_targets(db, targets, 3), RC_OK);
    assert_string_equal(targets[0].url, "https://shop.ex/fr");
    assert_string_equal(targets[1].url, "https://shop.ex/en");
    assert_false(targets[2].found);
}

static void a_visit_written_twice_is_one(void **state)
{
    const struct link_visit visits[] = {
        { .message_id = 5, .campaign_id = 1, .at = 1000000 },
        { .message_id = 5, .campaign_id = 1, .at = 2000000, .bot = true },
    };
    uint64_t n;

    (void)state;
    assert_int_equal(link_visits_write(db, visits, 2), RC_OK);
    assert_int_equal(link_visits_write(db, visits, 2), RC_OK);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM link_visit"), 2);
    assert_int_equal(link_recipients(db, 1, &n), RC_OK);
    assert_int_equal(n, 1);
}

static void a_secret_is_made_once_and_then_the_same_for_all(void **state)
{
    uint8_t a[SECRET_SIZE], b[SECRET_SIZE], other[SECRET_SIZE];

    (void)state;
    assert_int_equal(secret_read(db, "link", a), RC_OK);
    assert_int_equal(secret_read(db, "link", b), RC_OK);
    assert_int_equal(secret_read(db, "mail", other), RC_OK);
    assert_memory_equal(a, b, SECRET_SIZE);
    assert_memory_not_equal(a, other, SECRET_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            each_customer_reads_their_language_and_others_the_templates_own, fresh, close_db),
        cmocka_unit_test_setup_teardown(
            who_lacks_what_their_own_text_needs_is_left_out_in_preview_and_start, fresh, close_db),
        cmocka_unit_test_setup_teardown(
            a_change_that_is_none_makes_no_version_and_a_dropped_language_is_kept_in_old_ones,
            fresh, close_db),
        cmocka_unit_test_setup_teardown(a_wrong_change_is_told_with_its_language_and_writes_nothing,
                                        fresh, close_db),
        cmocka_unit_test_setup_teardown(a_promotional_template_is_never_a_service_message, fresh,
                                        close_db),
        cmocka_unit_test_setup_teardown(a_links_code_leads_to_the_address_of_its_own_text, fresh,
                                        close_db),
        cmocka_unit_test_setup_teardown(a_visit_written_twice_is_one, fresh, close_db),
        cmocka_unit_test_setup_teardown(a_secret_is_made_once_and_then_the_same_for_all, fresh,
                                        close_db),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
