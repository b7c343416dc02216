/* contact_list.c - rows of contact_list: wanted by the clock, wanted by a person, looked at. */
#include "store/contact_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "store/audit.h"
#include "store/contact_news.h"
#include "store/contact_roster.h"
#include "store/db.h"

#define DAYS_AHEAD 14
#define LISTED_MAX 20000 /* tasks of one list */

static const char SQL_NOTE[] =
    "INSERT IGNORE INTO contact_list (team_id, day, state, wanted_at, wanted_by)"
    "VALUES (?, ?, 'wanted', ?, '')";

/* What was made before its hour is made again then: more may be due, and there may be more room. */
static const char SQL_AGAIN[] =
    "UPDATE contact_list"
    "   SET state = 'wanted', wanted_at = ?"
    " WHERE team_id = ? AND day = ? AND state = 'made' AND made_at <= ?";

static const char SQL_STATE[] = "SELECT state = 'made', made_at"
                                "  FROM contact_list"
                                " WHERE team_id = ? AND day = ?";

/* As of the beginning of the day, once its customers are news. */
static const char SQL_LOOKED_AT[] =
    "UPDATE contact_list"
    "   SET made_at = ?"
    " WHERE team_id = ? AND day = ? AND state = 'made' AND made_at < ?";

static const char SQL_LISTED[] = "SELECT customer_id"
                                 "  FROM contact_task"
                                 " WHERE day = ? AND team_id = ?"
                                 "   AND source = 'list' AND state = 'open'"
                                 " ORDER BY customer_id"
                                 " LIMIT ?";

static const char SQL_WORK[] =
    "SELECT EXISTS (SELECT 1 FROM contact_list WHERE state IN ('wanted', 'making')),"
    "       EXISTS (SELECT 1 FROM contact_news)";

static const char SQL_WANT[] =
    "INSERT INTO contact_list (team_id, day, state, wanted_at, wanted_by)"
    "VALUES (?, ?, 'wanted', ?, ?)"
    "    ON DUPLICATE KEY UPDATE state = 'wanted', wanted_at = VALUE(wanted_at),"
    "       wanted_by = VALUE(wanted_by)";

/* Without a policy that is on, nobody is on a list. */
static const char SQL_ON[] = "SELECT EXISTS (SELECT 1 FROM contact_policy WHERE is_on)";

static const char SQL_LISTS[] =
    "SELECT t.code, l.state, l.wanted_by, l.team_id, l.day + 0, l.wanted_at, l.made_at, l.seen_n,"
    "       l.due_n, l.listed_n, l.cut_score"
    "  FROM contact_list l"
    "  JOIN team t ON t.id = l.team_id"
    " WHERE (? = '' OR t.code = ?)"
    "   AND (? = '' OR l.day = ?)"
    " ORDER BY l.day DESC, t.code"
    " LIMIT ?";

/* --- what there is to do --- */

struct noting {
    unsigned team_id;
    char day[STAFF_DAY_SIZE];
    utc_us midnight, list_at, now; /* list_at 0: a day without list */
    uint64_t *customers;
};

static enum rc look_again_body(struct db *db, void *arg)
{
    const struct noting *n = arg;
    struct db_rows *rows;
    uint64_t changed;
    size_t got = 0;
    enum rc rc = db_run(
        db, SQL_LOOKED_AT,
        DB_IN(db_time(n->midnight), db_u64(n->team_id), db_text(n->day), db_time(n->midnight)),
        &changed);

    if (rc || !changed) /* another node has */
        return rc;
    rc = db_query(db, SQL_LISTED, DB_IN(db_text(n->day), db_u64(n->team_id), db_u64(LISTED_MAX)),
                  &rows);
    if (rc)
        return rc;
    while (got < LISTED_MAX && db_next(rows))
        n->customers[got++] = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    return rc ? rc : contact_news_put_all(db, n->customers, got, n->now);
}

/* The day of a list that was made ahead has begun: who was put on it days ago may have been spoken
 * to since. They are news, and looked at before its hour. */
static enum rc look_again(struct db *db, struct noting *n)
{
    enum rc rc;

    n->customers = malloc(LISTED_MAX * sizeof(n->customers[0]));
    if (!n->customers)
        return RC_FAIL;
    rc = db_transaction(db, look_again_body, n);
    free(n->customers);
    return rc;
}

static enum rc note_known(struct db *db, struct noting *n, utc_us made_at)
{
    enum rc rc = made_at < n->midnight ? look_again(db, n) : RC_OK;

    if (rc || !n->list_at || n->list_at > n->now || made_at > n->list_at)
        return rc;
    return db_run(db, SQL_AGAIN,
                  DB_IN(db_time(n->now), db_u64(n->team_id), db_text(n->day), db_time(n->list_at)),
                  NULL);
}

static enum rc note_day(struct db *db, struct noting *n)
{
    struct db_rows *rows;
    bool known, made;
    utc_us made_at;
    enum rc rc = db_query(db, SQL_STATE, DB_IN(db_u64(n->team_id), db_text(n->day)), &rows);

    if (rc)
        return rc;
    known = db_next(rows);
    made = known && db_get_u64(rows, 0);
    made_at = known ? db_get_time(rows, 1) : 0;
    rc = db_rows_end(rows);
    if (!rc && made)
        return note_known(db, n, made_at);
    if (rc || known || !n->list_at || n->list_at > n->now)
        return rc;
    return db_run(db, SQL_NOTE, DB_IN(db_u64(n->team_id), db_text(n->day), db_time(n->now)), NULL);
}

static enum rc note_one(struct db *db, struct roster *r, const struct team *team)
{
    struct noting n = { .team_id = team->id, .now = r->now };
    int day;
    enum rc rc = roster_today(r, team->id, &day);

