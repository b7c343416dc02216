/*
 * import_person.h - what few files say of a customer: birthday, flags, time zone, fields of the
 * house's own. Rows that say none of it cost nothing here.
 */
#pragma once

#include "domain/custom_field.h"
#include "store/import.h"

struct db;
struct db_bulk;

#define PERSON_COLUMNS 5
#define CUSTOM_COLUMNS 4

/* Kinds of the fields that a profile names; found once an import. */
struct person_fields {
    bool read;
    struct {
        uint64_t id; /* 0: the house has none of that name */
        enum custom_kind kind;
    } field[FIELD_CUSTOM_MAX];
};

enum rc person_fields_read(struct db *db, const struct mapping_rules *mapping,
                           struct person_fields *fields) MUST_CHECK;
/* Whether the row's own values can be taken: the place of the first that cannot, or
 * FIELD_CUSTOM_MAX. */
size_t person_check(const struct person_fields *fields, const struct mapping_rules *mapping,
                    const struct partner_row *row, const char **code, const char **reason);

extern const char person_sql[], custom_sql[];
/* A row of `person` and one of `custom` for each own value, where the row says something. */
enum rc person_put(const struct person_fields *fields, const struct mapping_rules *mapping,
                   uint64_t customer_id, const struct partner_row *row, struct db_bulk *person,
                   struct db_bulk *custom) MUST_CHECK;
