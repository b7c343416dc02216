/* notice.c - rows of notice, and what of them still waits in the queues. */
#include "store/notice.h"

#include "store/db.h"
#include "store/mail_out.h"
#include "store/matter_private.h"
#include "store/slice.h"

#define WITHDRAW_MAX   64                /* notices of one matter that may still wait */
#define WITHDRAW_AGE_S (3 * SEC_PER_DAY) /* those before are gone: see NOTICE_LIFE_S */

#define NOTICE_COLUMNS "n.id, n.staff_id, n.channel, n.sent_as, n.at"

static const char SQL_READ[] = "SELECT " NOTICE_COLUMNS "  FROM notice n WHERE n.id = ?";

static const char SQL_LAST[] = "SELECT " NOTICE_COLUMNS "  FROM notice n"
                               " WHERE n.staff_id = ?"
                               " ORDER BY n.id DESC"
                               " LIMIT 1";

static const char SQL_MATTERS[] =
    "SELECT w.kind, w.subject_id, m.state"
    "  FROM notice_matter w"
    "  JOIN matter m ON m.kind = w.kind AND m.subject_id = w.subject_id"
    " WHERE w.notice_id = ?"
    " ORDER BY w.kind, w.subject_id"
    " LIMIT ?";

static const char SQL_KNOWS[] = "SELECT EXISTS (SELECT 1"
                                "                 FROM notice_matter w"
                                "                 JOIN notice n ON n.id = w.notice_id"
                                "                WHERE w.kind = ? AND w.subject_id = ?"
                                "                  AND n.staff_id = ?)";

static const char SQL_OF_MATTER[] = "SELECT " NOTICE_COLUMNS "  FROM notice_matter w"
                                    "  JOIN notice n ON n.id = w.notice_id"
                                    " WHERE w.kind = ? AND w.subject_id = ? AND n.at > ?"
                                    " ORDER BY n.id DESC"
                                    " LIMIT ?";

static const char SQL_STILL_OPEN[] =
    "SELECT COUNT(*)"
    "  FROM notice_matter w"
    "  JOIN matter m ON m.kind = w.kind AND m.subject_id = w.subject_id"
    " WHERE w.notice_id = ? AND m.state = 'open' AND m.wait_until IS NULL";

/* A claim holds its slices from its look at the messages to its COMMIT: with these locks, this is
 * before it or after it. */
static const char SQL_LOCK_SLICES[] = "SELECT id"
                                      "  FROM outbox_slice"
                                      " WHERE id BETWEEN ? AND ? AND last_id >= ?"
                                      "   FOR UPDATE";

static const char SQL_WAITS[] = "SELECT COUNT(*) FROM message WHERE id = ? AND state = 'queued'";

static const char SQL_CANCEL[] = "UPDATE message"
                                 "   SET state = 'cancelled', reason = 'settled'"
                                 " WHERE id = ? AND state = 'queued'";

static void notice_from_row(const struct db_rows *rows, struct notice *n)
{
    *n = (struct notice){ .id = db_get_u64(rows, 0),
                          .staff_id = (unsigned)db_get_u64(rows, 1),
                          .sent_as = db_get_u64(rows, 3),
                          .at = db_get_time(rows, 4) };
    if (channel_parse(db_get_text(rows, 2), &n->channel))
        n->channel = CHANNEL_SMS; /* no other is in the column */
}

static enum rc read_one(struct db *db, const char *sql, uint64_t key, struct notice *out)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, sql, DB_IN(db_u64(key)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        notice_from_row(rows, out);
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

enum rc notice_read(struct db *db, uint64_t id, struct notice *out)
{
    return read_one(db, SQL_READ, id, out);
}

enum rc notice_last(struct db *db, unsigned staff_id, struct notice *out)
{
    return read_one(db, SQL_LAST, staff_id, out);
}

enum rc notice_matters(struct db *db, uint64_t id, struct notice_matter *list, size_t *n)
{
    struct db_rows *rows;
    size_t got = 0;
    enum rc rc = db_query(db, SQL_MATTERS, DB_IN(db_u64(id), db_u64(*n)), &rows);

    if (rc)
        return rc;
    while (got < *n && db_next(rows)) {
        list[got++] = (struct notice_matter){ .kind = matter_kind_of(db_get_text(rows, 0)),
                                              .subject_id = db_get_u64(rows, 1),
                                              .state = matter_state_of(db_get_text(rows, 2)) };
    }
    rc = db_rows_end(rows);
    if (!rc)
        *n = got;
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

/* --- what still waits --- */

static enum rc lock_slices(struct db *db, uint64_t message_id)
{
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_LOCK_SLICES,
        DB_IN(db_u64(slice_lowest(message_id)), db_u64(message_id), db_u64(message_id)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        ;
    return db_rows_end(rows);
}

/* Two who settle what one message tells of meet at its slice: the second sees what the first did.
 */
static enum rc withdraw_sms(struct db *db, const struct notice *n)
{
    uint64_t waits = 0, open = 0;
    enum rc rc = db_query_u64(db, SQL_WAITS, DB_IN(db_u64(n->sent_as)), &waits);

    if (rc || !waits)
        return rc;
    rc = lock_slices(db, n->sent_as);
    if (!rc)
        rc = db_query_u64(db, SQL_STILL_OPEN, DB_IN(db_u64(n->id)), &open);
    if (rc || open)
        return rc;
    return db_run(db, SQL_CANCEL, DB_IN(db_u64(n->sent_as)), NULL);
}

static enum rc withdraw_mail(struct db *db, const struct notice *n)
{
    uint64_t open = 0;
    bool waits = false;
    enum rc rc = mail_out_lock_waiting(db, n->sent_as, &waits);

    if (rc || !waits)
        return rc;
    rc = db_query_u64(db, SQL_STILL_OPEN, DB_IN(db_u64(n->id)), &open);
    if (rc || open)
        return rc;
    return mail_out_withdraw(db, n->sent_as, "settled before it left");
}

static enum rc withdraw(struct db *db, const struct notice *n)
{
    switch (n->channel) {
    case CHANNEL_SMS:
        return withdraw_sms(db, n);
    case CHANNEL_EMAIL:
        return withdraw_mail(db, n);
    }
    return RC_OK;
}

enum rc notice_withdraw(struct db *db, enum matter_kind kind, uint64_t subject_id)
{
    const utc_us since = clock_now() - WITHDRAW_AGE_S * USEC_PER_SEC;
    struct notice list[WITHDRAW_MAX];
    struct db_rows *rows;
    size_t n = 0;
    enum rc rc = db_query(db, SQL_OF_MATTER,
                          DB_IN(db_text(matter_kind_name(kind)), db_u64(subject_id), db_time(since),
                                db_u64(WITHDRAW_MAX)),
                          &rows);

    if (rc)
        return rc;
    while (n < WITHDRAW_MAX && db_next(rows))
        notice_from_row(rows, &list[n++]);
    rc = db_rows_end(rows);
    for (size_t i = 0; !rc && i < n; i++)
        rc = withdraw(db, &list[i]);
    return rc;
}
