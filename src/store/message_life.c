/* message_life.c - reads what other tables know of one message. */
#include "store/message_life.h"

#include <string.h>

#include "base/arena.h"
#include "store/db.h"
#include "store/slice.h"
#include "store/timed_id.h"

static const char SQL_ORIGIN[] =
    "SELECT k.name, k.state, e.at, e.state, e.source, e.source_ref, e.wording, i.id, i.at"
    "  FROM message m"
    "  LEFT JOIN campaign k ON k.id = m.campaign_id"
    "  LEFT JOIN consent_event e ON e.id = m.consent_event_id"
    "  LEFT JOIN inbound_message i ON i.from_address = m.address AND i.answer_id = m.id"
    " WHERE m.id = ?"
    " LIMIT 1";

static const char SQL_QUEUE[] =
    "SELECT s.due_at, s.state = 'held', q.name, q.state = 'held'"
    "  FROM outbox_slice s"
    "  JOIN queue q ON q.id = s.queue_id"
    " WHERE s.id BETWEEN ? AND ? AND s.last_id >= ? AND s.next_id <= ? AND s.state <> 'waiting'"
    " ORDER BY s.due_at"
    " LIMIT 1";

/* By customer, because there is no index on the address; those to nobody we know as well. */
static const char SQL_FIND[] =
    "(SELECT m.id, m.campaign_id, m.customer_id, m.class, m.state, m.reason, m.text, m.created_at,"
    "        m.channel, COALESCE(m.subject, '')"
    "   FROM contact_point p"
    "   JOIN message m ON m.customer_id = p.customer_id AND m.id >= ? AND m.address = p.address"
    "  WHERE p.address = ? AND p.channel = ?"
    "  ORDER BY m.id DESC LIMIT ?)"
    " UNION ALL "
    "(SELECT m.id, m.campaign_id, m.customer_id, m.class, m.state, m.reason, m.text, m.created_at,"
    "        m.channel, COALESCE(m.subject, '')"
    "   FROM message m"
    "  WHERE m.customer_id IS NULL AND m.id >= ? AND m.address = ?"
    "  ORDER BY m.id DESC LIMIT ?)"
    " ORDER BY id DESC"
    " LIMIT ?";

static const char *copy(struct arena *arena, const struct db_rows *rows, unsigned col)
{
    const char *text = db_get_text(rows, col);
    const char *kept = arena_copy(arena, text, strlen(text));

    return kept ? kept : "";
}

static enum rc read_origin(struct db *db, uint64_t id, struct arena *arena, struct message_life *l)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_ORIGIN, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        l->campaign_name = copy(arena, rows, 0);
        l->campaign_state = copy(arena, rows, 1);
        l->consent_at = db_get_time(rows, 2);
        l->consent_state = copy(arena, rows, 3);
        l->consent_source = copy(arena, rows, 4);
        l->consent_source_ref = copy(arena, rows, 5);
        l->consent_wording = copy(arena, rows, 6);
        l->answers_id = db_get_u64(rows, 7);
        l->answers_at = db_get_time(rows, 8);
    }
    return db_rows_end(rows);
}

static enum rc read_queue(struct db *db, uint64_t id, struct arena *arena, struct message_life *l)
{
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_QUEUE, DB_IN(db_u64(slice_lowest(id)), db_u64(id), db_u64(id), db_u64(id)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        l->due_at = db_get_time(rows, 0);
        l->paused = db_get_u64(rows, 1) != 0;
        l->queue = copy(arena, rows, 2);
        l->queue_held = db_get_u64(rows, 3) != 0;
    }
    return db_rows_end(rows);
}

enum rc message_life_read(struct db *db, uint64_t id, struct arena *arena,
                          struct message_life *life)
{
    struct message_life l = { .campaign_name = "", .campaign_state = "", .queue = "" };
    enum rc rc = read_origin(db, id, arena, &l);

    if (!rc)
        rc = read_queue(db, id, arena, &l);
    if (!rc)
        *life = l;
    return rc;
}

enum rc message_find(struct db *db, const char *address, utc_us since, size_t limit,
                     void (*each)(void *arg, const struct message_found *m), void *arg)
{
    uint64_t from = timed_id_at(since);
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_FIND,
                 DB_IN(db_u64(from), db_text(address),
                       db_text(channel_name(strchr(address, '@') ? CHANNEL_EMAIL : CHANNEL_SMS)),
                       db_u64(limit), db_u64(from), db_text(address), db_u64(limit), db_u64(limit)),
                 &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct message_found m = {
            .id = db_get_u64(rows, 0),
            .campaign_id = db_get_u64(rows, 1),
            .customer_id = db_get_u64(rows, 2),
            .class = db_get_text(rows, 3),
            .state = db_get_text(rows, 4),
            .reason = db_get_text(rows, 5),
            .text = db_get_text(rows, 6),
            .created_at = db_get_time(rows, 7),
            .channel = db_get_text(rows, 8),
            .subject = db_get_text(rows, 9),
        };
        each(arg, &m);
    }
    return db_rows_end(rows);
}
