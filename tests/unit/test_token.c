/* test_token.c - the control port's secret is made, kept and compared with care. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/token.h"

#define PATH "test_token.file"

static int clean(void **state)
{
    (void)state;
    unlink(PATH);
    return 0;
}

static void write_file(const char *text, mode_t mode)
{
    FILE *f;

    unlink(PATH);
    f = fopen(PATH, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(chmod(PATH, mode), 0);
}

static void a_missing_token_is_made_for_the_owner_alone_and_kept(void **state)
{
    char first[TOKEN_SIZE], second[TOKEN_SIZE], other[TOKEN_SIZE];
    struct stat st;

    (void)state;
    assert_int_equal(token_load(PATH, first, NULL), RC_OK);
    assert_int_equal(stat(PATH, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(strlen(first), 64);
    assert_int_equal(token_load(PATH, second, NULL), RC_OK);
    assert_string_equal(first, second);
    unlink(PATH);
    assert_int_equal(token_load(PATH, other, NULL), RC_OK);
    assert_string_not_equal(first, other);
}

static void a_token_that_others_can_read_is_refused(void **state)
{
    char token[TOKEN_SIZE];
    struct error err;

    (void)state;
    write_file("0123456789abcdef\n", 0640);
    assert_int_equal(token_load(PATH, token, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "expected mode 0600, got 0640"));
}

static void a_token_that_could_be_guessed_is_refused(void **state)
{
    char token[TOKEN_SIZE];
    struct error err;

    (void)state;
    write_file("short\n", 0600);
    assert_int_equal(token_load(PATH, token, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "got 5"));
    write_file("", 0600);
    assert_int_equal(token_load(PATH, token, &err), RC_INVALID);
}

static void a_token_is_one_line_of_bounded_length(void **state)
{
    char line[200], token[TOKEN_SIZE];

    (void)state;
    memset(line, 'x', sizeof(line));
    line[TOKEN_SIZE - 1] = '\0';
    write_file(line, 0600);
    assert_int_equal(token_load(PATH, token, NULL), RC_OK);
    assert_int_equal(strlen(token), TOKEN_SIZE - 1);
    line[TOKEN_SIZE - 1] = 'x';
    line[TOKEN_SIZE] = '\0';
    write_file(line, 0600);
    assert_int_equal(token_load(PATH, token, NULL), RC_INVALID);
    write_file("0123456789abcdef\r\nand more\n", 0600);
    assert_int_equal(token_load(PATH, token, NULL), RC_OK);
    assert_string_equal(token, "0123456789abcdef");
}

static void only_the_whole_token_matches(void **state)
{
    char token[TOKEN_SIZE], longer[300];

    (void)state;
    write_file("0123456789abcdef\n", 0600);
    assert_int_equal(token_load(PATH, token, NULL), RC_OK);
    assert_true(token_matches(token, "0123456789abcdef"));
    assert_false(token_matches(token, "0123456789abcde"));
    assert_false(token_matches(token, "0123456789abcdefg"));
    assert_false(token_matches(token, "0123456789abcdeF"));
    assert_false(token_matches(token, ""));
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    assert_false(token_matches(token, longer));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_missing_token_is_made_for_the_owner_alone_and_kept, clean),
        cmocka_unit_test(a_token_that_others_can_read_is_refused),
        cmocka_unit_test(a_token_that_could_be_guessed_is_refused),
        cmocka_unit_test(a_token_is_one_line_of_bounded_length),
        cmocka_unit_test(only_the_whole_token_matches),
    };

    return cmocka_run_group_tests(tests, NULL, clean);
}
