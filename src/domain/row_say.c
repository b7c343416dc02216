/* row_say.c - a table with one line for each field: what it is, and where it is in the row. */
#include "domain/row_say.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "domain/local_time.h"

enum sort {
    SAY_TEXT,    /* const char * */
    SAY_LETTERS, /* char[] */
    SAY_ANSWER,
    SAY_CONSENT,
    SAY_TIME,
    SAY_WEIGHT,
    SAY_CENTS,
    SAY_STATUS,
    SAY_PRICE,
    SAY_STATE,
};

#define AT(member) offsetof(struct partner_row, member)
static const struct {
    enum field field;
    enum sort sort;
    size_t offset;
} table[] = {
    { FIELD_CUSTOMER_NUMBER, SAY_TEXT, AT(customer_number) },
    { FIELD_FIRST_NAME, SAY_TEXT, AT(first_name) },
    { FIELD_LAST_NAME, SAY_TEXT, AT(last_name) },
    { FIELD_COMPANY, SAY_TEXT, AT(company) },
    { FIELD_PHONE, SAY_TEXT, AT(phone) },
    { FIELD_EMAIL, SAY_TEXT, AT(email) },
    { FIELD_STREET, SAY_TEXT, AT(street) },
    { FIELD_POSTCODE, SAY_TEXT, AT(postcode) },
    { FIELD_CITY, SAY_TEXT, AT(city) },
    { FIELD_COUNTRY, SAY_LETTERS, AT(country) },
    { FIELD_LANGUAGE, SAY_LETTERS, AT(language) },
    { FIELD_CATEGORY, SAY_TEXT, AT(category) },
    { FIELD_SOURCE, SAY_TEXT, AT(source) },
    { FIELD_BIRTH_DATE, SAY_LETTERS, AT(birth_date) },
    { FIELD_MINOR, SAY_ANSWER, AT(minor) },
    { FIELD_DO_NOT_CONTACT, SAY_ANSWER, AT(do_not_contact) },
    { FIELD_TIMEZONE, SAY_TEXT, AT(timezone) },
    { FIELD_OWNER, SAY_TEXT, AT(owner) },
    { FIELD_CONSENT_SMS, SAY_CONSENT, AT(consent[CHANNEL_SMS]) },
    { FIELD_CONSENT_EMAIL, SAY_CONSENT, AT(consent[CHANNEL_EMAIL]) },
    { FIELD_CONSENT_AT, SAY_TIME, AT(consent_at) },
    { FIELD_CONSENT_WORDING, SAY_TEXT, AT(consent_wording) },
    { FIELD_CONSENT_SOURCE, SAY_TEXT, AT(consent_place) },
    { FIELD_ORDER_NUMBER, SAY_TEXT, AT(order_number) },
    { FIELD_ORDERED_AT, SAY_TIME, AT(ordered_at) },
    { FIELD_GOODS, SAY_TEXT, AT(goods) },
    { FIELD_WEIGHT, SAY_WEIGHT, AT(weight_g) },
    { FIELD_WINDOW_FROM, SAY_TIME, AT(window_from) },
    { FIELD_WINDOW_TO, SAY_TIME, AT(window_to) },
    { FIELD_COLLECT, SAY_CENTS, AT(collect_cents) },
    { FIELD_CURRENCY, SAY_LETTERS, AT(currency) },
    { FIELD_STATUS, SAY_STATUS, AT(status) },
    { FIELD_PRODUCT_RANGE, SAY_TEXT, AT(product_range) },
    { FIELD_AT, SAY_TIME, AT(at) },
    { FIELD_PLACE, SAY_TEXT, AT(place) },
    { FIELD_NOTE, SAY_TEXT, AT(note) },
    { FIELD_CODE, SAY_TEXT, AT(code) },
    { FIELD_LABEL, SAY_TEXT, AT(label) },
    { FIELD_PRICE, SAY_PRICE, AT(price_cents) },
    { FIELD_VALID_FROM, SAY_LETTERS, AT(valid_from) },
    { FIELD_VALID_TO, SAY_LETTERS, AT(valid_to) },
    { FIELD_WITHDRAWN, SAY_ANSWER, AT(withdrawn) },
    { FIELD_INVOICE_NUMBER, SAY_TEXT, AT(invoice_number) },
    { FIELD_ISSUED_ON, SAY_LETTERS, AT(issued_on) },
    { FIELD_DUE_ON, SAY_LETTERS, AT(due_on) },
    { FIELD_AMOUNT, SAY_CENTS, AT(amount_cents) },
    { FIELD_STATE, SAY_STATE, AT(state) },
    { FIELD_PAID_ON, SAY_LETTERS, AT(paid_on) },
    { FIELD_REFERENCE, SAY_TEXT, AT(reference) },
    { FIELD_REASON, SAY_TEXT, AT(reason) },
    { FIELD_UNTIL, SAY_TIME, AT(until) },
};
_Static_assert(sizeof(table) / sizeof(table[0]) == FIELD_CUSTOM_FIRST, "every field has its line");

