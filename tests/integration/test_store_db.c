/* test_store_db.c - the database connection against a real server: values, bulk, transactions,
 * losses. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/db.h"
#include "tests/support/testdb.h"

static struct db *db, *other;

static int setup(void **state)
{
    (void)state;
    testdb_sql("CREATE OR REPLACE TABLE t ("
               " id BIGINT UNSIGNED NOT NULL PRIMARY KEY,"
               " n BIGINT NULL,"
               " s VARCHAR(200) NULL,"
               " b LONGBLOB NULL,"
               " at DATETIME(6) NULL)");
    db = testdb_open();
    other = testdb_open_lane(1);
    return db && other ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    db_close(db);
    db_close(other);
    return 0;
}

static const char SQL_INSERT[] = "INSERT INTO t (id, n, s, b, at) VALUES (?, ?, ?, ?, ?)";
static const char SQL_ONE[] = "SELECT id, n, s, b, at FROM t WHERE id = ?";
static const char SQL_COUNT[] = "SELECT COUNT(*) FROM t";
static const char SQL_SET[] = "UPDATE t SET n = ? WHERE id = ?";

static void insert(uint64_t id)
{
    assert_int_equal(
        db_run(db, SQL_INSERT, DB_IN(db_u64(id), db_i64(0), db_null(), db_null(), db_null()), NULL),
        RC_OK);
}

static uint64_t count(void)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(other, SQL_COUNT, DB_NO_INPUT, &n), RC_OK);
    return n;
}

static uint64_t connection_id(struct db *of)
{
    uint64_t id = 0;

    assert_int_equal(db_query_u64(of, "SELECT CONNECTION_ID()", DB_NO_INPUT, &id), RC_OK);
    return id;
}

/* Ends a connection as an administrator would. */
static void cut(struct db *by, uint64_t id)
{
    assert_int_equal(db_run(by, "KILL CONNECTION ?", DB_IN(db_u64(id)), NULL), RC_OK);
}

/* --- values --- */

static void check_row(uint64_t id, int64_t n, const char *s, const void *b, size_t len, utc_us at)
{
    struct db_rows *rows;
    const void *bytes;
    size_t got;

    assert_int_equal(db_query(db, SQL_ONE, DB_IN(db_u64(id)), &rows), RC_OK);
    assert_true(db_next(rows));
    assert_true(db_get_u64(rows, 0) == id);
    assert_true(db_get_i64(rows, 1) == n);
    assert_string_equal(db_get_text(rows, 2), s);
    bytes = db_get_bytes(rows, 3, &got);
    assert_int_equal(got, len);
    assert_memory_equal(bytes, b, len);
    assert_true(db_get_time(rows, 4) == at);
    assert_false(db_next(rows));
    assert_int_equal(db_rows_end(rows), RC_OK);
}

static void values_come_back_as_they_went(void **state)
{
    static const char text[] = "Z\xc3\xbcrich \xf0\x9f\x9a\x9a '\"\\;";
    static const char bytes[] = "\0\xff'\n\0";
    const utc_us at = INT64_C(1795478400123457);

    (void)state;
    assert_int_equal(db_run(db, SQL_INSERT,
                            DB_IN(db_u64(UINT64_MAX), db_i64(INT64_MIN), db_text(text),
                                  db_bytes(bytes, sizeof(bytes)), db_time(at)),
                            NULL),
                     RC_OK);
    check_row(UINT64_MAX, INT64_MIN, text, bytes, sizeof(bytes), at);
}

static void null_and_empty_are_two_things(void **state)
{
    struct db_rows *rows;

    (void)state;
    assert_int_equal(db_run(db, SQL_INSERT,
                            DB_IN(db_u64(1), db_null(), db_text(NULL), db_bytes("", 0), db_time(0)),
                            NULL),
                     RC_OK);
    assert_int_equal(db_query(db, SQL_ONE, DB_IN(db_u64(1)), &rows), RC_OK);
    assert_true(db_next(rows));
    assert_true(db_is_null(rows, 1));
    assert_true(db_is_null(rows, 2));
    assert_false(db_is_null(rows, 3));
    assert_true(db_is_null(rows, 4));
    assert_string_equal(db_get_text(rows, 2), "");
    assert_true(db_get_time(rows, 4) == 0);
    assert_true(db_is_null(rows, 99)); /* no such column */
    assert_int_equal(db_rows_end(rows), RC_OK);
}

