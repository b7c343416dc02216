/* test_staff.c - managers, absences, who stands in for whom; and when somebody works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/work_time.h"

#define MINUTE INT64_C(60000000)
#define HOUR   (60 * MINUTE)

enum { ANNA = 1, BRUNO, CARLA, DAVID, EVA };

static struct team teams[2];
static struct staff_member staff[20];
static struct staff_absence absences[10];
static struct staff_book book;
static struct zone_shelf zones;
static struct holiday_book holidays;

/* Anna and Bruno work for Carla, she and David for Eva, the director. David is in Réunion. */
static int fresh(void **state)
{
    static const char *const names[] = { "anna", "bruno", "carla", "david", "eva" };

    (void)state;
    teams[0] = (struct team){ .id = 1,
                              .code = "nord",
                              .timezone = "",
                              .country = "FR",
                              .hours = "mon-fri 09:00-12:00,14:00-18:00" };
    teams[1] = teams[0];
    teams[1].id = 2;
    teams[1].timezone = "Indian/Reunion";
    memcpy(teams[1].region, "974", 4);
    memset(staff, 0, sizeof(staff));
    for (unsigned i = 0; i < 5; i++)
        staff[i] = (struct staff_member){
            .id = i + 1, .login = names[i], .team_id = 1, .timezone = "", .hours = ""
        };
    staff[ANNA - 1].manager_id = staff[BRUNO - 1].manager_id = CARLA;
    staff[CARLA - 1].manager_id = staff[DAVID - 1].manager_id = EVA;
    staff[CARLA - 1].role = STAFF_MANAGER;
    staff[EVA - 1].role = STAFF_DIRECTOR;
    staff[DAVID - 1].team_id = 2;
    book = (struct staff_book){
        .teams = teams, .n_teams = 2, .staff = staff, .n_staff = 5, .absences = absences
    };
    return 0;
}

/* To be called in the order of people, then days. */
static void away(unsigned who, int from, int to, unsigned deputy)
{
    const struct staff_absence a = { .id = book.n_absences + 1,
                                     .staff_id = who,
                                     .from_day = from,
                                     .to_day = to,
                                     .deputy_id = deputy };

    absences[book.n_absences++] = a;
}

/* --- days --- */

static void a_day_goes_to_text_and_back(void **state)
{
    char text[STAFF_DAY_SIZE];
    int day = 0;

    (void)state;
    assert_int_equal(staff_day_parse("2026-12-24", &day), RC_OK);
    assert_int_equal(day, 20261224);
    assert_string_equal(staff_day_text(day, text), "2026-12-24");
    assert_string_equal(staff_day_text(0, text), "");
    assert_int_equal(staff_day_parse("2026-02-29", &day), RC_INVALID);
    assert_int_equal(staff_day_parse("24/12/2026", &day), RC_INVALID);
}

static void days_are_counted_over_the_ends_of_months_and_years(void **state)
{
    (void)state;
    assert_int_equal(staff_day_add(20261231, 1), 20270101);
    assert_int_equal(staff_day_add(20280301, -1), 20280229);
    assert_int_equal(staff_day_add(20260101, 365), 20270101);
}

/* --- managers --- */

static void above_somebody_are_the_manager_and_the_managers_manager(void **state)
{
    (void)state;
    assert_int_equal(staff_above(&book, ANNA, 0), ANNA);
    assert_int_equal(staff_above(&book, ANNA, 1), CARLA);
    assert_int_equal(staff_above(&book, ANNA, 2), EVA);
    assert_int_equal(staff_above(&book, ANNA, 3), 0);
    assert_int_equal(staff_above(&book, 77, 1), 0);
    assert_int_equal(staff_director(&book, ANNA), EVA);
    assert_int_equal(staff_director(&book, EVA), EVA);
    staff[EVA - 1].role = STAFF_MANAGER;
    assert_int_equal(staff_director(&book, ANNA), 0);
}