/* "2026-11-23 08:30:00 Europe/Paris" would repeat the zone in every line: the clock alone. */
static void say_time(utc_us at, struct local_zone *zone, char buf[ROW_SAY_SIZE])
{
    const struct civil c = local_zone_civil(zone, at);

    *buf = '\0';
    if (at)
        snprintf(buf, ROW_SAY_SIZE, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour,
                 c.minute, c.second);
}

static void say_cents(int64_t cents, const char *currency, char buf[ROW_SAY_SIZE])
{
    const uint64_t amount = cents < 0 ? (uint64_t)-cents : (uint64_t)cents;

    snprintf(buf, ROW_SAY_SIZE, "%s%" PRIu64 ".%02" PRIu64 " %s", cents < 0 ? "-" : "",
             amount / 100, amount % 100, currency);
}

static void say_weight(const struct partner_row *row, char buf[ROW_SAY_SIZE])
{
    *buf = '\0';
    if (row->has_weight)
        snprintf(buf, ROW_SAY_SIZE, "%u.%03u kg", row->weight_g / 1000, row->weight_g % 1000);
}

static const char *answer_text(enum row_answer answer)
{
    return answer == ROW_SAYS_YES ? "yes" : answer == ROW_SAYS_NO ? "no" : "";
}

static const char *consent_text(enum consent_state state)
{
    return state == CONSENT_GRANTED ? "yes" : state == CONSENT_WITHDRAWN ? "no" : "";
}

static void say(const struct partner_row *row, size_t i, struct local_zone *zone,
                char buf[ROW_SAY_SIZE])
{
    const void *at = (const char *)row + table[i].offset;

    switch (table[i].sort) {
    case SAY_TEXT:
        snprintf(buf, ROW_SAY_SIZE, "%s", *(const char *const *)at);
        return;
    case SAY_LETTERS:
        snprintf(buf, ROW_SAY_SIZE, "%s", (const char *)at);
        return;
    case SAY_ANSWER:
        snprintf(buf, ROW_SAY_SIZE, "%s", answer_text(*(const enum row_answer *)at));
        return;
    case SAY_CONSENT:
        snprintf(buf, ROW_SAY_SIZE, "%s", consent_text(*(const enum consent_state *)at));
        return;
    case SAY_TIME:
        say_time(*(const utc_us *)at, zone, buf);
        return;
    case SAY_WEIGHT:
        say_weight(row, buf);
        return;
    case SAY_CENTS:
        say_cents(*(const int64_t *)at, row->currency, buf);
        return;
    case SAY_STATUS:
        snprintf(buf, ROW_SAY_SIZE, "%s", order_status_name(*(const enum order_status *)at));
        return;
    case SAY_PRICE:
        *buf = '\0';
        if (row->has_price)
            say_cents(*(const int64_t *)at, row->currency, buf);
        return;
    case SAY_STATE:
        snprintf(buf, ROW_SAY_SIZE, "%s",
                 row->state == INVOICE_NOT_SAID ? "" : invoice_state_name(row->state));
        return;
    }
}

const char *row_say(const struct partner_row *row, enum field f, struct local_zone *zone,
                    char buf[ROW_SAY_SIZE])
{
    *buf = '\0';
    if (f >= FIELD_CUSTOM_FIRST)
        snprintf(buf, ROW_SAY_SIZE, "%s", row->custom[f - FIELD_CUSTOM_FIRST]);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].field == f)
            say(row, i, zone, buf);
    }
    return buf;
}