static void a_long_value_is_not_cut(void **state)
{
    const size_t len = 3000000;
    char *large = malloc(len);

    (void)state;
    memset(large, 'x', len);
    assert_int_equal(
        db_run(db, SQL_INSERT,
               DB_IN(db_u64(1), db_i64(1), db_text(""), db_bytes("short", 5), db_null()), NULL),
        RC_OK);
    assert_int_equal(
        db_run(db, SQL_INSERT,
               DB_IN(db_u64(2), db_i64(1), db_text(""), db_bytes(large, len), db_null()), NULL),
        RC_OK);
    check_row(1, 1, "", "short", 5, 0);
    check_row(2, 1, "", large, len, 0);
    check_row(1, 1, "", "short", 5, 0);
    free(large);
}

static void a_sum_reads_as_a_number(void **state)
{
    uint64_t sum = 0;

    (void)state;
    for (uint64_t id = 1; id <= 3; id++)
        assert_int_equal(
            db_run(db, SQL_INSERT,
                   DB_IN(db_u64(id), db_i64((int64_t)id * 100), db_null(), db_null(), db_null()),
                   NULL),
            RC_OK);
    assert_int_equal(db_query_u64(db, "SELECT SUM(n) FROM t", DB_NO_INPUT, &sum), RC_OK);
    assert_true(sum == 600);
}

static void no_row_is_not_found(void **state)
{
    uint64_t n = 7;

    (void)state;
    assert_int_equal(db_query_u64(db, "SELECT id FROM t WHERE id = ?", DB_IN(db_u64(1)), &n),
                     RC_NOTFOUND);
    assert_true(n == 7);
}

static void the_session_is_utc_and_strict(void **state)
{
    struct db_rows *rows;

    (void)state;
    assert_int_equal(db_query(db,
                              "SELECT @@time_zone, @@character_set_client, @@tx_isolation,"
                              " @@sql_mode LIKE '%STRICT_ALL_TABLES%'",
                              DB_NO_INPUT, &rows),
                     RC_OK);
    assert_true(db_next(rows));
    assert_string_equal(db_get_text(rows, 0), "+00:00");
    assert_string_equal(db_get_text(rows, 1), "utf8mb4");
    assert_string_equal(db_get_text(rows, 2), "READ-COMMITTED");
    assert_int_equal(db_get_i64(rows, 3), 1);
    assert_int_equal(db_rows_end(rows), RC_OK);
}

/* --- statements --- */

static void a_key_that_is_there_is_a_conflict(void **state)
{
    (void)state;
    insert(1);
    assert_int_equal(
        db_run(db, SQL_INSERT, DB_IN(db_u64(1), db_null(), db_null(), db_null(), db_null()), NULL),
        RC_CONFLICT);
}

static void an_update_counts_the_rows_it_matched(void **state)
{
    uint64_t changed = 9;

    (void)state;
    insert(1);
    assert_int_equal(db_run(db, SQL_SET, DB_IN(db_i64(0), db_u64(1)), &changed), RC_OK);
    assert_true(changed == 1); /* though n was 0 before */
    assert_int_equal(db_run(db, SQL_SET, DB_IN(db_i64(0), db_u64(2)), &changed), RC_OK);
    assert_true(changed == 0);
}

static void a_wrong_statement_fails_and_the_next_one_works(void **state)
{
    uint64_t n;

    (void)state;
    assert_int_equal(db_run(db, "UPDATE no_such_table SET a = 1", DB_NO_INPUT, NULL), RC_FAIL);
    assert_int_equal(db_run(db, SQL_SET, DB_IN(db_i64(0)), NULL), RC_FAIL); /* one is missing */
    assert_int_equal(db_run(db, "UPDATE t SET s = ? WHERE id = 1", DB_IN(db_text("x")), NULL),
                     RC_OK);
    assert_int_equal(db_query_u64(db, "DELETE FROM t", DB_NO_INPUT, &n), RC_FAIL); /* no rows */
}