static void a_loop_of_managers_is_refused_by_the_names_in_it(void **state)
{
    struct error err;

    (void)state;
    assert_int_equal(staff_check_manager(&book, EVA, ANNA, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "eva -> anna -> carla -> eva"));
    assert_int_equal(staff_check_manager(&book, EVA, EVA, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "eva -> eva"));
    assert_int_equal(staff_check_manager(&book, EVA, 77, &err), RC_INVALID);
    assert_int_equal(staff_check_manager(&book, CARLA, DAVID, &err), RC_OK);
    assert_int_equal(staff_check_manager(&book, CARLA, 0, &err), RC_OK);
    assert_int_equal(staff_check_manager(&book, 0, ANNA, &err), RC_OK); /* somebody new */
}

static void a_chain_of_managers_has_an_end(void **state)
{
    struct error err;

    (void)state;
    for (unsigned i = 0; i < 20; i++)
        staff[i] = (struct staff_member){ .id = i + 1, .login = "x", .manager_id = i };
    book.n_staff = 20;
    assert_int_equal(staff_above(&book, 20, 16), 4);
    assert_int_equal(staff_above(&book, 20, 19), 0); /* further than anybody looks */
    staff[10].manager_id = 0;                        /* 1 to 10, and 11 to 20 */
    assert_int_equal(staff_check_manager(&book, 11, 6, &err), RC_OK);
    assert_int_equal(staff_check_manager(&book, 11, 8, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "at most 16"));
}

static void a_loop_made_by_hand_does_not_hang_who_reads_it(void **state)
{
    (void)state;
    staff[EVA - 1].manager_id = ANNA;
    staff[EVA - 1].role = STAFF_MANAGER;
    assert_int_equal(staff_director(&book, ANNA), 0);
    assert_int_equal(staff_check_manager(&book, 0, ANNA, NULL), RC_INVALID);
    away(ANNA, 20261201, 20261205, BRUNO);
    away(BRUNO, 20261201, 20261205, ANNA);
    assert_int_equal(staff_stand_in(&book, ANNA, 20261203), 0);
}

/* --- absences --- */

static void who_is_there_does_the_own_work(void **state)
{
    (void)state;
    away(ANNA, 20261201, 20261205, BRUNO);
    assert_int_equal(staff_stand_in(&book, ANNA, 20261130), ANNA);
    assert_int_equal(staff_stand_in(&book, ANNA, 20261201), BRUNO);
    assert_int_equal(staff_stand_in(&book, ANNA, 20261205), BRUNO);
    assert_int_equal(staff_stand_in(&book, ANNA, 20261206), ANNA);
}

static void the_deputy_of_a_deputy_stands_in(void **state)
{
    (void)state;
    away(ANNA, 20261201, 20261210, BRUNO);
    away(BRUNO, 20261205, 20261206, CARLA);
    assert_int_equal(staff_stand_in(&book, ANNA, 20261204), BRUNO);
    assert_int_equal(staff_stand_in(&book, ANNA, 20261205), CARLA);
    assert_int_equal(staff_stand_in(&book, ANNA, 20261207), BRUNO);
}

static void nobody_stands_in_when_nobody_was_named_or_the_deputy_has_left(void **state)
{
    (void)state;
    away(ANNA, 20261201, 20261210, 0);
    away(BRUNO, 20261201, 20261210, DAVID);
    staff[DAVID - 1].left_on = 20261205;
    assert_int_equal(staff_stand_in(&book, ANNA, 20261203), 0);
    assert_int_equal(staff_stand_in(&book, BRUNO, 20261204), DAVID);
    assert_int_equal(staff_stand_in(&book, BRUNO, 20261205), 0);
    assert_int_equal(staff_stand_in(&book, DAVID, 20261204), DAVID);
    assert_int_equal(staff_stand_in(&book, DAVID, 20261205), 0);
}

static enum rc check(unsigned who, int from, int to, unsigned deputy, struct error *err)
{
    const struct staff_absence a = {
        .id = 99, .staff_id = who, .from_day = from, .to_day = to, .deputy_id = deputy
    };

    return staff_check_absence(&book, &a, err);
}

