/* mapping_take.c - one function for each kind of value, and the table that says which field has
 * which. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "domain/local_time.h"
#include "domain/mail_address.h"
#include "domain/mapping_private.h"
#include "domain/phone.h"
#include "domain/utf8.h"
#include "domain/value.h"

#define WEIGHT_MAX_G INT64_C(100000000)   /* 100 t */
#define CENTS_MAX    INT64_C(10000000000) /* 100 million */
#define FUTURE_MAX \
    (SEC_PER_DAY * USEC_PER_SEC) /* clocks differ, an order of 2090 is a typing error */

const char *order_status_name(enum order_status s)
{
    static const char *const names[] = { "planned", "out", "delivered", "missed", "cancelled" };

    return names[s];
}

enum order_status order_status_of(const char *name)
{
    enum order_status s = ORDER_PLANNED;

    while (s < ORDER_CANCELLED && strcmp(order_status_name(s), name) != 0)
        s++;
    return s;
}

const char *invoice_state_name(enum invoice_state s)
{
    static const char *const names[] = { "", "open", "paid", "cancelled" };

    return names[s];
}

static enum rc take_text(struct work *w, enum field f, const char *text, void *out)
{
    (void)w, (void)f;
    *(const char **)out = text;
    return RC_OK;
}

/* What is delivered may be a long list, a driver's note a long story: better its beginning than no
 * order. */
static enum rc take_beginning(struct work *w, enum field f, const char *text, void *out)
{
    const size_t max = field_info(f)->max_chars, len = strlen(text);
    char *cut;

    if (utf8_length(text, len) > max) {
        const size_t kept = text_prefix(text, len, max - 1);
        cut = arena_alloc(w->arena, kept + sizeof("…"));
        if (!cut)
            return RC_FAIL;
        memcpy(cut, text, kept);
        memcpy(cut + kept, "…", sizeof("…"));
        text = cut;
    }
    *(const char **)out = text;
    return RC_OK;
}

static enum rc take_phone(struct work *w, enum field f, const char *text, void *out)
{
    const char *region = w->row->country[0] ? w->row->country : w->m->rules->country;
    enum phone_fault why = PHONE_INVALID;
    char e164[E164_SIZE];

    if (phone_to_e164(text, region, e164, &why)) {
        return mapping_refuse(w, f, phone_fault_name(why), text, "\"%s\" %s", text,
                              phone_fault_reason(why));
    }
    *(const char **)out = arena_copy(w->arena, e164, strlen(e164));
    return *(const char **)out ? RC_OK : RC_FAIL;
}

static enum rc take_email(struct work *w, enum field f, const char *text, void *out)
{
    enum mail_fault why = MAIL_NO_AT;
    char address[ADDRESS_SIZE];

    if (mail_address_normalise(text, address, &why)) {
        return mapping_refuse(w, f, mail_fault_name(why), text, "\"%s\" %s", text,
                              mail_fault_reason(why));
    }
    *(const char **)out = arena_copy(w->arena, address, strlen(address));
    return *(const char **)out ? RC_OK : RC_FAIL;
}

static enum rc take_country(struct work *w, enum field f, const char *text, void *out)
{
    if (strlen(text) != 2 || !isalpha((unsigned char)text[0]) || !isalpha((unsigned char)text[1])) {
        return mapping_refuse(w, f, FAULT_UNKNOWN_VALUE, text,
                              "\"%s\" is not a country's two letters (ISO 3166, such as FR)", text);
    }
    for (int i = 0; i < 2; i++)
        ((char *)out)[i] = (char)toupper((unsigned char)text[i]);
    return RC_OK;
}

/* "fr", "FR", "fr-CA": the first two letters. */
static enum rc take_language(struct work *w, enum field f, const char *text, void *out)
{
    if (!isalpha((unsigned char)text[0]) || !isalpha((unsigned char)text[1]) ||
        (text[2] && text[2] != '-' && text[2] != '_')) {
        return mapping_refuse(w, f, FAULT_UNKNOWN_VALUE, text,
                              "\"%s\" is not a language's two letters (ISO 639, such as fr)", text);
    }
    for (int i = 0; i < 2; i++)
        ((char *)out)[i] = (char)tolower((unsigned char)text[i]);
    return RC_OK;
}

