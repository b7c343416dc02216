/* contact_plan_news.c - who is new, or has ordered for the first time, begins a plan. */
#include <stdio.h>
#include <string.h>

#include "domain/place.h"
#include "store/contact_plan_note.h"
#include "store/contact_plan_row.h"

#define PAGE      500
#define PLANS_MAX 64 /* that customers begin by themselves */

static const char SQL_WANTS[] =
    "SELECT EXISTS (SELECT 1 FROM contact_plan WHERE state = 'on' AND enrols = 'new_customer'),"
    "       EXISTS (SELECT 1 FROM contact_plan WHERE state = 'on' AND enrols = 'first_order')";

static const char SQL_NOTE[] = PLAN_NOTE_SQL;

static const char SQL_NEWS[] =
    "SELECT n.customer_id, n.is_new, n.first_order, n.at, COALESCE(c.timezone, ''),"
    "       COALESCE(c.country, ''), COALESCE(c.postcode, ''),"
    "       c.id IS NULL OR c.erased_at IS NOT NULL OR c.do_not_contact"
    "  FROM contact_plan_news n"
    "  LEFT JOIN customer c ON c.id = n.customer_id"
    " ORDER BY n.customer_id"
    " LIMIT ?";

static const char SQL_TAKE[] = "DELETE FROM contact_plan_news\n"
                               " WHERE customer_id = ? AND at = ?";

static const char SQL_PLANS[] = "SELECT id, version, enrols, name, most_a_day,"
                                "       IF(begun_on = ?, begun_n, 0)"
                                "  FROM contact_plan"
                                " WHERE state = 'on' AND enrols <> 'by_hand'"
                                " ORDER BY id"
                                " LIMIT ?";

static const char SQL_BEGUN[] = "UPDATE contact_plan"
                                "   SET begun_n = IF(begun_on <=> ?, begun_n, 0) + ?, begun_on = ?"
                                " WHERE id = ?";

static const char SQL_ENROL[] = ENROL_SQL;

enum rc plan_wants_read(struct db *db, struct plan_wants *out)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_WANTS, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    if (db_next(rows))
        *out = (struct plan_wants){ db_get_u64(rows, 0) != 0, db_get_u64(rows, 1) != 0 };
    return db_rows_end(rows);
}

enum rc plan_note(const struct plan_wants *wants, uint64_t customer_id, bool is_new,
                  bool first_order, utc_us now, struct db_bulk *bulk)
{
    is_new &= wants->new_customer;
    first_order &= wants->first_order;
    if (!is_new && !first_order)
        return RC_OK;
    return db_bulk_add(bulk, (const struct db_value[]){ db_u64(customer_id), db_u64(is_new),
                                                        db_u64(first_order), db_time(now) });
}

enum rc plan_note_new(struct db *db, uint64_t customer_id, utc_us now)
{
    struct plan_wants wants = { .new_customer = false };
    enum rc rc = plan_wants_read(db, &wants);

    if (rc || !wants.new_customer)
        return rc;
    return db_run(db, SQL_NOTE,
                  DB_IN(db_u64(customer_id), db_u64(true), db_u64(false), db_time(now)), NULL);
}

/* --- taken --- */

struct beginner {
    uint64_t customer_id;
    bool is_new, first_order, may;
    utc_us at;
    struct place place;
};

struct waiting_plan {
    uint64_t id;
    char name[CONTACT_PLAN_NAME_MAX * 4 + 1];
    unsigned version;
    enum plan_enrols enrols;
    uint64_t most, begun; /* in a day (0: any number), and on this one */
    uint64_t begin;       /* of the page */
};

struct taking {
    struct beginner *list;
    size_t n;
    struct waiting_plan plans[PLANS_MAX];
    size_t n_plans;
    struct zone_shelf zones;
    struct db_bulk *taken, *begun;
    uint64_t next_id, enrolled;
    utc_us now;
    char day[STAFF_DAY_SIZE]; /* UTC */
    struct arena arena;
};

static enum rc read_news(struct db *db, struct taking *t)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_NEWS, DB_IN(db_u64(PAGE)), &rows);

    if (rc)
        return rc;
    while (t->n < PAGE && db_next(rows)) {
        struct beginner *b = &t->list[t->n++];
        *b = (struct beginner){ .customer_id = db_get_u64(rows, 0),
                                .is_new = db_get_u64(rows, 1) != 0,
                                .first_order = db_get_u64(rows, 2) != 0,
                                .at = db_get_time(rows, 3),
                                .may = db_get_u64(rows, 7) == 0 };
        place_of(&(struct place_question){ db_get_text(rows, 4), db_get_text(rows, 5),
                                           db_get_text(rows, 6), "", "" },
                 &b->place);
    }
    return db_rows_end(rows);
}

static enum rc read_plans(struct db *db, struct taking *t)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_PLANS, DB_IN(db_text(t->day), db_u64(PLANS_MAX)), &rows);

    if (rc)
        return rc;
    while (t->n_plans < PLANS_MAX && db_next(rows)) {
        struct waiting_plan *p = &t->plans[t->n_plans];
        *p = (struct waiting_plan){ .id = db_get_u64(rows, 0),
                                    .version = (unsigned)db_get_u64(rows, 1),
                                    .most = db_get_u64(rows, 4),
                                    .begun = db_get_u64(rows, 5) };
        snprintf(p->name, sizeof(p->name), "%s", db_get_text(rows, 3));
        if (!plan_enrols_parse(db_get_text(rows, 2), &p->enrols))
            t->n_plans++;
    }
    return db_rows_end(rows);
}

