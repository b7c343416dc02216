/*
 * template.h - a message's text with places to fill in: `Bonjour {{first_name}}, ... {{city|votre
 * ville}}`.
 *
 * `{{name}}` is replaced by the customer's value. `{{name|words}}` has words to use when the
 * customer has no value (`{{name|}}`: nothing). Spaces around the name do not matter. `{{{{` stands
 * for `{{` itself; a single brace, and `}}` outside a placeholder, are ordinary text.
 */
#pragma once

#include "domain/types.h"

#define TEMPLATE_BODY_MAX   4000 /* bytes of a template's text */
#define TEMPLATE_PIECES_MAX 100  /* placeholders and the texts between them */

/* What a placeholder may name: fields of the customer and, in the messages of occasions, of their
 * order. */
enum template_field {
    TEMPLATE_FIRST_NAME,
    TEMPLATE_LAST_NAME,
    TEMPLATE_COMPANY,
    TEMPLATE_STREET,
    TEMPLATE_POSTCODE,
    TEMPLATE_CITY,
    TEMPLATE_LANGUAGE,
    TEMPLATE_ORDER_NUMBER, /* from here on: of an order */
    TEMPLATE_DELIVERY_DATE,
    TEMPLATE_DELIVERY_WINDOW,
    TEMPLATE_AMOUNT,
    TEMPLATE_FIELD_COUNT
};
const char *template_field_name(enum template_field f); /* a customer's: also its column */
static inline bool template_field_is_order(enum template_field f)
{
    return f >= TEMPLATE_ORDER_NUMBER;
}

struct template_values {
    const char *value[TEMPLATE_FIELD_COUNT]; /* NULL or empty: the customer has none */
};

struct arena;
struct buffer;
struct template;

/*
 * Reads `body` once; *out lives in `arena`, is never changed and may be read from several threads.
 * RC_INVALID with a sentence that says where and what was expected; RC_FAIL: no memory.
 */
enum rc template_parse(const char *body, struct arena *arena, struct template **out,
                       struct error *err) MUST_CHECK;

/* Does it need that field? So that a query fetches no more than it must. */
bool template_uses(const struct template *t, enum template_field f);

/*
 * Appends the text to `out`, whose limit bounds it. RC_NOTFOUND: no value and no words for *missing
 * (exclusion `template`); RC_INVALID: the text does not fit. In both cases `out` is as before.
 */
enum rc template_render(const struct template *t, const struct template_values *values,
                        struct buffer *out, enum template_field *missing) MUST_CHECK;
