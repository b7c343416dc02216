/*
 * standalone.c - start a private server, watch it, stop it.
 *
 * Its end is heard through a pidfd on the loop, then a timer starts it again: nothing here waits
 * but standalone_start() and standalone_stop(). Who needs the server meanwhile hears RC_AGAIN from
 * its own connection.
 */
#define _GNU_SOURCE
#include "store/standalone.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/child.h"
#include "store/db_private.h"
#include "store/standalone_dir.h"

#define LOG_PART "standalone"
#include "base/log.h"

#define MEGABYTE           (INT64_C(1) << 20)
#define POOL_MIN           (64 * MEGABYTE)
#define POOL_MAX           (4096 * MEGABYTE)
#define START_PATIENCE_MS  (60 * 1000)
#define STOP_PATIENCE_MS   (60 * 1000)
#define IN_USE_PATIENCE_MS (10 * 1000)
#define ANSWER_PATIENCE_MS 30000
#define LOOK_EVERY_MS      10
#define PAUSE_FIRST_MS     100
#define PAUSE_LAST_MS      (30 * 1000)
#define STABLE_US          (60 * USEC_PER_SEC) /* one that lived so long starts again at once */

struct standalone {
    struct standalone_settings settings; /* `dir` is the caller's: not used after the start */
    struct server_dir dir;
    struct db_settings db;
    struct event_base *base;
    char *program, *options[5];
    struct child child;
    struct event *ended, *again;
    int64_t started_at; /* monotonic */
    int64_t pause_ms;
};

static void on_end(evutil_socket_t fd, short what, void *arg);

/* --- one run of the server --- */

static enum rc server_watch(struct standalone *server, struct error *err)
{
    if (!server->base)
        return RC_OK;
    server->ended = event_new(server->base, server->child.fd, EV_READ, on_end, server);
    if (!server->ended || event_add(server->ended, NULL) < 0)
        return error_set(err, RC_FAIL, "cannot watch the database server");
    return RC_OK;
}

static enum rc server_launch(struct standalone *server, struct error *err)
{
    char as_root[] = "--user=root";
    char **o = server->options;
    int log;
    enum rc rc = server_dir_open_log(&server->dir, &log, err);

    if (rc)
        return rc;
    rc = child_start(&server->child,
                     (char *const[]){ server->program, o[0], o[1], o[2], o[3], o[4],
                                      geteuid() ? NULL : as_root, NULL },
                     log, err);
    close(log);
    if (rc)
        return rc;
    server->started_at = clock_monotonic_us();
    server_dir_note(&server->dir, server->child.pid);
    return server_watch(server, err);
}

/* Blocks until it answers a real connection: the socket alone is there before that. */
static enum rc server_wait_ready(struct standalone *server, struct error *err)
{
    const int64_t until = clock_monotonic_us() + server->settings.timeout_ms * USEC_PER_MSEC;
    struct db_settings probe = server->db;
    char ending[32];
    unsigned number;
    int status;

    probe.timeout_ms = 1000;
    while (clock_monotonic_us() < until) {
        MYSQL *mysql = db_dial(&probe, NULL, &number, NULL);
        if (mysql) {
            mysql_close(mysql);
            return RC_OK;
        }
        if (child_wait(&server->child, LOOK_EVERY_MS, &status) == RC_OK)
            return error_set(err, RC_FAIL, "mariadbd ended (%s) before it was ready: see %s",
                             child_ending(status, ending), server->dir.log);
    }
    return error_set(err, RC_FAIL, "mariadbd is not ready after %lld s: see %s",
                     (long long)(server->settings.timeout_ms / 1000), server->dir.log);
}

/* --- its deaths --- */

static void server_again_later(struct standalone *server)
{
    const struct timeval pause = { .tv_sec = server->pause_ms / 1000,
                                   .tv_usec = server->pause_ms % 1000 * 1000 };

    if (event_add(server->again, &pause) < 0)
        log_error("server=down reason=\"no timer\" effect=\"stays down\"");
    server->pause_ms *= 2;
    if (server->pause_ms > PAUSE_LAST_MS)
        server->pause_ms = PAUSE_LAST_MS;
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
    struct standalone *server = arg;
    char ending[32];
    int status;

    (void)fd;
    (void)what;
    if (child_wait(&server->child, 0, &status)) {
        event_add(server->ended, NULL);
        return;
    }
    event_free(server->ended);
    server->ended = NULL;
    if (clock_monotonic_us() - server->started_at > STABLE_US)
        server->pause_ms = PAUSE_FIRST_MS;
    log_error("server=ended by=\"%s\" effect=\"started again in %lld ms\" log=%s",
              child_ending(status, ending), (long long)server->pause_ms, server->dir.log);
    server_again_later(server);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
    struct standalone *server = arg;
    struct error err;

    (void)fd;
    (void)what;
    if (server_launch(server, &err) == RC_OK) {
        log_info("server=started pid=%d", (int)server->child.pid);
        return;
    }
    log_error("server=not-started reason=\"%s\"", err.text);
    if (server->child.pid == 0)
        server_again_later(server);
}

