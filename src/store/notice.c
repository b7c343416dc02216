/* notice.c - rows of notice, read. */
#include "store/notice.h"

#include <string.h>

#include "base/arena.h"
#include "store/db.h"
#include "store/matter_private.h"
#include "store/notice_private.h"
#include "store/notice_send.h"

static const char SQL_READ[] = "SELECT " NOTICE_COLUMNS "  FROM notice n WHERE n.id = ?";

static const char SQL_LAST[] =
    "SELECT " NOTICE_COLUMNS "  FROM notice n"
    " WHERE n.staff_id = ? AND n.at > ?"
    "   AND (n.channel = 'sms'"
    "        AND EXISTS (SELECT 1"
    "                      FROM message_event e"
    "                     WHERE e.message_id = n.sent_as AND e.kind = 'accepted' AND e.at <= ?)"
    "        OR n.channel = 'email'"
    "        AND EXISTS (SELECT 1"
    "                      FROM mail_out o"
    "                     WHERE o.id = n.sent_as AND o.state = 'sent' AND o.settled_at <= ?))"
    " ORDER BY n.id DESC"
    " LIMIT 1";

static const char SQL_OTHERS[] =
    "SELECT COUNT(*)"
    "  FROM notice n"
    "  JOIN notice_matter w ON w.notice_id = n.id AND w.withdrawn <> 'yes'" NOTICE_SUBJECTS
    " WHERE n.staff_id = ? AND n.at > ? AND " NOTICE_STATE " <> 'settled'"
    "   AND NOT EXISTS (SELECT 1"
    "                     FROM notice_matter x"
    "                    WHERE x.notice_id = ? AND x.kind = w.kind"
    "                      AND x.subject_id = w.subject_id)";

static const char SQL_MATTERS[] =
    "SELECT kind, subject_id, state, COUNT(*) OVER (),"
    "       COUNT(IF(state <> 'settled', 1, NULL)) OVER ()"
    "  FROM (SELECT w.kind, w.subject_id, " NOTICE_STATE " state,"
    "               t.due_at, t.score"
    "          FROM notice_matter w " NOTICE_SUBJECTS
    "         WHERE w.notice_id = ? AND w.withdrawn <> 'yes') s"
    " ORDER BY state = 'settled', kind, due_at, score DESC, subject_id"
    " LIMIT ?";

static const char SQL_NAMES[] = "SELECT COUNT(*)"
                                "  FROM notice_matter"
                                " WHERE notice_id = ? AND kind = ? AND subject_id = ?";

/* A step by SMS and mail has two notices of the same moment. */
static const char SQL_SMS_OF[] =
    "SELECT m.text"
    "  FROM notice n"
    "  JOIN message m ON m.id = n.sent_as"
    " WHERE n.staff_id = ? AND n.id BETWEEN ? AND ? AND n.at = ? AND n.channel = 'sms'"
    " ORDER BY n.id DESC"
    " LIMIT 1";

static const char SQL_KNOWS[] = "SELECT EXISTS (SELECT 1"
                                "                 FROM notice_matter w"
                                "                 JOIN notice n ON n.id = w.notice_id"
                                "                WHERE w.kind = ? AND w.subject_id = ?"
                                "                  AND w.withdrawn <> 'yes'"
                                "                  AND n.staff_id = ?)";

void notice_from_row(const struct db_rows *rows, struct notice *n)
{
    *n = (struct notice){ .id = db_get_u64(rows, 0),
                          .staff_id = (unsigned)db_get_u64(rows, 1),
                          .sent_as = db_get_u64(rows, 3),
                          .at = db_get_time(rows, 4) };
    if (channel_parse(db_get_text(rows, 2), &n->channel))
        n->channel = CHANNEL_SMS; /* no other is in the column */
    if (notice_about_parse(db_get_text(rows, 5), &n->about))
        n->about = NOTICE_REMINDER;
}

const char *notice_first_fate(enum channel channel)
{
    return channel == CHANNEL_SMS ? "open" : "over";
}

static const char SQL_WRITE[] = "INSERT INTO notice (id, staff_id, channel, sent_as, at, about,"
                                "                    fate)"
                                "VALUES (?, ?, ?, ?, ?, ?, ?)";

