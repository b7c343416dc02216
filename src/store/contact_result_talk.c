/* contact_result_talk.c - when a customer was last spoken to, and what a correction does to that.
 */
#include "store/contact_result_private.h"

static const char SQL_TALKED[] =
    "UPDATE customer"
    "   SET talked_at = GREATEST(COALESCE(talked_at, ?), ?),"
    "       last_contact_at = GREATEST(COALESCE(last_contact_at, ?), ?)"
    " WHERE id = ?";

/* Without the task: when its customer was last spoken to, wrote, and got a message. Of each other
 * task the last result counts. */
static const char SQL_OTHERWISE[] =
    "SELECT (SELECT MAX(r.at)"
    "          FROM contact_result r"
    "          JOIN contact_outcome o ON o.id = r.outcome_id AND o.reached"
    "          LEFT JOIN contact_task t ON t.id = r.task_id"
    "         WHERE r.customer_id = c.id AND COALESCE(r.task_id, 0) <> ?"
    "           AND (t.id IS NULL OR t.result_id = r.id)),"
    "       c.last_reply_at,"
    "       (SELECT MAX(e.at)"
    "          FROM message m"
    "          JOIN message_event e ON e.message_id = m.id AND e.kind = 'accepted'"
    "         WHERE m.customer_id = c.id)"
    "  FROM customer c"
    " WHERE c.id = ?";

/* What somebody else said or did since stays. */
static const char SQL_NOT_TALKED[] =
    "UPDATE customer"
    "   SET talked_at = IF(talked_at IN (SELECT at FROM contact_result WHERE task_id = ?),"
    "                      ?, talked_at),"
    "       last_contact_at = IF(last_contact_at IN"
    "                              (SELECT at FROM contact_result WHERE task_id = ?),"
    "                            ?, last_contact_at)"
    " WHERE id = ?";

enum rc contact_talked(struct db *db, const struct contact_affected *a)
{
    const struct db_value at = db_time(a->at);

    return db_run(db, SQL_TALKED, DB_IN(at, at, at, at, db_u64(a->customer_id)), NULL);
}

enum rc contact_not_talked(struct db *db, const struct contact_affected *a)
{
    const struct db_value task = db_u64(a->task_id), customer = db_u64(a->customer_id);
    utc_us talked = 0, any = 0;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_OTHERWISE, DB_IN(task, customer), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        talked = db_get_time(rows, 0);
        for (unsigned col = 0; col < 3; col++) {
            const utc_us at = db_get_time(rows, col);

            any = at > any ? at : any;
        }
    }
    rc = db_rows_end(rows);
    return rc ? rc
              : db_run(db, SQL_NOT_TALKED,
                       DB_IN(task, db_time(talked), task, db_time(any), customer), NULL);
}
