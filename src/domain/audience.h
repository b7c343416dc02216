/*
 * audience.h - the rule that says who is in an audience, as marketing writes it:
 *
 *     category in (vip, shop) and city = "Lyon" and last_contact > 30d ago and orders >= 1
 *
 * Grammar (words in any case; white space is free):
 *     rule  := nothing | "all" | or            nothing and `all`: everybody
 *     or    := and { "or" and }
 *     and   := not { "and" not }
 *     not   := "not" not | "(" or ")" | test
 *     test  := field ("=" | "!=") value                       text, code, number, money
 *            | field ["not"] "in" "(" value { "," value } ")"  text, code
 *            | field ["not"] "like" value                     text: % any characters, _ one
 *            | field ("<" | "<=" | ">" | ">=") value          number, money
 *            | field ("<" | "<=" | ">" | ">=") age "ago"      time
 *            | field "never"                                  time
 *     value := a bare word (letters, digits, _ - . %), or "quoted", where "" is a quotation mark
 *     age   := digits and h, d or w: hours, days, weeks; 30d
 *
 * A time is compared by how long ago it is: `last_contact > 30d ago` is longer ago than 30 days,
 * and includes those never contacted; `last_order < 60d ago` is within the last 60 days, and leaves
 * out those who never ordered. `>=` and `<=` include the very moment.
 *
 * Every test is true or false, never in between: a customer without a category is `not category =
 * vip`. The tree is therefore small: `!=`, `not in` and `not like` are NOT over the plain test.
 */
#pragma once

#include "domain/types.h"

#define AUDIENCE_TEXT_MAX  4000 /* bytes of a rule */
#define AUDIENCE_DEPTH_MAX 32   /* parentheses and `not` within each other */
#define AUDIENCE_NODES_MAX 256  /* tests, and/or/not, and values of `in`, all together */
#define AUDIENCE_VALUE_MAX 100  /* characters of one value */

enum audience_field {
    AUDIENCE_CATEGORY, /* a category's code */
    AUDIENCE_SOURCE,   /* an acquisition source's code */
    AUDIENCE_CITY,
    AUDIENCE_POSTCODE,
    AUDIENCE_COUNTRY,
    AUDIENCE_LANGUAGE,
    AUDIENCE_LAST_CONTACT,
    AUDIENCE_LAST_ORDER,
    AUDIENCE_CREATED,
    AUDIENCE_ORDERS,      /* how many */
    AUDIENCE_ORDER_TOTAL, /* written 49.90, kept in cents */
    AUDIENCE_FIELD_COUNT
};

enum audience_kind { AUDIENCE_CODE, AUDIENCE_TEXT, AUDIENCE_TIME, AUDIENCE_NUMBER, AUDIENCE_MONEY };

const char *audience_field_name(enum audience_field f);
enum audience_kind audience_field_kind(enum audience_field f);

enum audience_op {
    AUDIENCE_EQ,   /* values[0] (code, text) or number (number, money) */
    AUDIENCE_IN,   /* values[0 .. n_values-1] */
    AUDIENCE_LIKE, /* values[0], a pattern of SQL LIKE; it holds no backslash */
    AUDIENCE_LT,   /* number; for a time: less than `number` seconds ago, and it has happened */
    AUDIENCE_LE,
    AUDIENCE_GT, /* number; for a time: more than `number` seconds ago, or never */
    AUDIENCE_GE,
    AUDIENCE_NEVER, /* a time that has not happened */
};

enum audience_node_kind { AUDIENCE_AND, AUDIENCE_OR, AUDIENCE_NOT, AUDIENCE_TEST };

/*
 * To walk: AND and OR have two or more children, first_child and then each one's next; NOT has one;
 * TEST has none and uses the fields below. No walk is deeper than 3 * AUDIENCE_DEPTH_MAX.
 */
struct audience_node {
    enum audience_node_kind kind;
    struct audience_node *first_child, *next;

    enum audience_field field;
    enum audience_op op;
    const char **values; /* valid UTF-8; codes and texts, case as written (the database folds it) */
    size_t n_values;
    int64_t number; /* count, cents, or seconds ago */
};

struct audience_rule {
    struct audience_node *root; /* NULL: everybody */
};

struct arena;
struct buffer;

/*
 * Everything of *out lives in `arena`. RC_INVALID with a sentence that points at the character,
 * counted from 1: `at character 17: unknown field "citty"; known: category, source, city, ...`.
 */
enum rc audience_parse(const char *text, struct arena *arena, struct audience_rule **out,
                       struct error *err) MUST_CHECK;

/* The rule in its one canonical spelling, which parses to the same tree again. */
void audience_print(const struct audience_rule *rule, struct buffer *out);