static const char SQL_WRITE_SUBJECT[] = "INSERT INTO notice_matter (notice_id, kind, subject_id)"
                                        "VALUES (?, ?, ?)";

enum rc notice_write(struct db *db, const struct notice_post *post,
                     const struct notice_subject *subjects, size_t n)
{
    enum rc rc = db_run(db, SQL_WRITE,
                        DB_IN(db_u64(post->notice_id), db_u64(post->to->id),
                              db_text(channel_name(post->channel)), db_u64(post->sent_as),
                              db_time(post->at), db_text(notice_about_name(post->about)),
                              db_text(notice_first_fate(post->channel))),
                        NULL);

    for (size_t i = 0; !rc && i < n; i++)
        rc = db_run(db, SQL_WRITE_SUBJECT,
                    DB_IN(db_u64(post->notice_id), db_text(matter_kind_name(subjects[i].kind)),
                          db_u64(subjects[i].id)),
                    NULL);
    return rc;
}

static enum rc take_one(struct db_rows *rows, struct notice *out)
{
    const bool found = db_next(rows);
    enum rc rc;

    if (found)
        notice_from_row(rows, out);
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

enum rc notice_read(struct db *db, uint64_t id, struct notice *out)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(id)), &rows);

    return rc ? rc : take_one(rows, out);
}

enum rc notice_last(struct db *db, unsigned staff_id, utc_us since, utc_us until,
                    struct notice *out)
{
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_LAST,
                 DB_IN(db_u64(staff_id), db_time(since), db_time(until), db_time(until)), &rows);

    return rc ? rc : take_one(rows, out);
}

enum rc notice_others(struct db *db, unsigned staff_id, utc_us since, uint64_t except, size_t *n)
{
    uint64_t found = 0;
    enum rc rc = db_query_u64(db, SQL_OTHERS,
                              DB_IN(db_u64(staff_id), db_time(since), db_u64(except)), &found);

    if (!rc)
        *n = found;
    return rc;
}

enum rc notice_sms_of(struct db *db, const struct notice *n, struct arena *arena, const char **text)
{
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_SMS_OF,
        DB_IN(db_u64(n->staff_id), db_u64(n->id - 1), db_u64(n->id), db_time(n->at)), &rows);
    bool found;

    *text = NULL;
    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        *text = arena_copy(arena, db_get_text(rows, 0), strlen(db_get_text(rows, 0)));
    rc = db_rows_end(rows);
    return rc ? rc : found && !*text ? RC_FAIL : RC_OK;
}

enum rc notice_matters(struct db *db, uint64_t id, struct notice_told *told)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_MATTERS, DB_IN(db_u64(id), db_u64(told->room)), &rows);

    told->n = told->all = told->open = 0;
    if (rc)
        return rc;
    while (told->n < told->room && db_next(rows)) {
        told->list[told->n++] =
            (struct notice_matter){ .kind = matter_kind_of(db_get_text(rows, 0)),
                                    .subject_id = db_get_u64(rows, 1),
                                    .state = matter_state_of(db_get_text(rows, 2)) };
        told->all = db_get_u64(rows, 3);
        told->open = db_get_u64(rows, 4);
    }
    return db_rows_end(rows);
}

enum rc notice_names(struct db *db, uint64_t id, enum matter_kind kind, uint64_t subject_id,
                     bool *names)
{
    uint64_t found = 0;
    enum rc rc = db_query_u64(
        db, SQL_NAMES, DB_IN(db_u64(id), db_text(matter_kind_name(kind)), db_u64(subject_id)),
        &found);

    if (!rc)
        *names = found != 0;
    return rc;
}

enum rc notice_knows(struct db *db, unsigned staff_id, enum matter_kind kind, uint64_t subject_id,
                     bool *knows)
{
    uint64_t found = 0;
    enum rc rc = db_query_u64(
        db, SQL_KNOWS, DB_IN(db_text(matter_kind_name(kind)), db_u64(subject_id), db_u64(staff_id)),
        &found);

    if (!rc)
        *knows = found != 0;
    return rc;
}
