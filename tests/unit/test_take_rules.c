/* test_take_rules.c - what take { } in a profile may say, and what it says when it is wrong. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/file/profile.h"
#include "domain/file_name.h"

static char path[64];
static struct profile *profile;
static struct error err;

static int set_up(void **state)
{
    int fd;

    (void)state;
    snprintf(path, sizeof(path), "/tmp/test_take_rules.XXXXXX");
    fd = mkstemp(path);
    if (fd < 0)
        return -1;
    close(fd);
    profile = NULL;
    err = (struct error){ 0 };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    profile_free(profile);
    return unlink(path);
}

/* A profile whose line 3 is take { ... }; under a name that a profile may have. */
static enum rc load(const char *take)
{
    char good[64];
    FILE *f = fopen(path, "w");
    enum rc rc;

    assert_non_null(f);
    fprintf(f,
            "field \"customer_number\" { column = \"n\" }\n"
            "field \"order_number\" { column = \"o\" }\n"
            "take { %s }\n",
            take);
    fclose(f);
    snprintf(good, sizeof(good), "/tmp/test-take-rules-%d.conf", (int)getpid());
    assert_int_equal(rename(path, good), 0);
    profile_free(profile);
    profile = NULL;
    rc = profile_load(good, &profile, &err);
    assert_int_equal(rename(good, path), 0);
    return rc;
}

static void assert_refused(const char *take, const char *reason)
{
    assert_int_equal(load(take), RC_INVALID);
    if (!strstr(err.text, reason))
        fail_msg("\"%s\" does not say \"%s\"", err.text, reason);
    if (!strstr(err.text, ".conf:3: take."))
        fail_msg("\"%s\" does not say where", err.text);
}

static void without_a_word_everything_that_is_closed_is_taken_one_by_one(void **state)
{
    (void)state;
    assert_int_equal(load(""), RC_OK);
    assert_int_equal(profile->take.complete, TAKE_CLOSED);
    assert_int_equal(profile->take.order, TAKE_OLDEST);
    assert_int_equal(profile->take.at_once, 1);
    assert_int_equal(profile->take.refuse_after_ms, 300000);
    assert_true(take_rules_match(&profile->take, "anything"));
    assert_true(take_rules_any(&profile->take));
}

static void all_of_it_can_be_said(void **state)
{
    (void)state;
    assert_int_equal(load("files = { \"orders-*.csv\", \"o?.txt\" } complete = marker\n"
                          "marker = \".ok\" min_age = 30s order = number at_once = 4\n"
                          "max_bytes = 10m unpack_ratio = 50 unpack_bytes = 1g\n"
                          "unpack_entries = 7 stable_for = 1m refuse_after = 0s"),
                     RC_OK);
    assert_int_equal(profile->take.complete, TAKE_MARKER);
    assert_string_equal(profile->take.marker, ".ok");
    assert_int_equal(profile->take.min_age_ms, 30000);
    assert_int_equal(profile->take.stable_for_ms, 60000);
    assert_int_equal(profile->take.refuse_after_ms, 0);
    assert_int_equal(profile->take.order, TAKE_BY_NUMBER);
    assert_int_equal(profile->take.at_once, 4);
    assert_int_equal(profile->take.max_bytes, 10 << 20);
    assert_int_equal(profile->take.archive.ratio, 50);
    assert_int_equal(profile->take.archive.bytes, 1 << 30);
    assert_int_equal(profile->take.archive.entries, 7);
    assert_true(take_rules_match(&profile->take, "ORDERS-7.CSV"));
    assert_true(take_rules_match(&profile->take, "o1.txt"));
    assert_false(take_rules_match(&profile->take, "o12.txt"));
    assert_false(take_rules_any(&profile->take));
}

static void what_is_wrong_is_named_with_its_line_and_what_was_expected(void **state)
{
    (void)state;
    assert_refused("complete = maybe", "expected closed, rename, marker or stable");
    assert_refused("order = random", "expected oldest, name or number");
    assert_refused("at_once = 0", "take.at_once: expected a whole number from 1 to 16");
    assert_refused("min_age = soon", "take.min_age: expected a duration");
    assert_refused("max_bytes = 0", "take.max_bytes: expected a size");
    assert_refused("unpack_ratio = 1", "take.unpack_ratio: expected a whole number from 2");
    assert_refused("files = {}", "take.files: expected 1 to 32 names or patterns");
    assert_refused("files = \"in/*.csv\"", "\"in/*.csv\": expected a name without /");
    assert_refused("files = \"[a-z.csv\"", "expected a ] behind the [");
    assert_refused("files = \"*.tmp\"", "those are never taken");
    assert_refused("marker = \"done\"", "\"done\": expected an ending such as \".done\"");
    assert_refused("marker = \".part\"", "expected another ending");
    assert_refused("complete = marker files = \"*.done\"", "this is one of markers");
}

static void a_bracket_may_hold_a_bracket(void **state)
{
    (void)state;
    assert_int_equal(load("files = { \"[]a]x\", \"[!]]y\" }"), RC_OK);
    assert_true(take_rules_match(&profile->take, "]x"));
    assert_true(take_rules_match(&profile->take, "zy"));
}

static void names_of_files_being_written_are_known(void **state)
{
    static const char *const unfinished[] = { ".a.csv", "a.tmp",          "a.TMP",       "a.part",
                                              "a~",     "a.csv.filepart", "a.crdownload" };
    static const char *const finished[] = { "a.csv", "tmp", "part", "a.tmp.csv", "partner.txt" };

    (void)state;
    for (size_t i = 0; i < sizeof(unfinished) / sizeof(unfinished[0]); i++)
        assert_true(file_name_is_unfinished(unfinished[i]));
    for (size_t i = 0; i < sizeof(finished) / sizeof(finished[0]); i++)
        assert_false(file_name_is_unfinished(finished[i]));
}

static void numbers_in_names_are_compared_as_numbers(void **state)
{
    static const char *const sorted[] = { "",
                                          "a",
                                          "a1",
                                          "a1b9",
                                          "a1b10",
                                          "a2",
                                          "a007",
                                          "a10",
                                          "a10.",
                                          "a99999999999999999999",
                                          "a100000000000000000000",
                                          "b0",
                                          "b1" };
    const size_t n = sizeof(sorted) / sizeof(sorted[0]);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            const int order = take_compare_numbers(sorted[i], sorted[k]);

            assert_int_equal(order < 0 ? -1 : order > 0, i < k ? -1 : i > k);
        }
    }
    assert_int_not_equal(take_compare_numbers("a07", "a7"), 0);
}

int main(void)
{
#define TAKE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TAKE_TEST(without_a_word_everything_that_is_closed_is_taken_one_by_one),
        TAKE_TEST(all_of_it_can_be_said),
        TAKE_TEST(what_is_wrong_is_named_with_its_line_and_what_was_expected),
        TAKE_TEST(a_bracket_may_hold_a_bracket),
        TAKE_TEST(names_of_files_being_written_are_known),
        TAKE_TEST(numbers_in_names_are_compared_as_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
