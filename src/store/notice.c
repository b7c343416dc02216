/* notice.c - rows of notice, read. */
#include "store/notice.h"

#include "store/db.h"
#include "store/matter_private.h"
#include "store/notice_private.h"

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

void notice_from_row(const struct db_rows *rows, struct notice *n)
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
