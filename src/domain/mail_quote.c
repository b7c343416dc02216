/* mail_quote.c - line by line: quoted, introducing a quotation, the end of what was written, or
 * text. */
#include "domain/mail_quote.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define JOINED_MAX    400 /* of a line that introduces a quotation, when it was wrapped */
#define JOINED_LINES  3
#define HEADER_LINES  8 /* in which Outlook's From, Sent, To, Subject stand */
#define SENT_WITH_MAX 80

struct line {
    const char *text; /* without blanks around it */
    size_t len;
    const char *next; /* behind its end */
};

/* "On Monday ... Ann wrote:" begins with the one and has the other before its colon. */
static const struct introduction {
    const char *begin, *verb;
} introductions[] = {
    { "On ", "wrote" },   { "Le ", " a écrit" }, { "Le ", " a ecrit" },   { "Le ", " écrit" },
    { "Am ", "schrieb" }, { "El ", "escribi" },  { "Il ", "ha scritto" }, { "Em ", "escreveu" },
    { "Op ", "schreef" }, { "Den ", "skrev" },   { "W dniu ", "napisa" }, { "Dne ", "napsal" },
    { "", "> wrote" },    { "", "> a écrit" },   { "", "> schrieb" },     { "", "napisał(a)" },
};

/* Between dashes, or alone on a line. */
static const char *const separators[] = {
    "original message",    "message d'origine",         "message d’origine",
    "message original",    "ursprüngliche nachricht",   "mensaje original",
    "messaggio originale", "oorspronkelijk bericht",    "mensagem original",
    "forwarded message",   "message transféré",         "message transmis",
    "message réexpédié",   "weitergeleitete nachricht", "mensaje reenviado",
    "messaggio inoltrato", "doorgestuurd bericht",      "original appointment",
};

/* Labels of the headers that Outlook puts above what it quotes. */
static const char *const from_labels[] = { "From:", "De:", "De :", "Von:", "Da:", "Van:" };
static const char *const other_labels[] = {
    "Sent:",      "Date:",   "To:",      "Cc:",      "Subject:", "Envoyé:",     "Envoyé :",
    "Date :",     "À:",      "À :",      "A :",      "Cc :",     "Objet:",      "Objet :",
    "Gesendet:",  "Datum:",  "An:",      "Betreff:", "Enviado:", "Enviado el:", "Fecha:",
    "Para:",      "Asunto:", "Inviato:", "A:",       "Oggetto:", "Verzonden:",  "Aan:",
    "Onderwerp:", "Data:",   "Assunto:",
};

/* What programs of telephones write below. */
static const char *const sent_with[] = {
    "Sent from ",    "Envoyé de",    "Envoyé depuis",    "Envoyé à partir",     "Von meinem ",
    "Gesendet von ", "Get Outlook ", "Obtenir Outlook",  "Télécharger Outlook", "Enviado desde ",
    "Enviado do ",   "Inviato da ",  "Verzonden vanaf ",
};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static struct line line_at(const char *text, const char *end)
{
    const char *stop = memchr(text, '\n', (size_t)(end - text));
    struct line l = { .text = text, .next = stop ? stop + 1 : end };

    if (!stop)
        stop = end;
    while (l.text < stop && (*l.text == ' ' || *l.text == '\t'))
        l.text++;
    while (stop > l.text && (stop[-1] == ' ' || stop[-1] == '\t'))
        stop--;
    l.len = (size_t)(stop - l.text);
    return l;
}

static bool begins_with(const struct line *l, const char *prefix)
{
    const size_t n = strlen(prefix);

    return l->len >= n && !strncasecmp(l->text, prefix, n);
}

static bool has(const char *text, size_t len, const char *word)
{
    const size_t n = strlen(word);

    for (size_t i = 0; i + n <= len; i++) {
        if (!strncasecmp(text + i, word, n))
            return true;
    }
    return false;
}

static bool begins_with_any(const struct line *l, const char *const *prefixes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (begins_with(l, prefixes[i]))
            return true;
    }
    return false;
}

static bool is_quoted(const struct line *l)
{
    return l->len && l->text[0] == '>';
}

/* The first line behind `at` that is not blank; its len is 0: there is none. */
static struct line next_words(const char *at, const char *end)
{
    struct line l = { .text = end, .next = end };

    while (at < end) {
        l = line_at(at, end);
        if (l.len)
            break;
        at = l.next;
    }
    return l;
}

/* --- the ends of what was written --- */

static bool is_signature(const struct line *l)
{
    return l->len == 2 && l->text[0] == '-' && l->text[1] == '-';
}

