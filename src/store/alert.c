/* alert.c - the table of alerts. */
#include "store/alert.h"

#include <stdio.h>
#include <string.h>

#include "domain/utf8.h"
#include "domain/value.h"
#include "store/alert_rule.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/matter_anew.h"
#include "store/staff.h"

const struct alert_kind alert_kinds[] = {
    { ALERT_FILE_MISSING, "a partner's file did not come by its hour", true },
    { ALERT_IMPORT_FAILED, "a partner's file was refused as a whole", true },
    { ALERT_MAIL_RELAY, "no mail leaves, because no mail server takes any", false },
    { ALERT_CARRIER_DOWN, "no session with a carrier", false },
    { ALERT_QUEUE_AGE, "messages that are due do not leave", false },
    { ALERT_CAMPAIGN_ANOMALY, "a campaign fails, is not receipted, or drives customers away",
      false },
    { ALERT_NODE_DOWN, "another relaisd of the same database gives no sign of life", false },
    { ALERT_STOPPED, "this relaisd was not running for a while", true },
    { ALERT_CONTACT_NOBODY, "a team has customers to contact, and nobody is there to do it",
      false },
    { ALERT_ANSWER_FAILED, "what somebody of the house answered could not be done", true },
    { NULL, NULL, false },
};

/* --- opening --- */

/* The key one_open is what keeps a second one from being opened, on any node. */
static const char SQL_OPEN[] = "INSERT INTO alert (id, kind, subject, text, opened_at)\n"
                               "VALUES (?, ?, ?, ?, ?)\n"
                               "ON DUPLICATE KEY UPDATE text = VALUES(text)";

static const char SQL_FIND[] = "SELECT id\n"
                               "FROM alert\n"
                               "WHERE kind = ? AND subject = ? AND open_key = 0\n"
                               "FOR UPDATE";

static const char SQL_UNSEEN[] = "UPDATE alert\n"
                                 "SET seen_at = NULL, seen_by = ''\n"
                                 "WHERE id = ?";

enum rc alert_new_id(struct db *db, uint64_t *id)
{
    return db_new_ids(db, "alert", 1, id);
}

/* The first `max` characters, as a value for a column of that width. */
static struct db_value cut(const char *text, size_t max)
{
    return db_bytes(text, text_prefix(text, strlen(text), max));
}

static bool is_event(const char *kind)
{
    const struct alert_kind *k = alert_kinds;

    while (k->name && strcmp(k->name, kind) != 0)
        k++;
    return k->event;
}

enum rc alert_put(struct db *db, uint64_t id, const char *kind, const char *subject,
                  const char *text)
{
    const utc_us now = clock_now();
    uint64_t open_id = 0;
    enum rc rc = db_run(
        db, SQL_OPEN,
        DB_IN(db_u64(id), db_text(kind), cut(subject, 120), cut(text, 300), db_time(now)), NULL);

    if (!rc)
        rc = db_query_u64(db, SQL_FIND, DB_IN(db_text(kind), cut(subject, 120)), &open_id);
    if (rc || (open_id != id && !is_event(kind)))
        return rc;
    if (open_id != id)
        rc = db_run(db, SQL_UNSEEN, DB_IN(db_u64(open_id)), NULL);
    return rc ? rc : alert_rule_apply(db, kind, open_id, now);
}

/* What was over for so short a while was not: people are not told from the beginning. */
#define FLAPPED_US (15 * 60 * USEC_PER_SEC)

static const char SQL_JUST_OVER[] = "SELECT a.id\n"
                                    "FROM alert a\n"
                                    "WHERE a.kind = ? AND a.subject = ? AND a.open_key <> 0\n"
                                    "  AND a.closed_by = '' AND a.closed_at >= ?\n"
                                    "  AND NOT EXISTS (SELECT 1 FROM alert o\n"
                                    "                  WHERE o.kind = a.kind\n"
                                    "                    AND o.subject = a.subject\n"
                                    "                    AND o.open_key = 0)\n"
                                    "ORDER BY a.id DESC\n"
                                    "LIMIT 1\n"
                                    "FOR UPDATE";

