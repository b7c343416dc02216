/* test_template.c - texts with places to fill in, right and wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/template.h"

#define KNOWN                                                                          \
    "first_name, last_name, company, street, postcode, city, language, order_number, " \
    "delivery_date, delivery_window, amount, invoice_number, field.NAME, link:https://..., stop"
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct template_values anne = {
    .value = { [TEMPLATE_FIRST_NAME] = "Anne", [TEMPLATE_CITY] = "Lyon", [TEMPLATE_COMPANY] = "" },
};

static void a_filled_text_reads_as_written(void **state)
{
    static const char *const rows[][2] = {
        { "Bonjour {{first_name}}, votre commande à {{city|votre ville}}.",
          "Bonjour Anne, votre commande à Lyon." },
        { "{{first_name}}", "Anne" },
        { "{{ first_name }} de {{city }}", "Anne de Lyon" },
        { "{{first_name}}{{city}}", "AnneLyon" },
        { "{{company|chère cliente}}", "chère cliente" }, /* empty is no value */
        { "{{last_name|}}!", "!" },
        { "{{street| rue | place }}", " rue | place " },
        { "sans rien", "sans rien" },
        { "", "" },
        { "un { seul } et }} aussi", "un { seul } et }} aussi" },
        { "{{{{first_name}}", "{{first_name}}" },
        { "a {{{{ b {{{{{{city}}", "a {{ b {{Lyon" },
    };
    struct arena arena;
    struct buffer out;

    (void)state;
    arena_init(&arena);
    buffer_init(&out, 1000);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct template *t = NULL;
        const char *missing;
        struct error err = { "" };

        assert_int_equal(template_parse(rows[i][0], &arena, &t, &err), RC_OK);
        assert_int_equal(template_render(t, &anne, &out, &missing), RC_OK);
        assert_string_equal(buffer_text(&out), rows[i][1]);
        buffer_reset(&out);
    }
    buffer_close(&out);
    arena_close(&arena);
}

static void a_wrong_text_says_where_and_what_was_expected(void **state)
{
    static const char *const rows[][2] = {
        { "Bonjour {{prenom}}", "at character 9: unknown placeholder \"prenom\"; known: " KNOWN },
        { "Été {{first_name",
          "at character 5: \"{{\" has no \"}}\"; write {{{{ for the braces themselves" },
        { "{{first_name {{city}}",
          "at character 1: \"{{\" has no \"}}\"; write {{{{ for the braces themselves" },
        { "a {{}}", "at character 3: expected a name after \"{{\"; known: " KNOWN },
        { "{{First_Name}}", "at character 1: unknown placeholder \"First_Name\"; known: " KNOWN },
        { "Livr\xe9", "at byte 5: not UTF-8" },
    };
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct template *t = NULL;
        struct error err = { "" };

        assert_int_equal(template_parse(rows[i][0], &arena, &t, &err), RC_INVALID);
        assert_string_equal(err.text, rows[i][1]);
        assert_null(t);
        assert_int_equal(template_parse(rows[i][0], &arena, &t, NULL), RC_INVALID);
    }
    arena_close(&arena);
}

static void a_missing_value_without_words_is_named_and_nothing_is_left(void **state)
{
    struct template *t = NULL;
    const char *missing = NULL;
    struct arena arena;
    struct buffer out;

    (void)state;
    arena_init(&arena);
    buffer_init(&out, 1000);
    buffer_add_text(&out, "avant ");
    assert_int_equal(template_parse("{{first_name}} {{last_name}}", &arena, &t, NULL), RC_OK);
    assert_int_equal(template_render(t, &anne, &out, &missing), RC_NOTFOUND);
    assert_string_equal(missing, "last_name");
    assert_string_equal(buffer_text(&out), "avant ");
    buffer_close(&out);
    arena_close(&arena);
}

static void a_text_that_does_not_fit_is_refused_and_nothing_is_left(void **state)
{
    struct template *t = NULL;
    const char *missing;
    struct arena arena;
    struct buffer out;

    (void)state;
    arena_init(&arena);
    buffer_init(&out, 8);
    assert_int_equal(template_parse("Bonjour {{first_name}}", &arena, &t, NULL), RC_OK);
    assert_int_equal(template_render(t, &anne, &out, &missing), RC_INVALID);
    assert_string_equal(buffer_text(&out), "");
    assert_int_equal(template_parse("{{city}}!", &arena, &t, NULL), RC_OK);
    assert_int_equal(template_render(t, &anne, &out, &missing), RC_OK);
    assert_string_equal(buffer_text(&out), "Lyon!");
    buffer_close(&out);
    arena_close(&arena);
}

static void a_template_knows_which_fields_it_needs(void **state)
{
    struct template *t = NULL;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_int_equal(template_parse("{{city|ici}} {{first_name}}", &arena, &t, NULL), RC_OK);
    assert_true(template_uses(t, TEMPLATE_CITY));
    assert_true(template_uses(t, TEMPLATE_FIRST_NAME));
    assert_false(template_uses(t, TEMPLATE_LAST_NAME));
    arena_close(&arena);
}

