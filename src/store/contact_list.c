/* contact_list.c - rows of contact_list: wanted by the clock, wanted by a person, looked at. */
#include "store/contact_list.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/audit.h"
#include "store/contact_roster.h"
#include "store/db.h"

#define DAYS_AHEAD 14

/* A list that was made stays so. */
static const char SQL_NOTE[] =
    "INSERT IGNORE INTO contact_list (team_id, day, state, wanted_at, wanted_by)"
    "VALUES (?, ?, 'wanted', ?, '')";

static const char SQL_KNOWN[] = "SELECT COUNT(*) FROM contact_list WHERE team_id = ? AND day = ?";

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

static enum rc note_one(struct db *db, struct roster *r, const struct team *team)
{
    char day_text[STAFF_DAY_SIZE];
    uint64_t known = 0;
    utc_us at;
    int day;
    enum rc rc = roster_today(r, team->id, &day);

    if (!rc)
        rc = roster_list_at(r, team->id, day, &at);
    if (rc == RC_NOTFOUND || (!rc && at > r->now))
        return RC_OK;
    if (!rc)
        rc = db_query_u64(db, SQL_KNOWN,
                          DB_IN(db_u64(team->id), db_text(staff_day_text(day, day_text))), &known);
    if (rc || known)
        return rc;
    return db_run(db, SQL_NOTE,
                  DB_IN(db_u64(team->id), db_text(staff_day_text(day, day_text)), db_time(r->now)),
                  NULL);
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
    if (rc || !on)
        return rc;
    rc = note_due(db, settings, now);
    if (!rc)
        rc = db_query(db, SQL_WORK, DB_NO_INPUT, &rows);
    if (rc)
        return rc;
    if (db_next(rows)) {
        out->make = db_get_u64(rows, 0) != 0;
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
