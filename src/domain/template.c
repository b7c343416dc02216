/* template.c - a text is read once into pieces, words and fields in turn; filling in is copying. */
#include "domain/template.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/utf8.h"

static const char *const field_names[TEMPLATE_FIELD_COUNT] = {
    [TEMPLATE_FIRST_NAME] = "first_name", [TEMPLATE_LAST_NAME] = "last_name",
    [TEMPLATE_COMPANY] = "company",       [TEMPLATE_STREET] = "street",
    [TEMPLATE_POSTCODE] = "postcode",     [TEMPLATE_CITY] = "city",
    [TEMPLATE_LANGUAGE] = "language",     [TEMPLATE_ORDER_NUMBER] = "order_number",
    [TEMPLATE_DELIVERY_DATE] = "delivery_date", [TEMPLATE_DELIVERY_WINDOW] = "delivery_window",
    [TEMPLATE_AMOUNT] = "amount",
};

/* Words (field < 0), or a field with words for when it is empty (words NULL: it must not be). */
struct piece {
    int field;
    const char *words;
    size_t length;
};

struct template
{
    size_t n;
    struct piece pieces[TEMPLATE_PIECES_MAX];
};

const char *template_field_name(enum template_field f)
{
    return field_names[f];
}

/* Where a sentence points: characters, from 1, as an author counts them. */
static size_t character_at(const char *body, size_t at)
{
    return utf8_length(body, at) + 1;
}

static enum rc unknown_field(const char *body, size_t at, const char *name, size_t len,
                             struct error *err)
{
    char known[256] = "";

    for (size_t i = 0; i < TEMPLATE_FIELD_COUNT; i++) {
        strcat(known, i ? ", " : "");
        strcat(known, field_names[i]);
    }
    if (len == 0)
        return error_set(err, RC_INVALID,
                         "at character %zu: expected a name after \"{{\"; known: %s",
                         character_at(body, at), known);
    return error_set(err, RC_INVALID, "at character %zu: unknown placeholder \"%.*s\"; known: %s",
                     character_at(body, at), (int)utf8_cut(name, len, 60), name, known);
}

static enum rc add_piece(struct template *t, struct piece piece, struct error *err)
{
    if (t->n == TEMPLATE_PIECES_MAX)
        return error_set(err, RC_INVALID, "more than %d placeholders and texts between them",
                         TEMPLATE_PIECES_MAX);
    t->pieces[t->n++] = piece;
    return RC_OK;
}

static enum rc add_words(struct template *t, const char *words, size_t len, struct error *err)
{
    if (len == 0)
        return RC_OK;
    return add_piece(t, (struct piece){ .field = -1, .words = words, .length = len }, err);
}

/* The placeholder whose braces open at `at`; *after is behind its closing ones. */
static enum rc parse_placeholder(struct template *t, const char *body, size_t at, size_t *after,
                                 struct error *err)
{
    const char *name = body + at + 2;
    const char *end = strstr(name, "}}");
    const char *inner = strstr(name, "{{");
    const char *bar, *stop;
    struct piece piece = { .field = -1 };

    if (!end || (inner && inner < end))
        return error_set(err, RC_INVALID,
                         "at character %zu: \"{{\" has no \"}}\"; write {{{{ for the braces "
                         "themselves",
                         character_at(body, at));
    bar = memchr(name, '|', (size_t)(end - name));
    stop = bar ? bar : end;
    if (bar) {
        piece.words = bar + 1;
        piece.length = (size_t)(end - bar - 1);
    }
    while (name < stop && *name == ' ')
        name++;
    while (stop > name && stop[-1] == ' ')
        stop--;
    for (int i = 0; i < TEMPLATE_FIELD_COUNT; i++) {
        if (strlen(field_names[i]) == (size_t)(stop - name) &&
            memcmp(field_names[i], name, (size_t)(stop - name)) == 0)
            piece.field = i;
    }
    if (piece.field < 0)
        return unknown_field(body, at, name, (size_t)(stop - name), err);
    *after = (size_t)(end - body) + 2;
    return add_piece(t, piece, err);
}

static enum rc parse_pieces(struct template *t, const char *body, struct error *err)
{
    const char *open;
    size_t at = 0;
    enum rc rc = RC_OK;

    while (!rc && (open = strstr(body + at, "{{")) != NULL) {
        size_t here = (size_t)(open - body);
        bool literal = open[2] == '{' && open[3] == '{';

        rc = add_words(t, body + at, here - at + (literal ? 2 : 0), err);
        at = here + 4;
        if (!rc && !literal)
            rc = parse_placeholder(t, body, here, &at, err);
    }
    return rc ? rc : add_words(t, body + at, strlen(body + at), err);
}

enum rc template_parse(const char *body, struct arena *arena, struct template **out,
                       struct error *err)
{
    size_t len = strlen(body), bad_at;
    struct template *t;
    char *kept;
    enum rc rc;

    if (len > TEMPLATE_BODY_MAX)
        return error_set(err, RC_INVALID, "longer than %d bytes", TEMPLATE_BODY_MAX);
    if (!utf8_valid(body, len, &bad_at))
        return error_set(err, RC_INVALID, "at byte %zu: not UTF-8", bad_at + 1);
    t = arena_alloc(arena, sizeof(*t));
    kept = arena_copy(arena, body, len);
    if (!t || !kept)
        return error_set(err, RC_FAIL, "no memory");
    rc = parse_pieces(t, kept, err);
    if (!rc)
        *out = t;
    return rc;
}

bool template_uses(const struct template *t, enum template_field f)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->pieces[i].field == (int)f)
            return true;
    }
    return false;
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
                        struct buffer *out, enum template_field *missing)
{
    size_t before = out->len;

    if (out->full)
        return RC_INVALID;
    for (size_t i = 0; i < t->n; i++) {
        const struct piece *p = &t->pieces[i];
        const char *value = p->field >= 0 ? values->value[p->field] : NULL;

        if (value && value[0]) {
            buffer_add_text(out, value);
        } else if (p->words) {
            buffer_add(out, p->words, p->length);
        } else {
            take_back(out, before);
            *missing = (enum template_field)p->field;
            return RC_NOTFOUND;
        }
    }
    if (!out->full)
        return RC_OK;
    take_back(out, before);
    return RC_INVALID;
}
