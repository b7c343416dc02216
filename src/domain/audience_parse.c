/* audience_parse.c - recursive descent over a bounded rule: depth, nodes and length have limits. */
#include "domain/audience_field.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <unicode/uchar.h>

#include "base/arena.h"
#include "domain/utf8.h"

#define AGE_MAX_HOURS     (INT64_C(100) * 366 * 24)
#define NUMBER_DIGITS_MAX 12
#define QUOTE_MAX         60 /* bytes of the rule that a fault repeats */

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_SIGN };

struct token {
    enum token_kind kind;
    const char *text; /* in the rule; of TOKEN_QUOTED what is between the outer quotation marks */
    size_t len;
    size_t at; /* where it begins */
};

struct parser {
    const char *text;
    size_t len, at; /* `at`: behind `token` */
    struct token token;
    struct arena *arena;
    struct error *err;
    enum rc rc; /* of the first fault */
    unsigned depth, nodes;
};

/* Notes the first fault and its place. NULL, so that a function that makes a node can return it. */
static void *__attribute__((format(printf, 3, 4)))
fail(struct parser *p, size_t at, const char *fmt, ...)
{
    char what[400];
    va_list ap;

    if (p->rc)
        return NULL;
    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    p->rc =
        error_set(p->err, RC_INVALID, "at character %zu: %s", utf8_length(p->text, at) + 1, what);
    return NULL;
}

static void *fail_memory(struct parser *p)
{
    if (!p->rc)
        p->rc = error_set(p->err, RC_FAIL, "no memory");
    return NULL;
}

static void *fail_expected(struct parser *p, const char *expected)
{
    const struct token *t = &p->token;

    if (t->kind == TOKEN_END)
        return fail(p, t->at, "expected %s, but the rule ends here", expected);
    return fail(p, t->at, "expected %s, not \"%.*s\"", expected,
                (int)utf8_cut(t->text, t->len, QUOTE_MAX), t->text);
}

/* --- tokens --- */

static bool is_space(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xa0 || c == 0x202f;
}

static bool is_word_char(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '_' || c == '-' || c == '.' || c == '%';
    return u_isalnum((UChar32)c) || u_getCombiningClass((UChar32)c) != 0;
}

/* The character at `at`, and where the next one begins. The whole rule is known to be UTF-8. */
static uint32_t look(const struct parser *p, size_t at, size_t *after)
{
    *after = at;
    return at < p->len ? utf8_next(p->text, p->len, after) : 0;
}

static void read_quoted(struct parser *p)
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
        fail(p, p->at, "this quotation mark has no second one");
        return;
    }
    p->token.kind = TOKEN_QUOTED;
    p->token.text++;
    p->token.len = end - p->at - 1;
    p->at = end + 1;
}

static void read_sign(struct parser *p, uint32_t c, size_t after)
{
    bool pair = after < p->len && p->text[after] == '=' && (c == '<' || c == '>' || c == '!');

    if (c >= 0x80 || !strchr("=<>(),!", (int)c) || (c == '!' && !pair)) {
        fail(p, p->at, "unexpected %.*s; write a value with signs or spaces within \"\"",
             (int)(after - p->at), p->text + p->at);
        return;
    }
    p->token.kind = TOKEN_SIGN;
    p->token.len = pair ? 2 : 1;
    p->at += p->token.len;
}

static void advance(struct parser *p)
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
    } else if (!is_word_char(c)) {
        read_sign(p, c, after);
    } else {
        while (is_word_char(c)) {
            p->at = after;
            c = look(p, p->at, &after);
        }
        p->token.kind = TOKEN_WORD;
        p->token.len = p->at - p->token.at;
    }
}

static bool token_is(const struct parser *p, enum token_kind kind, const char *text)
{
    return p->token.kind == kind && p->token.len == strlen(text) &&
           strncasecmp(p->token.text, text, p->token.len) == 0;
}

/* Takes the token if it is that one. */
static bool take(struct parser *p, enum token_kind kind, const char *text)
{
    if (!token_is(p, kind, text))
        return false;
    advance(p);
    return true;
}

