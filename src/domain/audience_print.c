/* audience_print.c - a rule in its canonical spelling. */
#include "domain/audience_field.h"

#include <inttypes.h>

#include "base/buffer.h"

static void print_quoted(const char *value, struct buffer *out)
{
    buffer_add_text(out, "\"");
    for (; *value; value++)
        buffer_add(out, *value == '"' ? "\"\"" : value, *value == '"' ? 2 : 1);
    buffer_add_text(out, "\"");
}

static void print_value(const struct audience_node *test, size_t i, struct buffer *out)
{
    const enum audience_kind kind = audience_field_kind(test->field);

    if (test->values[i].is_id || kind == AUDIENCE_WORD || kind == AUDIENCE_RIGHT)
        buffer_add_text(out, test->values[i].text);
    else
        print_quoted(test->values[i].text, out);
}

void audience_add_span(const struct audience_node *test, struct buffer *out)
{
    if (test->months && test->months % 12 == 0)
        buffer_printf(out, "%dy", test->months / 12);
    else if (test->months)
        buffer_printf(out, "%dmo", test->months);
    else if (test->number % SEC_PER_DAY == 0)
        buffer_printf(out, "%" PRId64 "d", test->number / SEC_PER_DAY);
    else
        buffer_printf(out, "%" PRId64 "h", test->number / 3600);
}

void audience_add_number(const struct audience_node *test, struct buffer *out)
{
    if (audience_field_kind(test->field) == AUDIENCE_MONEY)
        buffer_printf(out, "%" PRId64 ".%02d", test->number / 100, (int)(test->number % 100));
    else
        buffer_printf(out, "%" PRId64, test->number);
}

static void print_name(const struct audience_node *test, struct buffer *out)
{
    if (test->field == AUDIENCE_CUSTOM)
        buffer_printf(out, AUDIENCE_OWN_PREFIX "%s", test->name);
    else
        buffer_add_text(out, audience_field_name(test->field));
    if (test->filter) {
        buffer_add_text(out, "(");
        audience_print_node(test->filter, out);
        buffer_add_text(out, ")");
    }
}

static void print_operand(const struct audience_node *test, struct buffer *out)
{
    if (audience_compares_span(test)) {
        audience_add_span(test, out);
        if (audience_field_kind(test->field) != AUDIENCE_SPAN)
            buffer_add_text(out, " ago");
    } else if (test->n_values) {
        print_value(test, 0, out);
    } else {
        audience_add_number(test, out);
    }
}

static void print_list(const struct audience_node *test, struct buffer *out)
{
    buffer_add_text(out, " in (");
    for (size_t i = 0; i < test->n_values; i++) {
        buffer_add_text(out, i ? ", " : "");
        print_value(test, i, out);
    }
    buffer_add_text(out, ")");
}

static void print_equal(const struct audience_node *test, struct buffer *out)
{
    const enum audience_kind kind = audience_field_kind(test->field);
    const bool bare = kind == AUDIENCE_PAST || kind == AUDIENCE_NAMED || kind == AUDIENCE_RIGHT;

    buffer_add_text(out, bare ? " " : " = ");
    print_operand(test, out);
}

static void print_test(const struct audience_node *test, struct buffer *out)
{
    static const char *const ops[] = {
        [AUDIENCE_LIKE] = " like ", [AUDIENCE_LT] = " < ",  [AUDIENCE_LE] = " <= ",
        [AUDIENCE_GT] = " > ",      [AUDIENCE_GE] = " >= ",
    };

    print_name(test, out);
    switch (test->op) {
    case AUDIENCE_IN:
        print_list(test, out);
        break;
    case AUDIENCE_NEVER:
        buffer_printf(out, " %s", audience_kinds[audience_field_kind(test->field)].never);
        break;
    case AUDIENCE_HOLDS:
        break;
    case AUDIENCE_WITHIN:
        if (test->number == 0)
            buffer_add_text(out, " today");
        else
            buffer_printf(out, " in %" PRId64 "d", test->number / SEC_PER_DAY);
        break;
    case AUDIENCE_EQ:
        print_equal(test, out);
        break;
    case AUDIENCE_LIKE:
    case AUDIENCE_LT:
    case AUDIENCE_LE:
    case AUDIENCE_GT:
    case AUDIENCE_GE:
        buffer_add_text(out, ops[test->op]);
        print_operand(test, out);
        break;
    }
}

/* `inside`: the kind of the node above; parentheses only where the grammar needs them. */
static void print_node(const struct audience_node *node, enum audience_node_kind inside, bool whole,
                       struct buffer *out)
{
    bool closed;

    while (whole && node->kind == AUDIENCE_TEST && node->saved) {
        if (!node->saved->root) { /* everybody, as a test */
            buffer_add_text(out, "not created never");
            return;
        }
        node = node->saved->root;
    }
    closed = (node->kind == AUDIENCE_OR && inside != AUDIENCE_OR) ||
             (node->kind == AUDIENCE_AND && inside == AUDIENCE_NOT);
    buffer_add_text(out, closed ? "(" : "");
    switch (node->kind) {
    case AUDIENCE_TEST:
        print_test(node, out);
        break;
    case AUDIENCE_NOT:
        buffer_add_text(out, "not ");
        print_node(node->first_child, AUDIENCE_NOT, whole, out);
        break;
    case AUDIENCE_AND:
    case AUDIENCE_OR:
        for (const struct audience_node *c = node->first_child; c; c = c->next) {
            if (c != node->first_child)
                buffer_add_text(out, node->kind == AUDIENCE_AND ? " and " : " or ");
            print_node(c, node->kind, whole, out);
        }
        break;
    }
    buffer_add_text(out, closed ? ")" : "");
}

void audience_print_node(const struct audience_node *node, struct buffer *out)
{
    print_node(node, AUDIENCE_OR, false, out);
}

static void print_rule(const struct audience_rule *rule, bool whole, struct buffer *out)
{
    if (rule->root)
        print_node(rule->root, AUDIENCE_OR, whole, out);
    else
        buffer_add_text(out, "all");
}

void audience_print(const struct audience_rule *rule, struct buffer *out)
{
    print_rule(rule, false, out);
}

void audience_print_whole(const struct audience_rule *rule, struct buffer *out)
{
    print_rule(rule, true, out);
}
