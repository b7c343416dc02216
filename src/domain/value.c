/* value.c - numbers, dates and yes/no as people write them in files. */
#include "domain/value.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "domain/local_time.h"

#define DIGITS_MAX 15 /* of a number, scale included: far from the end of int64_t */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The length of the space at `s`: ASCII, no-break U+00A0, narrow no-break U+202F; 0: none. */
static size_t space_len(const char *s)
{
    if (*s == ' ' || *s == '\t')
        return 1;
    if (memcmp(s, "\xc2\xa0", strnlen(s, 2)) == 0 && s[0])
        return 2;
    if (s[0] == '\xe2' && s[1] == '\x80' && s[2] == '\xaf')
        return 3;
    return 0;
}

static const char *skip_spaces(const char *s)
{
    size_t len;

    while ((len = space_len(s)) > 0)
        s += len;
    return s;
}

/* Which of ',' and '.' is the decimal sign in `text`; '\0': neither is. */
static char decimal_sign(const char *text, enum decimal_form form)
{
    const char *comma = strrchr(text, ','), *dot = strrchr(text, '.');

    if (form == DECIMAL_COMMA)
        return ',';
    if (form == DECIMAL_DOT)
        return '.';
    if (comma && dot)
        return comma > dot ? ',' : '.';
    return comma ? ',' : '.';
}

static enum rc only_unit_left(const char *s, const char *unit)
{
    s = skip_spaces(s);
    if (*s && unit && strncasecmp(s, unit, strlen(unit)) == 0)
        s = skip_spaces(s + strlen(unit));
    else if (strncmp(s, "€", strlen("€")) == 0 && unit && strcmp(unit, "EUR") == 0)
        s = skip_spaces(s + strlen("€"));
    return *s ? RC_INVALID : RC_OK;
}

enum rc value_decimal(const char *text, enum decimal_form form, unsigned scale, const char *unit,
                      int64_t *value)
{
    const char sign = decimal_sign(text, form), group = sign == ',' ? '.' : ',';
    bool negative = false, fraction = false;
    unsigned decimals = 0, digits = 0;
    int64_t v = 0;
    const char *s = skip_spaces(text);
    size_t space;

    if (*s == '-' || *s == '+')
        negative = *s++ == '-';
    for (;; s++) {
        if (is_digit(*s)) {
            if (fraction && decimals == scale) {
                if (*s != '0')
                    return RC_INVALID;
                continue;
            }
            if (++digits > DIGITS_MAX)
                return RC_INVALID;
            v = v * 10 + (*s - '0');
            decimals += fraction;
        } else if (*s == sign && !fraction && digits) {
            fraction = true;
        } else if (!fraction && digits && *s == group && is_digit(s[1])) {
            continue;
        } else if (!fraction && digits && (space = space_len(s)) > 0 && is_digit(s[space])) {
            s += space - 1;
        } else {
            break;
        }
    }
    if (!digits || only_unit_left(s, unit))
        return RC_INVALID;
    for (; decimals < scale; decimals++) {
        if (++digits > DIGITS_MAX + 3)
            return RC_INVALID;
        v *= 10;
    }
    *value = negative ? -v : v;
    return RC_OK;
}

/* Reads min to max digits; false when there are not as many. */
static bool take_number(const char **s, unsigned min, unsigned max, int *value)
{
    unsigned n = 0;
    int v = 0;

    while (n < max && is_digit((*s)[n]))
        v = v * 10 + ((*s)[n++] - '0');
    if (n < min)
        return false;
    *s += n;
    *value = v;
    return true;
}

static bool take_char(const char **s, const char *any)
{
    if (!**s || !strchr(any, **s))
        return false;
    ++*s;
    return true;
}

static bool date_is_real(const struct civil *c)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;

    return c->year >= 1900 && c->year <= 2199 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days[c->month - 1] + (leap && c->month == 2);
}

static bool take_date(const char **s, enum date_form form, struct civil *c)
{
    const char *at = *s;
    int first, second;

    if (take_number(&at, 4, 4, &c->year)) {
        if (take_char(&at, "-/.")) {
            *s = at;
            return take_number(s, 1, 2, &c->month) && take_char(s, "-/.") &&
                   take_number(s, 1, 2, &c->day);
        }
        if (is_digit(*at)) { /* 20261123 */
            *s = at;
            return take_number(s, 2, 2, &c->month) && take_number(s, 2, 2, &c->day);
        }
        return false;
    }
    if (form == DATE_ISO)
        return false;
    if (!take_number(s, 1, 2, &first) || !take_char(s, "-/.") || !take_number(s, 1, 2, &second) ||
        !take_char(s, "-/.") || !take_number(s, 4, 4, &c->year))
        return false;
    c->day = form == DATE_DMY ? first : second;
    c->month = form == DATE_DMY ? second : first;
    return true;
}

