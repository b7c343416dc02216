/* template_parse.c - a text is read once into pieces; what cannot be one is named with its place.
 */
#include <string.h>

#include "base/arena.h"
#include "domain/template_piece.h"
#include "domain/utf8.h"

#define SEES_LINK "link:"
#define SEES_OWN  "field."

struct reading {
    struct template *t;
    struct arena *arena;
    const char *body;
    bool mail;
    struct error *err;
};

/* One placeholder: its name (for a link: with the URL) and the words behind the bar. */
struct inside {
    const char *name;
    size_t len;
    struct piece piece;
};

/* Where a sentence points: characters, from 1, as an author counts them. */
static size_t character_at(const char *body, size_t at)
{
    return utf8_length(body, at) + 1;
}

static enum rc unknown_field(const struct reading *r, const struct inside *in)
{
    char known[300] = "";
    size_t at = character_at(r->body, in->piece.at);

    for (size_t i = 0; i < TEMPLATE_FIELD_COUNT; i++) {
        strcat(known, template_field_name((enum template_field)i));
        strcat(known, ", ");
    }
    strcat(known, "field.NAME, link:https://..., stop");
    strcat(known, r->mail ? ", unsubscribe" : "");
    if (in->len == 0)
        return error_set(r->err, RC_INVALID,
                         "at character %zu: expected a name after \"{{\"; known: %s", at, known);
    return error_set(r->err, RC_INVALID,
                     "at character %zu: unknown placeholder \"%.*s\"; known: %s", at,
                     (int)utf8_cut(in->name, in->len, 60), in->name, known);
}

static enum rc add_piece(const struct reading *r, struct piece piece)
{
    struct template *t = r->t;

    if (t->n == TEMPLATE_PIECES_MAX)
        return error_set(r->err, RC_INVALID, "more than %d placeholders and texts between them",
                         TEMPLATE_PIECES_MAX);
    t->pieces[t->n++] = piece;
    return RC_OK;
}

static enum rc add_words(const struct reading *r, size_t at, size_t len)
{
    if (len == 0)
        return RC_OK;
    return add_piece(
        r, (struct piece){ .kind = PIECE_WORDS, .words = r->body + at, .length = len, .at = at });
}

/* --- a name by itself: a list of different ones, of which a piece names one by its place --- */

static enum rc add_name(const struct reading *r, struct inside *in, const char *text, size_t len,
                        const char **list, size_t *n, size_t max)
{
    size_t i = 0;

    while (i < *n && (strlen(list[i]) != len || memcmp(list[i], text, len) != 0))
        i++;
    if (i == max)
        return error_set(
            r->err, RC_INVALID, "at character %zu: more than %zu different ones of \"{{%.*s...}}\"",
            character_at(r->body, in->piece.at), max,
            in->piece.kind == PIECE_LINK ? (int)strlen(SEES_LINK) : (int)strlen(SEES_OWN),
            in->name);
    if (i == *n) {
        list[i] = arena_copy(r->arena, text, len);
        if (!list[i])
            return error_set(r->err, RC_FAIL, "no memory");
        (*n)++;
    }
    in->piece.n = (unsigned)i;
    return add_piece(r, in->piece);
}

static enum rc add_own(const struct reading *r, struct inside *in)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    const char *name = in->name + strlen(SEES_OWN);
    size_t len = in->len - strlen(SEES_OWN);

    if (!len || len > TEMPLATE_OWN_NAME_MAX || strspn(name, allowed) < len)
        return error_set(r->err, RC_INVALID,
                         "at character %zu: expected a field's name of small letters, digits and _ "
                         "after \"field.\", got \"%.*s\"",
                         character_at(r->body, in->piece.at), (int)utf8_cut(name, len, 60), name);
    in->piece.kind = PIECE_OWN;
    return add_name(r, in, name, len, r->t->own, &r->t->n_own, TEMPLATE_OWN_MAX);
}

/* http:// or https://, a host, nothing that a header or a page must not hold. No user in front of
 * the host: a text must not look like another's address. */
static bool is_url(const char *url, size_t len)
{
    size_t scheme = len > 8 && memcmp(url, "https://", 8) == 0  ? 8
                    : len > 7 && memcmp(url, "http://", 7) == 0 ? 7
                                                                : 0;
    size_t host = scheme;

    if (!scheme)
        return false;
    for (size_t i = scheme; i < len; i++) {
        if (url[i] <= ' ' || url[i] > '~' || strchr("\"<>\\^`{|}", url[i]))
            return false;
    }
    while (host < len && !strchr("/?#", url[host])) {
        if (url[host] == '@')
            return false;
        host++;
    }
    return host > scheme && url[scheme] != ':' && url[scheme] != '.';
}

static enum rc add_link(const struct reading *r, struct inside *in)
{
    const char *url = in->name + strlen(SEES_LINK);
    size_t len = in->len - strlen(SEES_LINK);

