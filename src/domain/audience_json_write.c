/* audience_json_write.c - a rule's tree as JSON. */
#include <string.h>

#include <jansson.h>

#include "base/buffer.h"
#include "domain/audience_field.h"

static json_t *value_json(const struct audience_value *v)
{
    int64_t id = 0;

    if (!v->is_id)
        return json_string(v->text);
    for (const char *s = v->text; *s; s++)
        id = id * 10 + (*s - '0');
    return json_integer(id);
}

static json_t *printed(const struct audience_node *test,
                       void (*print)(const struct audience_node *, struct buffer *),
                       const char *behind)
{
    struct buffer text;
    json_t *value;

    buffer_init(&text, 100);
    print(test, &text);
    buffer_add_text(&text, behind);
    value = json_string(buffer_text(&text));
    buffer_close(&text);
    return value;
}

static json_t *operand_json(const struct audience_node *test)
{
    const enum audience_kind kind = audience_field_kind(test->field);
    json_t *list;

    if (audience_compares_span(test))
        return printed(test, audience_add_span, kind == AUDIENCE_SPAN ? "" : " ago");
    if (test->op == AUDIENCE_WITHIN)
        return printed(test, audience_add_span, "");
    if (kind == AUDIENCE_MONEY)
        return printed(test, audience_add_number, "");
    if (!test->n_values)
        return json_integer(test->number);
    if (test->op != AUDIENCE_IN)
        return value_json(&test->values[0]);
    list = json_array();
    for (size_t i = 0; i < test->n_values; i++)
        json_array_append_new(list, value_json(&test->values[i]));
    return list;
}

static json_t *node_json(const struct audience_node *node);

static json_t *field_json(const struct audience_node *test)
{
    struct buffer name;
    json_t *value;

    buffer_init(&name, 200);
    if (test->field == AUDIENCE_CUSTOM)
        buffer_printf(&name, AUDIENCE_OWN_PREFIX "%s", test->name);
    else
        buffer_add_text(&name, audience_field_name(test->field));
    value = json_string(buffer_text(&name));
    buffer_close(&name);
    return value;
}

static json_t *test_json(const struct audience_node *test)
{
    static const char *const ops[] = {
        [AUDIENCE_EQ] = "=",  [AUDIENCE_IN] = "in",     [AUDIENCE_LIKE] = "like",
        [AUDIENCE_LT] = "<",  [AUDIENCE_LE] = "<=",     [AUDIENCE_GT] = ">",
        [AUDIENCE_GE] = ">=", [AUDIENCE_WITHIN] = "in",
    };
    const char *never =
        test->op == AUDIENCE_NEVER ? audience_kinds[audience_field_kind(test->field)].never : NULL;
    const bool today = test->op == AUDIENCE_WITHIN && test->number == 0;
    json_t *out = json_object();

    json_object_set_new(out, "field", field_json(test));
    if (test->op == AUDIENCE_HOLDS)
        return out;
    if (test->filter)
        json_object_set_new(out, "where", node_json(test->filter));
    json_object_set_new(out, "op", json_string(today ? "today" : never ? never : ops[test->op]));
    if (!today && !never)
        json_object_set_new(out, "value", operand_json(test));
    return out;
}

/* The parser bounds the depth. */
static json_t *node_json(const struct audience_node *node)
{
    json_t *out, *list;

    if (node->kind == AUDIENCE_TEST)
        return test_json(node);
    out = json_object();
    if (node->kind == AUDIENCE_NOT) {
        json_object_set_new(out, "not", node_json(node->first_child));
        return out;
    }
    list = json_array();
    for (const struct audience_node *c = node->first_child; c; c = c->next)
        json_array_append_new(list, node_json(c));
    json_object_set_new(out, node->kind == AUDIENCE_AND ? "and" : "or", list);
    return out;
}

json_t *audience_to_json(const struct audience_rule *rule)
{
    return rule->root ? node_json(rule->root) : json_pack("{s:b}", "all", 1);
}
