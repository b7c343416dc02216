/* mail_out_view.c - see mail_out_view.h. */
#include "store/mail_out_view.h"

#include "store/audit.h"
#include "store/db.h"

#define COLUMNS                                                                             \
    "m.id, m.kind, m.recipient, m.subject, m.state, m.created_at, m.next_at, m.settled_at," \
    " m.attempts, m.reply_code, m.node_id, m.reply, m.relay, m.message_id,"                 \
    " COALESCE(f.name, ''), COALESCE(f.size, 0)"
#define FROM " FROM mail_out m LEFT JOIN mail_out_file f ON f.mail_id = m.id AND f.n = 1"

static const char SQL_LIST[] = "SELECT " COLUMNS FROM " WHERE m.id < ?"
                               " ORDER BY m.id DESC"
                               " LIMIT ?";

static const char SQL_LIST_STATE[] = "SELECT " COLUMNS FROM " WHERE m.state = ? AND m.id < ?"
                                     " ORDER BY m.id DESC"
                                     " LIMIT ?";

static const char SQL_GET[] = "SELECT " COLUMNS ", m.body" FROM " WHERE m.id = ?";

static const char SQL_RETRY[] = "UPDATE mail_out"
                                "   SET state = 'waiting', next_at = ?, settled_at = NULL"
                                " WHERE id = ? AND state IN ('waiting', 'failed')";

static const char SQL_EXISTS[] = "SELECT EXISTS (SELECT 1 FROM mail_out WHERE id = ?)";

static struct mail_view view_of(const struct db_rows *rows)
{
    return (struct mail_view){ .id = db_get_u64(rows, 0),
                               .kind = db_get_text(rows, 1),
                               .to = db_get_text(rows, 2),
                               .subject = db_get_text(rows, 3),
                               .state = db_get_text(rows, 4),
                               .created_at = db_get_time(rows, 5),
                               .next_at = db_get_time(rows, 6),
                               .settled_at = db_get_time(rows, 7),
                               .attempts = (unsigned)db_get_u64(rows, 8),
                               .reply_code = (unsigned)db_get_u64(rows, 9),
                               .node = (unsigned)db_get_u64(rows, 10),
                               .reply = db_get_text(rows, 11),
                               .relay = db_get_text(rows, 12),
                               .message_id = db_get_text(rows, 13),
                               .file_name = db_get_text(rows, 14),
                               .file_size = db_get_u64(rows, 15) };
}

enum rc mail_out_list(struct db *db, const enum mail_state *state, uint64_t before, size_t limit,
                      void (*each)(void *arg, const struct mail_view *v), void *arg)
{
    const uint64_t below = before ? before : INT64_MAX;
    struct db_rows *rows;
    enum rc rc =
        state
            ? db_query(db, SQL_LIST_STATE,
                       DB_IN(db_text(mail_state_name(*state)), db_u64(below), db_u64(limit)), &rows)
            : db_query(db, SQL_LIST, DB_IN(db_u64(below), db_u64(limit)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct mail_view v = view_of(rows);
        each(arg, &v);
    }
    return db_rows_end(rows);
}

enum rc mail_out_get(struct db *db, uint64_t id, void (*each)(void *arg, const struct mail_view *v),
                     void *arg)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_GET, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        struct mail_view v = view_of(rows);
        v.text = db_get_text(rows, 16);
        each(arg, &v);
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

struct retrying {
    uint64_t id, audit_id;
    const char *who;
    utc_us now;
};

static enum rc retry_body(struct db *db, void *arg)
{
    const struct retrying *r = arg;
    uint64_t changed = 0, there = 0;
    enum rc rc = db_run(db, SQL_RETRY, DB_IN(db_time(r->now), db_u64(r->id)), &changed);

    if (!rc && !changed) {
        rc = db_query_u64(db, SQL_EXISTS, DB_IN(db_u64(r->id)), &there);
        return rc ? rc : there ? RC_CONFLICT : RC_NOTFOUND;
    }
    if (rc)
        return rc;
    return audit_write(db, &(struct audit_entry){ .id = r->audit_id,
                                                  .at = r->now,
                                                  .who = r->who,
                                                  .verb = "retry",
                                                  .subject = AUDIT_MAIL,
                                                  .subject_id = r->id });
}

enum rc mail_out_retry(struct db *db, uint64_t id, const char *who)
{
    struct retrying r = { .id = id, .who = who, .now = clock_now() };
    enum rc rc = audit_new_id(db, &r.audit_id);

    return rc ? rc : db_transaction(db, retry_body, &r);
}
