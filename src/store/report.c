/*
 * report.c - three statements for each stretch of the period, of at most a month, in which the
 * clocks of the house and its teams are as far from UTC as at its start: tasks, contacts that
 * nobody had planned, orders that followed.
 *
 * What the rows are and whom they are of are words of ours in a table; values are bound.
 */
#include "store/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/local_time.h"
#include "domain/value.h"
#include "store/db.h"
#include "store/report_clock.h"
#include "store/timed_id.h"

#define SQL_MAX    6000
#define VALUES_MAX (24 + 3 * 2 * REPORT_CLOCKS_MAX)
/* Of one statement: a year of a large house at once would keep the database busy for too long. */
#define STRETCH_DAYS 31
/* A result may be recorded some time after the contact; its id says when it was. */
#define RECORDED_LATE_US (31 * SEC_PER_DAY * USEC_PER_SEC)

/* --- the statements --- */

/* What a row is: of a task t, its employee s and its customer c. */
static const struct {
    const char *key;
    bool staff, customer; /* s, c are needed */
    const char *names;    /* of the keys, in the order in which they are shown; NULL: none */
} kinds[] = {
    [REPORT_BY_MANAGER] = { "COALESCE(s.manager_id, 0)", true, false,
                            "SELECT id, login, name FROM staff ORDER BY name, id" },
    [REPORT_BY_EMPLOYEE] = { "COALESCE(t.staff_id, 0)", false, false,
                             "SELECT id, login, name FROM staff ORDER BY name, id" },
    [REPORT_BY_TEAM] = { "COALESCE(t.team_id, 0)", false, false,
                         "SELECT id, code, label FROM team ORDER BY label, id" },
    [REPORT_BY_CATEGORY] = { "COALESCE(c.category_id, 0)", false, true,
                             "SELECT id, code, label FROM category ORDER BY label, id" },
    [REPORT_BY_SOURCE] = { "t.source + 0", false, false, NULL },
    [REPORT_BY_DAY] = { "t.day + 0", false, false, NULL },
    [REPORT_BY_WEEK] = { "YEARWEEK(t.day, 3)", false, false, NULL },
    [REPORT_BY_MONTH] = { "EXTRACT(YEAR_MONTH FROM t.day)", false, false, NULL },
};

/* By outcome, too: NULL is that of those that have none yet. When a task came onto its list: at its
 * team's hour of that day, or when it was made, if that was later. */
static const char TASK_FIGURES[] =
    ", t.outcome_id, COUNT(*),"
    " CAST(SUM(t.state = 'done' AND t.done_at <= t.due_at) AS SIGNED),"
    " CAST(SUM(t.state = 'done' AND t.done_at > t.due_at) AS SIGNED),"
    " CAST(SUM(t.state = 'open' AND t.due_at < ?) AS SIGNED),"
    " CAST(SUM(t.state = 'open' AND t.due_at >= ?) AS SIGNED),"
    " CAST(SUM(t.state = 'done' AND COALESCE(u.reached, FALSE)) AS SIGNED),"
    " CAST(SUM(IF(t.state = 'done',"
    "             GREATEST(0, TIMESTAMPDIFF(SECOND,"
    "                                       GREATEST(t.created_at,"
    "                                                TIMESTAMP(t.day)"
    "                                                + INTERVAL COALESCE(g.list_minute, 0) MINUTE"
    "                                                - INTERVAL COALESCE(g.offset_s, ?) SECOND),"
    "                                       t.done_at)),"
    "             0)) AS SIGNED)";
static const char TASKS[] = "  FROM contact_task t"
                            "  LEFT JOIN contact_outcome u ON u.id = t.outcome_id"
                            "  LEFT JOIN ";
static const char TASKS_TEAM[] = " g ON g.id = t.team_id";
static const char TASKS_WHERE[] = " WHERE t.day BETWEEN ? AND ? AND t.state <> 'cancelled'";

static const char UNPLANNED_FIGURES[] = ", COUNT(*)";
static const char UNPLANNED[] =
    "  FROM (SELECT r.staff_id, r.customer_id, x.team_id, 0 AS source,"
    "               LEAST(DATE(r.at + INTERVAL COALESCE(g.offset_s, ?) SECOND), DATE(?)) AS day"
    "          FROM contact_result r"
    "          LEFT JOIN staff x ON x.id = r.staff_id"
    "          LEFT JOIN ";
