/* test_status_file.c - which lines a status file of each format has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel/file/status_file.h"

#define DIR "status_file.tmp"

static const struct status_head head = { .profile = "shop",
                                         .partner = "shop",
                                         .sender = "RELAIS",
                                         .recipient = "",
                                         .due = 1764000000000000,
                                         .number = 1,
                                         .zone = "Europe/Paris" };
static const struct status_line of_order = { .order_number = "A-1",
                                             .customer_number = "C-1",
                                             .status = "delivered",
                                             .at = 1764000000000000,
                                             .place = "",
                                             .note = "" };

/* How many lines it counts of one about the order and one about a message to its customer. */
static uint64_t lines(enum status_format format, bool with_order)
{
    const int dir = open(DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct status_line of_message = of_order;
    struct status_file *file = NULL;
    struct error err = { "" };
    uint64_t n;

    of_message.message = true;
    assert_true(dir >= 0);
    assert_int_equal(status_file_begin(dir, format, &head, &file, &err), RC_OK);
    status_file_line(file, &of_message);
    if (with_order)
        status_file_line(file, &of_order);
    n = status_file_lines(file);
    status_file_abandon(file);
    close(dir);
    return n;
}

static void lines_about_messages_count_where_they_are_written(void **state)
{
    (void)state;
    assert_int_equal(lines(STATUS_CSV, true), 2);
    assert_int_equal(lines(STATUS_XML, true), 2);
    assert_int_equal(lines(STATUS_JSON, true), 2);
}

/* Else a file without a single status would go out where empty ones are not wanted. */
static void edifact_has_no_line_about_a_message_and_counts_none(void **state)
{
    (void)state;
    assert_int_equal(lines(STATUS_EDIFACT, true), 1);
    assert_int_equal(lines(STATUS_EDIFACT, false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_about_messages_count_where_they_are_written),
        cmocka_unit_test(edifact_has_no_line_about_a_message_and_counts_none),
    };
    int failed;

    mkdir(DIR, 0777);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(DIR);
    return failed;
}
