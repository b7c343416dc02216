/* fuzz_calendar.c - a line of holidays, and behind it the hours of a campaign: neither does harm,
 * and what is said to be open next is open, and was not before. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "domain/calendar.h"

#define TEXT_MAX 1000
#define SPRING \
    (INT64_C(1774663200) * USEC_PER_SEC) /* the night of 2026-03-28, before summer time */

static void check_calendar(const struct calendar *c)
{
    utc_us open = calendar_next_open(c, SPRING), close;

    if (open == CALENDAR_NEVER)
        return;
    if (open < SPRING || !calendar_is_open(c, open))
        abort();
    if (open > SPRING && (calendar_is_open(c, open - 1) || calendar_is_open(c, SPRING)))
        abort();
    close = calendar_next_close(c, open);
    if (close != CALENDAR_NEVER && (calendar_is_open(c, close) || !calendar_is_open(c, close - 1)))
        abort();
    if (close != CALENDAR_NEVER && calendar_add_open(c, SPRING, close - open) != close)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct local_zone *zone;
    static struct holiday_book book;
    struct calendar_rules rules = { .book = &book };
    struct calendar c = { .rules = &rules, .country = "FR", .region = "AM" };
    char text[TEXT_MAX + 1], *hours;
    struct error err;

    if (!zone && local_zone_open("Europe/Paris", &zone, NULL))
        abort();
    if (size > TEXT_MAX)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    hours = strchr(text, '\n');
    if (hours)
        *hours++ = '\0';
    book.n = 0;
    memset(&book.countries[0], 0, sizeof(book.countries[0]));
    c.zone = zone;
    if (holiday_book_add(&book, "FR", text, &err) == RC_OK && book.n > 1)
        abort();
    if (hours_add_list(&c.own, hours ? hours : "", &err) == RC_OK)
        check_calendar(&c);
    return 0;
}
