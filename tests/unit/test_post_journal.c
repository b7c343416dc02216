/* test_post_journal.c - what had begun when relaisd died, and when the notes prove it. */
#include "flow/post_journal.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char path[] = "/tmp/relais-post-XXXXXX";

static struct post_journal *reopen(struct post_journal *j, const char *boot)
{
    struct error err;

    post_journal_close(j);
    assert_int_equal(post_journal_open(path, boot, &j, &err), RC_OK);
    return j;
}

static int make(void **state)
{
    int fd = mkstemp(path);

    close(fd);
    *state = reopen(NULL, "boot");
    return 0;
}

static int drop(void **state)
{
    post_journal_close(*state);
    unlink(path);
    strcpy(path + strlen(path) - 6, "XXXXXX");
    return 0;
}

static enum letter_fate fate(const struct post_journal *j, uint64_t id, unsigned attempt)
{
    unsigned code;

    return post_journal_fate(j, id, attempt, &code);
}

static void what_is_noted_outlives_the_process(void **state)
{
    struct post_journal *j = *state;
    unsigned code;

    post_journal_clear(j, "run1");
    post_journal_begin(j, 0, 10, 1);
    post_journal_heard(j, 0, LETTER_TAKEN, 250);
    post_journal_begin(j, 3, 11, 2);
    post_journal_begin(j, 0, 12, 1);
    post_journal_heard(j, 0, LETTER_REFUSED, 550);
    *state = j = reopen(j, "boot");
    assert_true(post_journal_is_proof(j, "run1"));
    assert_int_equal(fate(j, 10, 1), LETTER_TAKEN);
    assert_int_equal(fate(j, 11, 2), LETTER_UNKNOWN);
    assert_int_equal(post_journal_fate(j, 12, 1, &code), LETTER_REFUSED);
    assert_int_equal(code, 550);
    assert_int_equal(fate(j, 13, 1), LETTER_UNSENT);
}

static void an_older_claim_is_not_this_one(void **state)
{
    struct post_journal *j = *state;

    post_journal_clear(j, "run1");
    post_journal_begin(j, 0, 10, 1);
    post_journal_heard(j, 0, LETTER_LATER, 450);
    assert_int_equal(fate(j, 10, 1), LETTER_LATER);
    assert_int_equal(fate(j, 10, 2), LETTER_UNSENT);
}

static void of_a_mail_that_was_begun_more_than_once_the_gravest_note_counts(void **state)
{
    struct post_journal *j = *state;

    post_journal_clear(j, "run1");
    post_journal_begin(j, 0, 10, 1);
    post_journal_heard(j, 0, LETTER_LATER, 530);
    post_journal_begin(j, 0, 10, 1); /* the next relay */
    assert_int_equal(fate(j, 10, 1), LETTER_UNKNOWN);
    post_journal_heard(j, 0, LETTER_TAKEN, 250);
    assert_int_equal(fate(j, 10, 1), LETTER_TAKEN);
}

static void it_proves_nothing_after_a_restart_of_the_machine_or_under_another_name(void **state)
{
    struct post_journal *j = *state;

    assert_false(post_journal_is_proof(j, "run1"));
    post_journal_clear(j, "run1");
    assert_true(post_journal_is_proof(j, "run1"));
    assert_false(post_journal_is_proof(j, "run2"));
    assert_false(post_journal_is_proof(j, ""));
    *state = j = reopen(j, "other boot");
    assert_false(post_journal_is_proof(j, "run1"));
    *state = j = reopen(j, "");
    assert_false(post_journal_is_proof(j, "run1"));
    assert_false(post_journal_is_proof(NULL, "run1"));
}

static void a_name_of_zeros_never_proves(void **state)
{
    struct post_journal *j = *state;
    char a[POST_RUN_SIZE], b[POST_RUN_SIZE];

    post_journal_clear(j, "00000000");
    assert_false(post_journal_is_proof(j, "00000000"));
    post_run_name(a);
    post_run_name(b);
    assert_string_not_equal(a, b);
    assert_int_equal(strlen(a), POST_RUN_SIZE - 1);
}

static void a_ring_remembers_its_last_ones(void **state)
{
    struct post_journal *j = *state;

    post_journal_clear(j, "run1");
    for (unsigned i = 1; i <= POST_JOURNAL_RING + 5; i++)
        post_journal_begin(j, 1, i, 1);
    assert_int_equal(fate(j, 5, 1), LETTER_UNSENT);
    assert_int_equal(fate(j, 6, 1), LETTER_UNKNOWN);
    assert_int_equal(fate(j, POST_JOURNAL_RING + 5, 1), LETTER_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_noted_outlives_the_process, make, drop),
        cmocka_unit_test_setup_teardown(an_older_claim_is_not_this_one, make, drop),
        cmocka_unit_test_setup_teardown(
            of_a_mail_that_was_begun_more_than_once_the_gravest_note_counts, make, drop),
        cmocka_unit_test_setup_teardown(
            it_proves_nothing_after_a_restart_of_the_machine_or_under_another_name, make, drop),
        cmocka_unit_test_setup_teardown(a_name_of_zeros_never_proves, make, drop),
        cmocka_unit_test_setup_teardown(a_ring_remembers_its_last_ones, make, drop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