static const char UNPLANNED_TEAM[] =
    " g ON g.id = x.team_id"
    "         WHERE r.id >= ? AND r.id < ? AND r.task_id IS NULL"
    "           AND r.at >= COALESCE(g.begins_at, ?) AND r.at < COALESCE(g.ends_at, ?)) t";
static const char UNPLANNED_WHERE[] = " WHERE TRUE";

/*
 * An order follows the last contact before it that reached its customer, for some days. One that is
 * said to have ended with an order may have been noted after the order itself: it has all of its
 * day.
 */
#define BEGINS(task, outcome)                                  \
    "IF(" outcome ".effect = 'order',"                         \
    "   TIMESTAMP(DATE(" task ".done_at + INTERVAL ? SECOND))" \
    "   - INTERVAL ? SECOND, " task ".done_at)"
static const char ORDER_FIGURES[] =
    ", COUNT(*), CAST(SUM(IF(o.currency = ?, o.collect_cents, 0)) AS SIGNED)";
static const char ORDERS[] =
    "  FROM contact_task t"
    "  JOIN contact_outcome u ON u.id = t.outcome_id AND u.reached"
    "  JOIN customer_order o"
    "    ON o.customer_id = t.customer_id AND o.status <> 'cancelled'"
    "   AND o.ordered_at >= " BEGINS("t", "u") "   AND o.ordered_at < t.done_at + INTERVAL ? DAY";
static const char ORDERS_WHERE[] =
    " WHERE t.day BETWEEN ? AND ? AND t.state = 'done'"
    "   AND NOT EXISTS (SELECT 1"
    "                     FROM contact_task l"
    "                     JOIN contact_outcome v ON v.id = l.outcome_id AND v.reached"
    "                    WHERE l.customer_id = t.customer_id AND l.state = 'done'"
    "                      AND (l.done_at > t.done_at OR (l.done_at = t.done_at AND l.id > t.id))"
    "                      AND " BEGINS("l", "v") " <= o.ordered_at)";

static const char SQL_OUTCOMES[] = "SELECT id, code, label_fr, label_en"
                                   "  FROM contact_outcome"
                                   " ORDER BY id"
                                   " LIMIT ?";

static const char SQL_TEAM[] = "SELECT id, label FROM team WHERE code = ?";
static const char SQL_STAFF[] = "SELECT id, name FROM staff WHERE login = ?";
static const char SQL_CATEGORY[] = "SELECT id, label FROM category WHERE code = ?";

/* Whom a manager's report is about. UNION ends at a loop, which nobody should have made. */
static const char SQL_BELOW[] = "WITH RECURSIVE below AS"
                                " (SELECT id FROM staff WHERE id = ?"
                                "  UNION"
                                "  SELECT s.id FROM staff s JOIN below b ON s.manager_id = b.id)"
                                "SELECT GROUP_CONCAT(id) FROM below";

/* --- what is being added up --- */

struct adding {
    struct db *db;
    const struct report_query *q;
    struct arena *arena;
    struct report *report;
    const char **field;
    struct error *err;
    uint64_t team_id, staff_id, category_id; /* 0: any */
    const char *below;                       /* "3,17,4"; NULL: any */
    utc_us now;
    /* The stretch. */
    struct report_clocks clocks;
    char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];
    /* A statement. */
    struct buffer sql;
    struct db_value values[VALUES_MAX];
    size_t n;
};

static void bind(struct adding *a, struct db_value value)
{
    a->values[a->n++] = value;
}

static void add_joins(struct adding *a)
{
    if (kinds[a->q->by].staff)
        buffer_add_text(&a->sql, "  LEFT JOIN staff s ON s.id = t.staff_id");
    if (kinds[a->q->by].customer || a->category_id)
        buffer_add_text(&a->sql, "  LEFT JOIN customer c ON c.id = t.customer_id");
}

