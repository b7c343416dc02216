/* test_staff_right.c - who may do what, to whose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/staff_right.h"

#define TODAY 20261126

enum { ANNA = 1, BRUNO, CARLA, DAVID, EVA, FRED, GUS };
enum { NORD = 1, SUD, WEST };

/* Anna and Bruno work for Carla in the north, David for Fred in the south; Fred for Carla, too, and
 * she for Eva, the director. Gus manages the west, and nobody him. */
static struct staff_member staff[] = {
    { .id = ANNA, .login = "anna", .team_id = NORD, .manager_id = CARLA },
    { .id = BRUNO, .login = "bruno", .team_id = NORD, .manager_id = CARLA },
    { .id = CARLA, .login = "carla", .team_id = NORD, .manager_id = EVA, .role = STAFF_MANAGER },
    { .id = DAVID, .login = "david", .team_id = SUD, .manager_id = FRED },
    { .id = EVA, .login = "eva", .team_id = NORD, .role = STAFF_DIRECTOR },
    { .id = FRED, .login = "fred", .team_id = SUD, .manager_id = CARLA, .role = STAFF_MANAGER },
    { .id = GUS, .login = "gus", .team_id = WEST, .role = STAFF_MANAGER },
};
static struct staff_absence absences[] = {
    { .id = 1, .staff_id = ANNA, .deputy_id = BRUNO, .from_day = TODAY, .to_day = TODAY }
};
static struct staff_book book = { .staff = staff,
                                  .n_staff = sizeof(staff) / sizeof(staff[0]),
                                  .absences = absences,
                                  .n_absences = 1 };

/* Of each deed, in the order of the enum, whether it may be done. */
static const struct row {
    const char *says;
    unsigned who;
    struct staff_subject subject;
    const char *may; /* does, corrects, ends, plans */
} rows[] = {
    { "her own", ANNA, { .staff_id = ANNA, .team_id = NORD }, "dc-p" },
    { "whom he stands in for", BRUNO, { .staff_id = ANNA, .team_id = NORD }, "d---" },
    { "a colleague's", ANNA, { .staff_id = BRUNO, .team_id = NORD }, "----" },
    { "a colleague's, told", ANNA, { .staff_id = BRUNO, .team_id = NORD, .told = true }, "d---" },
    { "her result", ANNA, { .staff_id = BRUNO, .team_id = NORD, .done_by = "anna" }, "-c--" },
    { "another's result", ANNA, { .staff_id = BRUNO, .team_id = NORD, .done_by = "eva" }, "----" },
    { "nobody's of the team, an employee", ANNA, { .team_id = NORD }, "----" },
    { "nobody's of the team, its manager", CARLA, { .team_id = NORD }, "dcep" },
    { "one of her people's", CARLA, { .staff_id = ANNA, .team_id = NORD }, "dcep" },
    { "two steps below", CARLA, { .staff_id = DAVID, .team_id = SUD }, "dcep" },
    { "a team whose manager is below", CARLA, { .team_id = SUD }, "dcep" },
    { "a team above", FRED, { .team_id = NORD }, "----" },
    { "another team's", FRED, { .staff_id = ANNA, .team_id = NORD }, "----" },
    { "a manager's own", CARLA, { .staff_id = CARLA, .team_id = NORD }, "dc-p" },
    { "his own, nobody above", GUS, { .staff_id = GUS, .team_id = WEST }, "dcep" },
    { "the director's own", EVA, { .staff_id = EVA, .team_id = NORD }, "dcep" },
    { "the director, anybody's", EVA, { .staff_id = GUS, .team_id = WEST }, "dcep" },
    { "an alert, a manager", GUS, { .staff_id = 0 }, "dcep" },
    { "an alert, an employee", ANNA, { .staff_id = 0 }, "----" },
    { "an alert that he was told of", DAVID, { .told = true }, "d---" },
};

static void each_may_what_the_table_says(void **state)
{
    static const char letters[] = "dcep";

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct staff_member *me = staff_book_member(&book, rows[i].who);
        char got[] = "----";

        for (int deed = STAFF_DOES; deed <= STAFF_PLANS; deed++) {
            if (staff_may(&book, me, (enum staff_deed)deed, &rows[i].subject, TODAY))
                got[deed] = letters[deed];
        }
        if (strcmp(got, rows[i].may) != 0)
            fail_msg("%s: expected %s, got %s", rows[i].says, rows[i].may, got);
    }
}

static void who_stood_in_yesterday_may_nothing_today(void **state)
{
    const struct staff_subject annas = { .staff_id = ANNA, .team_id = NORD };

    (void)state;
    assert_false(staff_may(&book, &staff[BRUNO - 1], STAFF_DOES, &annas, TODAY + 1));
}

static void who_left_may_nothing(void **state)
{
    const struct staff_subject annas = { .staff_id = ANNA, .team_id = NORD };

    (void)state;
    staff[EVA - 1].left_on = TODAY;
    for (int deed = STAFF_DOES; deed <= STAFF_PLANS; deed++)
        assert_false(staff_may(&book, &staff[EVA - 1], (enum staff_deed)deed, &annas, TODAY));
    staff[EVA - 1].left_on = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_may_what_the_table_says),
        cmocka_unit_test(who_stood_in_yesterday_may_nothing_today),
        cmocka_unit_test(who_left_may_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
