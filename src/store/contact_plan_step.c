/*
 * contact_plan_step.c - a page of enrolments is moved on: one transaction.
 *
 * Reading, asking rules and sharing come first, without a transaction; then ids; then enrolments by
 * compare-and-set, the log, and what follows: events of occasions, and tasks. Whoever dies before
 * the COMMIT leaves nothing, whoever comes second finds another turn.
 */
#include <string.h>

#include "store/contact_plan_page.h"

#define LOG_PART "plan"
#include "base/log.h"

static const char SQL_WORK_NEWS[] =
    "SELECT COUNT(*) FROM (SELECT 1 FROM contact_plan_news LIMIT 1) x";

static const char SQL_WORK_WALKS[] = "SELECT w.id"
                                     "  FROM contact_plan_walk w"
                                     " WHERE w.state = 'running'"
                                     " ORDER BY w.id"
                                     " LIMIT ?";

static const char SQL_WORK_PLANS[] =
    "SELECT p.id"
    "  FROM contact_plan p"
    " WHERE p.state = 'on'"
    "   AND EXISTS (SELECT 1"
    "                 FROM contact_enrolment e"
    "                WHERE e.plan_id = p.id AND e.state = 'active' AND e.next_at <= ?)"
    " ORDER BY p.id"
    " LIMIT ?";

/* A plan that is switched off meanwhile waits, or makes this one give up. */
static const char SQL_HOLD[] = "SELECT id"
                               "  FROM contact_plan"
                               " WHERE id = ? AND state = 'on'"
                               "   LOCK IN SHARE MODE";

static const char SQL_MOVE[] =
    "UPDATE contact_enrolment\n"
    "   SET state = ?, step = ?, next_at = ?, before_at = ?, task_id = ?, ended_at = ?, why = ?,\n"
    "       turn = turn + 1\n"
    " WHERE id = ? AND state = 'active' AND turn = ?";

static const char SQL_LOG[] = "INSERT INTO contact_plan_log (enrolment_id, turn, version, step, "
                              "at, planned_at, what, reason,\n"
                              "                              occasion_id, task_id)\n"
                              "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

enum { BULK_MOVE, BULK_LOG, BULK_EVENT, BULK_N };

static const struct {
    const char *sql;
    unsigned columns;
} bulk_kinds[BULK_N] = {
    [BULK_MOVE] = { SQL_MOVE, 9 },
    [BULK_LOG] = { SQL_LOG, 10 },
    [BULK_EVENT] = { OCCASION_NOTE_SQL, 6 },
};

/* --- what there is to do --- */

static enum rc read_ids(struct db *db, const char *sql, const struct db_value *in, size_t n_in,
                        uint64_t *ids, size_t *n)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, sql, in, n_in, &rows);

    *n = 0;
    if (rc)
        return rc;
    while (*n < CONTACT_PLAN_WORK_MAX && db_next(rows))
        ids[(*n)++] = db_get_u64(rows, 0);
    return db_rows_end(rows);
}

enum rc contact_plan_find_work(struct db *db, utc_us now, struct contact_plan_work *out)
{
    const struct db_value max = db_u64(CONTACT_PLAN_WORK_MAX);
    struct contact_plan_work work = { .n_plans = 0 };
    uint64_t news = 0;
    enum rc rc = db_query_u64(db, SQL_WORK_NEWS, DB_NO_INPUT, &news);

    work.news = news != 0;
    if (!rc)
        rc = read_ids(db, SQL_WORK_WALKS, DB_IN(max), work.walks, &work.n_walks);
    if (!rc)
        rc = read_ids(db, SQL_WORK_PLANS, DB_IN(db_time(now), max), work.plans, &work.n_plans);
    if (!rc)
        *out = work;
    return rc;
}

/* --- the transaction --- */

struct moving {
    uint64_t plan_id;
    const char *plan_name;
    struct plan_page page;
    struct zone_shelf *zones;
    struct db_bulk *bulks[BULK_N];
    struct contact_draft *drafts;
    size_t n_drafts;
    uint64_t first_task;
    utc_us now;
};

/* As the enrolment is afterwards. */
struct moved {
    const char *state;
    unsigned step;
    utc_us next_at, before_at, ended_at; /* 0: none */
    uint64_t task_id;
};

/* The step is behind; when is the next one looked at? */
static void go_on(const struct moving *m, const struct plan_turn *t, uint64_t new_task,
                  struct moved *to)
{
    const struct contact_plan_text *text = &t->plan->text;