/* Who is asked about, behind a WHERE. */
static void add_of(struct adding *a)
{
    if (a->team_id) {
        buffer_add_text(&a->sql, "   AND t.team_id = ?");
        bind(a, db_u64(a->team_id));
    }
    if (a->staff_id) {
        buffer_add_text(&a->sql, "   AND t.staff_id = ?");
        bind(a, db_u64(a->staff_id));
    }
    if (a->below) {
        buffer_add_text(&a->sql, "   AND FIND_IN_SET(t.staff_id, ?)");
        bind(a, db_text(a->below));
    }
    if (a->category_id) {
        buffer_add_text(&a->sql, "   AND c.category_id = ?");
        bind(a, db_u64(a->category_id));
    }
}

/* Values are bound in the order in which the text asks for them. */
static void begin_select(struct adding *a, const char *figures)
{
    buffer_reset(&a->sql);
    a->n = 0;
    buffer_printf(&a->sql, "SELECT %s", kinds[a->q->by].key);
    buffer_add_text(&a->sql, figures);
}

static struct db_value offset_of(const struct report_clock *c)
{
    return db_i64(c->offset_s);
}

static struct db_value begin_of(const struct report_clock *c)
{
    return db_time(c->begins);
}

static struct db_value end_of(const struct report_clock *c)
{
    return db_time(c->until);
}

static void add_of_team(struct adding *a, struct db_value (*of)(const struct report_clock *c),
                        const char *type, const char *name)
{
    const struct report_clocks *clocks = &a->clocks;

    buffer_add_text(&a->sql, ", CAST(CASE");
    for (size_t i = 1; i < clocks->n; i++) {
        buffer_add_text(&a->sql, " WHEN timezone = ? THEN ?");
        bind(a, db_text(clocks->list[i].name));
        bind(a, of(&clocks->list[i]));
    }
    buffer_printf(&a->sql, " WHEN TRUE THEN ? END AS %s) AS %s", type, name);
    bind(a, of(&clocks->list[0]));
}

/* Teams, each with its own clock in this stretch. */
static void add_teams(struct adding *a)
{
    buffer_add_text(&a->sql, "(SELECT id, list_minute");
    add_of_team(a, offset_of, "SIGNED", "offset_s");
    add_of_team(a, begin_of, "DATETIME(6)", "begins_at");
    add_of_team(a, end_of, "DATETIME(6)", "ends_at");
    buffer_add_text(&a->sql, " FROM team)");
}

static enum rc run_select(struct adding *a, const char *where, const char *group,
                          enum rc (*add)(struct adding *a, const struct db_rows *rows))
{
    struct db_rows *rows;
    enum rc rc, ended;

    buffer_add_text(&a->sql, where);
    add_of(a);
    buffer_add_text(&a->sql, group);
    if (a->sql.full)
        return RC_FAIL;
    rc = db_query_once(a->db, buffer_text(&a->sql), a->values, a->n, &rows);
    if (rc)
        return rc;
    while (!rc && db_next(rows))
        rc = add(a, rows);
    ended = db_rows_end(rows);
    return rc ? rc : ended;
}

/* --- rows --- */

static int by_key(const void *a, const void *b)
{
    const struct report_row *x = a, *y = b;

    return (x->key > y->key) - (x->key < y->key);
}

/* The row of the first column's key; they come by key, in each stretch anew. */
static enum rc row_of(struct adding *a, const struct db_rows *rows, struct report_row **row)
{
    struct report *r = a->report;
    const struct report_row wanted = { .key = db_get_i64(rows, 0) };
    size_t at = r->n;

    *row = bsearch(&wanted, r->rows, r->n, sizeof(wanted), by_key);
    if (*row)
        return RC_OK;
    if (r->n == REPORT_ROWS_MAX) {
        *a->field = "by";
        return error_set(a->err, RC_INVALID,
                         "the report has more than %d rows; ask for fewer days, or for one team",
                         REPORT_ROWS_MAX);
    }
    for (; at && r->rows[at - 1].key > wanted.key; at--)
        r->rows[at] = r->rows[at - 1];
    r->n++;
    *row = &r->rows[at];
    **row = (struct report_row){ .key = wanted.key, .code = "", .name = "" };
    return RC_OK;
}

/* The place of an outcome; all that have none of their own share the last. */
static size_t outcome_at(const struct report *r, uint64_t id)
{
    size_t i = 0;

    while (i + 1 < r->n_outcomes && r->outcomes[i].id != id)
        i++;
    return i;
}

