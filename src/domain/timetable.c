/* timetable.c - from day to day backwards. */
#include "domain/timetable.h"

#include <string.h>

#include "domain/hours.h"

#define ALL_DAYS  0x7F
#define DAYS_BACK 400
#define DAY_US    (SEC_PER_DAY * USEC_PER_SEC)

static const char day_names[7][4] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

/* --- as a person writes it --- */

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " ");
}

static bool read_time(const char **at, uint16_t *minute)
{
    static const char digits[] = "0123456789";
    const char *s = *at;
    const size_t h = strspn(s, digits);
    unsigned hour = 0, min;

    if (h < 1 || h > 2 || s[h] != ':' || strspn(s + h + 1, digits) != 2)
        return false;
    for (size_t i = 0; i < h; i++)
        hour = hour * 10 + (unsigned)(s[i] - '0');
    min = (unsigned)(s[h + 1] - '0') * 10 + (unsigned)(s[h + 2] - '0');
    *at = s + h + 3;
    *minute = (uint16_t)(hour * 60 + min);
    return hour < 24 && min < 60;
}

static void insert(struct timetable *t, uint16_t minute)
{
    size_t i = t->n_minutes;

    while (i > 0 && t->minutes[i - 1] > minute)
        i--;
    memmove(&t->minutes[i + 1], &t->minutes[i], (t->n_minutes - i) * sizeof(t->minutes[0]));
    t->minutes[i] = minute;
    t->n_minutes++;
}

enum rc timetable_set_times(struct timetable *t, const char *text, struct error *err)
{
    const char *at = skip_blanks(text);

    t->n_minutes = 0;
    do {
        uint16_t minute;

        if (!read_time(&at, &minute))
            return error_set(err, RC_INVALID,
                             "expected a time such as \"06:00\", or several with commas, got '%s'",
                             text);
        if (t->n_minutes == TIMETABLE_TIMES_MAX)
            return error_set(err, RC_INVALID, "expected at most %d times", TIMETABLE_TIMES_MAX);
        insert(t, minute);
        at = skip_blanks(at);
        if (*at && *at != ',')
            return error_set(err, RC_INVALID, "expected a comma after a time, got '%s'", text);
        at = skip_blanks(at + (*at == ','));
    } while (*at);
    return RC_OK;
}

static bool read_day(const char **at, unsigned *day)
{
    for (unsigned d = 0; d < 7; d++) {
        if (strncmp(*at, day_names[d], 3) == 0) {
            *day = d;
            *at += 3;
            return true;
        }
    }
    return false;
}

/* "sat" or "fri-mon". */
static bool read_days(const char **at, uint8_t *days)
{
    unsigned first, last;

    if (!read_day(at, &first))
        return false;
    last = first;
    if (**at == '-') {
        ++*at;
        if (!read_day(at, &last))
            return false;
    }
    for (unsigned d = first; d != last; d = (d + 1) % 7)
        *days |= (uint8_t)(1u << d);
    *days |= (uint8_t)(1u << last);
    return true;
}

enum rc timetable_set_days(struct timetable *t, const char *text, struct error *err)
{
    const char *at = skip_blanks(text);
    uint8_t days = 0;

    while (*at) {
        if (!read_days(&at, &days) || (*skip_blanks(at) && *skip_blanks(at) != ','))
            return error_set(err, RC_INVALID,
                             "expected days such as \"mon-fri\" or \"mon, wed, sat\", got '%s'",
                             text);
        at = skip_blanks(at);
        at = skip_blanks(at + (*at == ','));
    }
    t->days = days ? days : ALL_DAYS;
    return RC_OK;
}

/* --- backwards --- */

static bool is_a_day(const struct timetable *t, const struct civil *date)
{
    return t->days & 1u << hours_weekday(date) &&
           !(t->country && holiday_is(t->book, t->country, "", date));
}

static enum rc last_multiple(const struct timetable *t, struct local_zone *zone, utc_us at,
                             utc_us *due)
{
    for (utc_us i = at - at % t->every_us; at - i < DAYS_BACK * DAY_US; i -= t->every_us) {
        const struct civil wall = local_zone_civil(zone, i);

        if (is_a_day(t, &wall)) {
            *due = i;
            return RC_OK;
        }
    }
    return RC_NOTFOUND;
}

static struct civil date_before(const struct civil *date, int days)
{
    const struct civil noon = {
        .year = date->year, .month = date->month, .day = date->day, .hour = 12
    };

    return clock_civil(clock_from_civil(&noon) - days * DAY_US);
}

enum rc timetable_last(const struct timetable *t, struct local_zone *zone, utc_us at, utc_us *due)
{
    const struct civil today = local_zone_civil(zone, at);

    if (t->every_us > 0)
        return last_multiple(t, zone, at, due);
    for (int back = 0; back < DAYS_BACK; back++) {
        struct civil wall = date_before(&today, back);

        for (size_t i = is_a_day(t, &wall) ? t->n_minutes : 0; i > 0; i--) {
            utc_us then;

            wall.hour = t->minutes[i - 1] / 60;
            wall.minute = t->minutes[i - 1] % 60;
            then = local_zone_to_utc(zone, &wall);
            if (then <= at) {
                *due = then;
                return RC_OK;
            }
        }
    }
    return RC_NOTFOUND;
}
