/* audience_field.h - the tables of what a rule may say. For the files audience*.c; others use
 * audience.h. */
#pragma once

#include "domain/audience.h"

#define OP(op) (1u << (op))

enum audience_scope { AUDIENCE_OF_CUSTOMER, AUDIENCE_OF_ORDER };

struct audience_field_entry {
    const char *name; /* may be two words */
    enum audience_kind kind;
    enum audience_scope scope;
    bool filtered; /* may have (...) behind it */
};
extern const struct audience_field_entry audience_fields[AUDIENCE_FIELD_COUNT];

struct audience_kind_entry {
    unsigned ops;         /* OP() bits, which a rule may use on a field of that kind */
    const char *expected; /* after the field's name, for a person */
    const char *what;     /* "a number" */
    const char *never;    /* how AUDIENCE_NEVER is written */
};
extern const struct audience_kind_entry audience_kinds[];

#define AUDIENCE_OWN_PREFIX "field."

/* The words that a field of AUDIENCE_WORD or AUDIENCE_RIGHT may have; n of them. */
const char *const *audience_words(enum audience_field f, size_t *n);

#define AUDIENCE_KNOWN_SIZE 320
/* The names of all fields that there are here, for a sentence. Returns out. */
const char *audience_known_fields(enum audience_scope scope, char out[AUDIENCE_KNOWN_SIZE]);

/* "30d" and "49.90": for printing. */
void audience_add_span(const struct audience_node *test, struct buffer *out);
void audience_add_number(const struct audience_node *test, struct buffer *out);
/* Is an age what the test compares with? */
bool audience_compares_span(const struct audience_node *test);

/* One stretch of a rule's text that stands for a place of the JSON it was made from. */
struct audience_place {
    size_t at; /* from here to the next one's */
    const char *path;
};

/* "at character 17" or "at $.and[1].value". */
void audience_add_place(const struct audience_rule *rule, size_t at, struct buffer *out);

/* The text form of a rule in JSON, and its places, in `rule` (audience_json.c). */
enum rc audience_json_read(const char *json, struct arena *arena, struct audience_rule *rule,
                           struct error *err) MUST_CHECK;
