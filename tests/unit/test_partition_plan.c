/* test_partition_plan.c - which months are made and dropped, whatever the clock says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/partition_plan.h"
#include "store/timed_id.h"

#define DAY_US (SEC_PER_DAY * USEC_PER_SEC)

static utc_us at(int year, int month, int day)
{
    return clock_from_civil(&(struct civil){ .year = year, .month = month, .day = day });
}

/* Months from the first to the last, and p_future. */
static size_t cut(struct partition *list, utc_us first, int months)
{
    for (int m = 0; m < months; m++)
        list[m] = (struct partition){ .below = timed_id_at(month_begin(first, m + 1)) };
    list[months] = (struct partition){ .below = PARTITION_NO_BOUND };
    strcpy(list[months].name, PARTITION_FUTURE);
    return (size_t)months + 1;
}

static void an_id_says_the_second_it_was_made_in(void **state)
{
    const utc_us noon = at(2026, 11, 25) + 12 * 3600 * USEC_PER_SEC;

    (void)state;
    assert_int_equal(timed_id_at(at(2024, 1, 1) + USEC_PER_SEC), UINT64_C(1) << 20);
    assert_int_equal(timed_id_time(timed_id_at(noon)), noon);
    assert_int_equal(timed_id_time(timed_id_at(noon) + 12345), noon);
    assert_int_equal(timed_id_at(at(2023, 12, 31)), 0);
    assert_int_equal(timed_id_at(0), 0);
}

static void ids_beyond_2038_and_2106_keep_their_month(void **state)
{
    (void)state;
    assert_int_equal(timed_id_time(timed_id_at(at(2038, 2, 1))), at(2038, 2, 1));
    assert_int_equal(timed_id_time(timed_id_at(at(2106, 3, 1))), at(2106, 3, 1));
    assert_true(timed_id_at(at(2295, 12, 31)) < UINT64_C(1) << 53);
}

static void a_month_begins_on_its_first_day_across_the_ends_of_years(void **state)
{
    (void)state;
    assert_int_equal(month_begin(at(2026, 11, 25), 0), at(2026, 11, 1));
    assert_int_equal(month_begin(at(2026, 12, 31) + DAY_US - 1, 1), at(2027, 1, 1));
    assert_int_equal(month_begin(at(2027, 1, 1), -1), at(2026, 12, 1));
    assert_int_equal(month_begin(at(2028, 2, 29), 12), at(2029, 2, 1));
    assert_int_equal(month_begin(at(2037, 12, 15), 1), at(2038, 1, 1));
}

static void nothing_is_made_when_enough_months_are_ahead(void **state)
{
    struct partition list[40], made[PARTITION_AHEAD + 1];
    size_t n = cut(list, at(2026, 11, 1), 4); /* November to February */

    (void)state;
    assert_int_equal(partition_plan_make(list, n, at(2026, 11, 25), made), 0);
    assert_int_equal(partition_plan_make(list, n, at(2026, 11, 30) + DAY_US - 1, made), 0);
}

static void a_new_month_wants_one_more(void **state)
{
    struct partition list[40], made[PARTITION_AHEAD + 1];
    size_t n = cut(list, at(2026, 10, 1), 4); /* October to January */

    (void)state;
    assert_int_equal(partition_plan_make(list, n, at(2026, 11, 1), made), 1);
    assert_string_equal(made[0].name, "p202702");
    assert_int_equal(made[0].below, timed_id_at(at(2027, 3, 1)));
}

static void after_a_year_without_relaisd_the_months_gone_by_are_one_partition(void **state)
{
    struct partition list[40], made[PARTITION_AHEAD + 1];
    size_t n = cut(list, at(2026, 11, 1), 4);

    (void)state;
    assert_int_equal(partition_plan_make(list, n, at(2027, 12, 31), made), 4);
    assert_string_equal(made[0].name, "p202712");
    assert_int_equal(made[0].below, timed_id_at(at(2028, 1, 1)));
    assert_string_equal(made[3].name, "p202803");
    assert_int_equal(made[3].below, timed_id_at(at(2028, 4, 1)));
}

static void a_clock_set_back_makes_nothing(void **state)
{
    struct partition list[40], made[PARTITION_AHEAD + 1];
    size_t n = cut(list, at(2026, 11, 1), 4);

    (void)state;
    assert_int_equal(partition_plan_make(list, n, at(2025, 1, 1), made), 0);
    assert_int_equal(partition_plan_make(list, n, 0, made), 0);
}

static void a_month_goes_when_its_last_second_is_too_old_and_not_before(void **state)
{
    struct partition list[40];
    size_t n = cut(list, at(2026, 11, 1), 6);
    const utc_us bound = at(2026, 12, 1) + 400 * DAY_US;

    (void)state;
    assert_null(partition_plan_drop(list, n, bound - USEC_PER_SEC, 400 * DAY_US));
    assert_ptr_equal(partition_plan_drop(list, n, bound, 400 * DAY_US), &list[0]);
}

static void what_is_kept_for_ever_never_goes(void **state)
{
    struct partition list[40];
    size_t n = cut(list, at(2026, 11, 1), 6);

    (void)state;
    assert_null(partition_plan_drop(list, n, at(2126, 1, 1), 0));
}

static void the_last_month_and_the_future_stay_however_old_they_are(void **state)
{
    struct partition list[40];
    size_t n = cut(list, at(2026, 11, 1), 1);

    (void)state;
    assert_null(partition_plan_drop(list, n, at(2126, 1, 1), DAY_US));
    n = cut(list, at(2026, 11, 1), 2);
    assert_non_null(partition_plan_drop(list, n, at(2126, 1, 1), DAY_US));
}

static void only_a_list_with_rising_bounds_and_a_future_is_ours(void **state)
{
    struct partition list[40];
    size_t n = cut(list, at(2026, 11, 1), 3);

    (void)state;
    assert_true(partition_list_ours(list, n));
    assert_false(partition_list_ours(list, n - 1));
    assert_false(partition_list_ours(list, 0));
    list[1].below = list[0].below;
    assert_false(partition_list_ours(list, n));
    n = cut(list, at(2026, 11, 1), 3);
    strcpy(list[3].name, "p_rest");
    assert_false(partition_list_ours(list, n));
}

static void looking_for_events_begins_a_day_before_their_message(void **state)
{
    (void)state;
    assert_int_equal(timed_id_time(timed_id_since(timed_id_at(at(2026, 12, 1)))), at(2026, 11, 30));
    assert_int_equal(timed_id_since(5), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_says_the_second_it_was_made_in),
        cmocka_unit_test(ids_beyond_2038_and_2106_keep_their_month),
        cmocka_unit_test(a_month_begins_on_its_first_day_across_the_ends_of_years),
        cmocka_unit_test(nothing_is_made_when_enough_months_are_ahead),
        cmocka_unit_test(a_new_month_wants_one_more),
        cmocka_unit_test(after_a_year_without_relaisd_the_months_gone_by_are_one_partition),
        cmocka_unit_test(a_clock_set_back_makes_nothing),
        cmocka_unit_test(a_month_goes_when_its_last_second_is_too_old_and_not_before),
        cmocka_unit_test(what_is_kept_for_ever_never_goes),
        cmocka_unit_test(the_last_month_and_the_future_stay_however_old_they_are),
        cmocka_unit_test(only_a_list_with_rising_bounds_and_a_future_is_ours),
        cmocka_unit_test(looking_for_events_begins_a_day_before_their_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