    if (!rc)
        rc = roster_midnight(r, team->id, day, &n.midnight);
    if (!rc)
        rc = roster_list_at(r, team->id, day, &n.list_at);
    if (rc == RC_NOTFOUND)
        rc = RC_OK;
    if (rc)
        return rc;
    staff_day_text(day, n.day);
    return note_day(db, &n);
}

/* RC_INVALID: hours or days of a team cannot be read. They were checked when they were set; the
 * lists of other teams are made all the same. */
static enum rc note_due(struct db *db, const struct contact_list_settings *settings, utc_us now)
{
    struct roster roster;
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = roster_read(db, settings, now, &arena, &roster);
    for (size_t i = 0; !rc && i < roster.staff.n_teams; i++) {
        rc = note_one(db, &roster, &roster.staff.teams[i]);
        if (rc == RC_INVALID)
            rc = RC_OK;
    }
    roster_close(&roster);
    arena_close(&arena);
    return rc;
}

enum rc contact_list_find_work(struct db *db, const struct contact_list_settings *settings,
                               utc_us now, struct contact_list_work *out)
{
    struct db_rows *rows;
    uint64_t on = 0;
    enum rc rc = db_query_u64(db, SQL_ON, DB_NO_INPUT, &on);

    *out = (struct contact_list_work){ .make = false };
    if (!rc && on)
        rc = note_due(db, settings, now);
    if (!rc)
        rc = db_query(db, SQL_WORK, DB_NO_INPUT, &rows);
    if (rc)
        return rc;
    if (db_next(rows)) {
        out->make = on && db_get_u64(rows, 0);
        out->news = db_get_u64(rows, 1) != 0;
    }
    return db_rows_end(rows);
}

/* --- a person wants one --- */

struct wanting {
    unsigned team_id;
    int day;
    const char *team, *who;
    uint64_t audit_id;
    utc_us now;
};

static enum rc want_body(struct db *db, void *arg)
{
    const struct wanting *w = arg;
    char day[STAFF_DAY_SIZE], detail[64];
    enum rc rc = db_run(db, SQL_WANT,
                        DB_IN(db_u64(w->team_id), db_text(staff_day_text(w->day, day)),
                              db_time(w->now), db_text(w->who)),
                        NULL);

    snprintf(detail, sizeof(detail), "%s %s", w->team, day);
    if (!rc)
        rc = audit_write(db, &(struct audit_entry){ .id = w->audit_id,
                                                    .at = w->now,
                                                    .who = w->who,
                                                    .verb = "make",
                                                    .subject = AUDIT_CONTACT_LIST,
                                                    .subject_id = w->team_id,
                                                    .detail = detail });
    return rc;
}

static const struct team *find_team(const struct staff_book *book, const char *code)
{
    for (size_t i = 0; i < book->n_teams; i++) {
        if (strcmp(book->teams[i].code, code) == 0)
            return &book->teams[i];
    }
    return NULL;
}

static enum rc check_want(struct roster *r, int day, struct wanting *w, struct error *err)
{
    const struct team *team = find_team(&r->staff, w->team);
    int today;
    enum rc rc;

    if (!team)
        return error_set(err, RC_NOTFOUND,
                         "there is no team \"%.40s\"; relaisctl team list shows them", w->team);
    if (!contact_book_is_on(&r->book))
        return error_set(err, RC_INVALID,
                         "no contact policy is on, so nobody is due; begin with: relaisctl contact "
                         "policy set others --team %s",
                         w->team);
    rc = roster_today(r, team->id, &today);
    if (rc)
        return rc;
    w->team_id = team->id;
    w->day = day ? day : today;
    if (w->day < today || w->day > staff_day_add(today, DAYS_AHEAD))
        return error_set(err, RC_INVALID, "day: expected today or one of the next %d days",
                         DAYS_AHEAD);
    return RC_OK;
}

enum rc contact_list_want(struct db *db, const struct contact_list_settings *settings,
                          const char *team, int day, const char *who, int *wanted_day,
                          struct error *err)
{
    struct wanting w = { .team = team, .who = who, .now = clock_now() };
    struct roster roster;
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = roster_read(db, settings, w.now, &arena, &roster);
    if (!rc)
        rc = check_want(&roster, day, &w, err);
    roster_close(&roster);
    arena_close(&arena);
    if (!rc)
        rc = audit_new_id(db, &w.audit_id);
    if (!rc)
        rc = db_transaction(db, want_body, &w);
    if (!rc)
        *wanted_day = w.day;
    return rc;
}

enum rc contact_lists_list(struct db *db, const char *team, int day, size_t limit,
                           void (*each)(void *arg, const struct contact_list_row *row), void *arg)
{
    char text[STAFF_DAY_SIZE];
    struct db_rows *rows;
    enum rc rc;

    staff_day_text(day, text);
    rc = db_query(db, SQL_LISTS,
                  DB_IN(db_text(team), db_text(team), db_text(text), db_text(day ? text : NULL),
                        db_u64(limit)),
                  &rows);
    if (rc)
        return rc;
    while (db_next(rows))
        each(arg, &(struct contact_list_row){ .team = db_get_text(rows, 0),
                                              .state = db_get_text(rows, 1),
                                              .wanted_by = db_get_text(rows, 2),
                                              .team_id = (unsigned)db_get_u64(rows, 3),
                                              .day = (int)db_get_i64(rows, 4),
                                              .wanted_at = db_get_time(rows, 5),
                                              .made_at = db_get_time(rows, 6),
                                              .seen = db_get_u64(rows, 7),
                                              .due = db_get_u64(rows, 8),
                                              .listed = db_get_u64(rows, 9),
                                              .full = !db_is_null(rows, 10),
                                              .cut_score = (int)db_get_i64(rows, 10) });
    return db_rows_end(rows);
}