/* --- start and stop --- */

static enum rc server_name_options(struct standalone *server, struct error *err)
{
    const struct server_dir *dir = &server->dir;
    char *pid_file;
    enum rc rc = child_find("mariadbd", &server->program, err);

    if (rc)
        return rc;
    if (asprintf(&pid_file, "%s/mariadbd.pid", dir->path) < 0)
        return error_set(err, RC_FAIL, "no memory");
    server->options[0] = server_option("defaults-file", dir->config); /* must be the first */
    server->options[1] = server_option("datadir", dir->data);
    server->options[2] = server_option("socket", dir->socket);
    server->options[3] = server_option("pid-file", pid_file);
    server->options[4] = server_option("log-error", dir->log);
    free(pid_file);
    for (size_t i = 0; i < sizeof(server->options) / sizeof(server->options[0]); i++) {
        if (!server->options[i])
            return error_set(err, RC_FAIL, "no memory");
    }
    return RC_OK;
}

/* A quarter of the machine's memory: the rest is for everybody else on it. */
static int64_t fitting_buffer_pool(void)
{
    int64_t quarter = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 4;

    if (quarter < POOL_MIN)
        return POOL_MIN;
    return quarter < POOL_MAX ? quarter / MEGABYTE * MEGABYTE : POOL_MAX;
}

static void server_set_defaults(struct standalone *server)
{
    struct standalone_settings *s = &server->settings;

    if (s->buffer_pool_bytes == 0)
        s->buffer_pool_bytes = fitting_buffer_pool();
    if (s->log_file_bytes == 0)
        s->log_file_bytes = 512 * MEGABYTE;
    if (s->timeout_ms == 0)
        s->timeout_ms = START_PATIENCE_MS;
    server->pause_ms = PAUSE_FIRST_MS;
    server->db = (struct db_settings){
        .socket = server->dir.socket,
        .user = "root",
        .password = "",
        .database = "relais",
        .timeout_ms = ANSWER_PATIENCE_MS,
        .node_id = s->node_id,
    };
}

static enum rc server_start(struct standalone *server, struct error *err)
{
    const pid_t stray = server_dir_stray(&server->dir);
    enum rc rc = server_name_options(server, err);

    if (!rc)
        rc = server_dir_write_config(&server->dir, &server->settings, err);
    if (rc)
        return rc;
    if (child_stop_stray(stray, server->options[1], STOP_PATIENCE_MS))
        log_warn("dir=%s server=stopped pid=%d reason=\"left behind by a relaisd before\"",
                 server->dir.path, (int)stray);
    rc = server_dir_install(&server->dir, err);
    if (rc)
        return rc;
    if (server->base) {
        server->again = evtimer_new(server->base, on_again, server);
        if (!server->again)
            return error_set(err, RC_FAIL, "no memory");
    }
    rc = server_launch(server, err);
    if (!rc)
        rc = server_wait_ready(server, err);
    return rc;
}

enum rc standalone_start(const struct standalone_settings *settings, struct event_base *base,
                         struct standalone **out, struct error *err)
{
    const int64_t began = clock_monotonic_us();
    struct standalone *server = calloc(1, sizeof(*server));
    enum rc rc;

    if (!server)
        return error_set(err, RC_FAIL, "no memory");
    server->settings = *settings;
    server->base = base;
    server->child = (struct child)CHILD_NONE;
    rc = server_dir_open(&server->dir, settings->dir,
                         settings->in_use_ms ? settings->in_use_ms : IN_USE_PATIENCE_MS, err);
    if (!rc) {
        server_set_defaults(server);
        rc = server_start(server, err);
    }
    if (rc) {
        standalone_stop(server);
        return rc;
    }
    log_info("server=ready pid=%d dir=%s ms=%lld", (int)server->child.pid, server->dir.path,
             (long long)((clock_monotonic_us() - began) / USEC_PER_MSEC));
    *out = server;
    return RC_OK;
}

const struct db_settings *standalone_db(const struct standalone *server)
{
    return &server->db;
}

pid_t standalone_pid(const struct standalone *server)
{
    return server->child.pid;
}

void standalone_stop(struct standalone *server)
{
    if (!server)
        return;
    if (server->ended)
        event_free(server->ended);
    if (server->again)
        event_free(server->again);
    child_stop(&server->child, STOP_PATIENCE_MS);
    server_dir_close(&server->dir);
    for (size_t i = 0; i < sizeof(server->options) / sizeof(server->options[0]); i++)
        free(server->options[i]);
    free(server->program);
    free(server);
}
