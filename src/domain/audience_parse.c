/* audience_parse.c - recursive descent over a bounded rule: depth, nodes and length have limits. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "domain/audience_lex.h"
#include "domain/utf8.h"

#define QUOTE_MAX    60 /* bytes of the rule that a fault repeats */
#define OWN_NAME_MAX 32 /* of custom_field.name */

static struct audience_node *parse_or(struct audience_parser *p);

/* --- nodes --- */

static struct audience_node *node_new(struct audience_parser *p, enum audience_node_kind kind)
{
    struct audience_node *node;

    if (!audience_count_part(p))
        return NULL;
    node = arena_alloc(p->arena, sizeof(*node));
    if (!node)
        return audience_fail_memory(p);
    node->kind = kind;
    node->at = p->token.at;
    return node;
}

/* Not over not is nothing. */
static struct audience_node *negate(struct audience_parser *p, struct audience_node *node)
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

/* --- tests --- */

static bool expected(struct audience_parser *p, const char *what)
{
    audience_fail_expected(p, what);
    return false;
}

/* "field.NAME", and its name as written in small letters. */
static bool take_own_name(struct audience_parser *p, struct audience_node *test)
{
    const size_t prefix = strlen(AUDIENCE_OWN_PREFIX);
    const struct token *t = &p->token;
    char *name;

    if (t->len <= prefix || strncasecmp(t->text, AUDIENCE_OWN_PREFIX, prefix) != 0)
        return false;
    if (utf8_length(t->text, t->len) > prefix + OWN_NAME_MAX) {
        audience_fail(p, t->at, "a field's name has at most %d characters", OWN_NAME_MAX);
        return false;
    }
    name = arena_copy(p->arena, t->text + prefix, t->len - prefix);
    if (!name) {
        audience_fail_memory(p);
        return false;
    }
    test->name = name;
    test->field = AUDIENCE_CUSTOM;
    audience_advance(p);
    return true;
}

static bool unknown_field(struct audience_parser *p)
{
    char known[AUDIENCE_KNOWN_SIZE];

    audience_fail(p, p->token.at, "unknown field \"%.*s\"; known: %s",
                  (int)utf8_cut(p->token.text, p->token.len, QUOTE_MAX), p->token.text,
                  audience_known_fields(p->scope, known));
    return false;
}

/* The name of a field, which may be two words. */
static bool take_field(struct audience_parser *p, struct audience_node *test)
{
    if (p->token.kind != TOKEN_WORD)
        return expected(p, "a field, \"not\" or \"(\"");
    if (p->scope == AUDIENCE_OF_CUSTOMER && take_own_name(p, test))
        return true;
    for (int i = 0; !p->rc && i < AUDIENCE_FIELD_COUNT; i++) {
        const char *name = audience_fields[i].name, *space = strchr(name, ' ');
        char first[16], second[32];

        if (audience_fields[i].scope != p->scope)
            continue;
        snprintf(first, sizeof(first), "%.*s", space ? (int)(space - name) : 15, name);
        if (!audience_take(p, TOKEN_WORD, first))
            continue;
        test->field = (enum audience_field)i;
        if (!space || audience_take(p, TOKEN_WORD, space + 1))
            return true;
        snprintf(second, sizeof(second), "\"%s\"", space + 1);
        return expected(p, second);
    }
    return !p->rc && unknown_field(p);
}

/* orders(...): the orders that count. */
static bool take_filter(struct audience_parser *p, struct audience_node *test)
{
    if (!audience_fields[test->field].filtered || !audience_take(p, TOKEN_SIGN, "("))
        return true;
    p->scope = AUDIENCE_OF_ORDER;
    test->filter = parse_or(p);
    p->scope = AUDIENCE_OF_CUSTOMER;
    if (!test->filter)
        return false;
    return audience_take(p, TOKEN_SIGN, ")") || expected(p, "\"and\", \"or\" or \")\"");
}

static const struct operator_entry {
    enum token_kind kind;
    const char *text;
    enum audience_op op;
    bool after_not, opposite;
} operators[] = {
    { TOKEN_SIGN, "=", AUDIENCE_EQ, false, false },
    { TOKEN_SIGN, "!=", AUDIENCE_EQ, false, true },
    { TOKEN_SIGN, "<", AUDIENCE_LT, false, false },
    { TOKEN_SIGN, "<=", AUDIENCE_LE, false, false },
    { TOKEN_SIGN, ">", AUDIENCE_GT, false, false },
    { TOKEN_SIGN, ">=", AUDIENCE_GE, false, false },
    { TOKEN_WORD, "in", AUDIENCE_IN, true, false },
    { TOKEN_WORD, "in", AUDIENCE_WITHIN, true, false },
    { TOKEN_WORD, "like", AUDIENCE_LIKE, true, false },
    { TOKEN_WORD, "never", AUDIENCE_NEVER, true, false },
    { TOKEN_WORD, "unknown", AUDIENCE_NEVER, true, false },
};

/* Is it one that this kind of field has, written as that kind writes it? */
static bool fits(const struct operator_entry *o, enum audience_kind kind)
{
    return (audience_kinds[kind].ops & OP(o->op)) &&
           (o->op != AUDIENCE_NEVER || strcmp(o->text, audience_kinds[kind].never) == 0);
}