static const char SQL_NOT_OVER[] = "UPDATE alert\n"
                                   "SET closed_at = NULL, text = ?\n"
                                   "WHERE id = ?";

/* RC_NOTFOUND: it is open, or has been over for a while. */
static enum rc put_back(struct db *db, const char *kind, const char *subject, const char *text)
{
    const utc_us now = clock_now();
    bool goes_on = false;
    uint64_t id;
    enum rc rc = db_query_u64(
        db, SQL_JUST_OVER, DB_IN(db_text(kind), cut(subject, 120), db_time(now - FLAPPED_US)), &id);

    if (!rc)
        rc = db_run(db, SQL_NOT_OVER, DB_IN(cut(text, 300), db_u64(id)), NULL);
    if (!rc)
        rc = matter_go_on(db, MATTER_ALERT, id, &goes_on);
    if (rc || goes_on)
        return rc;
    return alert_rule_apply(db, kind, id, now);
}

/* What a transaction of its own is about. */
struct one_alert {
    uint64_t id;
    const char *kind, *subject, *text;
};

static enum rc open_body(struct db *db, void *arg)
{
    const struct one_alert *a = arg;
    enum rc rc = RC_NOTFOUND;

    if (!is_event(a->kind))
        rc = put_back(db, a->kind, a->subject, a->text);
    return rc == RC_NOTFOUND ? alert_put(db, a->id, a->kind, a->subject, a->text) : rc;
}

enum rc alert_open(struct db *db, const char *kind, const char *subject, const char *text)
{
    struct one_alert a = { .kind = kind, .subject = subject, .text = text };
    enum rc rc = alert_new_id(db, &a.id);

    return rc ? rc : db_transaction(db, open_body, &a);
}

/* --- what it was about is over --- */

static const char SQL_CLOSE[] = "UPDATE alert\n"
                                "SET closed_at = ?\n"
                                "WHERE id = ?";

enum rc alert_settle(struct db *db, const char *kind, const char *subject)
{
    uint64_t id;
    enum rc rc = db_query_u64(db, SQL_FIND, DB_IN(db_text(kind), cut(subject, 120)), &id);

    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    rc = db_run(db, SQL_CLOSE, DB_IN(db_time(clock_now()), db_u64(id)), NULL);
    return rc ? rc : matter_settle(db, MATTER_ALERT, id, MATTER_OVER, "");
}

static enum rc close_body(struct db *db, void *arg)
{
    const struct one_alert *a = arg;

    return alert_settle(db, a->kind, a->subject);
}

enum rc alert_close(struct db *db, const char *kind, const char *subject)
{
    struct one_alert a = { .kind = kind, .subject = subject };

    return db_transaction(db, close_body, &a);
}

/* --- what a person says of it --- */

static const char SQL_CLOSE_BY[] = "UPDATE alert\n"
                                   "SET closed_at = ?, closed_by = ?\n"
                                   "WHERE id = ? AND closed_at IS NULL";

static const char SQL_KNOWN[] = "SELECT id FROM alert WHERE id = ?";

static const char SQL_ANSWER[] =
    "UPDATE alert\n"
    "SET seen_at = COALESCE(seen_at, ?), seen_by = IF(seen_by = '', ?, seen_by),\n"
    "    note = IF(?, ?, note)\n"
    "WHERE id = ? AND closed_at IS NULL";

/* An open one was changed, or was there none? */
static enum rc found(struct db *db, enum rc rc, uint64_t changed, uint64_t id)
{
    uint64_t known;

    if (rc || changed)
        return rc;
    rc = db_query_u64(db, SQL_KNOWN, DB_IN(db_u64(id)), &known);
    return rc ? rc : RC_CONFLICT;
}

static enum rc close_as(struct db *db, uint64_t id, const char *who)
{
    uint64_t changed = 0;
    enum rc rc =
        db_run(db, SQL_CLOSE_BY, DB_IN(db_time(clock_now()), cut(who, 64), db_u64(id)), &changed);