    while (len && *url == ' ') {
        url++;
        len--;
    }
    if (len > TEMPLATE_URL_MAX || !is_url(url, len))
        return error_set(r->err, RC_INVALID,
                         "at character %zu: expected an address such as https://shop.example/offer "
                         "of at most %d characters after \"link:\", got \"%.*s\"",
                         character_at(r->body, in->piece.at), TEMPLATE_URL_MAX,
                         (int)utf8_cut(url, len, 100), url);
    in->piece.kind = PIECE_LINK;
    in->piece.words = NULL;
    return add_name(r, in, url, len, r->t->links, &r->t->n_links, TEMPLATE_LINKS_MAX);
}

static bool begins(const struct inside *in, const char *with)
{
    return in->len >= strlen(with) && memcmp(in->name, with, strlen(with)) == 0;
}

static bool equals(const struct inside *in, const char *name)
{
    return in->len == strlen(name) && begins(in, name);
}

static enum rc add_placeholder(const struct reading *r, struct inside *in)
{
    if (begins(in, SEES_LINK))
        return add_link(r, in);
    if (begins(in, SEES_OWN))
        return add_own(r, in);
    if (equals(in, "stop")) {
        in->piece.kind = PIECE_STOP;
        return add_piece(r, in->piece);
    }
    if (r->mail && equals(in, "unsubscribe")) {
        in->piece.kind = PIECE_UNSUBSCRIBE;
        return add_piece(r, in->piece);
    }
    for (unsigned f = 0; f < TEMPLATE_FIELD_COUNT; f++) {
        if (equals(in, template_field_name((enum template_field)f))) {
            in->piece.kind = PIECE_FIELD;
            in->piece.n = f;
            return add_piece(r, in->piece);
        }
    }
    return unknown_field(r, in);
}

/* The placeholder whose braces open at `at`; *after is behind its closing ones. */
static enum rc parse_placeholder(const struct reading *r, size_t at, size_t *after)
{
    const char *name = r->body + at + 2;
    const char *end = strstr(name, "}}");
    const char *inner = strstr(name, "{{");
    const char *bar, *stop;
    struct inside in = { .piece = { .at = at } };

    if (!end || (inner && inner < end))
        return error_set(r->err, RC_INVALID,
                         "at character %zu: \"{{\" has no \"}}\"; write {{{{ for the braces "
                         "themselves",
                         character_at(r->body, at));
    bar = memchr(name, '|', (size_t)(end - name));
    stop = bar ? bar : end;
    if (bar) {
        in.piece.words = bar + 1;
        in.piece.length = (size_t)(end - bar - 1);
    }
    while (name < stop && *name == ' ')
        name++;
    if (strncmp(name, SEES_LINK, strlen(SEES_LINK)) == 0)
        stop = end; /* a bar is as wrong in an address as any other such character */
    while (stop > name && stop[-1] == ' ')
        stop--;
    in.name = name;
    in.len = (size_t)(stop - name);
    *after = (size_t)(end - r->body) + 2;
    return add_placeholder(r, &in);
}

static enum rc parse_pieces(const struct reading *r)
{
    const char *open;
    size_t at = 0;
    enum rc rc = RC_OK;

    while (!rc && (open = strstr(r->body + at, "{{")) != NULL) {
        size_t here = (size_t)(open - r->body);
        bool literal = open[2] == '{' && open[3] == '{';

        rc = add_words(r, at, here - at + (literal ? 2 : 0));
        at = here + 4;
        if (!rc && !literal)
            rc = parse_placeholder(r, here, &at);
    }
    return rc ? rc : add_words(r, at, strlen(r->body + at));
}

static enum rc parse(const char *body, bool mail, struct arena *arena, struct template **out,
                     struct error *err)
{
    struct reading r = { .arena = arena, .mail = mail, .err = err };
    const size_t len = strlen(body), max = mail ? TEMPLATE_MAIL_MAX : TEMPLATE_BODY_MAX;
    size_t bad_at;
    enum rc rc;

    if (len > max)
        return error_set(err, RC_INVALID, "longer than %zu bytes", max);
    if (!utf8_valid(body, len, &bad_at))
        return error_set(err, RC_INVALID, "at byte %zu: not UTF-8", bad_at + 1);
    r.t = arena_alloc(arena, sizeof(*r.t));
    r.body = arena_copy(arena, body, len);
    if (!r.t || !r.body)
        return error_set(err, RC_FAIL, "no memory");
    r.t->body = r.body;
    rc = parse_pieces(&r);
    if (!rc)
        *out = r.t;
    return rc;
}

enum rc template_parse(const char *body, struct arena *arena, struct template **out,
                       struct error *err)
{
    return parse(body, false, arena, out, err);
}

enum rc template_parse_mail(const char *body, struct arena *arena, struct template **out,
                            struct error *err)
{
    return parse(body, true, arena, out, err);
}
