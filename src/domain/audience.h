/*
 * audience.h - the rule that says who is in an audience, as marketing writes it:
 *
 *     category in (vip, shop) and last_order > 60d ago and city = "Lyon" and not received campaign
 * 12
 *
 * doc/audience.md is the guide for those who write rules. The grammar (words in any case; white
 * space is free):
 *     rule   := nothing | "all" | or            nothing and `all`: everybody
 *     or     := and { "or" and }
 *     and    := not { "and" not }
 *     not    := "not" not | "(" or ")" | test
 *     test   := field ("=" | "!=") value                       code, word, text, number, money ...
 *             | field ["not"] "in" "(" value { "," value } ")"  code, word, text
 *             | field ["not"] "like" value                     text: % any characters, _ one
 *             | field ("<" | "<=" | ">" | ">=") value          number, money, years, age of an
 * order | field ("<" | "<=" | ">" | ">=") age "ago"      time | field ["not"] "never" time | field
 * ["not"] "unknown"                        birthday, age, a field of one's own | "birthday"
 * ("today" | ["not"] "in" age) | "consent" ("sms" | "email") | "minor" | ("received" | "replied")
 * "campaign" (number | value) | "in" "audience" value field  := a name of the table in audience.c
 *             | ("orders" | "order_total") [ "(" or ")" ]      the orders that count: a rule over
 *                                                              product, status and age
 *             | "field." name                                  of table custom_field
 *     value  := a bare word (letters, digits, _ - . %), or "quoted", where "" is a quotation mark
 *     age    := digits and h, d, w, mo or y: hours, days, weeks, months, years; 30d
 *
 * A time is compared by how long ago it is: `last_contact > 30d ago` is longer ago than 30 days,
 * and includes those never contacted; `last_order < 60d ago` is within the last 60 days, and leaves
 * out those who never ordered. `>=` and `<=` include the very moment. A consent must have been
 * given to have an age: `consent > 2y ago` leaves out those without one.
 *
 * Every test is true or false, never in between: a customer without a category is `not category =
 * vip`. The tree is therefore small: `!=`, `not in` and `not like` are NOT over the plain test.
 *
 * The same tree has a form in JSON (audience_json.c):
 *     {"and": [...]}  {"or": [...]}  {"not": {...}}  {"all": true}
 *     {"field": "city", "op": "=", "value": "Lyon"}
 *     {"field": "orders", "where": {...}, "op": ">=", "value": 2}
 */
#pragma once

#include "domain/types.h"

#define AUDIENCE_TEXT_MAX  8000  /* bytes of a rule */
#define AUDIENCE_JSON_MAX  64000 /* bytes of a rule in JSON */
#define AUDIENCE_DEPTH_MAX 32    /* parentheses and `not` within each other */
#define AUDIENCE_NODES_MAX 512   /* tests, and/or/not, and values of `in`, all together */
#define AUDIENCE_VALUE_MAX 100   /* characters of one value */
#define AUDIENCE_NAME_MAX  64    /* characters of a campaign's or an audience's name */

enum audience_field {
    AUDIENCE_CATEGORY, /* a category's code */
    AUDIENCE_SOURCE,   /* an acquisition source's code */
    AUDIENCE_CITY,
    AUDIENCE_POSTCODE,
    AUDIENCE_COUNTRY,
    AUDIENCE_LANGUAGE,
    AUDIENCE_LAST_CONTACT,
    AUDIENCE_LAST_ORDER,
    AUDIENCE_LAST_REPLY,
    AUDIENCE_CREATED,
    AUDIENCE_ORDERS,        /* how many; `filter`: which ones count */
    AUDIENCE_ORDER_TOTAL,   /* written 49.90, kept in cents; `filter` likewise */
    AUDIENCE_LAST_CAMPAIGN, /* which one, or how long ago */
    AUDIENCE_LAST_OUTCOME,  /* what became of its message: the name of a message's state */
    AUDIENCE_RECEIVED,      /* a campaign, by its number or its name */
    AUDIENCE_REPLIED,
    AUDIENCE_SAVED, /* in an audience that has a name; `saved` is its rule once the store read it */
    AUDIENCE_BIRTHDAY,
    AUDIENCE_AGE, /* in years */
    AUDIENCE_MINOR,
    AUDIENCE_CONSENT, /* sms or email; or how long ago that to SMS was given */
    AUDIENCE_CUSTOM,  /* `name` is the field's; its kind is the store's to know */
    /* Of an order, within orders(...) and order_total(...): */
    AUDIENCE_ORDER_PRODUCT, /* a product range's code */
    AUDIENCE_ORDER_STATUS,
    AUDIENCE_ORDER_AGE, /* how long ago it was ordered */
    AUDIENCE_FIELD_COUNT
};

