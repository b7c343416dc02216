/* test_store_migrate.c - migrations against a real server: applied once, refused when they must be.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/db.h"
#include "store/migrate.h"
#include "tests/support/testdb.h"

static char sqldir[64];
static struct db_settings settings; /* a database of its own on the test's server */
static struct db *db;
static struct error err;

static void write_file(const char *name, const char *text)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", sqldir, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fputs(text, f) >= 0, 1);
    fclose(f);
}

static void remove_file(const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", sqldir, name);
    assert_int_equal(unlink(path), 0);
}

static int setup(void **state)
{
    (void)state;
    testdb_sql("DROP DATABASE IF EXISTS `odd-name`");
    settings = *testdb_settings();
    settings.database = "odd-name";
    snprintf(sqldir, sizeof(sqldir), "/tmp/relais-sql-XXXXXX");
    if (!mkdtemp(sqldir))
        return -1;
    write_file("0001-one.sql", "CREATE TABLE one (id INT);\nINSERT INTO one VALUES (1);\n");
    db = db_open(&settings, 0);
    err.text[0] = '\0';
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    db_close(db);
    nftw(sqldir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return 0;
}

static enum rc migrate(void)
{
    return migrate_run(&settings, sqldir, &err);
}

static uint64_t number(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

static void sql(const char *text)
{
    assert_int_equal(db_run(db, text, DB_NO_INPUT, NULL), RC_OK);
}

static void says(const char *words)
{
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void a_missing_database_is_made_and_filled(void **state)
{
    (void)state;
    assert_int_equal(migrate(), RC_OK);
    assert_true(number("SELECT COUNT(*) FROM one") == 1);
    assert_true(number("SELECT LENGTH(checksum) FROM schema_migration"
                       " WHERE name = '0001-one' AND finished_at IS NOT NULL") == 32);
}

static void each_migration_is_applied_once(void **state)
{
    (void)state;
    assert_int_equal(migrate(), RC_OK);
    assert_int_equal(migrate(), RC_OK);
    write_file("0002-two.sql", "INSERT INTO one VALUES (2)");
    assert_int_equal(migrate(), RC_OK);
    assert_int_equal(migrate(), RC_OK);
    assert_true(number("SELECT SUM(id) FROM one") == 3);
}

static void semicolons_in_strings_and_comments_end_nothing(void **state)
{
    (void)state;
    write_file("0002-two.sql", "-- a; comment\nCREATE TABLE two (s TEXT COMMENT 'it''s; here');\n"
                               "/* DROP TABLE one; */ INSERT INTO two VALUES (\"a;b\"), ('\\';');\n"
                               "# the end;\n");
    assert_int_equal(migrate(), RC_OK);
    assert_true(number("SELECT COUNT(*) FROM two WHERE s IN ('a;b', ''';')") == 2);
    assert_true(number("SELECT statements FROM schema_migration WHERE number = 2") == 2);
}

static void a_file_changed_after_it_was_applied_is_refused(void **state)
{
    (void)state;
    assert_int_equal(migrate(), RC_OK);
    write_file("0001-one.sql", "CREATE TABLE one (id BIGINT);");
    assert_int_equal(migrate(), RC_INVALID);
    says("0001-one.sql was changed after it was applied");
}

static void a_database_newer_than_the_program_is_refused(void **state)
{
    (void)state;
    write_file("0002-two.sql", "CREATE TABLE two (id INT)");
    assert_int_equal(migrate(), RC_OK);
    remove_file("0002-two.sql");
    assert_int_equal(migrate(), RC_INVALID);
    says("newer than this program");
    says("0002-two");
    says("0001-one");
}

static void a_gap_in_the_numbers_is_refused(void **state)
{
    (void)state;
    write_file("0003-three.sql", "SELECT 1");
    assert_int_equal(migrate(), RC_INVALID);
    says("0002");
    remove_file("0003-three.sql");
    write_file("0001-again.sql", "SELECT 1");
    assert_int_equal(migrate(), RC_INVALID);
    remove_file("0001-again.sql");
    write_file("2-two.sql", "SELECT 1");
    assert_int_equal(migrate(), RC_INVALID);
    says("NNNN-name.sql");
}

static void a_gap_in_the_database_is_refused(void **state)
{
    (void)state;
    write_file("0002-two.sql", "CREATE TABLE two (id INT)");
    assert_int_equal(migrate(), RC_OK);
    sql("DELETE FROM schema_migration WHERE number = 1");
    assert_int_equal(migrate(), RC_INVALID);
    says("but not the migration 0001");
}

static void a_migration_that_stopped_half_way_is_never_run_again_by_itself(void **state)
{
    (void)state;
    write_file("0002-two.sql", "CREATE TABLE two (id INT);\n\nCREATE TABLE one (id INT);\n");
    assert_int_equal(migrate(), RC_INVALID);
    says("0002-two.sql:3: ");
    says("already exists");
    assert_int_equal(migrate(), RC_INVALID);
    says("stopped after 1 of its statements");
    says("backup");
    sql("UPDATE schema_migration SET finished_at = UTC_TIMESTAMP(6) WHERE number = 2");
    assert_int_equal(migrate(), RC_OK);
}

static void a_migration_refused_at_its_first_statement_was_never_begun(void **state)
{
    (void)state;
    write_file("0002-two.sql", "CREATE TABEL two (id INT)");
    assert_int_equal(migrate(), RC_INVALID);
    says("0002-two.sql:1: ");
    write_file("0002-two.sql", "CREATE TABLE two (id INT)");
    assert_int_equal(migrate(), RC_OK);
}

/* The first statement is done, and then the books cannot say so. */
static void a_first_statement_that_was_done_is_not_forgotten(void **state)
{
    (void)state;
    assert_int_equal(migrate(), RC_OK);
    write_file("0002-two.sql",
               "CREATE TRIGGER no_count BEFORE UPDATE ON schema_migration FOR EACH ROW"
               " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not now'");
    assert_int_not_equal(migrate(), RC_OK);
    sql("DROP TRIGGER no_count");
    assert_int_equal(migrate(), RC_INVALID);
    says("stopped after 0 of its statements, or one more");
}

static void copy_migration(const char *name)
{
    char path[512];
    static char text[1 << 20];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", testdb_sqldir(), name);
    f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
    fclose(f);
    write_file(name, text);
}

static int is_sql(const struct dirent *e)
{
    return strstr(e->d_name, ".sql") != NULL;
}

/* All of the program's, from the first one on or up to `end`, which is left out. */
static void copy_migrations(const char *first, const char *end)
{
    struct dirent **names;
    const int n = scandir(testdb_sqldir(), &names, is_sql, alphasort);

    for (int i = 0; i < n; i++) {
        if (strcmp(names[i]->d_name, first) >= 0 && strcmp(names[i]->d_name, end) < 0)
            copy_migration(names[i]->d_name);
        free(names[i]);
    }
    assert_true(n > 0);
    free(names);
}

/* With what a database of the schema before the cut may hold. */
static void old_messages_are_cut_from_their_first_month_on(void **state)
{
    (void)state;
    remove_file("0001-one.sql");
    copy_migrations("", "0005-");
    assert_int_equal(migrate(), RC_OK);
    sql("INSERT INTO message (id, channel, class, address, sender, text, encoding, parts,"
        " created_at, expires_at)"
        " SELECT (TIMESTAMPDIFF(SECOND, '2024-01-01', UTC_TIMESTAMP() - INTERVAL 5 MONTH) << 20)"
        " + seq, 'sms', 'promo', '', '', '', 'gsm7', 1, UTC_TIMESTAMP(), UTC_TIMESTAMP()"
        " FROM seq_1_to_3");
    copy_migrations("0005-", "9");
    assert_int_equal(migrate(), RC_OK);
    assert_true(number("SELECT COUNT(*) FROM message") == 3);
    /* Five months back, this one, three ahead, and the future. */
    assert_true(number("SELECT COUNT(*) FROM information_schema.partitions"
                       " WHERE table_schema = DATABASE() AND table_name = 'message'") == 10);
    assert_true(number("SELECT COUNT(*) FROM information_schema.partitions"
                       " WHERE table_schema = DATABASE() AND table_name = 'inbound_message'") == 5);
    assert_true(number("SELECT COUNT(*) FROM information_schema.partitions"
                       " WHERE table_schema = DATABASE() AND table_name = 'message'"
                       " AND partition_name = DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL 5 MONTH,"
                       " 'p%Y%m') AND partition_ordinal_position = 1") == 1);
}

static void mail_addresses_of_before_are_brought_to_lower_case(void **state)
{
    (void)state;
    remove_file("0001-one.sql");
    copy_migrations("", "0022-");
    assert_int_equal(migrate(), RC_OK);
    sql("INSERT INTO customer (id, first_name, created_at, updated_at) VALUES (1, '', NOW(), "
        "NOW()),"
        " (2, '', NOW(), NOW()), (3, '', NOW(), NOW()), (4, '', NOW(), NOW())");
    sql("INSERT INTO contact_point (customer_id, channel, address, is_primary, state, created_at)"
        " VALUES (1, 'email', 'Anne@x.example', TRUE, 'valid', NOW()),"
        " (1, 'email', 'anne@x.example', FALSE, 'valid', NOW()),"
        " (2, 'email', 'Bob@x.example', TRUE, 'valid', NOW()),"
        " (3, 'email', 'cleo@x.example', TRUE, 'valid', NOW()),"
        " (4, 'email', 'dan@x.example', TRUE, 'valid', NOW())");
    sql("INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
        " SELECT id, 'email', 'promo', 'granted', id, NOW() FROM customer");
    sql("INSERT INTO opt_out (channel, address, at) VALUES ('email', 'ANNE@x.example', NOW()),"
        " ('email', 'bob@x.example', NOW()), ('email', 'BOB@x.example', NOW())");
    sql("INSERT INTO suppression (channel, address, strikes, last_message_id, carrier_id, reason,"
        " at, suppressed_at) VALUES ('email', 'Cleo@x.example', 1, 1, 0, '', NOW(), NOW()),"
        " ('email', 'cleo@x.example', 0, 1, 0, '', NOW(), NULL)");
    copy_migrations("0022-", "9");
    assert_int_equal(migrate(), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM contact_point"), 4);
    assert_int_equal(number("SELECT COUNT(*) FROM contact_point"
                            " WHERE address = 'anne@x.example' AND is_primary"),
                     1);
    assert_int_equal(number("SELECT COUNT(*) FROM opt_out WHERE address IN"
                            " ('anne@x.example', 'bob@x.example')"),
                     2);
    assert_int_equal(number("SELECT COUNT(*) FROM opt_out"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM suppression WHERE suppressed_at IS NOT NULL"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM customer WHERE id IN (1, 2)"
                            " AND email_standing = 'opted_out'"),
                     2);
    assert_int_equal(number("SELECT id FROM customer WHERE email_standing = 'suppressed'"), 3);
    assert_int_equal(number("SELECT id FROM customer WHERE email_standing = ''"), 4);
}

static void *migrate_main(void *arg)
{
    enum rc *rc = arg;

    *rc = migrate_run(&settings, sqldir, NULL);
    return NULL;
}

static void nodes_that_start_together_apply_it_once(void **state)
{
    pthread_t threads[4];
    enum rc rcs[4];

    (void)state;
    write_file("0002-two.sql", "DO SLEEP(1); CREATE TABLE two (id INT)");
    assert_int_equal(migrate_run(&settings, sqldir, &err), RC_OK);
    sql("DROP TABLE two");
    sql("DELETE FROM schema_migration WHERE number = 2");
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, migrate_main, &rcs[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(rcs[i], RC_OK);
    }
    assert_true(number("SELECT COUNT(*) FROM two") == 0);
}

static void the_lock_of_one_that_died_runs_out(void **state)
{
    (void)state;
    assert_int_equal(migrate(), RC_OK);
    sql("UPDATE schema_lock SET holder = 'a dead one',"
        " expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 SECOND");
    write_file("0002-two.sql", "INSERT INTO one SELECT 1 FROM schema_lock"
                               " WHERE UTC_TIMESTAMP(6) > expires_at OR holder <> 'a dead one'");
    assert_int_equal(migrate(), RC_OK);
    assert_true(number("SELECT COUNT(*) FROM one") == 2);
}

static void a_statement_may_take_longer_than_the_timeout(void **state)
{
    (void)state;
    settings.timeout_ms = 1000;
    write_file("0002-two.sql", "DO SLEEP(2.5); CREATE TABLE two (id INT)");
    assert_int_equal(migrate(), RC_OK);
    assert_true(number("SELECT COUNT(*) FROM two") == 0);
}

static void what_hinders_the_connection_is_said(void **state)
{
    (void)state;
    settings.user = "nobody-here";
    assert_int_equal(migrate(), RC_INVALID);
    says("Access denied");
    settings.socket = "/nonexistent/x.sock";
    assert_int_equal(migrate(), RC_AGAIN);
    says("/nonexistent/x.sock");
    assert_int_equal(migrate_run(&settings, "/nonexistent", &err), RC_INVALID);
    says("/nonexistent");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_missing_database_is_made_and_filled),
        TEST(each_migration_is_applied_once),
        TEST(semicolons_in_strings_and_comments_end_nothing),
        TEST(a_file_changed_after_it_was_applied_is_refused),
        TEST(a_database_newer_than_the_program_is_refused),
        TEST(a_gap_in_the_numbers_is_refused),
        TEST(a_gap_in_the_database_is_refused),
        TEST(a_migration_that_stopped_half_way_is_never_run_again_by_itself),
        TEST(a_migration_refused_at_its_first_statement_was_never_begun),
        TEST(a_first_statement_that_was_done_is_not_forgotten),
        TEST(old_messages_are_cut_from_their_first_month_on),
        TEST(mail_addresses_of_before_are_brought_to_lower_case),
        TEST(nodes_that_start_together_apply_it_once),
        TEST(the_lock_of_one_that_died_runs_out),
        TEST(a_statement_may_take_longer_than_the_timeout),
        TEST(what_hinders_the_connection_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
