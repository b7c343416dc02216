/*
 * contact_making.c - the lists of one day are made: walk, share, write.
 *
 * The walk only reads. What it keeps is bounded by what the teams have room for
 * (domain/contact_share.h). Each page of tasks begins by looking whether the lists are still ours
 * to make: a maker that was paused past its lease stops there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "domain/staff.h"
#include "store/alert.h"
#include "store/contact_displace.h"
#include "store/contact_facts.h"
#include "store/contact_news.h"
#include "store/contact_roster.h"
#include "store/contact_task.h"
#include "store/db.h"

#define WRITE_PAGE 200 /* tasks of a transaction */

static const char SQL_DAY[] = "SELECT COALESCE(MIN(day) + 0, 0)"
                              "  FROM contact_list"
                              " WHERE state IN ('wanted', 'making')";

static const char SQL_TAKE[] = "UPDATE contact_list"
                               "   SET state = 'making', fence = ?"
                               " WHERE state IN ('wanted', 'making') AND day = ?";

static const char SQL_TEAMS[] = "SELECT team_id"
                                "  FROM contact_list"
                                " WHERE state = 'making' AND day = ? AND fence = ?"
                                " ORDER BY team_id"
                                " LIMIT ?";

/* Another maker has another fence. Who wants a list again meanwhile gets it: this one goes on. */
static const char SQL_OURS[] = "SELECT COUNT(*)"
                               "  FROM contact_list"
                               " WHERE day = ? AND fence = ? AND state IN ('making', 'wanted')"
                               "   FOR UPDATE";

static const char SQL_MADE[] =
    "UPDATE contact_list"
    "   SET state = IF(state = 'making', 'made', state), made_at = ?, seen_n = ?, due_n = ?,"
    "       listed_n = listed_n + ?, cut_score = ?"
    " WHERE team_id = ? AND day = ? AND fence = ?";

struct making_team {
    unsigned id;
    uint64_t seen, due, listed;
    uint64_t alert_id; /* nobody is there to contact those who are due; 0: somebody is */
};

struct contact_making {
    struct arena arena;
    struct roster roster;
    struct contact_reach reach;
    uint64_t fence;
    int day;
    struct making_team *teams; /* by id */
    size_t n_teams;

    /* the walk */
    struct contact_facts *page;
    uint64_t next; /* customers below were looked at */
    bool walked;
    struct contact_share *share;
    struct contact_displacing *displacing; /* made again, today; NULL: nobody gives way */

    /* what came of it */
    struct contact_given *given;
    struct contact_draft *drafts;
    bool *taken;
    size_t n_given, written;
    uint64_t *urgent; /* customers who are to displace others: news, when all is written */
    size_t n_urgent;
};

static struct making_team *team_of(const struct contact_making *m, unsigned id)
{
    for (size_t i = 0; i < m->n_teams; i++) {
        if (m->teams[i].id == id)
            return &m->teams[i];
    }
    return NULL;
}

/* --- begin --- */

static enum rc take_lists(struct db *db, struct contact_making *m)
{
    char day[STAFF_DAY_SIZE];
    struct db_rows *rows;
    enum rc rc;

    staff_day_text(m->day, day);
    rc = db_run(db, SQL_TAKE, DB_IN(db_u64(m->fence), db_text(day)), NULL);
    if (!rc)
        rc = db_query(db, SQL_TEAMS, DB_IN(db_text(day), db_u64(m->fence), db_u64(STAFF_TEAMS_MAX)),
                      &rows);
    if (rc)
        return rc;
    m->teams = arena_alloc(&m->arena, STAFF_TEAMS_MAX * sizeof(m->teams[0]));
    while (m->teams && m->n_teams < STAFF_TEAMS_MAX && db_next(rows))
        m->teams[m->n_teams++].id = (unsigned)db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    return rc ? rc : m->teams ? RC_OK : RC_FAIL;
}

/* Of a later day they are looked at again when it has begun. */
static enum rc find_displacing(struct db *db, struct contact_making *m,
                               const struct contact_place *places, size_t n)
{
    unsigned *ids = arena_alloc(&m->arena, (m->n_teams + 1) * sizeof(*ids));
    size_t n_ids = 0;
    int today;

    if (!ids)
        return RC_FAIL;
    for (size_t i = 0; i < m->n_teams; i++) {
        if (!roster_today(&m->roster, m->teams[i].id, &today) && today == m->day)
            ids[n_ids++] = m->teams[i].id;
    }
    return contact_displacing_begin(db, ids, n_ids, m->day, places, n, &m->arena, &m->displacing);
}