/* *negated: it is one's opposite. */
static bool take_op(struct audience_parser *p, struct audience_node *test, bool *negated)
{
    const enum audience_kind kind = audience_field_kind(test->field);
    const size_t at = p->token.at;
    const bool said_not = audience_take(p, TOKEN_WORD, "not");

    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        const struct operator_entry *o = &operators[i];
        if (!audience_token_is(p, o->kind, o->text) || (said_not && !o->after_not) ||
            !fits(o, kind))
            continue;
        test->op = o->op;
        *negated = said_not || o->opposite;
        audience_advance(p);
        return true;
    }
    audience_fail(p, at, "after \"%s%s\" expected %s",
                  test->name ? AUDIENCE_OWN_PREFIX : audience_field_name(test->field),
                  test->name ? test->name : "", audience_kinds[kind].expected);
    return false;
}

/* The operator; some kinds of fields need none. */
static bool take_relation(struct audience_parser *p, struct audience_node *test, bool *negated)
{
    switch (audience_field_kind(test->field)) {
    case AUDIENCE_FLAG:
        test->op = AUDIENCE_HOLDS;
        return true;
    case AUDIENCE_PAST:
    case AUDIENCE_NAMED:
        audience_take(p, TOKEN_SIGN, "=");
        test->op = AUDIENCE_EQ;
        return true;
    case AUDIENCE_RIGHT:
        test->op = AUDIENCE_EQ;
        if (p->token.kind == TOKEN_WORD || p->token.kind == TOKEN_QUOTED)
            return true;
        return take_op(p, test, negated);
    case AUDIENCE_DAY:
        test->op = AUDIENCE_WITHIN;
        if (audience_token_is(p, TOKEN_WORD, "today"))
            return true;
        return take_op(p, test, negated);
    case AUDIENCE_CODE:
    case AUDIENCE_WORD:
    case AUDIENCE_TEXT:
    case AUDIENCE_TIME:
    case AUDIENCE_SPAN:
    case AUDIENCE_NUMBER:
    case AUDIENCE_MONEY:
    case AUDIENCE_YEARS:
    case AUDIENCE_SENDING:
    case AUDIENCE_OWN:
        return take_op(p, test, negated);
    }
    return false;
}

static struct audience_node *parse_test(struct audience_parser *p)
{
    struct audience_node *test = node_new(p, AUDIENCE_TEST);
    bool negated = false;

    if (!test || !take_field(p, test) || !take_filter(p, test) ||
        !take_relation(p, test, &negated) || !audience_take_operand(p, test))
        return NULL;
    return negated ? negate(p, test) : test;
}

/* --- and, or, not, parentheses --- */

static struct audience_node *parse_not(struct audience_parser *p)
{
    struct audience_node *node;
    size_t at = p->token.at;

    if (p->depth == AUDIENCE_DEPTH_MAX)
        return audience_fail(p, at, "more than %d parentheses and \"not\" within each other",
                             AUDIENCE_DEPTH_MAX);
    p->depth++;
    if (audience_take(p, TOKEN_WORD, "not")) {
        node = negate(p, parse_not(p));
    } else if (audience_take(p, TOKEN_SIGN, "(")) {
        node = parse_or(p);
        if (node && !audience_take(p, TOKEN_SIGN, ")"))
            node = audience_fail_expected(p, "\"and\", \"or\" or \")\"");
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

static struct audience_node *
parse_list(struct audience_parser *p, enum audience_node_kind kind, const char *word,
           struct audience_node *(*parse_item)(struct audience_parser *))
{
    struct audience_node *parent, *last, *item = parse_item(p);

    if (!item || !audience_token_is(p, TOKEN_WORD, word))
        return item;
    parent = node_new(p, kind);
    if (!parent)
        return NULL;
    last = adopt(parent, NULL, item);
    while (audience_take(p, TOKEN_WORD, word)) {
        item = parse_item(p);
        if (!item)
            return NULL;
        last = adopt(parent, last, item);
    }
    return parent;
}

static struct audience_node *parse_and(struct audience_parser *p)
{
    return parse_list(p, AUDIENCE_AND, "and", parse_not);
}

static struct audience_node *parse_or(struct audience_parser *p)
{
    return parse_list(p, AUDIENCE_OR, "or", parse_and);
}

/* Nothing, or `all` and nothing else. */
static bool is_everybody(struct audience_parser *p)
{
    struct audience_parser before = *p;

    audience_take(p, TOKEN_WORD, "all");
    if (p->token.kind == TOKEN_END)
        return true;
    *p = before;
    return false;
}

enum rc audience_parse(const char *text, struct arena *arena, struct audience_rule **out,
                       struct error *err)
{
    struct audience_rule *rule = arena_alloc(arena, sizeof(*rule));
    struct audience_parser p = { .rule = rule, .arena = arena, .err = err };
    size_t bad_at;
    enum rc rc;

    if (!rule)
        return error_set(err, RC_FAIL, "no memory");
    if (audience_is_json(text)) {
        rc = audience_json_read(text, arena, rule, err);
        if (rc)
            return rc;
    } else {
        rule->text = text;
    }
    p.text = rule->text;
    p.len = strlen(p.text);
    if (p.len > AUDIENCE_TEXT_MAX)
        return error_set(err, RC_INVALID, "the rule is longer than %d bytes", AUDIENCE_TEXT_MAX);
    if (!utf8_valid(p.text, p.len, &bad_at))
        return error_set(err, RC_INVALID, "at byte %zu: not UTF-8", bad_at + 1);
    audience_advance(&p);
    if (!is_everybody(&p)) {
        rule->root = parse_or(&p);
        if (!p.rc && p.token.kind != TOKEN_END)
            audience_fail_expected(&p, "\"and\", \"or\" or the end");
    }
    if (p.rc)
        return p.rc;
    /* Places may be asked for when the caller's text is gone. */
    rule->text = arena_copy(arena, p.text, p.len);
    if (!rule->text)
        return error_set(err, RC_FAIL, "no memory");
    *out = rule;
    return RC_OK;
}
