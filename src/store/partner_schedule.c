/* partner_schedule.c - rows of the clock's work for partners. */
#include "store/partner_schedule.h"

#include "store/alert.h"
#include "store/db.h"

#define FILES_MAX 1000 /* looked at for one deadline */

static const char *what_name(enum schedule_what what)
{
    static const char *const names[] = { "status_file", "expect" };

    return names[what];
}

static const char SQL_GET[] = "SELECT done_at, last_id, last_message, making_at, making_to,\n"
                              "  making_to_message, files\n"
                              "FROM partner_schedule\n"
                              "WHERE profile = ? AND what = ?";

enum rc schedule_get(struct db *db, const char *profile, enum schedule_what what,
                     struct partner_schedule *s)
{
    struct db_rows *rows = NULL;
    bool found;
    enum rc rc = db_query(db, SQL_GET, DB_IN(db_text(profile), db_text(what_name(what))), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        *s = (struct partner_schedule){ .done_at = db_get_time(rows, 0),
                                        .last_id = db_get_u64(rows, 1),
                                        .last_message = db_get_u64(rows, 2),
                                        .making_at = db_get_time(rows, 3),
                                        .making_to = db_get_u64(rows, 4),
                                        .making_to_message = db_get_u64(rows, 5),
                                        .files = db_get_u64(rows, 6) };
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

static const char SQL_BEGIN[] =
    "INSERT INTO partner_schedule (profile, what, partner_id, done_at,\n"
    "  last_id, last_message)\n"
    "VALUES (?, ?, ?, ?, ?, ?)";

enum rc schedule_begin(struct db *db, const char *profile, enum schedule_what what,
                       unsigned partner_id, const struct partner_schedule *s)
{
    const enum rc rc =
        db_run(db, SQL_BEGIN,
               DB_IN(db_text(profile), db_text(what_name(what)), db_u64(partner_id),
                     db_time(s->done_at), db_u64(s->last_id), db_u64(s->last_message)),
               NULL);

    return rc == RC_CONFLICT ? RC_OK : rc;
}

static const char SQL_MAKING[] = "UPDATE partner_schedule\n"
                                 "SET making_at = ?, making_to = ?, making_to_message = ?\n"
                                 "WHERE profile = ? AND what = 'status_file' AND done_at = ?\n"
                                 "  AND making_at IS NULL";

enum rc schedule_making(struct db *db, const char *profile, const struct partner_schedule *s)
{
    uint64_t changed = 0;
    const enum rc rc =
        db_run(db, SQL_MAKING,
               DB_IN(db_time(s->making_at), db_u64(s->making_to), db_u64(s->making_to_message),
                     db_text(profile), db_time(s->done_at)),
               &changed);

    return rc ? rc : changed ? RC_OK : RC_CONFLICT;
}

static const char SQL_MADE[] = "UPDATE partner_schedule\n"
                               "SET done_at = making_at, last_id = making_to,\n"
                               "  last_message = making_to_message, making_to = 0,\n"
                               "  making_to_message = 0, making_at = NULL, files = files + ?\n"
                               "WHERE profile = ? AND what = 'status_file' AND making_at = ?";

enum rc schedule_made(struct db *db, const char *profile, const struct partner_schedule *s,
                      bool written)
{
    uint64_t changed = 0;
    const enum rc rc = db_run(
        db, SQL_MADE, DB_IN(db_u64(written), db_text(profile), db_time(s->making_at)), &changed);

    return rc ? rc : changed ? RC_OK : RC_CONFLICT;
}

/* --- expected files --- */

struct expected {
    const char *profile, *missing;
    utc_us was, due;
    uint64_t alert_id;
};

static const char SQL_EXPECTED[] = "UPDATE partner_schedule\n"
                                   "SET done_at = ?\n"
                                   "WHERE profile = ? AND what = 'expect' AND done_at = ?";

static enum rc expected_body(struct db *db, void *arg)
{
    const struct expected *e = arg;
    uint64_t changed = 0;
    enum rc rc = db_run(db, SQL_EXPECTED,
                        DB_IN(db_time(e->due), db_text(e->profile), db_time(e->was)), &changed);

    if (rc)
        return rc;
    if (!changed)
        return RC_CONFLICT;
    return e->missing ? alert_put(db, e->alert_id, ALERT_FILE_MISSING, e->profile, e->missing)
                      : alert_settle(db, ALERT_FILE_MISSING, e->profile);
}

enum rc schedule_expected(struct db *db, const char *profile, const struct partner_schedule *s,
                          utc_us due, const char *missing)
{
    struct expected e = { profile, missing, s->done_at, due, 0 };
    enum rc rc = missing ? alert_new_id(db, &e.alert_id) : RC_OK;

    return rc ? rc : db_transaction(db, expected_body, &e);
}

static const char SQL_FILES[] = "SELECT file_name\n"
                                "FROM import\n"
                                "WHERE partner_id = ? AND profile = ? AND received_at > ?\n"
                                "  AND state IN ('checking', 'applying', 'done')\n"
                                "ORDER BY received_at DESC\n"
                                "LIMIT ?";

enum rc schedule_files_since(struct db *db, unsigned partner_id, const char *profile, utc_us since,
                             bool (*each)(void *arg, const char *file_name), void *arg)
{
    struct db_rows *rows = NULL;
    bool more = true;
    enum rc rc;

    rc = db_query(db, SQL_FILES,
                  DB_IN(db_u64(partner_id), db_text(profile), db_time(since), db_u64(FILES_MAX)),
                  &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        if (more)
            more = each(arg, db_get_text(rows, 0));
    }
    return db_rows_end(rows);
}

static const char SQL_MISSING[] = "SELECT opened_at\n"
                                  "FROM alert\n"
                                  "WHERE kind = ? AND subject = ? AND open_key = 0";

enum rc schedule_missing_since(struct db *db, const char *profile, utc_us *opened_at)
{
    struct db_rows *rows = NULL;
    utc_us at = 0;
    enum rc rc =
        db_query(db, SQL_MISSING, DB_IN(db_text(ALERT_FILE_MISSING), db_text(profile)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        at = db_get_time(rows, 0);
    rc = db_rows_end(rows);
    if (!rc)
        *opened_at = at;
    return rc;
}