static void a_query_may_be_asked_while_another_is_read(void **state)
{
    struct db_rows *outer, *inner;
    unsigned pairs = 0;

    (void)state;
    for (uint64_t id = 1; id <= 3; id++)
        insert(id);
    assert_int_equal(db_query(db, "SELECT id FROM t", DB_NO_INPUT, &outer), RC_OK);
    while (db_next(outer)) {
        assert_int_equal(db_query(db, SQL_ONE, DB_IN(db_u64(db_get_u64(outer, 0))), &inner), RC_OK);
        assert_true(db_next(inner));
        assert_true(db_get_u64(inner, 0) == db_get_u64(outer, 0));
        check_row(db_get_u64(outer, 0), 0, "", "", 0, 0); /* the same statement once more */
        assert_int_equal(db_rows_end(inner), RC_OK);
        pairs++;
    }
    assert_int_equal(db_rows_end(outer), RC_OK);
    assert_int_equal(pairs, 3);
}

static void more_statements_than_are_kept_still_work(void **state)
{
    static char sql[600][64];
    uint64_t n;

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 600; i++) {
            snprintf(sql[i], sizeof(sql[i]), "SELECT %u + ?", i);
            assert_int_equal(db_query_u64(db, sql[i], DB_IN(db_u64(1)), &n), RC_OK);
            assert_true(n == i + 1);
        }
    }
}

static void another_text_at_the_same_address_is_another_statement(void **state)
{
    char sql[64] = "SELECT 1";
    uint64_t n;

    (void)state;
    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    assert_true(n == 1);
    strcpy(sql, "SELECT 2");
    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    assert_true(n == 2);
}

static void a_query_asked_once_leaves_nothing_behind(void **state)
{
    struct db_rows *rows;
    uint64_t open = 0;
    static const char SQL_OPEN[] = "SELECT variable_value FROM information_schema.global_status"
                                   " WHERE variable_name = 'PREPARED_STMT_COUNT'";
    uint64_t before = 0;

    (void)state;
    assert_int_equal(db_query_u64(other, SQL_OPEN, DB_NO_INPUT, &before), RC_OK);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(db_query_once(db, "SELECT ?", DB_IN(db_u64(4)), &rows), RC_OK);
        assert_true(db_next(rows));
        assert_true(db_get_u64(rows, 0) == 4);
        assert_int_equal(db_rows_end(rows), RC_OK);
    }
    connection_id(db); /* the closing has no answer of its own: wait for it */
    assert_int_equal(db_query_u64(other, SQL_OPEN, DB_NO_INPUT, &open), RC_OK);
    assert_true(open <= before + 1); /* connection_id()'s */
}

/* --- bulk --- */

static struct db_bulk *thousand_rows(void)
{
    struct db_bulk *bulk = db_bulk_new(5);
    char text[32];

    for (uint64_t id = 1; id <= 1000; id++) {
        const bool none = id % 3 == 1; /* the first row has no value anywhere */
        snprintf(text, sizeof(text), "row %llu", (unsigned long long)id);
        assert_int_equal(db_bulk_add(bulk,
                                     (const struct db_value[]){
                                         db_u64(id),
                                         none ? db_null() : db_i64(-(int64_t)id),
                                         none ? db_null() : db_text(id % 3 == 2 ? "" : text),
                                         db_null(),
                                         none ? db_null() : db_time((utc_us)id * USEC_PER_SEC + 1),
                                     }),
                         RC_OK);
    }
    assert_int_equal(db_bulk_rows(bulk), 1000);
    return bulk;
}