/* --- nodes --- */

static bool count_node(struct parser *p)
{
    if (++p->nodes <= AUDIENCE_NODES_MAX)
        return true;
    fail(p, p->token.at, "the rule has more than %d parts", AUDIENCE_NODES_MAX);
    return false;
}

static struct audience_node *node_new(struct parser *p, enum audience_node_kind kind)
{
    struct audience_node *node;

    if (!count_node(p))
        return NULL;
    node = arena_alloc(p->arena, sizeof(*node));
    if (!node)
        return fail_memory(p);
    node->kind = kind;
    return node;
}

/* Not over not is nothing. */
static struct audience_node *negate(struct parser *p, struct audience_node *node)
{
    struct audience_node *outer;

    if (!node)
        return NULL;
    if (node->kind == AUDIENCE_NOT)
        return node->first_child;
    outer = node_new(p, AUDIENCE_NOT);
    if (outer)
        outer->first_child = node;
    return outer;
}

/* --- values --- */

/* A value of the token, with its doubled quotation marks undone; NULL: fault. */
static const char *take_value(struct parser *p, enum audience_kind kind, bool pattern)
{
    const struct token t = p->token;
    size_t n = 0;
    char *value;

    if (t.kind != TOKEN_WORD && t.kind != TOKEN_QUOTED)
        return fail_expected(p, audience_kinds[kind].what);
    if (kind == AUDIENCE_CODE && t.len == 0)
        return fail_expected(p, "a code");
    if (utf8_length(t.text, t.len) > AUDIENCE_VALUE_MAX)
        return fail(p, t.at, "a value has at most %d characters", AUDIENCE_VALUE_MAX);
    if (memchr(t.text, '\0', t.len) || (pattern && memchr(t.text, '\\', t.len)))
        return fail(p, t.at, "a pattern has no backslash; %% is any characters, _ one");
    if (!count_node(p))
        return NULL;
    value = arena_copy(p->arena, t.text, t.len);
    if (!value)
        return fail_memory(p);
    if (t.kind == TOKEN_QUOTED) {
        for (size_t i = 0; i < t.len; i++) {
            value[n++] = t.text[i];
            if (t.text[i] == '"')
                i++;
        }
        value[n] = '\0';
    }
    advance(p);
    return value;
}

/* The digits that begin `*text`, at most `max` of them; false: there are none, or too many. */
static bool take_digits(const char **text, const char *end, int max, int64_t *value)
{
    int n = 0;

    *value = 0;
    for (; *text < end && **text >= '0' && **text <= '9'; (*text)++) {
        if (++n > max)
            return false;
        *value = *value * 10 + (**text - '0');
    }
    return n > 0;
}

static bool parse_cents(const char *s, const char *end, int64_t *cents)
{
    int64_t whole, part = 0;
    const char *point;

    if (!take_digits(&s, end, NUMBER_DIGITS_MAX, &whole))
        return false;
    if (s < end) {
        if (*s++ != '.')
            return false;
        point = s;
        if (!take_digits(&s, end, 2, &part) || s != end)
            return false;
        if (s - point == 1)
            part *= 10;
    }
    *cents = whole * 100 + part;
    return true;
}

static bool parse_age(const char *s, const char *end, int64_t *seconds)
{
    static const struct {
        char unit;
        int64_t hours;
    } units[] = { { 'h', 1 }, { 'd', 24 }, { 'w', 168 } };
    int64_t n;

    if (!take_digits(&s, end, NUMBER_DIGITS_MAX, &n) || s + 1 != end)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if ((*s | 0x20) == units[i].unit && n <= AGE_MAX_HOURS / units[i].hours) {
            *seconds = n * units[i].hours * 3600;
            return true;
        }
    }
    return false;
}

