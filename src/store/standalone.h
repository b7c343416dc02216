/*
 * standalone.h - a private MariaDB server in a directory: started, watched and stopped by Relais.
 *
 * The server listens on a unix socket in that directory (mode 0700) and nowhere else, commits
 * durably, and writes its log to mariadbd.log beside it. When it dies it is started again, with
 * growing pauses; while it is away the connections say RC_AGAIN. One program a directory: a second
 * one waits a little, for the first may just have been killed, and is refused. A server left behind
 * by a relaisd that was killed is stopped at the next start.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "store/db.h"

struct event_base;
struct standalone;

struct standalone_settings {
    const char *dir;           /* made (0700) if missing; its parent must be there */
    int64_t buffer_pool_bytes; /* 0: a quarter of the machine's memory, at most 4 GB */
    int64_t log_file_bytes;    /* InnoDB's redo log; 0: 512 MB */
    int64_t timeout_ms;        /* for the server to be ready; 0: 60 s */
    int64_t in_use_ms;         /* for whoever uses the directory to be gone; 0: 10 s */
    unsigned node_id;          /* handed on to standalone_db() */
};

/*
 * Blocks until the server answers. The calling thread must live as long as the server (the kernel
 * stops the server when it ends) and be the one that runs `base`. `base` NULL: nobody watches it.
 * RC_INVALID: the directory cannot be used. RC_CONFLICT: another program uses it. RC_FAIL: the
 * server did not start; the sentence says where to read why.
 */
enum rc standalone_start(const struct standalone_settings *settings, struct event_base *base,
                         struct standalone **out, struct error *err) MUST_CHECK;
/* How to connect; lives as long as the server. The database itself is made by migrate_run(). */
const struct db_settings *standalone_db(const struct standalone *server);
pid_t standalone_pid(const struct standalone *server); /* 0: not running just now */
/* SIGTERM, a bounded wait for the last pages to be written, else SIGKILL. NULL is fine. */
void standalone_stop(struct standalone *server);
