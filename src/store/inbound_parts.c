/*
 * inbound_parts.c - messages that come in several parts, in whatever order.
 *
 * A part belongs to the message of the same carrier, sender, recipient, reference and number of
 * parts. References are small (most phones count them in 8 bits), so the same one may come again:
 * a part that is here already, with another text, begins the next message of that reference. A part
 * that is here with the same text came twice, and is ignored; to know it, a complete message stays
 * as long as an incomplete one is waited for. The row of inbound_whole is locked while a part is
 * added, so that of two nodes that take the last two parts one sees both.
 */
#include <string.h>

#include "store/inbound_private.h"

/* Of one sender, at a time: with one more, the oldest is given up. */
#define WHOLES_AN_ADDRESS 20
#define TOTAL_MAX         255
#define TEXT_MAX          60000 /* bytes; the column takes 65,535 */

static const char SQL_FIND[] =
    "SELECT w.id, w.turn, w.have, p.part IS NOT NULL,"
    "       COALESCE(p.data = ? AND p.data_coding = ?, FALSE)"
    "  FROM inbound_whole w"
    "  LEFT JOIN inbound_part p ON p.whole_id = w.id AND p.part = ?"
    " WHERE w.from_address = ? AND w.ref = ? AND w.total = ? AND w.carrier_id = ?"
    "   AND w.to_address = ?"
    " ORDER BY w.turn"
    "   FOR UPDATE";

static const char SQL_WHOLE[] =
    "INSERT INTO inbound_whole"
    "       (id, carrier_id, from_address, to_address, ref, total, turn, have, first_at)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)";

static const char SQL_PART[] =
    "INSERT INTO inbound_part (whole_id, part, data_coding, header, data)"
    "VALUES (?, ?, ?, ?, ?)";

static const char SQL_HAVE[] = "UPDATE inbound_whole"
                               "   SET have = have + 1"
                               " WHERE id = ?";

static const char SQL_OF_ADDRESS[] = "SELECT id"
                                     "  FROM inbound_whole"
                                     " WHERE from_address = ?"
                                     " ORDER BY id"
                                     "   FOR UPDATE";

static const char SQL_READ[] = "SELECT carrier_id, from_address, to_address, total, have, first_at"
                               "  FROM inbound_whole"
                               " WHERE id = ?";

static const char SQL_PARTS[] = "SELECT part, data_coding, header, data"
                                "  FROM inbound_part"
                                " WHERE whole_id = ?"
                                " ORDER BY part";

static const char SQL_DROP_PARTS[] = "DELETE FROM inbound_part"
                                     " WHERE whole_id = ?";
static const char SQL_DROP[] = "DELETE FROM inbound_whole"
                               " WHERE id = ?";

static const char SQL_COUNT_OLD[] = "SELECT COUNT(*)"
                                    "  FROM (SELECT 1"
                                    "          FROM inbound_whole"
                                    "         WHERE first_at < ?"
                                    "         LIMIT ?) old";

/* What another node gives up at this moment is left to it. */
static const char SQL_OLD[] = "SELECT id"
                              "  FROM inbound_whole"
                              " WHERE first_at < ?"
                              " ORDER BY first_at"
                              " LIMIT ?"
                              "   FOR UPDATE SKIP LOCKED";

/* --- reading one --- */

static const void *keep(struct recording *r, const struct db_rows *rows, unsigned col, size_t *len)
{
    const void *data = db_get_bytes(rows, col, len);

    return arena_copy(r->arena, data, *len); /* never NULL for no bytes: that is a missing part */
}

static enum rc read_parts(struct db *db, struct recording *r, uint64_t whole_id, unsigned total,
                          struct sms_user_data *parts, size_t *bytes)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_PARTS, DB_IN(db_u64(whole_id)), &rows), end;

    if (rc)
        return rc;
    *bytes = 0;
    while (!rc && db_next(rows)) {
        uint64_t number = db_get_u64(rows, 0);
        struct sms_user_data *p;

        if (number < 1 || number > total)
            continue;
        p = &parts[number - 1];
        p->data_coding = (uint8_t)db_get_u64(rows, 1);
        p->udh = keep(r, rows, 2, &p->udh_len);
        p->bytes = keep(r, rows, 3, &p->len);
        *bytes += p->len;
        if (!p->udh || !p->bytes)
            rc = RC_FAIL;
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}