static enum rc find_places(struct db *db, struct contact_making *m)
{
    unsigned *ids = arena_alloc(&m->arena, (m->n_teams + 1) * sizeof(*ids));
    struct contact_place *places;
    size_t n;
    enum rc rc;

    if (!ids)
        return RC_FAIL;
    for (size_t i = 0; i < m->n_teams; i++)
        ids[i] = m->teams[i].id;
    rc = roster_places(db, &m->roster, ids, m->n_teams, m->day, &m->arena, &places, &n);
    if (rc)
        return rc;
    m->share = contact_share_new(places, n, &m->arena);
    m->page = arena_alloc(&m->arena, CONTACT_FACTS_MAX * sizeof(m->page[0]));
    return m->share && m->page ? find_displacing(db, m, places, n) : RC_FAIL;
}

/* What will be known of a day that has not begun is not known yet; what is planned for it, is. */
static void reach(struct contact_making *m)
{
    const struct civil date = staff_day_civil(m->day);
    const utc_us midnight = local_zone_to_utc(m->roster.zones.house, &date);

    contact_reach_of(&m->roster.book, midnight > m->roster.now ? midnight : m->roster.now, m->day,
                     &m->reach);
}

static enum rc begin(struct db *db, const struct contact_list_settings *settings,
                     struct contact_making *m)
{
    enum rc rc = take_lists(db, m);

    if (!rc)
        rc = roster_read(db, settings, clock_now(), &m->arena, &m->roster);
    if (!rc)
        rc = find_places(db, m);
    if (!rc)
        reach(m);
    return rc;
}

enum rc contact_making_begin(struct db *db, const struct contact_list_settings *settings,
                             uint64_t fence, struct contact_making **out)
{
    struct contact_making *m;
    uint64_t day;
    enum rc rc = db_query_u64(db, SQL_DAY, DB_NO_INPUT, &day);

    if (rc)
        return rc;
    *out = NULL;
    if (!day)
        return RC_OK;
    m = calloc(1, sizeof(*m));
    if (!m)
        return RC_FAIL;
    arena_init(&m->arena);
    m->fence = fence;
    m->day = (int)day;
    rc = begin(db, settings, m);
    if (rc)
        contact_making_free(m);
    else
        *out = m;
    return rc;
}

void contact_making_free(struct contact_making *m)
{
    if (!m)
        return;
    roster_close(&m->roster);
    arena_close(&m->arena);
    free(m);
}

/* --- the walk --- */

static void look_at(struct contact_making *m, const struct contact_facts *f)
{
    const struct roster_owner owner = roster_owner_of(&m->roster, f, m->day);
    struct making_team *team = team_of(m, owner.team_id);
    struct contact_candidate c = { .customer_id = f->customer_id,
                                   .team_id = owner.team_id,
                                   .owner_id = owner.staff_id };

    if (!team)
        return;
    team->seen++;
    contact_score_of(f, &m->roster.book, roster_calendar(&m->roster, team->id, m->day), &c.score);
    if (c.score.verdict != CONTACT_DUE || f->list_task || f->other_task)
        return;
    team->due++;
    contact_share_offer(m->share, &c);
    if (m->displacing)
        contact_displacing_offer(m->displacing, &c);
}

static enum rc write_drafts(struct contact_making *m)
{
    enum rc rc = RC_OK;

    m->drafts = arena_alloc(&m->arena, (m->n_given + 1) * sizeof(m->drafts[0]));
    m->taken = arena_alloc(&m->arena, (m->n_given + 1) * sizeof(m->taken[0]));
    if (!m->drafts || !m->taken)
        return RC_FAIL;
    for (size_t i = 0; !rc && i < m->n_given; i++)
        rc = roster_draft(&m->roster, &m->given[i], m->day, &m->arena, &m->drafts[i]);
    return rc;
}

static enum rc walk(struct db *db, struct contact_making *m)
{
    size_t n;
    enum rc rc =
        contact_facts_read(db, &m->reach, m->next, UINT64_MAX, CONTACT_FACTS_MAX, m->page, &n);

    if (rc)
        return rc;
    for (size_t i = 0; i < n; i++)
        look_at(m, &m->page[i]);
    if (n == CONTACT_FACTS_MAX) {
        m->next = m->page[n - 1].customer_id + 1;
        return RC_OK;
    }
    m->walked = true;
    rc = contact_share_settle(m->share, &m->arena, &m->given, &m->n_given);
    if (!rc && m->displacing)
        rc = contact_displacing_settle(m->displacing, m->given, m->n_given, &m->arena, &m->urgent,
                                       &m->n_urgent);
    return rc ? rc : write_drafts(m);
}

/* --- the tasks --- */

