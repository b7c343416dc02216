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
