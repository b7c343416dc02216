/*
 * import_statuses.c - what became of orders.
 *
 * Whatever is told is kept in order_event; the order itself moves on only by news that are not
 * older than what is known. So a file that comes late fills the history and changes no order, and
 * one that comes twice changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "store/contact_news.h"
#include "store/db.h"
#include "store/import_keys.h"
#include "store/import_kind.h"
#include "store/import_note.h"
#include "store/occasion_note.h"

static const char SQL_PARTNER[] = "SELECT id FROM partner WHERE code = ?";

/* When we heard of what it is now, where nobody said when it became so. */
#define HEARD_AT                                         \
    "CASE o.status WHEN 'out' THEN o.out_at"             \
    "              WHEN 'delivered' THEN o.delivered_at" \
    "              WHEN 'missed' THEN o.missed_at"       \
    "              WHEN 'cancelled' THEN o.cancelled_at END"

static const char SQL_ORDERS[] =
    "SELECT o.order_number, o.id, o.customer_id, o.status, o.status_at, " HEARD_AT ",\n"
    "  o.window_from, o.window_to, o.ordered_at, c.erased_at IS NOT NULL\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (number VARCHAR(64) PATH '$')) wanted\n"
    "STRAIGHT_JOIN customer_order o ON o.partner_id = ?\n"
    "  AND o.order_number = wanted.number COLLATE utf8mb4_bin\n"
    "JOIN customer c ON c.id = o.customer_id";

/* Which rows say what was said before; of a row without a time, in whatever time. */
static const char SQL_TOLD[] =
    "SELECT DISTINCT wanted.n - 1\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY, number VARCHAR(64) PATH '$[0]',\n"
    "    status VARCHAR(10) PATH '$[1]', place VARCHAR(100) PATH '$[2]',\n"
    "    note VARCHAR(200) PATH '$[3]', at VARCHAR(32) PATH '$[4]')) wanted\n"
    "STRAIGHT_JOIN customer_order o ON o.partner_id = ?\n"
    "  AND o.order_number = wanted.number COLLATE utf8mb4_bin\n"
    "STRAIGHT_JOIN order_event e ON e.order_id = o.id AND e.status = wanted.status\n"
    "  AND e.place = wanted.place COLLATE utf8mb4_bin\n"
    "  AND e.note = wanted.note COLLATE utf8mb4_bin\n"
    "WHERE wanted.at = '' OR e.at = CAST(wanted.at AS DATETIME(6))";

static const char SQL_EVENT[] =
    "INSERT INTO order_event (id, order_id, partner_id, at, status, place, note, import_id,\n"
    "  import_row, recorded_at, was, was_at)\n"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_BEFORE[] = IMPORT_NOTE
    "o.id, JSON_OBJECT('status', o.status, 'status_at', o.status_at,\n"
    "  'planned_at', o.planned_at, 'out_at', o.out_at, 'delivered_at', o.delivered_at,\n"
    "  'missed_at', o.missed_at, 'cancelled_at', o.cancelled_at)\n" IMPORT_NOTED
    "STRAIGHT_JOIN customer_order o ON o.id = w.id";

static const char SQL_MOVE[] = "UPDATE customer_order\n"
                               "SET status = ?, status_at = ?,\n"
                               "  planned_at = COALESCE(?, planned_at),\n"
                               "  out_at = COALESCE(?, out_at),\n"
                               "  delivered_at = COALESCE(?, delivered_at),\n"
                               "  missed_at = COALESCE(?, missed_at),\n"
                               "  cancelled_at = COALESCE(?, cancelled_at)\n"
                               "WHERE id = ?";

static const char SQL_NEWS[] = OCCASION_NOTE_SQL;
static const char SQL_CONTACT_NEWS[] = CONTACT_NEWS_SQL;

enum { BULK_EVENT, BULK_MOVE, BULK_NEWS, BULK_CONTACT_NEWS, BULK_COUNT };
static const struct {
    const char *sql;
    unsigned columns;
} bulks[BULK_COUNT] = {
    { SQL_EVENT, 12 }, { SQL_MOVE, 8 }, { SQL_NEWS, 6 }, { SQL_CONTACT_NEWS, CONTACT_NEWS_COLUMNS }
};

