/* partition.c - reads how a table is cut, and changes it by what partition_plan.h says. */
#include "store/partition.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "store/campaign_figures.h"
#include "store/db.h"
#include "store/timed_id.h"

#define LOG_PART "partition"
#include "base/log.h"

#define ALTER_MAX     4096
#define MOVE_MAX      20000 /* rows; a third of a second, during which nobody writes */
#define CAMPAIGNS_MAX 100   /* whose figures are kept in one go */

static const char SQL_LIST[] =
    "SELECT partition_name, partition_description, table_rows, data_length + index_length"
    "  FROM information_schema.partitions"
    " WHERE table_schema = DATABASE() AND table_name = ? AND partition_name IS NOT NULL"
    " ORDER BY partition_ordinal_position"
    " LIMIT ?";

static const char SQL_GONE[] = "UPDATE partition_drop"
                               "   SET dropped_at = ?"
                               " WHERE table_name = ? AND dropped_at IS NULL AND before_id < ?";

static const char SQL_INTEND[] = "INSERT IGNORE INTO partition_drop (table_name, before_id)"
                                 "VALUES (?, ?)";

static const char SQL_SINCE[] = "SELECT COALESCE(MAX(before_id), 0)"
                                "  FROM partition_drop"
                                " WHERE table_name = ? AND dropped_at IS NOT NULL";

/* What is still to be sent, or on the wire. */
static const char SQL_OPEN[] = "SELECT COUNT(*)"
                               "  FROM (SELECT 1 FROM outbox_slice WHERE id < ? LIMIT 1) s";

static const char SQL_UNCOUNTED[] =
    "SELECT id"
    "  FROM campaign"
    " WHERE first_message > 0 AND first_message < ? AND figures_at IS NULL"
    " ORDER BY id"
    " LIMIT 1";

static const struct busy_table {
    const char *name;
    const char *ahead;    /* how much is in p_future, up to a limit */
    bool messages, waits; /* campaigns count its rows; the queue speaks of them */
    size_t keep;          /* of struct retention_settings */
} tables[PARTITION_TABLE_COUNT] = {
    [PARTITION_MESSAGE] = { "message",
                            "SELECT COUNT(*) FROM"
                            " (SELECT id FROM message PARTITION (p_future) LIMIT ?) f",
                            true, true, offsetof(struct retention_settings, messages_ms) },
    [PARTITION_EVENT] = { "message_event",
                          "SELECT COUNT(*) FROM"
                          " (SELECT id FROM message_event PARTITION (p_future) LIMIT ?) f",
                          false, true, offsetof(struct retention_settings, events_ms) },
    [PARTITION_INBOUND] = { "inbound_message",
                            "SELECT COUNT(*) FROM"
                            " (SELECT id FROM inbound_message PARTITION (p_future) LIMIT ?) f",
                            false, false, offsetof(struct retention_settings, inbound_ms) },
};

const char *partition_table_name(enum partition_table table)
{
    return tables[table].name;
}

int64_t partition_keep_us(const struct retention_settings *settings, enum partition_table table)
{
    int64_t keep_ms;

    memcpy(&keep_ms, (const char *)settings + tables[table].keep, sizeof(keep_ms));
    return keep_ms * USEC_PER_MSEC;
}

static uint64_t parse_bound(const char *text)
{
    return strcmp(text, "MAXVALUE") == 0 ? PARTITION_NO_BOUND : strtoull(text, NULL, 10);
}

enum rc partition_read(struct db *db, enum partition_table table, struct partitions *out)
{
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_LIST, DB_IN(db_text(tables[table].name), db_u64(PARTITIONS_MAX)), &rows);

    if (rc)
        return rc;
    out->n = 0;
    while (out->n < PARTITIONS_MAX && db_next(rows)) {
        struct partition *p = &out->list[out->n++];
        snprintf(p->name, sizeof(p->name), "%s", db_get_text(rows, 0));
        p->below = parse_bound(db_get_text(rows, 1));
        p->rows = db_get_u64(rows, 2);
        p->bytes = db_get_u64(rows, 3);
    }
    return db_rows_end(rows);
}

enum rc partition_kept_since(struct db *db, enum partition_table table, utc_us *since)
{
    uint64_t id;
    enum rc rc = db_query_u64(db, SQL_SINCE, DB_IN(db_text(tables[table].name)), &id);

    if (!rc)
        *since = id ? timed_id_time(id) : 0;
    return rc;
}

/* Waiting for the table is what makes others wait: a second, then we try again another time. */
static enum rc alter(struct db *db, const struct busy_table *t, const char *what)
{
    struct buffer sql;
    enum rc rc = RC_FAIL;

    buffer_init(&sql, ALTER_MAX);
    buffer_printf(&sql, "ALTER TABLE %s WAIT 1 %s", t->name, what);
    if (!sql.full)
        rc = db_run_once(db, buffer_text(&sql));
    buffer_close(&sql);
    if (rc == RC_AGAIN)
        log_info("table=%s change=put-off reason=\"the table is busy, or the database away\"",
                 t->name);
    return rc == RC_UNKNOWN ? RC_AGAIN : rc;
}