static void an_absence_that_makes_no_sense_is_refused(void **state)
{
    struct error err;

    (void)state;
    away(ANNA, 20261201, 20261205, 0);
    staff[DAVID - 1].left_on = 20261220;
    assert_int_equal(check(BRUNO, 20261205, 20261204, 0, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "ends on 2026-12-04, before it begins"));
    assert_int_equal(check(ANNA, 20261205, 20261206, 0, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "away from 2026-12-01 to 2026-12-05"));
    assert_int_equal(check(ANNA, 20261206, 20261206, 0, &err), RC_OK);
    assert_int_equal(check(BRUNO, 20261201, 20261201, BRUNO, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "cannot stand in for bruno"));
    assert_int_equal(check(BRUNO, 20261215, 20261220, DAVID, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "no more from 2026-12-20"));
    assert_int_equal(check(BRUNO, 20261215, 20261219, DAVID, &err), RC_OK);
    assert_int_equal(check(77, 20261215, 20261219, 0, &err), RC_INVALID);
    assert_int_equal(check(BRUNO, 20261215, 20261219, 77, &err), RC_INVALID);
}

static void two_deputies_for_each_other_are_refused_on_the_days_they_are_both_away(void **state)
{
    struct error err;

    (void)state;
    away(ANNA, 20261201, 20261205, BRUNO);
    assert_int_equal(check(BRUNO, 20261205, 20261208, ANNA, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "bruno -> anna -> bruno"));
    assert_int_equal(check(BRUNO, 20261206, 20261208, ANNA, &err), RC_OK);
    assert_int_equal(check(BRUNO, 20261205, 20261208, CARLA, &err), RC_OK);
}

static void deputies_for_each_other_by_way_of_others_are_refused(void **state)
{
    struct error err;

    (void)state;
    away(ANNA, 20261201, 20261210, BRUNO);
    away(BRUNO, 20261203, 20261204, DAVID);
    away(BRUNO, 20261207, 20261208, CARLA);
    assert_int_equal(check(CARLA, 20261208, 20261220, ANNA, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "carla -> anna -> bruno -> carla"));
    /* On these days it is David who stands in for Bruno, or Bruno is there. */
    assert_int_equal(check(CARLA, 20261201, 20261206, ANNA, &err), RC_OK);
}

/* --- working time --- */

static utc_us paris(int year, int month, int day, int hour, int minute)
{
    return local_zone_to_utc(
        zones.house,
        &(struct civil){
            .year = year, .month = month, .day = day, .hour = hour, .minute = minute });
}

static struct work_time *of(unsigned who)
{
    static struct work_time w;

    assert_int_equal(work_time_of_staff(&book, who, &zones, &holidays, &w), RC_OK);
    return &w;
}

static void work_is_counted_over_lunch_and_the_weekend(void **state)
{
    (void)state; /* a Friday */
    assert_true(work_time_is_open(of(ANNA), paris(2026, 11, 27, 11, 59)));
    assert_false(work_time_is_open(of(ANNA), paris(2026, 11, 27, 12, 0)));
    assert_true(work_time_add(of(ANNA), paris(2026, 11, 27, 11, 30), HOUR) ==
                paris(2026, 11, 27, 14, 30));
    assert_true(work_time_add(of(ANNA), paris(2026, 11, 27, 17, 30), HOUR) ==
                paris(2026, 11, 30, 9, 30));
    assert_true(work_time_next_open(of(ANNA), paris(2026, 11, 28, 10, 0)) ==
                paris(2026, 11, 30, 9, 0));
    assert_true(work_time_add(of(ANNA), paris(2026, 11, 28, 10, 0), 0) ==
                paris(2026, 11, 30, 9, 0));
}

static void a_holiday_is_no_working_day(void **state)
{
    (void)state; /* the 25th is a Friday */
    assert_true(work_time_add(of(ANNA), paris(2026, 12, 24, 17, 0), 2 * HOUR) ==
                paris(2026, 12, 28, 10, 0));
    assert_int_equal(work_time_day_after(of(ANNA), 20261224, 0), 20261224);
    assert_int_equal(work_time_day_after(of(ANNA), 20261225, 0), 20261228);
    assert_int_equal(work_time_day_after(of(ANNA), 20261224, 1), 20261228);
    assert_int_equal(work_time_day_after(of(ANNA), 20261224, 5), 20270104);
}

