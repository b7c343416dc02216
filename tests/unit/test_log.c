/* test_log.c - one line an event, and nothing in it that must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LOG_PART "smpp"
#include "base/log.h"

static int real_stderr, pipe_out;

/* What is written to stderr goes to a pipe until caught() reads it. */
static int setup(void **state)
{
    int ends[2];

    (void)state;
    if (pipe(ends) != 0)
        return -1;
    real_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    pipe_out = ends[0];
    log_to_stderr();
    log_reset_levels();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(pipe_out);
    log_reset_levels();
    return 0;
}

static const char *caught(void)
{
    static char text[8192];
    ssize_t n;

    if (write(STDERR_FILENO, "$", 1) != 1)
        return "";
    n = read(pipe_out, text, sizeof(text) - 1);
    text[n > 0 ? n - 1 : 0] = '\0';
    return text;
}

static void an_event_is_one_line_with_time_level_and_part(void **state)
{
    const char *line;

    (void)state;
    log_info("carrier=%s state=%s", "orange", "bound");
    line = caught();
    assert_int_equal(strlen("2026-11-23T08:00:00.123456Z"), strcspn(line, " "));
    assert_string_equal(strchr(line, ' '), " info  smpp carrier=orange state=bound\n");
}

static void a_level_holds_for_a_part_or_for_all(void **state)
{
    enum log_level level;

    (void)state;
    log_debug("a=1");
    assert_string_equal(caught(), "");
    log_set_level("smpp", LOG_LEVEL_DEBUG);
    log_debug("b=1");
    assert_non_null(strstr(caught(), "debug smpp b=1\n"));
    assert_false(log_enabled(LOG_LEVEL_DEBUG, "store"));
    log_set_level(NULL, LOG_LEVEL_ERROR);
    assert_false(log_enabled(LOG_LEVEL_WARN, "store"));
    assert_true(log_enabled(LOG_LEVEL_DEBUG, "smpp"));
    log_reset_levels();
    assert_false(log_enabled(LOG_LEVEL_DEBUG, "smpp"));

    assert_int_equal(log_level_parse("warn", &level), RC_OK);
    assert_int_equal(level, LOG_LEVEL_WARN);
    assert_int_equal(log_level_parse("loud", &level), RC_INVALID);
}

static void a_line_too_long_is_cut_but_ends(void **state)
{
    char text[5000];
    const char *line;

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    log_error("text=%s", text);
    line = caught();
    assert_in_range(strlen(line), 1000, 2048);
    assert_int_equal(line[strlen(line) - 1], '\n');
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void text_from_outside_cannot_forge_a_line(void **state)
{
    char buf[LOG_TEXT_SIZE], text[1000];

    (void)state;
    assert_string_equal(log_text(buf, "a\"b\\c\nd\x1b\x7f", 9), "a\\\"b\\\\c\\x0ad\\x1b\\x7f");
    assert_string_equal(log_text(buf, "été", 5), "été");
    memset(text, '\n', sizeof(text));
    log_text(buf, text, sizeof(text));
    assert_true(strlen(buf) < sizeof(buf));
    assert_string_equal(buf + strlen(buf) - 3, "...");
}

static void an_address_cannot_be_read_back(void **state)
{
    char buf[LOG_ADDRESS_SIZE];

    (void)state;
    assert_string_equal(log_address(buf, "+33612345621"), "+33...21");
    assert_string_equal(log_address(buf, "marie.dupont@example.com"), "m...@example.com");
    assert_string_equal(log_address(buf, "36111"), "36111");
    assert_string_equal(log_address(buf, ""), "");
    log_address(buf, "x@a-very-long-domain-name-that-does-not-fit.example.com");
    assert_int_equal(strlen(buf), LOG_ADDRESS_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_event_is_one_line_with_time_level_and_part, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_level_holds_for_a_part_or_for_all, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_too_long_is_cut_but_ends, setup, teardown),
        cmocka_unit_test(text_from_outside_cannot_forge_a_line),
        cmocka_unit_test(an_address_cannot_be_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