static enum rc join_parts(struct db *db, struct recording *r, uint64_t whole_id,
                          struct inbound_message *m)
{
    struct sms_user_data parts[TOTAL_MAX] = { { 0 } };
    size_t bytes, size;
    char *text;
    enum rc rc = read_parts(db, r, whole_id, m->parts, parts, &bytes);

    if (rc)
        return rc;
    size = SMS_DECODED_SIZE(bytes) + m->parts * sizeof(SMS_GAP);
    size = size < TEXT_MAX ? size : TEXT_MAX;
    text = arena_alloc(r->arena, size);
    if (!text)
        return RC_FAIL;
    sms_text_decode(parts, m->parts, text, size);
    m->text = text;
    m->keyword = keyword_find(r->rules->keywords, text);
    /* Nobody knows what the rest said; to withdraw is the careful side. */
    if (m->incomplete && m->keyword.action != KEYWORD_STOP)
        m->keyword = (struct keyword_found){ .action = KEYWORD_NONE, .name = "", .answer = "" };
    if (m->keyword.action == KEYWORD_STOP)
        r->out->stopped[r->out->n_stopped++] = m->from;
    r->out->more |= m->keyword.action == KEYWORD_STOP || m->keyword.action == KEYWORD_START;
    return RC_OK;
}

/* --- giving up --- */

static enum rc drop_whole(struct db *db, uint64_t id)
{
    enum rc rc = db_run(db, SQL_DROP_PARTS, DB_IN(db_u64(id)), NULL);

    return rc ? rc : db_run(db, SQL_DROP, DB_IN(db_u64(id)), NULL);
}

/* *m is filled in but for its text; *complete: it was recorded long ago. */
static enum rc read_whole(struct db *db, struct recording *r, uint64_t id,
                          struct inbound_message *m, bool *complete)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(id)), &rows), end;

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        const char *from = db_get_text(rows, 1), *to = db_get_text(rows, 2);

        m->carrier_id = (unsigned)db_get_u64(rows, 0);
        m->from = arena_copy(r->arena, from, strlen(from));
        m->to = arena_copy(r->arena, to, strlen(to));
        m->parts = (unsigned)db_get_u64(rows, 3);
        m->at = db_get_time(rows, 5);
        *complete = db_get_u64(rows, 4) >= m->parts;
        m->incomplete = !*complete;
        rc = m->from && m->to ? RC_OK : RC_FAIL;
    }
    end = db_rows_end(rows);
    return rc ? rc : end ? end : found ? RC_OK : RC_NOTFOUND;
}

/* It goes, and what there is of it is recorded under `spare_id`. */
static enum rc give_up(struct db *db, struct recording *r, uint64_t id, uint64_t spare_id)
{
    static const struct consent_ids no_ids;
    struct inbound_message m = { .id = spare_id };
    bool complete = false;
    enum rc rc = read_whole(db, r, id, &m, &complete);

    if (!rc && !complete) {
        rc = join_parts(db, r, id, &m);
        if (!rc)
            rc = recording_add(db, r, &m, &no_ids);
    }
    return rc ? rc : drop_whole(db, id);
}

enum rc parts_count_old(struct db *db, utc_us before, size_t max, size_t *n)
{
    uint64_t old;
    enum rc rc = db_query_u64(db, SQL_COUNT_OLD, DB_IN(db_time(before), db_u64(max)), &old);

    if (!rc)
        *n = (size_t)old;
    return rc;
}

