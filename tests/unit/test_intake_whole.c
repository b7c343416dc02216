/*
 * test_intake_whole.c - files that are taken as a whole or not at all: too many faults, undoing,
 * chunks that are applied at the same time, and a crash in the middle of any of that.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "channel/file/file_reader.h"
#include "flow/intake_run.h"
#include "store/db.h"
#include "store/import_query.h"
#include "store/import_undo.h"
#include "tests/support/testdb.h"

#define CHUNK 10

static char root[64];
static struct db *db;
static struct profile *profile;
static struct intake_run run;

static int set_up(void **state)
{
    const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
    struct error err;
    char path[512];

    (void)state;
    testdb_reset();
    db = testdb_open();
    snprintf(root, sizeof(root), "/tmp/test_intake_whole.XXXXXX");
    if (!mkdtemp(root))
        return -1;
    snprintf(path, sizeof(path), "%s/conf/partners/csv.conf", srcdir);
    if (profile_load(path, &profile, &err))
        fail_msg("%s", err.text);
    intake_run_init(&run, root, profile, CHUNK);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    intake_run_close(&run);
    profile_free(profile);
    profile = NULL;
    db_close(db);
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

static void drop(const char *name, const char *text)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "mkdir -p %s/csv/in", root);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof(path), "%s/csv/in/%s", root, name);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void work(void)
{
    enum rc rc = RC_OK;

    for (int i = 0; i < 10000 && rc != RC_NOTFOUND; i++)
        rc = intake_run_step(&run, db);
    assert_int_equal(rc, RC_NOTFOUND);
}

static uint64_t count(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

static int files_in(const char *part)
{
    char path[512];
    const struct dirent *e;
    DIR *dir;
    int n = 0;

    snprintf(path, sizeof(path), "%s/csv/%s", root, part);
    dir = opendir(path);
    assert_non_null(dir);
    while ((e = readdir(dir)) != NULL)
        n += e->d_name[0] != '.';
    closedir(dir);
    return n;
}

static void limit_to(const char *text)
{
    char copy[20];
    const struct limit_keys keys = { .refuse_above = strcpy(copy, text) };
    struct error err;

    assert_int_equal(limit_rules_take(&keys, "csv.conf", &profile->limit, &err), RC_OK);
}

#define HEADER \
    "customer_number;last_name;phone;category;consent_sms;consent_at;order_number;collect\n"

/* `rows` rows; each `fault`th has an amount that is none, each `strange`th a category that is not
 * known; 0: none. */
static char *file_of(unsigned rows, unsigned fault, unsigned strange)
{
    struct buffer b;

    buffer_init(&b, (size_t)1 << 20);
    buffer_add_text(&b, HEADER);
    for (unsigned i = 1; i <= rows; i++)
        buffer_printf(&b, "C%u;Martin %u;06%08u;%s;oui;01/02/2025;A%u;%s\n", i, i, 10000000 + i,
                      strange && i % strange == 0 ? "strange" : "private", i,
                      fault && i % fault == 0 ? "douze" : "12,50");
    assert_false(b.full);
    return b.data;
}

static void drop_rows(const char *name, unsigned rows, unsigned fault, unsigned strange)
{
    char *text = file_of(rows, fault, strange);

    drop(name, text);
    free(text);
}

static void nothing_was_taken(void)
{
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 0);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 0);
    assert_int_equal(count("SELECT COUNT(*) FROM contact_point"), 0);
    assert_int_equal(count("SELECT COUNT(*) FROM consent_current"), 0);
    assert_int_equal(files_in("failed"), 1);
    assert_int_equal(files_in("done") + files_in("work") + files_in("in"), 0);
    assert_int_equal(files_in("out"), 1);
}

/* --- the limit --- */

static void above_the_limit_nothing_of_the_file_is_taken(void **state)
{
    (void)state;
    limit_to("5 %");
    drop_rows("orders.csv", 95, 10, 0);
    work();
    nothing_was_taken();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed' AND rows_refused = 9"
                           " AND rows_total = 95 AND rows_taken = 0 AND reason = '9 of 95 rows are"
                           " faulty, and the limit is 5 %: nothing of the file was taken'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM import_reject WHERE code = 'bad_number'"), 9);
    assert_int_equal(count("SELECT COUNT(*) FROM consent_event"), 0);
}

static void up_to_the_limit_the_good_rows_are_taken(void **state)
{
    (void)state;
    limit_to("10 %");
    drop_rows("orders.csv", 95, 10, 0);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 86);
    assert_int_equal(count("SELECT COUNT(*) FROM import_reject"), 9);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'"), 1);
}