static bool is_for(const struct waiting_plan *p, const struct beginner *b)
{
    return b->may && (p->enrols == PLAN_NEW_CUSTOMER ? b->is_new : b->first_order);
}

static enum rc add_beginner(struct taking *t, const struct waiting_plan *p,
                            const struct plan_version *v, const struct beginner *b)
{
    struct local_zone *zone = zone_shelf_get(&t->zones, b->place.zone);
    const struct db_value now = db_time(t->now), customer = db_u64(b->customer_id),
                          plan = db_u64(p->id);

    return db_bulk_add(t->begun,
                       (const struct db_value[]){
                           db_u64(t->next_id++), plan, customer, db_u64(p->version), now,
                           db_time(plan_begin(&v->text, t->now, zone)), now, db_text("plan") });
}

/* Customers whom the house had before all are new to Relais: nobody means to welcome them. */
static enum rc check_most(struct waiting_plan *p, const bool *in, size_t n, struct error *err)
{
    p->begin = 0;
    for (size_t i = 0; i < n; i++)
        p->begin += in[i];
    if (!p->most || p->begun + p->begin <= p->most)
        return RC_OK;
    return error_set(
        err, RC_INVALID,
        "more than %llu customers would begin it by themselves in a day. An import of "
        "old customers: plan on %s, and the others stay out. Else plan on %s --most N, "
        "then plan enrol %s --audience RULE",
        (unsigned long long)p->most, p->name, p->name, p->name);
}

/* Those of the page whom one plan is for. */
static enum rc add_plan(struct db *db, struct taking *t, struct waiting_plan *p,
                        const char *timezone)
{
    uint64_t *ids = arena_alloc(&t->arena, t->n * sizeof(*ids));
    size_t *at = arena_alloc(&t->arena, t->n * sizeof(*at)), n = 0;
    bool *in = arena_alloc(&t->arena, t->n * sizeof(*in));
    struct plan_version v;
    struct error err = { "" };
    enum rc rc = ids && at && in ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < t->n; i++) {
        if (!is_for(p, &t->list[i]))
            continue;
        ids[n] = t->list[i].customer_id;
        at[n++] = i;
    }
    if (rc || !n)
        return rc;
    rc = plan_version_read(db, p->id, p->version, &t->arena, &v, &err);
    if (!rc)
        rc = plan_rule_ask(db, v.text.rule, p->id, ids, n, timezone, &t->arena, in, &err);
    if (!rc)
        rc = check_most(p, in, n, &err);
    if (rc == RC_INVALID)
        return contact_plan_give_up(db, p->id, p->version, &err);
    if (!rc)
        rc = db_new_ids(db, "contact_enrolment", n, &t->next_id);
    for (size_t i = 0; !rc && i < n; i++) {
        if (in[i])
            rc = add_beginner(t, p, &v, &t->list[at[i]]);
    }
    return rc;
}

static enum rc take_body(struct db *db, void *arg)
{
    struct taking *t = arg;
    uint64_t taken;
    enum rc rc = db_bulk_run(db, SQL_TAKE, t->taken, &taken);

    if (!rc && taken != db_bulk_rows(t->taken))
        return RC_CONFLICT; /* by another node; or noted again: then all of it is looked at again */
    if (!rc)
        rc = db_bulk_run(db, SQL_ENROL, t->begun, &t->enrolled);
    for (size_t i = 0; !rc && i < t->n_plans; i++) {
        const struct waiting_plan *p = &t->plans[i];

        if (p->begin)
            rc = db_run(db, SQL_BEGUN,
                        DB_IN(db_text(t->day), db_u64(p->begin), db_text(t->day), db_u64(p->id)),
                        NULL);
    }
    return rc;
}

static enum rc take_page(struct db *db, struct taking *t,
                         const struct contact_plan_settings *settings)
{
    enum rc rc = read_news(db, t);

    if (!rc && !t->n)
        return RC_OK;
    if (!rc)
        rc = read_plans(db, t);
    for (size_t i = 0; !rc && i < t->n; i++)
        rc = db_bulk_add(t->taken, (const struct db_value[]){ db_u64(t->list[i].customer_id),
                                                              db_time(t->list[i].at) });
    for (size_t i = 0; !rc && i < t->n_plans; i++)
        rc = add_plan(db, t, &t->plans[i], settings->occasions->timezone);
    return rc ? rc : db_transaction(db, take_body, t);
}

enum rc contact_plan_take_news(struct db *db, const struct contact_plan_settings *settings,
                               struct contact_plan_done *out)
{
    struct taking t = { .taken = db_bulk_new(2),
                        .begun = db_bulk_new(ENROL_COLUMNS),
                        .now = clock_now() };
    const struct civil today = clock_civil(t.now);
    enum rc rc;

    staff_day_text(staff_day(&today), t.day);
    arena_init(&t.arena);
    t.list = arena_alloc(&t.arena, PAGE * sizeof(*t.list));
    rc = t.taken && t.begun && t.list ? RC_OK : RC_FAIL;
    if (!rc)
        rc = zone_shelf_open(&t.zones, settings->occasions->timezone, NULL);
    if (!rc)
        rc = take_page(db, &t, settings);
    if (!rc)
        *out = (struct contact_plan_done){ .enrolled = (size_t)t.enrolled, .more = t.n == PAGE };
    zone_shelf_close(&t.zones);
    db_bulk_free(t.taken);
    db_bulk_free(t.begun);
    arena_close(&t.arena);
    return rc;
}
