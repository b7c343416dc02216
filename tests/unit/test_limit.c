/* test_limit.c - how many faulty rows a file may have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "channel/file/limit_rules.h"

static struct limit_rules rules;

static enum rc take(const char *text)
{
    char copy[40];
    struct error err = { "" };
    const struct limit_keys keys = { .head = { .line = 7 }, .refuse_above = strcpy(copy, text) };
    const enum rc rc = limit_rules_take(&keys, "shop.conf", &rules, &err);

    if (rc)
        assert_non_null(strstr(err.text, "shop.conf:7: limit.refuse_above: expected"));
    return rc;
}

static void a_share_is_of_the_rows_of_the_file(void **state)
{
    (void)state;
    assert_int_equal(take("5 %"), RC_OK);
    assert_false(limit_is_passed(&rules, 5, 100));
    assert_true(limit_is_passed(&rules, 6, 100));
    assert_false(limit_is_passed(&rules, 0, 0));
    assert_int_equal(take("0,5%"), RC_OK);
    assert_false(limit_is_passed(&rules, 1, 200));
    assert_true(limit_is_passed(&rules, 2, 399));
    assert_int_equal(take("0 %"), RC_OK);
    assert_true(limit_is_passed(&rules, 1, 1000000000));
}

static void a_count_is_a_count(void **state)
{
    (void)state;
    assert_int_equal(take("100"), RC_OK);
    assert_false(limit_is_passed(&rules, 100, 100));
    assert_true(limit_is_passed(&rules, 101, 1000000));
}

static void nothing_is_no_limit(void **state)
{
    (void)state;
    assert_int_equal(take(""), RC_OK);
    assert_false(limit_is_passed(&rules, 1000, 1000));
    assert_int_equal(take("  "), RC_OK);
    assert_false(rules.set);
}

static void what_makes_no_sense_is_refused_with_what_was_expected(void **state)
{
    const char *const bad[] = {
        "many", "-1", "101 %", "5 % of it", "2.5", "%", "9999999999", "5%%"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(take(bad[i]), RC_INVALID);
}

static void the_words_say_how_many_and_what_was_allowed(void **state)
{
    char words[LIMIT_WORDS_SIZE];

    (void)state;
    assert_int_equal(take("5 %"), RC_OK);
    limit_words(&rules, 12, 100, words);
    assert_string_equal(words, "12 of 100 rows are faulty, and the limit is 5 %");
    assert_int_equal(take("0.25%"), RC_OK);
    limit_words(&rules, 1, 2, words);
    assert_string_equal(words, "1 of 2 rows are faulty, and the limit is 0.25 %");
    assert_int_equal(take("3"), RC_OK);
    limit_words(&rules, 4, 9, words);
    assert_string_equal(words, "4 of 9 rows are faulty, and the limit is 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_is_of_the_rows_of_the_file),
        cmocka_unit_test(a_count_is_a_count),
        cmocka_unit_test(nothing_is_no_limit),
        cmocka_unit_test(what_makes_no_sense_is_refused_with_what_was_expected),
        cmocka_unit_test(the_words_say_how_many_and_what_was_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
