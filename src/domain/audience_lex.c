/* audience_lex.c - the words and signs of a rule, and where a fault is. */
#include "domain/audience_lex.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <unicode/uchar.h>

#include "domain/utf8.h"

#define QUOTE_MAX 60 /* bytes of the rule that a fault repeats */

void *audience_fail(struct audience_parser *p, size_t at, const char *fmt, ...)
{
    char what[400];
    va_list ap;

    if (p->rc)
        return NULL;
    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    p->rc = audience_fault(p->rule, at, p->err, "%s", what);
    return NULL;
}

void *audience_fail_memory(struct audience_parser *p)
{
    if (!p->rc)
        p->rc = error_set(p->err, RC_FAIL, "no memory");
    return NULL;
}

void *audience_fail_expected(struct audience_parser *p, const char *expected)
{
    const struct token *t = &p->token;

    if (t->kind == TOKEN_END)
        return audience_fail(p, t->at, "expected %s, but the rule ends here", expected);
    return audience_fail(p, t->at, "expected %s, not \"%.*s\"", expected,
                         (int)utf8_cut(t->text, t->len, QUOTE_MAX), t->text);
}

/* --- tokens --- */

static bool is_space(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xa0 || c == 0x202f;
}

bool audience_is_word_char(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '_' || c == '-' || c == '.' || c == '%';
    return u_isalnum((UChar32)c) || u_getCombiningClass((UChar32)c) != 0;
}

/* The character at `at`, and where the next one begins. The whole rule is known to be UTF-8. */
static uint32_t look(const struct audience_parser *p, size_t at, size_t *after)
{
    *after = at;
    return at < p->len ? utf8_next(p->text, p->len, after) : 0;
}

static void read_quoted(struct audience_parser *p)
{
    size_t end = p->at + 1;

    for (; end < p->len; end++) {
        if (p->text[end] != '"')
            continue;
        if (end + 1 == p->len || p->text[end + 1] != '"')
            break;
        end++;
    }
    if (end >= p->len) {
        audience_fail(p, p->at, "this quotation mark has no second one");
        return;
    }
    p->token.kind = TOKEN_QUOTED;
    p->token.text++;
    p->token.len = end - p->at - 1;
    p->at = end + 1;
}

static void read_sign(struct audience_parser *p, uint32_t c, size_t after)
{
    bool pair = after < p->len && p->text[after] == '=' && (c == '<' || c == '>' || c == '!');

    if (c >= 0x80 || !strchr("=<>(),!", (int)c) || (c == '!' && !pair)) {
        audience_fail(p, p->at, "unexpected %.*s; write a value with signs or spaces within \"\"",
                      (int)(after - p->at), p->text + p->at);
        return;
    }
    p->token.kind = TOKEN_SIGN;
    p->token.len = pair ? 2 : 1;
    p->at += p->token.len;
}

void audience_advance(struct audience_parser *p)
{
    size_t after;
    uint32_t c;

    while (is_space(c = look(p, p->at, &after)))
        p->at = after;
    p->token = (struct token){ .kind = TOKEN_END, .text = p->text + p->at, .at = p->at };
    if (p->at == p->len || p->rc)
        return;
    if (c == '"') {
        read_quoted(p);
    } else if (!audience_is_word_char(c)) {
        read_sign(p, c, after);
    } else {
        while (audience_is_word_char(c)) {
            p->at = after;
            c = look(p, p->at, &after);
        }
        p->token.kind = TOKEN_WORD;
        p->token.len = p->at - p->token.at;
    }
}

bool audience_token_is(const struct audience_parser *p, enum token_kind kind, const char *text)
{
    return p->token.kind == kind && p->token.len == strlen(text) &&
           strncasecmp(p->token.text, text, p->token.len) == 0;
}

bool audience_take(struct audience_parser *p, enum token_kind kind, const char *text)
{
    if (!audience_token_is(p, kind, text))
        return false;
    audience_advance(p);
    return true;
}