static void a_thousand_rows_go_at_once_with_their_nulls(void **state)
{
    struct db_bulk *bulk = thousand_rows();
    struct db_rows *rows;
    uint64_t changed = 0, seen = 0;
    char text[32];

    (void)state;
    assert_int_equal(db_bulk_run(db, SQL_INSERT, bulk, &changed), RC_OK);
    assert_true(changed == 1000);
    db_bulk_free(bulk);
    assert_int_equal(db_query(db, "SELECT id, n, s, b, at FROM t ORDER BY id", DB_NO_INPUT, &rows),
                     RC_OK);
    while (db_next(rows)) {
        const uint64_t id = ++seen;
        const bool none = id % 3 == 1;
        assert_true(db_get_u64(rows, 0) == id);
        assert_true(db_is_null(rows, 1) == none && db_is_null(rows, 2) == none);
        assert_true(db_is_null(rows, 3) && db_is_null(rows, 4) == none);
        if (none)
            continue;
        snprintf(text, sizeof(text), "row %llu", (unsigned long long)id);
        assert_true(db_get_i64(rows, 1) == -(int64_t)id);
        assert_string_equal(db_get_text(rows, 2), id % 3 == 2 ? "" : text);
        assert_true(db_get_time(rows, 4) == (utc_us)id * USEC_PER_SEC + 1);
    }
    assert_int_equal(db_rows_end(rows), RC_OK);
    assert_true(seen == 1000);
    insert(5000); /* the same statement, one row again */
}

static void a_bulk_larger_than_a_packet_goes_in_several(void **state)
{
    struct db_bulk *bulk = db_bulk_new(5);
    const size_t len = 1000000;
    char *large = calloc(1, len);
    uint64_t changed = 0, sum = 0;

    (void)state;
    for (uint64_t id = 1; id <= 20; id++)
        assert_int_equal(
            db_bulk_add(bulk, (const struct db_value[]){ db_u64(id), db_null(), db_null(),
                                                         db_bytes(large, len), db_null() }),
            RC_OK);
    assert_int_equal(db_bulk_run(db, SQL_INSERT, bulk, &changed), RC_OK);
    assert_true(changed == 20);
    assert_int_equal(db_query_u64(db, "SELECT SUM(LENGTH(b)) FROM t", DB_NO_INPUT, &sum), RC_OK);
    assert_true(sum == 20 * len);
    db_bulk_free(bulk);
    free(large);
}

static void a_bulk_update_counts_what_it_matched(void **state)
{
    struct db_bulk *bulk = db_bulk_new(2);
    uint64_t changed = 0;

    (void)state;
    insert(1);
    insert(2);
    for (uint64_t id = 1; id <= 4; id++)
        assert_int_equal(
            db_bulk_add(bulk, (const struct db_value[]){ db_i64(id == 1 ? 0 : 5), db_u64(id) }),
            RC_OK);
    assert_int_equal(db_bulk_run(db, SQL_SET, bulk, &changed), RC_OK);
    assert_true(changed == 2); /* 1 (unchanged) and 2; 3 and 4 are not there */
    db_bulk_free(bulk);
}

static void a_bulk_of_nothing_is_no_statement(void **state)
{
    struct db_bulk *bulk = db_bulk_new(5);
    uint64_t changed = 3;

    (void)state;
    assert_int_equal(db_bulk_run(db, "no SQL at all", bulk, &changed), RC_OK);
    assert_true(changed == 0);
    db_bulk_free(bulk);
}

static void a_bulk_is_used_again_with_other_types(void **state)
{
    struct db_bulk *bulk = db_bulk_new(1);

    (void)state;
    assert_int_equal(db_bulk_add(bulk, (const struct db_value[]){ db_text("x") }), RC_OK);
    assert_int_equal(db_bulk_add(bulk, (const struct db_value[]){ db_u64(1) }), RC_FAIL);
    db_bulk_reset(bulk);
    assert_int_equal(db_bulk_rows(bulk), 0);
    assert_int_equal(db_bulk_add(bulk, (const struct db_value[]){ db_u64(17) }), RC_OK);
    assert_int_equal(db_bulk_run(db, "INSERT INTO t (id) VALUES (?)", bulk, NULL), RC_OK);
    assert_int_equal(db_bulk_run(db, "INSERT INTO t (id) VALUES (?)", bulk, NULL), RC_CONFLICT);
    db_bulk_free(bulk);
    assert_true(count() == 1);
}

/* --- transactions --- */

static enum rc insert_two(struct db *d, void *arg)
{
    const enum rc *end = arg;
    enum rc rc =
        db_run(d, SQL_INSERT, DB_IN(db_u64(1), db_null(), db_null(), db_null(), db_null()), NULL);

