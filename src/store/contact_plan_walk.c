/*
 * contact_plan_walk.c - many customers begin a plan, or go over to its newest version: a page at a
 * time, each one transaction with the checkpoint.
 */
#include <string.h>

#include "domain/place.h"
#include "store/audience.h"
#include "store/contact_plan_row.h"

#define LOG_PART "plan"
#include "base/log.h"

#define PAGE      500
#define QUERY_MAX (300 * 1024)

static const char SQL_WALK[] =
    "SELECT w.plan_id, w.kind = 'move', w.rule, w.after_id, w.last_id, w.who, p.version"
    "  FROM contact_plan_walk w"
    "  JOIN contact_plan p ON p.id = w.plan_id"
    " WHERE w.id = ? AND w.state = 'running'";

static const char SQL_MOVE_ON[] =
    "UPDATE contact_plan_walk"
    "   SET after_id = ?, found = found + ?, changed = changed + ?, state = ?, ended_at = ?"
    " WHERE id = ? AND state = 'running' AND after_id = ?";

static const char SQL_REFUSE[] = "UPDATE contact_plan_walk"
                                 "   SET state = 'refused', why = ?, ended_at = ?"
                                 " WHERE id = ? AND state = 'running'";

static const char SQL_UNDER_WAY[] =
    "SELECT e.id, e.version, e.step, e.turn, e.task_id IS NOT NULL AND e.next_at IS NULL"
    "  FROM contact_enrolment e"
    " WHERE e.plan_id = ? AND e.id > ? AND e.id <= ? AND e.version < ?"
    "   AND e.state IN ('active', 'paused')"
    " ORDER BY e.id"
    " LIMIT ?";

/* It is looked at at once, whenever its step is due now. */
static const char SQL_GO_OVER[] =
    "UPDATE contact_enrolment\n"
    "   SET version = ?, step = ?, next_at = COALESCE(paused_at, ?), turn = turn + 1\n"
    " WHERE id = ? AND turn = ? AND state IN ('active', 'paused')";

static const char SQL_LIST[] = "SELECT id, kind = 'move', rule, state, after_id, last_id, found,"
                               "       changed, why, who, created_at, ended_at"
                               "  FROM contact_plan_walk"
                               " WHERE plan_id = ?"
                               " ORDER BY id DESC"
                               " LIMIT 20";

static const char SQL_ENROL[] = ENROL_SQL;

/* --- a walk --- */

struct walk {
    uint64_t id, plan_id, after_id, last_id;
    bool moves;
    const char *rule, *who;
    unsigned version; /* the newest one of its plan */
    struct plan_version plan;
    struct zone_shelf zones;
    struct arena arena;
    utc_us now;
    /* The page. */
    uint64_t reached, first_id;
    size_t seen;
    bool over;
    struct db_bulk *bulk;
    size_t rows, changed;
};

static enum rc read_walk(struct db *db, struct walk *w)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_WALK, DB_IN(db_u64(w->id)), &rows), end;

    if (rc)
        return rc;
    rc = RC_CONFLICT; /* it is over */
    if (db_next(rows)) {
        w->plan_id = db_get_u64(rows, 0);
        w->moves = db_get_u64(rows, 1) != 0;
        w->rule = arena_copy(&w->arena, db_get_text(rows, 2), strlen(db_get_text(rows, 2)));
        w->after_id = db_get_u64(rows, 3);
        w->last_id = db_get_u64(rows, 4);
        w->who = arena_copy(&w->arena, db_get_text(rows, 5), strlen(db_get_text(rows, 5)));
        w->version = (unsigned)db_get_u64(rows, 6);
        rc = w->rule && w->who ? RC_OK : RC_FAIL;
    }
    end = db_rows_end(rows);
    return end ? end : rc;
}

static enum rc add_beginner(struct walk *w, uint64_t id, uint64_t customer_id,
                            const struct place *place)
{
    const struct db_value now = db_time(w->now);

    return db_bulk_add(
        w->bulk,
        (const struct db_value[]){
            db_u64(id), db_u64(w->plan_id), db_u64(customer_id), db_u64(w->version), now,
            db_time(plan_begin(&w->plan.text, w->now, zone_shelf_get(&w->zones, place->zone))), now,
            db_text(w->who), db_u64(customer_id), db_u64(w->plan_id) });
}

/* The columns behind place_of() begin at `col`. */
static void place_of_row(const struct db_rows *rows, unsigned col, struct place *place)
{
    place_of(&(struct place_question){ db_get_text(rows, col), db_get_text(rows, col + 1),
                                       db_get_text(rows, col + 2), "", "" },
             place);
}

