/* test_store_standalone.c - the private server: started, killed, started again, left behind,
 * stopped. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "store/child.h"
#include "store/migrate.h"
#include "store/standalone.h"
#include "tests/support/testdb.h"

#define PATIENCE_US (60 * USEC_PER_SEC) /* for one death: recovery waits for a slow disk */

static char parent[64], dir[96];
static struct error err;
static int64_t in_use_ms; /* how long the next start waits for the directory; 0: the default */

static int setup(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(parent, sizeof(parent), "%s/relais-alone-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(parent))
        return -1;
    snprintf(dir, sizeof(dir), "%s/db", parent);
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
    return nftw(parent, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static enum rc start_in(const char *where, struct event_base *base, struct standalone **out)
{
    const struct standalone_settings settings = {
        .dir = where,
        .buffer_pool_bytes = 32 << 20,
        .log_file_bytes = 32 << 20,
        .in_use_ms = in_use_ms,
        .node_id = 1,
    };

    return standalone_start(&settings, base, out, &err);
}

static void says(const char *words)
{
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static struct standalone *start(struct event_base *base)
{
    struct standalone *server = NULL;

    if (start_in(dir, base, &server))
        fail_msg("%s", err.text);
    return server;
}

static void write_down(struct db *db, uint64_t id)
{
    assert_int_equal(db_run(db,
                            "INSERT INTO template (id, name, created_at, updated_at)"
                            " VALUES (?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
                            DB_IN(db_u64(id), db_u64(id)), NULL),
                     RC_OK);
}

static void it_starts_quickly_and_keeps_what_was_written(void **state)
{
    struct standalone *server = start(NULL);
    struct db *db;
    struct stat st;
    uint64_t n = 0;
    int64_t began;

    (void)state;
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(migrate_run(standalone_db(server), testdb_sqldir(), &err), RC_OK);
    db = db_open(standalone_db(server), 0);
    write_down(db, 1);
    db_close(db);
    standalone_stop(server);

    began = clock_monotonic_us();
    server = start(NULL);
    assert_int_equal(migrate_run(standalone_db(server), testdb_sqldir(), &err), RC_OK);
    print_message("ready again after %lld ms\n", (long long)(clock_monotonic_us() - began) / 1000);
    db = db_open(standalone_db(server), 0);
    assert_int_equal(db_query_u64(db, "SELECT id FROM template", DB_NO_INPUT, &n), RC_OK);
    assert_true(n == 1);
    db_close(db);
    standalone_stop(server);
}

static void it_is_started_again_when_it_dies(void **state)
{
    struct event_base *base = event_base_new();
    struct standalone *server = start(base);
    struct db *db = db_open(standalone_db(server), 0);
    uint64_t n = 0;
    enum rc rc;

    (void)state;
    assert_int_equal(migrate_run(standalone_db(server), testdb_sqldir(), &err), RC_OK);
    for (int death = 1; death <= 2; death++) {
        const int64_t until = clock_monotonic_us() + PATIENCE_US;

        write_down(db, (uint64_t)death);
        kill(standalone_pid(server), SIGKILL);
        do {
            event_base_loop(base, EVLOOP_NONBLOCK);
            rc = db_query_u64(db, "SELECT COUNT(*) FROM template", DB_NO_INPUT, &n);
            assert_true(clock_monotonic_us() < until);
        } while (rc == RC_AGAIN || standalone_pid(server) == 0);
        assert_int_equal(rc, RC_OK);
        assert_true(n == (uint64_t)death); /* what was committed is there */
    }
    db_close(db);
    standalone_stop(server);
    event_base_free(base);
}

static void a_second_one_on_the_same_directory_is_refused(void **state)
{
    struct standalone *server = start(NULL), *second = NULL;

    (void)state;
    in_use_ms = 1;
    assert_int_equal(start_in(dir, NULL, &second), RC_CONFLICT);
    in_use_ms = 0;
    says("in use by process");
    assert_null(second);
    standalone_stop(server);
    server = start(NULL); /* and free again */
    standalone_stop(server);
}

/* Holds the lock until the start, whose log it reads, says that it waits. */
static void hold_until_it_is_said(const char *lock, int ready, int log)
{
    const int fd = open(lock, O_RDWR | O_CREAT, 0600);
    char text[4096];
    size_t len = 0;
    ssize_t n;

    alarm(60);
    if (fd < 0 || flock(fd, LOCK_EX) || write(ready, "", 1) != 1)
        _exit(1);
    do {
        n = read(log, text + len, sizeof(text) - 1 - len);
        len += n > 0 ? (size_t)n : 0;
        text[len] = '\0';
    } while (n > 0 && len < sizeof(text) - 1 && !strstr(text, "lock=held-by"));
    _exit(strstr(text, "lock=held-by") ? 0 : 1);
}

static void one_that_is_just_ending_is_waited_for(void **state)
{
    struct standalone *server = NULL;
    const int old_stderr = dup(2);
    int ready[2], log[2], status = -1;
    char lock[128], byte;
    enum rc rc;
    pid_t pid;

    (void)state;
    assert_int_equal(mkdir(dir, 0700), 0);
    snprintf(lock, sizeof(lock), "%s/lock", dir);
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe2(log, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        close(log[1]);
        hold_until_it_is_said(lock, ready[1], log[0]);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    dup2(log[1], 2);
    rc = start_in(dir, NULL, &server);
    dup2(old_stderr, 2);
    assert_int_equal(rc, RC_OK);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    standalone_stop(server);
    for (int i = 0; i < 2; i++)
        close(log[i]);
    close(ready[0]);
    close(old_stderr);
}

static void a_directory_that_cannot_be_is_refused(void **state)
{
    struct standalone *server = NULL;
    char longer[300], file[128];
    FILE *f;

    (void)state;
    assert_int_equal(start_in("/nonexistent/deep/dir", NULL, &server), RC_INVALID);
    says("cannot make /nonexistent/deep/dir");
    snprintf(longer, sizeof(longer), "%s/%0100d", parent, 1);
    assert_int_equal(start_in(longer, NULL, &server), RC_INVALID);
    says("shorter name");
    snprintf(longer, sizeof(longer), "%s/my data", parent);
    assert_int_equal(start_in(longer, NULL, &server), RC_INVALID);
    says("plainer");
    snprintf(file, sizeof(file), "%s/letter.txt", parent);
    f = fopen(file, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(start_in(parent, NULL, &server), RC_INVALID);
    says("holds other files");
    assert_int_equal(start_in(file, NULL, &server), RC_INVALID);
    says("is not a directory");
}

static void a_server_that_does_not_start_is_reported(void **state)
{
    struct standalone *server = start(NULL);
    char path[128];

    (void)state;
    standalone_stop(server);
    snprintf(path, sizeof(path), "%s/data/ibdata1", dir);
    assert_int_equal(truncate(path, 5), 0);
    assert_int_equal(start_in(dir, NULL, &server), RC_FAIL);
    says("before it was ready");
    says("mariadbd.log");
}

/* Another process starts the server and is killed before it can stop it. */
static pid_t leave_one_behind(void)
{
    int pipe_fds[2];
    pid_t pid, left = 0;

    assert_int_equal(pipe(pipe_fds), 0);
    pid = fork();
    if (pid == 0) {
        struct standalone *server = NULL;
        pid_t mine = 0;
        alarm(60); /* does not stay behind itself */
        if (start_in(dir, NULL, &server) == RC_OK)
            mine = standalone_pid(server);
        if (write(pipe_fds[1], &mine, sizeof(mine)) < 0)
            _exit(1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(pipe_fds[0], &left, sizeof(left)), sizeof(left));
    assert_true(left > 0);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    return left;
}

static void one_left_behind_ends_and_its_place_is_taken(void **state)
{
    const pid_t left = leave_one_behind();
    struct standalone *server = start(NULL);
    char datadir[128];

    (void)state;
    snprintf(datadir, sizeof(datadir), "--datadir=%s/data", dir);
    assert_true(standalone_pid(server) != left);
    assert_false(child_stop_stray(left, datadir, 0)); /* there is none: perhaps not yet reaped */
    standalone_stop(server);
}

/* What the kernel's SIGTERM at our end would miss: it was switched off, or the server hung. */
static void a_stray_one_is_stopped_by_its_name_and_nothing_else_is(void **state)
{
    char name[] = "/bin/sleep", length[] = "300";
    struct child child = CHILD_NONE;
    int status = 0;

    (void)state;
    assert_int_equal(child_start(&child, (char *const[]){ name, length, NULL }, 2, &err), RC_OK);
    while (child_wait(&child, 50, &status) == RC_OK) /* let it exec */
        fail();
    assert_false(child_stop_stray(child.pid, "--datadir=/elsewhere", 1000));
    assert_int_equal(child_wait(&child, 0, &status), RC_AGAIN);
    assert_true(child_stop_stray(child.pid, length, 1000));
    assert_int_equal(child_wait(&child, 1000, &status), RC_OK);
    assert_true(WIFSIGNALED(status));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_starts_quickly_and_keeps_what_was_written),
        TEST(it_is_started_again_when_it_dies),
        TEST(a_second_one_on_the_same_directory_is_refused),
        TEST(one_that_is_just_ending_is_waited_for),
        TEST(a_directory_that_cannot_be_is_refused),
        TEST(a_server_that_does_not_start_is_reported),
        TEST(one_left_behind_ends_and_its_place_is_taken),
        TEST(a_stray_one_is_stopped_by_its_name_and_nothing_else_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