static enum rc add_task_row(struct adding *a, const struct db_rows *rows)
{
    const struct report_figures more = {
        .planned = db_get_u64(rows, 2),
        .on_time = db_get_u64(rows, 3),
        .late = db_get_u64(rows, 4),
        .done = db_get_u64(rows, 3) + db_get_u64(rows, 4),
        .missed = db_get_u64(rows, 5),
        .open = db_get_u64(rows, 6),
        .reached = db_get_u64(rows, 7),
        .answer_s = db_get_u64(rows, 8),
    };
    struct report_row *row;
    enum rc rc = row_of(a, rows, &row);

    if (rc)
        return rc;
    report_figures_add(&row->figures, &more);
    if (!db_is_null(rows, 1))
        row->outcomes[outcome_at(a->report, db_get_u64(rows, 1))] += more.done;
    return RC_OK;
}

static enum rc add_tasks(struct adding *a)
{
    begin_select(a, TASK_FIGURES);
    bind(a, db_time(a->now));
    bind(a, db_time(a->now));
    bind(a, offset_of(a->clocks.list));
    buffer_add_text(&a->sql, TASKS);
    add_teams(a);
    buffer_add_text(&a->sql, TASKS_TEAM);
    add_joins(a);
    bind(a, db_text(a->from));
    bind(a, db_text(a->to));
    return run_select(a, TASKS_WHERE, " GROUP BY 1, 2 ORDER BY 1, 2", add_task_row);
}

static enum rc add_unplanned_row(struct adding *a, const struct db_rows *rows)
{
    struct report_row *row;
    enum rc rc = row_of(a, rows, &row);

    if (!rc)
        row->figures.unplanned += db_get_u64(rows, 1);
    return rc;
}

/* Of the stretch, by whichever clock. */
static void all_of_it(const struct report_clocks *clocks, utc_us *begins, utc_us *ends)
{
    *begins = clocks->list[0].begins;
    *ends = clocks->list[0].until;
    for (size_t i = 1; i < clocks->n; i++) {
        const struct report_clock *c = &clocks->list[i];
        *begins = c->begins < *begins ? c->begins : *begins;
        *ends = c->until > *ends ? c->until : *ends;
    }
}

static enum rc add_unplanned(struct adding *a)
{
    const struct report_clock *house = a->clocks.list;
    utc_us begins, ends;

    all_of_it(&a->clocks, &begins, &ends);
    begin_select(a, UNPLANNED_FIGURES);
    buffer_add_text(&a->sql, UNPLANNED);
    bind(a, offset_of(house));
    bind(a, db_text(a->to));
    add_teams(a);
    buffer_add_text(&a->sql, UNPLANNED_TEAM);
    bind(a, db_u64(timed_id_at(begins)));
    bind(a, db_u64(timed_id_at(ends + RECORDED_LATE_US)));
    bind(a, begin_of(house));
    bind(a, end_of(house));
    add_joins(a);
    return run_select(a, UNPLANNED_WHERE, " GROUP BY 1 ORDER BY 1", add_unplanned_row);
}

static enum rc add_order_row(struct adding *a, const struct db_rows *rows)
{
    struct report_row *row;
    enum rc rc = row_of(a, rows, &row);

    if (!rc) {
        row->figures.orders += db_get_u64(rows, 1);
        row->figures.order_cents += db_get_i64(rows, 2);
    }
    return rc;
}

static enum rc add_orders(struct adding *a)
{
    begin_select(a, ORDER_FIGURES);
    buffer_add_text(&a->sql, ORDERS);
    add_joins(a);
    bind(a, db_text(a->q->currency));
    bind(a, offset_of(a->clocks.list));
    bind(a, offset_of(a->clocks.list));
    bind(a, db_u64(a->q->order_days));
    bind(a, db_text(a->from));
    bind(a, db_text(a->to));
    bind(a, offset_of(a->clocks.list));
    bind(a, offset_of(a->clocks.list));
    return run_select(a, ORDERS_WHERE, " GROUP BY 1 ORDER BY 1", add_order_row);
}

/* --- the period, stretch by stretch --- */

static enum rc add_stretch(struct adding *a, const struct civil *first, const struct civil *after)
{
    const struct civil last = report_day_after(after, -1);
    enum rc rc;

