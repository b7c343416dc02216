/* staff_answer.c - rows of staff_answer, from recorded to done with. */
#include "store/staff_answer.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/value.h"
#include "store/db.h"
#include "store/timed_id.h"

#define SUBJECT_MAX    250 /* characters of the column */
#define MESSAGE_ID_MAX 250 /* bytes of the column; a cut one would be another one */

/* One look by a unique key, for every message of a customer, too. */
static const char SQL_OF_SMS[] =
    "INSERT INTO staff_answer (id, at, channel, staff_id, from_address, to_address, text, next_at)"
    "SELECT ?, ?, 'sms', s.id, ?, ?, ?, ?"
    "  FROM staff s"
    " WHERE s.phone = ?"
    "   AND (s.left_on IS NULL OR s.left_on > DATE(?))";

static const char SQL_OF_MAIL[] =
    "INSERT INTO staff_answer (id, at, channel, notice_id, from_address, to_address, subject,"
    "                          message_id, text, next_at)"
    "VALUES (?, ?, 'email', ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_NEXT[] = "SELECT id, at, channel, COALESCE(staff_id, 0),"
                               "       COALESCE(notice_id, 0), from_address, to_address, subject,"
                               "       message_id, text, tries"
                               "  FROM staff_answer"
                               " WHERE next_at <= ?"
                               " ORDER BY next_at, id"
                               " LIMIT 1";

static const char SQL_LOCK[] = "SELECT id"
                               "  FROM staff_answer"
                               " WHERE id = ? AND next_at IS NOT NULL"
                               "   FOR UPDATE";

static const char SQL_SETTLE[] = "UPDATE staff_answer"
                                 "   SET staff_id = ?, outcome = ?, answered_at = ?, answer_id = ?,"
                                 "       text = IF(outcome = 'failed', text, ''),"
                                 "       next_at = NULL"
                                 " WHERE id = ? AND next_at IS NOT NULL";

static const char SQL_PUT_OFF[] = "UPDATE staff_answer"
                                  "   SET next_at = ?, tries = tries + 1"
                                  " WHERE id = ? AND next_at IS NOT NULL";

static const char SQL_TOLD[] =
    "SELECT COUNT(*)"
    "  FROM staff_answer"
    " WHERE staff_id = ? AND id >= ? AND outcome = ? AND answered_at >= ?";

/* The clock of whoever took a notice for a carrier is that of who wrote the answer. */
static const char SQL_LAST[] =
    "SELECT l.outcome <> 'done' OR INSTR(l.text, '?') > 0,"
    "       l.text REGEXP CONCAT('(^|[^0-9A])', ?, '([^0-9]|$)')"
    "  FROM (SELECT a.answered_at, a.outcome, COALESCE(m.text, o.body, '') text"
    "          FROM staff_answer a"
    "          LEFT JOIN message m ON a.channel = 'sms' AND m.id = a.answer_id"
    "          LEFT JOIN mail_out o ON a.channel = 'email' AND o.id = a.answer_id"
    "         WHERE a.staff_id = ? AND a.id >= ? AND a.answered_at <= ?"
    "         ORDER BY a.answered_at DESC, a.id DESC"
    "         LIMIT 1) l"
    " WHERE NOT EXISTS (SELECT 1"
    "                     FROM notice n"
    "                     JOIN message_event e ON e.message_id = n.sent_as AND e.kind = 'accepted'"
    "                    WHERE n.staff_id = ? AND n.at > ? AND n.channel = 'sms'"
    "                      AND e.at BETWEEN l.answered_at AND ?)"
    "   AND NOT EXISTS (SELECT 1"
    "                     FROM notice n"
    "                     JOIN mail_out o ON o.id = n.sent_as AND o.state = 'sent'"
    "                    WHERE n.staff_id = ? AND n.at > ? AND n.channel = 'email'"
    "                      AND o.settled_at BETWEEN l.answered_at AND ?)";

static const char *const outcome_names[] = {
    [STAFF_ANSWER_DONE] = "done",       [STAFF_ANSWER_UNCLEAR] = "unclear",
    [STAFF_ANSWER_CHATTER] = "chatter", [STAFF_ANSWER_ORDINARY] = "ordinary",
    [STAFF_ANSWER_NOBODY] = "nobody",   [STAFF_ANSWER_FAILED] = "failed",
};

const char *staff_answer_outcome_name(enum staff_answer_outcome o)
{
    return outcome_names[o];
}

static struct db_value cut(const char *text, size_t max)
{
    return db_bytes(text, text_prefix(text, strlen(text), max));
}

