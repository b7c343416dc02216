/* custom_field.h - fields of one's own: what a house wants to know of its customers besides. Pure.
 */
#pragma once

#include "domain/mapping.h"

enum custom_kind { CUSTOM_TEXT, CUSTOM_NUMBER, CUSTOM_DATE, CUSTOM_KINDS };

#define CUSTOM_NAME_MAX 32  /* a letter, then letters, digits and _, all small */
#define CUSTOM_TEXT_MAX 200 /* characters */

struct custom_value {
    char text[CUSTOM_TEXT_MAX * 4 + 1]; /* a number as "-12", a date as "2026-11-25" */
    bool has_number;
    int64_t number; /* of a date: year * 10000 + month * 100 + day */
};

const char *custom_kind_name(enum custom_kind kind);
enum rc custom_kind_parse(const char *name, enum custom_kind *kind) MUST_CHECK;
bool custom_name_is_good(const char *name);
/* RC_INVALID: *why (a constant) says what was expected. */
enum rc custom_value_parse(enum custom_kind kind, const char *text, enum date_form dates,
                           enum decimal_form decimals, struct custom_value *value,
                           const char **why) MUST_CHECK;