    to->step = t->step + 1;
    to->before_at = new_task ? 0 : m->now;
    to->task_id = new_task ? new_task : t->task_id;
    if (t->step < text->n_steps) {
        const struct plan_step *next = &text->steps[t->step];
        if (new_task && next->after)
            return; /* its days count from a result */
        to->next_at = contact_plan_moment(next, t->started_at, m->now, plan_turn_zone(m->zones, t));
        if (to->next_at < m->now)
            to->next_at = m->now;
        return;
    }
    if (new_task)
        return; /* over with its result */
    to->state = "done";
    to->ended_at = m->now;
}

static void work_out(const struct moving *m, const struct plan_turn *t, uint64_t new_task,
                     struct moved *to)
{
    *to = (struct moved){
        .state = "active", .step = t->step, .before_at = t->before_at, .task_id = t->task_id
    };
    switch (t->verdict) {
    case PLAN_POSTPONE:
        to->next_at = t->planned;
        return;
    case PLAN_WAIT:
        return;
    case PLAN_DONE:
        to->state = "done";
        to->ended_at = m->now;
        return;
    case PLAN_STOP:
        to->state = "stopped";
        to->ended_at = m->now;
        return;
    case PLAN_SKIP:
    case PLAN_MESSAGE:
    case PLAN_TASK:
        go_on(m, t, new_task, to);
    }
}

static enum rc add(struct moving *m, int bulk, const struct db_value *row)
{
    return db_bulk_add(m->bulks[bulk], row);
}
#define ADD(m, bulk, ...) add((m), (bulk), (const struct db_value[]){ __VA_ARGS__ })

static struct db_value id_or_null(uint64_t id)
{
    return id ? db_u64(id) : db_null();
}

static enum rc add_log(struct moving *m, const struct plan_turn *t, const char *what,
                       uint64_t new_task)
{
    const struct plan_means *means = &t->plan->means[t->step - 1];

    return ADD(m, BULK_LOG, db_u64(t->id), db_u64(t->turn + 1), db_u64(t->version), db_u64(t->step),
               db_time(m->now), db_time(t->planned), db_text(what), db_text(t->reason),
               t->verdict == PLAN_MESSAGE ? db_u64(means->occasion_id) : db_null(),
               id_or_null(new_task));
}

/* The turn tells its events apart, so that a customer who is moved to another version, or goes
 * through a plan again, may have the same step again. */
static enum rc add_event(struct moving *m, const struct plan_turn *t)
{
    const uint64_t occasion = t->plan->means[t->step - 1].occasion_id;

    return ADD(m, BULK_EVENT, db_u64(occasion), db_u64(t->customer_id), db_u64(t->id),
               db_u64(t->turn + 1), db_time(m->now), db_time(m->now));
}

static void draft(struct moving *m, const struct plan_turn *t, uint64_t id)
{
    const struct plan_step *s = &t->plan->text.steps[t->step - 1];

    m->drafts[m->n_drafts++] =
        (struct contact_draft){ .id = id,
                                .customer_id = t->customer_id,
                                .team_id = t->team_id,
                                .staff_id = t->staff_id,
                                .source = CONTACT_OF_PLAN,
                                .day = t->day,
                                .due_at = t->due_at,
                                .title = s->title,
                                .expected = s->expected,
                                .reasons = "",
                                .plan_id = m->plan_id,
                                .plan_step = t->step,
                                .policy_id = t->plan->means[t->step - 1].policy_id,
                                .created_by = "plan" };
}

static enum rc add_turn(struct moving *m, const struct plan_turn *t)
{
    const uint64_t task = t->verdict == PLAN_TASK ? m->first_task + m->n_drafts : 0;
    struct moved to;
    enum rc rc;

    work_out(m, t, task, &to);
    rc = ADD(m, BULK_MOVE, db_text(to.state), db_u64(to.step), db_time(to.next_at),
             db_time(to.before_at), id_or_null(to.task_id), db_time(to.ended_at),
             db_text(t->verdict == PLAN_STOP ? t->reason : ""), db_u64(t->id), db_u64(t->turn));
    if (rc)
        return rc;
    switch (t->verdict) {
    case PLAN_SKIP:
        return add_log(m, t, "skipped", 0);
    case PLAN_MESSAGE:
        rc = add_log(m, t, "message", 0);
        return rc ? rc : add_event(m, t);
    case PLAN_TASK:
        draft(m, t, task);
        return add_log(m, t, "task", task);
    case PLAN_POSTPONE:
    case PLAN_WAIT:
    case PLAN_DONE:
    case PLAN_STOP:
        break;
    }
    return RC_OK;
}

