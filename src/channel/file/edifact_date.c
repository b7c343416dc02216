/* edifact_date.c - the forms of element 2379 that name a day, as patterns. */
#include "channel/file/edifact_date.h"

#include <stdio.h>
#include <string.h>

/* C century, Y year, M month, D day, h hour, m minute, s second; z: what follows is the offset,
 * such as "UTC", "+01" or "+0100". A period is two of them, with or without a dash. */
static const struct form {
    const char *code, *pattern;
    bool period;
} forms[] = {
    { "2", "DDMMYY", false },
    { "3", "MMDDYY", false },
    { "4", "DDMMCCYY", false },
    { "5", "DDMMCCYYhhmm", false },
    { "101", "YYMMDD", false },
    { "102", "CCYYMMDD", false },
    { "201", "YYMMDDhhmm", false },
    { "202", "YYMMDDhhmmss", false },
    { "203", "CCYYMMDDhhmm", false },
    { "204", "CCYYMMDDhhmmss", false },
    { "205", "CCYYMMDDhhmmz", false },
    { "301", "YYMMDDhhmmz", false },
    { "302", "YYMMDDhhmmssz", false },
    { "303", "CCYYMMDDhhmmz", false },
    { "304", "CCYYMMDDhhmmssz", false },
    { "711", "CCYYMMDD", true },
    { "717", "YYMMDD", true },
    { "718", "CCYYMMDD", true },
    { "719", "CCYYMMDDhhmm", true },
};

struct parts {
    int century, year, month, day, hour, minute, second;
    bool has_time;
};

static bool add_digit(struct parts *p, char what, char digit)
{
    const int d = digit - '0';

    if (digit < '0' || digit > '9')
        return false;
    switch (what) {
    case 'C':
        p->century = p->century * 10 + d;
        break;
    case 'Y':
        p->year = p->year * 10 + d;
        break;
    case 'M':
        p->month = p->month * 10 + d;
        break;
    case 'D':
        p->day = p->day * 10 + d;
        break;
    case 'h':
        p->hour = p->hour * 10 + d;
        p->has_time = true;
        break;
    case 'm':
        p->minute = p->minute * 10 + d;
        break;
    case 's':
        p->second = p->second * 10 + d;
        break;
    }
    return true;
}

/* "UTC", "GMT", "Z", "+01", "-0330", "+01:00" -> as ISO writes it. */
static bool take_offset(const char *text, size_t len, char out[8])
{
    static const char *const zero[] = { "UTC", "GMT", "Z" };
    char digits[5];
    size_t n = 0;

    for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++) {
        if (strlen(zero[i]) == len && memcmp(text, zero[i], len) == 0) {
            memcpy(out, "Z", 2);
            return true;
        }
    }
    if (len < 2 || len > 6 || (*text != '+' && *text != '-'))
        return false;
    for (size_t i = 1; i < len; i++) {
        if (text[i] == ':' && i == 3)
            continue;
        if (text[i] < '0' || text[i] > '9' || n == 4)
            return false;
        digits[n++] = text[i];
    }
    if (n == 2)
        memcpy(digits + 2, "00", 2);
    else if (n != 4)
        return false;
    snprintf(out, 8, "%c%.2s:%.2s", *text, digits, digits + 2);
    return true;
}

static bool by_pattern(const char *text, size_t len, const char *pattern,
                       char out[EDIFACT_DATE_SIZE])
{
    const bool zoned = strchr(pattern, 'z') != NULL;
    const size_t digits = strlen(pattern) - zoned;
    struct parts p = { 0 };
    char offset[8] = "";
    int n;

    if (zoned ? len < digits : len != digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (!add_digit(&p, pattern[i], text[i]))
            return false;
    }
    if (zoned && len > digits && !take_offset(text + digits, len - digits, offset))
        return false;
    if (!strchr(pattern, 'C'))
        p.century = p.year < 70 ? 20 : 19;
    n = snprintf(out, EDIFACT_DATE_SIZE, "%02d%02d-%02d-%02d", p.century, p.year, p.month, p.day);
    if (p.has_time)
        n += snprintf(out + n, EDIFACT_DATE_SIZE - (size_t)n, "T%02d:%02d:%02d", p.hour, p.minute,
                      p.second);
    snprintf(out + n, EDIFACT_DATE_SIZE - (size_t)n, "%s", offset);
    return true;
}

static bool by_form(const struct form *form, const char *text, size_t len, bool end,
                    char out[EDIFACT_DATE_SIZE])
{
    const size_t half = strlen(form->pattern);

    if (!form->period)
        return !end && by_pattern(text, len, form->pattern, out);
    if (len != 2 * half && !(len == 2 * half + 1 && text[half] == '-'))
        return false;
    return by_pattern(end ? text + len - half : text, half, form->pattern, out);
}

bool edifact_date(const char *text, size_t len, const char *form, bool end,
                  char out[EDIFACT_DATE_SIZE])
{
    *out = '\0';
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(forms[i].code, form) == 0)
            return by_form(&forms[i], text, len, end, out);
    }
    return false;
}