static void a_text_without_bounds_is_refused(void **state)
{
    char text[TEMPLATE_BODY_MAX + 2];
    struct template *t = NULL;
    struct error err;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(template_parse(text, &arena, &t, &err), RC_INVALID);
    text[TEMPLATE_BODY_MAX] = '\0';
    assert_int_equal(template_parse(text, &arena, &t, &err), RC_OK);
    text[0] = '\0';
    for (size_t i = 0; i <= TEMPLATE_PIECES_MAX; i++)
        strcat(text, "{{city}}");
    assert_int_equal(template_parse(text, &arena, &t, &err), RC_INVALID);
    assert_string_equal(err.text, "more than 100 placeholders and texts between them");
    arena_close(&arena);
}

static void every_kind_of_place_is_filled_in(void **state)
{
    static const struct template_values some = {
        .value = { [TEMPLATE_ORDER_NUMBER] = "A1", [TEMPLATE_AMOUNT] = "" },
        .own = { "42", NULL },
        .links = { "r.ex/1", NULL },
        .stop = "STOP SMS",
    };
    static const char *const rows[][2] = {
        { "{{order_number}} {{amount|gratuit}}", "A1 gratuit" },
        { "{{field.size}}/{{field.size}}/{{field.colour|bleu}}", "42/42/bleu" },
        { "{{link:https://a.ex/?x=1}} {{ link: https://b.ex }}", "r.ex/1 https://b.ex" },
        { "{{stop}}.", "STOP SMS." },
    };
    struct arena arena;
    struct buffer out;

    (void)state;
    arena_init(&arena);
    buffer_init(&out, 1000);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct template *t = NULL;
        const char *missing;
        struct error err = { "" };
        if (template_parse(rows[i][0], &arena, &t, &err))
            fail_msg("%s", err.text);
        assert_int_equal(template_render(t, &some, &out, &missing), RC_OK);
        assert_string_equal(buffer_text(&out), rows[i][1]);
        buffer_reset(&out);
    }
    buffer_close(&out);
    arena_close(&arena);
}

static void an_address_that_could_do_harm_is_no_link(void **state)
{
    static const char *const bodies[] = {
        "{{link:}}",
        "{{link:javascript:alert(1)}}",
        "{{link:https://}}",
        "{{link:ftp://a.ex}}",
        "{{link:https://bank.example@evil.ex/}}",
        "{{link:https://a.ex/ b}}",
        "{{link:https://a.ex/|words}}",
        "{{link:https://a.ex/\"}}",
        "{{link:https:///path}}",
        "{{link:https://a.ex/\r\nX: y}}",
        "{{link:https://\xc3\xa9.ex/}}",
        "{{link:https://:80/}}",
    };
    struct arena arena;

    (void)state;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct template *t = NULL;
        struct error err = { "" };
        if (!template_parse(bodies[i], &arena, &t, &err) ||
            !strstr(err.text, "at character 1: expected an address such as https://"))
            fail_msg("%s: \"%s\"", bodies[i], err.text);
    }
    arena_close(&arena);
}

static void a_field_of_ones_own_has_a_plain_name(void **state)
{
    struct template *t = NULL;
    struct error err = { "" };
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_int_equal(template_parse("{{field.Size}}", &arena, &t, &err), RC_INVALID);
    assert_int_equal(template_parse("{{field.}}", &arena, &t, &err), RC_INVALID);
    assert_int_equal(template_parse("a {{field.x}} {{field.y|}} {{field.x|z}}", &arena, &t, &err),
                     RC_OK);
    assert_string_equal(template_own(t, 0), "x");
    assert_string_equal(template_own(t, 1), "y");
    assert_null(template_own(t, 2));
    assert_true(template_needs_own(t, 0));
    assert_false(template_needs_own(t, 1));
    assert_int_equal(template_own_place(t, 1), 15);
    arena_close(&arena);
}

static void too_long_a_text_is_told_at_the_character_where_it_is(void **state)
{
    static const struct template_values nothing = { .stop = NULL };
    char body[400] = "\xc3\xa9 "; /* two characters in three bytes */
    struct template *t = NULL;
    struct arena arena;
    size_t at = 0;

    (void)state;
    arena_init(&arena);
    memset(body + 3, 'a', 158);
    assert_int_equal(template_parse(body, &arena, &t, NULL), RC_OK);
    assert_true(template_fits(t, &nothing, 1, &at));
    strcat(body, "bc");
    assert_int_equal(template_parse(body, &arena, &t, NULL), RC_OK);
    assert_false(template_fits(t, &nothing, 1, &at));
    assert_int_equal(at, 161);
    template_wrap(t, "1234567890", "12345");
    assert_false(template_fits(t, &nothing, 1, &at));
    assert_int_equal(at, 146);
    assert_true(template_fits(t, &nothing, 2, &at));
    memmove(body + 16, "{{city}}", 8); /* a letter at least */
    assert_int_equal(template_parse(body, &arena, &t, NULL), RC_OK);
    assert_true(template_fits(t, &nothing, 1, &at));
    arena_close(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filled_text_reads_as_written),
        cmocka_unit_test(a_wrong_text_says_where_and_what_was_expected),
        cmocka_unit_test(a_missing_value_without_words_is_named_and_nothing_is_left),
        cmocka_unit_test(a_text_that_does_not_fit_is_refused_and_nothing_is_left),
        cmocka_unit_test(a_template_knows_which_fields_it_needs),
        cmocka_unit_test(a_text_without_bounds_is_refused),
        cmocka_unit_test(every_kind_of_place_is_filled_in),
        cmocka_unit_test(an_address_that_could_do_harm_is_no_link),
        cmocka_unit_test(a_field_of_ones_own_has_a_plain_name),
        cmocka_unit_test(too_long_a_text_is_told_at_the_character_where_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
