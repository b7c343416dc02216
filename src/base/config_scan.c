/* config_scan.c - the pass over a configuration file that comes before libconfuse. */
#include "base/config_scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VARIABLE_MAX 128

struct scanner {
    char *at;
    const char *end;
    int line;
    int depth;                  /* of braces that are open */
    int opened_at;              /* line of the section or list opened last */
    bool value;                 /* the next word or brace is a value: "=" was the last token */
    bool list;                  /* inside the braces of a list */
    char word[CONFIG_WORD_MAX]; /* the first word since the last value or brace: a section's name */
    struct config_scan *out;
    struct error *err;
};

static enum rc fault(const struct scanner *s, int line, const char *what)
{
    return error_set(s->err, RC_INVALID, "%d: %s", line, what);
}

/* The length of the UTF-8 character at p (RFC 3629), or 0. Control characters but tab, newline and
 * carriage return count as none. */
static size_t character(const unsigned char *p, size_t left)
{
    static const unsigned smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t n = p[0] < 0x80 ? 1 : (p[0] & 0xe0) == 0xc0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : 4;
    unsigned code;

    if (n == 1)
        return (p[0] >= 0x20 && p[0] != 0x7f) || strchr("\t\n\r", p[0] ? p[0] : 'x') ? 1 : 0;
    if (n > left || (p[0] & 0xc0) == 0x80 || p[0] > 0xf4)
        return 0;
    code = p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3fu);
    }
    return code < smallest[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : n;
}

static enum rc check_bytes(const char *text, size_t len, struct error *err)
{
    int line = 1;

    for (size_t i = 0, n; i < len; i += n) {
        n = character((const unsigned char *)text + i, len - i);
        if (n == 0)
            return error_set(err, RC_INVALID, "%d: expected UTF-8 text, got the byte 0x%02x", line,
                             (unsigned char)text[i]);
        line += text[i] == '\n';
    }
    return RC_OK;
}

static void blank(char *from, const char *to)
{
    for (; from < to; from++) {
        if (*from != '\n')
            *from = ' ';
    }
}

static bool starts(const struct scanner *s, const char *with)
{
    size_t n = strlen(with);

    return (size_t)(s->end - s->at) >= n && memcmp(s->at, with, n) == 0;
}

static void skip_line(struct scanner *s)
{
    char *from = s->at;

    while (s->at < s->end && *s->at != '\n')
        s->at++;
    blank(from, s->at);
}

static enum rc skip_block(struct scanner *s)
{
    char *from = s->at;
    int line = s->line;

    for (s->at += 2; s->at < s->end && !starts(s, "*/"); s->at++)
        s->line += *s->at == '\n';
    if (s->at == s->end)
        return fault(s, line, "the comment that begins here with /* has no */");
    s->at += 2;
    blank(from, s->at);
    return RC_OK;
}

/* ${NAME} or ${NAME:-what to take when it is not set}, inside double quotes; at the "$". */
static enum rc check_variable(struct scanner *s)
{
    char name[VARIABLE_MAX];
    const char *from = s->at + 2, *close = from, *end_of_name;
    size_t len;

    while (close < s->end && *close != '}' && *close != '"' && *close != '\n')
        close++;
    if (close == s->end || *close != '}')
        return fault(s, s->line, "expected ${NAME} or ${NAME:-default}, got no closing }");
    end_of_name = memchr(from, ':', (size_t)(close - from));
    len = (size_t)((end_of_name ? end_of_name : close) - from);
    if (len == 0 || len >= sizeof(name) || (end_of_name && end_of_name[1] != '-'))
        return fault(s, s->line, "expected ${NAME} or ${NAME:-default}");
    memcpy(name, from, len);
    name[len] = '\0';
    if (!end_of_name && !getenv(name))
        return error_set(s->err, RC_INVALID, "%d: the environment has no variable %s", s->line,
                         name);
    s->at += close + 1 - s->at;
    return RC_OK;
}