static bool take_number(struct parser *p, struct audience_node *test)
{
    enum audience_kind kind = audience_field_kind(test->field);
    const char *s = p->token.text, *end = s + p->token.len;
    bool good = p->token.kind == TOKEN_WORD;

    if (kind == AUDIENCE_TIME)
        good = good && parse_age(s, end, &test->number);
    else if (kind == AUDIENCE_MONEY)
        good = good && parse_cents(s, end, &test->number);
    else
        good = good && take_digits(&s, end, NUMBER_DIGITS_MAX, &test->number) && s == end;
    if (!good) {
        fail_expected(p, audience_kinds[kind].what);
        return false;
    }
    advance(p);
    if (kind == AUDIENCE_TIME && !take(p, TOKEN_WORD, "ago")) {
        fail_expected(p, "\"ago\"");
        return false;
    }
    return true;
}

static bool take_values(struct parser *p, struct audience_node *test)
{
    enum audience_kind kind = audience_field_kind(test->field);
    size_t room = test->op == AUDIENCE_IN ? AUDIENCE_NODES_MAX : 1;
    const char *values[AUDIENCE_NODES_MAX];

    if (test->op == AUDIENCE_IN && !take(p, TOKEN_SIGN, "(")) {
        fail_expected(p, "\"(\" and a list of values");
        return false;
    }
    do {
        const char *value = take_value(p, kind, test->op == AUDIENCE_LIKE);
        if (!value)
            return false;
        values[test->n_values++] = value;
    } while (test->n_values < room && take(p, TOKEN_SIGN, ","));
    if (test->op == AUDIENCE_IN && !take(p, TOKEN_SIGN, ")")) {
        fail_expected(p, "\",\" or \")\"");
        return false;
    }
    test->values = arena_alloc(p->arena, test->n_values * sizeof(values[0]));
    if (!test->values) {
        fail_memory(p);
        return false;
    }
    memcpy(test->values, values, test->n_values * sizeof(values[0]));
    return true;
}

/* --- tests --- */

static bool take_field(struct parser *p, enum audience_field *field)
{
    char known[256] = "";

    if (p->token.kind != TOKEN_WORD) {
        fail_expected(p, "a field, \"not\" or \"(\"");
        return false;
    }
    for (int i = 0; i < AUDIENCE_FIELD_COUNT; i++) {
        if (take(p, TOKEN_WORD, audience_fields[i].name)) {
            *field = (enum audience_field)i;
            return true;
        }
        strcat(known, i ? ", " : "");
        strcat(known, audience_fields[i].name);
    }
    fail(p, p->token.at, "unknown field \"%.*s\"; known: %s",
         (int)utf8_cut(p->token.text, p->token.len, QUOTE_MAX), p->token.text, known);
    return false;
}

/* An operator that this field has; *negated: it is one's opposite. */
static bool take_op(struct parser *p, enum audience_field field, enum audience_op *op,
                    bool *negated)
{
    static const struct {
        enum token_kind kind;
        const char *text;
        enum audience_op op;
        bool after_not, opposite;
    } ops[] = {
        { TOKEN_SIGN, "=", AUDIENCE_EQ, false, false },
        { TOKEN_SIGN, "!=", AUDIENCE_EQ, false, true },
        { TOKEN_SIGN, "<", AUDIENCE_LT, false, false },
        { TOKEN_SIGN, "<=", AUDIENCE_LE, false, false },
        { TOKEN_SIGN, ">", AUDIENCE_GT, false, false },
        { TOKEN_SIGN, ">=", AUDIENCE_GE, false, false },
        { TOKEN_WORD, "in", AUDIENCE_IN, true, false },
        { TOKEN_WORD, "like", AUDIENCE_LIKE, true, false },
        { TOKEN_WORD, "never", AUDIENCE_NEVER, true, false },
    };
    const struct audience_kind_entry *kind = &audience_kinds[audience_field_kind(field)];
    size_t at = p->token.at;
    bool said_not = take(p, TOKEN_WORD, "not");

    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (!token_is(p, ops[i].kind, ops[i].text) || (said_not && !ops[i].after_not))
            continue;
        if (!(kind->ops & OP(ops[i].op)))
            break;
        *op = ops[i].op;
        *negated = said_not || ops[i].opposite;
        advance(p);
        return true;
    }
    fail(p, at, "after \"%s\" expected %s", audience_field_name(field), kind->expected);
    return false;
}

