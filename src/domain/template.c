/* template.c - a text is read once into pieces, words and fields in turn; filling in is copying. */
#include "domain/template.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/sms_text.h"
#include "domain/template_piece.h"
#include "domain/utf8.h"

/* With every placeholder at its longest URL or mention. */
#define SHORTEST_MAX (TEMPLATE_BODY_MAX + TEMPLATE_PIECES_MAX * TEMPLATE_URL_MAX)

const char *template_field_name(enum template_field f)
{
    static const char *const names[TEMPLATE_FIELD_COUNT] = {
        [TEMPLATE_FIRST_NAME] = "first_name",
        [TEMPLATE_LAST_NAME] = "last_name",
        [TEMPLATE_COMPANY] = "company",
        [TEMPLATE_STREET] = "street",
        [TEMPLATE_POSTCODE] = "postcode",
        [TEMPLATE_CITY] = "city",
        [TEMPLATE_LANGUAGE] = "language",
        [TEMPLATE_ORDER_NUMBER] = "order_number",
        [TEMPLATE_DELIVERY_DATE] = "delivery_date",
        [TEMPLATE_DELIVERY_WINDOW] = "delivery_window",
        [TEMPLATE_AMOUNT] = "amount",
        [TEMPLATE_INVOICE_NUMBER] = "invoice_number",
    };

    return names[f];
}

/* --- what it is made of --- */

static const struct piece *find_piece(const struct template *t, enum piece_kind kind, unsigned n)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->pieces[i].kind == kind && t->pieces[i].n == n)
            return &t->pieces[i];
    }
    return NULL;
}

static bool needs(const struct template *t, enum piece_kind kind, unsigned n)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->pieces[i].kind == kind && t->pieces[i].n == n && !t->pieces[i].words)
            return true;
    }
    return false;
}

static size_t place_of(const struct template *t, const struct piece *p)
{
    return p ? utf8_length(t->body, p->at) + 1 : 0;
}

bool template_uses(const struct template *t, enum template_field f)
{
    return find_piece(t, PIECE_FIELD, f) != NULL;
}

bool template_needs(const struct template *t, enum template_field f)
{
    return needs(t, PIECE_FIELD, f);
}

bool template_has_stop(const struct template *t)
{
    return find_piece(t, PIECE_STOP, 0) != NULL;
}

bool template_has_unsubscribe(const struct template *t)
{
    return find_piece(t, PIECE_UNSUBSCRIBE, 0) != NULL;
}

const char *template_own(const struct template *t, size_t nth)
{
    return nth < t->n_own ? t->own[nth] : NULL;
}

bool template_needs_own(const struct template *t, size_t nth)
{
    return needs(t, PIECE_OWN, (unsigned)nth);
}

const char *template_link(const struct template *t, size_t nth)
{
    return nth < t->n_links ? t->links[nth] : NULL;
}

size_t template_own_place(const struct template *t, size_t nth)
{
    return place_of(t, find_piece(t, PIECE_OWN, (unsigned)nth));
}

size_t template_field_place(const struct template *t, enum template_field f)
{
    return place_of(t, find_piece(t, PIECE_FIELD, f));
}

const char *template_words(const struct template *t, size_t nth, size_t *len, bool *end)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->pieces[i].kind != PIECE_WORDS || nth-- > 0)
            continue;
        *len = t->pieces[i].length;
        *end = i + 1 == t->n;
        return t->pieces[i].words;
    }
    return NULL;
}

void template_wrap(struct template *t, const char *before, const char *after)
{
    t->before = before;
    t->after = after;
}

/* --- filling in --- */

static const char *value_of(const struct template *t, const struct piece *p,
                            const struct template_values *values)
{
    switch (p->kind) {
    case PIECE_WORDS:
        return NULL;
    case PIECE_FIELD:
        return values->value[p->n];
    case PIECE_OWN:
        return values->own[p->n];
    case PIECE_LINK:
        return values->links[p->n] ? values->links[p->n] : t->links[p->n];
    case PIECE_STOP:
        return values->stop;
    case PIECE_UNSUBSCRIBE:
        return TEMPLATE_UNSUBSCRIBE;
    }
    return NULL;
}

static bool is_customers(const struct piece *p)
{
    return p->kind == PIECE_FIELD || p->kind == PIECE_OWN;
}

