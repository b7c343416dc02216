/*
 * standalone_dir.c - make, lock and fill the directory of a private server.
 *
 * The server's root account has no password: whoever can reach the socket is the owner of the data.
 * So the directory is closed to everybody else (0700), and one that holds other things is refused.
 */
#define _GNU_SOURCE
#include "store/standalone_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "store/child.h"

#define LOG_PART "standalone"
#include "base/log.h"

#define LOCK_NAME           "lock"
#define FILLING_NAME        "data.new" /* becomes data/ when it is whole */
#define INSTALL_PATIENCE_MS (120 * 1000)
#define LOCK_LOOK_EVERY_MS  50

static const char config_text[] =
    "# Written by relaisd at every start: changes here do not stay.\n"
    "[mariadbd]\n"
    "skip-networking\n"
    "skip-name-resolve\n"
    "disable-log-bin\n"
    "performance_schema = OFF\n"
    "character-set-server = utf8mb4\n"
    "collation-server = utf8mb4_unicode_520_ci\n"
    "default-time-zone = '+00:00'\n"
    "max_allowed_packet = 64M\n"
    "aria_pagecache_buffer_size = 8M\n"
    "key_buffer_size = 1M\n"
    "# What was committed is on the disk.\n"
    "innodb_flush_log_at_trx_commit = 1\n"
    "innodb_buffer_pool_dump_at_shutdown = OFF\n"
    "innodb_buffer_pool_load_at_startup = OFF\n"
    "innodb_buffer_pool_size = %" PRId64 "\n"
    "innodb_log_file_size = %" PRId64 "\n"
    "# Write changed pages steadily, before the redo log is full and everybody waits for it.\n"
    "innodb_io_capacity = 2000\n"
    "# A server that starts removes others' temporary tables from a shared one.\n"
    "tmpdir = %s\n";

/* --- the lock file says "PID-OF-RELAISD PID-OF-SERVER" --- */

static void lock_read(const struct server_dir *dir, int *owner, int *server)
{
    char text[64] = "";

    *owner = *server = 0;
    if (pread(dir->lock, text, sizeof(text) - 1, 0) > 0)
        sscanf(text, "%d %d", owner, server);
}

pid_t server_dir_stray(const struct server_dir *dir)
{
    int owner, server;

    lock_read(dir, &owner, &server);
    return server;
}

void server_dir_note(const struct server_dir *dir, pid_t server)
{
    char text[64];
    const int len = snprintf(text, sizeof(text), "%d %d\n", (int)getpid(), (int)server);

    if (ftruncate(dir->lock, 0) < 0 || pwrite(dir->lock, text, (size_t)len, 0) != len)
        log_warn("dir=%s lock=not-written error=\"%s\"", dir->path, strerror(errno));
}

/* --- whose it is --- */

/* Files that say: Relais was here. An empty directory is as good. */
static enum rc dir_check_content(const char *path, struct error *err)
{
    DIR *d = opendir(path);
    bool empty = true, ours = false;
    const struct dirent *e;

    if (!d)
        return error_set(err, RC_INVALID, "%s: %s", path, strerror(errno));
    while ((e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, LOCK_NAME) == 0)
            ours = true;
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            empty = false;
    }
    closedir(d);
    if (!empty && !ours)
        return error_set(err, RC_INVALID,
                         "%s holds other files: give a directory for the database alone", path);
    return RC_OK;
}

static enum rc dir_make(const char *path, struct error *err)
{
    struct stat st;
    enum rc rc;

    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return error_set(err, RC_INVALID, "cannot make %s: %s", path, strerror(errno));
    if (stat(path, &st) < 0)
        return error_set(err, RC_INVALID, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return error_set(err, RC_INVALID, "%s is not a directory", path);
    if (st.st_uid != geteuid())
        return error_set(err, RC_INVALID, "%s belongs to user %u, and this is user %u", path,
                         (unsigned)st.st_uid, (unsigned)geteuid());
    rc = dir_check_content(path, err);
    if (!rc && (st.st_mode & 077) && chmod(path, 0700) < 0)
        return error_set(err, RC_INVALID, "cannot close %s to others: %s", path, strerror(errno));
    return rc;
}

/* A relaisd that was killed holds it until the kernel has taken its memory apart. */
static enum rc dir_wait_for_lock(const struct server_dir *dir, int64_t patience_ms,
                                 struct error *err)
{
    const int64_t until = clock_monotonic_us() + patience_ms * USEC_PER_MSEC;
    const struct timespec pause = { .tv_nsec = LOCK_LOOK_EVERY_MS * 1000000L };
    int owner, server;

    lock_read(dir, &owner, &server);
    log_warn("dir=%s lock=held-by pid=%d effect=\"waits up to %lld ms for its end\"", dir->path,
             owner, (long long)patience_ms);
    while (clock_monotonic_us() < until) {
        nanosleep(&pause, NULL);
        if (flock(dir->lock, LOCK_EX | LOCK_NB) == 0)
            return RC_OK;
    }
    lock_read(dir, &owner, &server);
    return error_set(err, RC_CONFLICT, "%s is in use by process %d: one relaisd a directory",
                     dir->path, owner);
}

static enum rc dir_lock(struct server_dir *dir, int64_t patience_ms, struct error *err)
{
    char *name;

