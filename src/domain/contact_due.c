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
