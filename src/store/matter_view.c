/* matter_view.c - lists and histories of matters, and the commands of people. */
#include "store/matter_view.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/audit.h"
#include "store/contact_task.h"
#include "store/db.h"
#include "store/matter_private.h"

#define MATTERS                                                                                \
    "SELECT m.kind, m.subject_id, m.state,"                                                    \
    "       IF(m.kind = 'alert',"                                                              \
    "          (SELECT a.text FROM alert a WHERE a.id = m.subject_id),"                        \
    "          (SELECT COALESCE(NULLIF(TRIM(CONCAT(c.first_name, ' ', c.last_name)), ''),"     \
    "                           c.company)"                                                    \
    "             FROM contact_task k"                                                         \
    "             JOIN customer c ON c.id = k.customer_id AND c.erased_at IS NULL"             \
    "            WHERE k.id = m.subject_id)),"                                                 \
    "       p.name, t.code, s.login, m.ack_by, m.why, m.step, m.round, m.urgent, m.opened_at," \
    "       m.next_at, m.wait_until, m.ack_at, m.ended_at"
#define OF_MATTER                                           \
    "  LEFT JOIN escalation_policy p ON p.id = m.policy_id" \
    "  LEFT JOIN team t ON t.id = m.team_id"                \
    "  LEFT JOIN staff s ON s.id = m.staff_id"
#define IN_ORDER " ORDER BY m.subject_id LIMIT ?"

/* The next ones of each state along an index that has them by number, so a page costs a page,
 * however many others there are or were. */
#define OF_STATE(state, index, who)                                      \
    "(SELECT kind, subject_id"                                           \
    "   FROM matter FORCE INDEX (" index ")"                             \
    "  WHERE " who "state = '" state "' AND kind = ? AND subject_id > ?" \
    "  ORDER BY subject_id"                                              \
    "  LIMIT ?)"
#define NOT_OVER(index, who)                                                                      \
    OF_STATE("open", index, who)                                                                  \
    " UNION ALL " OF_STATE("acknowledged", index, who) " UNION ALL " OF_STATE("exhausted", index, \
                                                                              who)
#define AMONG(them) \
    MATTERS "  FROM (" them ") w JOIN matter m USING (kind, subject_id)" OF_MATTER IN_ORDER
#define HERS "staff_id = ? AND "

static const char SQL_LIST[] = AMONG(NOT_OVER("by_state", ""));
static const char SQL_LIST_OF[] = AMONG(NOT_OVER("by_staff", HERS));
static const char SQL_LIST_ALL_OF[] =
    AMONG(NOT_OVER("by_staff", HERS) " UNION ALL " OF_STATE("settled", "by_staff", HERS));
static const char SQL_LIST_ALL[] =
    MATTERS "  FROM matter m" OF_MATTER " WHERE m.kind = ? AND m.subject_id > ?" IN_ORDER;

static const char SQL_READ[] =
    MATTERS "  FROM matter m" OF_MATTER " WHERE m.kind = ? AND m.subject_id = ?";

/* Locked: nothing is done to what is not there, and nothing is written of it. */
static const char SQL_IS_THERE[] = "SELECT subject_id"
                                   "  FROM matter"
                                   " WHERE kind = ? AND subject_id = ?"
                                   "   FOR UPDATE";

static const char SQL_HISTORY[] =
    "SELECT * FROM"
    " (SELECT h.at, h.planned_at, h.what, COALESCE(s.login, '') AS who, '' AS detail, h.step,"
    "         h.round"
    "    FROM matter_step h"
    "    LEFT JOIN staff s ON s.id = h.staff_id"
    "   WHERE h.kind = ? AND h.subject_id = ?"
    "   UNION ALL"
    "  SELECT e.at, NULL, e.what, e.who, COALESCE(f.login, e.detail), 0, 0"
    "    FROM matter_event e"
    "    LEFT JOIN staff f"
    "      ON e.what IN ('acknowledged', 'handed_over') AND f.id = CAST(e.detail AS UNSIGNED)"
    "   WHERE e.kind = ? AND e.subject_id = ?) h"
    " ORDER BY h.at, h.step, h.round"
    " LIMIT 500";