enum audience_kind {
    AUDIENCE_CODE, /* a code of a table */
    AUDIENCE_WORD, /* one of a list of words that never changes */
    AUDIENCE_TEXT,
    AUDIENCE_TIME,
    AUDIENCE_SPAN, /* an age without "ago" */
    AUDIENCE_NUMBER,
    AUDIENCE_MONEY,
    AUDIENCE_YEARS,
    AUDIENCE_FLAG,    /* a test by itself */
    AUDIENCE_DAY,     /* of the year */
    AUDIENCE_RIGHT,   /* consent */
    AUDIENCE_SENDING, /* a campaign, or a time */
    AUDIENCE_PAST,    /* a campaign */
    AUDIENCE_NAMED,   /* an audience */
    AUDIENCE_OWN,     /* a field of one's own */
};

const char *audience_field_name(enum audience_field f);
enum audience_kind audience_field_kind(enum audience_field f);

enum audience_op {
    AUDIENCE_EQ,   /* values[0] (code, word, text, campaign, audience) or number (number, money) */
    AUDIENCE_IN,   /* values[0 .. n_values-1] */
    AUDIENCE_LIKE, /* values[0], a pattern of SQL LIKE; it holds no backslash */
    AUDIENCE_LT,   /* number; for a time: less than the span ago, and it has happened */
    AUDIENCE_LE,
    AUDIENCE_GT, /* number; for a time: more than the span ago, or never */
    AUDIENCE_GE,
    AUDIENCE_NEVER,  /* a time that has not happened, a thing that is not known */
    AUDIENCE_WITHIN, /* a birthday today or in the `number` seconds (whole days) to come */
    AUDIENCE_HOLDS,  /* a flag */
};

enum audience_node_kind { AUDIENCE_AND, AUDIENCE_OR, AUDIENCE_NOT, AUDIENCE_TEST };

struct audience_value {
    const char
        *text;  /* valid UTF-8, case as written (the database folds it); a word in lower case */
    size_t at;  /* where it stands in the rule */
    bool is_id; /* a campaign's number, in digits */
};

/*
 * To walk: AND and OR have two or more children, first_child and then each one's next; NOT has one;
 * TEST has none and uses the fields below. No walk is deeper than 3 * AUDIENCE_DEPTH_MAX; that
 * counts the nodes of a `filter`, not those of a saved audience.
 */
struct audience_node {
    enum audience_node_kind kind;
    struct audience_node *first_child, *next;
    size_t at; /* where it begins in the rule, see audience_fault() */

    enum audience_field field;
    enum audience_op op;
    const char *name;             /* of AUDIENCE_CUSTOM: what stands behind "field." */
    struct audience_node *filter; /* of orders and order_total: the orders that count; NULL: all */
    const struct audience_rule *saved;
    struct audience_value *values;
    size_t n_values;
    /* Count, cents, years; or a span: so many months of the calendar or, those 0, seconds. Of
     * AUDIENCE_CUSTOM it is a span, and only when `ago`; else there is one value. */
    int64_t number;
    int months;
    bool ago;
};

struct audience_place;
struct audience_rule {
    struct audience_node *root; /* NULL: everybody */
    const char *text;           /* where places are counted */
    /* Of a rule in JSON: which path each stretch of `text` stands for. */
    const struct audience_place *places;
    size_t n_places;
};

struct arena;
struct buffer;
struct json_t;

/*
 * Either form: JSON when it begins with "{". Everything of *out lives in `arena`. RC_INVALID with a
 * sentence that points at the character, counted from 1, or at the place in the JSON:
 * `at character 17: unknown field "citty"; known: category, source, city, ...`,
 * `at $.and[0].field: unknown field ...`.
 */
enum rc audience_parse(const char *text, struct arena *arena, struct audience_rule **out,
                       struct error *err) MUST_CHECK;
bool audience_is_json(const char *text);

/* RC_INVALID and such a sentence for what only the store can find out; `at` of a node or a value.
 */
enum rc audience_fault(const struct audience_rule *rule, size_t at, struct error *err,
                       const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The character that a sentence points at; 0: at none. */
size_t audience_fault_character(const struct error *err);

/* The rule in its one canonical spelling, which parses to the same tree again. */
void audience_print(const struct audience_rule *rule, struct buffer *out);
/* The same with every saved audience replaced by its own rule. */
void audience_print_whole(const struct audience_rule *rule, struct buffer *out);
bool audience_speaks_of_others(const struct audience_rule *rule);
/* One part of a rule. */
void audience_print_node(const struct audience_node *node, struct buffer *out);
/* The rule in JSON, to be released by the caller. NULL: no memory. */
struct json_t *audience_to_json(const struct audience_rule *rule) MUST_CHECK;
/* What it means, as an English sentence. */
void audience_say(const struct audience_rule *rule, struct buffer *out);

/* The days of a year, as month * 100 + day, on which a birthday is today or in at most `days` days.
 * first > last: over new year. Born on 29 February, it is the 28th in a year without one. */
void audience_birthdays(const struct civil *today, int64_t days, int *first, int *last);
