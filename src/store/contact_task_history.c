/* contact_task_history.c - what was done to a task, and what came of contacts with a customer. */
#include "store/contact_task_command.h"
#include "store/db.h"

/* A result is in the audit as well: its own row says more. */
static const char SQL_HISTORY[] =
    "SELECT r.at AS at, 'result' AS kind, r.who AS who, COALESCE(s.login, '') AS staff,"
    "       o.code AS outcome, r.note AS text, r.next_at AS next_at"
    "  FROM contact_result r"
    "  JOIN contact_outcome o ON o.id = r.outcome_id"
    "  LEFT JOIN staff s ON s.id = r.staff_id"
    " WHERE r.task_id = ?"
    " UNION ALL "
    "SELECT n.at, 'note', n.who, '', '', n.note, NULL"
    "  FROM contact_note n"
    " WHERE n.task_id = ?"
    " UNION ALL "
    "SELECT a.at, a.verb, a.who, '', '', IF(a.verb = 'cancel', t.why, a.detail), NULL"
    "  FROM audit_entry a"
    "  JOIN contact_task t ON t.id = a.subject_id"
    " WHERE a.subject = 'contact_task' AND a.subject_id = ?"
    "   AND a.verb NOT IN ('result', 'correct', 'note')"
    " ORDER BY at"
    " LIMIT ?";

static const char SQL_RESULTS[] =
    "SELECT r.id, r.task_id, r.next_task_id, o.code, s.login, r.via, r.who, r.note, t.title, r.at,"
    "       r.next_at"
    "  FROM contact_result r"
    "  JOIN contact_outcome o ON o.id = r.outcome_id"
    "  LEFT JOIN staff s ON s.id = r.staff_id"
    "  LEFT JOIN contact_task t ON t.id = r.task_id"
    " WHERE r.customer_id = ? AND r.id < ?"
    " ORDER BY r.id DESC"
    " LIMIT ?";

enum rc contact_task_history(struct db *db, uint64_t id,
                             void (*each)(void *arg, const struct contact_line *line), void *arg)
{
    const struct db_value task = db_u64(id);
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_HISTORY, DB_IN(task, task, task, db_u64(CONTACT_HISTORY_MAX)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct contact_line line = {
            .at = db_get_time(rows, 0),
            .kind = db_get_text(rows, 1),
            .who = db_get_text(rows, 2),
            .staff = db_get_text(rows, 3),
            .outcome = db_get_text(rows, 4),
            .text = db_get_text(rows, 5),
            .next_at = db_get_time(rows, 6),
        };
        each(arg, &line);
    }
    return db_rows_end(rows);
}

enum rc contact_results_list(struct db *db, uint64_t customer_id, uint64_t before, size_t limit,
                             void (*each)(void *arg, const struct contact_result_view *v),
                             void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_RESULTS,
        DB_IN(db_u64(customer_id), db_u64(before ? before : INT64_MAX), db_u64(limit)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct contact_result_view v = {
            .id = db_get_u64(rows, 0),
            .task_id = db_get_u64(rows, 1),
            .next_task_id = db_get_u64(rows, 2),
            .outcome = db_get_text(rows, 3),
            .staff = db_get_text(rows, 4),
            .via = db_get_text(rows, 5),
            .who = db_get_text(rows, 6),
            .note = db_get_text(rows, 7),
            .title = db_get_text(rows, 8),
            .at = db_get_time(rows, 9),
            .next_at = db_get_time(rows, 10),
        };
        each(arg, &v);
    }
    return db_rows_end(rows);
}
