/* mapping.c - a table with one function for each kind of field, and the rules between fields. */
#include "domain/mapping.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "domain/local_time.h"
#include "domain/mail_address.h"
#include "domain/phone.h"
#include "domain/utf8.h"
#include "domain/value.h"

#define WEIGHT_MAX_G      INT64_C(100000000)   /* 100 t */
#define COLLECT_MAX_CENTS INT64_C(10000000000) /* 100 million */
#define FUTURE_MAX \
    (SEC_PER_DAY * USEC_PER_SEC) /* clocks differ, an order of 2090 is a typing error */

struct mapping {
    const struct mapping_rules *rules;
    struct local_zone *zone;
    char known_zone[48]; /* the last one found good: most rows say the same */
};

/* One row under way. */
struct work {
    struct mapping *m;
    const struct raw_record *raw;
    struct arena *arena;
    struct partner_row *row;
    struct row_fault *fault;
    utc_us now;
    bool refused;
};

enum rc mapping_new(const struct mapping_rules *rules, struct mapping **mapping, struct error *err)
{
    struct mapping *m = calloc(1, sizeof(*m));
    enum rc rc;

    if (!m)
        return RC_FAIL;
    m->rules = rules;
    rc = local_zone_open(rules->timezone, &m->zone, err);
    if (rc) {
        free(m);
        return rc;
    }
    *mapping = m;
    return RC_OK;
}

void mapping_free(struct mapping *mapping)
{
    if (!mapping)
        return;
    local_zone_close(mapping->zone);
    free(mapping);
}

const char *mapping_field_name(const struct mapping_rules *rules, enum field f)
{
    return f < FIELD_CUSTOM_FIRST ? field_info(f)->name : rules->custom[f - FIELD_CUSTOM_FIRST];
}

const char *order_status_name(enum order_status s)
{
    static const char *const names[] = { "planned", "out", "delivered", "missed", "cancelled" };

    return names[s];
}

/* What was cut may have lost the end of its last character. */
static void trim_broken_end(char *text)
{
    size_t bad;

    if (!utf8_valid(text, strlen(text), &bad))
        text[bad] = '\0';
}

static void fault_vset(struct row_fault *fault, const char *code, const char *field,
                       const char *value, size_t len, const char *fmt, va_list ap)
{
    fault->code = code;
    fault->field = field;
    snprintf(fault->value, sizeof(fault->value), "%.*s", (int)(len < 1000 ? len : 1000), value);
    trim_broken_end(fault->value);
    vsnprintf(fault->reason, sizeof(fault->reason), fmt, ap);
    trim_broken_end(fault->reason);
}

void row_fault_set(struct row_fault *fault, const char *code, const char *field, const char *value,
                   size_t len, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fault_vset(fault, code, field, value, len, fmt, ap);
    va_end(ap);
}

/* Returns RC_INVALID. The first fault of a row stands for it; the fields of the others are named
 * behind it. */
__attribute__((format(printf, 5, 6))) static enum rc
refuse(struct work *w, enum field f, const char *code, const char *text, const char *fmt, ...)
{
    const char *name = mapping_field_name(w->m->rules, f);
    char *reason = w->fault->reason;
    va_list ap;

    if (w->refused) {
        const bool again = strstr(reason, "; also wrong: ");
        const size_t used = strlen(reason);

        snprintf(reason + used, FAULT_REASON_SIZE - used, "%s%s",
                 again ? ", " : "; also wrong: ", name);
        return RC_INVALID;
    }
    w->refused = true;
    va_start(ap, fmt);
    fault_vset(w->fault, code, name, text, strlen(text), fmt, ap);
    va_end(ap);
    return RC_INVALID;
}

/* --- one function for each kind of field: RC_INVALID refused, RC_FAIL no memory --- */

typedef enum rc take_fn(struct work *w, enum field f, const char *text, void *out);

static enum rc take_text(struct work *w, enum field f, const char *text, void *out)
{
    (void)w, (void)f;
    *(const char **)out = text;
    return RC_OK;
}

/* What is delivered may be a long list: better its beginning than no order. */
static enum rc take_goods(struct work *w, enum field f, const char *text, void *out)
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
        return refuse(w, f, phone_fault_name(why), text, "\"%s\" %s", text,
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
        return refuse(w, f, mail_fault_name(why), text, "\"%s\" %s", text, mail_fault_reason(why));
    }
    *(const char **)out = arena_copy(w->arena, address, strlen(address));
    return *(const char **)out ? RC_OK : RC_FAIL;
}