static enum rc make(struct db *db, const struct busy_table *t, const struct partitions *now_there,
                    utc_us now, struct partition_work *work)
{
    struct partition missing[PARTITION_AHEAD + 1];
    size_t n = partition_plan_make(now_there->list, now_there->n, now, missing);
    struct buffer what;
    uint64_t ahead;
    enum rc rc;

    if (!n)
        return RC_OK;
    rc = db_query_u64(db, t->ahead, DB_IN(db_u64(MOVE_MAX + 1)), &ahead);
    if (rc)
        return rc;
    if (ahead > MOVE_MAX) {
        log_warn("table=%s partition=%s state=full rows_over=%d effect=\"no further months are "
                 "made\" hint=\"stop relaisd, then split it: see Months in the manual of "
                 "operations\"",
                 t->name, PARTITION_FUTURE, MOVE_MAX);
        return RC_INVALID;
    }
    buffer_init(&what, ALTER_MAX);
    buffer_add_text(&what, "REORGANIZE PARTITION " PARTITION_FUTURE " INTO (");
    for (size_t i = 0; i < n; i++)
        buffer_printf(&what, "PARTITION %s VALUES LESS THAN (%" PRIu64 "), ", missing[i].name,
                      missing[i].below);
    buffer_add_text(&what, "PARTITION " PARTITION_FUTURE " VALUES LESS THAN MAXVALUE)");
    rc = what.full ? RC_FAIL : alter(db, t, buffer_text(&what));
    buffer_close(&what);
    for (size_t i = 0; !rc && i < n; i++)
        log_info("table=%s partition=%s event=made", t->name, missing[i].name);
    if (!rc)
        work->made = n;
    return rc;
}

/* Campaigns that wrote to the month keep their figures; one that is not over holds it. */
static enum rc keep_figures(struct db *db, const struct partition *p,
                            const struct retention_settings *settings, bool *held)
{
    enum rc rc = RC_OK;

    for (int i = 0; !rc && i < CAMPAIGNS_MAX; i++) {
        uint64_t id;
        rc = db_query_u64(db, SQL_UNCOUNTED, DB_IN(db_u64(p->below)), &id);
        if (rc == RC_NOTFOUND)
            return RC_OK;
        if (!rc)
            rc = campaign_figures_keep(db, id, settings->campaigns);
        if (rc == RC_CONFLICT) {
            log_warn("table=message partition=%s drop=held campaign=%" PRIu64
                     " reason=\"the campaign is not over: resume or cancel it\"",
                     p->name, id);
            *held = true;
            return RC_OK;
        }
    }
    *held = true; /* the rest next time */
    return rc;
}

/* Nothing that is still to be done may go. */
static enum rc look_before(struct db *db, const struct busy_table *t, const struct partition *p,
                           const struct retention_settings *settings, bool *held)
{
    uint64_t open = 0;
    enum rc rc = RC_OK;

    if (t->waits)
        rc = db_query_u64(db, SQL_OPEN, DB_IN(db_u64(p->below)), &open);
    if (!rc && open) {
        log_warn("table=%s partition=%s drop=held reason=\"the queue still has messages of it\"",
                 t->name, p->name);
        *held = true;
    }
    if (!rc && !*held && t->messages)
        rc = keep_figures(db, p, settings, held);
    return rc;
}

static enum rc drop(struct db *db, const struct busy_table *t, const struct partition *p,
                    const struct retention_settings *settings, utc_us now,
                    struct partition_work *work)
{
    char what[PARTITION_NAME_SIZE + 32];
    enum rc rc = look_before(db, t, p, settings, &work->held);

    if (rc || work->held)
        return rc;
    rc = db_run(db, SQL_INTEND, DB_IN(db_text(t->name), db_u64(p->below)), NULL);
    if (rc)
        return rc;
    snprintf(what, sizeof(what), "DROP PARTITION %s", p->name);
    rc = alter(db, t, what);
    if (rc)
        return rc;
    log_info("table=%s partition=%s event=dropped rows_about=%" PRIu64 " bytes=%" PRIu64, t->name,
             p->name, p->rows, p->bytes);
    work->dropped = true;
    work->before_id = p->below;
    return db_run(db, SQL_GONE, DB_IN(db_time(now), db_text(t->name), db_u64(p->below + 1)), NULL);
}

static void describe(const struct partitions *now_there, size_t gone, struct partition_work *work)
{
    const struct partition *first = &now_there->list[gone];

    work->left = now_there->n + work->made - gone;
    /* A bound is the beginning of the next month. */
    work->oldest = month_begin(timed_id_time(first->below), -1);
}

enum rc partition_maintain(struct db *db, enum partition_table table,
                           const struct retention_settings *settings, utc_us now,
                           struct partition_work *work)
{
    const struct busy_table *t = &tables[table];
    const struct partition *old;
    struct partitions *there = malloc(sizeof(*there));
    enum rc rc = there ? partition_read(db, table, there) : RC_FAIL;

    *work = (struct partition_work){ .made = 0 };
    if (rc)
        goto out;
    if (!partition_list_ours(there->list, there->n)) {
        log_error("table=%s reason=\"it is not cut by month, with " PARTITION_FUTURE
                  " last\" effect=\"no month is made or dropped\"",
                  t->name);
        rc = RC_INVALID;
        goto out;
    }
    rc = db_run(db, SQL_GONE, DB_IN(db_time(now), db_text(t->name), db_u64(there->list[0].below)),
                NULL);
    if (!rc)
        rc = make(db, t, there, now, work);
    old = partition_plan_drop(there->list, there->n, now, partition_keep_us(settings, table));
    if (!rc && old)
        rc = drop(db, t, old, settings, now, work);
    describe(there, work->dropped, work);
out:
    free(there);
    return rc;
}
