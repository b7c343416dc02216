/* contact_roster.c - see contact_roster.h. */
#include "store/contact_roster.h"

#include <string.h>

#include "base/arena.h"
#include "domain/contact_due.h"
#include "domain/timetable.h"
#include "store/contact_policy.h"
#include "store/contact_task.h"
#include "store/db.h"
#include "store/staff.h"

/* What is on a person's list of that day, done or not. */
static const char SQL_LOAD[] = "SELECT COUNT(*)"
                               "  FROM contact_task"
                               " WHERE staff_id = ?"
                               "   AND (state = 'open' AND day <= ? OR state = 'done' AND day = ?)";

enum rc roster_read(struct db *db, const struct contact_list_settings *settings, utc_us now,
                    struct arena *arena, struct roster *out)
{
    enum rc rc;

    *out = (struct roster){ .settings = settings, .now = now };
    rc = zone_shelf_open(&out->zones, settings->timezone, NULL);
    out->zones_open = !rc;
    if (!rc)
        rc = staff_book_read(db, arena, &out->staff);
    if (!rc)
        rc = contact_book_read(db, now, arena, &out->book);
    if (!rc) {
        contact_calendar_of(out->zones.house, now, &out->house);
        out->calendars = arena_alloc(arena, (out->staff.n_teams + 1) * sizeof(out->calendars[0]));
    }
    return rc || out->calendars ? rc : RC_FAIL;
}

void roster_close(struct roster *r)
{
    if (r->zones_open)
        zone_shelf_close(&r->zones);
    r->zones_open = false;
}

/* --- days --- */

enum rc roster_today(struct roster *r, unsigned team_id, int *day)
{
    struct work_time w;
    enum rc rc = work_time_of_team(&r->staff, team_id, &r->zones, r->settings->holidays, &w);

    if (!rc)
        *day = work_time_day(&w, r->now);
    return rc;
}

enum rc roster_midnight(struct roster *r, unsigned team_id, int day, utc_us *at)
{
    struct work_time w;
    enum rc rc = work_time_of_team(&r->staff, team_id, &r->zones, r->settings->holidays, &w);

    if (!rc)
        *at = work_time_at(&w, day, 0);
    return rc;
}

enum rc roster_list_at(struct roster *r, unsigned team_id, int day, utc_us *at)
{
    const struct team *team = staff_book_team(&r->staff, team_id);
    const struct civil date = staff_day_civil(day);
    struct timetable table = { .n_minutes = 0 };
    struct work_time w;
    enum rc rc = work_time_of_team(&r->staff, team_id, &r->zones, r->settings->holidays, &w);

    if (!rc)
        rc = timetable_set_days(&table, team->list_days, NULL);
    if (!rc && (!(table.days & 1u << hours_weekday(&date)) ||
                holiday_is(r->settings->holidays, team->country, team->region, &date)))
        rc = RC_NOTFOUND;
    if (!rc)
        *at = work_time_at(&w, day, team->list_minute);
    return rc;
}

const struct contact_calendar *roster_calendar(struct roster *r, unsigned team_id, int day)
{
    const struct team *team = staff_book_team(&r->staff, team_id);
    struct roster_calendar *c = team ? &r->calendars[team - r->staff.teams] : NULL;
    struct work_time w;
    utc_us at;

    if (!team)
        return &r->house;
    if (c->day == day)
        return &c->calendar;
    /* A team whose hours cannot be read lives in the zone all the same. */
    at = work_time_of_team(&r->staff, team_id, &r->zones, r->settings->holidays, &w) ||
                 work_time_day(&w, r->now) >= day
             ? r->now
             : work_time_at(&w, day, team->list_minute);
    contact_calendar_of(zone_shelf_get(&r->zones, team->timezone), at, &c->calendar);
    c->day = day;
    return &c->calendar;
}

/* --- people --- */

static bool works_on(struct roster *r, unsigned staff_id, int day, struct work_time *w)
{
    return staff_is_there(&r->staff, staff_id, day) &&
           !work_time_of_staff(&r->staff, staff_id, &r->zones, r->settings->holidays, w) &&
           work_time_day_after(w, day, 0) == day;
}

bool roster_anybody(struct roster *r, unsigned team_id, int day)
{
    struct work_time w;

    for (size_t i = 0; i < r->staff.n_staff; i++) {
        const struct staff_member *m = &r->staff.staff[i];

        if (m->team_id == team_id && staff_works_here(m, day) &&
            works_on(r, staff_stand_in(&r->staff, m->id, day), day, &w))
            return true;
    }
    return false;
}

