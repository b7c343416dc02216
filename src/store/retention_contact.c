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

#define OF(subject, table)        \
    "DELETE x FROM " ID_LIST " w" \
    "  STRAIGHT_JOIN " table " x" \
    "             ON x.kind = '" subject "' AND x.subject_id = w.id"

/* The task last: what belongs to it is found by it. */
static const char *const SQL_GONE[] = {
    OF("task", "matter_step"),
    OF("task", "matter_event"),
    OF("task", "notice_matter"),
    OF("task", "matter"),
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN contact_note x ON x.task_id = w.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN contact_result x ON x.task_id = w.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN contact_task x ON x.id = w.id",
};

/* Alerts stay; that people were reminded of those that were closed long ago does not. */
static const char SQL_OLD_ALERTS[] =
    "SELECT m.subject_id"
    "  FROM matter m"
    "  JOIN alert a ON a.id = m.subject_id AND a.closed_at IS NOT NULL"
    " WHERE m.kind = 'alert' AND m.state = 'settled' AND m.ended_at < ?"
    " ORDER BY m.subject_id"
    " LIMIT ?"
    "   FOR UPDATE SKIP LOCKED";

static const char *const SQL_ALERTS_GONE[] = {
    OF("alert", "matter_step"),
    OF("alert", "matter_event"),
    OF("alert", "notice_matter"),
    OF("alert", "matter"),
};

/* By ids that carry their time: contacts that nobody had planned, and who was told of what. */
static const char *const SQL_OTHERS[] = {
    "DELETE FROM contact_result WHERE id < ? AND task_id IS NULL ORDER BY id LIMIT ?",
    "DELETE FROM notice_matter WHERE notice_id < ? ORDER BY notice_id LIMIT ?",
    "DELETE FROM notice WHERE id < ? ORDER BY id LIMIT ?",
};

/* A row a day: whose days there are too many of (the first one is found by the key), and those. */
static const struct {
    const char *whose, *gone;
} by_day[] = {
    { "SELECT team_id FROM contact_list GROUP BY team_id HAVING MIN(day) < ? LIMIT 1",
      "DELETE FROM contact_list WHERE team_id = ? AND day < ? ORDER BY day LIMIT ?" },
    { "SELECT staff_id FROM contact_told GROUP BY staff_id HAVING MIN(day) < ? LIMIT 1",
      "DELETE FROM contact_told WHERE staff_id = ? AND day < ? ORDER BY day LIMIT ?" },
};

/* Plans that are over, and what was done of their steps. */
static const char SQL_ENDED[] = "SELECT id"
                                "  FROM contact_enrolment"
                                " WHERE ended_at < ?"
                                " ORDER BY ended_at"
                                " LIMIT ?"
                                "   FOR UPDATE SKIP LOCKED";

static const char *const SQL_PLAN_GONE[] = {
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN contact_plan_log x ON x.enrolment_id = w.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN contact_enrolment x ON x.id = w.id",
};

static const char SQL_WALKS[] = "DELETE FROM contact_plan_walk"
                                " WHERE state IN ('done', 'refused') AND ended_at < ?"
                                " ORDER BY id"
                                " LIMIT ?";

/* A version that another one took the place of so long ago, and in which nobody is any more: who
 * was through with it is gone by now. */
static const char SQL_VERSION[] =
    "SELECT v.plan_id, v.version"
    "  FROM contact_plan_version v"
    " WHERE EXISTS (SELECT 1"
    "                 FROM contact_plan_version n"
    "                WHERE n.plan_id = v.plan_id AND n.version > v.version AND n.created_at < ?)"
    "   AND NOT EXISTS (SELECT 1"
    "                     FROM contact_enrolment e"
    "                    WHERE e.plan_id = v.plan_id AND e.version = v.version)"
    " LIMIT 1";

/* What made its messages: off, and gone unless there are results of it to be seen. */
static const char *const SQL_VERSION_GONE[] = {
    "DELETE o"
    "  FROM contact_plan_step s"
    "  STRAIGHT_JOIN occasion o ON o.id = s.occasion_id"
    " WHERE s.plan_id = ? AND s.version = ?"
    "   AND NOT EXISTS (SELECT 1 FROM campaign c WHERE c.occasion_id = o.id)",
    "UPDATE contact_plan_step s"
    "  STRAIGHT_JOIN occasion o ON o.id = s.occasion_id"
    "   SET o.state = 'off'"
    " WHERE s.plan_id = ? AND s.version = ?",
    "DELETE FROM contact_plan_step WHERE plan_id = ? AND version = ?",
    "DELETE FROM contact_plan_version WHERE plan_id = ? AND version = ?",
};

struct pruning {
    utc_us before;
    uint64_t n;
};

static enum rc read_old(struct db *db, const char *sql, struct db_value before, struct id_list *ids)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, sql, DB_IN(before, db_u64(RETENTION_BATCH)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        id_list_add(ids, db_get_u64(rows, 0));
    rc = db_rows_end(rows);
    return rc ? rc : id_list_text(ids);
}

