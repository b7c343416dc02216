/* retention_contact.c - contacts that were made or cancelled long ago go, with all that is said of
 * them. What is open is never too old. */
#include <stdlib.h>

#include "domain/staff.h"
#include "store/db.h"
#include "store/id_list.h"
#include "store/retention.h"
#include "store/timed_id.h"

static const char SQL_OLD[] = "SELECT id"
                              "  FROM contact_task"
                              " WHERE day < ? AND state <> 'open'"
                              " ORDER BY day"
                              " LIMIT ?"
                              "   FOR UPDATE SKIP LOCKED";

#define OF_TASK(table)            \
    "DELETE x FROM " ID_LIST " w" \
    "  STRAIGHT_JOIN " table " x" \
    "             ON x.kind = 'task' AND x.subject_id = w.id"

/* The task last: what belongs to it is found by it. */
static const char *const SQL_GONE[] = {
    OF_TASK("matter_step"),
    OF_TASK("matter_event"),
    OF_TASK("notice_matter"),
    OF_TASK("matter"),
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN contact_note x ON x.task_id = w.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN contact_result x ON x.task_id = w.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN contact_task x ON x.id = w.id",
};

/* Of contacts that nobody had planned. Ids carry their time. */
static const char SQL_UNPLANNED[] = "DELETE FROM contact_result"
                                    " WHERE id < ? AND task_id IS NULL"
                                    " ORDER BY id"
                                    " LIMIT ?";

struct pruning {
    utc_us before;
    uint64_t n;
};

static enum rc read_old(struct db *db, const struct pruning *p, struct id_list *ids)
{
    const struct civil date = clock_civil(p->before);
    char day[STAFF_DAY_SIZE];
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_OLD, DB_IN(db_text(staff_day_text(staff_day(&date), day)), db_u64(RETENTION_BATCH)),
        &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        id_list_add(ids, db_get_u64(rows, 0));
    rc = db_rows_end(rows);
    return rc ? rc : id_list_text(ids);
}

static enum rc prune_body(struct db *db, void *arg)
{
    struct pruning *p = arg;
    struct id_list ids;
    enum rc rc;

    id_list_init(&ids, RETENTION_BATCH);
    rc = read_old(db, p, &ids);
    p->n = ids.n;
    for (size_t i = 0; !rc && ids.n && i < sizeof(SQL_GONE) / sizeof(SQL_GONE[0]); i++)
        rc = db_run(db, SQL_GONE[i], DB_IN(ID_LIST_IN(&ids)), NULL);
    id_list_close(&ids);
    return rc;
}

enum rc retention_prune_contacts(struct db *db, utc_us before, uint64_t *n)
{
    struct pruning p = { .before = before };
    enum rc rc = db_transaction(db, prune_body, &p);

    *n = p.n;
    return rc || p.n ? rc
                     : db_run(db, SQL_UNPLANNED,
                              DB_IN(db_u64(timed_id_at(before)), db_u64(RETENTION_BATCH)), n);
}

static const char SQL_ANSWERS[] = "DELETE FROM staff_answer"
                                  " WHERE id < ? AND next_at IS NULL"
                                  " ORDER BY id"
                                  " LIMIT ?";

enum rc retention_prune_staff_answers(struct db *db, utc_us before, uint64_t *n)
{
    return db_run(db, SQL_ANSWERS, DB_IN(db_u64(timed_id_at(before)), db_u64(RETENTION_BATCH)), n);
}