    if (!rc)
        rc = db_run(d, SQL_INSERT, DB_IN(db_u64(2), db_null(), db_null(), db_null(), db_null()),
                    NULL);
    return rc ? rc : *end;
}

static void a_transaction_is_all_or_nothing(void **state)
{
    enum rc good = RC_OK, bad = RC_NOTFOUND;

    (void)state;
    assert_int_equal(db_transaction(db, insert_two, &bad), RC_NOTFOUND);
    assert_true(count() == 0);
    assert_int_equal(db_transaction(db, insert_two, &good), RC_OK);
    assert_true(count() == 2);
    assert_int_equal(db_transaction(db, insert_two, &good), RC_CONFLICT);
}

static enum rc nested(struct db *d, void *arg)
{
    return db_transaction(d, insert_two, arg);
}

static void a_transaction_inside_another_is_refused(void **state)
{
    enum rc good = RC_OK;

    (void)state;
    assert_int_equal(db_transaction(db, nested, &good), RC_FAIL);
    assert_true(count() == 0);
}

struct crossing {
    struct db *db;
    pthread_barrier_t *both_hold_one;
    uint64_t first, second;
    int tries;
    enum rc rc;
};

static enum rc cross(struct db *d, void *arg)
{
    struct crossing *c = arg;
    enum rc rc = db_run(d, SQL_SET, DB_IN(db_i64(1), db_u64(c->first)), NULL);

    if (rc)
        return rc;
    if (c->tries++ == 0)
        pthread_barrier_wait(c->both_hold_one);
    return db_run(d, SQL_SET, DB_IN(db_i64(1), db_u64(c->second)), NULL);
}

static void *cross_main(void *arg)
{
    struct crossing *c = arg;

    c->rc = db_transaction(c->db, cross, c);
    return NULL;
}

static void a_deadlock_runs_the_transaction_again(void **state)
{
    pthread_barrier_t barrier;
    struct crossing a = { .db = db, .both_hold_one = &barrier, .first = 1, .second = 2 };
    struct crossing b = { .db = other, .both_hold_one = &barrier, .first = 2, .second = 1 };
    pthread_t thread;

    (void)state;
    insert(1);
    insert(2);
    pthread_barrier_init(&barrier, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, cross_main, &a), 0);
    cross_main(&b);
    pthread_join(thread, NULL);
    pthread_barrier_destroy(&barrier);
    assert_int_equal(a.rc, RC_OK);
    assert_int_equal(b.rc, RC_OK);
    assert_int_equal(a.tries + b.tries, 3); /* one of them twice */
}

static enum rc ignore_the_wait(struct db *d, void *arg)
{
    int *tries = arg;
    enum rc rc = db_run(d, SQL_SET, DB_IN(db_i64(2), db_u64(1)), NULL); /* is locked */

    assert_int_equal(rc, RC_AGAIN);
    rc = db_run(d, SQL_INSERT, DB_IN(db_u64(8), db_null(), db_null(), db_null(), db_null()), NULL);
    assert_int_equal(rc, RC_AGAIN); /* a doomed transaction takes nothing more */
    (*tries)++;
    return RC_OK;
}

static enum rc hold_and_let_wait(struct db *d, void *arg)
{
    struct db_settings impatient = *testdb_settings();
    struct db *waiting;
    int tries = 0;

    (void)arg;
    impatient.timeout_ms = 2000; /* a lock is waited for half as long */
    waiting = db_open(&impatient, 2);
    assert_int_equal(db_run(d, SQL_SET, DB_IN(db_i64(1), db_u64(1)), NULL), RC_OK);
    assert_int_equal(db_transaction(waiting, ignore_the_wait, &tries), RC_AGAIN);
    assert_true(tries >= 1);
    db_close(waiting);
    return RC_OK;
}

static void a_body_that_ignores_a_failure_commits_nothing(void **state)
{
    (void)state;
    insert(1);
    assert_int_equal(db_transaction(db, hold_and_let_wait, NULL), RC_OK);
    assert_true(count() == 1);
}

/* --- the connection is lost --- */

static enum rc lose_in_the_middle(struct db *d, void *arg)
{
    const uint64_t id = connection_id(d);

