/* contact_enrolment_view.c - who is where in which plan, and what was done of each step. */
#include <string.h>

#include "store/contact_plan_row.h"

/* A person is called by name, a company by its own. */
#define CUSTOMER_NAME \
    "COALESCE(NULLIF(TRIM(CONCAT(c.first_name, ' ', c.last_name)), ''), c.company, '')"

#define COLUMNS                                                                            \
    "SELECT e.id, e.plan_id, e.customer_id, e.task_id, p.name, " CUSTOMER_NAME ", e.why,"  \
    "       e.created_by, e.version, e.step, e.state, e.started_at, e.next_at, e.ended_at" \
    "  FROM contact_enrolment e"                                                           \
    "  JOIN contact_plan p ON p.id = e.plan_id"                                            \
    "  LEFT JOIN customer c ON c.id = e.customer_id"

static const char SQL_OF_PLAN[] = COLUMNS " WHERE e.plan_id = ? AND e.id > ?"
                                          "   AND (? = '' OR e.state = ?)"
                                          " ORDER BY e.id"
                                          " LIMIT ?";

static const char SQL_OF_CUSTOMER[] = COLUMNS " WHERE e.customer_id = ? AND e.id > ?"
                                              "   AND (? = '' OR e.state = ?)"
                                              " ORDER BY e.id"
                                              " LIMIT ?";

static const char SQL_LIVE[] = "SELECT id"
                               "  FROM contact_enrolment"
                               " WHERE customer_id = ? AND plan_id = ? AND live = 1";

/* A message's month may be gone by now. */
static const char SQL_LOG[] =
    "SELECT l.version, l.step, l.at, l.planned_at, l.what, IF(l.what = 'skipped', l.reason,"
    "       COALESCE(s.reason, '')), l.who, l.task_id, s.message_id,"
    "       IF(l.what <> 'message', '', IF(s.id IS NULL, 'waiting',"
    "          IF(s.message_id IS NULL, 'left out', COALESCE(m.state, ''))))"
    "  FROM contact_plan_log l"
    "  JOIN contact_enrolment e ON e.id = l.enrolment_id"
    "  LEFT JOIN occasion_sent s ON s.occasion_id = l.occasion_id"
    "                           AND s.customer_id = e.customer_id"
    "                           AND s.subject_id = l.enrolment_id AND s.round = l.turn"
    "  LEFT JOIN message m ON m.id = s.message_id"
    " WHERE l.enrolment_id = ?"
    " ORDER BY l.turn"
    " LIMIT 200";

static const char SQL_FIGURES[] =
    "SELECT x.step, SUM(x.messages), SUM(x.tasks), SUM(x.skipped), SUM(x.left_out), SUM(x.waiting)"
    "  FROM (SELECT l.step, COUNT(IF(l.what = 'message', 1, NULL)) AS messages,"
    "               COUNT(IF(l.what = 'task', 1, NULL)) AS tasks,"
    "               COUNT(IF(l.what = 'skipped', 1, NULL)) AS skipped,"
    "               COUNT(IF(s.id IS NOT NULL AND s.message_id IS NULL, 1, NULL)) AS left_out,"
    "               0 AS waiting"
    "          FROM contact_enrolment e"
    "          JOIN contact_plan_log l ON l.enrolment_id = e.id AND l.version = ?"
    "          LEFT JOIN occasion_sent s ON s.occasion_id = l.occasion_id"
    "                                   AND s.customer_id = e.customer_id"
    "                                   AND s.subject_id = l.enrolment_id AND s.round = l.turn"
    "         WHERE e.plan_id = ?"
    "         GROUP BY l.step"
    "         UNION ALL"
    "        SELECT e.step, 0, 0, 0, 0, COUNT(*)"
    "          FROM contact_enrolment e"
    "         WHERE e.plan_id = ? AND e.version = ? AND e.state IN ('active', 'paused')"
    "         GROUP BY e.step) x"
    " GROUP BY x.step"
    " ORDER BY x.step";

static enum rc map_row(const struct db_rows *rows, struct contact_enrolment *e)
{
    *e = (struct contact_enrolment){ .id = db_get_u64(rows, 0),
                                     .plan_id = db_get_u64(rows, 1),
                                     .customer_id = db_get_u64(rows, 2),
                                     .task_id = db_get_u64(rows, 3),
                                     .plan = db_get_text(rows, 4),
                                     .customer = db_get_text(rows, 5),
                                     .why = db_get_text(rows, 6),
                                     .created_by = db_get_text(rows, 7),
                                     .version = (unsigned)db_get_u64(rows, 8),
                                     .step = (unsigned)db_get_u64(rows, 9),
                                     .started_at = db_get_time(rows, 11),
                                     .next_at = db_get_time(rows, 12),
                                     .ended_at = db_get_time(rows, 13) };
    return enrolment_state_parse(db_get_text(rows, 10), &e->state) ? RC_FAIL : RC_OK;
}

enum rc contact_enrolment_list(struct db *db, const struct contact_enrolment_query *q,
                               void (*each)(void *arg, const struct contact_enrolment *e),
                               void *arg)
{
    const struct db_value of = db_u64(q->customer_id ? q->customer_id : q->plan_id),
                          state = db_text(q->state);
    struct db_rows *rows;
    struct contact_enrolment e;
    enum rc rc = db_query(db, q->customer_id ? SQL_OF_CUSTOMER : SQL_OF_PLAN,
                          DB_IN(of, db_u64(q->after), state, state, db_u64(q->limit)), &rows),
            end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        rc = map_row(rows, &e);
        if (!rc)
            each(arg, &e);
    }
    end = db_rows_end(rows);
    return end ? end : rc;
}

enum rc contact_enrolment_find(struct db *db, uint64_t plan_id, uint64_t customer_id, uint64_t *id)
{
    return db_query_u64(db, SQL_LIVE, DB_IN(db_u64(customer_id), db_u64(plan_id)), id);
}

enum rc contact_enrolment_log(struct db *db, uint64_t id,
                              void (*each)(void *arg, const struct contact_enrolment_entry *e),
                              void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LOG, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct contact_enrolment_entry e = { .version = (unsigned)db_get_u64(rows, 0),
                                                   .step = (unsigned)db_get_u64(rows, 1),
                                                   .at = db_get_time(rows, 2),
                                                   .planned_at = db_get_time(rows, 3),
                                                   .what = db_get_text(rows, 4),
                                                   .reason = db_get_text(rows, 5),
                                                   .who = db_get_text(rows, 6),
                                                   .task_id = db_get_u64(rows, 7),
                                                   .message_id = db_get_u64(rows, 8),
                                                   .message = db_get_text(rows, 9) };
        each(arg, &e);
    }
    return db_rows_end(rows);
}

enum rc contact_plan_figures(struct db *db, uint64_t id, unsigned version,
                             void (*each)(void *arg, const struct contact_plan_figures *f),
                             void *arg)
{
    const struct db_value plan = db_u64(id), v = db_u64(version);
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_FIGURES, DB_IN(v, plan, plan, v), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct contact_plan_figures f = { .version = version,
                                                .step = (unsigned)db_get_u64(rows, 0),
                                                .messages = db_get_u64(rows, 1),
                                                .tasks = db_get_u64(rows, 2),
                                                .skipped = db_get_u64(rows, 3),
                                                .left_out = db_get_u64(rows, 4),
                                                .waiting = db_get_u64(rows, 5) };
        each(arg, &f);
    }
    return db_rows_end(rows);
}
