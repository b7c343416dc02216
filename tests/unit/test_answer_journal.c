/* test_answer_journal.c - what was noted and not recorded is there again for the next process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/answer_journal.h"

static char path[64];
static struct outbox_event *found;

static int fresh(void **state)
{
    int fd;

    (void)state;
    snprintf(path, sizeof(path), "/tmp/relais-journal-XXXXXX");
    fd = mkstemp(path);
    close(fd);
    found = calloc(ANSWER_JOURNAL_CAPACITY + 1, sizeof(*found));
    return fd < 0 || !found;
}

static int gone(void **state)
{
    (void)state;
    unlink(path);
    free(found);
    return 0;
}

static struct answer_journal *opened(void)
{
    struct answer_journal *j;
    struct error err;

    assert_int_equal(answer_journal_open(path, &j, &err), RC_OK);
    return j;
}

static unsigned note(struct answer_journal *j, uint64_t id, enum outbox_event_kind kind)
{
    struct outbox_event e = {
        .message_id = id, .single = true, .kind = kind, .carrier_id = 3, .at = 77, .code = 5
    };

    snprintf(e.smsc_message_id, sizeof(e.smsc_message_id), "s%llu", (unsigned long long)id);
    return answer_journal_note(j, &e);
}

/* As when the process dies: the mapping goes, nothing is said. */
static struct answer_journal *reopened(struct answer_journal *j)
{
    answer_journal_close(j);
    return opened();
}

static void what_was_noted_and_not_recorded_is_read_by_the_next_process(void **state)
{
    struct answer_journal *j = opened();

    (void)state;
    assert_int_equal(note(j, 10, OUTBOX_ACCEPTED), 1);
    assert_int_equal(note(j, 11, OUTBOX_REFUSED), 1);
    assert_int_equal(note(j, 12, OUTBOX_ACCEPTED), 1);
    answer_journal_recorded(j, 1);
    j = reopened(j);
    assert_int_equal(answer_journal_read(j, found, ANSWER_JOURNAL_CAPACITY), 2);
    assert_int_equal(found[0].message_id, 11);
    assert_int_equal(found[0].kind, OUTBOX_REFUSED);
    assert_int_equal(found[1].message_id, 12);
    assert_int_equal(found[1].carrier_id, 3);
    assert_int_equal(found[1].at, 77);
    assert_int_equal(found[1].code, 5);
    assert_true(found[1].single);
    assert_string_equal(found[1].smsc_message_id, "s12");
    answer_journal_clear(j);
    assert_int_equal(note(j, 13, OUTBOX_ACCEPTED), 1);
    j = reopened(j);
    assert_int_equal(answer_journal_read(j, found, ANSWER_JOURNAL_CAPACITY), 1);
    assert_int_equal(found[0].message_id, 13);
    answer_journal_close(j);
}

static void what_would_send_a_message_again_is_never_noted(void **state)
{
    struct answer_journal *j = opened();

    (void)state;
    assert_int_equal(note(j, 1, OUTBOX_REQUEUED), 0);
    assert_int_equal(note(j, 2, OUTBOX_UNKNOWN), 0);
    assert_int_equal(note(j, 3, OUTBOX_DELIVERED), 0);
    assert_int_equal(answer_journal_read(j, found, ANSWER_JOURNAL_CAPACITY), 0);
    answer_journal_close(j);
}

static void the_oldest_give_way_and_none_is_read_twice(void **state)
{
    struct answer_journal *j = opened();

    (void)state;
    for (uint64_t id = 1; id <= 3 * ANSWER_JOURNAL_CAPACITY; id++) {
        note(j, id, OUTBOX_ACCEPTED);
        answer_journal_recorded(j, 1);
    }
    note(j, 7, OUTBOX_ACCEPTED);
    j = reopened(j);
    assert_int_equal(answer_journal_read(j, found, ANSWER_JOURNAL_CAPACITY), 1);
    assert_int_equal(found[0].message_id, 7);
    answer_journal_close(j);
}

static void a_torn_entry_ends_the_reading(void **state)
{
    struct answer_journal *j = opened();
    long size;
    char byte = 1;
    int fd;

    (void)state;
    note(j, 1, OUTBOX_ACCEPTED);
    note(j, 2, OUTBOX_ACCEPTED);
    answer_journal_close(j);
    fd = open(path, O_RDWR);
    size = lseek(fd, 0, SEEK_END);
    /* Somewhere in the second entry, of entries of one size behind a header of two numbers. */
    assert_int_equal(pwrite(fd, &byte, 1, 16 + (size - 16) / ANSWER_JOURNAL_CAPACITY * 2 + 20), 1);
    close(fd);
    j = opened();
    assert_int_equal(answer_journal_read(j, found, ANSWER_JOURNAL_CAPACITY), 1);
    answer_journal_close(j);
}

static void a_file_of_something_else_is_begun_anew(void **state)
{
    FILE *f = fopen(path, "w");
    struct answer_journal *j;

    (void)state;
    fputs("something else", f);
    fclose(f);
    j = opened();
    assert_int_equal(answer_journal_read(j, found, ANSWER_JOURNAL_CAPACITY), 0);
    note(j, 1, OUTBOX_ACCEPTED);
    assert_int_equal(answer_journal_read(j, found, ANSWER_JOURNAL_CAPACITY), 1);
    answer_journal_close(j);
}

static void a_place_that_cannot_be_written_is_said(void **state)
{
    struct answer_journal *j = NULL;
    struct error err;

    (void)state;
    assert_int_equal(answer_journal_open("/nowhere/answers.journal", &j, &err), RC_FAIL);
    assert_non_null(strstr(err.text, "/nowhere/answers.journal"));
    assert_null(j);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_noted_and_not_recorded_is_read_by_the_next_process),
        TEST(what_would_send_a_message_again_is_never_noted),
        TEST(the_oldest_give_way_and_none_is_read_twice),
        TEST(a_torn_entry_ends_the_reading),
        TEST(a_file_of_something_else_is_begun_anew),
        TEST(a_place_that_cannot_be_written_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
