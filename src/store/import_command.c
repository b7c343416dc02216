/* import_command.c - wishes: compare-and-set by what the import and the last wish are. */
#include "store/import_command.h"

#include <stdio.h>
#include <string.h>

#include "store/audit.h"
#include "store/db.h"
#include "store/import_query.h"

/* A wish from before the import was begun again is none. */
static const char SQL_WISH[] = "SELECT w.wish, w.who\n"
                               "FROM import_wish w\n"
                               "JOIN import i ON i.id = w.import_id\n"
                               "WHERE w.import_id = ? AND w.at >= i.received_at";

static const char SQL_WANT[] = "INSERT INTO import_wish (import_id, wish, at, who)\n"
                               "SELECT i.id, ?, ?, ?\n"
                               "FROM import i\n"
                               "WHERE i.id = ? AND i.state IN ('checking', 'applying')\n"
                               "ON DUPLICATE KEY UPDATE wish = VALUES(wish), at = VALUES(at),\n"
                               "  who = VALUES(who)";

static const char SQL_GO_ON[] = "DELETE FROM import_wish WHERE import_id = ? AND wish = 'pause'";

static const char SQL_FORGET[] =
    "DELETE w FROM import_wish w\n"
    "JOIN import i ON i.id = w.import_id\n"
    "WHERE w.import_id = ? AND i.state IN ('done', 'failed', 'undone')";

enum rc import_wish_forget(struct db *db, uint64_t id)
{
    return db_run(db, SQL_FORGET, DB_IN(db_u64(id)), NULL);
}

struct command {
    uint64_t id, audit_id;
    const char *who, *verb;
    enum import_wish wish;
    utc_us now;
    struct error *err;
};

enum rc import_wish_read(struct db *db, const struct import *imp, enum import_wish *wish,
                         char who[65])
{
    struct db_rows *rows = NULL;
    enum import_wish found = IMPORT_GO_ON;
    enum rc rc = db_query(db, SQL_WISH, DB_IN(db_u64(imp->id)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        found = strcmp(db_get_text(rows, 0), "cancel") == 0 ? IMPORT_CANCEL : IMPORT_PAUSE;
        snprintf(who, 65, "%.64s", db_get_text(rows, 1));
    }
    rc = db_rows_end(rows);
    if (!rc)
        *wish = found;
    return rc;
}

static enum rc refuse(const struct command *c, const struct import *imp, enum import_wish had)
{
    if (imp->state != IMPORT_CHECKING && imp->state != IMPORT_APPLYING)
        return error_set(c->err, RC_CONFLICT, "import %llu is %s: it is not under way",
                         (unsigned long long)imp->id, import_state_name(imp->state));
    return error_set(c->err, RC_CONFLICT, "import %llu is %s already", (unsigned long long)imp->id,
                     had == IMPORT_CANCEL  ? "being cancelled"
                     : had == IMPORT_PAUSE ? "paused"
                                           : "going on");
}

/* May it be asked for, by what is wanted now? */
static bool is_possible(enum import_wish had, enum import_wish wanted)
{
    switch (wanted) {
    case IMPORT_GO_ON:
        return had == IMPORT_PAUSE;
    case IMPORT_PAUSE:
        return had == IMPORT_GO_ON;
    case IMPORT_CANCEL:
        return had != IMPORT_CANCEL;
    }
    return false;
}

static enum rc want(struct db *db, void *arg)
{
    const struct command *c = arg;
    enum import_wish had = IMPORT_GO_ON;
    struct import imp;
    char by[65];
    uint64_t changed = 0;
    enum rc rc = import_get(db, c->id, &imp);

    if (!rc)
        rc = import_wish_read(db, &imp, &had, by);
    if (rc)
        return rc;
    if ((imp.state != IMPORT_CHECKING && imp.state != IMPORT_APPLYING) ||
        !is_possible(had, c->wish))
        return refuse(c, &imp, had);
    if (c->wish == IMPORT_GO_ON)
        rc = db_run(db, SQL_GO_ON, DB_IN(db_u64(c->id)), &changed);
    else
        rc = db_run(db, SQL_WANT,
                    DB_IN(db_text(c->wish == IMPORT_CANCEL ? "cancel" : "pause"), db_time(c->now),
                          db_text(c->who), db_u64(c->id)),
                    &changed);
    if (!rc && !changed) /* it ended, or was asked by another, since we looked */
        rc = error_set(c->err, RC_CONFLICT, "import %llu has moved on meanwhile",
                       (unsigned long long)c->id);
    return rc ? rc
              : audit_write(db, &(struct audit_entry){ .id = c->audit_id,
                                                       .at = c->now,
                                                       .who = c->who,
                                                       .verb = c->verb,
                                                       .subject = AUDIT_IMPORT,
                                                       .subject_id = c->id });
}

static enum rc command(struct db *db, uint64_t id, enum import_wish wish, const char *verb,
                       const char *who, struct error *err)
{
    struct command c = {
        .id = id, .who = who, .verb = verb, .wish = wish, .now = clock_now(), .err = err
    };
    enum rc rc = audit_new_id(db, &c.audit_id);

    return rc ? rc : db_transaction(db, want, &c);
}

enum rc import_pause(struct db *db, uint64_t id, const char *who, struct error *err)
{
    return command(db, id, IMPORT_PAUSE, "pause", who, err);
}

enum rc import_resume(struct db *db, uint64_t id, const char *who, struct error *err)
{
    return command(db, id, IMPORT_GO_ON, "resume", who, err);
}

enum rc import_cancel(struct db *db, uint64_t id, const char *who, struct error *err)
{
    return command(db, id, IMPORT_CANCEL, "cancel", who, err);
}