enum rc staff_answer_of_sms(struct db *db, uint64_t id, utc_us at, const char *from, const char *to,
                            const char *text, bool *kept)
{
    uint64_t changed = 0;
    enum rc rc =
        db_run(db, SQL_OF_SMS,
               DB_IN(db_u64(id), db_time(at), db_text(from), db_text(to),
                     cut(text, STAFF_ANSWER_TEXT_MAX), db_time(at), db_text(from), db_time(at)),
               &changed);

    *kept = !rc && changed > 0;
    return rc;
}

enum rc staff_answer_of_mail(struct db *db, const struct staff_answer *a)
{
    return db_run(db, SQL_OF_MAIL,
                  DB_IN(db_u64(a->id), db_time(a->at), db_u64(a->notice_id), db_text(a->from),
                        cut(a->to, ADDRESS_SIZE - 1), cut(a->subject, SUBJECT_MAX),
                        db_text(strlen(a->message_id) <= MESSAGE_ID_MAX ? a->message_id : ""),
                        cut(a->text, STAFF_ANSWER_TEXT_MAX), db_time(a->at)),
                  NULL);
}

static bool keep(struct arena *arena, const struct db_rows *rows, unsigned col, const char **out)
{
    const char *text = db_get_text(rows, col);

    *out = arena_copy(arena, text, strlen(text));
    return *out != NULL;
}

enum rc staff_answer_next(struct db *db, utc_us now, struct arena *arena, struct staff_answer *out)
{
    struct staff_answer a;
    struct db_rows *rows;
    bool found, kept = true;
    enum rc rc = db_query(db, SQL_NEXT, DB_IN(db_time(now)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        a = (struct staff_answer){ .id = db_get_u64(rows, 0),
                                   .at = db_get_time(rows, 1),
                                   .staff_id = (unsigned)db_get_u64(rows, 3),
                                   .notice_id = db_get_u64(rows, 4),
                                   .tries = (unsigned)db_get_u64(rows, 10) };
        kept = !channel_parse(db_get_text(rows, 2), &a.channel) && keep(arena, rows, 5, &a.from) &&
               keep(arena, rows, 6, &a.to) && keep(arena, rows, 7, &a.subject) &&
               keep(arena, rows, 8, &a.message_id) && keep(arena, rows, 9, &a.text);
    }
    rc = db_rows_end(rows);
    if (rc || !found || !kept)
        return rc ? rc : kept ? RC_NOTFOUND : RC_FAIL;
    *out = a;
    return RC_OK;
}

enum rc staff_answer_lock(struct db *db, uint64_t id)
{
    uint64_t found;
    enum rc rc = db_query_u64(db, SQL_LOCK, DB_IN(db_u64(id)), &found);

    return rc == RC_NOTFOUND ? RC_CONFLICT : rc;
}

enum rc staff_answer_settle(struct db *db, uint64_t id, unsigned staff_id,
                            enum staff_answer_outcome outcome, uint64_t answer_id)
{
    uint64_t changed = 0;
    enum rc rc = db_run(db, SQL_SETTLE,
                        DB_IN(staff_id ? db_u64(staff_id) : db_null(),
                              db_text(outcome_names[outcome]), db_time(answer_id ? clock_now() : 0),
                              answer_id ? db_u64(answer_id) : db_null(), db_u64(id)),
                        &changed);

    return rc || changed ? rc : RC_CONFLICT;
}

enum rc staff_answer_put_off(struct db *db, uint64_t id, utc_us next_at)
{
    return db_run(db, SQL_PUT_OFF, DB_IN(db_time(next_at), db_u64(id)), NULL);
}

enum rc staff_answer_last(struct db *db, unsigned staff_id, utc_us since, utc_us until,
                          const char *number, struct staff_answer_last *out)
{
    const struct db_value who = db_u64(staff_id), from = db_time(since), to = db_time(until);
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_LAST,
        DB_IN(db_text(number), who, db_u64(timed_id_at(since)), to, who, from, to, who, from, to),
        &rows);

    *out = (struct staff_answer_last){ .any = false };
    if (rc)
        return rc;
    if (db_next(rows))
        *out = (struct staff_answer_last){ .any = true,
                                           .asks = db_get_u64(rows, 0) != 0,
                                           .names = db_get_u64(rows, 1) != 0 };
    return db_rows_end(rows);
}

enum rc staff_answer_told(struct db *db, unsigned staff_id, enum staff_answer_outcome outcome,
                          utc_us since, unsigned *n)
{
    uint64_t told = 0;
    enum rc rc = db_query_u64(db, SQL_TOLD,
                              DB_IN(db_u64(staff_id), db_u64(timed_id_at(since)),
                                    db_text(outcome_names[outcome]), db_time(since)),
                              &told);

    *n = (unsigned)told;
    return rc;
}
