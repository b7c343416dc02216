/* clock.c - wall time that can be turned, and civil dates without locale or time zone. */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

static _Atomic int64_t shift_us;

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

utc_us clock_now(void)
{
    return read_clock(CLOCK_REALTIME) + atomic_load_explicit(&shift_us, memory_order_relaxed);
}

int64_t clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void clock_shift(int64_t us)
{
    atomic_fetch_add_explicit(&shift_us, us, memory_order_relaxed);
}

/* Days since the epoch <-> civil date, with March as the first month so that leap days come last.
 */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

struct civil clock_civil(utc_us at)
{
    int64_t day_us = SEC_PER_DAY * USEC_PER_SEC;
    int64_t days = at >= 0 ? at / day_us : -((-at + day_us - 1) / day_us);
    int64_t rest = at - days * day_us;
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    int64_t seconds = rest / USEC_PER_SEC;

    return (struct civil){
        .year = (int)(year_of_era + era * 400 + (month >= 10)),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
        .hour = (int)(seconds / 3600),
        .minute = (int)(seconds / 60 % 60),
        .second = (int)(seconds % 60),
        .usec = (int)(rest % USEC_PER_SEC),
    };
}

utc_us clock_from_civil(const struct civil *c)
{
    int64_t days = days_from_civil(c->year, c->month, c->day);

    return ((days * 24 + c->hour) * 3600 + c->minute * 60 + c->second) * USEC_PER_SEC + c->usec;
}

const char *clock_format(utc_us at, char buf[CLOCK_TEXT_SIZE])
{
    struct civil c = clock_civil(at);

    snprintf(buf, CLOCK_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ", (unsigned)c.year % 10000,
             (unsigned)c.month % 100, (unsigned)c.day % 100, (unsigned)c.hour % 100,
             (unsigned)c.minute % 100, (unsigned)c.second % 100, (unsigned)c.usec % 1000000);
    return buf;
}

const char *clock_minute(utc_us at, char buf[CLOCK_TEXT_SIZE])
{
    clock_format(at, buf);
    buf[10] = ' ';
    buf[16] = '\0';
    return buf;
}