static void of_very_many_faults_the_first_thousand_are_kept(void **state)
{
    (void)state;
    limit_to("100");
    drop_rows("orders.csv", 3000, 1, 0);
    work();
    nothing_was_taken();
    assert_int_equal(count("SELECT COUNT(*) FROM import_reject"), 1000);
    assert_int_equal(count("SELECT MAX(row_no) FROM import_reject"), 1000);
    assert_int_equal(count("SELECT rows_refused FROM import"), 3000);
}

static void faults_that_only_the_database_sees_take_back_what_was_taken(void **state)
{
    (void)state;
    profile->create_categories = false;
    testdb_sql("INSERT INTO category VALUES (1, 'private', 'Private')");
    limit_to("8");
    drop_rows("orders.csv", 95, 0, 10);
    work();
    nothing_was_taken();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed'"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM import_reject WHERE code = 'unknown_code'"), 9);
    assert_int_equal(count("SELECT COUNT(*) FROM import_chunk"), 0);
}

static void what_was_refused_may_come_again(void **state)
{
    (void)state;
    limit_to("5 %");
    drop_rows("orders.csv", 95, 10, 0);
    work();
    limit_to("50 %");
    drop_rows("again.csv", 95, 10, 0);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done' AND rows_taken = 86"
                           " AND rows_refused = 9"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM import_reject"), 9);
}

/* --- crashes --- */

static void crash(void)
{
    intake_run_close(&run);
    intake_run_init(&run, root, profile, CHUNK);
}

static void a_refusal_after_all_ends_well_whatever_step_is_the_last(void **state)
{
    bool over = false;

    profile->create_categories = false;
    for (unsigned last = 1; !over && last < 100; last++) {
        enum rc rc = RC_OK;

        tear_down(state);
        set_up(state);
        profile->create_categories = false;
        testdb_sql("INSERT INTO category VALUES (1, 'private', 'Private')");
        limit_to("8");
        drop_rows("orders.csv", 95, 0, 10);
        for (unsigned i = 0; rc == RC_OK && i < last; i++)
            rc = intake_run_step(&run, db);
        over = rc == RC_NOTFOUND;
        crash();
        work();
        nothing_was_taken();
        assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed'"), 1);
    }
    assert_true(over);
}

/* A chunk was applied ahead of the one before it when relaisd was killed. */
static void rows_that_were_applied_ahead_are_not_applied_again(void **state)
{
    char *text = file_of(45, 7, 0);
    struct import imp;
    uint64_t first = 0, next = 0;

    (void)state;
    drop("orders.csv", text);
    free(text);
    for (int i = 0; run.step != INTAKE_APPLY && i < 100; i++)
        assert_int_equal(intake_run_step(&run, db), RC_OK);
    /* Chunks of 10: rows 1 to 10 and 11 to 20. The first one cannot be committed. */
    testdb_sql("CREATE TRIGGER trouble BEFORE INSERT ON import_chunk FOR EACH ROW"
               " IF NEW.first_row = 1 THEN SIGNAL SQLSTATE '45000'; END IF");
    assert_int_equal(intake_run_step(&run, db), RC_AGAIN);
    testdb_sql("DROP TRIGGER trouble");
    assert_int_equal(import_get(db, 1, &imp), RC_OK);
    assert_int_equal(imp.next_row, 1);
    assert_int_equal(import_ahead(db, &imp, &first, &next), RC_OK);
    assert_int_equal(first, 11);
    assert_int_equal(next, 21);
    crash();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done' AND rows_taken = 39"
                           " AND rows_unchanged = 0 AND rows_refused = 6 AND next_row = 46"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 39);
    assert_int_equal(count("SELECT SUM(order_count) FROM customer"), 39);
    assert_int_equal(count("SELECT COUNT(*) FROM consent_event"), 39);
    assert_int_equal(count("SELECT COUNT(*) FROM import_reject"), 6);
}

/* The last reason why an import failed. */
static void assert_failed_with(const char *reason)
{
    struct import imp;

    assert_int_equal(import_get(db, count("SELECT MAX(id) FROM import"), &imp), RC_OK);
    assert_int_equal(imp.state, IMPORT_FAILED);
    assert_string_equal(imp.reason, reason);
}

static void steps_until_it_is_over(uint64_t id)
{
    struct import imp = { 0 };

    for (int i = 0; i < 100 && imp.state != IMPORT_FAILED && imp.state != IMPORT_DONE; i++) {
        const enum rc rc = intake_run_step(&run, db);

        assert_true(rc == RC_OK || rc == RC_AGAIN);
        if (count("SELECT COUNT(*) FROM import"))
            assert_int_equal(import_get(db, id, &imp), RC_OK);
    }
}