struct order {
    bool known, erased, moved;
    uint64_t id, customer_id;
    enum order_status was, is; /* before the chunk; after the rows so far */
    utc_us status_at;          /* of `is`; 0: nobody said */
    utc_us heard_at;           /* then: when we heard of it; 0: it was never news */
    utc_us window_from, window_to, ordered_at;
};

struct told { /* a row that is new */
    size_t order;
    const struct partner_row *row;
    utc_us at;
};

struct statuses {
    unsigned partner_id; /* whose orders they are; 0: there is no such partner */
    bool partner_known;  /* it was looked up */
    struct id_shelf events;
    struct db_bulk *bulks[BULK_COUNT];
    struct buffer keys;
    struct occasion_wants wants;
    bool contact_news; /* lists of contacts are kept up to date */
    struct import_notes notes;
    /* one chunk */
    struct key_map numbers;
    struct order orders[IMPORT_CHUNK_MAX];
    struct told told[IMPORT_CHUNK_MAX];
    size_t n_told;
    bool said_before[IMPORT_CHUNK_MAX];
    size_t n_events;
};

static void statuses_close(void *kind)
{
    struct statuses *s = kind;

    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_free(s->bulks[i]);
    buffer_close(&s->keys);
    import_notes_close(&s->notes);
    free(s);
}

static void *statuses_open(const struct import_rules *rules)
{
    struct statuses *s = calloc(1, sizeof(*s));
    bool good = s != NULL;

    (void)rules;
    if (!s)
        return NULL;
    buffer_init(&s->keys, KEYS_JSON_MAX);
    import_notes_init(&s->notes);
    for (int i = 0; i < BULK_COUNT; i++) {
        s->bulks[i] = db_bulk_new(bulks[i].columns);
        good = good && s->bulks[i];
    }
    if (good)
        return s;
    statuses_close(s);
    return NULL;
}

enum rc import_orders_of(struct db *db, const struct import_step *step, unsigned *partner_id)
{
    const char *code = step->rules->mapping ? step->rules->mapping->orders_of : NULL;
    uint64_t id = 0;
    enum rc rc = RC_OK;

    if (!code) {
        *partner_id = step->imp->partner_id;
        return RC_OK;
    }
    rc = db_query_u64(db, SQL_PARTNER, DB_IN(db_text(code)), &id);
    *partner_id = (unsigned)id;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc statuses_prepare(struct db *db, void *kind, const struct import_step *step)
{
    struct statuses *s = kind;
    enum rc rc = RC_OK;

    if (!s->partner_known)
        rc = import_orders_of(db, step, &s->partner_id);
    s->partner_known = !rc;
    return rc ? rc : id_shelf_fill(db, &s->events, "order_event", step->chunk->n_rows, true);
}

/* --- what the database has --- */

static enum rc look_up_orders(struct db *db, struct statuses *s)
{
    struct db_rows *rows;
    enum rc rc = keys_json(&s->keys, &s->numbers);

    if (!rc)
        rc = db_query(db, SQL_ORDERS,
                      DB_IN(db_bytes(s->keys.data, s->keys.len), db_u64(s->partner_id)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const size_t at = key_map_find(&s->numbers, db_get_text(rows, 0));

        if (at == KEY_NONE)
            continue;
        s->orders[at] = (struct order){ .known = true,
                                        .id = db_get_u64(rows, 1),
                                        .customer_id = db_get_u64(rows, 2),
                                        .was = order_status_of(db_get_text(rows, 3)),
                                        .is = order_status_of(db_get_text(rows, 3)),
                                        .status_at = db_get_time(rows, 4),
                                        .heard_at = db_get_time(rows, 5),
                                        .window_from = db_get_time(rows, 6),
                                        .window_to = db_get_time(rows, 7),
                                        .ordered_at = db_get_time(rows, 8),
                                        .erased = db_get_u64(rows, 9) != 0 };
    }
    return db_rows_end(rows);
}

static enum rc look_up_told(struct db *db, struct statuses *s, const struct import_chunk *chunk)
{
    struct db_rows *rows;
    enum rc rc;

