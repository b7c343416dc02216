/* custom_field.c - a value as its field's kind has it. */
#include "domain/custom_field.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/utf8.h"
#include "domain/value.h"

static const char *const kinds[CUSTOM_KINDS] = { "text", "number", "date" };

const char *custom_kind_name(enum custom_kind kind)
{
    return kinds[kind];
}

enum rc custom_kind_parse(const char *name, enum custom_kind *kind)
{
    for (int k = 0; k < CUSTOM_KINDS; k++) {
        if (strcmp(kinds[k], name) == 0) {
            *kind = (enum custom_kind)k;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

bool custom_name_is_good(const char *name)
{
    const size_t len = strlen(name);

    return len >= 1 && len <= CUSTOM_NAME_MAX && *name >= 'a' && *name <= 'z' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

enum rc custom_value_parse(enum custom_kind kind, const char *text, enum date_form dates,
                           enum decimal_form decimals, struct custom_value *value, const char **why)
{
    struct custom_value v = { .has_number = kind != CUSTOM_TEXT };
    struct civil date;

    switch (kind) {
    case CUSTOM_TEXT:
        *why = "expected a text of at most 200 characters";
        if (!utf8_valid(text, strlen(text), NULL) ||
            utf8_length(text, strlen(text)) > CUSTOM_TEXT_MAX)
            return RC_INVALID;
        snprintf(v.text, sizeof(v.text), "%s", text);
        break;
    case CUSTOM_NUMBER:
        *why = "expected a whole number";
        if (value_decimal(text, decimals, 0, NULL, &v.number))
            return RC_INVALID;
        snprintf(v.text, sizeof(v.text), "%" PRId64, v.number);
        break;
    case CUSTOM_DATE:
        *why = "expected a date";
        if (value_date(text, dates, &date))
            return RC_INVALID;
        value_date_text(&date, v.text);
        v.number = date.year * INT64_C(10000) + date.month * 100 + date.day;
        break;
    case CUSTOM_KINDS:
        return RC_INVALID;
    }
    *value = v;
    return RC_OK;
}