static bool is_separator(const struct line *l)
{
    size_t dashes = 0;

    while (dashes < l->len && (l->text[dashes] == '-' || l->text[dashes] == '_'))
        dashes++;
    if (begins_with(l, "Begin forwarded message:") || begins_with(l, "Début du message réexpédié"))
        return true;
    if (dashes < 3 || l->len > 120)
        return false;
    for (size_t i = 0; i < COUNT(separators); i++) {
        if (has(l->text, l->len, separators[i]))
            return true;
    }
    return false;
}

/* Bold in HTML may have become stars. */
static struct line without_stars(struct line l)
{
    while (l.len && *l.text == '*') {
        l.text++;
        l.len--;
    }
    return l;
}

/* From, and at least two of its companions below. */
static bool is_outlook_header(const struct line *l, const char *end)
{
    struct line first = without_stars(*l);
    const char *at = l->next;
    unsigned found = 0;

    if (!begins_with_any(&first, from_labels, COUNT(from_labels)))
        return false;
    for (int i = 0; i < HEADER_LINES && at < end; i++) {
        struct line other = without_stars(line_at(at, end));
        found += begins_with_any(&other, other_labels, COUNT(other_labels));
        at = other.next;
    }
    return found >= 2;
}

static bool is_rule(const struct line *l)
{
    size_t n = 0;

    while (n < l->len && (l->text[n] == '_' || l->text[n] == '-'))
        n++;
    return n == l->len && n >= 10;
}

static bool ends_here(const struct line *l, const char *end)
{
    struct line next;

    if (is_signature(l) || is_separator(l) || is_outlook_header(l, end))
        return true;
    if (!is_rule(l))
        return false;
    next = next_words(l->next, end);
    return is_outlook_header(&next, end);
}

/* --- introductions --- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_introduction(const char *text, size_t len)
{
    const struct line l = { .text = text, .len = len };

    if (!len || text[len - 1] != ':')
        return false;
    /* "2026-11-26 8:00 GMT+01:00 Ann <ann@example.com>:" */
    if (len > 3 && !memcmp(text + len - 2, ">:", 2) && has(text, len, "@") && is_digit(*text))
        return true;
    for (size_t i = 0; i < COUNT(introductions); i++) {
        if (begins_with(&l, introductions[i].begin) && has(text, len, introductions[i].verb))
            return true;
    }
    return false;
}

static bool names_somebody(const char *text, size_t len)
{
    bool digit = false;

    for (size_t i = 0; i < len; i++)
        digit |= is_digit(text[i]);
    return digit || memchr(text, '@', len);
}

/* One line, or up to three that were one. NULL: none; else where what it introduces begins. `all`:
 * what follows is not marked, so it is the quotation up to the end. */
static const char *introduction(const struct line *l, const char *end, bool *all)
{
    char joined[JOINED_MAX + 1];
    size_t len = 0;
    struct line part = *l, next;

    for (int i = 0; i < JOINED_LINES && part.len && !is_quoted(&part); i++) {
        if (len + part.len + 1 > JOINED_MAX)
            return NULL;
        if (len)
            joined[len++] = ' ';
        memcpy(joined + len, part.text, part.len);
        len += part.len;
        if (is_introduction(joined, len)) {
            next = next_words(part.next, end);
            *all = !is_quoted(&next);
            /* "Le livreur a écrit :" may be what somebody has to say. */
            return !*all || names_somebody(joined, len) ? part.next : NULL;
        }
        if (part.next == end)
            return NULL;
        part = line_at(part.next, end);
    }
    return NULL;
}

/* --- the whole --- */

struct kept {
    char *out;
    size_t len;
    bool blank; /* an empty line is owed */
};

static void keep(struct kept *k, const struct line *l)
{
    if (!l->len) {
        k->blank = k->len > 0;
        return;
    }
    if (k->len)
        k->out[k->len++] = '\n';
    if (k->blank)
        k->out[k->len++] = '\n';
    k->blank = false;
    memcpy(k->out + k->len, l->text, l->len);
    k->len += l->len;
}

size_t mail_quote_strip(const char *text, size_t len, char *out)
{
    const char *at = text, *end = text + len;
    struct kept kept = { .out = out };

    while (at < end) {
        const struct line l = line_at(at, end);
        const char *behind;
        bool all;
        if (ends_here(&l, end))
            break;
        at = l.next;
        if (is_quoted(&l) ||
            (l.len < SENT_WITH_MAX && begins_with_any(&l, sent_with, COUNT(sent_with))))
            continue;
        behind = introduction(&l, end, &all);
        if (behind && all)
            break;
        if (behind)
            at = behind;
        else
            keep(&kept, &l);
    }
    out[kept.len] = '\0';
    return kept.len;
}
