/* hours.c - days and times of a week. */
#include "domain/hours.h"

#include <ctype.h>
#include <string.h>

#define MINUTES_A_DAY 1440

static const char day_names[7][4] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

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

/* "mon-fri" and "sat"; "fri-mon" goes over the weekend. */
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
    for (unsigned d = first;; d = (d + 1) % 7) {
        *days |= (uint8_t)(1u << d);
        if (d == last)
            return true;
    }
}

static bool read_number(const char **at, unsigned max, unsigned *n)
{
    size_t digits = strspn(*at, "0123456789");

    if (digits == 0 || digits > 2)
        return false;
    *n = 0;
    for (size_t i = 0; i < digits; i++)
        *n = *n * 10 + (unsigned)((*at)[i] - '0');
    *at += digits;
    return *n <= max;
}

static bool read_time(const char **at, uint16_t *minute)
{
    unsigned h, m;

    if (!read_number(at, 24, &h) || *(*at)++ != ':' || !read_number(at, 59, &m))
        return false;
    *minute = (uint16_t)(h * 60 + m);
    return *minute <= MINUTES_A_DAY;
}

static bool read_span(const char *text, struct hours_span *span)
{
    const char *at = text;

    *span = (struct hours_span){ 0 };
    if (isalpha((unsigned char)*at)) {
        if (!read_days(&at, &span->days) || *at++ != ' ')
            return false;
    } else {
        span->days = 0x7f;
    }
    return read_time(&at, &span->from) && *at++ == '-' && read_time(&at, &span->to) && !*at &&
           span->from < span->to;
}

enum rc hours_add(struct hours *hours, const char *text, struct error *err)
{
    struct hours_span span;

    if (!read_span(text, &span))
        return error_set(err, RC_INVALID,
                         "expected days and times such as \"mon-fri 08:00-20:00\", got '%s'", text);
    if (hours->n == HOURS_SPANS_MAX)
        return error_set(err, RC_INVALID, "expected at most %d of them", HOURS_SPANS_MAX);
    hours->spans[hours->n++] = span;
    return RC_OK;
}

enum rc hours_add_list(struct hours *hours, const char *text, struct error *err)
{
    size_t begin = hours->n;
    enum rc rc = RC_OK;

    while (!rc && *text) {
        char item[40];
        size_t len = strcspn(text, ","), shown;
        bool has_days;

        while (len > 0 && *text == ' ') {
            text++;
            len--;
        }
        shown = len < sizeof(item) ? len : sizeof(item) - 1;
        memcpy(item, text, shown);
        item[shown] = '\0';
        has_days = isalpha((unsigned char)*item);
        rc = hours_add(hours, item, err);
        if (!rc && !has_days && hours->n > begin + 1)
            hours->spans[hours->n - 1].days = hours->spans[hours->n - 2].days;
        text += len + (text[len] == ',');
    }
    return rc;
}

unsigned hours_weekday(const struct civil *date)
{
    const struct civil midnight = { .year = date->year, .month = date->month, .day = date->day };
    int64_t day = clock_from_civil(&midnight) / (SEC_PER_DAY * USEC_PER_SEC);

    return (unsigned)((day + 3) % 7); /* 1970-01-01 was a Thursday */
}

bool hours_are_open(const struct hours *hours, const struct civil *wall)
{
    unsigned minute = (unsigned)(wall->hour * 60 + wall->minute);
    unsigned day = hours_weekday(wall);

    for (size_t i = 0; i < hours->n; i++) {
        const struct hours_span *s = &hours->spans[i];
        if (s->days & 1u << day && minute >= s->from && minute < s->to)
            return true;
    }
    return hours->n == 0;
}
