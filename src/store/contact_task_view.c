/* contact_task_view.c - tasks as people look at them: with the customer's name and number, and what
 * came of it. */
#include <string.h>

#include "base/arena.h"
#include "domain/staff.h"
#include "store/calling_sql.h"
#include "store/contact_task.h"
#include "store/db.h"

#define COLUMNS                                                                                \
    "t.id, t.customer_id, t.plan_id, t.policy_id, t.result_id, t.team_id, t.staff_id,"         \
    " t.plan_step, t.source, t.state, t.day + 0, t.due_at, t.created_at, t.done_at, t.score,"  \
    " t.title, t.expected, t.reasons, t.created_by, o.code, t.why,"                            \
    " COALESCE(NULLIF(TRIM(CONCAT(c.first_name, ' ', c.last_name)), ''), "                     \
    "c.company)," NUMBER_TO_CALL ", s.login, g.code, d.login, r.note, r.next_at, r.via, r.at," \
    " t.withdrawn"

#define JOINED                                             \
    "  LEFT JOIN customer c ON c.id = t.customer_id"       \
    "  LEFT JOIN staff s ON s.id = t.staff_id"             \
    "  LEFT JOIN team g ON g.id = t.team_id"               \
    "  LEFT JOIN staff d ON d.id = t.done_by"              \
    "  LEFT JOIN contact_outcome o ON o.id = t.outcome_id" \
    "  LEFT JOIN contact_result r ON r.id = t.result_id"

static const char SQL_READ[] = "SELECT " COLUMNS "  FROM contact_task t" JOINED " WHERE t.id = ?";

/* A bound that is not asked for is a constant, and the optimizer drops it: what is left chooses the
 * index. `after` is a row that was seen: its place in the order is where to go on. The page is
 * found first, and only its rows are joined. */
static const char SQL_LIST[] =
    "SELECT " COLUMNS "  FROM (SELECT f.id"
    "          FROM contact_task f"
    "          LEFT JOIN contact_task l ON l.id = ?"
    "         WHERE (? = 0 OR f.staff_id <=> ?) AND (? = 0 OR f.team_id = ?)"
    "           AND (? = 0 OR f.customer_id = ?)"
    "           AND (? = '' OR f.day >= ?) AND (? = '' OR f.day <= ?)"
    "           AND (? = '' OR f.state = ?)"
    "           AND (? = 0 OR (f.state = 'open' AND f.due_at < ?))"
    "           AND (l.id IS NULL OR f.day > l.day"
    "                OR (f.day = l.day"
    "                    AND (f.score < l.score OR (f.score = l.score AND f.id > l.id))))"
    "         ORDER BY f.day, f.score DESC, f.id"
    "         LIMIT ?) page"
    "  JOIN contact_task t ON t.id = page.id" JOINED " ORDER BY t.day, t.score DESC, t.id";

enum rc contact_source_parse(const char *name, enum contact_source *out)
{
    for (int s = CONTACT_OF_LIST; s <= CONTACT_OF_CALL_BACK; s++) {
        if (strcmp(name, contact_source_name((enum contact_source)s)) == 0) {
            *out = (enum contact_source)s;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

enum rc contact_state_parse(const char *name, enum contact_state *out)
{
    for (int s = CONTACT_OPEN; s <= CONTACT_CANCELLED; s++) {
        if (strcmp(name, contact_state_name((enum contact_state)s)) == 0) {
            *out = (enum contact_state)s;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

static struct contact_task task_of(const struct db_rows *rows)
{
    struct contact_task t = {
        .id = db_get_u64(rows, 0),
        .customer_id = db_get_u64(rows, 1),
        .plan_id = db_get_u64(rows, 2),
        .policy_id = db_get_u64(rows, 3),
        .result_id = db_get_u64(rows, 4),
        .team_id = (unsigned)db_get_u64(rows, 5),
        .staff_id = (unsigned)db_get_u64(rows, 6),
        .plan_step = (unsigned)db_get_u64(rows, 7),
        .day = (int)db_get_i64(rows, 10),
        .due_at = db_get_time(rows, 11),
        .created_at = db_get_time(rows, 12),
        .done_at = db_get_time(rows, 13),
        .score = (int)db_get_i64(rows, 14),
        .title = db_get_text(rows, 15),
        .expected = db_get_text(rows, 16),
        .reasons = db_get_text(rows, 17),
        .created_by = db_get_text(rows, 18),
        .outcome = db_get_text(rows, 19),
        .why = db_get_text(rows, 20),
        .customer_name = db_get_text(rows, 21),
        .phone = db_get_text(rows, 22),
        .staff = db_get_text(rows, 23),
        .team = db_get_text(rows, 24),
        .done_by = db_get_text(rows, 25),
        .note = db_get_text(rows, 26),
        .next_at = db_get_time(rows, 27),
        .via = db_get_text(rows, 28),
        .result_at = db_get_time(rows, 29),
        .withdrawn = db_get_u64(rows, 30) != 0,
    };

    /* The columns have no other names. */
    if (contact_source_parse(db_get_text(rows, 8), &t.source))
        t.source = CONTACT_OF_LIST;
    if (contact_state_parse(db_get_text(rows, 9), &t.state))
        t.state = CONTACT_OPEN;
    return t;
}

/* Its texts, which live no longer than the row, into the arena. */
static enum rc keep(struct arena *arena, struct contact_task *t)
{
    const char **const texts[] = { &t->title,   &t->expected, &t->reasons,       &t->created_by,
                                   &t->outcome, &t->why,      &t->customer_name, &t->phone,
                                   &t->staff,   &t->team,     &t->done_by,       &t->note,
                                   &t->via };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_copy(arena, *texts[i], strlen(*texts[i]));
        if (!*texts[i])
            return RC_FAIL;
    }
    return RC_OK;
}

enum rc contact_task_read(struct db *db, uint64_t id, struct arena *arena, struct contact_task *out)
{
    struct contact_task t;
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(id)), &rows), end;

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        t = task_of(rows);
        rc = keep(arena, &t);
    }
    end = db_rows_end(rows);
    rc = rc ? rc : end;
    if (!rc && found)
        *out = t;
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

enum rc contact_task_list(struct db *db, const struct contact_task_query *q,
                          void (*each)(void *arg, const struct contact_task *t), void *arg)
{
    const struct db_value by_staff = db_u64(q->staff_id || q->nobodys),
                          staff = q->nobodys ? db_null() : db_u64(q->staff_id),
                          team = db_u64(q->team_id), customer = db_u64(q->customer_id),
                          late = db_time(q->late_at);
    char from[STAFF_DAY_SIZE], to[STAFF_DAY_SIZE];
    const struct db_value first = db_text(staff_day_text(q->from_day, from)),
                          last = db_text(staff_day_text(q->to_day, to)),
                          state = db_text(q->open_only ? contact_state_name(CONTACT_OPEN)
                                          : q->state   ? q->state
                                                       : "");
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LIST,
                          DB_IN(db_u64(q->after), by_staff, staff, team, team, customer, customer,
                                first, first, last, last, state, state, db_u64(q->late_at != 0),
                                late, db_u64(q->limit)),
                          &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct contact_task t = task_of(rows);

        each(arg, &t);
    }
    return db_rows_end(rows);
}
