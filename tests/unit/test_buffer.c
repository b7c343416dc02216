/* test_buffer.c - text that grows up to its limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"

static void an_empty_buffer_is_an_empty_text(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, 10);
    assert_string_equal(buffer_text(&b), "");
    buffer_add(&b, NULL, 0);
    assert_string_equal(buffer_text(&b), "");
    assert_false(b.full);
    buffer_close(&b);
    buffer_close(&b);
}

static void what_is_added_stands_in_its_order(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, 1000);
    buffer_add_text(&b, "un");
    buffer_add(&b, " deux!", 5);
    buffer_printf(&b, " %d-%s", 3, "trois");
    assert_string_equal(buffer_text(&b), "un deux 3-trois");
    assert_int_equal(b.len, 15);
    buffer_reset(&b);
    assert_string_equal(buffer_text(&b), "");
    buffer_add_text(&b, "encore");
    assert_string_equal(buffer_text(&b), "encore");
    buffer_close(&b);
}

static void a_full_buffer_keeps_what_it_had_and_says_so(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, 5);
    buffer_add_text(&b, "12345");
    assert_false(b.full);
    buffer_add_text(&b, "6");
    assert_true(b.full);
    buffer_printf(&b, "%s", "");
    assert_string_equal(buffer_text(&b), "12345");
    buffer_reset(&b);
    assert_false(b.full);
    buffer_add(&b, "x", (size_t)-1);
    assert_true(b.full);
    buffer_reset(&b);
    buffer_printf(&b, "%s", "123456");
    assert_true(b.full);
    assert_string_equal(buffer_text(&b), "");
    buffer_close(&b);
}

static void it_grows_byte_by_byte_to_its_limit_and_no_further(void **state)
{
    struct buffer b;
    size_t limit = 5000;

    (void)state;
    buffer_init(&b, limit);
    for (size_t i = 0; i < limit; i++)
        buffer_add(&b, "x", 1);
    assert_false(b.full);
    assert_int_equal(strlen(buffer_text(&b)), limit);
    buffer_add(&b, "x", 1);
    assert_true(b.full);
    assert_int_equal(b.len, limit);
    buffer_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_is_an_empty_text),
        cmocka_unit_test(what_is_added_stands_in_its_order),
        cmocka_unit_test(a_full_buffer_keeps_what_it_had_and_says_so),
        cmocka_unit_test(it_grows_byte_by_byte_to_its_limit_and_no_further),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
