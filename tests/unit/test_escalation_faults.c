/*
 * test_escalation_faults.c - a run of reminders with the end of the process after its Nth
 * statement, for every N: what was done is done, the rest is done by the next run, and nobody is
 * told a thing twice.
 */
#include "tests/support/escalation_rig.h"

#include <stdlib.h>

#include "store/db.h"
#include "tests/support/mortal.h"
#include "tests/support/testdb.h"

/* Everything that is due, by a connection of the child's own. */
static int tell_all(void *arg)
{
    struct db *db = testdb_open_lane(7);
    struct escalation_done done;
    struct escalation_run *run;
    enum rc rc;

    (void)arg;
    do {
        rc = escalation_run_begin(db, &rig_settings, clock_now(), &run);
        for (bool more = run; !rc && more;)
            rc = escalation_run_page(db, run, &done, &more);
        escalation_run_free(run);
    } while (!rc && run);
    db_close(db);
    return rc ? 1 : 0;
}

static void scene(uint64_t first)
{
    rig_contacts(first, 3, ANNA, clock_now());
    rig_contacts(first + 10, 2, BRUNO, clock_now());
    assert_int_equal(matter_acknowledge(rig_db, MATTER_TASK, first, ANNA, "anna"), RC_OK);
}

/* Four contacts are open: two of Anna's in an SMS and a mail, two of Bruno's in an SMS. */
static void expect_told_once(size_t scenes)
{
    rig_tick();
    assert_int_equal(COUNT("matter_step"), 4 * scenes);
    assert_int_equal(COUNT("notice"), 3 * scenes);
    assert_int_equal(COUNT("notice_matter"), 6 * scenes);
    assert_int_equal(COUNT("message"), 2 * scenes);
    assert_int_equal(COUNT("outbox_slice"), 2 * scenes);
    assert_int_equal(COUNT("mail_out"), scenes);
    assert_int_equal(COUNT("matter WHERE state = 'open'"), 0);
}

static void whenever_the_process_ends_everybody_is_told_once(void **state)
{
    bool whole = false;
    size_t scenes = 0;

    (void)state;
    rig_policy("after 0m employee by both");
    rig_clock(rig_at(6, 10, 0));
    /* Dying before a statement is dying after the one before it. */
    for (unsigned nth = 1; !whole; nth++) {
        scene(1000 + 100 * scenes++);
        whole = mortal_run(nth, true, tell_all, NULL);
        expect_told_once(scenes);
    }
    assert_in_range(scenes, 20, 100); /* there were that many moments to die at */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whenever_the_process_ends_everybody_is_told_once,
                                        rig_set_up, rig_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
