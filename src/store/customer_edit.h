/*
 * customer_edit.h - a customer is made or changed by a person: a form, the shop, a member of staff.
 *
 * What is not said stays as it is. Codes and fields of the house's own must be known: what is not
 * is refused, by its name, before anything is written.
 */
#pragma once

#include "domain/custom_field.h"

struct db;

enum customer_text {
    CUSTOMER_FIRST_NAME,
    CUSTOMER_LAST_NAME,
    CUSTOMER_COMPANY,
    CUSTOMER_LANGUAGE,
    CUSTOMER_STREET,
    CUSTOMER_POSTCODE,
    CUSTOMER_CITY,
    CUSTOMER_COUNTRY,
    CUSTOMER_TIMEZONE,
    CUSTOMER_BIRTH_DATE, /* "1990-05-01"; "" takes it away */
    CUSTOMER_TEXTS
};
const char *customer_text_name(enum customer_text t);

#define CUSTOMER_FIELDS_MAX 32 /* of the house's own, in one change */

struct customer_edit {
    const char *texts[CUSTOMER_TEXTS]; /* checked, NULL: not said */
    const char *category, *source;     /* codes */
    const char *phone, *mail;          /* as contact_point has them; become the primary ones */
    enum row_answer minor, do_not_contact;
    struct {
        const char *name, *value; /* value "": takes it away */
    } fields[CUSTOMER_FIELDS_MAX];
    size_t n_fields;
    const char *who;
};

struct customer_edited {
    uint64_t id;
    bool created;
    const char *found_by; /* "phone" or "mail": somebody has it already, and nothing was changed */
    char field[48];       /* RC_INVALID: which field err is about */
};

/* One transaction each. RC_INVALID: err and field say what is wrong. */
enum rc customer_add(struct db *db, const struct customer_edit *edit, struct customer_edited *out,
                     struct error *err) MUST_CHECK;
/* RC_NOTFOUND: no such customer. RC_CONFLICT: erased. */
enum rc customer_set(struct db *db, uint64_t id, const struct customer_edit *edit,
                     struct customer_edited *out, struct error *err) MUST_CHECK;
