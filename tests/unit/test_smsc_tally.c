/* test_smsc_tally.c - who got a message, who got it twice; and what happens later, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "smsc/chance.h"
#include "smsc/tally.h"
#include "smsc/timeline.h"

static void a_million_destinations_and_their_doubles_are_counted_exactly(void **state)
{
    struct tally t;
    char number[16];

    (void)state;
    tally_init(&t);
    for (unsigned i = 0; i < 1000000; i++) {
        snprintf(number, sizeof(number), "336%08u", i * 37 % 100000000);
        assert_int_equal(tally_add(&t, number, 0), TALLY_FIRST);
    }
    for (unsigned i = 0; i < 1000000; i += 1000) {
        snprintf(number, sizeof(number), "336%08u", i * 37 % 100000000);
        assert_int_equal(tally_add(&t, number, 0), TALLY_DOUBLE);
        assert_int_equal(tally_add(&t, number, 0), TALLY_DOUBLE);
    }
    assert_int_equal(t.destinations, 1000000);
    assert_int_equal(t.doubled, 1000);
    assert_int_equal(t.double_messages, 2000);
    assert_int_equal(t.uncounted, 0);
    assert_in_range(t.cap * sizeof(*t.slots), 1, 17 << 20);
    tally_close(&t);
}

static void parts_of_one_message_are_no_doubles_and_a_part_again_is_one(void **state)
{
    struct tally t;

    (void)state;
    tally_init(&t);
    assert_int_equal(tally_add(&t, "33612345678", 2), TALLY_FIRST);
    assert_int_equal(tally_add(&t, "33612345678", 1), TALLY_NEXT_PART);
    assert_int_equal(tally_add(&t, "33612345678", 3), TALLY_NEXT_PART);
    assert_int_equal(t.doubled, 0);
    assert_int_equal(tally_add(&t, "33612345678", 2), TALLY_DOUBLE);
    assert_int_equal(tally_add(&t, "33612345678", 0), TALLY_DOUBLE);
    assert_int_equal(t.destinations, 1);
    assert_int_equal(t.doubled, 1);
    tally_close(&t);
}

static void zeros_in_front_make_another_destination(void **state)
{
    struct tally t;

    (void)state;
    tally_init(&t);
    assert_int_equal(tally_add(&t, "612345678", 0), TALLY_FIRST);
    assert_int_equal(tally_add(&t, "0612345678", 0), TALLY_FIRST);
    assert_int_equal(tally_add(&t, "999999999999999", 0), TALLY_FIRST);
    assert_int_equal(tally_add(&t, "RELAIS", 0), TALLY_FIRST);
    assert_int_equal(tally_add(&t, "RELAIS2", 0), TALLY_FIRST);
    assert_int_equal(tally_add(&t, "RELAIS", 0), TALLY_DOUBLE);
    tally_close(&t);
}

struct told {
    unsigned n;
    char last[32];
};

static void keep(void *arg, const char *destination)
{
    struct told *told = arg;

    told->n++;
    snprintf(told->last, sizeof(told->last), "%s", destination);
}

static void doubles_are_told_by_number(void **state)
{
    struct told told = { 0, "" };
    struct tally t;

    (void)state;
    tally_init(&t);
    tally_add(&t, "0612345678", 0);
    tally_add(&t, "0612345679", 0);
    tally_add(&t, "0612345678", 0);
    tally_each_double(&t, 10, keep, &told);
    assert_int_equal(told.n, 1);
    assert_string_equal(told.last, "0612345678");
    tally_close(&t);
}

static void tasks_come_out_in_the_order_of_their_time(void **state)
{
    static struct task tasks[5000];
    int64_t dues[5000], last = 0;
    struct timeline t;
    struct task *task;
    size_t n = 0;

    (void)state;
    timeline_init(&t);
    for (size_t i = 0; i < 5000; i++) {
        dues[i] = (int64_t)(chance_mix(i) % 700);
        assert_true(timeline_add(&t, dues[i], &tasks[i]));
    }
    assert_null(timeline_take(&t, -1));
    for (const struct task *before = NULL; (task = timeline_take(&t, 1000)) != NULL; n++) {
        int64_t due = dues[task - tasks];
        assert_true(due > last || (due == last && (!before || task > before)) || n == 0);
        last = due;
        before = task;
    }
    assert_int_equal(n, 5000);
    assert_true(timeline_next(&t) == INT64_MAX);
    timeline_close(&t);
}

static void a_share_is_met_and_a_seed_repeats_itself(void **state)
{
    unsigned hits = 0;

    (void)state;
    for (uint64_t i = 0; i < 100000; i++)
        hits += chance_hits(chance_number(1, CHANCE_OUTCOME, i), CHANCE_ALWAYS / 100);
    assert_in_range(hits, 900, 1100);
    assert_true(chance_number(1, CHANCE_OUTCOME, 5) == chance_number(1, CHANCE_OUTCOME, 5));
    assert_true(chance_number(1, CHANCE_OUTCOME, 5) != chance_number(2, CHANCE_OUTCOME, 5));
    assert_true(chance_number(1, CHANCE_OUTCOME, 5) != chance_number(1, CHANCE_GARBAGE, 5));
    assert_false(chance_hits(0, 0));
    assert_true(chance_hits(UINT64_MAX, CHANCE_ALWAYS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_destinations_and_their_doubles_are_counted_exactly),
        cmocka_unit_test(parts_of_one_message_are_no_doubles_and_a_part_again_is_one),
        cmocka_unit_test(zeros_in_front_make_another_destination),
        cmocka_unit_test(doubles_are_told_by_number),
        cmocka_unit_test(tasks_come_out_in_the_order_of_their_time),
        cmocka_unit_test(a_share_is_met_and_a_seed_repeats_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