static void the_holiday_of_a_department_is_one_there_alone(void **state)
{
    (void)state; /* the end of slavery, in Réunion */
    assert_int_equal(work_time_day_after(of(DAVID), 20271220, 0), 20271221);
    assert_int_equal(work_time_day_after(of(ANNA), 20271220, 0), 20271220);
}

static void days_away_are_cut_out_of_working_time(void **state)
{
    (void)state;
    away(ANNA, 20261127, 20261130, BRUNO); /* Friday to Monday */
    away(ANNA, 20261201, 20261201, 0);     /* and the Tuesday */
    assert_true(work_time_add(of(ANNA), paris(2026, 11, 26, 17, 0), 90 * MINUTE) ==
                paris(2026, 12, 2, 9, 30));
    assert_false(work_time_is_open(of(ANNA), paris(2026, 11, 30, 10, 0)));
    assert_int_equal(work_time_day_after(of(ANNA), 20261126, 1), 20261202);
    assert_true(work_time_add(of(BRUNO), paris(2026, 11, 26, 17, 0), 90 * MINUTE) ==
                paris(2026, 11, 27, 9, 30));
}

static void an_absence_begins_within_the_time_that_is_counted(void **state)
{
    (void)state; /* hours that go over midnight, as it were: open to the end of each day */
    staff[ANNA - 1].hours = "00:00-24:00";
    away(ANNA, 20261202, 20261203, 0);
    assert_true(work_time_add(of(ANNA), paris(2026, 12, 1, 23, 0), 2 * HOUR) ==
                paris(2026, 12, 4, 1, 0));
}

static void who_has_left_works_no_more(void **state)
{
    (void)state;
    staff[ANNA - 1].left_on = 20261202;
    assert_true(work_time_add(of(ANNA), paris(2026, 12, 1, 17, 0), HOUR) ==
                paris(2026, 12, 1, 18, 0));
    assert_true(work_time_add(of(ANNA), paris(2026, 12, 1, 17, 0), HOUR + 1) == CALENDAR_NEVER);
    assert_true(work_time_next_open(of(ANNA), paris(2026, 12, 2, 9, 0)) == CALENDAR_NEVER);
    assert_int_equal(work_time_day_after(of(ANNA), 20261202, 0), 0);
    away(ANNA, 20261120, 20270110, 0);
    assert_true(work_time_next_open(of(ANNA), paris(2026, 11, 20, 9, 0)) == CALENDAR_NEVER);
}

static void the_clock_is_that_of_where_the_person_works(void **state)
{
    (void)state; /* Réunion is three hours ahead of Paris in winter, two in summer */
    assert_true(work_time_next_open(of(DAVID), paris(2026, 12, 1, 0, 0)) ==
                paris(2026, 12, 1, 6, 0));
    assert_true(work_time_next_open(of(DAVID), paris(2026, 7, 1, 0, 0)) == paris(2026, 7, 1, 7, 0));
    assert_int_equal(work_time_day(of(DAVID), paris(2026, 12, 1, 22, 0)), 20261202);
    assert_true(work_time_at(of(DAVID), 20261202, 0) == paris(2026, 12, 1, 21, 0));
    assert_true(work_time_at(of(DAVID), 20261202, 1440) == paris(2026, 12, 2, 21, 0));
    staff[ANNA - 1].timezone = "America/Martinique";
    assert_true(work_time_next_open(of(ANNA), paris(2026, 12, 1, 0, 0)) ==
                paris(2026, 12, 1, 14, 0));
}

static void the_night_of_summer_time_is_an_hour_shorter_and_that_of_winter_longer(void **state)
{
    (void)state; /* 2027-03-28, and 2026-10-25 */
    staff[ANNA - 1].hours = "00:00-24:00";
    assert_true(work_time_add(of(ANNA), paris(2027, 3, 28, 1, 30), HOUR) ==
                paris(2027, 3, 28, 3, 30));
    assert_true(work_time_add(of(ANNA), paris(2026, 10, 25, 1, 30), 2 * HOUR) ==
                paris(2026, 10, 25, 2, 30) + HOUR);
    staff[ANNA - 1].hours = "sun 02:15-02:45"; /* it does not come, and it comes twice */
    assert_true(work_time_next_open(of(ANNA), paris(2027, 3, 28, 0, 0)) ==
                paris(2027, 4, 4, 2, 15));
    assert_true(work_time_add(of(ANNA), paris(2026, 10, 25, 0, 0), 40 * MINUTE) ==
                paris(2026, 10, 25, 2, 25) + HOUR);
    staff[ANNA - 1].hours = ""; /* over that night and Easter Monday */
    assert_true(work_time_add(of(ANNA), paris(2027, 3, 26, 17, 0), 2 * HOUR) ==
                paris(2027, 3, 30, 10, 0));
}

