/* work_time.c - from one stretch of open time to the next: hours and holidays are the calendar's,
 * days away are cut out of it here. */
#include "domain/work_time.h"

#include <string.h>

#define HORIZON_US (800 * SEC_PER_DAY * USEC_PER_SEC)

/* --- whose --- */

static enum rc set_up(const struct team *team, const char *timezone, const char *hours,
                      struct zone_shelf *zones, struct holiday_book *holidays,
                      struct work_time *out)
{
    *out = (struct work_time){ .calendar.zone = zone_shelf_get(zones, timezone),
                               .rules = { .regional = true, .book = holidays } };
    memcpy(out->calendar.country, team->country, sizeof(out->calendar.country));
    memcpy(out->calendar.region, team->region, sizeof(out->calendar.region));
    out->calendar.rules = &out->rules;
    return hours_add_list(&out->rules.hours, hours, NULL);
}

enum rc work_time_of_staff(const struct staff_book *book, unsigned staff_id,
                           struct zone_shelf *zones, struct holiday_book *holidays,
                           struct work_time *out)
{
    const struct staff_member *member = staff_book_member(book, staff_id);
    const struct team *team = member ? staff_book_team(book, member->team_id) : NULL;
    enum rc rc;

    if (!team)
        return RC_NOTFOUND;
    rc = set_up(team, *member->timezone ? member->timezone : team->timezone,
                *member->hours ? member->hours : team->hours, zones, holidays, out);
    out->staff = book;
    out->staff_id = staff_id;
    return rc;
}

enum rc work_time_of_team(const struct staff_book *book, unsigned team_id, struct zone_shelf *zones,
                          struct holiday_book *holidays, struct work_time *out)
{
    const struct team *team = staff_book_team(book, team_id);

    return team ? set_up(team, team->timezone, team->hours, zones, holidays, out) : RC_NOTFOUND;
}

/* --- days there --- */

int work_time_day(const struct work_time *w, utc_us at)
{
    const struct civil wall = local_zone_civil(w->calendar.zone, at);

    return staff_day(&wall);
}

utc_us work_time_at(const struct work_time *w, int day, unsigned minute)
{
    struct civil wall = staff_day_civil(minute < 1440 ? day : staff_day_add(day, 1));

    wall.hour = (int)(minute % 1440 / 60);
    wall.minute = (int)(minute % 60);
    return local_zone_to_utc(w->calendar.zone, &wall);
}

/* --- hours there, but for those who are away --- */

/* Whether the person is there on the day of `at`. If not: *back is when the next day begins on
 * which that may be so. */
static bool is_there(const struct work_time *w, utc_us at, utc_us *back)
{
    const struct staff_member *member = w->staff ? staff_book_member(w->staff, w->staff_id) : NULL;
    const struct staff_absence *away;
    int day;

    if (!member)
        return true;
    day = work_time_day(w, at);
    away = staff_absence_on(w->staff, w->staff_id, day);
    *back = away && staff_works_here(member, day) ? work_time_at(w, away->to_day, 1440)
                                                  : CALENDAR_NEVER;
    return !away && staff_works_here(member, day);
}

/* When the next absence begins, or the person leaves, after an instant at which he is there. */
static utc_us next_gone(const struct work_time *w, utc_us at)
{
    const struct staff_member *member = w->staff ? staff_book_member(w->staff, w->staff_id) : NULL;
    const struct staff_absence *next;
    int day = 0;

    if (!member)
        return CALENDAR_NEVER;
    next = staff_absence_after(w->staff, w->staff_id, work_time_day(w, at));
    if (next)
        day = next->from_day;
    if (member->left_on && (!day || member->left_on < day))
        day = member->left_on;
    return day ? work_time_at(w, day, 0) : CALENDAR_NEVER;
}

bool work_time_is_open(const struct work_time *w, utc_us at)
{
    utc_us back;

    return calendar_is_open(&w->calendar, at) && is_there(w, at, &back);
}

utc_us work_time_next_open(const struct work_time *w, utc_us at)
{
    utc_us t = at, back;

    while (t - at < HORIZON_US) {
        t = calendar_next_open(&w->calendar, t);
        if (t == CALENDAR_NEVER || is_there(w, t, &back))
            return t;
        if (back == CALENDAR_NEVER)
            return back;
        t = back;
    }
    return CALENDAR_NEVER;
}

utc_us work_time_add(const struct work_time *w, utc_us from, int64_t us)
{
    for (;;) {
        const utc_us open = work_time_next_open(w, from);
        utc_us close, gone;

        if (open == CALENDAR_NEVER)
            return CALENDAR_NEVER;
        close = calendar_next_close(&w->calendar, open);
        gone = next_gone(w, open);
        if (gone < close)
            close = gone;
        if (close == CALENDAR_NEVER || close - open >= us)
            return open + us;
        us -= close - open;
        from = close;
    }
}

int work_time_day_after(const struct work_time *w, int day, unsigned n)
{
    for (unsigned i = 0;; i++) {
        const utc_us open = work_time_next_open(w, work_time_at(w, day, i || n ? 1440 : 0));

        if (open == CALENDAR_NEVER)
            return 0;
        day = work_time_day(w, open);
        if (i + 1 >= n)
            return day;
    }
}