/* Those that the question finds go, by each of the statements in turn. */
static enum rc remove_old(struct db *db, const char *sql, struct db_value before,
                          const char *const gone[], size_t n_gone, uint64_t *n)
{
    struct id_list ids;
    enum rc rc;

    id_list_init(&ids, RETENTION_BATCH);
    rc = read_old(db, sql, before, &ids);
    *n = ids.n;
    for (size_t i = 0; !rc && ids.n && i < n_gone; i++)
        rc = db_run(db, gone[i], DB_IN(ID_LIST_IN(&ids)), NULL);
    id_list_close(&ids);
    return rc;
}

static enum rc prune_body(struct db *db, void *arg)
{
    struct pruning *p = arg;
    const struct civil date = clock_civil(p->before);
    char day[STAFF_DAY_SIZE];
    enum rc rc = remove_old(db, SQL_OLD, db_text(staff_day_text(staff_day(&date), day)), SQL_GONE,
                            sizeof(SQL_GONE) / sizeof(SQL_GONE[0]), &p->n);

    return rc || p->n ? rc
                      : remove_old(db, SQL_OLD_ALERTS, db_time(p->before), SQL_ALERTS_GONE,
                                   sizeof(SQL_ALERTS_GONE) / sizeof(SQL_ALERTS_GONE[0]), &p->n);
}

static enum rc find_version(struct db *db, utc_us before, uint64_t *plan_id, uint64_t *version)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_VERSION, DB_IN(db_time(before)), &rows);

    *plan_id = *version = 0;
    if (rc)
        return rc;
    if (db_next(rows)) {
        *plan_id = db_get_u64(rows, 0);
        *version = db_get_u64(rows, 1);
    }
    return db_rows_end(rows);
}

static enum rc prune_version(struct db *db, struct pruning *p)
{
    uint64_t plan_id, version;
    enum rc rc = find_version(db, p->before, &plan_id, &version);

    for (size_t i = 0; !rc && plan_id && i < sizeof(SQL_VERSION_GONE) / sizeof(SQL_VERSION_GONE[0]);
         i++)
        rc = db_run(db, SQL_VERSION_GONE[i], DB_IN(db_u64(plan_id), db_u64(version)), NULL);
    p->n = plan_id != 0;
    return rc;
}

/* One kind at a time, as long as there are any of it. */
static enum rc prune_plans_body(struct db *db, void *arg)
{
    struct pruning *p = arg;
    enum rc rc = remove_old(db, SQL_ENDED, db_time(p->before), SQL_PLAN_GONE,
                            sizeof(SQL_PLAN_GONE) / sizeof(SQL_PLAN_GONE[0]), &p->n);

    if (!rc && !p->n)
        rc = db_run(db, SQL_WALKS, DB_IN(db_time(p->before), db_u64(RETENTION_BATCH)), &p->n);
    return rc || p->n ? rc : prune_version(db, p);
}

enum rc retention_prune_plans(struct db *db, utc_us before, uint64_t *n)
{
    struct pruning p = { .before = before };
    enum rc rc = db_transaction(db, prune_plans_body, &p);

    *n = p.n;
    return rc;
}

/* One kind of rows at a time: *n is 0 once there are none of any. */
static enum rc prune_others(struct db *db, utc_us before, uint64_t *n)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && !*n && i < sizeof(SQL_OTHERS) / sizeof(SQL_OTHERS[0]); i++)
        rc = db_run(db, SQL_OTHERS[i], DB_IN(db_u64(timed_id_at(before)), db_u64(RETENTION_BATCH)),
                    n);
    return rc;
}

static enum rc prune_days(struct db *db, utc_us before, uint64_t *n)
{
    const struct civil date = clock_civil(before);
    char day[STAFF_DAY_SIZE];
    enum rc rc = RC_OK;

    staff_day_text(staff_day(&date), day);
    for (size_t i = 0; !rc && !*n && i < sizeof(by_day) / sizeof(by_day[0]); i++) {
        uint64_t whose;

        rc = db_query_u64(db, by_day[i].whose, DB_IN(db_text(day)), &whose);
        if (!rc)
            rc = db_run(db, by_day[i].gone,
                        DB_IN(db_u64(whose), db_text(day), db_u64(RETENTION_BATCH)), n);
        else if (rc == RC_NOTFOUND)
            rc = RC_OK;
    }
    return rc;
}

enum rc retention_prune_contacts(struct db *db, utc_us before, uint64_t *n)
{
    struct pruning p = { .before = before };
    enum rc rc = db_transaction(db, prune_body, &p);

    *n = p.n;
    if (!rc && !*n)
        rc = prune_others(db, before, n);
    return rc || *n ? rc : prune_days(db, before, n);
}

static const char SQL_ANSWERS[] = "DELETE FROM staff_answer"
                                  " WHERE id < ? AND next_at IS NULL"
                                  " ORDER BY id"
                                  " LIMIT ?";

enum rc retention_prune_staff_answers(struct db *db, utc_us before, uint64_t *n)
{
    return db_run(db, SQL_ANSWERS, DB_IN(db_u64(timed_id_at(before)), db_u64(RETENTION_BATCH)), n);
}
