/*
 * test_intake_steps.c - a file's steps are short, and one file's trouble is not another's. On a
 * real database.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "channel/file/file_reader.h"
#include "flow/intake_run.h"
#include "store/db.h"
#include "store/import_command.h"
#include "tests/support/testdb.h"

#define FIELDS                                       \
    "field \"customer_number\" { column = \"c\" }\n" \
    "field \"order_number\" { column = \"o\" }\n"
#define XML_FIELDS                                  \
    "format = xml\nrecord = \"/list/order\"\n"      \
    "field \"customer_number\" { path = \"@c\" }\n" \
    "field \"order_number\" { path = \"@o\" }\n"
#define ORDER(c, o) "<order c='" c "' o='" o "'/>\n"

static char root[64];
static struct db *db;
static struct profile *profile;
static struct intake_run run;

static int set_up(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    snprintf(root, sizeof(root), "/tmp/test_intake_steps.XXXXXX");
    return mkdtemp(root) ? 0 : -1;
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

static void put(const char *path, const char *bytes, size_t len)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void use(const char *text)
{
    struct error err;
    char path[128];

    snprintf(path, sizeof(path), "mkdir -p %s/shop/in", root);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof(path), "%s/shop.conf", root);
    put(path, text, strlen(text));
    if (profile_load(path, &profile, &err))
        fail_msg("%s", err.text);
    intake_run_init(&run, root, profile, 10);
}

static void drop(const char *name, const char *bytes, size_t len)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/shop/in/%s", root, name);
    put(path, bytes, len);
}

static void drop_text(const char *name, const char *text)
{
    drop(name, text, strlen(text));
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

static void assert_in(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static void a_file_without_rows_is_read_in_many_steps_and_can_be_cancelled(void **state)
{
    const size_t len = (size_t)20 << 20;
    struct buffer b;
    struct error err;
    int steps = 0;

    (void)state;
    use(XML_FIELDS);
    buffer_init(&b, len + 100);
    buffer_add_text(&b, "<list n='D-1'>");
    while (b.len < len)
        buffer_add_text(&b,
                        "<!-- nothing to be seen here, nor in the next one of these lines -->\n");
    buffer_add_text(&b, ORDER("C1", "A1") "</list>");
    drop("a.xml", b.data, b.len);
    buffer_close(&b);
    while (run.step != INTAKE_CHECK)
        assert_int_equal(intake_run_step(&run, db), RC_OK);
    for (; run.step == INTAKE_CHECK && steps < 3; steps++)
        assert_int_equal(intake_run_step(&run, db), RC_OK);
    assert_int_equal(steps, 3);
    assert_int_equal(run.checked_rows, 0);
    assert_int_equal(import_cancel(db, run.imp.id, "ana", &err), RC_OK);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed'\n"
                           "  AND reason LIKE 'cancelled by %'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 0);
}

static void rows_far_apart_are_all_taken(void **state)
{
    struct buffer b;

    (void)state;
    use(XML_FIELDS);
    buffer_init(&b, (size_t)60 << 20);
    buffer_add_text(&b, "<list n='D-1'>");
    for (int i = 0; i < 5; i++) {
        const size_t until = b.len + ((size_t)5 << 20);

        buffer_printf(&b, "<order c='C%d' o='A%d'/>", i, i);
        while (b.len < until)
            buffer_add_text(&b,
                            "<!-- a chunk ends in the middle of many lines like this one -->\n");
    }
    buffer_add_text(&b, "</list>");
    drop("a.xml", b.data, b.len);
    buffer_close(&b);
    work();
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 5);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done' AND rows_taken = 5\n"
                           "  AND next_row = 6"),
                     1);
}

static void a_file_for_which_there_is_no_room_does_not_hold_up_the_others(void **state)
{
    static const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
    char path[512];
    enum rc rc = RC_OK;

    (void)state;
    use(FIELDS);
    profile->take.max_bytes = UINT64_MAX;
    drop_text("big.csv", "c;o\nC1;A1\n");
    snprintf(path, sizeof(path), "%s/shop/in/big.csv", root);
    assert_int_equal(truncate(path, (off_t)1 << 43), 0); /* 8 TiB, all hole */
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    drop_text("small.csv", "c;o\nC1;A1\n");
    for (int i = 0; i < 30 || (rc != RC_AGAIN && i < 60); i++)
        rc = intake_run_step(&run, db);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'done'"
                           " AND file_name = 'small.csv'"),
                     1);
    assert_int_equal(access(path, F_OK), 0);
    assert_in(run.trouble, "big.csv: no room on the disk");
}

static void a_file_whose_steps_always_fail_is_refused_and_the_next_one_taken(void **state)
{
    enum rc rc = RC_OK;
    char path[512];

    (void)state;
    use(FIELDS);
    testdb_sql("CREATE TRIGGER trouble BEFORE UPDATE ON import FOR EACH ROW"
               " IF NEW.state = 'applying' AND NEW.file_name = 'bad.csv'"
               " THEN SIGNAL SQLSTATE '45000'; END IF");
    drop_text("bad.csv", "c;o\nC1;A1\n");
    for (int i = 0; i < 30 && rc != RC_NOTFOUND; i++)
        rc = intake_run_step(&run, db);
    drop_text("good.csv", "c;o\nC9;A9\n");
    work();
    testdb_sql("DROP TRIGGER trouble");
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE file_name = 'bad.csv'"
                           " AND state = 'failed' AND reason LIKE '%on our side%'"),
                     1);
    snprintf(path, sizeof(path),
             "test -f %s/shop/failed/bad.csv && grep -q refused %s/shop/out/bad.csv.*", root, root);
    assert_int_equal(system(path), 0);
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE file_name = 'good.csv'"
                           " AND state = 'done'"),
                     1);
}

int main(void)
{
#define STEP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STEP_TEST(a_file_without_rows_is_read_in_many_steps_and_can_be_cancelled),
        STEP_TEST(rows_far_apart_are_all_taken),
        STEP_TEST(a_file_for_which_there_is_no_room_does_not_hold_up_the_others),
        STEP_TEST(a_file_whose_steps_always_fail_is_refused_and_the_next_one_taken),
    };

    file_reader_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
