/*
 * contact_plan_share.c - who does the tasks of a page: who looks after the customer, or stands in;
 * else whoever of the team has least to do. Working days are those of the team, deadlines those of
 * the person.
 */
#include "domain/contact_due.h"
#include "domain/work_time.h"
#include "store/contact_plan_page.h"
#include "store/send_window.h"
#include "store/staff.h"

#define LOG_PART "plan"
#include "base/log.h"

#define TEAMS_MAX 16 /* whose loads are known at a time */

static const char SQL_LOADS[] =
    "SELECT s.id,"
    "       (SELECT COUNT(*)"
    "          FROM contact_task t"
    "         WHERE t.staff_id = s.id AND t.state = 'open' AND t.day <= ?)"
    "  FROM staff s"
    " WHERE s.team_id = ?";

struct load {
    unsigned staff_id;
    uint64_t tasks;
};

struct sharing {
    struct staff_book book;
    struct zone_shelf *zones;
    struct holiday_book *holidays;
    struct {
        unsigned team_id;
        int day;
        struct load *list;
        size_t n;
    } teams[TEAMS_MAX];
    size_t n_teams;
    struct arena *arena;
};

static size_t team_size(const struct staff_book *book, unsigned team_id)
{
    size_t n = 0;

    for (size_t i = 0; i < book->n_staff; i++)
        n += book->staff[i].team_id == team_id;
    return n;
}

/* What each one of the team has to do by that day; then kept in step with what is given out. */
static enum rc loads_of(struct db *db, struct sharing *s, unsigned team_id, int day,
                        struct load **list, size_t *n)
{
    const size_t most = team_size(&s->book, team_id);
    char text[STAFF_DAY_SIZE];
    struct db_rows *rows;
    size_t k = 0;
    enum rc rc;

    while (k < s->n_teams && (s->teams[k].team_id != team_id || s->teams[k].day != day))
        k++;
    if (k == s->n_teams) {
        if (k == TEAMS_MAX)
            s->n_teams = k = 0;
        s->teams[k].list = arena_alloc(s->arena, (most + 1) * sizeof(*s->teams[k].list));
        s->teams[k].n = 0;
        s->teams[k].team_id = team_id;
        s->teams[k].day = day;
        rc = s->teams[k].list
                 ? db_query(db, SQL_LOADS,
                            DB_IN(db_text(staff_day_text(day, text)), db_u64(team_id)), &rows)
                 : RC_FAIL;
        if (rc)
            return rc;
        while (s->teams[k].n < most && db_next(rows))
            s->teams[k].list[s->teams[k].n++] =
                (struct load){ (unsigned)db_get_u64(rows, 0), db_get_u64(rows, 1) };
        rc = db_rows_end(rows);
        if (rc)
            return rc;
        s->n_teams = k + 1;
    }
    *list = s->teams[k].list;
    *n = s->teams[k].n;
    return RC_OK;
}

/* A task more of somebody; elsewhere in the house than in that team: nobody's matter here. */
static enum rc count_one(struct db *db, struct sharing *s, unsigned team_id, int day, unsigned who)
{
    struct load *list;
    size_t n;
    enum rc rc = loads_of(db, s, team_id, day, &list, &n);

    for (size_t i = 0; !rc && i < n; i++)
        list[i].tasks += list[i].staff_id == who;
    return rc;
}

/* Whoever does more of the capacity comes later; employees come before their managers. */
static bool comes_before(const struct staff_member *a, uint64_t a_tasks,
                         const struct staff_member *b, uint64_t b_tasks)
{
    const uint64_t a_cap = a->capacity ? a->capacity : 1, b_cap = b->capacity ? b->capacity : 1;

    if ((a->role == STAFF_EMPLOYEE) != (b->role == STAFF_EMPLOYEE))
        return a->role == STAFF_EMPLOYEE;
    return a_tasks * b_cap < b_tasks * a_cap;
}

/* 0: nobody is there. */
static enum rc by_load(struct db *db, struct sharing *s, unsigned team_id, int day, unsigned *who)
{
    const struct staff_member *best = NULL;
    const struct load *taken = NULL;
    struct load *list;
    size_t n;
    enum rc rc = loads_of(db, s, team_id, day, &list, &n);

    *who = 0;
    for (size_t i = 0; !rc && i < n; i++) {
        const struct staff_member *m = staff_book_member(&s->book, list[i].staff_id);
        if (!m || !staff_is_there(&s->book, m->id, day))
            continue;
        if (best && !comes_before(m, list[i].tasks, best, taken->tasks))
            continue;
        best = m;
        taken = &list[i];
    }
    if (!rc && best)
        *who = best->id;
    return rc;
}

/* By the clock of whoever does it, who may have closed before the rest of the team: a call is not
 * late when it is made. */
static enum rc deadline(struct sharing *s, struct plan_turn *t, unsigned within, utc_us now)
{
    struct work_time w;
    enum rc rc = t->staff_id ? work_time_of_staff(&s->book, t->staff_id, s->zones, s->holidays, &w)
                             : work_time_of_team(&s->book, t->team_id, s->zones, s->holidays, &w);
    int first, last;

    if (rc)
        return rc;
    first = contact_day_left(&w, t->day, now);
    if (first)
        t->day = first;
    last = work_time_day_after(&w, t->day, within - 1);
    t->due_at = contact_due(&w, last ? last : t->day);
    return RC_OK;
}

static enum rc share_one(struct db *db, struct sharing *s, struct plan_turn *t, utc_us now)
{
    const struct staff_member *owner = staff_book_member(&s->book, t->owner_id);
    struct work_time w;
    enum rc rc;

    t->team_id = owner ? owner->team_id : t->plan->means[t->step - 1].team_id;
    rc = work_time_of_team(&s->book, t->team_id, s->zones, s->holidays, &w);
    if (rc)
        return rc;
    t->day = contact_day_left(&w, work_time_day(&w, t->planned > now ? t->planned : now), now);
    if (!t->day) /* they never work: it stands on today's list */
        t->day = work_time_day(&w, now);
    t->staff_id = owner ? staff_stand_in(&s->book, owner->id, t->day) : 0;
    if (!t->staff_id)
        rc = by_load(db, s, t->team_id, t->day, &t->staff_id);
    if (!rc)
        rc = count_one(db, s, t->team_id, t->day, t->staff_id);
    return rc ? rc : deadline(s, t, t->plan->text.steps[t->step - 1].within, now);
}

enum rc plan_page_share(struct db *db, const struct contact_plan_settings *settings,
                        struct zone_shelf *zones, utc_us now, struct arena *arena,
                        struct plan_page *page)
{
    const struct send_rules *rules = settings->occasions->campaign->rules;
    struct sharing *s = NULL;
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < page->n; i++) {
        if (page->list[i].verdict != PLAN_TASK)
            continue;
        if (!s) {
            s = arena_alloc(arena, sizeof(*s));
            if (!s)
                return RC_FAIL;
            s->zones = zones;
            s->holidays = rules ? rules->promo.book : NULL;
            s->arena = arena;
            rc = staff_book_read(db, arena, &s->book);
        }
        if (!rc)
            rc = share_one(db, s, &page->list[i], now);
        /* Hours were checked when they were set: this is no answer about the plan. */
        if (rc == RC_INVALID || rc == RC_NOTFOUND) {
            log_error("team=%u hours=unreadable effect=\"calls of plans wait; set them again\"",
                      page->list[i].team_id);
            rc = RC_FAIL;
        }
    }
    return rc;
}