static enum rc read_beginners(struct db *db, struct walk *w, struct buffer *sql,
                              const struct db_value *values, size_t n)
{
    struct place place;
    struct db_rows *rows;
    enum rc rc = sql->full ? RC_FAIL : db_query_once(db, buffer_text(sql), values, n, &rows), end;

    if (rc)
        return rc;
    while (!rc && w->seen < PAGE && db_next(rows)) {
        w->reached = db_get_u64(rows, 0);
        place_of_row(rows, 1, &place);
        rc = add_beginner(w, w->first_id + w->seen++, w->reached, &place);
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}

static enum rc find_beginners(struct db *db, struct walk *w, const struct audience_moment *moment,
                              struct error *err)
{
    struct audience_sql *where = arena_alloc(&w->arena, sizeof(*where));
    struct db_value *values = arena_alloc(&w->arena, (AUDIENCE_BOUND_MAX + 8) * sizeof(*values));
    struct audience_rule *rule;
    struct buffer sql;
    size_t n = 0;
    enum rc rc = where && values ? audience_open(db, w->rule, &w->arena, &rule, err) : RC_FAIL;

    if (rc)
        return rc;
    buffer_init(&sql, QUERY_MAX);
    rc = audience_compile(db, rule, moment, AUDIENCE_FOR_PAGE, where, err);
    if (!rc) {
        buffer_add_text(&sql, "SELECT c.id, c.timezone, c.country, c.postcode FROM customer c");
        audience_sql_add_joins(where, &sql, values, &n);
        buffer_add_text(&sql, " WHERE c.id > ? AND c.id <= ? AND c.erased_at IS NULL"
                              " AND NOT c.do_not_contact AND " NEVER_IN_PLAN " AND ");
        values[n++] = db_u64(w->after_id);
        values[n++] = db_u64(w->last_id);
        values[n++] = db_u64(w->plan_id);
        buffer_add_text(&sql, buffer_text(&where->text));
        memcpy(values + n, where->values, where->n * sizeof(*values));
        n += where->n;
        buffer_add_text(&sql, " ORDER BY c.id LIMIT ?");
        values[n++] = db_u64(PAGE);
        rc = read_beginners(db, w, &sql, values, n);
    }
    audience_sql_close(where);
    buffer_close(&sql);
    return rc;
}

static enum rc read_enrol_page(struct db *db, struct walk *w,
                               const struct contact_plan_settings *settings, struct error *err)
{
    const struct audience_moment moment = { w->now, settings->occasions->timezone };
    enum rc rc = db_new_ids(db, "contact_enrolment", PAGE, &w->first_id);

    return rc ? rc : find_beginners(db, w, &moment, err);
}

/* --- to another version --- */

/* Versions that customers come from, read once a page. */
static enum rc version_from(struct db *db, struct walk *w, struct plan_version **known,
                            unsigned version, const struct plan_version **out, struct error *err)
{
    struct plan_version *v = *known;
    enum rc rc;

    while (v && v->version != version)
        v = v->next;
    if (!v) {
        v = arena_alloc(&w->arena, sizeof(*v));
        if (!v)
            return RC_FAIL;
        rc = plan_version_read(db, w->plan_id, version, &w->arena, v, err);
        if (rc)
            return rc;
        v->next = *known;
        *known = v;
    }
    *out = v;
    return RC_OK;
}

struct mover {
    uint64_t id;
    unsigned version, step, turn;
};

static enum rc read_movers(struct db *db, struct walk *w, struct mover *list)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_UNDER_WAY,
                          DB_IN(db_u64(w->plan_id), db_u64(w->after_id), db_u64(w->last_id),
                                db_u64(w->version), db_u64(PAGE)),
                          &rows);

    if (rc)
        return rc;
    while (w->seen < PAGE && db_next(rows)) {
        list[w->seen++] =
            (struct mover){ db_get_u64(rows, 0), (unsigned)db_get_u64(rows, 1),
                            (unsigned)db_get_u64(rows, 2), (unsigned)db_get_u64(rows, 3) };
        w->reached = db_get_u64(rows, 0);
    }
    return db_rows_end(rows);
}

static enum rc read_move_page(struct db *db, struct walk *w, struct error *err)
{
    struct mover *list = arena_alloc(&w->arena, PAGE * sizeof(*list));
    struct plan_version *known = NULL;
    const struct plan_version *from;
    enum rc rc = list ? read_movers(db, w, list) : RC_FAIL;

