/* ids.c - surrogate keys from one row a kind, taken in runs. */
#include "store/db.h"

#include <stddef.h>

#include "store/timed_id.h"

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

enum rc db_new_timed_ids(struct db *db, const char *kind, uint64_t n, uint64_t *first)
{
    const uint64_t floor = timed_id_at(clock_now());

    return take(db, kind, n, floor ? floor : UINT64_C(1) << TIMED_ID_SHIFT, first);
}
