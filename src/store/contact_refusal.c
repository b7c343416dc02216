/* contact_refusal.c - see contact_refusal.h. */
#include "store/contact_refusal.h"

#include "store/contact_enrolment.h"
#include "store/contact_news.h"
#include "store/contact_task.h"
#include "store/db.h"

#define WHY "do_not_contact"

static const char SQL_FIND[] =
    "SELECT c.id,"
    "       EXISTS (SELECT 1 FROM contact_task t WHERE t.customer_id = c.id AND t.state = 'open')"
    "       OR EXISTS (SELECT 1 FROM contact_enrolment e WHERE e.customer_id = c.id AND e.live)"
    "  FROM " ID_LIST " w"
    "  STRAIGHT_JOIN customer c ON c.id = w.id"
    " WHERE NOT c.do_not_contact"
    " ORDER BY c.id";

enum rc contact_refuse(struct db *db, uint64_t customer_id, uint64_t except, utc_us now)
{
    enum rc rc = contact_task_cancel_others(db, customer_id, except, true, WHY);

    if (!rc)
        rc = contact_enrolment_stop_all(db, customer_id, WHY, now);
    return rc ? rc : contact_news_put(db, customer_id, now);
}

enum rc contact_refusers_find(struct db *db, struct id_list *who, struct contact_refuser *found,
                              size_t *n)
{
    struct db_rows *rows;
    enum rc rc;

    *n = 0;
    if (!who->n)
        return RC_OK;
    rc = id_list_text(who);
    if (!rc)
        rc = db_query(db, SQL_FIND, DB_IN(ID_LIST_IN(who)), &rows);
    if (rc)
        return rc;
    while (*n < who->n && db_next(rows))
        found[(*n)++] = (struct contact_refuser){ db_get_u64(rows, 0), db_get_u64(rows, 1) != 0 };
    return db_rows_end(rows);
}
