/* outbox.c - single messages into the queue, and a look at how much waits. */
#include "store/outbox.h"

#include "domain/route.h"
#include "store/queue.h"

static const char SQL_MESSAGE[] =
    "INSERT INTO message (id, customer_id, queue_id, channel, class, address, sender, subject,"
    "                     text, encoding, parts, legal_basis, created_at, expires_at)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_SLICE[] =
    "INSERT INTO outbox_slice (id, queue_id, last_id, next_id, class, due_at)"
    "VALUES (?, ?, ?, ?, ?, ?)";

static const char SQL_DEPTH[] =
    "SELECT class, state = 'held', COUNT(*), CAST(SUM(last_id + 1 - next_id) AS UNSIGNED),"
    "       MIN(IF(state = 'ready' AND due_at <= ?, due_at, NULL))"
    "  FROM outbox_slice"
    " WHERE state <> 'waiting' AND (? = 0 OR queue_id = ?)"
    " GROUP BY class, state = 'held'";

static const char SQL_DOUBTS[] =
    "SELECT (SELECT COUNT(DISTINCT u.message_id)"
    "          FROM message_unknown u"
    "          JOIN message m ON m.id = u.message_id AND m.state = 'unknown'),"
    "       (SELECT COUNT(*) FROM stray_receipt)";

static enum rc find_queue(struct db *db, const struct outbox_draft *draft, unsigned *id)
{
    const struct route_question q = { .address = draft->address, .class = draft->class };
    enum rc rc = RC_FAIL;

    switch (draft->channel) {
    case CHANNEL_SMS:
        rc = queue_for(db, draft->routes, &q, draft->sender, id);
        break;
    case CHANNEL_EMAIL:
        rc = queue_for_mail(db, draft->routes, draft->address, id);
        break;
    }
    return rc;
}

enum rc outbox_enqueue(struct db *db, uint64_t message_id, utc_us now,
                       const struct outbox_draft *draft)
{
    unsigned queue_id;
    enum rc rc = find_queue(db, draft, &queue_id);

    if (rc)
        return rc;
    rc = db_run(db, SQL_MESSAGE,
                DB_IN(db_u64(message_id),
                      draft->customer_id ? db_u64(draft->customer_id) : db_null(), db_u64(queue_id),
                      db_text(channel_name(draft->channel)),
                      db_text(message_class_name(draft->class)), db_text(draft->address),
                      db_text(draft->sender), db_text(draft->subject ? draft->subject : ""),
                      db_text(draft->text), db_text(draft->encoding), db_u64(draft->parts),
                      db_text(draft->legal_basis), db_time(now), db_time(draft->expires_at)),
                NULL);

    if (rc)
        return rc;
    return db_run(db, SQL_SLICE,
                  DB_IN(db_u64(message_id), db_u64(queue_id), db_u64(message_id),
                        db_u64(message_id), db_text(message_class_name(draft->class)),
                        db_time(draft->due_at)),
                  NULL);
}

enum rc outbox_depth_read(struct db *db, utc_us now, unsigned queue_id, struct outbox_depth *depth)
{
    struct outbox_depth d = { 0 };
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_DEPTH, DB_IN(db_time(now), db_u64(queue_id), db_u64(queue_id)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        enum message_class class;
        utc_us oldest = db_get_time(rows, 4);
        if (message_class_parse(db_get_text(rows, 0), &class))
            continue;
        if (db_get_u64(rows, 1)) {
            d.held += db_get_u64(rows, 3);
            continue;
        }
        d.slices[class] = db_get_u64(rows, 2);
        d.messages[class] = db_get_u64(rows, 3);
        if (oldest && (!d.oldest_due || oldest < d.oldest_due))
            d.oldest_due = oldest;
    }
    rc = db_rows_end(rows);
    if (!rc)
        *depth = d;
    return rc;
}

enum rc outbox_doubts_read(struct db *db, uint64_t *unknown, uint64_t *strays)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_DOUBTS, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        *unknown = db_get_u64(rows, 0);
        *strays = db_get_u64(rows, 1);
    }
    return db_rows_end(rows);
}
