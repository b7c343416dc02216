/* import_person.c - see import_person.h. */
#include "store/import_person.h"

#include <string.h>

#include "store/db.h"

static const char SQL_FIELD[] = "SELECT id, kind FROM custom_field WHERE name = ?";

/* What a row does not say stays. A file does not lift what a person asked for. */
const char person_sql[] = "UPDATE customer\n"
                          "SET birth_date = COALESCE(?, birth_date), minor = COALESCE(?, minor),\n"
                          "  do_not_contact = do_not_contact OR ?,\n"
                          "  timezone = COALESCE(?, timezone)\n"
                          "WHERE id = ?";

const char custom_sql[] = "INSERT INTO customer_field (customer_id, field_id, value, number)\n"
                          "VALUES (?, ?, ?, ?)\n"
                          "ON DUPLICATE KEY UPDATE value = VALUE(value), number = VALUE(number)";

enum rc person_fields_read(struct db *db, const struct mapping_rules *mapping,
                           struct person_fields *fields)
{
    enum rc rc = RC_OK;

    if (fields->read || !mapping)
        return RC_OK;
    for (size_t i = 0; !rc && i < FIELD_CUSTOM_MAX && mapping->custom[i]; i++) {
        const char *name = mapping->custom[i] + strlen(FIELD_CUSTOM_PREFIX);
        struct db_rows *rows;

        rc = db_query(db, SQL_FIELD, DB_IN(db_text(name)), &rows);
        if (rc)
            return rc;
        fields->field[i].id = 0;
        if (db_next(rows) &&
            custom_kind_parse(db_get_text(rows, 1), &fields->field[i].kind) == RC_OK)
            fields->field[i].id = db_get_u64(rows, 0);
        rc = db_rows_end(rows);
    }
    fields->read = !rc;
    return rc;
}

size_t person_check(const struct person_fields *fields, const struct mapping_rules *mapping,
                    const struct partner_row *row, const char **code, const char **reason)
{
    struct custom_value value;

    for (size_t i = 0; mapping && i < FIELD_CUSTOM_MAX && mapping->custom[i]; i++) {
        if (!*row->custom[i])
            continue;
        if (!fields->field[i].id) {
            *code = FAULT_UNKNOWN_FIELD;
            *reason = "the house has no field of that name";
            return i;
        }
        if (!mapping->fields[FIELD_CUSTOM_FIRST + i].ignore_faulty &&
            custom_value_parse(fields->field[i].kind, row->custom[i], mapping->dates,
                               mapping->decimals, &value, reason)) {
            *code = FAULT_UNKNOWN_VALUE;
            return i;
        }
    }
    return FIELD_CUSTOM_MAX;
}

enum rc person_put(const struct person_fields *fields, const struct mapping_rules *mapping,
                   uint64_t customer_id, const struct partner_row *row, struct db_bulk *person,
                   struct db_bulk *custom)
{
    struct custom_value value;
    const char *why;
    enum rc rc = RC_OK;

    if (*row->birth_date || row->minor || row->do_not_contact == ROW_SAYS_YES || *row->timezone)
        rc = db_bulk_add(person,
                         (const struct db_value[]){
                             db_text(*row->birth_date ? row->birth_date : NULL),
                             row->minor ? db_u64(row->minor == ROW_SAYS_YES) : db_null(),
                             db_u64(row->do_not_contact == ROW_SAYS_YES),
                             db_text(*row->timezone ? row->timezone : NULL), db_u64(customer_id) });
    for (size_t i = 0; !rc && mapping && i < FIELD_CUSTOM_MAX && mapping->custom[i]; i++) {
        if (!*row->custom[i])
            continue;
        if (custom_value_parse(fields->field[i].kind, row->custom[i], mapping->dates,
                               mapping->decimals, &value, &why))
            continue; /* the profile says that a faulty one is none */
        rc = db_bulk_add(custom,
                         (const struct db_value[]){
                             db_u64(customer_id), db_u64(fields->field[i].id), db_text(value.text),
                             value.has_number ? db_i64(value.number) : db_null() });
    }
    return rc;
}
