/* test_sql_script.c - where a statement begins and ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/sql_script.h"

/* Expects the statements, each "LINE:text", and no more. */
static void expect(const char *text, const char *const *want, size_t n)
{
    const size_t len = strlen(text);
    char *copy = malloc(len + 1); /* exactly as long: a reader past the end is caught */
    struct sql_script script;
    struct sql_statement st;

    memcpy(copy, text, len);
    sql_script_init(&script, copy, len);
    for (size_t i = 0; i < n; i++) {
        assert_true(sql_script_next(&script, &st));
        assert_int_equal(st.line, want[i][0] - '0');
        assert_int_equal(st.len, strlen(want[i]) - 2);
        assert_memory_equal(st.text, want[i] + 2, st.len);
    }
    assert_false(sql_script_next(&script, &st));
    free(copy);
}

#define EXPECT(text, ...)                                     \
    do {                                                      \
        const char *const want[] = { __VA_ARGS__ };           \
        expect((text), want, sizeof(want) / sizeof(want[0])); \
    } while (0)

static void statements_end_at_semicolons(void **state)
{
    (void)state;
    EXPECT("A; B;\nC", "1:A", "1:B", "2:C");
    EXPECT(";;A;;\n;", "1:A");
}

static void blanks_and_comments_alone_are_no_statement(void **state)
{
    (void)state;
    expect("", NULL, 0);
    expect(" \n ; -- x;\n# y;\n/* z; */\n--", NULL, 0);
}

static void comments_before_are_left_out_and_inside_kept(void **state)
{
    (void)state;
    EXPECT("-- a;\n/* b\n*/ X -- c;\n Y;", "3:X -- c;\n Y");
    EXPECT("X /* ; */ Y; Z", "1:X /* ; */ Y", "1:Z");
    EXPECT("SELECT 5--3; B", "1:SELECT 5--3", "1:B");
}

static void comments_that_the_server_runs_are_statements(void **state)
{
    (void)state;
    EXPECT("/*!50000 A */; /*M! B; */", "1:/*!50000 A */", "1:/*M! B; */");
}

static void quotes_hide_semicolons_and_comments(void **state)
{
    (void)state;
    EXPECT("'a;''b;' 1; \"--;\" 2; `c\\`; 3", "1:'a;''b;' 1", "1:\"--;\" 2", "1:`c\\`", "1:3");
    EXPECT("'\\';' 1; 2", "1:'\\';' 1", "1:2");
}

static void what_is_not_closed_goes_to_the_end(void **state)
{
    (void)state;
    EXPECT("A 'b; c", "1:A 'b; c");
    EXPECT("A /* b; c", "1:A /* b; c");
    EXPECT("A '\\", "1:A '\\");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_end_at_semicolons),
        cmocka_unit_test(blanks_and_comments_alone_are_no_statement),
        cmocka_unit_test(comments_before_are_left_out_and_inside_kept),
        cmocka_unit_test(comments_that_the_server_runs_are_statements),
        cmocka_unit_test(quotes_hide_semicolons_and_comments),
        cmocka_unit_test(what_is_not_closed_goes_to_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
