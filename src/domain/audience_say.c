/* audience_say.c - a rule as an English sentence, for those who want to be sure. */
#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "domain/audience_field.h"

/* --- spans and values --- */

static void say_span(const struct audience_node *test, struct buffer *out)
{
    const int64_t seconds = test->number;
    const char *unit = "hour";
    int64_t n = seconds / 3600;

    if (test->months) {
        n = test->months % 12 ? test->months : test->months / 12;
        unit = test->months % 12 ? "month" : "year";
    } else if (seconds % SEC_PER_DAY == 0) {
        n = seconds / SEC_PER_DAY;
        unit = "day";
    }
    buffer_printf(out, "%" PRId64 " %s%s", n, unit, n == 1 ? "" : "s");
}

static void say_value(const struct audience_value *v, struct buffer *out)
{
    buffer_printf(out, v->is_id ? "%s" : "\"%s\"", v->text);
}

/* "is "vip" or "shop"", "is none of ...". */
static void say_choice(const struct audience_node *test, bool negated, struct buffer *out)
{
    if (test->n_values == 1)
        buffer_add_text(out, negated ? "is not " : "is ");
    else
        buffer_add_text(out, negated ? "is neither " : "is ");
    for (size_t i = 0; i < test->n_values; i++) {
        if (i)
            buffer_add_text(out, i + 1 < test->n_values ? ", " : negated ? " nor " : " or ");
        say_value(&test->values[i], out);
    }
}

/* The operator that holds where `op` does not. */
static enum audience_op opposite(enum audience_op op)
{
    switch (op) {
    case AUDIENCE_LT:
        return AUDIENCE_GE;
    case AUDIENCE_LE:
        return AUDIENCE_GT;
    case AUDIENCE_GT:
        return AUDIENCE_LE;
    case AUDIENCE_GE:
        return AUDIENCE_LT;
    case AUDIENCE_EQ:
    case AUDIENCE_IN:
    case AUDIENCE_LIKE:
    case AUDIENCE_NEVER:
    case AUDIENCE_WITHIN:
    case AUDIENCE_HOLDS:
        return op;
    }
    return op;
}

static const char *comparison(enum audience_op op)
{
    switch (op) {
    case AUDIENCE_LT:
        return "less than ";
    case AUDIENCE_LE:
        return "at most ";
    case AUDIENCE_GT:
        return "more than ";
    case AUDIENCE_GE:
        return "at least ";
    case AUDIENCE_EQ:
        return "exactly ";
    case AUDIENCE_IN:
    case AUDIENCE_LIKE:
    case AUDIENCE_NEVER:
    case AUDIENCE_WITHIN:
    case AUDIENCE_HOLDS:
        return "";
    }
    return "";
}

/* --- one test: "who ...", "whose ...", "that ..." --- */

static void say_text(const char *what, const struct audience_node *test, bool negated,
                     struct buffer *out)
{
    buffer_printf(out, "whose %s ", what);
    if (test->op != AUDIENCE_LIKE) {
        say_choice(test, negated, out);
        return;
    }
    buffer_printf(out, "%s like ", negated ? "is not" : "is");
    say_value(&test->values[0], out);
}

/* A time that never was counts as very long ago. */
static void say_time(const char *what, const struct audience_node *test, bool negated,
                     struct buffer *out)
{
    const enum audience_op op = negated ? opposite(test->op) : test->op;

    if (test->op == AUDIENCE_NEVER) {
        buffer_printf(out, "%s ever had a %s", negated ? "who have" : "who have not", what);
        return;
    }
    buffer_printf(out, "whose %s was %s", what, comparison(op));
    say_span(test, out);
    buffer_add_text(out, op == AUDIENCE_GT || op == AUDIENCE_GE ? " ago, or never" : " ago");
}

static void say_node(const struct audience_node *node, bool negated, bool inside,
                     struct buffer *out);

static void say_filter(const struct audience_node *test, struct buffer *out)
{
    if (!test->filter)
        return;
    buffer_add_text(out, " (those ");
    say_node(test->filter, false, false, out);
    buffer_add_text(out, ")");
}

static void say_orders(const struct audience_node *test, bool negated, struct buffer *out)
{
    const bool unequal = negated && test->op == AUDIENCE_EQ;
    const enum audience_op op = negated ? opposite(test->op) : test->op;

    if (test->field == AUDIENCE_ORDERS)
        buffer_printf(out, "whose number of orders");
    else
        buffer_printf(out, "whose orders together");
    say_filter(test, out);
    buffer_printf(out, test->field == AUDIENCE_ORDERS ? " is %s%s" : " come to %s%s",
                  unequal ? "not " : "", comparison(op));
    audience_add_number(test, out);
}

static void say_age(const struct audience_node *test, bool negated, struct buffer *out)
{
    if (test->op == AUDIENCE_NEVER) {
        buffer_printf(out, "whose age is %s", negated ? "known" : "not known");
        return;
    }
    buffer_printf(out, "who are %s%s%" PRId64 " years old",
                  negated ? "not known to be " : "known to be ", comparison(test->op),
                  test->number);
}

static void say_birthday(const struct audience_node *test, bool negated, struct buffer *out)
{
    if (test->op == AUDIENCE_NEVER) {
        buffer_printf(out, "whose birthday is %s", negated ? "known" : "not known");
        return;
    }
    buffer_printf(out, "whose birthday is %stoday", negated ? "not " : "");
    if (test->number) {
        buffer_add_text(out, negated ? " nor within the next " : " or within the next ");
        say_span(test, out);
    }
}