struct writing {
    struct contact_making *m;
    size_t n; /* of this page */
    bool last;
    utc_us now;
};

static bool find_cut(const struct contact_making *m, unsigned team_id, int *score)
{
    return m->displacing ? contact_displacing_cut(m->displacing, team_id, score)
                         : contact_share_cut(m->share, team_id, score);
}

static enum rc finish_team(struct db *db, const struct writing *w, const struct making_team *team)
{
    const struct contact_making *m = w->m;
    char day[STAFF_DAY_SIZE];
    uint64_t listed = team->listed;
    int cut;
    const bool full = find_cut(m, team->id, &cut);

    for (size_t i = m->written; i < m->written + w->n; i++)
        listed += m->taken[i] && m->drafts[i].team_id == team->id;
    return db_run(db, SQL_MADE,
                  DB_IN(db_time(w->now), db_u64(team->seen), db_u64(team->due), db_u64(listed),
                        full ? db_i64(cut) : db_null(), db_u64(team->id),
                        db_text(staff_day_text(m->day, day)), db_u64(m->fence)),
                  NULL);
}

/* Of today's list: of a later day's somebody may still think. */
static enum rc tell_nobody(struct db *db, struct contact_making *m, const struct making_team *team)
{
    const struct team *t = staff_book_team(&m->roster.staff, team->id);
    int today;
    char text[ALERT_TEXT_SIZE];

    if (!t || roster_today(&m->roster, team->id, &today) || today != m->day)
        return RC_OK;
    if (!team->alert_id)
        return alert_settle(db, ALERT_CONTACT_NOBODY, t->code);
    snprintf(text, sizeof(text), ALERT_SAYS_LIST_NOBODY, (unsigned long long)team->due, t->code);
    return alert_put(db, team->alert_id, ALERT_CONTACT_NOBODY, t->code, text);
}

static enum rc write_body(struct db *db, void *arg)
{
    const struct writing *w = arg;
    struct contact_making *m = w->m;
    char day[STAFF_DAY_SIZE];
    uint64_t ours;
    enum rc rc = db_query_u64(db, SQL_OURS,
                              DB_IN(db_text(staff_day_text(m->day, day)), db_u64(m->fence)), &ours);

    if (!rc && ours != m->n_teams)
        rc = RC_CONFLICT;
    if (!rc && w->n)
        rc = contact_task_put(db, m->drafts + m->written, w->n, m->taken + m->written);
    for (size_t i = 0; !rc && w->last && i < m->n_teams; i++)
        rc = finish_team(db, w, &m->teams[i]);
    for (size_t i = 0; !rc && w->last && i < m->n_teams; i++)
        rc = tell_nobody(db, m, &m->teams[i]);
    if (!rc && w->last)
        rc = contact_news_put_all(db, m->urgent, m->n_urgent, w->now);
    return rc;
}

static enum rc look_for_nobody(struct db *db, struct contact_making *m)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < m->n_teams; i++) {
        struct making_team *team = &m->teams[i];

        team->alert_id = 0;
        if (team->due && !roster_anybody(&m->roster, team->id, m->day))
            rc = alert_new_id(db, &team->alert_id);
    }
    return rc;
}

static enum rc write(struct db *db, struct contact_making *m, bool *over)
{
    const size_t left = m->n_given - m->written;
    struct writing w = { .m = m,
                         .n = left < WRITE_PAGE ? left : WRITE_PAGE,
                         .last = left <= WRITE_PAGE,
                         .now = clock_now() };
    uint64_t first = 0;
    enum rc rc = w.n ? contact_task_new_ids(db, w.n, &first) : RC_OK;

    if (!rc && w.last)
        rc = look_for_nobody(db, m);

    for (size_t i = 0; i < w.n; i++)
        m->drafts[m->written + i].id = first + i;
    if (!rc)
        rc = db_transaction(db, write_body, &w);
    if (rc)
        return rc;
    for (size_t i = m->written; i < m->written + w.n; i++) {
        struct making_team *team = team_of(m, m->drafts[i].team_id);

        if (team && m->taken[i])
            team->listed++;
    }
    m->written += w.n;
    *over = w.last;
    return RC_OK;
}

enum rc contact_making_step(struct db *db, struct contact_making *m, bool *over)
{
    *over = false;
    return m->walked ? write(db, m, over) : walk(db, m);
}

void contact_making_count(const struct contact_making *m, struct contact_making_count *out)
{
    *out = (struct contact_making_count){ .day = m->day, .teams = m->n_teams };
    for (size_t i = 0; i < m->n_teams; i++) {
        out->seen += m->teams[i].seen;
        out->due += m->teams[i].due;
        out->listed += m->teams[i].listed;
    }
}
