/* audience.c - the tables of the rule language: fields, kinds of fields, words; and places. */
#include "domain/audience_field.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "domain/message.h"
#include "domain/utf8.h"

#define CUSTOMER(words, its_kind)       \
    {                                   \
        .name = words, .kind = its_kind \
    }
#define OF_ORDER(words, its_kind)                                   \
    {                                                               \
        .name = words, .kind = its_kind, .scope = AUDIENCE_OF_ORDER \
    }

const struct audience_field_entry audience_fields[AUDIENCE_FIELD_COUNT] = {
    [AUDIENCE_CATEGORY] = CUSTOMER("category", AUDIENCE_CODE),
    [AUDIENCE_SOURCE] = CUSTOMER("source", AUDIENCE_CODE),
    [AUDIENCE_CITY] = CUSTOMER("city", AUDIENCE_TEXT),
    [AUDIENCE_POSTCODE] = CUSTOMER("postcode", AUDIENCE_TEXT),
    [AUDIENCE_COUNTRY] = CUSTOMER("country", AUDIENCE_TEXT),
    [AUDIENCE_LANGUAGE] = CUSTOMER("language", AUDIENCE_TEXT),
    [AUDIENCE_LAST_CONTACT] = CUSTOMER("last_contact", AUDIENCE_TIME),
    [AUDIENCE_LAST_ORDER] = CUSTOMER("last_order", AUDIENCE_TIME),
    [AUDIENCE_LAST_REPLY] = CUSTOMER("last_reply", AUDIENCE_TIME),
    [AUDIENCE_CREATED] = CUSTOMER("created", AUDIENCE_TIME),
    [AUDIENCE_ORDERS] = { .name = "orders", .kind = AUDIENCE_NUMBER, .filtered = true },
    [AUDIENCE_ORDER_TOTAL] = { .name = "order_total", .kind = AUDIENCE_MONEY, .filtered = true },
    [AUDIENCE_LAST_CAMPAIGN] = CUSTOMER("last_campaign", AUDIENCE_SENDING),
    [AUDIENCE_LAST_OUTCOME] = CUSTOMER("last_outcome", AUDIENCE_WORD),
    [AUDIENCE_RECEIVED] = CUSTOMER("received campaign", AUDIENCE_PAST),
    [AUDIENCE_REPLIED] = CUSTOMER("replied campaign", AUDIENCE_PAST),
    [AUDIENCE_SAVED] = CUSTOMER("in audience", AUDIENCE_NAMED),
    [AUDIENCE_BIRTHDAY] = CUSTOMER("birthday", AUDIENCE_DAY),
    [AUDIENCE_AGE] = CUSTOMER("age", AUDIENCE_YEARS),
    [AUDIENCE_MINOR] = CUSTOMER("minor", AUDIENCE_FLAG),
    [AUDIENCE_CONSENT] = CUSTOMER("consent", AUDIENCE_RIGHT),
    [AUDIENCE_CUSTOM] = CUSTOMER(AUDIENCE_OWN_PREFIX "NAME", AUDIENCE_OWN),
    [AUDIENCE_ORDER_PRODUCT] = OF_ORDER("product", AUDIENCE_CODE),
    [AUDIENCE_ORDER_STATUS] = OF_ORDER("status", AUDIENCE_WORD),
    [AUDIENCE_ORDER_AGE] = OF_ORDER("age", AUDIENCE_SPAN),
};

#define ORDERED (OP(AUDIENCE_LT) | OP(AUDIENCE_LE) | OP(AUDIENCE_GT) | OP(AUDIENCE_GE))
#define CHOICE  (OP(AUDIENCE_EQ) | OP(AUDIENCE_IN))

const struct audience_kind_entry audience_kinds[] = {
    [AUDIENCE_CODE] = { CHOICE, "=, != or in", "a code", NULL },
    [AUDIENCE_WORD] = { CHOICE, "=, != or in", "a word", NULL },
    [AUDIENCE_TEXT] = { CHOICE | OP(AUDIENCE_LIKE), "=, !=, in or like", "a text", NULL },
    [AUDIENCE_TIME] = { ORDERED | OP(AUDIENCE_NEVER),
                        "<, <=, > or >= as in \"> 30d ago\", or never", "an age, like 30d",
                        "never" },
    [AUDIENCE_SPAN] = { ORDERED, "<, <=, > or >= as in \"< 90d\"", "an age, like 30d", NULL },
    [AUDIENCE_NUMBER] = { ORDERED | OP(AUDIENCE_EQ), "=, !=, <, <=, > or >=", "a whole number",
                          NULL },
    [AUDIENCE_MONEY] = { ORDERED | OP(AUDIENCE_EQ),
                         "=, !=, <, <=, > or >=", "an amount, like 49.90", NULL },
    [AUDIENCE_YEARS] = { ORDERED | OP(AUDIENCE_EQ) | OP(AUDIENCE_NEVER),
                         "=, !=, <, <=, > or >=, or unknown", "a number of years, like 18",
                         "unknown" },
    [AUDIENCE_FLAG] = { OP(AUDIENCE_HOLDS), "nothing", "nothing", NULL },
    [AUDIENCE_DAY] = { OP(AUDIENCE_WITHIN) | OP(AUDIENCE_NEVER), "today, in 7d, or unknown",
                       "a number of days, like 7d", "unknown" },
    [AUDIENCE_RIGHT] = { ORDERED | OP(AUDIENCE_EQ),
                         "sms, email, or <, <=, > or >= as in \"> 2y ago\"", "an age, like 2y",
                         NULL },
    [AUDIENCE_SENDING] = { CHOICE | ORDERED | OP(AUDIENCE_NEVER),
                           "=, != or in, <, <=, > or >= as in \"> 30d ago\", or never",
                           "a campaign's number or name", "never" },
    [AUDIENCE_PAST] = { OP(AUDIENCE_EQ), "a campaign's number or name",
                        "a campaign's number or name", NULL },
    [AUDIENCE_NAMED] = { OP(AUDIENCE_EQ), "an audience's name", "an audience's name", NULL },
    [AUDIENCE_OWN] = { CHOICE | ORDERED | OP(AUDIENCE_LIKE) | OP(AUDIENCE_NEVER),
                       "=, !=, in, like, <, <=, >, >= or unknown", "a value", "unknown" },
};

