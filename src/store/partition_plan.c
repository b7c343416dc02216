/* partition_plan.c - months and their bounds. */
#include "store/partition_plan.h"

#include <stdio.h>
#include <string.h>

#include "store/timed_id.h"

utc_us month_begin(utc_us at, int months)
{
    const struct civil c = clock_civil(at);
    const int month = c.year * 12 + c.month - 1 + months;

    return clock_from_civil(
        &(struct civil){ .year = month / 12, .month = month % 12 + 1, .day = 1 });
}

bool partition_list_ours(const struct partition *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (list[i].below <= list[i - 1].below)
            return false;
    }
    return n >= 2 && list[n - 1].below == PARTITION_NO_BOUND &&
           strcmp(list[n - 1].name, PARTITION_FUTURE) == 0;
}

size_t partition_plan_make(const struct partition *list, size_t n, utc_us now,
                           struct partition make[PARTITION_AHEAD + 1])
{
    const uint64_t last = list[n - 2].below;
    size_t made = 0;

    for (int m = 0; m <= PARTITION_AHEAD; m++) {
        const utc_us begin = month_begin(now, m), end = month_begin(now, m + 1);
        const struct civil c = clock_civil(begin);

        if (timed_id_at(end) <= last)
            continue;
        make[made] = (struct partition){ .below = timed_id_at(end) };
        snprintf(make[made++].name, PARTITION_NAME_SIZE, "p%04u%02u", (unsigned)c.year % 10000,
                 (unsigned)c.month % 100);
    }
    return made;
}

const struct partition *partition_plan_drop(const struct partition *list, size_t n, utc_us now,
                                            int64_t keep_us)
{
    /* p_future stays, and so does the last month before it: it is where the bounds go on from. */
    if (!keep_us || n < 3 || list[0].below > timed_id_at(now - keep_us))
        return NULL;
    return &list[0];
}