/* A text in double or single quotes; at the opening quote. */
static enum rc check_quoted(struct scanner *s)
{
    const char quote = *s->at++;
    const int line = s->line;
    enum rc rc;

    while (s->at < s->end && *s->at != quote) {
        if (*s->at == '\n')
            s->line++;
        if (quote == '"' && starts(s, "${")) {
            rc = check_variable(s);
            if (rc)
                return rc;
            continue;
        }
        if (*s->at == '\\') {
            s->at++;
            if (s->at == s->end)
                break;
            if (quote == '"' && !strchr("\\\"nt$\n", *s->at))
                return fault(
                    s, s->line,
                    "expected \\\\, \\\", \\n, \\t or \\$ after a backslash in double quotes");
            s->line += *s->at == '\n';
        }
        s->at++;
    }
    if (s->at >= s->end)
        return fault(s, line, "the text that begins here with a quote has no closing quote");
    s->at++;
    return RC_OK;
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("_.:/%-@", c));
}

static void take_word(struct scanner *s)
{
    const char *from = s->at;

    while (s->at < s->end && is_word(*s->at))
        s->at++;
    if (!s->word[0] && !s->value && !s->list)
        snprintf(s->word, sizeof(s->word), "%.*s", (int)(s->at - from), from);
}

static enum rc open_brace(struct scanner *s)
{
    struct config_scan *out = s->out;

    s->opened_at = s->line;
    if (s->value) {
        s->list = true;
        return RC_OK;
    }
    if (s->list || s->depth)
        return fault(s, s->line, "unexpected {: a section cannot hold another");
    if (out->n == CONFIG_SECTIONS_MAX)
        return fault(s, s->line, "too many sections");
    snprintf(out->sections[out->n].name, CONFIG_WORD_MAX, "%s", s->word);
    out->sections[out->n++].line = s->line;
    s->depth = 1;
    return RC_OK;
}

static enum rc close_brace(struct scanner *s)
{
    if (!s->list && !s->depth)
        return fault(s, s->line, "unexpected }: no section is open here");
    if (!s->list)
        s->depth = 0;
    s->list = false;
    return RC_OK;
}

static enum rc next_token(struct scanner *s)
{
    enum rc rc = RC_OK;
    bool assigned = s->value;

    switch (*s->at) {
    case '"':
    case '\'':
        rc = check_quoted(s);
        break;
    case '=':
        s->at++;
        s->value = true;
        return RC_OK;
    case '{':
        rc = open_brace(s);
        s->at++;
        break;
    case '}':
        rc = close_brace(s);
        s->at++;
        s->word[0] = '\0';
        break;
    case ',':
        s->at++;
        break;
    default:
        if (!is_word(*s->at))
            return error_set(s->err, RC_INVALID, "%d: unexpected '%.*s': put texts in quotes",
                             s->line, (int)character((unsigned char *)s->at, 4), s->at);
        take_word(s);
    }
    s->value = false;
    if (assigned || s->depth)
        s->word[0] = '\0';
    return rc;
}

enum rc config_scan(char *text, size_t len, struct config_scan *scan, struct error *err)
{
    struct scanner s = { .at = text, .end = text + len, .line = 1, .out = scan, .err = err };
    enum rc rc = check_bytes(text, len, err);

    scan->n = 0;
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        blank(text, text + 3);
    while (!rc && s.at < s.end) {
        if (*s.at == '\n') {
            s.line++;
            s.at++;
        } else if (*s.at == ' ' || *s.at == '\t' || *s.at == '\r') {
            *s.at++ = ' ';
        } else if (*s.at == '#' || starts(&s, "//")) {
            skip_line(&s);
        } else if (starts(&s, "/*")) {
            rc = skip_block(&s);
        } else {
            rc = next_token(&s);
        }
    }
    if (!rc && (s.depth || s.list))
        return error_set(err, RC_INVALID, "%d: the %s that begins here has no closing }",
                         s.opened_at, s.list ? "list" : "section");
    return rc;
}
