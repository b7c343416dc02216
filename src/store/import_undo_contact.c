/* import_undo_contact.c - see import_undo_contact.h. */
#include "store/import_undo_contact.h"

#include "store/contact_task.h"
#include "store/db.h"

#define WHY       "import_undone"
#define TASK_PAGE 200

static const char SQL_OPEN[] = "SELECT t.id\n"
                               "FROM " ID_LIST " w\n"
                               "STRAIGHT_JOIN contact_task t\n"
                               "  ON t.customer_id = w.id AND t.state = 'open'\n"
                               "ORDER BY t.id\n"
                               "LIMIT ?\n"
                               "FOR UPDATE";

/* In this order; each takes the ids. */
static const char *const SQL_REMOVE[] = {
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN contact_enrolment e ON e.customer_id = w.id\n"
    "STRAIGHT_JOIN contact_plan_log x ON x.enrolment_id = e.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN contact_enrolment x ON x.customer_id = w.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN contact_plan_news x ON x.customer_id = w.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN contact_news x ON x.customer_id = w.id",
    /* Messages of a plan that are still to be made. */
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN occasion o\n"
    "STRAIGHT_JOIN occasion_event x ON x.occasion_id = o.id AND x.customer_id = w.id",
};

static enum rc read_open(struct db *db, const struct id_list *gone, uint64_t *ids, size_t *n)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_OPEN, DB_IN(ID_LIST_IN(gone), db_u64(TASK_PAGE)), &rows);

    *n = 0;
    if (rc)
        return rc;
    while (*n < TASK_PAGE && db_next(rows))
        ids[(*n)++] = db_get_u64(rows, 0);
    return db_rows_end(rows);
}

static enum rc cancel_open(struct db *db, const struct id_list *gone)
{
    uint64_t ids[TASK_PAGE];
    size_t n = TASK_PAGE;
    enum rc rc = RC_OK;

    while (!rc && n == TASK_PAGE) {
        rc = read_open(db, gone, ids, &n);
        for (size_t i = 0; !rc && i < n; i++)
            rc = contact_task_cancel(db, ids[i], WHY);
    }
    return rc;
}

enum rc import_undo_contacts(struct db *db, const struct id_list *gone)
{
    enum rc rc = cancel_open(db, gone);

    for (size_t i = 0; !rc && i < sizeof(SQL_REMOVE) / sizeof(SQL_REMOVE[0]); i++)
        rc = db_run(db, SQL_REMOVE[i], DB_IN(ID_LIST_IN(gone)), NULL);
    return rc;
}