    value_date_text(first, a->from);
    value_date_text(&last, a->to);
    rc = add_tasks(a);
    if (!rc)
        rc = add_unplanned(a);
    return rc ? rc : add_orders(a);
}

static enum rc add_period(struct adding *a)
{
    const struct civil end = report_day_after(&a->q->to, 1);
    struct civil first = a->q->from;
    enum rc rc = RC_OK;

    while (!rc && clock_from_civil(&first) < clock_from_civil(&end)) {
        const struct civil after = report_clocks_stretch(&a->clocks, &first, &end, STRETCH_DAYS);

        rc = add_stretch(a, &first, &after);
        first = after;
    }
    return rc;
}

/* --- names --- */

static const char *copy(struct adding *a, const char *text)
{
    return arena_copy(a->arena, text, strlen(text)); /* NULL: no memory */
}

/* In the order of the names; nobody, and whoever has no name any more, come last. */
static enum rc name_rows(struct adding *a)
{
    struct report *r = a->report;
    struct report_row *sorted = arena_alloc(a->arena, (r->n + 1) * sizeof(*sorted));
    struct db_rows *rows;
    size_t n = 0;
    enum rc rc = sorted ? db_query(a->db, kinds[r->by].names, DB_NO_INPUT, &rows) : RC_FAIL;

    if (rc)
        return rc;
    while (n < r->n && db_next(rows)) {
        const struct report_row wanted = { .key = db_get_i64(rows, 0) };
        struct report_row *row = bsearch(&wanted, r->rows, r->n, sizeof(wanted), by_key);

        if (!row)
            continue;
        row->code = copy(a, db_get_text(rows, 1));
        row->name = copy(a, db_get_text(rows, 2));
        if (!row->code || !row->name)
            rc = RC_FAIL;
        sorted[n++] = *row;
    }
    if (db_rows_end(rows))
        return RC_AGAIN;
    for (size_t i = r->n; i-- > 0;) /* those without a name have none yet; 0 is the last one */
        if (!*r->rows[i].code)
            sorted[n++] = r->rows[i];
    r->rows = sorted;
    return rc;
}

static enum rc name_times(struct adding *a)
{
    char code[REPORT_CELL_SIZE];

    for (size_t i = 0; i < a->report->n; i++) {
        struct report_row *row = &a->report->rows[i];

        if (report_by_time(a->q->by)) {
            report_time_code(a->q->by, row->key, code);
            row->code = copy(a, code);
        } else {
            row->code = report_source_code(row->key);
        }
        if (!row->code)
            return RC_FAIL;
    }
    return RC_OK;
}

static void add_total(struct report *r)
{
    r->total = (struct report_row){ .code = "", .name = "" };
    for (size_t i = 0; i < r->n; i++) {
        report_figures_add(&r->total.figures, &r->rows[i].figures);
        for (size_t k = 0; k < r->n_outcomes; k++)
            r->total.outcomes[k] += r->rows[i].outcomes[k];
    }
}

/* --- what is asked --- */

static enum rc read_outcomes(struct adding *a)
{
    struct report *r = a->report;
    struct db_rows *rows;
    enum rc rc = db_query(a->db, SQL_OUTCOMES, DB_IN(db_u64(REPORT_OUTCOMES_MAX)), &rows), ended;

    if (rc)
        return rc;
    while (r->n_outcomes < REPORT_OUTCOMES_MAX && db_next(rows)) {
        const unsigned label = r->language == REPORT_FRENCH ? 2 : 3;
        const size_t i = r->n_outcomes++;

        r->outcomes[i].id = (unsigned)db_get_u64(rows, 0);
        r->outcomes[i].code = copy(a, db_get_text(rows, 1));
        r->outcomes[i].label = copy(a, db_get_text(rows, label));
        if (!r->outcomes[i].code || !r->outcomes[i].label)
            rc = RC_FAIL;
    }
    ended = db_rows_end(rows);
    return rc ? rc : ended;
}

