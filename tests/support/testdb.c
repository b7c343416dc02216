/* testdb.c - one private server a test program, started when first asked for. */
#define _GNU_SOURCE
#include "tests/support/testdb.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/db.h"
#include "store/migrate.h"
#include "store/standalone.h"

#define MEGABYTE (INT64_C(1) << 20)

static struct {
    struct standalone *server;
    struct db_settings settings;
    pid_t owner; /* a forked child must not stop its parent's server */
    char dir[256];
} test;

static void check(enum rc rc, const char *what, const char *why)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "testdb: %s: %s (%s)\n", what, why, rc_name(rc));
    abort();
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void stop(void)
{
    if (getpid() != test.owner)
        return;
    standalone_stop(test.server);
    test.server = NULL;
    nftw(test.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void start(void)
{
    const char *tmp = getenv("TMPDIR");
    struct standalone_settings settings = {
        .dir = test.dir,
        .buffer_pool_bytes = 64 * MEGABYTE,
        .log_file_bytes = 32 * MEGABYTE,
        .node_id = 1,
    };
    struct error err = { "" };

    if (test.server)
        return;
    snprintf(test.dir, sizeof(test.dir), "%s/relais-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(test.dir))
        check(RC_FAIL, test.dir, "mkdtemp");
    test.owner = getpid();
    check(standalone_start(&settings, NULL, &test.server, &err), "server", err.text);
    atexit(stop);
    check(migrate_run(standalone_db(test.server), testdb_sqldir(), &err), "schema", err.text);
}

const char *testdb_sqldir(void)
{
    return TEST_SRCDIR "/sql";
}

const struct db_settings *testdb_settings(void)
{
    static const unsigned char key[32] = "the key of the tests";

    start();
    test.settings = *standalone_db(test.server);
    test.settings.pseudonym_key = key;
    return &test.settings;
}

struct db *testdb_open_lane(unsigned lane)
{
    struct db *db = db_open(testdb_settings(), lane);

    check(db ? RC_OK : RC_FAIL, "connection", "no memory");
    return db;
}

struct db *testdb_open(void)
{
    return testdb_open_lane(0);
}

void testdb_sql(const char *sql)
{
    struct db *db = testdb_open();

    check(db_run(db, sql, DB_NO_INPUT, NULL), sql, "the log says why");
    db_close(db);
}

static void empty_table(struct db *db, const char *name)
{
    char sql[128];

    snprintf(sql, sizeof(sql), "DELETE FROM `%s`", name);
    check(db_run(db, sql, DB_NO_INPUT, NULL), sql, "the log says why");
}

/* DELETE and not TRUNCATE: most tables are empty, and a TRUNCATE makes a new file each time. */
void testdb_reset(void)
{
    struct db *db = testdb_open();
    struct db_rows *rows;

    check(db_run(db, "SET SESSION foreign_key_checks = 0", DB_NO_INPUT, NULL), "reset", "keys");
    check(db_query(db,
                   "SELECT table_name FROM information_schema.tables"
                   " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
                   " AND table_name NOT IN ('schema_migration', 'schema_lock',"
                   "                        'contact_outcome')",
                   DB_NO_INPUT, &rows),
          "reset", "tables");
    while (db_next(rows))
        empty_table(db, db_get_text(rows, 0));
    check(db_rows_end(rows), "reset", "tables");
    db_close(db);
}
