/* mail_param.c - name=value; name="value"; name*=charset'language'%41; name*0=..., name*1*=... */
#include "channel/mail/mail_param.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "channel/mail/mail_value.h"
#include "domain/charset.h"

#define PIECES_MAX 100 /* name*0 to name*99 */
#define WORD_MAX   100
#define LABEL_SIZE 48

struct piece {
    const char *text;
    size_t len;
    bool is_set, is_quoted, is_encoded;
};

/* All that there is of one parameter. */
struct found {
    struct piece plain, pieces[PIECES_MAX];
    size_t n_pieces; /* from the first one without a gap */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Where what stands in front ends. */
static const char *head_end(const char *value)
{
    return value + strcspn(value, "; \t(");
}

/* The value behind "="; returns where it ends. */
static const char *take_value(const char *at, struct piece *out)
{
    const char *end;

    *out = (struct piece){ .is_set = true };
    at += strspn(at, " \t");
    if (*at == '"') {
        out->is_quoted = true;
        out->text = ++at;
        while (*at && *at != '"')
            at += *at == '\\' && at[1] ? 2 : 1;
        out->len = (size_t)(at - out->text);
        return *at ? at + 1 : at;
    }
    /* Blanks do not belong here, but file names without quotes have them. */
    end = at + strcspn(at, ";");
    out->text = at;
    for (at = end; at > out->text && is_blank(at[-1]); at--)
        ;
    out->len = (size_t)(at - out->text);
    return end;
}

/* "*", "*3", "*3*" behind the name: which piece it is, and whether it is encoded. */
static bool read_suffix(const char *text, size_t len, size_t *which, bool *encoded)
{
    size_t at = 1, number = 0;

    *encoded = len > 0 && text[len - 1] == '*';
    if (!len || text[0] != '*')
        return false;
    for (; at < len && text[at] >= '0' && text[at] <= '9' && number < PIECES_MAX; at++)
        number = number * 10 + (size_t)(text[at] - '0');
    *which = number;
    return number < PIECES_MAX && (at == len || (at + 1 == len && *encoded));
}

static void add_piece(struct found *f, const char *suffix, size_t len, struct piece piece)
{
    size_t which;

    if (!len) {
        if (!f->plain.is_set)
            f->plain = piece;
    } else if (read_suffix(suffix, len, &which, &piece.is_encoded) && !f->pieces[which].is_set) {
        f->pieces[which] = piece;
    }
}

static bool find(const char *value, const char *name, struct found *f)
{
    const size_t n = strlen(name);
    const char *at = head_end(value);

    *f = (struct found){ 0 };
    while (*at) {
        const char *word;
        struct piece piece;
        size_t len;
        at += strspn(at, "; \t");
        word = at;
        len = strcspn(at, "=; \t\"");
        at += len;
        at += strspn(at, " \t");
        if (*at != '=') {
            at += *at == '"';
            continue;
        }
        at = take_value(at + 1, &piece);
        if (len >= n && !strncasecmp(word, name, n))
            add_piece(f, word + n, len - n, piece);
    }
    while (f->n_pieces < PIECES_MAX && f->pieces[f->n_pieces].is_set)
        f->n_pieces++;
    return f->n_pieces || f->plain.is_set;
}

/* --- decoding --- */

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void add_percent(struct buffer *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const int high = i + 2 < len && text[i] == '%' ? digit(text[i + 1]) : -1;
        const int low = high >= 0 ? digit(text[i + 2]) : -1;
        const char c = low >= 0 ? (char)(high << 4 | low) : text[i];
        buffer_add(out, &c, 1);
        i += low >= 0 ? 2 : 0;
    }
}

/* A backslash that is not in front of a quote or of another one is part of a path. */
static void add_plain(struct buffer *out, const struct piece *p)
{
    for (size_t i = 0; i < p->len; i++) {
        if (p->is_quoted && p->text[i] == '\\' && i + 1 < p->len &&
            (p->text[i + 1] == '"' || p->text[i + 1] == '\\'))
            i++;
        buffer_add(out, p->text + i, 1);
    }
}

/* "utf-8'fr'" in front of the first piece: its label; the piece begins behind it then. */
static void take_label(struct piece *first, char label[LABEL_SIZE])
{
    const char *end = first->text + first->len;
    const char *quote = memchr(first->text, '\'', first->len);
    const char *second = quote ? memchr(quote + 1, '\'', (size_t)(end - quote - 1)) : NULL;
    const size_t len = second ? (size_t)(quote - first->text) : 0;

    label[0] = '\0';
    if (!second)
        return;
    if (len < LABEL_SIZE) {
        memcpy(label, first->text, len);
        label[len] = '\0';
    }
    first->text = second + 1;
    first->len = (size_t)(end - second - 1);
}

/* The bytes, and the charset that they are said to be in. */
static void join(struct found *f, struct buffer *out, char label[LABEL_SIZE])
{
    label[0] = '\0';
    if (!f->n_pieces) {
        add_plain(out, &f->plain);
        return;
    }
    if (f->pieces[0].is_encoded)
        take_label(&f->pieces[0], label);
    for (size_t i = 0; i < f->n_pieces; i++) {
        if (f->pieces[i].is_encoded)
            add_percent(out, f->pieces[i].text, f->pieces[i].len);
        else
            add_plain(out, &f->pieces[i]);
    }
}

const char *mail_param_text(struct arena *arena, const char *value, const char *name, size_t max)
{
    char label[LABEL_SIZE];
    struct buffer bytes, text;
    struct found f;
    const char *out;

    if (!find(value, name, &f))
        return "";
    buffer_init(&bytes, MAIL_VALUE_MAX);
    buffer_init(&text, MAIL_VALUE_MAX * 3);
    join(&f, &bytes, label);
    if (*label)
        charset_to_utf8(label, buffer_text(&bytes), bytes.len, &text);
    else /* encoded words do not belong here, but they are what many write */
        buffer_add(&text, buffer_text(&bytes), bytes.len);
    out = mail_value_text(arena, buffer_text(&text), max);
    buffer_close(&bytes);
    buffer_close(&text);
    return out;
}

static const char *lower(struct arena *arena, const char *text, size_t len)
{
    char *out = arena_copy(arena, text, len);

    for (char *c = out; c && *c; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    }
    return out ? out : "";
}

const char *mail_param_word(struct arena *arena, const char *value, const char *name)
{
    const char *text = mail_param_text(arena, value, name, WORD_MAX);
    const char *comment = strstr(text, " (");

    return *text ? lower(arena, text, comment ? (size_t)(comment - text) : strlen(text)) : "";
}

const char *mail_param_bytes(struct arena *arena, const char *value, const char *name)
{
    char label[LABEL_SIZE];
    struct buffer bytes;
    struct found f;
    const char *out;

    if (!find(value, name, &f))
        return "";
    buffer_init(&bytes, MAIL_VALUE_MAX);
    join(&f, &bytes, label);
    out = arena_copy(arena, buffer_text(&bytes), bytes.len);
    buffer_close(&bytes);
    return out ? out : "";
}

const char *mail_param_head(struct arena *arena, const char *value)
{
    const size_t len = (size_t)(head_end(value) - value);

    for (size_t i = 0; i < len; i++) {
        if (value[i] <= ' ' || value[i] == 0x7f)
            return "";
    }
    return len && len <= WORD_MAX ? lower(arena, value, len) : "";
}