static void a_failure_says_which_rows_behind_it_were_applied_and_they_stay_counted(void **state)
{
    (void)state;
    testdb_sql("CREATE TRIGGER trouble BEFORE INSERT ON import_chunk FOR EACH ROW"
               " IF NEW.first_row = 1 THEN SIGNAL SQLSTATE '45000'; END IF");
    drop_rows("orders.csv", 30, 0, 0);
    steps_until_it_is_over(1);
    assert_failed_with("rows 1 to 10 could not be stored; rows 11 to 20, behind them, were");
    testdb_sql("DROP TRIGGER trouble");
    work();
    drop_rows("orders.csv", 30, 0, 0);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done' AND rows_taken = 30"
                           " AND rows_total = 30 AND rows_unchanged = 0"),
                     1);
}

static void failures_of_one_import_are_not_held_against_the_next(void **state)
{
    (void)state;
    testdb_sql("CREATE TRIGGER trouble BEFORE INSERT ON import_chunk FOR EACH ROW"
               " SIGNAL SQLSTATE '45000'");
    drop_rows("a.csv", 5, 0, 0);
    for (int i = 0; run.failures < 2 && i < 100; i++)
        assert_in_range(intake_run_step(&run, db), RC_OK, RC_UNKNOWN);
    assert_int_equal(run.failures, 2);
    testdb_sql("UPDATE import SET state = 'failed', finished_at = NOW(6)"); /* cancelled */
    work();
    drop_rows("b.csv", 6, 0, 0);
    for (int i = 0; (run.step != INTAKE_APPLY || run.imp.id != 2) && i < 100; i++)
        assert_in_range(intake_run_step(&run, db), RC_OK, RC_UNKNOWN);
    assert_int_equal(run.failures, 0);
    testdb_sql("DROP TRIGGER trouble");
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'"), 1);
}

static void two_chunks_with_the_same_customer_are_applied_in_their_order(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, (size_t)1 << 20);
    buffer_add_text(&b, HEADER);
    for (unsigned i = 1; i <= 200; i++)
        buffer_printf(&b, "C%u;Version %u;06%08u;private;;;A%u;%u\n", i % 15, i, 10000000 + i % 15,
                      i % 15, i);
    drop("orders.csv", b.data);
    buffer_close(&b);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 15);
    assert_int_equal(count("SELECT SUM(collect_cents) FROM customer_order"),
                     100 * (200 * 201 / 2 - 185 * 186 / 2));
    assert_int_equal(count("SELECT SUM(order_cents) FROM customer"),
                     100 * (200 * 201 / 2 - 185 * 186 / 2));
    assert_int_equal(count("SELECT SUM(order_count) FROM customer"), 15);
}

/* Two numbers of one customer each: A1 to A10 in one chunk, B1 to B10 in the other. */
static void drop_twice(const char *name, const char *phone_a, const char *phone_b, const char *mail)
{
    struct buffer b;

    buffer_init(&b, (size_t)1 << 20);
    buffer_add_text(&b, "customer_number;last_name;first_name;phone;email;order_number\n");
    for (unsigned i = 0; i < 2 * CHUNK; i++) {
        const char *phone = i < CHUNK ? phone_a : phone_b;

        buffer_printf(&b, "%c%u;Petit%c;Paul;", i < CHUNK ? 'A' : 'B', i % CHUNK, 'a' + i % CHUNK);
        if (*phone)
            buffer_printf(&b, "%s%u", phone, i % CHUNK);
        buffer_printf(&b, ";");
        if (*mail)
            buffer_printf(&b, "p%u@%s", i % CHUNK, mail);
        buffer_printf(&b, ";O%u\n", i);
    }
    buffer_add_text(&b, "A0;Petita;Paul;;;O0\n"); /* more than a pair */
    drop(name, b.data);
    buffer_close(&b);
}

static uint64_t applied_ahead(uint64_t id, uint64_t row)
{
    struct import imp;
    uint64_t first = 0, next = 0;
    char sql[160];

    snprintf(sql, sizeof(sql),
             "CREATE TRIGGER trouble BEFORE INSERT ON import_chunk FOR EACH ROW"
             " IF NEW.first_row = %" PRIu64 " THEN SIGNAL SQLSTATE '45000'; END IF",
             row);
    for (int i = 0; run.step != INTAKE_APPLY && i < 100; i++)
        assert_int_equal(intake_run_step(&run, db), RC_OK);
    testdb_sql(sql);
    assert_int_equal(intake_run_step(&run, db), RC_AGAIN);
    testdb_sql("DROP TRIGGER trouble");
    assert_int_equal(import_get(db, id, &imp), RC_OK);
    assert_int_equal(import_ahead(db, &imp, &first, &next), RC_OK);
    return first;
}