/* false: it has neither value nor words. */
static bool add_piece(const struct template *t, const struct piece *p,
                      const struct template_values *values, struct buffer *out)
{
    const char *value = value_of(t, p, values);

    if (value && value[0] && values->escape && is_customers(p))
        values->escape(out, value);
    else if (value && value[0])
        buffer_add_text(out, value);
    else if (p->words)
        buffer_add(out, p->words, p->length);
    else
        return p->kind == PIECE_STOP;
    return true;
}

/* Cuts `out` back to what it was: a half-filled text must not be sent by mistake. */
static void take_back(struct buffer *out, size_t len)
{
    out->full = false;
    out->len = len;
    if (out->data)
        out->data[len] = '\0';
}

enum rc template_render(const struct template *t, const struct template_values *values,
                        struct buffer *out, const char **missing)
{
    size_t before = out->len;

    if (out->full)
        return RC_INVALID;
    if (t->before)
        buffer_add_text(out, t->before);
    for (size_t i = 0; i < t->n; i++) {
        const struct piece *p = &t->pieces[i];
        if (add_piece(t, p, values, out))
            continue;
        take_back(out, before);
        *missing =
            p->kind == PIECE_FIELD ? template_field_name((enum template_field)p->n) : t->own[p->n];
        return RC_NOTFOUND;
    }
    if (t->after)
        buffer_add_text(out, t->after);
    if (!out->full)
        return RC_OK;
    take_back(out, before);
    return RC_INVALID;
}

/* --- the shortest text --- */

/* Where in the body the text's byte `cut` comes from; `ends`: where the text of each piece ends. */
static size_t body_place(const struct template *t, const size_t *ends, size_t begin, size_t cut)
{
    size_t i = 0, from;

    while (i + 1 < t->n && ends[i] <= cut)
        i++;
    if (t->n == 0)
        return 0;
    from = i ? ends[i - 1] : begin;
    if (t->pieces[i].kind != PIECE_WORDS || cut < from)
        return t->pieces[i].at;
    cut -= from;
    return t->pieces[i].at + (cut < t->pieces[i].length ? cut : t->pieces[i].length);
}

/* The bytes of the longest beginning of `text` that, with `after` behind it, has at most so many
 * parts. */
static size_t longest_in(const struct buffer *text, const char *after, unsigned parts)
{
    size_t good = 0, bad = text->len + 1;
    struct buffer cut;

    buffer_init(&cut, text->limit);
    while (bad - good > 1) {
        size_t middle = (good + bad) / 2;
        struct sms_measure m;
        buffer_reset(&cut);
        buffer_add(&cut, text->data, utf8_cut(text->data, text->len, middle));
        buffer_add_text(&cut, after);
        if (!sms_text_measure(buffer_text(&cut), &m) && m.parts <= parts)
            good = middle;
        else
            bad = middle;
    }
    buffer_close(&cut);
    return utf8_cut(buffer_text(text), text->len, good);
}

bool template_fits(const struct template *t, const struct template_values *values, unsigned parts,
                   size_t *at)
{
    const char *after = t->after ? t->after : "";
    size_t ends[TEMPLATE_PIECES_MAX], begin, len;
    struct sms_measure m = { 0 };
    struct buffer text;
    bool fits;

    buffer_init(&text, SHORTEST_MAX);
    buffer_add_text(&text, t->before ? t->before : "");
    begin = text.len;
    for (size_t i = 0; i < t->n; i++) {
        if (!add_piece(t, &t->pieces[i], values, &text))
            buffer_add_text(&text, "x");
        ends[i] = text.len;
    }
    len = text.len;
    buffer_add_text(&text, after);
    fits = !text.full && !sms_text_measure(buffer_text(&text), &m) && m.parts <= parts;
    if (!fits) {
        take_back(&text, len);
        *at = utf8_length(t->body, body_place(t, ends, begin, longest_in(&text, after, parts))) + 1;
    }
    buffer_close(&text);
    return fits;
}

/* --- kinds --- */

static const char *const kind_names[] = { "promotional", "informational", "reminder" };

const char *template_kind_name(enum template_kind kind)
{
    return kind_names[kind];
}

enum rc template_kind_parse(const char *name, enum template_kind *kind)
{
    for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++) {
        if (strcmp(kind_names[i], name) == 0) {
            *kind = (enum template_kind)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

enum message_class template_kind_class(enum template_kind kind)
{
    return kind == TEMPLATE_PROMOTIONAL ? CLASS_PROMO : CLASS_SERVICE;
}
