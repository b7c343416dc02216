/* import_rig.c - see import_rig.h. */
#define _GNU_SOURCE
#include "tests/support/import_rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "flow/intake_run.h"
#include "store/db.h"
#include "store/import_undo.h"
#include "tests/support/testdb.h"

struct db *import_rig_db;
struct profile *import_rig_profile;
static char root[64];
static struct intake_run run;
static unsigned files;

static const char *source_dir(void)
{
    return getenv("srcdir") ? getenv("srcdir") : ".";
}

static void close_run(void)
{
    if (!import_rig_profile)
        return;
    intake_run_close(&run);
    profile_free(import_rig_profile);
    import_rig_profile = NULL;
}

void import_rig_use(const char *name)
{
    struct error err;
    char path[512];

    close_run();
    snprintf(path, sizeof(path), "%s/conf/partners/%s.conf", source_dir(), name);
    if (profile_load(path, &import_rig_profile, &err))
        fail_msg("%s", err.text);
    intake_run_init(&run, root, import_rig_profile, 10);
}

int import_rig_set_up(void **state)
{
    (void)state;
    clock_shift(IMPORT_RIG_NOW - clock_now());
    testdb_reset();
    import_rig_db = testdb_open();
    snprintf(root, sizeof(root), "/tmp/import_rig.XXXXXX");
    if (!mkdtemp(root))
        return -1;
    return 0;
}

int import_rig_tear_down(void **state)
{
    char command[128];

    (void)state;
    close_run();
    db_close(import_rig_db);
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

static void drop(const char *text, size_t len)
{
    const struct timespec then = { IMPORT_RIG_NOW / 1000000 - 60, 0 }, times[] = { then, then };
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", root, import_rig_profile->code);
    mkdir(path, 0700);
    strcat(path, "/in");
    mkdir(path, 0700);
    /* Named by its kind, as the profile may want it. */
    snprintf(path, sizeof(path), "%s/%s/in/%s-%u", root, import_rig_profile->code,
             file_kind_name(import_rig_profile->rules.kind), ++files);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    fclose(f);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void work(void)
{
    enum rc rc = RC_OK;

    for (int i = 0; i < 100000 && rc != RC_NOTFOUND; i++)
        rc = intake_run_step(&run, import_rig_db);
    assert_int_equal(rc, RC_NOTFOUND);
    if (strcmp(import_rig_text("SELECT state FROM import ORDER BY id DESC LIMIT 1"), "done") != 0)
        fail_msg("%s", import_rig_text("SELECT reason FROM import ORDER BY id DESC LIMIT 1"));
}

static void take(const char *text, size_t len)
{
    drop(text, len);
    work();
}

void import_rig_replay(void)
{
    struct import imp;
    struct error err;

    if (import_replay(import_rig_db, import_rig_number("SELECT MAX(id) FROM import"), "test", &imp,
                      &err))
        fail_msg("%s", err.text);
    work();
}

void import_rig_take(const char *text)
{
    take(text, strlen(text));
}

void import_rig_take_sample(const char *name)
{
    static char text[65536];
    const char *dot = strchr(name, '.');
    char path[512];
    size_t len;
    FILE *f;

    if (strncmp(name, "orders.", 7) == 0)
        snprintf(path, sizeof(path), "%s", dot + 1);
    else
        snprintf(path, sizeof(path), "%s.%.*s", dot + 1, (int)(dot - name), name);
    import_rig_use(path);
    snprintf(path, sizeof(path), "%s/tests/data/partner/%s", source_dir(), name);
    f = fopen(path, "r");
    if (!f)
        fail_msg("%s cannot be opened", path);
    len = fread(text, 1, sizeof(text), f);
    fclose(f);
    take(text, len);
}

uint64_t import_rig_number(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(import_rig_db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

const char *import_rig_text(const char *sql)
{
    static char text[1024];
    struct db_rows *rows;

    text[0] = '\0';
    assert_int_equal(db_query(import_rig_db, sql, DB_NO_INPUT, &rows), RC_OK);
    if (db_next(rows))
        snprintf(text, sizeof(text), "%s", db_get_text(rows, 0));
    while (db_next(rows))
        ;
    assert_int_equal(db_rows_end(rows), RC_OK);
    return text;
}

void assert_rows(uint64_t taken, uint64_t unchanged, uint64_t refused)
{
    char expected[80];

    snprintf(expected, sizeof(expected), "%llu taken, %llu unchanged, %llu refused",
             (unsigned long long)taken, (unsigned long long)unchanged, (unsigned long long)refused);
    assert_string_equal(
        import_rig_text("SELECT CONCAT(rows_taken, ' taken, ', rows_unchanged, ' unchanged, ',"
                        "              rows_refused, ' refused')"
                        "  FROM import ORDER BY id DESC LIMIT 1"),
        expected);
}

void assert_refused(const char *field, const char *code)
{
    char expected[120];

    snprintf(expected, sizeof(expected), "%s %s", field, code);
    assert_string_equal(import_rig_text("SELECT CONCAT(field, ' ', code)"
                                        "  FROM import_reject"
                                        " WHERE import_id = (SELECT MAX(id) FROM import)"
                                        " ORDER BY row_no LIMIT 1"),
                        expected);
}