static struct audience_node *parse_test(struct parser *p)
{
    struct audience_node *test = node_new(p, AUDIENCE_TEST);
    enum audience_kind kind;
    bool negated = false, good;

    if (!test || !take_field(p, &test->field) || !take_op(p, test->field, &test->op, &negated))
        return NULL;
    kind = audience_field_kind(test->field);
    if (test->op == AUDIENCE_NEVER)
        good = true;
    else if (kind == AUDIENCE_CODE || kind == AUDIENCE_TEXT)
        good = take_values(p, test);
    else
        good = take_number(p, test);
    if (!good)
        return NULL;
    return negated ? negate(p, test) : test;
}

/* --- and, or, not, parentheses --- */

static struct audience_node *parse_or(struct parser *p);

static struct audience_node *parse_not(struct parser *p)
{
    struct audience_node *node;
    size_t at = p->token.at;

    if (p->depth == AUDIENCE_DEPTH_MAX)
        return fail(p, at, "more than %d parentheses and \"not\" within each other",
                    AUDIENCE_DEPTH_MAX);
    p->depth++;
    if (take(p, TOKEN_WORD, "not")) {
        node = negate(p, parse_not(p));
    } else if (take(p, TOKEN_SIGN, "(")) {
        node = parse_or(p);
        if (node && !take(p, TOKEN_SIGN, ")"))
            node = fail_expected(p, "\"and\", \"or\" or \")\"");
    } else {
        node = parse_test(p);
    }
    p->depth--;
    return node;
}

/* `a and (b and c)` is one AND of three. Returns the last child. */
static struct audience_node *adopt(struct audience_node *parent, struct audience_node *last,
                                   struct audience_node *child)
{
    struct audience_node *first = child->kind == parent->kind ? child->first_child : child;

    if (last)
        last->next = first;
    else
        parent->first_child = first;
    while (first->next)
        first = first->next;
    return first;
}

static struct audience_node *parse_list(struct parser *p, enum audience_node_kind kind,
                                        const char *word,
                                        struct audience_node *(*parse_item)(struct parser *))
{
    struct audience_node *parent, *last, *item = parse_item(p);

    if (!item || !token_is(p, TOKEN_WORD, word))
        return item;
    parent = node_new(p, kind);
    if (!parent)
        return NULL;
    last = adopt(parent, NULL, item);
    while (take(p, TOKEN_WORD, word)) {
        item = parse_item(p);
        if (!item)
            return NULL;
        last = adopt(parent, last, item);
    }
    return parent;
}

static struct audience_node *parse_and(struct parser *p)
{
    return parse_list(p, AUDIENCE_AND, "and", parse_not);
}

static struct audience_node *parse_or(struct parser *p)
{
    return parse_list(p, AUDIENCE_OR, "or", parse_and);
}

/* Nothing, or `all` and nothing else. */
static bool is_everybody(struct parser *p)
{
    struct parser before = *p;

    take(p, TOKEN_WORD, "all");
    if (p->token.kind == TOKEN_END)
        return true;
    *p = before;
    return false;
}

enum rc audience_parse(const char *text, struct arena *arena, struct audience_rule **out,
                       struct error *err)
{
    struct parser p = { .text = text, .len = strlen(text), .arena = arena, .err = err };
    struct audience_rule *rule;
    size_t bad_at;

    if (p.len > AUDIENCE_TEXT_MAX)
        return error_set(err, RC_INVALID, "the rule is longer than %d bytes", AUDIENCE_TEXT_MAX);
    if (!utf8_valid(text, p.len, &bad_at))
        return error_set(err, RC_INVALID, "at byte %zu: not UTF-8", bad_at + 1);
    rule = arena_alloc(arena, sizeof(*rule));
    if (!rule)
        return error_set(err, RC_FAIL, "no memory");
    advance(&p);
    if (!is_everybody(&p)) {
        rule->root = parse_or(&p);
        if (!p.rc && p.token.kind != TOKEN_END)
            fail_expected(&p, "\"and\", \"or\" or the end");
    }
    if (!p.rc)
        *out = rule;
    return p.rc;
}
