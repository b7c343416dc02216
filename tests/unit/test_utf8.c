/* test_utf8.c - what is a character, and what only looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/utf8.h"

static void every_character_survives_the_way_there_and_back(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        char bytes[UTF8_CHAR_MAX];
        size_t at = 0, n = utf8_put(bytes, c);
        uint32_t back = utf8_next(bytes, n, &at);

        if (at != n || back != (c >= 0xd800 && c < 0xe000 ? UTF8_REPLACEMENT : c))
            fail_msg("U+%04X came back as U+%04X in %zu of %zu bytes", c, back, at, n);
    }
}

static void what_is_no_character_is_refused_where_it_begins(void **state)
{
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "\xc0\xaf",         /* overlong slash */
        "\xc1\xbf",         /* overlong */
        "\xc3",             /* cut */
        "\xe2\x82",         /* cut */
        "\xe0\x80\xaf",     /* overlong */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf0\x9f\x98",     /* cut */
        "\xf0\x80\x80\xaf", /* overlong */
        "\xf4\x90\x80\x80", /* beyond U+10FFFF */
        "\xf8\x88\x80\x80\x80",
        "\xff",
        "\xe9t\xe9", /* Latin-1 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[16] = "ok ";
        size_t at;

        strcat(text, bad[i]);
        assert_false(utf8_valid(text, strlen(text), &at));
        assert_int_equal(at, 3);
    }
    assert_true(utf8_valid("", 0, NULL));
}

static void a_length_is_in_characters(void **state)
{
    (void)state;
    assert_int_equal(utf8_length("Crème brûlée", strlen("Crème brûlée")), 12);
    assert_int_equal(utf8_length("😀€a", strlen("😀€a")), 3);
}

static void a_cut_never_goes_through_a_character(void **state)
{
    (void)state;
    assert_int_equal(utf8_cut("été", 5, 10), 5);
    assert_int_equal(utf8_cut("été", 5, 4), 3);
    assert_int_equal(utf8_cut("été", 5, 3), 3);
    assert_int_equal(utf8_cut("été", 5, 1), 0);
    assert_int_equal(utf8_cut("😀", 4, 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_survives_the_way_there_and_back),
        cmocka_unit_test(what_is_no_character_is_refused_where_it_begins),
        cmocka_unit_test(a_length_is_in_characters),
        cmocka_unit_test(a_cut_never_goes_through_a_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
