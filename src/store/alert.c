/* alert.c - the table of alerts. */
#include "store/alert.h"

#include <stdio.h>
#include <string.h>

#include "domain/utf8.h"
#include "domain/value.h"
#include "store/db.h"

/* The key one_open is what keeps a second one from being opened, on any node. */
static const char SQL_OPEN[] = "INSERT INTO alert (id, kind, subject, text, opened_at)\n"
                               "VALUES (?, ?, ?, ?, ?)\n"
                               "ON DUPLICATE KEY UPDATE text = VALUES(text)";

enum rc alert_new_id(struct db *db, uint64_t *id)
{
    return db_new_ids(db, "alert", 1, id);
}

/* The first `max` characters, as a value for a column of that width. */
static struct db_value cut(const char *text, size_t max)
{
    return db_bytes(text, text_prefix(text, strlen(text), max));
}

enum rc alert_put(struct db *db, uint64_t id, const char *kind, const char *subject,
                  const char *text)
{
    return db_run(
        db, SQL_OPEN,
        DB_IN(db_u64(id), db_text(kind), cut(subject, 120), cut(text, 300), db_time(clock_now())),
        NULL);
}

enum rc alert_open(struct db *db, const char *kind, const char *subject, const char *text)
{
    uint64_t id;
    enum rc rc = alert_new_id(db, &id);

    return rc ? rc : alert_put(db, id, kind, subject, text);
}

static const char SQL_CLOSE[] = "UPDATE alert\n"
                                "SET closed_at = ?\n"
                                "WHERE kind = ? AND subject = ? AND open_key = 0";

enum rc alert_close(struct db *db, const char *kind, const char *subject)
{
    return db_run(db, SQL_CLOSE, DB_IN(db_time(clock_now()), db_text(kind), cut(subject, 120)),
                  NULL);
}

static const char SQL_CLOSE_BY[] = "UPDATE alert\n"
                                   "SET closed_at = ?, closed_by = ?\n"
                                   "WHERE id = ? AND closed_at IS NULL";

static const char SQL_KNOWN[] = "SELECT id FROM alert WHERE id = ?";

enum rc alert_close_by(struct db *db, uint64_t id, const char *who)
{
    uint64_t changed = 0, known;
    enum rc rc =
        db_run(db, SQL_CLOSE_BY, DB_IN(db_time(clock_now()), cut(who, 64), db_u64(id)), &changed);

    if (rc || changed)
        return rc;
    rc = db_query_u64(db, SQL_KNOWN, DB_IN(db_u64(id)), &known);
    return rc ? rc : RC_CONFLICT;
}

static const char SQL_ANSWER[] =
    "UPDATE alert\n"
    "SET seen_at = COALESCE(seen_at, ?), seen_by = IF(seen_by = '', ?, seen_by), note = ?,\n"
    "    closed_at = IF(?, ?, NULL), closed_by = IF(?, ?, '')\n"
    "WHERE id = ? AND closed_at IS NULL";

enum rc alert_answer(struct db *db, uint64_t id, const char *who, const char *note, bool closes)
{
    const utc_us now = clock_now();
    uint64_t changed = 0, known;
    enum rc rc = db_run(db, SQL_ANSWER,
                        DB_IN(db_time(now), cut(who, 64), cut(note, 300), db_u64(closes),
                              db_time(now), db_u64(closes), cut(who, 64), db_u64(id)),
                        &changed);

    if (rc || changed)
        return rc;
    rc = db_query_u64(db, SQL_KNOWN, DB_IN(db_u64(id)), &known);
    return rc ? rc : RC_CONFLICT;
}

#define ALERT_COLUMNS \
    "id, kind, subject, text, opened_at, closed_at, closed_by, seen_at, seen_by, note"

static const char SQL_LIST_OPEN[] = "SELECT " ALERT_COLUMNS "\n"
                                    "FROM alert\n"
                                    "WHERE open_key = 0 AND id < ?\n"
                                    "ORDER BY id DESC\n"
                                    "LIMIT ?";

static const char SQL_LIST_ALL[] = "SELECT " ALERT_COLUMNS "\n"
                                   "FROM alert\n"
                                   "WHERE id < ?\n"
                                   "ORDER BY id DESC\n"
                                   "LIMIT ?";

static void alert_from_row(const struct db_rows *rows, struct alert *a)
{
    *a = (struct alert){ .id = db_get_u64(rows, 0),
                         .opened_at = db_get_time(rows, 4),
                         .closed_at = db_get_time(rows, 5),
                         .seen_at = db_get_time(rows, 7) };
    snprintf(a->kind, sizeof(a->kind), "%s", db_get_text(rows, 1));
    snprintf(a->subject, sizeof(a->subject), "%s", db_get_text(rows, 2));
    snprintf(a->text, sizeof(a->text), "%s", db_get_text(rows, 3));
    snprintf(a->closed_by, sizeof(a->closed_by), "%s", db_get_text(rows, 6));
    snprintf(a->seen_by, sizeof(a->seen_by), "%s", db_get_text(rows, 8));
    snprintf(a->note, sizeof(a->note), "%s", db_get_text(rows, 9));
}

enum rc alerts_list(struct db *db, bool closed_too, uint64_t before, struct alert *list, size_t *n)
{
    struct db_rows *rows = NULL;
    size_t got = 0;
    enum rc rc = db_query(db, closed_too ? SQL_LIST_ALL : SQL_LIST_OPEN,
                          DB_IN(db_u64(before ? before : INT64_MAX), db_u64(*n)), &rows);

    if (rc)
        return rc;
    while (got < *n && db_next(rows))
        alert_from_row(rows, &list[got++]);
    rc = db_rows_end(rows);
    if (!rc)
        *n = got;
    return rc;
}

static const char SQL_COUNT[] = "SELECT kind, COUNT(*)\n"
                                "FROM alert\n"
                                "WHERE open_key = 0\n"
                                "GROUP BY kind";

enum rc alerts_count(struct db *db, void (*each)(void *arg, const char *kind, uint64_t n),
                     void *arg)
{
    struct db_rows *rows = NULL;
    enum rc rc = db_query(db, SQL_COUNT, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        each(arg, db_get_text(rows, 0), db_get_u64(rows, 1));
    return db_rows_end(rows);
}