    (void)arg;
    assert_int_equal(
        db_run(d, SQL_INSERT, DB_IN(db_u64(1), db_null(), db_null(), db_null(), db_null()), NULL),
        RC_OK);
    cut(other, id);
    assert_int_equal(
        db_run(d, SQL_INSERT, DB_IN(db_u64(2), db_null(), db_null(), db_null(), db_null()), NULL),
        RC_AGAIN);
    assert_int_equal(
        db_run(d, SQL_INSERT, DB_IN(db_u64(3), db_null(), db_null(), db_null(), db_null()), NULL),
        RC_AGAIN);
    return RC_OK;
}

static void a_connection_lost_in_a_transaction_loses_it_whole(void **state)
{
    (void)state;
    assert_int_equal(db_transaction(db, lose_in_the_middle, NULL), RC_AGAIN);
    assert_true(count() == 0);
    insert(9); /* and it is back */
    assert_true(count() == 1);
}

static enum rc lose_before_commit(struct db *d, void *arg)
{
    (void)arg;
    cut(other, connection_id(d));
    return RC_OK;
}

static void a_commit_without_an_answer_is_unknown(void **state)
{
    (void)state;
    assert_int_equal(db_transaction(db, lose_before_commit, NULL), RC_UNKNOWN);
    insert(9);
}

static void a_connection_closed_while_idle_is_opened_again_unseen(void **state)
{
    const uint64_t id = connection_id(db);

    (void)state;
    cut(other, id);
    assert_int_equal(db_run(other, "DO SLEEP(0.05)", DB_NO_INPUT, NULL), RC_OK);
    insert(1);
    assert_true(connection_id(db) != id);
}

static void *cut_main(void *arg)
{
    const uint64_t *id = arg;
    uint64_t n = 0;

    for (int i = 0; i < 1000 && n == 0; i++)
        assert_int_equal(db_query_u64(other,
                                      "SELECT COUNT(*) FROM information_schema.processlist"
                                      " WHERE id = ? AND info LIKE '%SLEEP%'",
                                      DB_IN(db_u64(*id)), &n),
                         RC_OK);
    cut(other, *id);
    return NULL;
}

static void a_connection_lost_under_a_query_says_again(void **state)
{
    uint64_t id = connection_id(db), n = 0;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, cut_main, &id), 0);
    assert_int_equal(db_query_u64(db, "SELECT SLEEP(20)", DB_NO_INPUT, &n), RC_AGAIN);
    pthread_join(thread, NULL);
    insert(1);
}

static void a_write_without_an_answer_is_unknown(void **state)
{
    struct db_settings impatient = *testdb_settings();
    struct db *d;

    (void)state;
    impatient.timeout_ms = 1000;
    d = db_open(&impatient, 2);
    assert_int_equal(db_run(d, "INSERT INTO t (id, n) SELECT 1, SLEEP(2)", DB_NO_INPUT, NULL),
                     RC_UNKNOWN);
    assert_true(connection_id(d) != 0);
    db_close(d);
}

static void rows_being_read_end_when_the_connection_is_lost(void **state)
{
    struct db_rows *rows;

    (void)state;
    for (uint64_t id = 1; id <= 3; id++)
        insert(id);
    assert_int_equal(db_query(db, "SELECT id FROM t", DB_NO_INPUT, &rows), RC_OK);
    assert_true(db_next(rows));
    cut(other, connection_id(db));
    assert_int_equal(db_run(other, "DO SLEEP(0.05)", DB_NO_INPUT, NULL), RC_OK);
    connection_id(db); /* on a new connection */
    assert_false(db_next(rows));
    assert_int_equal(db_rows_end(rows), RC_AGAIN);
}

static void a_database_that_is_away_is_not_waited_for(void **state)
{
    struct db_settings nowhere = *testdb_settings();
    const int64_t began = clock_monotonic_us();
    struct db *d;
    uint64_t n = 0;

    (void)state;
    nowhere.socket = "/nonexistent/mariadbd.sock";
    d = db_open(&nowhere, 2);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(db_query_u64(d, SQL_COUNT, DB_NO_INPUT, &n), RC_AGAIN);
    assert_int_equal(db_transaction(d, lose_before_commit, NULL), RC_AGAIN);
    assert_true(clock_monotonic_us() - began < USEC_PER_SEC);
    db_close(d);
}

