/* test_arena.c - memory that dies all at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdalign.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void what_it_gives_is_zeroed_aligned_and_apart(void **state)
{
    struct arena a;
    unsigned char *pieces[400];

    (void)state;
    arena_init(&a);
    for (size_t i = 0; i < 400; i++) {
        size_t size = i * 7 % 300 + 1;

        pieces[i] = arena_alloc(&a, size);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k < size; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], (int)(i % 251) + 1, size);
    }
    for (size_t i = 0; i < 400; i++) {
        for (size_t k = 0; k < i * 7 % 300 + 1; k++)
            assert_int_equal(pieces[i][k], i % 251 + 1);
    }
    arena_close(&a);
}

static void a_piece_larger_than_a_block_is_given_too(void **state)
{
    struct arena a;
    char *small, *large;

    (void)state;
    arena_init(&a);
    small = arena_alloc(&a, 10);
    large = arena_alloc(&a, 1 << 20);
    assert_non_null(small);
    assert_non_null(large);
    large[(1 << 20) - 1] = 'x';
    assert_in_range(a.used, (1 << 20) + 10, (1 << 20) + 100);
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_alloc(&a, SIZE_MAX - 8));
    arena_close(&a);
}

static void a_copy_ends_with_a_nul(void **state)
{
    struct arena a;

    (void)state;
    arena_init(&a);
    assert_string_equal(arena_copy(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_copy(&a, NULL, 0), "");
    assert_non_null(arena_alloc(&a, 0));
    arena_close(&a);
    assert_int_equal(a.used, 0);
    assert_string_equal(arena_copy(&a, "again", 5), "again");
    arena_close(&a);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_gives_is_zeroed_aligned_and_apart),
        cmocka_unit_test(a_piece_larger_than_a_block_is_given_too),
        cmocka_unit_test(a_copy_ends_with_a_nul),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
