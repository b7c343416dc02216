/* audience.c - the fields of a rule, and its canonical spelling. */
#include "domain/audience_field.h"

#include <inttypes.h>

#include "base/buffer.h"

const struct audience_field_entry audience_fields[AUDIENCE_FIELD_COUNT] = {
    [AUDIENCE_CATEGORY] = { "category", AUDIENCE_CODE },
    [AUDIENCE_SOURCE] = { "source", AUDIENCE_CODE },
    [AUDIENCE_CITY] = { "city", AUDIENCE_TEXT },
    [AUDIENCE_POSTCODE] = { "postcode", AUDIENCE_TEXT },
    [AUDIENCE_COUNTRY] = { "country", AUDIENCE_TEXT },
    [AUDIENCE_LANGUAGE] = { "language", AUDIENCE_TEXT },
    [AUDIENCE_LAST_CONTACT] = { "last_contact", AUDIENCE_TIME },
    [AUDIENCE_LAST_ORDER] = { "last_order", AUDIENCE_TIME },
    [AUDIENCE_CREATED] = { "created", AUDIENCE_TIME },
    [AUDIENCE_ORDERS] = { "orders", AUDIENCE_NUMBER },
    [AUDIENCE_ORDER_TOTAL] = { "order_total", AUDIENCE_MONEY },
};

#define ORDERED (OP(AUDIENCE_LT) | OP(AUDIENCE_LE) | OP(AUDIENCE_GT) | OP(AUDIENCE_GE))

const struct audience_kind_entry audience_kinds[] = {
    [AUDIENCE_CODE] = { OP(AUDIENCE_EQ) | OP(AUDIENCE_IN), "=, != or in", "a code" },
    [AUDIENCE_TEXT] = { OP(AUDIENCE_EQ) | OP(AUDIENCE_IN) | OP(AUDIENCE_LIKE), "=, !=, in or like",
                        "a text" },
    [AUDIENCE_TIME] = { ORDERED | OP(AUDIENCE_NEVER),
                        "<, <=, > or >= as in \"> 30d ago\", or never", "an age, like 30d" },
    [AUDIENCE_NUMBER] = { ORDERED | OP(AUDIENCE_EQ), "=, !=, <, <=, > or >=", "a whole number" },
    [AUDIENCE_MONEY] = { ORDERED | OP(AUDIENCE_EQ),
                         "=, !=, <, <=, > or >=", "an amount, like 49.90" },
};

const char *audience_field_name(enum audience_field f)
{
    return audience_fields[f].name;
}

enum audience_kind audience_field_kind(enum audience_field f)
{
    return audience_fields[f].kind;
}

static void print_value(const char *value, struct buffer *out)
{
    buffer_add_text(out, "\"");
    for (; *value; value++)
        buffer_add(out, *value == '"' ? "\"\"" : value, *value == '"' ? 2 : 1);
    buffer_add_text(out, "\"");
}

static void print_number(const struct audience_node *test, struct buffer *out)
{
    switch (audience_field_kind(test->field)) {
    case AUDIENCE_TIME:
        if (test->number % SEC_PER_DAY == 0)
            buffer_printf(out, "%" PRId64 "d ago", test->number / SEC_PER_DAY);
        else
            buffer_printf(out, "%" PRId64 "h ago", test->number / 3600);
        break;
    case AUDIENCE_MONEY:
        buffer_printf(out, "%" PRId64 ".%02d", test->number / 100, (int)(test->number % 100));
        break;
    case AUDIENCE_NUMBER:
        buffer_printf(out, "%" PRId64, test->number);
        break;
    case AUDIENCE_CODE:
    case AUDIENCE_TEXT:
        print_value(test->values[0], out);
        break;
    }
}

static void print_test(const struct audience_node *test, struct buffer *out)
{
    static const char *const ops[] = {
        [AUDIENCE_EQ] = "= ",  [AUDIENCE_IN] = "in (",     [AUDIENCE_LIKE] = "like ",
        [AUDIENCE_LT] = "< ",  [AUDIENCE_LE] = "<= ",      [AUDIENCE_GT] = "> ",
        [AUDIENCE_GE] = ">= ", [AUDIENCE_NEVER] = "never",
    };

    buffer_printf(out, "%s %s", audience_field_name(test->field), ops[test->op]);
    if (test->op == AUDIENCE_IN) {
        for (size_t i = 0; i < test->n_values; i++) {
            buffer_add_text(out, i ? ", " : "");
            print_value(test->values[i], out);
        }
        buffer_add_text(out, ")");
    } else if (test->op != AUDIENCE_NEVER) {
        print_number(test, out);
    }
}

/* `inside`: the kind of the node above; parentheses only where the grammar needs them. */
static void print_node(const struct audience_node *node, enum audience_node_kind inside,
                       struct buffer *out)
{
    bool closed = (node->kind == AUDIENCE_OR && inside != AUDIENCE_OR) ||
                  (node->kind == AUDIENCE_AND && inside == AUDIENCE_NOT);

    buffer_add_text(out, closed ? "(" : "");
    switch (node->kind) {
    case AUDIENCE_TEST:
        print_test(node, out);
        break;
    case AUDIENCE_NOT:
        buffer_add_text(out, "not ");
        print_node(node->first_child, AUDIENCE_NOT, out);
        break;
    case AUDIENCE_AND:
    case AUDIENCE_OR:
        for (const struct audience_node *c = node->first_child; c; c = c->next) {
            if (c != node->first_child)
                buffer_add_text(out, node->kind == AUDIENCE_AND ? " and " : " or ");
            print_node(c, node->kind, out);
        }
        break;
    }
    buffer_add_text(out, closed ? ")" : "");
}

void audience_print(const struct audience_rule *rule, struct buffer *out)
{
    if (rule->root)
        print_node(rule->root, AUDIENCE_OR, out);
    else
        buffer_add_text(out, "all");
}