static const char SQL_COUNT[] = "SELECT state, COUNT(*)"
                                "  FROM matter"
                                " WHERE state IN ('open', 'acknowledged', 'exhausted')"
                                " GROUP BY state";

static void map_row(const struct db_rows *rows, struct matter_row *m)
{
    *m = (struct matter_row){ .kind = matter_kind_of(db_get_text(rows, 0)),
                              .subject_id = db_get_u64(rows, 1),
                              .state = matter_state_of(db_get_text(rows, 2)),
                              .about = db_get_text(rows, 3),
                              .policy = db_get_text(rows, 4),
                              .team = db_get_text(rows, 5),
                              .staff = db_get_text(rows, 6),
                              .ack_by = db_get_text(rows, 7),
                              .why = db_get_text(rows, 8),
                              .step = (unsigned)db_get_u64(rows, 9),
                              .round = (unsigned)db_get_u64(rows, 10),
                              .urgent = db_get_u64(rows, 11) != 0,
                              .opened_at = db_get_time(rows, 12),
                              .next_at = db_get_time(rows, 13),
                              .wait_until = db_get_time(rows, 14),
                              .ack_at = db_get_time(rows, 15),
                              .ended_at = db_get_time(rows, 16) };
}

/* `n` times the same values, and how many in all. */
static enum rc query_states(struct db *db, const char *sql, const struct matter_query *q, size_t n,
                            struct db_rows **rows)
{
    struct db_value in[4 * 4 + 1];
    size_t n_in = 0;

    for (size_t i = 0; i < n; i++) {
        if (q->staff_id)
            in[n_in++] = db_u64(q->staff_id);
        in[n_in++] = db_text(matter_kind_name(q->kind));
        in[n_in++] = db_u64(q->after);
        in[n_in++] = db_u64(q->limit);
    }
    in[n_in++] = db_u64(q->limit);
    return db_query(db, sql, in, n_in, rows);
}

static enum rc query_list(struct db *db, const struct matter_query *q, struct db_rows **rows)
{
    if (q->staff_id)
        return q->ended_too ? query_states(db, SQL_LIST_ALL_OF, q, 4, rows)
                            : query_states(db, SQL_LIST_OF, q, 3, rows);
    if (!q->ended_too)
        return query_states(db, SQL_LIST, q, 3, rows);
    return db_query(db, SQL_LIST_ALL,
                    DB_IN(db_text(matter_kind_name(q->kind)), db_u64(q->after), db_u64(q->limit)),
                    rows);
}

enum rc matter_list(struct db *db, const struct matter_query *q,
                    void (*each)(void *arg, const struct matter_row *m), void *arg)
{
    struct matter_row m;
    struct db_rows *rows;
    enum rc rc = query_list(db, q, &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        map_row(rows, &m);
        each(arg, &m);
    }
    return db_rows_end(rows);
}

static enum rc keep(struct arena *arena, const char **text)
{
    *text = arena_copy(arena, *text, strlen(*text));
    return *text ? RC_OK : RC_FAIL;
}

enum rc matter_read(struct db *db, enum matter_kind kind, uint64_t subject_id, struct arena *arena,
                    struct matter_row *out)
{
    struct matter_row m;
    const char **texts[] = { &m.about, &m.policy, &m.team, &m.staff, &m.ack_by, &m.why };
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_text(matter_kind_name(kind)), db_u64(subject_id)),
                          &rows),
            end;

    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        map_row(rows, &m);
    for (size_t i = 0; found && !rc && i < sizeof(texts) / sizeof(texts[0]); i++)
        rc = keep(arena, texts[i]);
    end = db_rows_end(rows);
    if (rc || end)
        return rc ? rc : end;
    if (!found)
        return RC_NOTFOUND;
    *out = m;
    return RC_OK;
}

enum rc matter_history(struct db *db, enum matter_kind kind, uint64_t subject_id,
                       void (*each)(void *arg, const struct matter_entry *e), void *arg)
{
    const struct db_value name = db_text(matter_kind_name(kind)), id = db_u64(subject_id);
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_HISTORY, DB_IN(name, id, name, id), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        each(arg, &(struct matter_entry){ .at = db_get_time(rows, 0),
                                          .planned_at = db_get_time(rows, 1),
                                          .what = db_get_text(rows, 2),
                                          .who = db_get_text(rows, 3),
                                          .detail = db_get_text(rows, 4),
                                          .step = (unsigned)db_get_u64(rows, 5),
                                          .round = (unsigned)db_get_u64(rows, 6) });
    return db_rows_end(rows);
}