static enum rc take_answer(struct work *w, enum field f, const char *text, void *out)
{
    bool yes;

    if (value_yes_no(text, &yes))
        return mapping_refuse(w, f, FAULT_UNKNOWN_VALUE, text, "\"%s\" is neither yes nor no",
                              text);
    *(enum row_answer *)out = yes ? ROW_SAYS_YES : ROW_SAYS_NO;
    return RC_OK;
}

/* A day has no zone: who was born on the 1st was so everywhere. */
static enum rc take_day(struct work *w, enum field f, const char *text, void *out)
{
    struct civil d;

    if (value_date(text, w->m->rules->dates, &d))
        return mapping_refuse(w, f, FAULT_BAD_DATE, text, "\"%s\" is not a date such as %s", text,
                              w->m->rules->dates == DATE_DMY   ? "23/11/1990"
                              : w->m->rules->dates == DATE_MDY ? "11/23/1990"
                                                               : "1990-11-23");
    value_date_text(&d, out);
    return RC_OK;
}

/* Tomorrow is today already somewhere. */
static enum rc take_past_day(struct work *w, enum field f, const char *text, void *out)
{
    const struct civil tomorrow = clock_civil(w->now + SEC_PER_DAY * USEC_PER_SEC);
    char day[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];

    if (take_day(w, f, text, day))
        return RC_INVALID;
    value_date_text(&tomorrow, last);
    if (strcmp(day, last) > 0)
        return mapping_refuse(w, f, FAULT_OUT_OF_RANGE, text, "\"%s\" lies in the future", text);
    memcpy(out, day, sizeof(day));
    return RC_OK;
}

static enum rc take_timezone(struct work *w, enum field f, const char *text, void *out)
{
    struct local_zone *zone;

    if (strcmp(text, w->m->known_zone) != 0) {
        if (local_zone_open(text, &zone, NULL))
            return mapping_refuse(w, f, FAULT_UNKNOWN_VALUE, text,
                                  "\"%s\" is not a time zone such as Europe/Paris", text);
        local_zone_close(zone);
        snprintf(w->m->known_zone, sizeof(w->m->known_zone), "%s", text);
    }
    *(const char **)out = text;
    return RC_OK;
}

static enum rc take_consent(struct work *w, enum field f, const char *text, void *out)
{
    bool yes;

    if (value_yes_no(text, &yes)) {
        return mapping_refuse(w, f, FAULT_UNKNOWN_VALUE, text, "\"%s\" is neither yes nor no",
                              text);
    }
    *(enum consent_state *)out = yes ? CONSENT_GRANTED : CONSENT_WITHDRAWN;
    return RC_OK;
}

static enum rc take_time(struct work *w, enum field f, const char *text, void *out)
{
    static const char *const forms[] = {
        [DATE_ISO] = "2026-11-23 or 2026-11-23T08:30:00",
        [DATE_DMY] = "23/11/2026 or 23/11/2026 08:30",
        [DATE_MDY] = "11/23/2026 or 11/23/2026 08:30",
    };
    utc_us at;

    if (value_time(text, w->m->rules->dates, w->m->zone, &at)) {
        return mapping_refuse(w, f, FAULT_BAD_DATE, text, "\"%s\" is not a date such as %s", text,
                              forms[w->m->rules->dates]);
    }
    *(utc_us *)out = at;
    return RC_OK;
}

/* For times that can only lie behind us. */
static enum rc take_past_time(struct work *w, enum field f, const char *text, void *out)
{
    utc_us at = 0;

    if (take_time(w, f, text, &at))
        return RC_INVALID;
    if (at > w->now + FUTURE_MAX) {
        return mapping_refuse(w, f, FAULT_OUT_OF_RANGE, text, "\"%s\" lies in the future", text);
    }
    *(utc_us *)out = at;
    return RC_OK;
}

/* A day alone is meant to its end. */
static enum rc take_until(struct work *w, enum field f, const char *text, void *out)
{
    struct civil day;
    utc_us at = 0;

    if (take_time(w, f, text, &at))
        return RC_INVALID;
    if (value_date(text, w->m->rules->dates, &day) == RC_OK)
        at += SEC_PER_DAY * USEC_PER_SEC;
    *(utc_us *)out = at;
    return RC_OK;
}