struct roster_owner roster_owner_of(const struct roster *r, const struct contact_facts *facts,
                                    int day)
{
    const struct staff_member *owner = staff_book_member(&r->staff, facts->owner_id);
    const struct contact_policy *policy = contact_book_policy(&r->book, facts->category_id);

    if (owner && staff_works_here(owner, day))
        return (struct roster_owner){ .team_id = owner->team_id,
                                      .staff_id = staff_stand_in(&r->staff, owner->id, day) };
    if (owner)
        return (struct roster_owner){ .team_id = owner->team_id };
    return (struct roster_owner){ .team_id = policy ? policy->team_id : 0 };
}

utc_us roster_due(struct roster *r, unsigned staff_id, int day)
{
    struct work_time w;
    utc_us due;

    if (!works_on(r, staff_id, day, &w))
        return 0;
    due = contact_due(&w, day);
    return due > r->now ? due : 0;
}

static bool is_among(const unsigned *teams, size_t n, unsigned team_id)
{
    for (size_t i = 0; i < n; i++) {
        if (teams[i] == team_id)
            return true;
    }
    return false;
}

static enum rc read_room(struct db *db, const struct staff_member *m, int day, unsigned *room)
{
    char text[STAFF_DAY_SIZE];
    uint64_t load = 0;
    enum rc rc;

    staff_day_text(day, text);
    rc = db_query_u64(db, SQL_LOAD, DB_IN(db_u64(m->id), db_text(text), db_text(text)), &load);
    *room = load < m->capacity ? m->capacity - (unsigned)load : 0;
    return rc;
}

/* Who stands in for somebody of a team has a place beside it, whatever team it is. */
static bool stands_in(const struct roster *r, const unsigned *teams, size_t n_teams, unsigned id,
                      int day)
{
    for (size_t i = 0; i < r->staff.n_staff; i++) {
        const struct staff_member *m = &r->staff.staff[i];

        if (m->id != id && is_among(teams, n_teams, m->team_id) && staff_works_here(m, day) &&
            staff_stand_in(&r->staff, m->id, day) == id)
            return true;
    }
    return false;
}

enum rc roster_places(struct db *db, struct roster *r, const unsigned *teams, size_t n_teams,
                      int day, struct arena *arena, struct contact_place **places, size_t *n)
{
    enum rc rc = RC_OK;

    *n = 0;
    *places = arena_alloc(arena, (r->staff.n_staff + 1) * sizeof(**places));
    if (!*places)
        return RC_FAIL;
    for (size_t i = 0; !rc && i < r->staff.n_staff; i++) {
        const struct staff_member *m = &r->staff.staff[i];
        struct contact_place place = { .staff_id = m->id, .team_id = m->team_id };

        if ((!is_among(teams, n_teams, m->team_id) && !stands_in(r, teams, n_teams, m->id, day)) ||
            !roster_due(r, m->id, day))
            continue;
        rc = read_room(db, m, day, &place.room);
        (*places)[(*n)++] = place;
    }
    return rc;
}

/* --- a task --- */

static const char *topic_text(const struct contact_book *book, int id)
{
    for (size_t i = 0; i < book->n_topics; i++) {
        if (book->topics[i].id == (unsigned)id)
            return book->topics[i].text;
    }
    return NULL;
}

static enum rc copy(struct arena *arena, const char *text, const char **out)
{
    *out = arena_copy(arena, text, strlen(text));
    return *out ? RC_OK : RC_FAIL;
}

enum rc roster_draft(struct roster *r, const struct contact_given *given, int day,
                     struct arena *arena, struct contact_draft *out)
{
    const struct contact_score *score = &given->candidate.score;
    const struct staff_member *m = staff_book_member(&r->staff, given->staff_id);
    const enum contact_reason first = contact_score_first(score);
    char title[CONTACT_WORDS_SIZE], reasons[CONTACT_REASONS_SIZE];
    enum rc rc;

    *out = (struct contact_draft){ .customer_id = given->candidate.customer_id,
                                   .team_id = given->candidate.team_id,
                                   .staff_id = given->staff_id,
                                   .source = CONTACT_OF_LIST,
                                   .day = day,
                                   .due_at = roster_due(r, given->staff_id, day),
                                   .expected = "",
                                   .score = score->total,
                                   .created_by = "list" };
    contact_reason_words(first, score->numbers[first], topic_text(&r->book, score->numbers[first]),
                         m ? m->language : "fr", title);
    contact_score_write(score, reasons);
    rc = copy(arena, title, &out->title);
    return rc ? rc : copy(arena, reasons, &out->reasons);
}
