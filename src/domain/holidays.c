/* holidays.c - public holidays. */
#include "domain/holidays.h"

#include <stdio.h>
#include <string.h>

#define DAY_US (SEC_PER_DAY * USEC_PER_SEC)

/* Code du travail, art. L3133-1. */
static const struct holiday france[] = {
    { 0, 1, 1 },  { 0, 0, 1 },  { 0, 5, 1 },  { 0, 5, 8 },   { 0, 0, 39 },  { 0, 0, 50 },
    { 0, 7, 14 }, { 0, 8, 15 }, { 0, 11, 1 }, { 0, 11, 11 }, { 0, 12, 25 },
};

/* Alsace and Moselle: Code du travail, art. L3134-13. Overseas, the abolition of slavery: decree
 * 83-1003 of 23 November 1983. */
static const struct regional {
    const char *region;
    struct holiday day;
} regional[] = {
    { "AM", { 0, 0, -2 } },  { "AM", { 0, 12, 26 } }, { "971", { 0, 5, 27 } },
    { "972", { 0, 5, 22 } }, { "973", { 0, 6, 10 } }, { "974", { 0, 12, 20 } },
    { "976", { 0, 4, 27 } }, { "977", { 0, 10, 9 } }, { "978", { 0, 5, 28 } },
};

/* The anonymous Gregorian computus (Nature, 20 April 1876; Meeus, Astronomical Algorithms, ch. 8).
 */
struct civil easter_sunday(int year)
{
    int a = year % 19, b = year / 100, c = year % 100;
    int d = b / 4, e = b % 4, g = (8 * b + 13) / 25;
    int h = (19 * a + b - d - g + 15) % 30;
    int i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7;
    int m = (a + 11 * h + 19 * l) / 433;
    int month = (h + l - 7 * m + 90) / 25;

    return (struct civil){ .year = year,
                           .month = month,
                           .day = (h + l - 7 * m + 33 * month + 19) % 32 };
}

static bool matches(const struct holiday *h, const struct civil *date)
{
    struct civil from;

    if (h->month)
        return h->month == date->month && h->day == date->day &&
               (!h->year || h->year == date->year);
    from = easter_sunday(date->year);
    from = clock_civil(clock_from_civil(&from) + h->day * DAY_US);
    return from.month == date->month && from.day == date->day && from.year == date->year;
}

/* The place of a country in the book; book->n: it has none. */
static size_t find(const struct holiday_book *book, const char *country)
{
    size_t i = 0;

    while (i < book->n && strcmp(book->countries[i].code, country) != 0)
        i++;
    return i;
}

static bool told_by_book(const struct holiday_book *book, const char *country,
                         const struct civil *date)
{
    size_t at = book ? find(book, country) : 0;

    if (!book || at == book->n)
        return false;
    for (size_t i = 0; i < book->countries[at].n; i++) {
        if (matches(&book->countries[at].days[i], date))
            return true;
    }
    return false;
}

bool holiday_region_is_good(const char *country, const char *region)
{
    if (!*region || strcmp(country, "FR") != 0)
        return true;
    for (size_t i = 0; i < sizeof(regional) / sizeof(regional[0]); i++) {
        if (strcmp(regional[i].region, region) == 0)
            return true;
    }
    return false;
}

bool holiday_is(const struct holiday_book *book, const char *country, const char *region,
                const struct civil *date)
{
    if (told_by_book(book, country, date))
        return true;
    if (strcmp(country, "FR") != 0)
        return false;
    for (size_t i = 0; i < sizeof(france) / sizeof(france[0]); i++) {
        if (matches(&france[i], date))
            return true;
    }
    for (size_t i = 0; i < sizeof(regional) / sizeof(regional[0]); i++) {
        if (strcmp(regional[i].region, region) == 0 && matches(&regional[i].day, date))
            return true;
    }
    return false;
}

/* --- lines --- */

static bool read_digits(const char **at, size_t n, short *out)
{
    *out = 0;
    for (size_t i = 0; i < n; i++, ++*at) {
        if (**at < '0' || **at > '9')
            return false;
        *out = (short)(*out * 10 + (**at - '0'));
    }
    return true;
}

/* "2026-12-26" or "*-12-26". */
static bool read_date(const char **at, struct holiday *h)
{
    struct civil there;

    if (**at == '*')
        ++*at;
    else if (!read_digits(at, 4, &h->year) || h->year == 0)
        return false;
    if (*(*at)++ != '-' || !read_digits(at, 2, &h->month) || *(*at)++ != '-' ||
        !read_digits(at, 2, &h->day))
        return false;
    if (h->month < 1 || h->month > 12 || h->day < 1)
        return false;
    /* A day that there is: the 29th of February is one in some years. */
    there = (struct civil){ .year = h->year ? h->year : 2024, .month = h->month, .day = h->day };
    there = clock_civil(clock_from_civil(&there));
    return there.month == h->month && there.day == h->day;
}

/* "easter", "easter+39", "easter-2". */
static bool read_easter(const char **at, struct holiday *h)
{
    int sign = **at == '-' ? -1 : 1;
    size_t digits;

    if (**at != '+' && **at != '-')
        return true;
    ++*at;
    digits = strspn(*at, "0123456789");
    if (digits < 1 || digits > 2 || !read_digits(at, digits, &h->day))
        return false;
    h->day = (short)(sign * h->day);
    return true;
}

static bool read_line(const char *line, struct holiday *h)
{
    const char *at = line;
    bool good;

    *h = (struct holiday){ 0 };
    if (strncmp(at, "easter", 6) == 0) {
        at += 6;
        good = read_easter(&at, h);
    } else {
        good = read_date(&at, h);
    }
    return good && strchr(" \t\r\n", *at); /* the name, or the end */
}

enum rc holiday_book_add(struct holiday_book *book, const char *country, const char *line,
                         struct error *err)
{
    struct holiday_country *c;
    struct holiday h;
    size_t at;

    line += strspn(line, " \t");
    if (strchr("#\r\n", *line))
        return RC_OK;
    if (!read_line(line, &h))
        return error_set(err, RC_INVALID,
                         "expected a day such as \"2026-12-26\", \"*-12-26\" or \"easter+1\" and "
                         "its name, got '%.40s'",
                         line);
    at = find(book, country);
    if (at == HOLIDAY_COUNTRIES_MAX)
        return error_set(err, RC_INVALID, "expected at most %d countries", HOLIDAY_COUNTRIES_MAX);
    c = &book->countries[at];
    if (at == book->n) {
        book->n++;
        snprintf(c->code, sizeof(c->code), "%s", country);
    }
    if (c->n == HOLIDAYS_MAX)
        return error_set(err, RC_INVALID, "expected at most %d days", HOLIDAYS_MAX);
    c->days[c->n++] = h;
    return RC_OK;
}