static bool take_clock(const char **s, struct civil *c)
{
    int scale = 100000;

    if (!take_number(s, 1, 2, &c->hour) || !take_char(s, ":hH") ||
        !take_number(s, 2, 2, &c->minute))
        return false;
    if (take_char(s, ":")) {
        if (!take_number(s, 2, 2, &c->second))
            return false;
        if (take_char(s, ".,")) {
            if (!is_digit(**s))
                return false;
            for (; is_digit(**s); ++*s, scale /= 10)
                c->usec += (**s - '0') * scale;
        }
    }
    return c->hour <= 23 && c->minute <= 59 && c->second <= 59;
}

/* "Z", "+01:00", "+0100", "+01" */
static bool take_offset(const char **s, utc_us *offset)
{
    const bool west = **s == '-';
    int hours, minutes = 0;

    if (take_char(s, "zZ")) {
        *offset = 0;
        return true;
    }
    if (!take_char(s, "+-") || !take_number(s, 2, 2, &hours))
        return false;
    if (**s) {
        take_char(s, ":");
        if (!take_number(s, 2, 2, &minutes))
            return false;
    }
    if (hours > 14 || minutes > 59)
        return false;
    *offset = (utc_us)(hours * 60 + minutes) * 60 * USEC_PER_SEC * (west ? -1 : 1);
    return true;
}

enum rc value_time(const char *text, enum date_form form, struct local_zone *zone, utc_us *at)
{
    struct civil c = { 0 };
    const char *s = skip_spaces(text);
    bool has_offset = false;
    utc_us offset = 0;

    if (!take_date(&s, form, &c) || !date_is_real(&c))
        return RC_INVALID;
    if (*s == 'Z' || *s == '+' || (*s == '-' && is_digit(s[1]))) { /* xs:date may have an offset */
        has_offset = take_offset(&s, &offset);
    } else if (*s == 'T' || space_len(s)) {
        s = *s == 'T' ? s + 1 : skip_spaces(s);
        if (*s && !take_clock(&s, &c))
            return RC_INVALID;
        s = skip_spaces(s);
        if (*s)
            has_offset = take_offset(&s, &offset);
    }
    if (*skip_spaces(s))
        return RC_INVALID;
    *at = has_offset ? clock_from_civil(&c) - offset : local_zone_to_utc(zone, &c);
    return RC_OK;
}

enum rc value_date(const char *text, enum date_form form, struct civil *date)
{
    struct civil c = { 0 };
    const char *s = skip_spaces(text);

    if (!take_date(&s, form, &c) || !date_is_real(&c) || *skip_spaces(s))
        return RC_INVALID;
    *date = c;
    return RC_OK;
}

void value_date_text(const struct civil *date, char out[DATE_TEXT_SIZE])
{
    snprintf(out, DATE_TEXT_SIZE, "%04u-%02u-%02u", (unsigned)date->year % 10000,
             (unsigned)date->month % 100, (unsigned)date->day % 100);
}

enum rc value_yes_no(const char *text, bool *yes)
{
    static const struct {
        const char *word;
        bool yes;
    } words[] = {
        { "yes", true },     { "no", false },        { "oui", true },  { "non", false },
        { "1", true },       { "0", false },         { "true", true }, { "false", false },
        { "y", true },       { "n", false },         { "o", true },    { "ja", true },
        { "nein", false },   { "j", true },          { "si", true },   { "vrai", true },
        { "faux", false },   { "on", true },         { "off", false }, { "sí", true },
        { "granted", true }, { "withdrawn", false },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(text, words[i].word) == 0) {
            *yes = words[i].yes;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

size_t text_prefix(const char *text, size_t len, size_t max)
{
    size_t i, n = 0;

    for (i = 0; i < len; i++) {
        if (((unsigned char)text[i] & 0xC0) != 0x80 && n++ == max)
            break;
    }
    return i;
}
