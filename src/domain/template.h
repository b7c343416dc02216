/*
 * template.h - a message's text with places to fill in: `Bonjour {{first_name}}, ... {{city|votre
 * ville}}`.
 *
 * `{{name}}` is replaced by the customer's value. `{{name|words}}` has words to use when the
 * customer has no value (`{{name|}}`: nothing). Spaces around the name do not matter. `{{{{` stands
 * for `{{` itself; a single brace, and `}}` outside a placeholder, are ordinary text.
 *
 * Besides fields of the customer and of an order there are `{{field.NAME}}`, a field of the house's
 * own, `{{link:https://...}}`, which becomes a short link, and `{{stop}}`, how to refuse
 * promotions. In texts of mails `{{unsubscribe}}` is the address to do it at: it stays as it is,
 * and is filled in for each mail when it is sent.
 */
#pragma once

#include "domain/types.h"

#define TEMPLATE_BODY_MAX     4000       /* bytes of a template's text */
#define TEMPLATE_MAIL_MAX     (24 << 10) /* of a mail's: domain/markup.h */
#define TEMPLATE_UNSUBSCRIBE  "{{unsubscribe}}"
#define TEMPLATE_PIECES_MAX   100 /* placeholders and the texts between them */
#define TEMPLATE_OWN_MAX      8   /* different {{field.NAME}} */
#define TEMPLATE_OWN_NAME_MAX 32
#define TEMPLATE_LINKS_MAX    8 /* different {{link:...}} */
#define TEMPLATE_URL_MAX      500

/* What a placeholder may name. */
enum template_field {
    TEMPLATE_FIRST_NAME,
    TEMPLATE_LAST_NAME,
    TEMPLATE_COMPANY,
    TEMPLATE_STREET,
    TEMPLATE_POSTCODE,
    TEMPLATE_CITY,
    TEMPLATE_LANGUAGE,
    TEMPLATE_CUSTOMER_FIELDS, /* those before it are columns of table customer */
    TEMPLATE_ORDER_NUMBER = TEMPLATE_CUSTOMER_FIELDS, /* of the order an occasion is about */
    TEMPLATE_DELIVERY_DATE,
    TEMPLATE_DELIVERY_WINDOW,
    TEMPLATE_AMOUNT,
    TEMPLATE_INVOICE_NUMBER,
    TEMPLATE_FIELD_COUNT
};
const char *template_field_name(enum template_field f); /* of a customer's: also its column */

struct arena;
struct buffer;

struct template_values {
    const char *value[TEMPLATE_FIELD_COUNT]; /* NULL or empty: there is none */
    const char *own[TEMPLATE_OWN_MAX];       /* the same, in the order of template_own() */
    const char *links[TEMPLATE_LINKS_MAX];   /* of template_link(); NULL: the URL itself */
    const char *stop;                        /* of {{stop}}; NULL: nothing */
    /* Adds a customer's value so that it means nothing but itself; NULL: as it is. */
    void (*escape)(struct buffer *out, const char *value);
};
struct template;

/*
 * Reads `body` once; *out lives in `arena`, is never changed by rendering and may be read from
 * several threads. RC_INVALID with a sentence that says where and what was expected; RC_FAIL: no
 * memory.
 */
enum rc template_parse(const char *body, struct arena *arena, struct template **out,
                       struct error *err) MUST_CHECK;

/* The same for a mail's: longer, and with {{unsubscribe}}. */
enum rc template_parse_mail(const char *body, struct arena *arena, struct template **out,
                            struct error *err) MUST_CHECK;

/* Does it have that field? So that a query fetches no more than it must. */
bool template_uses(const struct template *t, enum template_field f);
/* Must that field have a value, for want of other words somewhere? */
bool template_needs(const struct template *t, enum template_field f);
bool template_has_stop(const struct template *t);
bool template_has_unsubscribe(const struct template *t);
/* The nth field of one's own, and link, from 0; NULL behind the last. */
const char *template_own(const struct template *t, size_t nth);
bool template_needs_own(const struct template *t, size_t nth);
const char *template_link(const struct template *t, size_t nth);
/* The character, from 1, at which the nth field of one's own stands first. */
size_t template_own_place(const struct template *t, size_t nth);
size_t template_field_place(const struct template *t, enum template_field f);

/* The nth text between placeholders, from 0; NULL behind the last. *end: nothing comes after it. */
const char *template_words(const struct template *t, size_t nth, size_t *len, bool *end);
/* Texts to stand before and behind all others from now on; they must outlive it. */
void template_wrap(struct template *t, const char *before, const char *after);

/*
 * Appends the text to `out`, whose limit bounds it. RC_NOTFOUND: no value and no words for the
 * placeholder *missing (exclusion `template`); RC_INVALID: the text does not fit. In both cases
 * `out` is as before.
 */
enum rc template_render(const struct template *t, const struct template_values *values,
                        struct buffer *out, const char **missing) MUST_CHECK;

/*
 * Whether the shortest text that can be made of it has at most `parts` SMS parts: with the values
 * given, the words of placeholders without one, and a single letter where there are none. If not,
 * *at is the character of its body, from 1, where it is too long.
 */
bool template_fits(const struct template *t, const struct template_values *values, unsigned parts,
                   size_t *at);

/* --- what a template is for --- */

enum template_kind { TEMPLATE_PROMOTIONAL, TEMPLATE_INFORMATIONAL, TEMPLATE_REMINDER };
const char *template_kind_name(enum template_kind kind);
/* RC_INVALID: none of them. */
enum rc template_kind_parse(const char *name, enum template_kind *kind) MUST_CHECK;
/* promo for promotional ones, service for the others. */
enum message_class template_kind_class(enum template_kind kind);
