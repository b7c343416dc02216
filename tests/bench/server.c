/* server.c - see server.h. */
#define _GNU_SOURCE
#include "tests/bench/server.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "store/migrate.h"
#include "store/standalone.h"

static struct standalone *server;
static char dir[256];

void must(enum rc rc, const char *what, const char *why)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "bench: %s: %s %s\n", what, rc_name(rc), why);
    exit(1);
}

double seconds_since(int64_t monotonic_us)
{
    return (double)(clock_monotonic_us() - monotonic_us) / USEC_PER_SEC;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void stop_server(void)
{
    standalone_stop(server);
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void bench_server_start(void)
{
    const char *tmp = getenv("TMPDIR");
    struct error err = { "" };

    log_set_level(NULL, LOG_LEVEL_WARN);
    snprintf(dir, sizeof(dir), "%s/relais-bench-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir)) {
        perror(dir);
        exit(1);
    }
    atexit(stop_server);
    must(standalone_start(&(struct standalone_settings){ .dir = dir, .node_id = 1 }, NULL, &server,
                          &err),
         "server", err.text);
    must(migrate_run(standalone_db(server), BENCH_SRCDIR "/sql", &err), "schema", err.text);
}

struct db *bench_db_open(unsigned lane)
{
    struct db *db = db_open(standalone_db(server), lane);

    must(db ? RC_OK : RC_FAIL, "connection", "no memory");
    return db;
}
