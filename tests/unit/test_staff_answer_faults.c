/*
 * test_staff_answer_faults.c - an answer of somebody of the house, with the end of the process
 * after its Nth statement, for every N, and by two nodes at once: it is done, confirmed, and both
 * once.
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

#include "base/arena.h"
#include "store/staff_answer.h"
#include "store/staff_reply.h"
#include "tests/support/contact_rig.h"
#include "tests/support/testdb.h"

#define DIED           9
#define STATEMENTS_MAX 300

static unsigned dies_after, count; /* dies_after 0: it does not */

int __real_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len);
int __real_mysql_stmt_execute(MYSQL_STMT *stmt);
int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len);
int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt);

static int counted(int result)
{
    if (++count == dies_after)
        _exit(DIED);
    return result;
}

int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len)
{
    return counted(__real_mysql_real_query(mysql, sql, len));
}

int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt)
{
    return counted(__real_mysql_stmt_execute(stmt));
}

static const struct staff_reply_rules rules = { .timezone = "Europe/Paris",
                                                .sender = "38012",
                                                .expires_s = 86400 };

static bool next(struct db *db)
{
    struct staff_reply_done done;
    struct arena arena;

    arena_init(&arena);
    assert_int_equal(staff_reply_next(db, &rules, clock_now(), &arena, &done), RC_OK);
    arena_close(&arena);
    return done.answer_id != 0;
}

/* Anna has a contact, and has written that she will call back. */
static void write_answer(void)
{
    static const char *const tables[] = { "staff_answer", "contact_task", "contact_result",
                                          "matter",       "matter_event", "message",
                                          "outbox_slice", "audit_entry" };
    char sql[300];

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        snprintf(sql, sizeof(sql), "DELETE FROM %s", tables[i]);
        testdb_sql(sql);
    }
    snprintf(sql, sizeof(sql),
             "INSERT INTO staff_answer (id, at, channel, staff_id, from_address, to_address, text,"
             " next_at) VALUES (1, '2026-11-20 11:00:00', 'sms', 1, '+33611111111', '38012',"
             " 'RAPPEL %llu lundi 14h', '2026-11-20 11:00:00')",
             (unsigned long long)contact_add(2, CONTACT_OF_MANAGER, DAY));
    testdb_sql(sql);
}

static void assert_done_once(void)
{
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task"), 2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE state = 'done'"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM message WHERE legal_basis = 'staff'"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM outbox_slice"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM staff_answer WHERE outcome = 'done'"
                                    " AND next_at IS NULL"),
                     1);
}

/* In a child. True: it came to its end. */
static bool work_until(unsigned nth)
{
    int status;
    const pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct db *db = testdb_open_lane(7);

        dies_after = nth;
        count = 0;
        next(db);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == DIED);
    return WEXITSTATUS(status) == 0;
}

static void an_answer_is_done_once_wherever_the_process_ends(void **state)
{
    unsigned nth = 1;

    (void)state;
    for (bool ended = false; !ended; nth++) {
        write_answer();
        ended = work_until(nth);
        while (next(rig_db))
            ;
        assert_done_once();
        assert_true(nth < STATEMENTS_MAX);
    }
    assert_true(nth > 20); /* there was something to end in between */
}

static void two_nodes_do_an_answer_once(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        pid_t children[2];

        write_answer();
        for (unsigned n = 0; n < 2; n++) {
            children[n] = fork();
            assert_true(children[n] >= 0);
            if (children[n] == 0) {
                next(testdb_open_lane(7 + n));
                _exit(0);
            }
        }
        for (unsigned n = 0; n < 2; n++) {
            int status;

            assert_int_equal(waitpid(children[n], &status, 0), children[n]);
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        }
        while (next(rig_db))
            ;
        assert_done_once();
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, contact_set_up, contact_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_answer_is_done_once_wherever_the_process_ends),
        CASE(two_nodes_do_an_answer_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
