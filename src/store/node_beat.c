/* node_beat.c - rows of node_beat, one a node. */
#include "store/node_beat.h"

#include <stdio.h>
#include <string.h>

#include "domain/value.h"
#include "store/db.h"

static const char SQL_LIST[] = "SELECT node_id, host, started_at, beat_at, stopped_at\n"
                               "FROM node_beat\n"
                               "ORDER BY node_id\n"
                               "LIMIT 255";

static const char SQL_START[] =
    "INSERT INTO node_beat (node_id, host, started_at, beat_at)\n"
    "VALUES (?, ?, ?, ?)\n"
    "ON DUPLICATE KEY UPDATE host = VALUES(host), started_at = VALUES(started_at),\n"
    "  beat_at = VALUES(beat_at), stopped_at = NULL";

static const char SQL_AGAIN[] = "UPDATE node_beat\n"
                                "SET beat_at = ?\n"
                                "WHERE node_id = ?";

static const char SQL_STOP[] = "UPDATE node_beat\n"
                               "SET beat_at = ?, stopped_at = ?\n"
                               "WHERE node_id = ?";

enum rc node_beats_read(struct db *db, struct node_beat list[NODES_MAX], size_t *n)
{
    struct db_rows *rows = NULL;
    enum rc rc = db_query(db, SQL_LIST, DB_NO_INPUT, &rows);

    *n = 0;
    if (rc)
        return rc;
    while (*n < NODES_MAX && db_next(rows)) {
        struct node_beat *b = &list[(*n)++];

        *b = (struct node_beat){ .node_id = (unsigned)db_get_u64(rows, 0),
                                 .started_at = db_get_time(rows, 2),
                                 .beat_at = db_get_time(rows, 3),
                                 .stopped_at = db_get_time(rows, 4) };
        snprintf(b->host, sizeof(b->host), "%s", db_get_text(rows, 1));
    }
    return db_rows_end(rows);
}

enum rc node_beat_read(struct db *db, struct node_beat *last)
{
    struct node_beat list[NODES_MAX];
    size_t n;
    enum rc rc = node_beats_read(db, list, &n);

    for (size_t i = 0; !rc && i < n; i++) {
        if (list[i].node_id == db_node(db)) {
            *last = list[i];
            return RC_OK;
        }
    }
    return rc ? rc : RC_NOTFOUND;
}

enum rc node_beat_start(struct db *db, const char *host)
{
    const utc_us now = clock_now();

    return db_run(db, SQL_START,
                  DB_IN(db_u64(db_node(db)), db_bytes(host, text_prefix(host, strlen(host), 64)),
                        db_time(now), db_time(now)),
                  NULL);
}

enum rc node_beat_again(struct db *db)
{
    return db_run(db, SQL_AGAIN, DB_IN(db_time(clock_now()), db_u64(db_node(db))), NULL);
}

enum rc node_beat_stop(struct db *db)
{
    const utc_us now = clock_now();

    return db_run(db, SQL_STOP, DB_IN(db_time(now), db_time(now), db_u64(db_node(db))), NULL);
}