    buffer_reset(&s->keys);
    memset(s->said_before, 0, sizeof(s->said_before));
    for (size_t i = 0; i < chunk->n_rows; i++) {
        const struct partner_row *row = &chunk->rows[i];
        char at[KEYS_TIME_SIZE] = "";

        if (row->at)
            keys_time_text(row->at, at);
        keys_json_text(&s->keys, i ? ",[" : "[[", row->order_number);
        keys_json_text(&s->keys, ",", order_status_name(row->status));
        keys_json_text(&s->keys, ",", row->place);
        keys_json_text(&s->keys, ",", row->note);
        keys_json_text(&s->keys, ",", at);
        buffer_add_text(&s->keys, "]");
    }
    buffer_add_text(&s->keys, "]");
    if (s->keys.full)
        return RC_FAIL;
    rc = db_query(db, SQL_TOLD, DB_IN(db_bytes(s->keys.data, s->keys.len), db_u64(s->partner_id)),
                  &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const uint64_t i = db_get_u64(rows, 0);

        if (i < chunk->n_rows)
            s->said_before[i] = true;
    }
    return db_rows_end(rows);
}

/* --- a row --- */

/* Of two at the same time the one that comes later in an order's life. */
static unsigned rank(enum order_status st)
{
    static const unsigned ranks[] = { [ORDER_PLANNED] = 0,
                                      [ORDER_OUT] = 1,
                                      [ORDER_MISSED] = 2,
                                      [ORDER_DELIVERED] = 3,
                                      [ORDER_CANCELLED] = 4 };

    return ranks[st];
}

static bool moves(const struct order *o, enum order_status to, utc_us at)
{
    const utc_us known = o->status_at ? o->status_at : o->heard_at;

    if (at != known && (o->status_at || rank(to) < rank(o->is)))
        return at > known;
    return rank(to) >= rank(o->is);
}

/* Without a time, too, what was said once is no news: a list that grows says it each day, and an
 * order would go back to what it was. */
static bool is_known(const struct statuses *s, size_t i, const struct partner_row *row,
                     const struct order *o)
{
    if (s->said_before[i])
        return true;
    for (size_t k = s->n_told; k-- > 0;) {
        const struct told *t = &s->told[k];

        if (&s->orders[t->order] == o && t->row->status == row->status &&
            (!row->at || t->row->at == row->at) && strcmp(t->row->place, row->place) == 0 &&
            strcmp(t->row->note, row->note) == 0)
            return true;
    }
    return false;
}

static enum rc put_event(struct statuses *s, const struct import_step *step, struct order *o,
                         const struct partner_row *row, utc_us at)
{
    const bool moved = moves(o, row->status, at);
    const struct db_value was = moved ? db_text(order_status_name(o->is)) : db_text(NULL);
    const utc_us was_at = o->status_at;

    if (moved) {
        o->is = row->status;
        o->status_at = at;
        o->moved = true;
    }
    return db_bulk_add(
        s->bulks[BULK_EVENT],
        (const struct db_value[]){ db_u64(s->events.next + s->n_events++), db_u64(o->id),
                                   db_u64(s->partner_id), db_time(at),
                                   db_text(order_status_name(row->status)), db_text(row->place),
                                   db_text(row->note), db_u64(step->imp->id), db_u64(row->row_no),
                                   db_time(step->now), was, moved ? db_time(was_at) : db_null() });
}

static enum rc take_row(struct statuses *s, struct import_step *step, size_t i)
{
    const struct partner_row *row = &step->chunk->rows[i];
    const size_t at = key_map_find(&s->numbers, row->order_number);
    struct order *o = &s->orders[at];
    const utc_us when = row->at ? row->at : step->imp->received_at;

