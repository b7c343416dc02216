/* test_error.c - sentences for people who must act. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void the_sentence_and_the_code_go_together(void **state)
{
    struct error err;

    (void)state;
    assert_int_equal(error_set(&err, RC_INVALID, "line %d: %s", 7, "expected a number"),
                     RC_INVALID);
    assert_string_equal(err.text, "line 7: expected a number");
}

static void the_caller_puts_the_place_in_front(void **state)
{
    struct error err;

    (void)state;
    assert_int_equal(error_set(&err, RC_INVALID, "expected a number"), RC_INVALID);
    error_prefix(&err, "%s:%d", "relais.conf", 12);
    assert_string_equal(err.text, "relais.conf:12: expected a number");
}

static void nobody_has_to_listen(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, RC_FAIL, "%s", "unheard"), RC_FAIL);
    error_prefix(NULL, "%s", "unheard");
}

static void a_sentence_too_long_is_cut_and_ends(void **state)
{
    char text[2000];
    struct error err;

    (void)state;
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(error_set(&err, RC_INVALID, "%s", text), RC_INVALID);
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
    error_prefix(&err, "%s", "front");
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
    assert_memory_equal(err.text, "front: aaa", 10);
    error_prefix(&err, "%s", text);
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sentence_and_the_code_go_together),
        cmocka_unit_test(the_caller_puts_the_place_in_front),
        cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(a_sentence_too_long_is_cut_and_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