static enum rc take_weight(struct work *w, enum field f, const char *text, void *out)
{
    int64_t grams;

    if (value_decimal(text, w->m->rules->decimals, 3, "kg", &grams)) {
        return mapping_refuse(w, f, FAULT_BAD_NUMBER, text,
                              "\"%s\" is not a weight in kg such as 12,5", text);
    }
    if (grams < 0 || grams > WEIGHT_MAX_G) {
        return mapping_refuse(w, f, FAULT_OUT_OF_RANGE, text,
                              "\"%s\" is not between 0 and 100000 kg", text);
    }
    *(uint32_t *)out = (uint32_t)grams;
    w->row->has_weight = true;
    return RC_OK;
}

static enum rc take_cents(struct work *w, enum field f, const char *text, int64_t min, int64_t *out)
{
    const char *unit = w->row->currency[0] ? w->row->currency : w->m->rules->currency;
    int64_t cents;

    if (value_decimal(text, w->m->rules->decimals, 2, unit, &cents))
        return mapping_refuse(w, f, FAULT_BAD_NUMBER, text,
                              "\"%s\" is not an amount with at most two decimals, such as 49,90",
                              text);
    if (cents < min || cents > CENTS_MAX)
        return mapping_refuse(w, f, FAULT_OUT_OF_RANGE, text, "\"%s\" is not between %s100 million",
                              text, min < 0 ? "minus 100 million and " : "0 and ");
    *out = cents;
    return RC_OK;
}

static enum rc take_collect(struct work *w, enum field f, const char *text, void *out)
{
    return take_cents(w, f, text, 0, out);
}

static enum rc take_price(struct work *w, enum field f, const char *text, void *out)
{
    const enum rc rc = take_cents(w, f, text, 0, out);

    w->row->has_price = rc == RC_OK;
    return rc;
}

/* What is given back has a minus. */
static enum rc take_amount(struct work *w, enum field f, const char *text, void *out)
{
    return take_cents(w, f, text, -CENTS_MAX, out);
}

static enum rc take_currency(struct work *w, enum field f, const char *text, void *out)
{
    for (int i = 0; i < 3; i++) {
        if (!isalpha((unsigned char)text[i])) {
            return mapping_refuse(
                w, f, FAULT_UNKNOWN_VALUE, text,
                "\"%s\" is not a currency's three letters (ISO 4217, such as EUR)", text);
        }
    }
    for (int i = 0; i < 3; i++)
        ((char *)out)[i] = (char)toupper((unsigned char)text[i]);
    return RC_OK;
}

static enum rc take_status(struct work *w, enum field f, const char *text, void *out)
{
    for (enum order_status s = ORDER_PLANNED; s <= ORDER_CANCELLED; s++) {
        if (strcasecmp(text, order_status_name(s)) == 0) {
            *(enum order_status *)out = s;
            return RC_OK;
        }
    }
    return mapping_refuse(w, f, FAULT_UNKNOWN_VALUE, text,
                          "\"%s\" is none of planned, out, delivered, missed, cancelled", text);
}

static enum rc take_state(struct work *w, enum field f, const char *text, void *out)
{
    for (enum invoice_state s = INVOICE_OPEN; s <= INVOICE_CANCELLED; s++) {
        if (strcasecmp(text, invoice_state_name(s)) == 0) {
            *(enum invoice_state *)out = s;
            return RC_OK;
        }
    }
    return mapping_refuse(w, f, FAULT_UNKNOWN_VALUE, text,
                          "\"%s\" is none of open, paid, cancelled", text);
}

#define AT(member) offsetof(struct partner_row, member)
#define VALUE(field, take, member)                               \
    {                                                            \
        field, take, AT(member), .is_text = false, .cuts = false \
    }
#define TEXT(field, take, member)                               \
    {                                                           \
        field, take, AT(member), .is_text = true, .cuts = false \
    }
#define BEGIN(field, member)                                             \
    {                                                                    \
        field, take_beginning, AT(member), .is_text = true, .cuts = true \
    }
