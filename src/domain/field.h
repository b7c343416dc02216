/* field.h - what a row of a partner's file can tell us: one entry a field, and the profile, the
 * mapping, the receipt and the guide for partners all read the same table. */
#pragma once

#include <stddef.h>

#include "domain/file_kind.h"

#define FIELD_CUSTOM_MAX    12       /* of one profile */
#define FIELD_CUSTOM_PREFIX "field." /* before their names, in a profile */

enum field {
    FIELD_CUSTOMER_NUMBER,
    FIELD_FIRST_NAME,
    FIELD_LAST_NAME,
    FIELD_COMPANY,
    FIELD_PHONE,
    FIELD_EMAIL,
    FIELD_STREET,
    FIELD_POSTCODE,
    FIELD_CITY,
    FIELD_COUNTRY,
    FIELD_LANGUAGE,
    FIELD_CATEGORY,
    FIELD_SOURCE,
    FIELD_BIRTH_DATE,
    FIELD_MINOR,
    FIELD_DO_NOT_CONTACT,
    FIELD_TIMEZONE,
    FIELD_OWNER,
    FIELD_CONSENT_SMS,
    FIELD_CONSENT_EMAIL,
    FIELD_CONSENT_AT,
    FIELD_CONSENT_WORDING,
    FIELD_CONSENT_SOURCE,
    FIELD_ORDER_NUMBER,
    FIELD_ORDERED_AT,
    FIELD_GOODS,
    FIELD_WEIGHT,
    FIELD_WINDOW_FROM,
    FIELD_WINDOW_TO,
    FIELD_COLLECT,
    FIELD_CURRENCY,
    FIELD_STATUS,
    FIELD_PRODUCT_RANGE,
    FIELD_AT,
    FIELD_PLACE,
    FIELD_NOTE,
    FIELD_CODE,
    FIELD_LABEL,
    FIELD_PRICE,
    FIELD_VALID_FROM,
    FIELD_VALID_TO,
    FIELD_WITHDRAWN,
    FIELD_INVOICE_NUMBER,
    FIELD_ISSUED_ON,
    FIELD_DUE_ON,
    FIELD_AMOUNT,
    FIELD_STATE,
    FIELD_PAID_ON,
    FIELD_REFERENCE,
    FIELD_REASON,
    FIELD_UNTIL,
    FIELD_CUSTOM_FIRST, /* fields of the house's own: the profile says which each is */
    FIELD_COUNT = FIELD_CUSTOM_FIRST + FIELD_CUSTOM_MAX
};

/* A set of kinds, a bit each. */
#define IN_KIND(kind) (1u << (kind))

struct field_info {
    const char *name;
    unsigned kinds;   /* whose rows can have it */
    size_t max_chars; /* characters, as the column that keeps it */
    const char *help; /* for a partner */
    unsigned key_of;  /* kinds whose rows say nothing without it */
};

const struct field_info *field_info(enum field f);
/* FIELD_COUNT: no field has that name; those of the house's own are not among them. */
enum field field_parse(const char *name);
