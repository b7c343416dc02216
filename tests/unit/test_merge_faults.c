/*
 * test_merge_faults.c - a merge, and its undoing, with the end of the process before or after its
 * Nth statement, for every N: either all of it is done or nothing.
 *
 * The faults come by the linker (-Wl,--wrap), as in test_store_faults.c; what is to end runs in a
 * child.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/customer_merge.h"
#include "store/db.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"
#include "tests/support/twins.h"

#define DIED 9

static struct {
    unsigned at, count; /* at 0: none */
    bool after;
} plan;

int __real_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len);
int __real_mysql_stmt_execute(MYSQL_STMT *stmt);
int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len);
int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt);

static bool dies(bool after)
{
    return plan.count == plan.at && plan.after == after;
}

int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len)
{
    int result;

    plan.count++;
    if (dies(false))
        _exit(DIED);
    result = __real_mysql_real_query(mysql, sql, len);
    if (dies(true))
        _exit(DIED);
    return result;
}

int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt)
{
    int result;

    plan.count++;
    if (dies(false))
        _exit(DIED);
    result = __real_mysql_stmt_execute(stmt);
    if (dies(true))
        _exit(DIED);
    return result;
}

static enum rc run(struct db *db, bool undo)
{
    struct error err = { "" };
    uint64_t keep;

    return undo ? customer_unmerge(db, 2, "anna", &keep, &err)
                : customer_merge(db, 1, 2, "anna", &err);
}

/* In a child. True: it came to its end. */
static bool run_until(bool undo, unsigned nth, bool after)
{
    int status;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct db *db = testdb_open_lane(7);

        plan.at = nth;
        plan.after = after;
        plan.count = 0;
        _exit(run(db, undo) ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == DIED);
    return WEXITSTATUS(status) == 0;
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
