/* field.h - what a row of a partner's file can tell us: one entry a field, and the profile, the
 * mapping, the receipt and the guide for partners all read the same table. */
#pragma once

#include <stddef.h>

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
    FIELD_COUNT
};

struct field_info {
    const char *name;
    size_t max_chars; /* characters, as the column that keeps it */
    const char *help; /* for a partner */
};

const struct field_info *field_info(enum field f);
/* FIELD_COUNT: no field has that name. */
enum field field_parse(const char *name);