/* Looks up one that was named, and what the report says it is about. */
static enum rc find(struct adding *a, const char *sql, const char *code, const char *what,
                    uint64_t *id)
{
    struct report *r = a->report;
    struct db_rows *rows;
    size_t at = 0;
    bool found;
    enum rc rc;

    if (!code)
        return RC_OK;
    rc = db_query(a->db, sql, DB_IN(db_text(code)), &rows);
    if (rc)
        return rc;
    while (r->of[at])
        at++;
    found = db_next(rows);
    if (found) {
        *id = db_get_u64(rows, 0);
        r->of[at] = copy(a, db_get_text(rows, 1));
    }
    rc = db_rows_end(rows);
    if (rc)
        return rc;
    if (found)
        return r->of[at] ? RC_OK : RC_FAIL;
    *a->field = what;
    return error_set(a->err, RC_INVALID, "%s: there is none named \"%s\"", what, code);
}

static enum rc find_below(struct adding *a, uint64_t manager_id)
{
    struct db_rows *rows;
    enum rc rc, ended;

    if (!manager_id)
        return RC_OK;
    rc = db_query(a->db, SQL_BELOW, DB_IN(db_u64(manager_id)), &rows);
    if (rc)
        return rc;
    if (db_next(rows)) {
        a->below = copy(a, db_get_text(rows, 0));
        rc = a->below ? RC_OK : RC_FAIL;
    }
    ended = db_rows_end(rows);
    return rc ? rc : ended;
}

static enum rc find_of(struct adding *a)
{
    uint64_t manager_id = 0;
    enum rc rc = find(a, SQL_TEAM, a->q->team, "team", &a->team_id);

    if (!rc)
        rc = find(a, SQL_STAFF, a->q->manager, "manager", &manager_id);
    if (!rc)
        rc = find_below(a, manager_id);
    if (!rc)
        rc = find(a, SQL_STAFF, a->q->staff, "staff", &a->staff_id);
    return rc ? rc : find(a, SQL_CATEGORY, a->q->category, "category", &a->category_id);
}

static enum rc check_days(const struct report_query *q, const char **field, struct error *err)
{
    const utc_us from = clock_from_civil(&q->from), to = clock_from_civil(&q->to);
    const int64_t days = (to - from) / (SEC_PER_DAY * USEC_PER_SEC) + 1;

    *field = "to";
    if (to < from)
        return error_set(err, RC_INVALID, "to: the last day is before the first");
    if (days > REPORT_DAYS_MAX)
        return error_set(err, RC_INVALID, "to: expected at most %d days, got %lld", REPORT_DAYS_MAX,
                         (long long)days);
    *field = NULL;
    return RC_OK;
}

static enum rc read_all(struct adding *a)
{
    enum rc rc = read_outcomes(a);

    if (!rc)
        rc = find_of(a);
    if (!rc)
        rc = add_period(a);
    if (!rc)
        rc = kinds[a->q->by].names ? name_rows(a) : name_times(a);
    if (!rc)
        add_total(a->report);
    return rc;
}

enum rc report_read(struct db *db, const struct report_query *query, struct arena *arena,
                    struct report **out, const char **field, struct error *err)
{
    struct adding a = { .db = db, .q = query, .arena = arena, .err = err, .now = clock_now() };
    const char *nowhere;
    enum rc rc;

    a.field = field ? field : &nowhere;
    rc = check_days(query, a.field, err);
    if (!rc)
        rc = report_clocks_open(db, query->timezone, &a.clocks, err);
    if (rc)
        return rc;
    buffer_init(&a.sql, SQL_MAX);
    a.report = arena_alloc(arena, sizeof(*a.report));
    if (a.report) {
        *a.report = (struct report){ .by = query->by,
                                     .language = query->language,
                                     .from = query->from,
                                     .to = query->to,
                                     .made_at = local_zone_civil(a.clocks.list[0].zone, a.now),
                                     .made_by = query->made_by ? copy(&a, query->made_by) : NULL,
                                     .order_days = query->order_days,
                                     .currency = copy(&a, query->currency),
                                     .rows = arena_alloc(arena, REPORT_ROWS_MAX *
                                                                    sizeof(*a.report->rows)) };
    }
    rc = a.report && a.report->currency && a.report->rows ? read_all(&a) : RC_FAIL;
    buffer_close(&a.sql);
    report_clocks_close(&a.clocks);
    if (!rc)
        *out = a.report;
    return rc;
}