const char *audience_field_name(enum audience_field f)
{
    return audience_fields[f].name;
}

enum audience_kind audience_field_kind(enum audience_field f)
{
    return audience_fields[f].kind;
}

const char *const *audience_words(enum audience_field f, size_t *n)
{
    static const char *const statuses[] = { "planned", "out", "delivered", "missed", "cancelled" };
    static const char *const rights[] = { "sms", "email" };
    /* Those of message_state_name(), in its order. */
    static const char *const outcomes[MESSAGE_STATE_COUNT] = {
        "queued",  "submitting", "accepted", "delivered", "failed",
        "expired", "unknown",    "held",     "cancelled",
    };

    if (f == AUDIENCE_ORDER_STATUS) {
        *n = sizeof(statuses) / sizeof(statuses[0]);
        return statuses;
    }
    if (f == AUDIENCE_CONSENT) {
        *n = sizeof(rights) / sizeof(rights[0]);
        return rights;
    }
    *n = MESSAGE_STATE_COUNT;
    return outcomes;
}

const char *audience_known_fields(enum audience_scope scope, char out[AUDIENCE_KNOWN_SIZE])
{
    *out = '\0';
    for (int i = 0; i < AUDIENCE_FIELD_COUNT; i++) {
        if (audience_fields[i].scope != scope)
            continue;
        strcat(out, *out ? ", " : "");
        strcat(out, audience_fields[i].name);
    }
    return out;
}

bool audience_compares_span(const struct audience_node *test)
{
    const bool ordered = OP(test->op) & ORDERED;

    switch (audience_field_kind(test->field)) {
    case AUDIENCE_TIME:
    case AUDIENCE_SPAN:
    case AUDIENCE_RIGHT:
    case AUDIENCE_SENDING:
        return ordered;
    case AUDIENCE_OWN:
        return test->ago;
    case AUDIENCE_CODE:
    case AUDIENCE_WORD:
    case AUDIENCE_TEXT:
    case AUDIENCE_NUMBER:
    case AUDIENCE_MONEY:
    case AUDIENCE_YEARS:
    case AUDIENCE_FLAG:
    case AUDIENCE_DAY:
    case AUDIENCE_PAST:
    case AUDIENCE_NAMED:
        return false;
    }
    return false;
}

static bool speaks_of_others(const struct audience_node *node)
{
    bool found = node->kind == AUDIENCE_TEST && node->field == AUDIENCE_SAVED;

    for (const struct audience_node *c = node->first_child; !found && c; c = c->next)
        found = speaks_of_others(c);
    return found;
}

bool audience_speaks_of_others(const struct audience_rule *rule)
{
    return rule->root && speaks_of_others(rule->root);
}

/* --- places --- */

void audience_add_place(const struct audience_rule *rule, size_t at, struct buffer *out)
{
    size_t i = 0;

    if (!rule->n_places) {
        buffer_printf(out, "at character %zu", utf8_length(rule->text, at) + 1);
        return;
    }
    while (i + 1 < rule->n_places && rule->places[i + 1].at <= at)
        i++;
    buffer_printf(out, "at %s", rule->places[i].path);
}

enum rc audience_fault(const struct audience_rule *rule, size_t at, struct error *err,
                       const char *fmt, ...)
{
    char what[sizeof(err->text)];
    struct buffer place;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    buffer_init(&place, sizeof(what));
    audience_add_place(rule, at, &place);
    error_set(err, RC_INVALID, "%s: %s", buffer_text(&place), what);
    buffer_close(&place);
    return RC_INVALID;
}

size_t audience_fault_character(const struct error *err)
{
    size_t at = 0;

    return sscanf(err->text, "at character %9zu:", &at) == 1 ? at : 0;
}

/* --- days --- */

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

void audience_birthdays(const struct civil *today, int64_t days, int *first, int *last)
{
    struct civil end;

    if (days >= 365) {
        *first = 101;
        *last = 1231;
        return;
    }
    end = clock_civil(
        clock_from_civil(&(struct civil){ today->year, today->month, today->day, 0, 0, 0, 0 }) +
        days * SEC_PER_DAY * USEC_PER_SEC);
    *first = today->month * 100 + today->day;
    *last = end.month * 100 + end.day;
    if (*last == 228 && !is_leap(end.year))
        *last = 229;
}
