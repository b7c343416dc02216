/* contact_plan_page.c - what is to be done with enrolments that are due. */
#include "store/contact_plan_page.h"

#include <stdio.h>
#include <string.h>

#include "domain/place.h"

static const char SQL_DUE[] =
    "SELECT e.id, e.customer_id, e.version, e.step, e.turn, e.started_at, e.next_at, e.before_at,"
    "       e.task_id, c.id IS NULL OR c.erased_at IS NOT NULL, COALESCE(c.do_not_contact, FALSE),"
    "       c.owner_id, c.timezone, c.country, c.postcode, COALESCE(t.state = 'open', FALSE),"
    "       COALESCE(o.code, ''), t.done_at"
    "  FROM contact_enrolment e"
    "  LEFT JOIN customer c ON c.id = e.customer_id"
    "  LEFT JOIN contact_task t ON t.id = e.task_id"
    "  LEFT JOIN contact_outcome o ON o.id = t.outcome_id"
    " WHERE e.plan_id = ? AND e.state = 'active' AND e.next_at <= ?"
    " ORDER BY e.next_at, e.id"
    " LIMIT ?";

static void map_row(const struct db_rows *rows, struct plan_turn *t)
{
    struct place place;

    *t = (struct plan_turn){ .id = db_get_u64(rows, 0),
                             .customer_id = db_get_u64(rows, 1),
                             .version = (unsigned)db_get_u64(rows, 2),
                             .step = (unsigned)db_get_u64(rows, 3),
                             .turn = (unsigned)db_get_u64(rows, 4),
                             .started_at = db_get_time(rows, 5),
                             .next_at = db_get_time(rows, 6),
                             .before_at = db_get_time(rows, 7),
                             .task_id = db_get_u64(rows, 8),
                             .gone = db_get_u64(rows, 9) != 0,
                             .no_contact = db_get_u64(rows, 10) != 0,
                             .owner_id = (unsigned)db_get_u64(rows, 11),
                             .task_open = db_get_u64(rows, 15) != 0,
                             .task_at = db_get_time(rows, 17),
                             .reason = "" };
    place_of(&(struct place_question){ db_get_text(rows, 12), db_get_text(rows, 13),
                                       db_get_text(rows, 14), "", "" },
             &place);
    snprintf(t->zone, sizeof(t->zone), "%s", place.zone);
    snprintf(t->outcome, sizeof(t->outcome), "%s", db_get_text(rows, 16));
}

struct local_zone *plan_turn_zone(struct zone_shelf *zones, const struct plan_turn *t)
{
    return zone_shelf_get(zones, t->zone);
}

/* --- one by one --- */

static const struct plan_step *step_of(const struct plan_turn *t)
{
    return &t->plan->text.steps[t->step - 1];
}

/* Since when a step that counts from the one before does. */
static utc_us counts_from(const struct plan_turn *t)
{
    if (t->before_at)
        return t->before_at;
    return t->task_at ? t->task_at : t->next_at; /* a task that was cancelled has no result */
}

static enum plan_verdict stop(struct plan_turn *t, const char *why)
{
    t->reason = why;
    return PLAN_STOP;
}

static enum plan_verdict skip(struct plan_turn *t, const char *why)
{
    t->reason = why;
    return PLAN_SKIP;
}

/* All but its rule about the customer, which is asked of many at once. */
static enum plan_verdict judge(struct plan_turn *t, struct zone_shelf *zones, utc_us now)
{
    const struct plan_step *s;
    const struct plan_means *means;

    if (t->gone)
        return stop(t, "erased");
    if (t->no_contact)
        return stop(t, "do_not_contact");
    if (t->step < 1 || t->step > t->plan->text.n_steps)
        return t->task_open && !t->before_at ? PLAN_WAIT : PLAN_DONE;
    s = step_of(t);
    means = &t->plan->means[t->step - 1];
    if (t->task_open && (*s->outcomes || (s->after && !t->before_at)))
        return PLAN_WAIT;
    t->planned = contact_plan_moment(s, t->started_at, counts_from(t), plan_turn_zone(zones, t));
    if (t->planned > now)
        return PLAN_POSTPONE;
    if (*s->outcomes && !plan_outcomes_have(s->outcomes, t->outcome))
        return skip(t, "outcome");
    if (s->kind == PLAN_CALL)
        return PLAN_TASK;
    if (t->planned + (utc_us)t->plan->text.late_days * SEC_PER_DAY * USEC_PER_SEC < now)
        return skip(t, "late");
    return means->occasion_on ? PLAN_MESSAGE : skip(t, "ended");
}

