/* contact_due.c - from opening to closing, until the day is over. */
#include "domain/contact_due.h"

utc_us contact_due(const struct work_time *w, int day)
{
    const utc_us midnight = work_time_at(w, day, 24 * 60);
    utc_us end = midnight;

    for (utc_us at = work_time_at(w, day, 0); at < midnight;) {
        const utc_us open = work_time_next_open(w, at);

        if (open >= midnight)
            break;
        at = calendar_next_close(&w->calendar, open);
        end = at < midnight ? at : midnight;
    }
    return end;
}

int contact_day_left(const struct work_time *w, int day, utc_us now)
{
    const int today = work_time_day(w, now);
    int left = work_time_day_after(w, day > today ? day : today, 0);

    if (left && contact_due(w, left) <= now)
        left = work_time_day_after(w, left, 1);
    return left;
}

const char *contact_rest_name(enum contact_rest rest)
{
    static const char *const names[] = {
        [CONTACT_AT_WORK] = "", [CONTACT_REST_DAY] = "day", [CONTACT_REST_HOUR] = "hour"
    };

    return names[rest];
}

/* Work ends at an instant that is none of it; "at six" is when it does, and not after. */
static bool is_of_work(const struct work_time *w, utc_us at)
{
    return work_time_is_open(w, at) || work_time_is_open(w, at - 1);
}

void contact_due_agreed(const struct work_time *w, utc_us at, struct contact_agreed *out)
{
    const int day = work_time_day(w, at),
              left = is_of_work(w, at) ? 0 : contact_day_left(w, day, at);

    *out = (struct contact_agreed){
        .wall = local_zone_civil(w->calendar.zone, at), .has_hour = true, .day = day, .due_at = at
    };
    if (!left) /* or they never work: then no other day is better */
        return;
    out->rest = work_time_day_after(w, day, 0) == day ? CONTACT_REST_HOUR : CONTACT_REST_DAY;
    out->day = left;
    out->due_at = contact_due(w, left);
}

void contact_due_agreed_day(const struct work_time *w, int day, struct contact_agreed *out)
{
    const int first = work_time_day_after(w, day, 0);

    *out = (struct contact_agreed){ .wall = staff_day_civil(day), .day = first ? first : day };
    out->rest = out->day == day ? CONTACT_AT_WORK : CONTACT_REST_DAY;
    out->due_at = contact_due(w, out->day);
}
