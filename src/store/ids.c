/* ids.c - surrogate keys from one row a kind, taken in runs. */
#include "store/db.h"

#include <stddef.h>

#define TIMED_SHIFT 20
#define TIMED_EPOCH INT64_C(1704067200) /* 2024-01-01T00:00:00Z */

/* One statement that takes and tells, so that it locks the row as shortly as can be. */
static const char SQL_TAKE[] = "INSERT INTO id_block (kind, next_id)"
                               " VALUES (?, ? + ?)"
                               " ON DUPLICATE KEY UPDATE next_id = GREATEST(next_id, ?) + ?"
                               " RETURNING next_id";

struct take {
    const char *kind;
    uint64_t n, floor;
    uint64_t next; /* after what was taken */
};

static enum rc take_ids(struct db *db, void *arg)
{
    struct take *t = arg;

    return db_query_u64(
        db, SQL_TAKE,
        DB_IN(db_text(t->kind), db_u64(t->floor), db_u64(t->n), db_u64(t->floor), db_u64(t->n)),
        &t->next);
}

static enum rc take(struct db *db, const char *kind, uint64_t n, uint64_t floor, uint64_t *first)
{
    struct take t = { .kind = kind, .n = n, .floor = floor };
    enum rc rc = db_transaction(db, take_ids, &t);

    if (!rc)
        *first = t.next - n;
    return rc;
}

enum rc db_new_ids(struct db *db, const char *kind, uint64_t n, uint64_t *first)
{
    return take(db, kind, n, 1, first);
}

uint64_t db_timed_id(utc_us at)
{
    const int64_t seconds = at / USEC_PER_SEC - TIMED_EPOCH;

    return (uint64_t)(seconds > 0 ? seconds : 1) << TIMED_SHIFT;
}

enum rc db_new_timed_ids(struct db *db, const char *kind, uint64_t n, uint64_t *first)
{
    return take(db, kind, n, db_timed_id(clock_now()), first);
}