    for (size_t i = 0; !rc && i < w->seen; i++) {
        size_t place;
        rc = version_from(db, w, &known, list[i].version, &from, err);
        if (rc)
            break;
        place = contact_plan_same_place(&from->text, list[i].step ? list[i].step - 1 : 0,
                                        &w->plan.text);
        rc = db_bulk_add(w->bulk, (const struct db_value[]){ db_u64(w->version), db_u64(place + 1),
                                                             db_time(w->now), db_u64(list[i].id),
                                                             db_u64(list[i].turn) });
    }
    return rc;
}

/* --- the page's transaction --- */

static enum rc page_body(struct db *db, void *arg)
{
    struct walk *w = arg;
    uint64_t changed = 0, moved;
    enum rc rc = db_bulk_run(db, w->moves ? SQL_GO_OVER : SQL_ENROL, w->bulk, &changed);

    w->changed = (size_t)changed;
    /* Who did a step just now stays where they are; the others are looked at again. */
    if (!rc && w->moves && changed != db_bulk_rows(w->bulk))
        return RC_CONFLICT;
    if (!rc)
        rc = db_run(db, SQL_MOVE_ON,
                    DB_IN(db_u64(w->over ? w->last_id : w->reached), db_u64(w->seen),
                          db_u64(changed), db_text(w->over ? "done" : "running"),
                          db_time(w->over ? w->now : 0), db_u64(w->id), db_u64(w->after_id)),
                    &moved);
    return rc || moved ? rc : RC_CONFLICT;
}

static enum rc refuse(struct db *db, const struct walk *w, const struct error *err)
{
    char why[LOG_TEXT_SIZE];
    enum rc rc =
        db_run(db, SQL_REFUSE, DB_IN(db_text(err->text), db_time(w->now), db_u64(w->id)), NULL);

    log_warn("plan=%llu walk=%llu state=refused reason=\"%s\"", (unsigned long long)w->plan_id,
             (unsigned long long)w->id, log_text(why, err->text, strlen(err->text)));
    return rc ? rc : RC_INVALID;
}

static enum rc walk_page(struct db *db, struct walk *w,
                         const struct contact_plan_settings *settings)
{
    struct error err = { "" };
    enum rc rc = plan_version_read(db, w->plan_id, w->version, &w->arena, &w->plan, &err);

    if (!rc)
        rc = w->moves ? read_move_page(db, w, &err) : read_enrol_page(db, w, settings, &err);
    if (rc == RC_INVALID)
        return refuse(db, w, &err);
    w->over = w->seen < PAGE;
    return rc ? rc : db_transaction(db, page_body, w);
}

enum rc contact_plan_walk_on(struct db *db, uint64_t walk_id,
                             const struct contact_plan_settings *settings,
                             struct contact_plan_done *out)
{
    struct walk w = { .id = walk_id, .now = clock_now() };
    enum rc rc;

    arena_init(&w.arena);
    rc = read_walk(db, &w);
    w.reached = w.after_id;
    if (!rc)
        w.bulk = db_bulk_new(w.moves ? 5 : ENROL_COLUMNS);
    if (!rc)
        rc = w.bulk ? zone_shelf_open(&w.zones, settings->occasions->timezone, NULL) : RC_FAIL;
    if (!rc)
        rc = walk_page(db, &w, settings);
    if (!rc)
        *out = (struct contact_plan_done){ .enrolled = w.moves ? 0 : w.changed, .more = !w.over };
    zone_shelf_close(&w.zones);
    db_bulk_free(w.bulk);
    arena_close(&w.arena);
    return rc;
}

enum rc contact_plan_walks(struct db *db, uint64_t id,
                           void (*each)(void *arg, const struct contact_plan_walk *w), void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LIST, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const char *state = db_get_text(rows, 3);
        const uint64_t after = db_get_u64(rows, 4), last = db_get_u64(rows, 5);
        const struct contact_plan_walk w = {
            .id = db_get_u64(rows, 0),
            .moves = db_get_u64(rows, 1) != 0,
            .rule = db_get_text(rows, 2),
            .running = strcmp(state, "running") == 0,
            .refused = strcmp(state, "refused") == 0,
            .percent = last ? (unsigned)(after * 100 / last) : 100,
            .found = db_get_u64(rows, 6),
            .changed = db_get_u64(rows, 7),
            .why = db_get_text(rows, 8),
            .who = db_get_text(rows, 9),
            .created_at = db_get_time(rows, 10),
            .ended_at = db_get_time(rows, 11),
        };
        each(arg, &w);
    }
    return db_rows_end(rows);
}