    if (asprintf(&name, "%s/" LOCK_NAME, dir->path) < 0)
        return error_set(err, RC_FAIL, "no memory");
    dir->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(name);
    if (dir->lock < 0)
        return error_set(err, RC_INVALID, "cannot open %s/" LOCK_NAME ": %s", dir->path,
                         strerror(errno));
    if (flock(dir->lock, LOCK_EX | LOCK_NB) == 0)
        return RC_OK;
    return dir_wait_for_lock(dir, patience_ms, err);
}

static enum rc dir_name_files(struct server_dir *dir, struct error *err)
{
    const size_t limit = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

    if (strpbrk(dir->path, " \t\r\n\"'\\$`*?[]{}()<>|&;#!~"))
        return error_set(err, RC_INVALID,
                         "%s has a blank or a character of the shell in its name, which "
                         "mariadb-install-db does not take: choose a plainer one",
                         dir->path);
    if (asprintf(&dir->data, "%s/data", dir->path) < 0 ||
        asprintf(&dir->socket, "%s/mariadbd.sock", dir->path) < 0 ||
        asprintf(&dir->config, "%s/mariadbd.cnf", dir->path) < 0 ||
        asprintf(&dir->log, "%s/mariadbd.log", dir->path) < 0)
        return error_set(err, RC_FAIL, "no memory");
    if (strlen(dir->socket) > limit)
        return error_set(err, RC_INVALID,
                         "the path %s is %zu bytes long; a unix socket takes %zu: choose a "
                         "directory with a shorter name",
                         dir->socket, strlen(dir->socket), limit);
    return RC_OK;
}

enum rc server_dir_open(struct server_dir *dir, const char *path, int64_t patience_ms,
                        struct error *err)
{
    enum rc rc = dir_make(path, err);

    *dir = (struct server_dir){ .lock = -1 };
    if (rc)
        return rc;
    dir->path = realpath(path, NULL);
    if (!dir->path)
        return error_set(err, RC_INVALID, "%s: %s", path, strerror(errno));
    rc = dir_name_files(dir, err);
    if (!rc)
        rc = dir_lock(dir, patience_ms, err);
    if (rc)
        server_dir_close(dir);
    return rc;
}

void server_dir_close(struct server_dir *dir)
{
    if (dir->lock >= 0)
        close(dir->lock); /* gives the lock back */
    free(dir->path);
    free(dir->data);
    free(dir->socket);
    free(dir->config);
    free(dir->log);
    *dir = (struct server_dir){ .lock = -1 };
}

/* --- what lies in it --- */

enum rc server_dir_write_config(const struct server_dir *dir,
                                const struct standalone_settings *settings, struct error *err)
{
    FILE *f = fopen(dir->config, "we");
    bool bad;

    if (!f)
        return error_set(err, RC_INVALID, "cannot write %s: %s", dir->config, strerror(errno));
    fprintf(f, config_text, settings->buffer_pool_bytes, settings->log_file_bytes, dir->path);
    bad = ferror(f);
    if (fclose(f) != 0 || bad)
        return error_set(err, RC_INVALID, "cannot write %s: %s", dir->config, strerror(errno));
    return RC_OK;
}

enum rc server_dir_open_log(const struct server_dir *dir, int *fd, struct error *err)
{
    *fd = open(dir->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (*fd < 0)
        return error_set(err, RC_INVALID, "cannot write %s: %s", dir->log, strerror(errno));
    return RC_OK;
}

char *server_option(const char *name, const char *value)
{
    char *text;

    return asprintf(&text, "--%s=%s", name, value) < 0 ? NULL : text;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static enum rc run_installer(const struct server_dir *dir, const char *filling, struct error *err)
{
    char normal[] = "--auth-root-authentication-method=normal";
    char no_test[] = "--skip-test-db", as_root[] = "--user=root";
    char no_names[] = "--force"; /* a host whose own name cannot be looked up is good enough */
    char *program = NULL, *config = server_option("defaults-file", dir->config);
    char *data = server_option("datadir", filling), ending[32];
    struct child child = CHILD_NONE;
    int log = -1, status = 0;
    enum rc rc = child_find("mariadb-install-db", &program, err);

    if (rc)
        goto out;
    if (!config || !data) {
        rc = error_set(err, RC_FAIL, "no memory");
        goto out;
    }
    rc = server_dir_open_log(dir, &log, err);
    if (rc)
        goto out;
    rc = child_start(&child,
                     (char *const[]){ program, config, data, normal, no_test, no_names,
                                      geteuid() ? NULL : as_root, NULL },
                     log, err);
    if (rc)
        goto out;
    rc = child_wait(&child, INSTALL_PATIENCE_MS, &status);
    if (rc || status) {
        rc = error_set(err, RC_FAIL, "mariadb-install-db failed (%s): its words are in %s",
                       rc ? "too slow" : child_ending(status, ending), dir->log);
        child_stop(&child, 1000);
    }
out:
    if (log >= 0)
        close(log);
    free(program);
    free(config);
    free(data);
    return rc;
}

enum rc server_dir_install(const struct server_dir *dir, struct error *err)
{
    char *filling = NULL;
    enum rc rc;

    if (access(dir->data, F_OK) == 0)
        return RC_OK;
    if (asprintf(&filling, "%s/" FILLING_NAME, dir->path) < 0)
        return error_set(err, RC_FAIL, "no memory");
    log_info("dir=%s database=installing", dir->path);
    nftw(filling, remove_one, 16, FTW_DEPTH | FTW_PHYS); /* what an interrupted one left */
    rc = run_installer(dir, filling, err);
    if (!rc && rename(filling, dir->data) < 0)
        rc = error_set(err, RC_FAIL, "cannot name %s: %s", dir->data, strerror(errno));
    free(filling);
    return rc;
}
