/* staff.c - the book of staff, read; who it is that an address or a login belongs to. */
#include "store/staff.h"

#include <string.h>

#include "base/arena.h"
#include "domain/local_time.h"
#include "store/db.h"

#define ABSENCE_DAYS_BACK 400 /* those that ended earlier concern nobody any more */

/* COUNT(*) OVER (): the first row says how much room all of them need. */
static const char SQL_TEAMS[] =
    "SELECT COUNT(*) OVER (), id, code, label, timezone, country, region, hours, list_minute,"
    "       list_days, COALESCE(policy_id, 0), tell"
    "  FROM team"
    " ORDER BY id";

static const char SQL_STAFF[] =
    "SELECT COUNT(*) OVER (), id, login, name, role, team_id, COALESCE(manager_id, 0), phone, mail,"
    "       language, timezone, hours, capacity, COALESCE(left_on + 0, 0)"
    "  FROM staff"
    " ORDER BY id";

static const char SQL_ABSENCES[] =
    "SELECT COUNT(*) OVER (), id, staff_id, COALESCE(deputy_id, 0), from_day + 0, to_day + 0"
    "  FROM staff_absence"
    " WHERE to_day >= ?"
    " ORDER BY staff_id, from_day, id";

static const char SQL_BY_PHONE[] = "SELECT id"
                                   "  FROM staff"
                                   " WHERE phone = ? AND (left_on IS NULL OR left_on > ?)";

static const char SQL_BY_MAIL[] = "SELECT id"
                                  "  FROM staff"
                                  " WHERE mail = ? AND (left_on IS NULL OR left_on > ?)";

static const char SQL_HERE[] = "SELECT s.id, COALESCE(s.left_on + 0, 0),"
                               "       COALESCE(NULLIF(s.timezone, ''), NULLIF(t.timezone, ''), ?)"
                               "  FROM staff s"
                               "  JOIN team t ON t.id = s.team_id"
                               " WHERE s.login = ?";

static const char SQL_BY_LOGIN[] = "SELECT id FROM staff WHERE login = ?";

/* --- the book --- */

static const char *keep(struct arena *arena, const struct db_rows *rows, unsigned col, enum rc *rc)
{
    const char *text = db_get_text(rows, col);
    const char *copy = arena_copy(arena, text, strlen(text));

    if (!copy)
        *rc = RC_FAIL;
    return copy;
}

static void take_code(char *out, size_t size, const char *text)
{
    const size_t len = strlen(text);

    if (len < size)
        memcpy(out, text, len + 1);
}

static enum rc map_team(const struct db_rows *rows, struct arena *arena, struct team *t)
{
    enum rc rc = RC_OK;

    *t = (struct team){
        .id = (unsigned)db_get_u64(rows, 1),
        .code = keep(arena, rows, 2, &rc),
        .label = keep(arena, rows, 3, &rc),
        .timezone = keep(arena, rows, 4, &rc),
        .hours = keep(arena, rows, 7, &rc),
        .list_minute = (unsigned)db_get_u64(rows, 8),
        .list_days = keep(arena, rows, 9, &rc),
        .policy_id = db_get_u64(rows, 10),
    };
    take_code(t->country, sizeof(t->country), db_get_text(rows, 5));
    take_code(t->region, sizeof(t->region), db_get_text(rows, 6));
    return rc ? rc : staff_tell_parse(db_get_text(rows, 11), &t->tell);
}

static enum rc map_member(const struct db_rows *rows, struct arena *arena, struct staff_member *m)
{
    enum rc rc = RC_OK;

    *m = (struct staff_member){
        .id = (unsigned)db_get_u64(rows, 1),
        .login = keep(arena, rows, 2, &rc),
        .name = keep(arena, rows, 3, &rc),
        .team_id = (unsigned)db_get_u64(rows, 5),
        .manager_id = (unsigned)db_get_u64(rows, 6),
        .phone = keep(arena, rows, 7, &rc),
        .mail = keep(arena, rows, 8, &rc),
        .timezone = keep(arena, rows, 10, &rc),
        .hours = keep(arena, rows, 11, &rc),
        .capacity = (unsigned)db_get_u64(rows, 12),
        .left_on = (int)db_get_i64(rows, 13),
    };
    take_code(m->language, sizeof(m->language), db_get_text(rows, 9));
    return rc ? rc : staff_role_parse(db_get_text(rows, 4), &m->role);
}

