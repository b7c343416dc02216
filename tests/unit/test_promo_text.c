/* test_promo_text.c - senders for their purposes, and what every promotion must say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/promo_text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct sender senders[] = {
    { "36123", "36123", SENDER_SHORT, true, false, "", "", "" },
    { "infos", "38123", SENDER_SHORT, false, true, "", "", "" },
    { "MABOITE", "MABOITE", SENDER_ALPHANUMERIC, true, true, "", "STOP au 36123", "STOP to 36123" },
};
static const struct sender_book book = {
    .senders = senders,
    .n = COUNT(senders),
    .promo = "36123",
    .service = "infos",
    .identity = "MaBoite",
    .stop = "STOP SMS",
    .stop_en = "STOP SMS",
};

static void a_number_is_short_or_long_and_a_name_is_neither(void **state)
{
    (void)state;
    assert_int_equal(sender_kind_of("36123"), SENDER_SHORT);
    assert_int_equal(sender_kind_of("+33612345678"), SENDER_LONG);
    assert_int_equal(sender_kind_of("0612345678"), SENDER_LONG);
    assert_int_equal(sender_kind_of("MABOITE"), SENDER_ALPHANUMERIC);
    assert_int_equal(sender_kind_of("36 123"), SENDER_ALPHANUMERIC);
}

static void a_sender_is_chosen_by_class_by_name_or_by_address(void **state)
{
    static const struct {
        const char *asked;
        enum message_class class;
        const char *address;
    } cases[] = {
        { NULL, CLASS_PROMO, "36123" },        { "", CLASS_SERVICE, "38123" },
        { "infos", CLASS_ALERT, "38123" },     { "38123", CLASS_SERVICE, "38123" },
        { "MABOITE", CLASS_PROMO, "MABOITE" }, { "36777", CLASS_PROMO, "36777" },
        { "AUTRE", CLASS_SERVICE, "AUTRE" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sender s;
        assert_int_equal(sender_choose(&book, cases[i].asked, cases[i].class, &s, NULL), RC_OK);
        assert_string_equal(s.address, cases[i].address);
    }
}

static void a_sender_that_is_not_for_the_purpose_is_refused_with_one_that_is(void **state)
{
    static const struct {
        const char *asked;
        enum message_class class;
        const char *says;
    } cases[] = {
        { "infos", CLASS_PROMO, "sender: infos is not for promotions; 36123 is" },
        { "36123", CLASS_SERVICE, "sender: 36123 is not for service messages; infos is" },
        { "38999", CLASS_PROMO, "sender: 38999 is not for promotions" },
        { "+33612345678", CLASS_PROMO, "is not for promotions" },
        { "0712345678", CLASS_PROMO, "is not for promotions" },
        { "AUTRE", CLASS_PROMO, "nobody can answer AUTRE" },
        { "A long name indeed", CLASS_SERVICE, "at most 20 digits or a name" },
        { "Caf\xc3\xa9", CLASS_SERVICE, "plain ASCII" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { "" };
        struct sender s;
        assert_int_equal(sender_choose(&book, cases[i].asked, cases[i].class, &s, &err),
                         RC_INVALID);
        if (!strstr(err.text, cases[i].says))
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].says);
    }
}

static void a_name_counts_as_a_word_in_any_case(void **state)
{
    (void)state;
    assert_true(promo_text_names("Chez MABOITE: -20%", 18, "MaBoite"));
    assert_true(promo_text_names("maboite", 7, "MaBoite"));
    assert_false(promo_text_names("maboites", 8, "MaBoite"));
    assert_false(promo_text_names("\xc3\xa9maboite", 9, "MaBoite"));
    assert_false(promo_text_names("", 0, "MaBoite"));
}

static const struct promo_rules by_code = { "MaBoite", "STOP SMS", true };
static const struct promo_rules by_name = { "", "STOP au 36123", false };

static void the_ways_to_say_stop_are_known(void **state)
{
    static const char *const texts[] = {
        "Offre. STOP",
        "Offre. STOP SMS",
        "Offre, stop au 36123",
        "Offre, Stop to 36123.",
        "R\xc3\xa9pondez STOP si cela suffit",
        "STOP pour ne plus en recevoir",
        "Reply STOP.",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (!promo_text_mentions_stop(texts[i], strlen(texts[i]), true, &by_code))
            fail_msg("\"%s\" says it", texts[i]);
    }
    assert_true(promo_text_mentions_stop("stop au 36123", 13, true, &by_name));
}

static void what_only_sounds_like_stop_is_no_mention(void **state)
{
    static const char *const texts[] = {
        "Ouvert NON STOP", "Non-stop ce samedi",   "STOP aux prix hauts !", "Soldes, stop.",
        "STOPPEZ tout",    "Le STOP est a gauche", "Stop au gaspillage",    "",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (promo_text_mentions_stop(texts[i], strlen(texts[i]), true, &by_code))
            fail_msg("\"%s\" does not say it", texts[i]);
    }
    assert_false(promo_text_mentions_stop("Offre STOP", 10, false, &by_code));
    /* A name cannot be answered: only the number that takes a STOP will do. */
    assert_false(promo_text_mentions_stop("Offre. STOP SMS", 15, true, &by_name));
    assert_false(promo_text_mentions_stop("STOP au 36999", 13, true, &by_name));
}

/* The body as a customer named Ana reads it. */
static void reads(const char *body, const struct promo_rules *rules, const char *expected)
{
    const struct template_values ana = { .value = { [TEMPLATE_FIRST_NAME] = "STOP SMS MaBoite" },
                                         .stop = rules->stop };
    struct promo_added added;
    const char *missing;
    struct template *t;
    struct arena arena;
    struct buffer out;

    arena_init(&arena);
    buffer_init(&out, 1000);
    assert_int_equal(template_parse(body, &arena, &t, NULL), RC_OK);
    promo_text_complete(t, rules, &added);
    assert_int_equal(template_render(t, &ana, &out, &missing), RC_OK);
    assert_string_equal(buffer_text(&out), expected);
    buffer_close(&out);
    arena_close(&arena);
}

static void what_is_missing_is_added_and_nothing_else(void **state)
{
    (void)state;
    reads("-20% samedi", &by_code, "MaBoite: -20% samedi STOP SMS");
    reads("MaBoite -20%. STOP", &by_code, "MaBoite -20%. STOP");
    reads("MaBoite\n", &by_code, "MaBoite\nSTOP SMS");
    reads("MaBoite. {{stop}} svp", &by_code, "MaBoite. STOP SMS svp");
    reads("-20%", &by_name, "-20% STOP au 36123");
    reads("-20% STOP SMS", &by_name, "-20% STOP SMS STOP au 36123");
    reads("", &by_code, "MaBoite:  STOP SMS");
}

static void a_customers_own_value_says_nothing_for_the_sender(void **state)
{
    (void)state;
    reads("Bonjour {{first_name}}", &by_code, "MaBoite: Bonjour STOP SMS MaBoite STOP SMS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_short_or_long_and_a_name_is_neither),
        cmocka_unit_test(a_sender_is_chosen_by_class_by_name_or_by_address),
        cmocka_unit_test(a_sender_that_is_not_for_the_purpose_is_refused_with_one_that_is),
        cmocka_unit_test(a_name_counts_as_a_word_in_any_case),
        cmocka_unit_test(the_ways_to_say_stop_are_known),
        cmocka_unit_test(what_only_sounds_like_stop_is_no_mention),
        cmocka_unit_test(what_is_missing_is_added_and_nothing_else),
        cmocka_unit_test(a_customers_own_value_says_nothing_for_the_sender),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