static enum rc take_country(struct work *w, enum field f, const char *text, void *out)
{
    if (strlen(text) != 2 || !isalpha((unsigned char)text[0]) || !isalpha((unsigned char)text[1])) {
        return refuse(w, f, FAULT_UNKNOWN_VALUE, text,
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
        return refuse(w, f, FAULT_UNKNOWN_VALUE, text,
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
        return refuse(w, f, FAULT_UNKNOWN_VALUE, text, "\"%s\" is neither yes nor no", text);
    *(enum row_answer *)out = yes ? ROW_SAYS_YES : ROW_SAYS_NO;
    return RC_OK;
}

/* A day has no zone: who was born on the 1st was so everywhere. */
static enum rc take_birth_date(struct work *w, enum field f, const char *text, void *out)
{
    const struct civil today = clock_civil(w->now + SEC_PER_DAY * USEC_PER_SEC);
    struct civil d;

    if (value_date(text, w->m->rules->dates, &d))
        return refuse(w, f, FAULT_BAD_DATE, text, "\"%s\" is not a date such as %s", text,
                      w->m->rules->dates == DATE_DMY   ? "23/11/1990"
                      : w->m->rules->dates == DATE_MDY ? "11/23/1990"
                                                       : "1990-11-23");
    if (d.year * 10000 + d.month * 100 + d.day > today.year * 10000 + today.month * 100 + today.day)
        return refuse(w, f, FAULT_OUT_OF_RANGE, text, "\"%s\" lies in the future", text);
    value_date_text(&d, out);
    return RC_OK;
}

static enum rc take_timezone(struct work *w, enum field f, const char *text, void *out)
{
    struct local_zone *zone;

    if (strcmp(text, w->m->known_zone) != 0) {
        if (local_zone_open(text, &zone, NULL))
            return refuse(w, f, FAULT_UNKNOWN_VALUE, text,
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
        return refuse(w, f, FAULT_UNKNOWN_VALUE, text, "\"%s\" is neither yes nor no", text);
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
        return refuse(w, f, FAULT_BAD_DATE, text, "\"%s\" is not a date such as %s", text,
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
        return refuse(w, f, FAULT_OUT_OF_RANGE, text, "\"%s\" lies in the future", text);
    }
    *(utc_us *)out = at;
    return RC_OK;
}

static enum rc take_weight(struct work *w, enum field f, const char *text, void *out)
{
    int64_t grams;

    if (value_decimal(text, w->m->rules->decimals, 3, "kg", &grams)) {
        return refuse(w, f, FAULT_BAD_NUMBER, text, "\"%s\" is not a weight in kg such as 12,5",
                      text);
    }
    if (grams < 0 || grams > WEIGHT_MAX_G) {
        return refuse(w, f, FAULT_OUT_OF_RANGE, text, "\"%s\" is not between 0 and 100000 kg",
                      text);
    }
    *(uint32_t *)out = (uint32_t)grams;
    w->row->has_weight = true;
    return RC_OK;
}

static enum rc take_collect(struct work *w, enum field f, const char *text, void *out)
{
    const char *unit = w->row->currency[0] ? w->row->currency : w->m->rules->currency;
    int64_t cents;

    if (value_decimal(text, w->m->rules->decimals, 2, unit, &cents)) {
        return refuse(w, f, FAULT_BAD_NUMBER, text,
                      "\"%s\" is not an amount with at most two decimals, such as 49,90", text);
    }
    if (cents < 0 || cents > COLLECT_MAX_CENTS) {
        return refuse(w, f, FAULT_OUT_OF_RANGE, text, "\"%s\" is not between 0 and 100 million",
                      text);
    }
    *(int64_t *)out = cents;
    return RC_OK;
}

static enum rc take_currency(struct work *w, enum field f, const char *text, void *out)
{
    for (int i = 0; i < 3; i++) {
        if (!isalpha((unsigned char)text[i])) {
            return refuse(w, f, FAULT_UNKNOWN_VALUE, text,
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
    return refuse(w, f, FAULT_UNKNOWN_VALUE, text,
                  "\"%s\" is none of planned, out, delivered, missed, cancelled", text);
}

/* In the order of work: a phone's region is the row's country, an amount's unit its currency. */
static const struct {
    enum field field;
    take_fn *take;
    size_t offset;
} takers[] = {
    { FIELD_COUNTRY, take_country, offsetof(struct partner_row, country) },
    { FIELD_CURRENCY, take_currency, offsetof(struct partner_row, currency) },
    { FIELD_CUSTOMER_NUMBER, take_text, offsetof(struct partner_row, customer_number) },
    { FIELD_FIRST_NAME, take_text, offsetof(struct partner_row, first_name) },
    { FIELD_LAST_NAME, take_text, offsetof(struct partner_row, last_name) },
    { FIELD_COMPANY, take_text, offsetof(struct partner_row, company) },
    { FIELD_PHONE, take_phone, offsetof(struct partner_row, phone) },
    { FIELD_EMAIL, take_email, offsetof(struct partner_row, email) },
    { FIELD_STREET, take_text, offsetof(struct partner_row, street) },
    { FIELD_POSTCODE, take_text, offsetof(struct partner_row, postcode) },
    { FIELD_CITY, take_text, offsetof(struct partner_row, city) },
    { FIELD_LANGUAGE, take_language, offsetof(struct partner_row, language) },
    { FIELD_CATEGORY, take_text, offsetof(struct partner_row, category) },
    { FIELD_SOURCE, take_text, offsetof(struct partner_row, source) },
    { FIELD_BIRTH_DATE, take_birth_date, offsetof(struct partner_row, birth_date) },
    { FIELD_MINOR, take_answer, offsetof(struct partner_row, minor) },
    { FIELD_DO_NOT_CONTACT, take_answer, offsetof(struct partner_row, do_not_contact) },
    { FIELD_TIMEZONE, take_timezone, offsetof(struct partner_row, timezone) },
    { FIELD_CONSENT_SMS, take_consent, offsetof(struct partner_row, consent[CHANNEL_SMS]) },
    { FIELD_CONSENT_EMAIL, take_consent, offsetof(struct partner_row, consent[CHANNEL_EMAIL]) },
    { FIELD_CONSENT_AT, take_past_time, offsetof(struct partner_row, consent_at) },
    { FIELD_CONSENT_WORDING, take_text, offsetof(struct partner_row, consent_wording) },
    { FIELD_CONSENT_SOURCE, take_text, offsetof(struct partner_row, consent_place) },
    { FIELD_ORDER_NUMBER, take_text, offsetof(struct partner_row, order_number) },
    { FIELD_ORDERED_AT, take_past_time, offsetof(struct partner_row, ordered_at) },
    { FIELD_GOODS, take_goods, offsetof(struct partner_row, goods) },
    { FIELD_WEIGHT, take_weight, offsetof(struct partner_row, weight_g) },
    { FIELD_WINDOW_FROM, take_time, offsetof(struct partner_row, window_from) },
    { FIELD_WINDOW_TO, take_time, offsetof(struct partner_row, window_to) },
    { FIELD_COLLECT, take_collect, offsetof(struct partner_row, collect_cents) },
    { FIELD_STATUS, take_status, offsetof(struct partner_row, status) },
    { FIELD_PRODUCT_RANGE, take_text, offsetof(struct partner_row, product_range) },
};
#define TAKERS (sizeof(takers) / sizeof(takers[0]))
_Static_assert(TAKERS == FIELD_CUSTOM_FIRST, "every field has its line");

/* A copy without control characters, blanks at its ends or runs of blanks. NULL: no memory. */
static char *clean_copy(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1), *to = copy;
    bool blank = true; /* so that a leading one goes */

    if (!copy)
        return NULL;
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        const bool is_blank = c <= ' ' || c == 0x7F;

        if (!is_blank)
            *to++ = (char)c;
        else if (!blank)
            *to++ = ' ';
        blank = is_blank;
    }
    if (to > copy && to[-1] == ' ')
        to--;
    *to = '\0';
    return copy;
}

static const char *translated(const struct field_rule *rule, const char *text)
{
    for (size_t i = 0; i < rule->n_values; i++) {
        if (strcasecmp(text, rule->values[i].from) == 0)
            return rule->values[i].to;
    }
    return text;
}

/* The text of a field: the file's, else the profile's constant or default. NULL: no memory. */
static const char *field_text(struct work *w, const struct field_rule *rule, enum field f)
{
    const struct raw_value *value = &w->raw->values[f];
    const char *text = "";

    if (rule->constant)
        return rule->constant;
    if (value->len) {
        text = clean_copy(w->arena, value->text, value->len);
        if (!text)
            return NULL;
        text = translated(rule, text);
    }
    return !*text && rule->fallback ? rule->fallback : text;
}

/* Takes a value, refuses it, or forgets it when the profile says that a faulty one is none. */
static enum rc take_value(struct work *w, const struct field_rule *rule, unsigned i,
                          const char *text)
{
    const enum field f = takers[i].field;
    const size_t max = field_info(f)->max_chars, len = strlen(text);
    const bool refused_before = w->refused;
    const struct row_fault before = rule->ignore_faulty ? *w->fault : (struct row_fault){ 0 };
    enum rc rc;

    if (len > max && f != FIELD_GOODS && utf8_length(text, len) > max)
        rc = refuse(w, f, FAULT_TOO_LONG, text, "longer than %zu characters", max);
    else
        rc = takers[i].take(w, f, text, (char *)w->row + takers[i].offset);
    if (rc == RC_INVALID && rule->ignore_faulty) {
        *w->fault = before;
        w->refused = refused_before;
    }
    return rc == RC_FAIL ? RC_FAIL : RC_OK;
}

/* What can only be judged once all fields are known. */
static void check_together(struct work *w)
{
    const struct partner_row *row = w->row;

    if (row->window_from && row->window_to && row->window_to < row->window_from)
        refuse(w, FIELD_WINDOW_TO, FAULT_OUT_OF_RANGE, "", "the window ends before it begins");
}

/* The place where it was said belongs to the evidence: it goes behind the words. */
static enum rc join_evidence(struct work *w)
{
    struct partner_row *row = w->row;
    const size_t size = strlen(row->consent_wording) + strlen(row->consent_place) + 4;
    char *both;

    if (!*row->consent_place)
        return RC_OK;
    both = arena_alloc(w->arena, size);
    if (!both)
        return RC_FAIL;
    snprintf(both, size, "%s%s(%s)", row->consent_wording, *row->consent_wording ? " " : "",
             row->consent_place);
    row->consent_wording = both;
    return RC_OK;
}

static void row_init(struct partner_row *row, const struct raw_record *raw,
                     const struct mapping_rules *rules)
{
    *row = (struct partner_row){ .row_no = raw->row_no, .line = raw->line };
    for (size_t i = 0; i < TAKERS; i++) {
        if (takers[i].take == take_text || takers[i].take == take_phone ||
            takers[i].take == take_email || takers[i].take == take_goods ||
            takers[i].take == take_timezone)
            *(const char **)((char *)row + takers[i].offset) = "";
    }
    for (size_t i = 0; i < FIELD_CUSTOM_MAX; i++)
        row->custom[i] = "";
    memcpy(row->country, rules->country, sizeof(row->country));
    memcpy(row->language, rules->language, sizeof(row->language));
    memcpy(row->currency, rules->currency, sizeof(row->currency));
}

/* Their kinds are not known here: only that a value is there, or missing. */
static enum rc take_custom(struct work *w)
{
    const struct mapping_rules *rules = w->m->rules;
    struct partner_row *row = w->row;

    for (size_t i = 0; i < FIELD_CUSTOM_MAX && rules->custom[i]; i++) {
        const enum field f = (enum field)(FIELD_CUSTOM_FIRST + i);

        row->custom[i] = field_text(w, &rules->fields[f], f);
        if (!row->custom[i])
            return RC_FAIL;
        if (!*row->custom[i] && rules->fields[f].required)
            refuse(w, f, FAULT_MISSING, "", "%s is missing", rules->custom[i]);
        row->has_person |= *row->custom[i] != '\0';
    }
    row->has_person |=
        *row->birth_date || row->minor || row->do_not_contact == ROW_SAYS_YES || *row->timezone;
    return RC_OK;
}

enum rc mapping_row(struct mapping *mapping, const struct raw_record *raw, utc_us now,
                    struct arena *arena, struct partner_row *row, struct row_fault *fault)
{
    const struct mapping_rules *rules = mapping->rules;
    struct work w = { mapping, raw, arena, row, fault, now, false };

    row_init(row, raw, rules);
    for (unsigned i = 0; i < TAKERS; i++) {
        const enum field f = takers[i].field;
        const struct field_rule *rule = &rules->fields[f];
        const char *text;
        enum rc rc;

        if (!rule->mapped)
            continue;
        text = field_text(&w, rule, f);
        if (!text)
            return RC_FAIL;
        if (*text) {
            rc = take_value(&w, rule, i, text);
            if (rc)
                return rc;
        } else if (rule->required) {
            refuse(&w, f, FAULT_MISSING, "", "%s is missing", field_info(f)->name);
        }
    }
    if (take_custom(&w))
        return RC_FAIL;
    check_together(&w);
    if (join_evidence(&w))
        return RC_FAIL;
    row->has_order = *row->order_number;
    return w.refused ? RC_INVALID : RC_OK;
}