    if (!o->known)
        return import_refuse(step, row, "order_number", FAULT_UNKNOWN_ORDER, row->order_number,
                             s->partner_id ? "there is no order of that number"
                                           : "the profile's orders_of names no partner that "
                                             "dropped anything yet");
    if (o->erased)
        return import_refuse(step, row, "order_number", FAULT_ERASED, row->order_number,
                             "its customer asked to be forgotten; send no more of their data");
    if (is_known(s, i, row, o)) {
        step->unchanged++;
        return RC_OK;
    }
    s->told[s->n_told++] = (struct told){ at, row, when };
    step->taken++;
    return put_event(s, step, o, row, when);
}

/* --- an order that moved --- */

static enum rc put_move(struct statuses *s, const struct import_step *step, const struct order *o)
{
    const struct order_change change = { .order_id = o->id,
                                         .customer_id = o->customer_id,
                                         .known = true,
                                         .was = o->was,
                                         .is = o->is,
                                         .was_from = o->window_from,
                                         .window_from = o->window_from,
                                         .window_to = o->window_to,
                                         .ordered_at = o->ordered_at,
                                         .happened_at = o->status_at };
    const unsigned news = order_news(&change);
    const struct db_value now = db_time(step->now), none = db_null();
    const bool cancelled = o->is == ORDER_CANCELLED && o->was != o->is;
    enum rc rc = db_bulk_add(
        s->bulks[BULK_MOVE],
        (const struct db_value[]){ db_text(order_status_name(o->is)), db_time(o->status_at),
                                   news & 1u << OCCASION_DELIVERY_ANNOUNCED ? now : none,
                                   news & 1u << OCCASION_DELIVERY_OUT ? now : none,
                                   news & 1u << OCCASION_DELIVERY_DONE ? now : none,
                                   news & 1u << OCCASION_DELIVERY_MISSED ? now : none,
                                   cancelled ? now : none, db_u64(o->id) });

    import_note_changed(&s->notes, o->id);
    if (!rc && s->contact_news)
        rc = contact_news_add(s->bulks[BULK_CONTACT_NEWS], o->customer_id, step->now);
    return rc ? rc : occasion_note(&s->wants, &change, step->now, s->bulks[BULK_NEWS]);
}

static void reset(struct statuses *s, const struct import_chunk *chunk)
{
    key_map_reset(&s->numbers);
    s->n_told = s->n_events = 0;
    import_notes_reset(&s->notes);
    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_reset(s->bulks[i]);
    for (size_t i = 0; i < chunk->n_rows; i++)
        key_map_add(&s->numbers, chunk->rows[i].order_number);
    memset(s->orders, 0, sizeof(s->orders));
}

static enum rc statuses_apply(struct db *db, void *kind, struct import_step *step)
{
    struct statuses *s = kind;
    enum rc rc;

    reset(s, step->chunk);
    rc = look_up_orders(db, s);
    if (!rc)
        rc = look_up_told(db, s, step->chunk);
    if (!rc)
        rc = occasion_wants_read(db, &s->wants);
    if (!rc)
        rc = contact_news_wanted(db, &s->contact_news);
    for (size_t i = 0; !rc && i < step->chunk->n_rows; i++)
        rc = take_row(s, step, i);
    for (size_t i = 0; !rc && i < s->numbers.n; i++) {
        if (s->orders[i].moved)
            rc = put_move(s, step, &s->orders[i]);
    }
    if (!rc)
        rc = import_notes_write(db, step, SQL_BEFORE, &s->notes);
    for (int i = 0; !rc && i < BULK_COUNT; i++)
        rc = db_bulk_run(db, bulks[i].sql, s->bulks[i], NULL);
    return rc;
}

static void statuses_committed(void *kind)
{
    struct statuses *s = kind;

    s->events.next += s->n_events;
}

const struct import_kind_ops import_statuses = { .open = statuses_open,
                                                 .close = statuses_close,
                                                 .prepare = statuses_prepare,
                                                 .apply = statuses_apply,
                                                 .committed = statuses_committed,
                                                 .undo = import_statuses_undo };
