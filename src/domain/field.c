/* field.c - the table of fields; the bounds are those of the columns in sql/. */
#include "domain/field.h"

#include <string.h>

static const struct field_info fields[FIELD_COUNT] = {
    [FIELD_CUSTOMER_NUMBER] = { "customer_number", 64,
                                "your number of the customer; always needed" },
    [FIELD_FIRST_NAME] = { "first_name", 80, "first name" },
    [FIELD_LAST_NAME] = { "last_name", 120, "last name" },
    [FIELD_COMPANY] = { "company", 160, "company" },
    [FIELD_PHONE] = { "phone", 40,
                      "phone number, international or as dialled in the profile's country" },
    [FIELD_EMAIL] = { "email", 254, "mail address" },
    [FIELD_STREET] = { "street", 200, "street and number" },
    [FIELD_POSTCODE] = { "postcode", 16, "postal code" },
    [FIELD_CITY] = { "city", 100, "town" },
    [FIELD_COUNTRY] = { "country", 40, "country, two letters (ISO 3166)" },
    [FIELD_LANGUAGE] = { "language", 40, "language, two letters (ISO 639)" },
    [FIELD_CATEGORY] = { "category", 32, "customer category" },
    [FIELD_SOURCE] = { "source", 32, "how the customer was won" },
    [FIELD_BIRTH_DATE] = { "birth_date", 40, "date of birth, without a time" },
    [FIELD_MINOR] = { "minor", 40, "the customer is under age: yes or no" },
    [FIELD_DO_NOT_CONTACT] = { "do_not_contact", 40,
                               "yes: no advertising at all; a no changes nothing" },
    [FIELD_TIMEZONE] = { "timezone", 40, "where the customer's clock is, such as Europe/Paris" },
    [FIELD_CONSENT_SMS] = { "consent_sms", 40,
                            "agrees to advertising by SMS: yes or no; empty: not asked" },
    [FIELD_CONSENT_EMAIL] = { "consent_email", 40, "the same by mail" },
    [FIELD_CONSENT_AT] = { "consent_at", 40, "when the customer said so" },
    [FIELD_CONSENT_WORDING] = { "consent_wording", 400, "the words agreed to" },
    [FIELD_CONSENT_SOURCE] = { "consent_source", 90, "where it was said: a form, a shop, a call" },
    [FIELD_ORDER_NUMBER] = { "order_number", 64, "your number of the order" },
    [FIELD_ORDERED_AT] = { "ordered_at", 40, "when it was ordered" },
    [FIELD_GOODS] = { "goods", 500,
                      "what is delivered; several lines are joined, cut at 500 characters" },
    [FIELD_WEIGHT] = { "weight", 40, "weight in kg, up to three decimals" },
    [FIELD_WINDOW_FROM] = { "window_from", 40, "delivery not before" },
    [FIELD_WINDOW_TO] = { "window_to", 40, "delivery not after" },
    [FIELD_COLLECT] = { "collect", 40, "amount to collect at the door, up to two decimals" },
    [FIELD_CURRENCY] = { "currency", 3, "currency of that amount (ISO 4217)" },
    [FIELD_STATUS] = { "status", 40, "planned, out, delivered, missed or cancelled" },
    [FIELD_PRODUCT_RANGE] = { "product_range", 32, "what kind of goods it is" },
    [FIELD_CUSTOM_FIRST... FIELD_COUNT - 1] = { FIELD_CUSTOM_PREFIX "NAME", 200,
                                                "a field of the house's own" },
};

const struct field_info *field_info(enum field f)
{
    return &fields[f];
}

enum field field_parse(const char *name)
{
    enum field f = 0;

    while (f < FIELD_CUSTOM_FIRST && strcmp(fields[f].name, name) != 0)
        f++;
    return f < FIELD_CUSTOM_FIRST ? f : FIELD_COUNT;
}