static void two_numbers_of_one_customer_are_not_applied_at_the_same_time(void **state)
{
    static const char everything[] =
        "SELECT CRC32(GROUP_CONCAT(CONCAT_WS('|', customer_id, channel, address, is_primary)"
        " ORDER BY customer_id, channel, address)) FROM contact_point";
    struct error err;
    uint64_t before;

    (void)state;
    profile->match = (struct match_rules){ MATCH_SAME, true, true, false };
    drop_twice("first.csv", "", "", "example.org");
    assert_int_equal(applied_ahead(1, 1), 0); /* who is new may turn out to be the same */
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), CHUNK);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_ref WHERE joined"), CHUNK);
    before = count(everything);
    drop_twice("second.csv", "061234567", "061234568", "");
    assert_int_equal(applied_ahead(2, 1), 0);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM contact_point WHERE channel = 'sms'"), 2 * CHUNK);
    assert_int_equal(count("SELECT COUNT(*) FROM contact_point WHERE channel = 'sms' AND is_primary"
                           " AND address LIKE '+3361234567%'"),
                     CHUNK);
    assert_int_equal(import_undo_begin(db, 2, "test", &err), RC_OK);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'undone'"), 1);
    assert_int_equal(count(everything), before);
}

/* --- undoing --- */

static void the_intake_undoes_what_it_is_asked_to(void **state)
{
    struct error err;

    (void)state;
    drop_rows("orders.csv", 95, 0, 0);
    work();
    assert_int_equal(import_undo_begin(db, 1, "anna", &err), RC_OK);
    for (int i = 0; i < 4; i++)
        assert_int_equal(intake_run_step(&run, db), RC_OK);
    crash();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'undone'"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 0);
    assert_int_equal(count("SELECT n FROM import_undo_count WHERE what = 'orders_removed'"), 95);
    drop_rows("again.csv", 95, 0, 0);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done' AND rows_taken = 95"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer WHERE sms_standing = ''"), 95);
}

static void an_undoing_that_cannot_be_done_is_not_in_the_way_of_the_next_file(void **state)
{
    enum rc rc = RC_OK;

    (void)state;
    profile->create_categories = false;
    testdb_sql("INSERT INTO category VALUES (1, 'private', 'Private')");
    limit_to("8");
    testdb_sql("CREATE TRIGGER trouble BEFORE DELETE ON import_chunk FOR EACH ROW"
               " SIGNAL SQLSTATE '45000'");
    drop_rows("strange.csv", 40, 0, 4);
    for (int i = 0; i < 200 && rc != RC_NOTFOUND; i++)
        rc = intake_run_step(&run, db);
    assert_int_equal(rc, RC_NOTFOUND);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'undoing'"), 1);
    assert_non_null(strstr(run.trouble, "cannot be undone"));
    drop_rows("good.csv", 8, 0, 0);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'"), 1);
    testdb_sql("DROP TRIGGER trouble");
    crash();
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed'"), 1);
    assert_int_equal(files_in("failed"), 1);
}

#define INTAKE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        INTAKE_TEST(above_the_limit_nothing_of_the_file_is_taken),
        INTAKE_TEST(up_to_the_limit_the_good_rows_are_taken),
        INTAKE_TEST(of_very_many_faults_the_first_thousand_are_kept),
        INTAKE_TEST(faults_that_only_the_database_sees_take_back_what_was_taken),
        INTAKE_TEST(what_was_refused_may_come_again),
        INTAKE_TEST(a_refusal_after_all_ends_well_whatever_step_is_the_last),
        INTAKE_TEST(rows_that_were_applied_ahead_are_not_applied_again),
        INTAKE_TEST(a_failure_says_which_rows_behind_it_were_applied_and_they_stay_counted),
        INTAKE_TEST(failures_of_one_import_are_not_held_against_the_next),
        INTAKE_TEST(two_chunks_with_the_same_customer_are_applied_in_their_order),
        INTAKE_TEST(two_numbers_of_one_customer_are_not_applied_at_the_same_time),
        INTAKE_TEST(the_intake_undoes_what_it_is_asked_to),
        INTAKE_TEST(an_undoing_that_cannot_be_done_is_not_in_the_way_of_the_next_file),
    };

    file_reader_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