/* --- ids --- */

#define TAKERS 4
#define TAKES  100

static void *take_main(void *arg)
{
    uint64_t *firsts = arg;
    struct db *d = testdb_open_lane(3);

    for (int i = 0; i < TAKES; i++)
        assert_int_equal(db_new_ids(d, "thing", 7, &firsts[i]), RC_OK);
    db_close(d);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void ids_taken_by_several_never_meet(void **state)
{
    static uint64_t firsts[TAKERS * TAKES];
    pthread_t threads[TAKERS];

    (void)state;
    testdb_reset();
    for (int i = 0; i < TAKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_main, firsts + i * TAKES), 0);
    for (int i = 0; i < TAKERS; i++)
        pthread_join(threads[i], NULL);
    qsort(firsts, TAKERS * TAKES, sizeof(firsts[0]), by_size);
    for (uint64_t i = 0; i < TAKERS * TAKES; i++)
        assert_true(firsts[i] == 1 + 7 * i); /* and none is lost */
}

static void timed_ids_are_never_behind_the_clock(void **state)
{
    const uint64_t epoch = 1704067200;
    uint64_t first, then, seconds = (uint64_t)(clock_now() / USEC_PER_SEC) - epoch;

    (void)state;
    testdb_reset();
    assert_int_equal(db_new_timed_ids(db, "message", 1000, &first), RC_OK);
    assert_true(first >> 20 >= seconds && first >> 20 <= seconds + 60);
    assert_int_equal(db_new_timed_ids(db, "message", 1, &then), RC_OK);
    assert_true(then >= first + 1000);
    clock_shift(-86400 * USEC_PER_SEC); /* a clock set back does not bring ids back */
    assert_int_equal(db_new_timed_ids(db, "message", 1, &first), RC_OK);
    assert_true(first == then + 1);
    clock_shift(2 * 86400 * USEC_PER_SEC);
    assert_int_equal(db_new_timed_ids(db, "message", 1, &first), RC_OK);
    assert_true(first >> 20 >= seconds + 86400);
    clock_shift(-86400 * USEC_PER_SEC);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_come_back_as_they_went),
        TEST(null_and_empty_are_two_things),
        TEST(a_long_value_is_not_cut),
        TEST(a_sum_reads_as_a_number),
        TEST(no_row_is_not_found),
        TEST(the_session_is_utc_and_strict),
        TEST(a_key_that_is_there_is_a_conflict),
        TEST(an_update_counts_the_rows_it_matched),
        TEST(a_wrong_statement_fails_and_the_next_one_works),
        TEST(a_query_may_be_asked_while_another_is_read),
        TEST(more_statements_than_are_kept_still_work),
        TEST(another_text_at_the_same_address_is_another_statement),
        TEST(a_query_asked_once_leaves_nothing_behind),
        TEST(a_thousand_rows_go_at_once_with_their_nulls),
        TEST(a_bulk_larger_than_a_packet_goes_in_several),
        TEST(a_bulk_update_counts_what_it_matched),
        TEST(a_bulk_of_nothing_is_no_statement),
        TEST(a_bulk_is_used_again_with_other_types),
        TEST(a_transaction_is_all_or_nothing),
        TEST(a_transaction_inside_another_is_refused),
        TEST(a_deadlock_runs_the_transaction_again),
        TEST(a_body_that_ignores_a_failure_commits_nothing),
        TEST(a_connection_lost_in_a_transaction_loses_it_whole),
        TEST(a_commit_without_an_answer_is_unknown),
        TEST(a_connection_closed_while_idle_is_opened_again_unseen),
        TEST(a_connection_lost_under_a_query_says_again),
        TEST(a_write_without_an_answer_is_unknown),
        TEST(rows_being_read_end_when_the_connection_is_lost),
        TEST(a_database_that_is_away_is_not_waited_for),
        TEST(ids_taken_by_several_never_meet),
        TEST(timed_ids_are_never_behind_the_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
