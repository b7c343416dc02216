/* customer_merge_task.c - two customers are one, and each was on the list of the same day. */
#include "store/contact_task.h"
#include "store/customer_merge_private.h"

/* Of a pair, whichever is open; of two open ones, that of the one who goes. */
static const char SQL_TWINS[] =
    "SELECT IF(g.state = 'open', g.id, k.id)"
    "  FROM contact_task g"
    "  JOIN contact_task k ON k.customer_id = ? AND k.day = g.day AND k.once = 1"
    " WHERE g.customer_id = ? AND g.once = 1 AND 'open' IN (g.state, k.state)"
    " LIMIT ?";

/* Both were called that day. */
static const char SQL_BOTH_DONE[] =
    "UPDATE contact_task g"
    "  JOIN contact_task k ON k.customer_id = ? AND k.day = g.day AND k.once = 1"
    "   SET g.is_twin = TRUE"
    " WHERE g.customer_id = ? AND g.once = 1";

enum rc merge_meet_tasks(struct db *db, struct merging *m)
{
    uint64_t ids[MERGE_PAGE];
    struct db_rows *rows;
    size_t n = 0;
    enum rc rc =
        db_query(db, SQL_TWINS, DB_IN(db_u64(m->keep), db_u64(m->gone), db_u64(MERGE_PAGE)), &rows);

    if (rc)
        return rc;
    while (n < MERGE_PAGE && db_next(rows))
        ids[n++] = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    m->more |= n == MERGE_PAGE;
    for (size_t i = 0; !rc && i < n; i++)
        rc = contact_task_cancel(db, ids[i], "same_person");
    return rc ? rc : db_run(db, SQL_BOTH_DONE, DB_IN(db_u64(m->keep), db_u64(m->gone)), NULL);
}