enum rc parts_give_up(struct db *db, struct recording *r, utc_us before, uint64_t first_id,
                      size_t max, size_t *n)
{
    uint64_t *ids = arena_alloc(r->arena, max * sizeof(*ids));
    struct db_rows *rows;
    enum rc rc;

    *n = 0;
    if (!ids)
        return RC_FAIL;
    rc = db_query(db, SQL_OLD, DB_IN(db_time(before), db_u64(max)), &rows);
    if (rc)
        return rc;
    while (*n < max && db_next(rows))
        ids[(*n)++] = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    for (size_t i = 0; !rc && i < *n; i++)
        rc = give_up(db, r, ids[i], first_id + i);
    return rc;
}

/* --- taking one --- */

struct place {
    uint64_t whole_id; /* where the part is missing; 0: nowhere */
    unsigned have;     /* parts there */
    uint64_t turn;     /* of the next message with this reference */
    bool twice;        /* the part is here already */
};

static enum rc find_place(struct db *db, const struct inbound_item *item, struct place *place)
{
    const struct inbound_part *p = item->part;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_FIND,
                          DB_IN(db_bytes(p->data.bytes, p->data.len), db_u64(p->data.data_coding),
                                db_u64(p->number), db_text(item->from), db_u64(p->ref),
                                db_u64(p->total), db_u64(item->carrier_id), db_text(item->to)),
                          &rows);

    *place = (struct place){ 0 };
    if (rc)
        return rc;
    while (db_next(rows)) {
        place->turn = db_get_u64(rows, 1) + 1;
        place->twice |= db_get_u64(rows, 4);
        if (db_get_u64(rows, 3))
            continue;
        place->whole_id = db_get_u64(rows, 0); /* the newest that lacks it */
        place->have = (unsigned)db_get_u64(rows, 2);
    }
    return db_rows_end(rows);
}

/* Bounded storage, whatever a sender does. */
static enum rc make_room(struct db *db, struct recording *r, const struct inbound_item *item,
                         uint64_t spare_id)
{
    struct db_rows *rows;
    uint64_t oldest = 0;
    size_t n = 0;
    enum rc rc = db_query(db, SQL_OF_ADDRESS, DB_IN(db_text(item->from)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        if (n++ == 0)
            oldest = db_get_u64(rows, 0);
    }
    rc = db_rows_end(rows);
    return rc || n < WHOLES_AN_ADDRESS ? rc : give_up(db, r, oldest, spare_id);
}

static enum rc add_part(struct db *db, uint64_t whole_id, const struct inbound_part *p)
{
    return db_run(db, SQL_PART,
                  DB_IN(db_u64(whole_id), db_u64(p->number), db_u64(p->data.data_coding),
                        db_bytes(p->data.udh, p->data.udh_len),
                        db_bytes(p->data.bytes, p->data.len)),
                  NULL);
}

static enum rc begin_whole(struct db *db, struct recording *r, const struct inbound_item *item,
                           uint64_t spare_id, uint64_t turn)
{
    const struct inbound_part *p = item->part;
    enum rc rc = make_room(db, r, item, spare_id);

    if (!rc)
        rc = db_run(db, SQL_WHOLE,
                    DB_IN(db_u64(spare_id), db_u64(item->carrier_id), db_text(item->from),
                          db_text(item->to), db_u64(p->ref), db_u64(p->total), db_u64(turn),
                          db_time(item->at)),
                    NULL);
    return rc ? rc : add_part(db, spare_id, p);
}

enum rc parts_take(struct db *db, struct recording *r, const struct inbound_item *item,
                   uint64_t spare_id, struct inbound_message *m, bool *complete)
{
    struct place place;
    enum rc rc = find_place(db, item, &place);

    *complete = false;
    if (rc || place.twice)
        return rc;
    if (!place.whole_id)
        return begin_whole(db, r, item, spare_id, place.turn);
    rc = add_part(db, place.whole_id, item->part);
    if (!rc)
        rc = db_run(db, SQL_HAVE, DB_IN(db_u64(place.whole_id)), NULL);
    if (rc || place.have + 1u < item->part->total)
        return rc;
    *m = (struct inbound_message){ .id = spare_id };
    rc = read_whole(db, r, place.whole_id, m, complete);
    return rc ? rc : join_parts(db, r, place.whole_id, m);
}