static void a_team_works_whoever_is_away(void **state)
{
    struct work_time w;

    (void)state;
    away(ANNA, 20261127, 20261130, BRUNO);
    assert_int_equal(work_time_of_team(&book, 1, &zones, &holidays, &w), RC_OK);
    assert_true(work_time_is_open(&w, paris(2026, 11, 27, 10, 0)));
    assert_int_equal(work_time_of_team(&book, 77, &zones, &holidays, &w), RC_NOTFOUND);
    assert_int_equal(work_time_of_staff(&book, 77, &zones, &holidays, &w), RC_NOTFOUND);
}

/* By a second reckoning, minute for minute. */
static void what_is_added_is_what_was_open(void **state)
{
    (void)state;
    away(ANNA, 20261020, 20261027, BRUNO); /* over the change of the clocks */
    away(ANNA, 20261102, 20261102, BRUNO);
    for (int minutes = 7; minutes < 4000; minutes += 311) {
        const utc_us from = paris(2026, 10, 16, 8, 0) + minutes % 97 * 13 * MINUTE;
        utc_us t = from;
        int left = minutes;

        for (; left; t += MINUTE)
            left -= work_time_is_open(of(ANNA), t);
        assert_true(work_time_add(of(ANNA), from, minutes * MINUTE) == t);
    }
}

static int open_zones(void **state)
{
    (void)state;
    return zone_shelf_open(&zones, "Europe/Paris", NULL);
}

static int close_zones(void **state)
{
    (void)state;
    zone_shelf_close(&zones);
    return 0;
}

#define IN_A_HOUSE(test) cmocka_unit_test_setup(test, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_HOUSE(a_day_goes_to_text_and_back),
        IN_A_HOUSE(days_are_counted_over_the_ends_of_months_and_years),
        IN_A_HOUSE(above_somebody_are_the_manager_and_the_managers_manager),
        IN_A_HOUSE(a_loop_of_managers_is_refused_by_the_names_in_it),
        IN_A_HOUSE(a_chain_of_managers_has_an_end),
        IN_A_HOUSE(a_loop_made_by_hand_does_not_hang_who_reads_it),
        IN_A_HOUSE(who_is_there_does_the_own_work),
        IN_A_HOUSE(the_deputy_of_a_deputy_stands_in),
        IN_A_HOUSE(nobody_stands_in_when_nobody_was_named_or_the_deputy_has_left),
        IN_A_HOUSE(an_absence_that_makes_no_sense_is_refused),
        IN_A_HOUSE(two_deputies_for_each_other_are_refused_on_the_days_they_are_both_away),
        IN_A_HOUSE(deputies_for_each_other_by_way_of_others_are_refused),
        IN_A_HOUSE(work_is_counted_over_lunch_and_the_weekend),
        IN_A_HOUSE(a_holiday_is_no_working_day),
        IN_A_HOUSE(the_holiday_of_a_department_is_one_there_alone),
        IN_A_HOUSE(days_away_are_cut_out_of_working_time),
        IN_A_HOUSE(an_absence_begins_within_the_time_that_is_counted),
        IN_A_HOUSE(who_has_left_works_no_more),
        IN_A_HOUSE(the_clock_is_that_of_where_the_person_works),
        IN_A_HOUSE(the_night_of_summer_time_is_an_hour_shorter_and_that_of_winter_longer),
        IN_A_HOUSE(a_team_works_whoever_is_away),
        IN_A_HOUSE(what_is_added_is_what_was_open),
    };

    return cmocka_run_group_tests(tests, open_zones, close_zones);
}