    rc = found(db, rc, changed, id);
    return rc ? rc : matter_settle(db, MATTER_ALERT, id, "closed", who);
}

static enum rc see_as(struct db *db, uint64_t id, const char *who, const char *note)
{
    uint64_t changed = 0;
    enum rc rc = db_run(db, SQL_ANSWER,
                        DB_IN(db_time(clock_now()), cut(who, 64), db_u64(*note != '\0'),
                              cut(note, 300), db_u64(id)),
                        &changed);

    return found(db, rc, changed, id);
}

/* Its matter waits, too; that there is none, or that it is over, is fine. */
static enum rc acknowledge_matter(struct db *db, uint64_t id, const char *who)
{
    unsigned staff_id = 0;
    enum rc rc = staff_by_login(db, who, &staff_id);

    if (!rc || rc == RC_NOTFOUND)
        rc = matter_acknowledge(db, MATTER_ALERT, id, staff_id, who);
    return rc == RC_NOTFOUND || rc == RC_CONFLICT ? RC_OK : rc;
}

static enum rc write_audit(struct db *db, uint64_t id, const struct alert_reply *r)
{
    return audit_write(db, &(struct audit_entry){ .id = r->audit_id,
                                                  .at = clock_now(),
                                                  .who = r->who,
                                                  .verb = r->closes ? "close" : "acknowledge",
                                                  .subject = AUDIT_ALERT,
                                                  .subject_id = id });
}

enum rc alert_answer(struct db *db, uint64_t id, const struct alert_reply *r)
{
    enum rc rc = see_as(db, id, r->who, r->note);

    if (!rc)
        rc = r->closes ? close_as(db, id, r->who) : acknowledge_matter(db, id, r->who);
    return rc ? rc : write_audit(db, id, r);
}

/* One of the console or of the API, which is all that a transaction is about. */
struct replying {
    uint64_t id;
    struct alert_reply reply;
};

static enum rc close_by_body(struct db *db, void *arg)
{
    const struct replying *a = arg;
    enum rc rc = close_as(db, a->id, a->reply.who);

    return rc ? rc : write_audit(db, a->id, &a->reply);
}

enum rc alert_close_by(struct db *db, uint64_t id, const char *who)
{
    struct replying a = { .id = id, .reply = { .who = who, .closes = true } };
    enum rc rc = audit_new_id(db, &a.reply.audit_id);

    return rc ? rc : db_transaction(db, close_by_body, &a);
}

static enum rc acknowledge_body(struct db *db, void *arg)
{
    const struct replying *a = arg;

    return alert_answer(db, a->id, &a->reply);
}

enum rc alert_acknowledge(struct db *db, uint64_t id, const char *who, const char *note)
{
    struct replying a = { .id = id, .reply = { .who = who, .note = note } };
    enum rc rc = audit_new_id(db, &a.reply.audit_id);

    return rc ? rc : db_transaction(db, acknowledge_body, &a);
}

/* --- reading --- */

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

static const char SQL_SUBJECTS[] = "SELECT subject\n"
                                   "FROM alert\n"
                                   "WHERE kind = ? AND open_key = 0";

enum rc alert_subjects(struct db *db, const char *kind,
                       void (*each)(void *arg, const char *subject), void *arg)
{
    struct db_rows *rows = NULL;
    enum rc rc = db_query(db, SQL_SUBJECTS, DB_IN(db_text(kind)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        each(arg, db_get_text(rows, 0));
    return db_rows_end(rows);
}

static const char SQL_OPENED[] = "SELECT COUNT(*)\n"
                                 "FROM alert\n"
                                 "WHERE kind = ? AND subject = ? AND opened_at >= ?";

enum rc alert_was_opened(struct db *db, const char *kind, const char *subject, utc_us since,
                         bool *opened)
{
    uint64_t n = 0;
    enum rc rc =
        db_query_u64(db, SQL_OPENED, DB_IN(db_text(kind), cut(subject, 120), db_time(since)), &n);

    if (!rc)
        *opened = n > 0;
    return rc;
}