enum rc matter_count(struct db *db, struct matter_counts *out)
{
    struct matter_counts c = { 0 };
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_COUNT, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const uint64_t n = db_get_u64(rows, 1);
        switch (matter_state_of(db_get_text(rows, 0))) {
        case MATTER_OPEN:
            c.open = n;
            break;
        case MATTER_ACKNOWLEDGED:
            c.acknowledged = n;
            break;
        case MATTER_EXHAUSTED:
            c.exhausted = n;
            break;
        case MATTER_SETTLED:
            break;
        }
    }
    rc = db_rows_end(rows);
    if (!rc)
        *out = c;
    return rc;
}

/* --- commands --- */

static const char *const order_verbs[] = { [MATTER_TAKE] = "acknowledge",
                                           [MATTER_PUT_OFF] = "snooze",
                                           [MATTER_PASS] = "hand_over",
                                           [MATTER_STOP] = "stop" };

struct commanding {
    const struct matter_command *command;
    uint64_t audit_id;
    utc_us now;
};

/* A contact goes to another person as a whole, and its matter with it. */
static enum rc pass_on(struct db *db, const struct commanding *c)
{
    const struct matter_command *o = c->command;

    return o->kind == MATTER_TASK
               ? contact_task_hand_over(db, o->subject_id, o->staff_id, o->who)
               : matter_hand_over(db, o->kind, o->subject_id, o->staff_id, c->now, o->who);
}

/* A contact can be handed over without being a matter; for all else there must be one. */
static enum rc is_there(struct db *db, const struct matter_command *o)
{
    uint64_t id;

    if (o->order == MATTER_PASS && o->kind == MATTER_TASK)
        return RC_OK;
    return db_query_u64(db, SQL_IS_THERE,
                        DB_IN(db_text(matter_kind_name(o->kind)), db_u64(o->subject_id)), &id);
}

static enum rc give(struct db *db, const struct commanding *c)
{
    const struct matter_command *o = c->command;
    const enum rc rc = is_there(db, o);

    if (rc)
        return rc;
    switch (o->order) {
    case MATTER_TAKE:
        return matter_acknowledge(db, o->kind, o->subject_id, o->staff_id, o->who);
    case MATTER_PUT_OFF:
        return matter_snooze(db, o->kind, o->subject_id, o->until, o->who);
    case MATTER_PASS:
        return pass_on(db, c);
    case MATTER_STOP:
        return matter_settle(db, o->kind, o->subject_id, o->why, o->who);
    }
    return RC_FAIL;
}

static enum rc command_body(struct db *db, void *arg)
{
    const struct commanding *c = arg;
    const struct matter_command *o = c->command;
    char detail[120], until[CLOCK_TEXT_SIZE];
    enum rc rc = give(db, c);

    switch (o->order) {
    case MATTER_PUT_OFF:
        snprintf(detail, sizeof(detail), "%s until %s", matter_kind_name(o->kind),
                 clock_format(o->until, until));
        break;
    case MATTER_PASS:
        snprintf(detail, sizeof(detail), "%s to staff %u", matter_kind_name(o->kind), o->staff_id);
        break;
    case MATTER_TAKE:
    case MATTER_STOP:
        snprintf(detail, sizeof(detail), "%s", matter_kind_name(o->kind));
        break;
    }
    return rc ? rc
              : audit_write(db, &(struct audit_entry){ .id = c->audit_id,
                                                       .at = c->now,
                                                       .who = o->who,
                                                       .verb = order_verbs[o->order],
                                                       .subject = AUDIT_MATTER,
                                                       .subject_id = o->subject_id,
                                                       .detail = detail });
}

enum rc matter_command(struct db *db, const struct matter_command *command)
{
    struct commanding c = { .command = command, .now = clock_now() };
    enum rc rc = audit_new_id(db, &c.audit_id);

    return rc ? rc : db_transaction(db, command_body, &c);
}
