/* edifact_date.h - dates of UN/EDIFACT (DTM, composite C507) as ISO 8601. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define EDIFACT_DATE_SIZE 40

/*
 * `form` is the code of element 2379: 102 for 20261123, 203 for 202611230830, 718 for a period
 * 20261123-20261125 ... `end`: the second date of a period. False: no form that is known, or the
 * text is not of that form, or it has no second date; `out` is then "".
 */
bool edifact_date(const char *text, size_t len, const char *form, bool end,
                  char out[EDIFACT_DATE_SIZE]);
