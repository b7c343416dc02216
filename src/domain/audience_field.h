/* audience_field.h - the table of fields that a rule may name. For the files audience*.c; others
 * use audience.h. */
#pragma once

#include "domain/audience.h"

#define OP(op) (1u << (op))

struct audience_field_entry {
    const char *name;
    enum audience_kind kind;
};
extern const struct audience_field_entry audience_fields[AUDIENCE_FIELD_COUNT];

struct audience_kind_entry {
    unsigned ops;         /* OP() bits, which a rule may use on a field of that kind */
    const char *expected; /* after the field's name, for a person */
    const char *what;     /* "a number" */
};
extern const struct audience_kind_entry audience_kinds[];
