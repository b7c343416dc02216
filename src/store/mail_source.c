/* mail_source.c - mails as they came, in pieces, for a while. */
#include "store/db.h"
#include "store/mail_in.h"
#include "store/timed_id.h"

#define DROP_AT_ONCE   200 /* pieces */
#define FORGET_AT_ONCE 20  /* sources */

static const char SQL_OPEN[] = "INSERT INTO mail_source_open (id)"
                               "VALUES (?)";

static const char SQL_CLOSE[] = "DELETE FROM mail_source_open WHERE id = ?";

static const char SQL_OLD[] = "SELECT id"
                              "  FROM mail_source_open"
                              " WHERE id < ?"
                              " ORDER BY id"
                              " LIMIT ?";

static const char SQL_FORGET[] = "DELETE FROM mail_source WHERE id = ?";

static const char SQL_PUT[] = "INSERT INTO mail_source (id, n, bytes)"
                              "VALUES (?, ?, ?)"
                              "    ON DUPLICATE KEY UPDATE bytes = VALUE(bytes)";

static const char SQL_NEXT[] = "SELECT s.n, s.bytes"
                               "  FROM mail_in i"
                               "  JOIN mail_source s ON s.id = i.source_id"
                               " WHERE i.id = ? AND s.n >= ?"
                               " ORDER BY s.n"
                               " LIMIT 1";

static const char SQL_DROP[] = "DELETE FROM mail_source"
                               " WHERE id < ?"
                               " ORDER BY id, n"
                               " LIMIT ?";

enum rc mail_source_put(struct db *db, uint64_t *id, unsigned n, const void *bytes, size_t size)
{
    uint64_t known = *id;
    enum rc rc = RC_OK;

    if (!known)
        rc = db_new_timed_ids(db, "inbound_message", 1, &known);
    if (!rc && !*id)
        rc = db_run(db, SQL_OPEN, DB_IN(db_u64(known)), NULL);
    if (!rc)
        *id = known;
    if (!rc)
        rc = db_run(db, SQL_PUT, DB_IN(db_u64(known), db_u64(n), db_bytes(bytes, size)), NULL);
    return rc;
}

enum rc mail_source_claim(struct db *db, uint64_t id)
{
    return db_run(db, SQL_CLOSE, DB_IN(db_u64(id)), NULL);
}

/* Whoever takes the row away decides: the transaction of the mail, or this one. */
static enum rc forget_body(struct db *db, void *arg)
{
    const uint64_t id = *(const uint64_t *)arg;
    uint64_t was_open = 0;
    const enum rc rc = db_run(db, SQL_CLOSE, DB_IN(db_u64(id)), &was_open);

    return rc || !was_open ? rc : db_run(db, SQL_FORGET, DB_IN(db_u64(id)), NULL);
}

enum rc mail_source_forget(struct db *db, uint64_t id)
{
    return db_transaction(db, forget_body, &id);
}

enum rc mail_source_forget_old(struct db *db, utc_us before, uint64_t *dropped)
{
    uint64_t ids[FORGET_AT_ONCE];
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_OLD, DB_IN(db_u64(timed_id_at(before)), db_u64(FORGET_AT_ONCE)), &rows);

    *dropped = 0;
    if (rc)
        return rc;
    while (db_next(rows))
        ids[(*dropped)++] = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    for (size_t i = 0; !rc && i < *dropped; i++)
        rc = mail_source_forget(db, ids[i]);
    return rc;
}

enum rc mail_source_read(struct db *db, uint64_t mail_id,
                         enum rc (*each)(void *arg, const void *bytes, size_t n), void *arg)
{
    uint64_t next = 0;
    bool found = true;
    enum rc rc = RC_OK, end;

    while (!rc && found) {
        struct db_rows *rows;

        rc = db_query(db, SQL_NEXT, DB_IN(db_u64(mail_id), db_u64(next)), &rows);
        if (rc)
            return rc;
        found = db_next(rows);
        if (found) {
            size_t len;
            const void *bytes = db_get_bytes(rows, 1, &len);

            next = db_get_u64(rows, 0) + 1;
            rc = each(arg, bytes, len);
        }
        end = db_rows_end(rows);
        rc = rc ? rc : end;
    }
    return rc ? rc : next ? RC_OK : RC_NOTFOUND;
}

enum rc mail_source_drop(struct db *db, utc_us before, uint64_t *dropped)
{
    return db_run(db, SQL_DROP, DB_IN(db_u64(timed_id_at(before)), db_u64(DROP_AT_ONCE)), dropped);
}
