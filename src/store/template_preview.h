/* template_preview.h - a template as customers would get it: in each language, and for some of
 * them.
 */
#pragma once

#include "store/template.h"

#define TEMPLATE_SAMPLES_MAX 20

struct template_trial {
    const struct template_row *template;
    const struct words_settings *words; /* NULL: nothing is added */
    const char *sender;                 /* "": that of the template's class */
    bool transliterate;
    uint64_t customer_id; /* one customer; 0: */
    size_t samples;       /* so many who could be written to */
};

struct template_sample {
    uint64_t customer_id; /* 0: nobody, a text with words and examples in its places */
    const char *address;  /* "": none */
    const char *language; /* of the text */
    const char *subject;  /* of a mail; else NULL */
    const char *text;     /* of a mail: its source; NULL: it cannot be said, for want of: */
    const char *missing;  /* the placeholder; "": it is too long */
    enum sms_encoding encoding;
    unsigned parts;
    const struct promo_added *added; /* NULL: nothing is to be added */
    const char *footer;              /* the same below a mail */
};

/*
 * Tells first each language with examples for the customer's and the order's values, then each
 * customer, whose order is an example, too. All of it lives in `arena`. RC_NOTFOUND: no such
 * customer. RC_INVALID: err says what is wrong with the sender or a text.
 */
enum rc template_preview(struct db *db, const struct template_trial *trial, struct arena *arena,
                         void (*tell)(void *arg, const struct template_sample *sample), void *arg,
                         struct error *err) MUST_CHECK;
