/*
 * outbox_receipt.c - which message a receipt is about, and the receipts that have none yet.
 *
 * A receipt names its message by the carrier's id. That id is known from the submit_sm_resp; when
 * the response never came, a receipt that repeats our user_message_reference (SMPP 3.4, 5.3.2.17)
 * finds the part among those that nobody knows about. What finds nothing is kept as a stray: its
 * response may still be on the way, or in the batch after this one.
 */
#include <string.h>

#include "base/arena.h"
#include "store/outbox_private.h"
#include "store/timed_id.h"

#define LOG_PART "store"
#include "base/log.h"

/* Carriers repeat a receipt for 72 hours; a message may be under way for a week before. */
#define STRAY_LIFE_US  (3 * SEC_PER_DAY * USEC_PER_SEC)
#define RECEIPT_AGE_US (10 * SEC_PER_DAY * USEC_PER_SEC)
#define PAGE           500

static const char *const kind_names[] = {
    [OUTBOX_ACCEPTED] = "accepted",   [OUTBOX_REFUSED] = "refused",
    [OUTBOX_DELIVERED] = "delivered", [OUTBOX_FAILED] = "failed",
    [OUTBOX_EXPIRED] = "expired",     [OUTBOX_UNKNOWN] = "unknown",
    [OUTBOX_REQUEUED] = "requeued",   [OUTBOX_CANCELLED] = "cancelled",
    [OUTBOX_PROGRESS] = "progress",
};

/* As in sql/0002-gateway.sql; a test compares them. */
static const unsigned kind_numbers[] = {
    [OUTBOX_ACCEPTED] = 1, [OUTBOX_REFUSED] = 2,   [OUTBOX_DELIVERED] = 3,
    [OUTBOX_FAILED] = 4,   [OUTBOX_EXPIRED] = 5,   [OUTBOX_UNKNOWN] = 6,
    [OUTBOX_REQUEUED] = 7, [OUTBOX_CANCELLED] = 8, [OUTBOX_PROGRESS] = 10,
};

/* The newest, should a carrier use its ids again. The bound keeps the look in the table's newest
 * months; the index is forced, because without statistics the server would rather read backwards.
 */
static const char SQL_BY_ID[] = "SELECT message_id, part"
                                "  FROM message_event"
                                " WHERE smsc_message_id = ? AND carrier_id = ? AND message_id >= ?"
                                " ORDER BY message_id DESC, id DESC"
                                " LIMIT 1";

static const char SQL_BY_REFERENCE[] = "SELECT message_id, part"
                                       "  FROM message_unknown"
                                       " WHERE address = ? AND reference = ? AND at >= ?"
                                       "   AND carrier_id IN (0, ?)"
                                       " LIMIT 2";

static const char SQL_STRAY[] =
    "INSERT INTO stray_receipt"
    "       (id, at, kind, carrier_id, smsc_message_id, other_id, address, reference, whole_text,"
    "        code, detail, suppress_after)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_STRAYS[] =
    "SELECT id, at, kind, carrier_id, smsc_message_id, other_id, address, reference, code, detail,"
    "       whole_text, suppress_after"
    "  FROM stray_receipt"
    " WHERE id > ?"
    " ORDER BY id"
    " LIMIT ?";

static const char SQL_DROP_STRAY[] = "DELETE FROM stray_receipt WHERE id = ?";

static const char SQL_GIVE_UP_STRAYS[] = "DELETE FROM stray_receipt WHERE id < ? LIMIT 1000";

static const char SQL_GIVE_UP_UNKNOWN[] = "DELETE FROM message_unknown WHERE at < ? LIMIT 1000";

unsigned outbox_kind_number(enum outbox_event_kind kind)
{
    return kind_numbers[kind];
}

static enum outbox_event_kind kind_parse(const char *name)
{
    for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++) {
        if (strcmp(kind_names[i], name) == 0)
            return (enum outbox_event_kind)i;
    }
    return OUTBOX_PROGRESS;
}

/* --- finding --- */

static enum rc find_by_id(struct db *db, struct outbox_event *e, const char *smsc_message_id)
{
    struct db_rows *rows;
    enum rc rc;

    if (!smsc_message_id[0])
        return RC_OK;
    rc = db_query(db, SQL_BY_ID,
                  DB_IN(db_text(smsc_message_id), db_u64(e->carrier_id),
                        db_u64(timed_id_at(e->at - RECEIPT_AGE_US))),
                  &rows);
    if (rc)
        return rc;
    if (db_next(rows)) {
        e->message_id = db_get_u64(rows, 0);
        e->part = (unsigned)db_get_u64(rows, 1);
    }
    return db_rows_end(rows);
}

/* Two parts to one handset with one reference prove nothing about either. A text that went in one
 * PDU had the reference of its first part, and what a crash leaves of it is told part by part. */
static enum rc find_by_reference(struct db *db, struct outbox_event *e)
{
    struct db_rows *rows;
    uint64_t id = 0;
    unsigned part = 0;
    size_t n = 0;
    enum rc rc;

