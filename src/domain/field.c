/* field.c - the table of fields; the bounds are those of the columns in sql/. */
#include "domain/field.h"

#include <string.h>

/* What the rows of several kinds may have. */
#define OF_CUSTOMERS (IN_KIND(KIND_ORDERS) | IN_KIND(KIND_CUSTOMERS))
#define OF_ORDERS    IN_KIND(KIND_ORDERS)
#define OF_STATUSES  IN_KIND(KIND_STATUSES)
#define OF_PRODUCTS  IN_KIND(KIND_PRODUCTS)
#define OF_INVOICES  IN_KIND(KIND_INVOICES)
#define OF_PAYMENTS  IN_KIND(KIND_PAYMENTS)
#define OF_LISTS     IN_KIND(KIND_SUPPRESSIONS)

static const struct field_info fields[FIELD_COUNT] = {
    [FIELD_CUSTOMER_NUMBER] = { "customer_number", OF_CUSTOMERS | OF_INVOICES, 64,
                                "your number of the customer", .key_of = OF_CUSTOMERS },
    [FIELD_FIRST_NAME] = { "first_name", OF_CUSTOMERS, 80, "first name" },
    [FIELD_LAST_NAME] = { "last_name", OF_CUSTOMERS, 120, "last name" },
    [FIELD_COMPANY] = { "company", OF_CUSTOMERS, 160, "company" },
    [FIELD_PHONE] = { "phone", OF_CUSTOMERS | OF_LISTS, 40,
                      "phone number, international or as dialled in the profile's country" },
    [FIELD_EMAIL] = { "email", OF_CUSTOMERS | OF_LISTS, 254, "mail address" },
    [FIELD_STREET] = { "street", OF_CUSTOMERS, 200, "street and number" },
    [FIELD_POSTCODE] = { "postcode", OF_CUSTOMERS, 16, "postal code" },
    [FIELD_CITY] = { "city", OF_CUSTOMERS, 100, "town" },
    [FIELD_COUNTRY] = { "country", OF_CUSTOMERS | OF_LISTS, 40, "country, two letters (ISO 3166)" },
    [FIELD_LANGUAGE] = { "language", OF_CUSTOMERS, 40, "language, two letters (ISO 639)" },
    [FIELD_CATEGORY] = { "category", OF_CUSTOMERS, 32, "customer category" },
    [FIELD_SOURCE] = { "source", OF_CUSTOMERS, 32, "how the customer was won" },
    [FIELD_BIRTH_DATE] = { "birth_date", OF_CUSTOMERS, 40, "date of birth, without a time" },
    [FIELD_MINOR] = { "minor", OF_CUSTOMERS, 40, "the customer is under age: yes or no" },
    [FIELD_DO_NOT_CONTACT] = { "do_not_contact", OF_CUSTOMERS, 40,
                               "yes: no advertising at all; a no changes nothing" },
    [FIELD_TIMEZONE] = { "timezone", OF_CUSTOMERS, 40,
                         "where the customer's clock is, such as Europe/Paris" },
    [FIELD_OWNER] = { "owner", OF_CUSTOMERS, 64,
                      "login of the employee who looks after the customer" },
    [FIELD_CONSENT_SMS] = { "consent_sms", OF_CUSTOMERS, 40,
                            "agrees to advertising by SMS: yes or no; empty: not asked" },
    [FIELD_CONSENT_EMAIL] = { "consent_email", OF_CUSTOMERS, 40, "the same by mail" },
    [FIELD_CONSENT_AT] = { "consent_at", OF_CUSTOMERS, 40, "when the customer said so" },
    [FIELD_CONSENT_WORDING] = { "consent_wording", OF_CUSTOMERS, 400, "the words agreed to" },
    [FIELD_CONSENT_SOURCE] = { "consent_source", OF_CUSTOMERS, 90,
                               "where it was said: a form, a shop, a call" },
    [FIELD_ORDER_NUMBER] = { "order_number", OF_ORDERS | OF_STATUSES | OF_INVOICES, 64,
                             "your number of the order", .key_of = OF_ORDERS | OF_STATUSES },
    [FIELD_ORDERED_AT] = { "ordered_at", OF_ORDERS, 40, "when it was ordered" },
    [FIELD_GOODS] = { "goods", OF_ORDERS, 500,
                      "what is delivered; several lines are joined, cut at 500 characters" },
    [FIELD_WEIGHT] = { "weight", OF_ORDERS, 40, "weight in kg, up to three decimals" },
    [FIELD_WINDOW_FROM] = { "window_from", OF_ORDERS, 40, "delivery not before" },
    [FIELD_WINDOW_TO] = { "window_to", OF_ORDERS, 40, "delivery not after" },
    [FIELD_COLLECT] = { "collect", OF_ORDERS, 40,
                        "amount to collect at the door, up to two decimals" },
    [FIELD_CURRENCY] = { "currency", OF_ORDERS | OF_PRODUCTS | OF_INVOICES | OF_PAYMENTS, 3,
                         "currency of that amount (ISO 4217)" },
    [FIELD_STATUS] = { "status", OF_ORDERS | OF_STATUSES, 40,
                       "planned, out, delivered, missed or cancelled", .key_of = OF_STATUSES },
    [FIELD_PRODUCT_RANGE] = { "product_range", OF_ORDERS | OF_PRODUCTS, 32,
                              "what kind of goods it is" },
    [FIELD_AT] = { "at", OF_STATUSES, 40, "when it became so" },
    [FIELD_PLACE] = { "place", OF_STATUSES, 100, "where that was" },
    [FIELD_NOTE] = { "note", OF_STATUSES, 200, "a few words about it; cut at 200 characters" },
    [FIELD_CODE] = { "code", OF_PRODUCTS, 64, "your code of the product", .key_of = OF_PRODUCTS },
    [FIELD_LABEL] = { "label", OF_PRODUCTS, 200, "what the product is called" },
    [FIELD_PRICE] = { "price", OF_PRODUCTS, 40, "its price, up to two decimals" },
    [FIELD_VALID_FROM] = { "valid_from", OF_PRODUCTS, 40, "first day of the price" },
    [FIELD_VALID_TO] = { "valid_to", OF_PRODUCTS, 40, "last day of the price" },
    [FIELD_WITHDRAWN] = { "withdrawn", OF_PRODUCTS, 40, "no longer sold: yes or no" },
    [FIELD_INVOICE_NUMBER] = { "invoice_number", OF_INVOICES | OF_PAYMENTS, 64,
                               "your number of the invoice", .key_of = OF_INVOICES | OF_PAYMENTS },
    [FIELD_ISSUED_ON] = { "issued_on", OF_INVOICES, 40, "day of the invoice" },
    [FIELD_DUE_ON] = { "due_on", OF_INVOICES, 40, "day by which it is to be paid" },
    [FIELD_AMOUNT] = { "amount", OF_INVOICES | OF_PAYMENTS, 40,
                       "what is to be paid, or was; below zero: given back",
                       .key_of = OF_INVOICES | OF_PAYMENTS },
    [FIELD_STATE] = { "state", OF_INVOICES, 40, "open, paid or cancelled" },
    [FIELD_PAID_ON] = { "paid_on", OF_PAYMENTS, 40, "day of the payment" },
    [FIELD_REFERENCE] = { "reference", OF_PAYMENTS, 64, "tells the payments of an invoice apart" },
    [FIELD_REASON] = { "reason", OF_LISTS, 64, "why it is not to be written to" },
    [FIELD_UNTIL] = { "until", OF_LISTS, 40, "until when; empty: for good" },
    [FIELD_CUSTOM_FIRST... FIELD_COUNT - 1] = { FIELD_CUSTOM_PREFIX "NAME", OF_CUSTOMERS, 200,
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