static enum rc fill(struct moving *m)
{
    enum rc rc = RC_OK;

    m->n_drafts = 0;
    for (int b = 0; b < BULK_N; b++)
        db_bulk_reset(m->bulks[b]);
    for (size_t i = 0; !rc && i < m->page.n; i++)
        rc = add_turn(m, &m->page.list[i]);
    return rc;
}

/* Who does not go on is not called either. */
static enum rc cancel_tasks(struct db *db, const struct plan_page *page)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < page->n; i++) {
        const struct plan_turn *t = &page->list[i];
        if (t->verdict != PLAN_STOP || !t->task_open)
            continue;
        rc = contact_task_cancel(db, t->task_id, t->reason);
        if (rc == RC_CONFLICT) /* it is not open any more */
            rc = RC_OK;
    }
    return rc;
}

static enum rc move_body(struct db *db, void *arg)
{
    struct moving *m = arg;
    uint64_t on, changed[BULK_N] = { 0 };
    enum rc rc = db_query_u64(db, SQL_HOLD, DB_IN(db_u64(m->plan_id)), &on);

    if (rc)
        return rc == RC_NOTFOUND ? RC_CONFLICT : rc;
    rc = fill(m);
    for (int b = 0; !rc && b < BULK_N; b++)
        rc = db_bulk_run(db, bulk_kinds[b].sql, m->bulks[b], &changed[b]);
    if (!rc && changed[BULK_MOVE] != m->page.n)
        rc = RC_CONFLICT; /* a person or another node was faster: all of it is looked at again */
    if (!rc)
        rc = cancel_tasks(db, &m->page);
    return rc ? rc : contact_task_put(db, m->drafts, m->n_drafts, NULL);
}

static enum rc write_page(struct db *db, struct moving *m)
{
    enum rc rc = RC_OK;

    for (int b = 0; b < BULK_N; b++) {
        m->bulks[b] = db_bulk_new(bulk_kinds[b].columns);
        rc = m->bulks[b] ? rc : RC_FAIL;
    }
    if (!rc)
        rc = db_transaction(db, move_body, m);
    for (int b = 0; b < BULK_N; b++)
        db_bulk_free(m->bulks[b]);
    return rc;
}

/* --- around it --- */

static void count(const struct plan_page *page, struct contact_plan_done *done)
{
    *done = (struct contact_plan_done){ .more = page->n == CONTACT_PLAN_PAGE };
    for (size_t i = 0; i < page->n; i++) {
        const struct plan_turn *t = &page->list[i];
        done->messages += t->verdict == PLAN_MESSAGE;
        done->tasks += t->verdict == PLAN_TASK;
        done->skipped += t->verdict == PLAN_SKIP;
        done->ended += t->verdict == PLAN_DONE || t->verdict == PLAN_STOP;
        done->more |= t->verdict == PLAN_SKIP; /* the next step may be due, too */
    }
}

static enum rc prepare(struct db *db, struct moving *m,
                       const struct contact_plan_settings *settings, struct arena *arena)
{
    struct error err = { "" };
    unsigned version = 0;
    size_t tasks = 0;
    enum rc rc =
        plan_page_read(db, m->plan_id, settings, m->zones, m->now, arena, &m->page, &version, &err);

    if (rc == RC_INVALID)
        return contact_plan_give_up(db, m->plan_id, version, &err);
    if (!rc)
        rc = plan_page_share(db, settings, m->zones, m->now, arena, &m->page);
    for (size_t i = 0; !rc && i < m->page.n; i++)
        tasks += m->page.list[i].verdict == PLAN_TASK;
    if (rc)
        return rc;
    m->drafts = arena_alloc(arena, (tasks + 1) * sizeof(*m->drafts));
    if (!m->drafts)
        return RC_FAIL;
    return tasks ? contact_task_new_ids(db, tasks, &m->first_task) : RC_OK;
}

enum rc contact_plan_step(struct db *db, uint64_t id, const struct contact_plan_settings *settings,
                          struct contact_plan_done *out)
{
    struct zone_shelf zones = { .n = 0 };
    struct moving m = { .plan_id = id, .zones = &zones, .now = clock_now() };
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = zone_shelf_open(&zones, settings->occasions->timezone, NULL);
    if (!rc)
        rc = prepare(db, &m, settings, &arena);
    if (!rc && m.page.n)
        rc = write_page(db, &m);
    if (!rc)
        count(&m.page, out);
    zone_shelf_close(&zones);
    arena_close(&arena);
    return rc;
}