    if (!e->reference || !e->address[0])
        return RC_OK;
    rc = db_query(db, SQL_BY_REFERENCE,
                  DB_IN(db_text(e->address), db_u64(e->reference), db_time(e->at - STRAY_LIFE_US),
                        db_u64(e->carrier_id)),
                  &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        id = db_get_u64(rows, 0);
        part = (unsigned)db_get_u64(rows, 1);
        n++;
    }
    rc = db_rows_end(rows);
    if (!rc && n == 1) {
        e->message_id = id;
        e->part = e->whole_text && part == 0 ? OUTBOX_ALL_PARTS : part;
        e->late = true;
    }
    return rc;
}

enum rc outbox_find_message(struct db *db, struct outbox_event *e)
{
    enum rc rc = find_by_id(db, e, e->smsc_message_id);

    if (!rc && !e->message_id)
        rc = find_by_id(db, e, e->other_id);
    return rc || e->message_id ? rc : find_by_reference(db, e);
}

/* --- strays --- */

enum rc outbox_keep_stray(struct db *db, uint64_t id, const struct outbox_event *e)
{
    return db_run(db, SQL_STRAY,
                  DB_IN(db_u64(id), db_time(e->at), db_text(kind_names[e->kind]),
                        db_u64(e->carrier_id), db_text(e->smsc_message_id), db_text(e->other_id),
                        db_text(e->address), db_u64(e->reference), db_u64(e->whole_text),
                        db_u64(e->code), db_text(e->detail), db_u64(e->suppress_after)),
                  NULL);
}

enum rc outbox_drop_strays(struct db *db, const struct outbox_adoption *adoption)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < adoption->n; i++)
        rc = db_run(db, SQL_DROP_STRAY, DB_IN(db_u64(adoption->strays[i])), NULL);
    return rc;
}

static void copy(char *to, size_t size, const char *from)
{
    size_t len = strnlen(from, size - 1);

    memcpy(to, from, len);
    to[len] = '\0';
}

static enum rc read_page(struct db *db, uint64_t after, struct outbox_event *events, uint64_t *ids,
                         size_t *n)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_STRAYS, DB_IN(db_u64(after), db_u64(PAGE)), &rows);

    *n = 0;
    if (rc)
        return rc;
    while (db_next(rows)) {
        struct outbox_event *e = &events[*n];
        ids[(*n)++] = db_get_u64(rows, 0);
        *e = (struct outbox_event){
            .at = db_get_time(rows, 1),
            .kind = kind_parse(db_get_text(rows, 2)),
            .carrier_id = (unsigned)db_get_u64(rows, 3),
            .reference = (uint16_t)db_get_u64(rows, 7),
            .code = (uint32_t)db_get_u64(rows, 8),
            .whole_text = db_get_u64(rows, 10) != 0,
            .suppress_after = (unsigned)db_get_u64(rows, 11),
        };
        copy(e->smsc_message_id, sizeof(e->smsc_message_id), db_get_text(rows, 4));
        copy(e->other_id, sizeof(e->other_id), db_get_text(rows, 5));
        copy(e->address, sizeof(e->address), db_get_text(rows, 6));
        copy(e->detail, sizeof(e->detail), db_get_text(rows, 9));
    }
    return db_rows_end(rows);
}

static enum rc give_up_old(struct db *db, utc_us now)
{
    uint64_t n = 0;
    enum rc rc =
        db_run(db, SQL_GIVE_UP_STRAYS, DB_IN(db_u64(timed_id_at(now - STRAY_LIFE_US))), &n);

    if (!rc && n)
        log_warn("receipts given_up=%llu reason=\"no message in three days\"",
                 (unsigned long long)n);
    if (!rc)
        rc = db_run(db, SQL_GIVE_UP_UNKNOWN, DB_IN(db_time(now - STRAY_LIFE_US)), NULL);
    return rc;
}

enum rc outbox_adopt(struct db *db, utc_us now, uint64_t *cursor, size_t *looked, size_t *adopted)
{
    struct outbox_batch batch = { 0 };
    struct arena arena;
    uint64_t *ids;
    size_t n = 0, found = 0;
    uint64_t next;
    enum rc rc = RC_FAIL;

    arena_init(&arena);
    batch.events = arena_alloc(&arena, PAGE * sizeof(*batch.events));
    ids = arena_alloc(&arena, PAGE * sizeof(*ids));
    if (batch.events && ids)
        rc = *cursor ? RC_OK : give_up_old(db, now);
    if (!rc)
        rc = read_page(db, *cursor, batch.events, ids, &n);
    next = n == PAGE ? ids[n - 1] : 0;
    for (size_t i = 0; !rc && i < n; i++) {
        struct outbox_event e = batch.events[i];
        uint64_t id = ids[i];
        rc = outbox_find_message(db, &e);
        if (e.message_id) {
            batch.events[found] = e;
            ids[found++] = id;
        }
    }
    batch.n = found;
    if (!rc && found)
        rc = outbox_write(db, &batch, &(struct outbox_adoption){ ids, found });
    if (!rc) {
        *cursor = next;
        *looked = n;
        *adopted = found;
    }
    arena_close(&arena);
    return rc;
}
