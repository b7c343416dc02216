/*
 * test_merge_faults.c - a merge, and its undoing, with the end of the process before or after its
 * Nth statement, for every N: either all of it is done or nothing.
 *
 * What is to end runs in a child (tests/support/mortal.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "store/customer_merge.h"
#include "store/db.h"
#include "tests/support/crowd.h"
#include "tests/support/mortal.h"
#include "tests/support/testdb.h"
#include "tests/support/twins.h"

static enum rc run(struct db *db, bool undo)
{
    struct error err = { "" };
    uint64_t keep;

    return undo ? customer_unmerge(db, 2, "anna", &keep, &err)
                : customer_merge(db, 1, 2, "anna", &err);
}

struct merging {
    bool undo;
};

static int merge_in_child(void *arg)
{
    const struct merging *m = arg;
    struct db *db = testdb_open_lane(7);

    return run(db, m->undo) ? 1 : 0;
}

/* True: it came to its end. */
static bool run_until(bool undo, unsigned nth, bool after)
{
    struct merging m = { .undo = undo };

    return mortal_run(nth, after, merge_in_child, &m);
}

static void settle(struct db *db)
{
    struct merge_done done;

    do
        assert_int_equal(customer_merge_step(db, clock_now(), &done), RC_OK);
    while (done.customer_id);
}

static void set(struct db *db, bool merged)
{
    const bool is = crowd_count("SELECT COUNT(*) FROM customer") == 1;

    settle(db);
    if (is != merged)
        assert_int_equal(run(db, is), RC_OK);
    settle(db);
}

static void all_or_nothing(bool undo)
{
    struct db *db = testdb_open();
    uint64_t apart, together;
    unsigned n = 0, whole = 0;
    bool ended = false;

    crowd_codes();
    testdb_sql("INSERT INTO id_block VALUES ('customer', 100000), ('consent_event', 100000)");
    twins_add();
    testdb_sql("UPDATE consent_current SET state = 'withdrawn' WHERE customer_id = 2");
    crowd_settle();
    /* Once for nothing: a refusal that was taken over stays, and then all is always the same. */
    set(db, true);
    together = twins_everything();
    set(db, false);
    apart = twins_everything();
    assert_int_not_equal(apart, together);
    for (n = 1; !ended; n++) {
        for (int after = 0; after < 2; after++) {
            uint64_t now;

            set(db, undo);
            ended = run_until(undo, n, after);
            now = twins_everything();
            if (now != apart && now != together)
                fail_msg("half of it was done, up to %s statement %u", after ? "behind" : "before",
                         n);
            whole += (now == together) != undo;
        }
        assert_true(n < 500);
    }
    /* It was long enough to mean something, and COMMIT came before its last answers. */
    assert_true(n > 20);
    assert_true(whole > 2);
    db_close(db);
}

static void a_merge_is_done_whole_or_not_at_all(void **state)
{
    (void)state;
    testdb_reset();
    all_or_nothing(false);
}

static void an_undoing_is_done_whole_or_not_at_all(void **state)
{
    (void)state;
    testdb_reset();
    all_or_nothing(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_merge_is_done_whole_or_not_at_all),
        cmocka_unit_test(an_undoing_is_done_whole_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
