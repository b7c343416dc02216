/* contact_plan_version.c - a version with what its names stand for, and its rules asked. */
#include <string.h>

#include "domain/value.h"
#include "store/audience.h"
#include "store/contact_plan_row.h"

#define LOG_PART "plan"
#include "base/log.h"

#define QUERY_MAX (300 * 1024)
#define WHY_MAX   400 /* characters of the column */

static const char SQL_TEXT[] = "SELECT text"
                               "  FROM contact_plan_version"
                               " WHERE plan_id = ? AND version = ?";

static const char SQL_MEANS[] =
    "SELECT s.step, s.occasion_id, s.policy_id, s.team_id, COALESCE(o.state = 'on', FALSE)"
    "  FROM contact_plan_step s"
    "  LEFT JOIN occasion o ON o.id = s.occasion_id"
    " WHERE s.plan_id = ? AND s.version = ?";

static const char SQL_GIVE_UP[] = "UPDATE contact_plan"
                                  "   SET state = 'off', why = ?"
                                  " WHERE id = ? AND state = 'on'";

enum rc plan_text_read(struct db *db, uint64_t plan_id, unsigned version, struct arena *arena,
                       const char **text)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_TEXT, DB_IN(db_u64(plan_id), db_u64(version)), &rows), end;

    if (rc)
        return rc;
    rc = RC_NOTFOUND;
    if (db_next(rows)) {
        const char *value = db_get_text(rows, 0);
        *text = arena_copy(arena, value, strlen(value));
        rc = *text ? RC_OK : RC_FAIL;
    }
    end = db_rows_end(rows);
    return end ? end : rc;
}

static enum rc read_means(struct db *db, uint64_t plan_id, struct plan_version *v)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_MEANS, DB_IN(db_u64(plan_id), db_u64(v->version)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const uint64_t step = db_get_u64(rows, 0);
        if (step < 1 || step > v->text.n_steps)
            continue;
        v->means[step - 1] = (struct plan_means){ .occasion_id = db_get_u64(rows, 1),
                                                  .policy_id = db_get_u64(rows, 2),
                                                  .team_id = (unsigned)db_get_u64(rows, 3),
                                                  .occasion_on = db_get_u64(rows, 4) != 0 };
    }
    return db_rows_end(rows);
}

enum rc plan_version_read(struct db *db, uint64_t plan_id, unsigned version, struct arena *arena,
                          struct plan_version *out, struct error *err)
{
    struct plan_version v = { .version = version };
    const char *text;
    enum rc rc = plan_text_read(db, plan_id, version, arena, &text);

    if (!rc)
        rc = contact_plan_parse(text, arena, &v.text, err);
    if (rc)
        return rc;
    v.means = arena_alloc(arena, (v.text.n_steps + 1) * sizeof(*v.means));
    if (!v.means)
        return RC_FAIL;
    rc = read_means(db, plan_id, &v);
    if (!rc)
        *out = v;
    return rc;
}

enum rc contact_plan_give_up(struct db *db, uint64_t plan_id, unsigned version,
                             const struct error *err)
{
    char reason[LOG_TEXT_SIZE];
    enum rc rc =
        db_run(db, SQL_GIVE_UP,
               DB_IN(db_bytes(err->text, text_prefix(err->text, strlen(err->text), WHY_MAX)),
                     db_u64(plan_id)),
               NULL);

    log_error(
        "plan=%llu version=%u state=off reason=\"%s\" effect=\"switched off; set it right and "
        "on\"",
        (unsigned long long)plan_id, version, log_text(reason, err->text, strlen(err->text)));
    return rc ? rc : RC_INVALID;
}

utc_us plan_begin(const struct contact_plan_text *text, utc_us now, struct local_zone *zone)
{
    return contact_plan_moment(&text->steps[0], now, now, zone);
}

/* --- a rule --- */

struct asking {
    struct buffer sql;
    struct db_value *values;
    size_t n;
};

static void add_value(struct asking *q, struct db_value value)
{
    q->values[q->n++] = value;
}

static void ask(struct asking *q, const struct audience_sql *where, uint64_t not_in,
                const uint64_t *ids, size_t n)
{
    buffer_add_text(&q->sql, "SELECT c.id FROM customer c");
    audience_sql_add_joins(where, &q->sql, q->values, &q->n);
    buffer_add_text(&q->sql, " WHERE c.id IN (0");
    for (size_t i = 0; i < n; i++) {
        buffer_add_text(&q->sql, ", ?");
        add_value(q, db_u64(ids[i]));
    }
    buffer_add_text(&q->sql, ") AND ");
    if (not_in) {
        buffer_add_text(&q->sql, NEVER_IN_PLAN " AND ");
        add_value(q, db_u64(not_in));
    }
    buffer_add_text(&q->sql, buffer_text(&where->text));
    for (size_t i = 0; i < where->n; i++)
        add_value(q, where->values[i]);
}

static enum rc read_found(struct db *db, const struct asking *q, const uint64_t *ids, size_t n,
                          bool *in)
{
    struct db_rows *rows;
    enum rc rc =
        q->sql.full ? RC_FAIL : db_query_once(db, buffer_text(&q->sql), q->values, q->n, &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const uint64_t id = db_get_u64(rows, 0);
        for (size_t i = 0; i < n; i++)
            in[i] |= ids[i] == id;
    }
    return db_rows_end(rows);
}

enum rc plan_rule_ask(struct db *db, const char *text, uint64_t not_in, const uint64_t *ids,
                      size_t n, const char *timezone, struct arena *arena, bool *in,
                      struct error *err)
{
    const struct audience_moment moment = { clock_now(), timezone };
    struct audience_sql *where = arena_alloc(arena, sizeof(*where));
    struct asking q = { .values =
                            arena_alloc(arena, (AUDIENCE_BOUND_MAX + n + 1) * sizeof(*q.values)) };
    struct audience_rule *rule;
    enum rc rc;

    if (!where || !q.values)
        return RC_FAIL;
    memset(in, !*text && !not_in, n * sizeof(*in));
    if (!*text && !not_in)
        return RC_OK;
    rc = audience_open(db, text, arena, &rule, err);
    if (rc)
        return rc;
    buffer_init(&q.sql, QUERY_MAX);
    rc = audience_compile(db, rule, &moment, AUDIENCE_FOR_PAGE, where, err);
    if (!rc) {
        ask(&q, where, not_in, ids, n);
        rc = read_found(db, &q, ids, n, in);
    }
    audience_sql_close(where);
    buffer_close(&q.sql);
    return rc;
}