/* The header says how many there are: a field without its line does not compile. */
const struct field_taker field_takers[] = {
    VALUE(FIELD_COUNTRY, take_country, country),
    VALUE(FIELD_CURRENCY, take_currency, currency),
    TEXT(FIELD_CUSTOMER_NUMBER, take_text, customer_number),
    TEXT(FIELD_FIRST_NAME, take_text, first_name),
    TEXT(FIELD_LAST_NAME, take_text, last_name),
    TEXT(FIELD_COMPANY, take_text, company),
    TEXT(FIELD_PHONE, take_phone, phone),
    TEXT(FIELD_EMAIL, take_email, email),
    TEXT(FIELD_STREET, take_text, street),
    TEXT(FIELD_POSTCODE, take_text, postcode),
    TEXT(FIELD_CITY, take_text, city),
    VALUE(FIELD_LANGUAGE, take_language, language),
    TEXT(FIELD_CATEGORY, take_text, category),
    TEXT(FIELD_SOURCE, take_text, source),
    VALUE(FIELD_BIRTH_DATE, take_past_day, birth_date),
    VALUE(FIELD_MINOR, take_answer, minor),
    VALUE(FIELD_DO_NOT_CONTACT, take_answer, do_not_contact),
    TEXT(FIELD_TIMEZONE, take_timezone, timezone),
    TEXT(FIELD_OWNER, take_text, owner),
    VALUE(FIELD_CONSENT_SMS, take_consent, consent[CHANNEL_SMS]),
    VALUE(FIELD_CONSENT_EMAIL, take_consent, consent[CHANNEL_EMAIL]),
    VALUE(FIELD_CONSENT_AT, take_past_time, consent_at),
    TEXT(FIELD_CONSENT_WORDING, take_text, consent_wording),
    TEXT(FIELD_CONSENT_SOURCE, take_text, consent_place),
    TEXT(FIELD_ORDER_NUMBER, take_text, order_number),
    VALUE(FIELD_ORDERED_AT, take_past_time, ordered_at),
    BEGIN(FIELD_GOODS, goods),
    VALUE(FIELD_WEIGHT, take_weight, weight_g),
    VALUE(FIELD_WINDOW_FROM, take_time, window_from),
    VALUE(FIELD_WINDOW_TO, take_time, window_to),
    VALUE(FIELD_COLLECT, take_collect, collect_cents),
    VALUE(FIELD_STATUS, take_status, status),
    TEXT(FIELD_PRODUCT_RANGE, take_text, product_range),
    VALUE(FIELD_AT, take_past_time, at),
    TEXT(FIELD_PLACE, take_text, place),
    BEGIN(FIELD_NOTE, note),
    TEXT(FIELD_CODE, take_text, code),
    TEXT(FIELD_LABEL, take_text, label),
    VALUE(FIELD_PRICE, take_price, price_cents),
    VALUE(FIELD_VALID_FROM, take_day, valid_from),
    VALUE(FIELD_VALID_TO, take_day, valid_to),
    VALUE(FIELD_WITHDRAWN, take_answer, withdrawn),
    TEXT(FIELD_INVOICE_NUMBER, take_text, invoice_number),
    VALUE(FIELD_ISSUED_ON, take_day, issued_on),
    VALUE(FIELD_DUE_ON, take_day, due_on),
    VALUE(FIELD_AMOUNT, take_amount, amount_cents),
    VALUE(FIELD_STATE, take_state, state),
    VALUE(FIELD_PAID_ON, take_past_day, paid_on),
    TEXT(FIELD_REFERENCE, take_text, reference),
    BEGIN(FIELD_REASON, reason),
    VALUE(FIELD_UNTIL, take_until, until),
};

/* Fields that have words of ours, and nothing but those. */
static bool is_of_words(take_fn *take)
{
    return take == take_country || take == take_language || take == take_currency ||
           take == take_answer || take == take_consent || take == take_status || take == take_state;
}

enum rc mapping_word_check(enum field f, const char *word, struct error *err)
{
    static const struct mapping_rules rules;
    struct mapping mapping = { .rules = &rules };
    struct partner_row row;
    struct row_fault fault;
    struct work w = { .m = &mapping, .row = &row, .fault = &fault };

    for (size_t i = 0; *word && i < FIELD_TAKERS; i++) {
        const struct field_taker *taker = &field_takers[i];

        if (taker->field == f && is_of_words(taker->take) &&
            taker->take(&w, f, word, (char *)&row + taker->offset))
            return error_set(err, RC_INVALID, "%s", fault.reason);
    }
    return RC_OK;
}