static void say_consent(const struct audience_node *test, bool negated, struct buffer *out)
{
    if (test->op == AUDIENCE_EQ) {
        buffer_printf(out, "who %s promotions by %s",
                      negated ? "have not agreed to" : "have agreed to",
                      strcmp(test->values[0].text, "sms") == 0 ? "SMS" : "mail");
        return;
    }
    buffer_printf(out, "who %s to promotions by SMS %s",
                  negated ? "have no consent" : "have a consent", comparison(test->op));
    say_span(test, out);
    buffer_add_text(out, " old");
}

/* The last campaign: which one, or when. */
static void say_sending(const struct audience_node *test, bool negated, struct buffer *out)
{
    if (test->n_values)
        say_text("last campaign", test, negated, out);
    else
        say_time("last campaign", test, negated, out);
}

static void say_past(const struct audience_node *test, bool negated, struct buffer *out)
{
    const bool received = test->field == AUDIENCE_RECEIVED;

    if (negated)
        buffer_add_text(out, received ? "who did not receive campaign "
                                      : "who did not reply to campaign ");
    else
        buffer_add_text(out, received ? "who received campaign " : "who replied to campaign ");
    say_value(&test->values[0], out);
}

static void say_own(const struct audience_node *test, bool negated, struct buffer *out)
{
    if (test->op == AUDIENCE_EQ || test->op == AUDIENCE_IN || test->op == AUDIENCE_LIKE) {
        say_text(test->name, test, negated, out);
        return;
    }
    buffer_printf(out, "whose %s is %s", test->name, negated ? "not " : "");
    if (test->op == AUDIENCE_NEVER) {
        buffer_add_text(out, negated ? "unknown" : "not known");
        return;
    }
    buffer_add_text(out, comparison(test->op));
    if (test->ago) {
        say_span(test, out);
        buffer_add_text(out, " ago");
    } else {
        say_value(&test->values[0], out);
    }
}

static void say_order_age(const struct audience_node *test, bool negated, struct buffer *out)
{
    buffer_printf(out, "that were made %s", comparison(negated ? opposite(test->op) : test->op));
    say_span(test, out);
    buffer_add_text(out, " ago");
}

static void say_test(const struct audience_node *test, bool negated, struct buffer *out)
{
    /* Of those whose name as a field is no English. */
    static const char *const what[AUDIENCE_FIELD_COUNT] = {
        [AUDIENCE_LAST_CONTACT] = "last contact",
        [AUDIENCE_LAST_ORDER] = "last order",
        [AUDIENCE_LAST_REPLY] = "last reply",
        [AUDIENCE_CREATED] = "record's making",
        [AUDIENCE_LAST_OUTCOME] = "message of the last campaign",
        [AUDIENCE_ORDER_PRODUCT] = "product range",
    };
    const char *name = what[test->field] ? what[test->field] : audience_field_name(test->field);

    switch (audience_field_kind(test->field)) {
    case AUDIENCE_CODE:
    case AUDIENCE_WORD:
    case AUDIENCE_TEXT:
        say_text(name, test, negated, out);
        break;
    case AUDIENCE_TIME:
        say_time(name, test, negated, out);
        break;
    case AUDIENCE_SPAN:
        say_order_age(test, negated, out);
        break;
    case AUDIENCE_NUMBER:
    case AUDIENCE_MONEY:
        say_orders(test, negated, out);
        break;
    case AUDIENCE_YEARS:
        say_age(test, negated, out);
        break;
    case AUDIENCE_FLAG:
        buffer_add_text(out, negated ? "who are not known to be minors" : "who are minors");
        break;
    case AUDIENCE_DAY:
        say_birthday(test, negated, out);
        break;
    case AUDIENCE_RIGHT:
        say_consent(test, negated, out);
        break;
    case AUDIENCE_SENDING:
        say_sending(test, negated, out);
        break;
    case AUDIENCE_PAST:
        say_past(test, negated, out);
        break;
    case AUDIENCE_NAMED:
        buffer_printf(out, "who are %sin the audience \"%s\"", negated ? "not " : "",
                      test->values[0].text);
        break;
    case AUDIENCE_OWN:
        say_own(test, negated, out);
        break;
    }
}

/* --- the whole --- */

/* "a, b and c"; "not (a or b)" is "a' and b'": what is negated turns round. */
static void say_list(const struct audience_node *node, bool negated, bool inside,
                     struct buffer *out)
{
    const bool all = (node->kind == AUDIENCE_AND) != negated;

    buffer_add_text(out, inside ? "(" : "");
    for (const struct audience_node *c = node->first_child; c; c = c->next) {
        if (c != node->first_child)
            buffer_add_text(out, !all ? ", or " : c->next ? ", " : ", and ");
        say_node(c, negated, true, out);
    }
    buffer_add_text(out, inside ? ")" : "");
}

static void say_node(const struct audience_node *node, bool negated, bool inside,
                     struct buffer *out)
{
    switch (node->kind) {
    case AUDIENCE_TEST:
        say_test(node, negated, out);
        break;
    case AUDIENCE_NOT:
        say_node(node->first_child, !negated, inside, out);
        break;
    case AUDIENCE_AND:
    case AUDIENCE_OR:
        say_list(node, negated, inside, out);
        break;
    }
}

void audience_say(const struct audience_rule *rule, struct buffer *out)
{
    if (!rule->root) {
        buffer_add_text(out, "All customers.");
        return;
    }
    buffer_add_text(out, "Customers ");
    say_node(rule->root, false, false, out);
    buffer_add_text(out, ".");
}