static enum rc map_absence(const struct db_rows *rows, struct staff_absence *a)
{
    *a = (struct staff_absence){
        .id = db_get_u64(rows, 1),
        .staff_id = (unsigned)db_get_u64(rows, 2),
        .deputy_id = (unsigned)db_get_u64(rows, 3),
        .from_day = (int)db_get_i64(rows, 4),
        .to_day = (int)db_get_i64(rows, 5),
    };
    return RC_OK;
}

enum part { TEAMS, STAFF, ABSENCES };

static void *room(struct staff_book *book, enum part part, struct arena *arena, size_t n)
{
    switch (part) {
    case TEAMS:
        return book->teams = arena_alloc(arena, n * sizeof(*book->teams));
    case STAFF:
        return book->staff = arena_alloc(arena, n * sizeof(*book->staff));
    case ABSENCES:
        return book->absences = arena_alloc(arena, n * sizeof(*book->absences));
    }
    return NULL;
}

static enum rc map(const struct db_rows *rows, struct staff_book *book, enum part part,
                   struct arena *arena)
{
    switch (part) {
    case TEAMS:
        return map_team(rows, arena, &book->teams[book->n_teams++]);
    case STAFF:
        return map_member(rows, arena, &book->staff[book->n_staff++]);
    case ABSENCES:
        return map_absence(rows, &book->absences[book->n_absences++]);
    }
    return RC_FAIL;
}

static enum rc read_part(struct db *db, const char *sql, const struct db_value *in, size_t n_in,
                         enum part part, struct arena *arena, struct staff_book *book)
{
    struct db_rows *rows;
    bool begun = false;
    enum rc rc = db_query(db, sql, in, n_in, &rows), end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        if (!begun && !room(book, part, arena, db_get_u64(rows, 0)))
            rc = RC_FAIL;
        begun = true;
        if (!rc)
            rc = map(rows, book, part, arena);
    }
    end = db_rows_end(rows);
    return end ? end : rc;
}

enum rc staff_book_read(struct db *db, struct arena *arena, struct staff_book *out)
{
    const struct civil today = clock_civil(clock_now());
    struct staff_book book = { .n_teams = 0 };
    char since[STAFF_DAY_SIZE];
    enum rc rc = read_part(db, SQL_TEAMS, DB_NO_INPUT, TEAMS, arena, &book);

    if (!rc)
        rc = read_part(db, SQL_STAFF, DB_NO_INPUT, STAFF, arena, &book);
    staff_day_text(staff_day_add(staff_day(&today), -ABSENCE_DAYS_BACK), since);
    if (!rc)
        rc = read_part(db, SQL_ABSENCES, DB_IN(db_text(since)), ABSENCES, arena, &book);
    if (!rc)
        *out = book;
    return rc;
}

/* --- one person --- */

enum rc staff_by_address(struct db *db, enum channel channel, const char *address, unsigned *id)
{
    const struct civil today = clock_civil(clock_now());
    char day[STAFF_DAY_SIZE];
    uint64_t found;
    enum rc rc = db_query_u64(
        db, channel == CHANNEL_SMS ? SQL_BY_PHONE : SQL_BY_MAIL,
        DB_IN(db_text(address), db_text(staff_day_text(staff_day(&today), day))), &found);

    if (!rc)
        *id = (unsigned)found;
    return rc;
}

const char *staff_zone(const struct staff_book *book, const struct staff_member *member,
                       const char *house)
{
    const struct team *team = staff_book_team(book, member->team_id);

    return *member->timezone ? member->timezone : team && *team->timezone ? team->timezone : house;
}

int staff_today(const char *timezone, utc_us now)
{
    struct local_zone *zone = NULL;
    struct civil today = clock_civil(now);

    if (!local_zone_open(timezone, &zone, NULL))
        today = local_zone_civil(zone, now);
    local_zone_close(zone);
    return staff_day(&today);
}

enum rc staff_here(struct db *db, const char *login, const char *house, utc_us now, unsigned *id)
{
    struct db_rows *rows;
    bool here = false;
    enum rc rc = db_query(db, SQL_HERE, DB_IN(db_text(house), db_text(login)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        const int left_on = (int)db_get_i64(rows, 1);

        here = !left_on || staff_today(db_get_text(rows, 2), now) < left_on;
        if (here)
            *id = (unsigned)db_get_u64(rows, 0);
    }
    rc = db_rows_end(rows);
    return rc ? rc : here ? RC_OK : RC_NOTFOUND;
}

enum rc staff_by_login(struct db *db, const char *login, unsigned *id)
{
    uint64_t found;
    enum rc rc = db_query_u64(db, SQL_BY_LOGIN, DB_IN(db_text(login)), &found);

    if (!rc)
        *id = (unsigned)found;
    return rc;
}