/* --- rules --- */

static bool has_rule(const struct plan_turn *t)
{
    return (t->verdict == PLAN_MESSAGE || t->verdict == PLAN_TASK) && *step_of(t)->rule;
}

/* The rule of one step, of all in the page who are about to do it. */
static enum rc ask_rule(struct db *db, struct plan_page *page, size_t first, const char *timezone,
                        struct arena *arena, struct error *err)
{
    const struct plan_step *step = step_of(&page->list[first]);
    uint64_t *ids = arena_alloc(arena, page->n * sizeof(*ids));
    size_t *at = arena_alloc(arena, page->n * sizeof(*at)), n = 0;
    bool *in = arena_alloc(arena, page->n * sizeof(*in));
    enum rc rc;

    if (!ids || !at || !in)
        return RC_FAIL;
    for (size_t i = first; i < page->n; i++) {
        if (!has_rule(&page->list[i]) || step_of(&page->list[i]) != step)
            continue;
        ids[n] = page->list[i].customer_id;
        at[n++] = i;
    }
    rc = plan_rule_ask(db, step->rule, 0, ids, n, timezone, arena, in, err);
    if (rc == RC_INVALID)
        error_prefix(err, "line %u", step->line);
    for (size_t i = 0; !rc && i < n; i++) {
        if (!in[i])
            page->list[at[i]].verdict = skip(&page->list[at[i]], "condition");
    }
    return rc;
}

static bool asked_before(const struct plan_page *page, const struct plan_step *const *asked,
                         size_t n, size_t i)
{
    for (size_t k = 0; k < n; k++) {
        if (asked[k] == step_of(&page->list[i]))
            return true;
    }
    return false;
}

static enum rc ask_rules(struct db *db, struct plan_page *page, const char *timezone,
                         struct arena *arena, unsigned *version, struct error *err)
{
    const struct plan_step **asked = arena_alloc(arena, (page->n + 1) * sizeof(const void *));
    size_t n = 0;
    enum rc rc = asked ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < page->n; i++) {
        if (!has_rule(&page->list[i]) || asked_before(page, asked, n, i))
            continue;
        asked[n++] = step_of(&page->list[i]);
        *version = page->list[i].version;
        rc = ask_rule(db, page, i, timezone, arena, err);
    }
    return rc;
}

/* --- the page --- */

static enum rc find_version(struct db *db, uint64_t plan_id, struct plan_page *page,
                            struct plan_turn *t, struct arena *arena, struct error *err)
{
    struct plan_version *v = page->versions;
    enum rc rc;

    while (v && v->version != t->version)
        v = v->next;
    if (!v) {
        v = arena_alloc(arena, sizeof(*v));
        if (!v)
            return RC_FAIL;
        rc = plan_version_read(db, plan_id, t->version, arena, v, err);
        if (rc)
            return rc == RC_NOTFOUND ? error_set(err, RC_INVALID, "it is not there") : rc;
        v->next = page->versions;
        page->versions = v;
    }
    t->plan = v;
    return RC_OK;
}

static enum rc read_due(struct db *db, uint64_t plan_id, utc_us now, struct plan_page *page)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_DUE,
                          DB_IN(db_u64(plan_id), db_time(now), db_u64(CONTACT_PLAN_PAGE)), &rows);

    if (rc)
        return rc;
    while (page->n < CONTACT_PLAN_PAGE && db_next(rows))
        map_row(rows, &page->list[page->n++]);
    return db_rows_end(rows);
}

enum rc plan_page_read(struct db *db, uint64_t plan_id,
                       const struct contact_plan_settings *settings, struct zone_shelf *zones,
                       utc_us now, struct arena *arena, struct plan_page *out, unsigned *version,
                       struct error *err)
{
    struct plan_page page = { .list = arena_alloc(arena, CONTACT_PLAN_PAGE * sizeof(*page.list)) };
    enum rc rc = page.list ? read_due(db, plan_id, now, &page) : RC_FAIL;

    for (size_t i = 0; !rc && i < page.n; i++) {
        struct plan_turn *t = &page.list[i];
        *version = t->version;
        rc = find_version(db, plan_id, &page, t, arena, err);
        if (!rc)
            t->verdict = judge(t, zones, now);
    }
    if (!rc)
        rc = ask_rules(db, &page, settings->occasions->timezone, arena, version, err);
    if (!rc)
        *out = page;
    return rc;
}
