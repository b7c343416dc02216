/* test_audience.c - rules as marketing writes them, and faults as marketing can mend them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/audience.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

static struct audience_rule *parse(const char *text)
{
    struct audience_rule *rule = NULL;
    struct error err = { "" };

    if (audience_parse(text, &arena, &rule, &err) != RC_OK)
        fail_msg("\"%s\": %s", text, err.text);
    return rule;
}

static const char *print(const struct audience_rule *rule)
{
    struct buffer out;
    char *text;

    buffer_init(&out, 100000);
    audience_print(rule, &out);
    assert_false(out.full);
    text = arena_copy(&arena, buffer_text(&out), out.len);
    buffer_close(&out);
    return text;
}

static void a_rule_has_one_canonical_spelling(void **state)
{
    static const char *const rows[][2] = {
        { "category in (vip, shop) and city = \"Lyon\" and last_contact > 30d ago and last_order < "
          "60d ago and orders >= 1 and source = web and postcode like \"69%\"",
          "category in (\"vip\", \"shop\") and city = \"Lyon\" and last_contact > 30d ago and "
          "last_order < 60d ago and orders >= 1 and source = \"web\" and postcode like \"69%\"" },
        { "City=Lyon", "city = \"Lyon\"" },
        { "city = Saint-Étienne", "city = \"Saint-Étienne\"" },
        { "city = \"L'Isle-d'Abeau\"", "city = \"L'Isle-d'Abeau\"" },
        { "city = \"dit \"\"le Vieux\"\"\"", "city = \"dit \"\"le Vieux\"\"\"" },
        { "city = \"\"", "city = \"\"" },
        { "postcode like 69%", "postcode like \"69%\"" },
        { "city != Lyon", "not city = \"Lyon\"" },
        { "city not in (Lyon,Paris)", "not city in (\"Lyon\", \"Paris\")" },
        { "city not like \"Saint%\"", "not city like \"Saint%\"" },
        { "not city != Lyon", "city = \"Lyon\"" },
        { "NOT not Orders > 2", "orders > 2" },
        { "last_contact never", "last_contact never" },
        { "last_order not never", "not last_order never" },
        { "created < 2w ago", "created < 14d ago" },
        { "created <= 36h ago", "created <= 36h ago" },
        { "created >= 48H AGO", "created >= 2d ago" },
        { "order_total > 49.90", "order_total > 49.90" },
        { "order_total >= 49.9 or order_total = 5", "order_total >= 49.90 or order_total = 5.00" },
        { "city = a or city = b and city = c", "city = \"a\" or city = \"b\" and city = \"c\"" },
        { "(city = a or city = b) and city = c",
          "(city = \"a\" or city = \"b\") and city = \"c\"" },
        { "not (city = a and city = b)", "not (city = \"a\" and city = \"b\")" },
        { "((city = a) and (city = b and (city = c)))",
          "city = \"a\" and city = \"b\" and city = \"c\"" },
        { "city = and or city = all", "city = \"and\" or city = \"all\"" },
        { "\n language = fr\tand\u00a0country = FR ", "language = \"fr\" and country = \"FR\"" },
        { "", "all" },
        { "  ", "all" },
        { "ALL", "all" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *once = print(parse(rows[i][0]));

        assert_string_equal(once, rows[i][1]);
        assert_string_equal(print(parse(once)), once);
    }
}

static void a_fault_points_at_the_character_and_says_what_was_expected(void **state)
{
    static const char *const rows[][2] = {
        { "category = vip and citty = Lyon",
          "at character 20: unknown field \"citty\"; known: category, source, city, postcode, "
          "country, language, last_contact, last_order, created, orders, order_total" },
        { "city = Éze and orders > x", "at character 25: expected a whole number, not \"x\"" },
        { "city", "at character 5: after \"city\" expected =, !=, in or like" },
        { "city > Lyon", "at character 6: after \"city\" expected =, !=, in or like" },
        { "category like v%", "at character 10: after \"category\" expected =, != or in" },
        { "orders in (1, 2)", "at character 8: after \"orders\" expected =, !=, <, <=, > or >=" },
        { "city not = Lyon", "at character 6: after \"city\" expected =, !=, in or like" },
        { "last_contact = 30d ago",
          "at character 14: after \"last_contact\" expected <, <=, > or >= as in \"> 30d ago\", "
          "or never" },
        { "last_contact > 30d", "at character 19: expected \"ago\", but the rule ends here" },
        { "last_contact > 30 ago", "at character 16: expected an age, like 30d, not \"30\"" },
        { "last_contact > 30y ago", "at character 16: expected an age, like 30d, not \"30y\"" },
        { "last_contact > 99999d ago",
          "at character 16: expected an age, like 30d, not \"99999d\"" },
        { "orders > 9999999999999",
          "at character 10: expected a whole number, not \"9999999999999\"" },
        { "orders > -1", "at character 10: expected a whole number, not \"-1\"" },
        { "orders = \"1\"", "at character 10: expected a whole number, not \"1\"" },
        { "order_total > 4.999", "at character 15: expected an amount, like 49.90, not \"4.999\"" },
        { "category = \"\"", "at character 12: expected a code, not \"\"" },
        { "category in vip", "at character 13: expected \"(\" and a list of values, not \"vip\"" },
        { "category in ()", "at character 14: expected a code, not \")\"" },
        { "category in (vip shop)", "at character 18: expected \",\" or \")\", not \"shop\"" },
        { "city = \"Lyon", "at character 8: this quotation mark has no second one" },
        { "city = “Lyon”",
          "at character 8: unexpected “; write a value with signs or spaces within \"\"" },
        { "city = L'Isle",
          "at character 9: unexpected '; write a value with signs or spaces within \"\"" },
        { "city = Lyon city = Paris",
          "at character 13: expected \"and\", \"or\" or the end, not \"city\"" },
        { "(city = Lyon",
          "at character 13: expected \"and\", \"or\" or \")\", but the rule ends here" },
        { "city = Lyon)", "at character 12: expected \"and\", \"or\" or the end, not \")\"" },
        { "city = Lyon and",
          "at character 16: expected a field, \"not\" or \"(\", but the rule ends here" },
        { "city = ! Lyon",
          "at character 8: unexpected !; write a value with signs or spaces within \"\"" },
        { "postcode like \"6\\9\"",
          "at character 15: a pattern has no backslash; % is any characters, _ one" },
        { "all and city = Lyon",
          "at character 1: unknown field \"all\"; known: category, source, city, postcode, "
          "country, "
          "language, last_contact, last_order, created, orders, order_total" },
        { "city = \"Livr\xe9\"", "at byte 13: not UTF-8" },
        { "city = Lyon; DROP TABLE customer",
          "at character 12: unexpected ;; write a value with signs or spaces within \"\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct audience_rule *rule = NULL;
        struct error err = { "" };

        assert_int_equal(audience_parse(rows[i][0], &arena, &rule, &err), RC_INVALID);
        assert_string_equal(err.text, rows[i][1]);
        assert_null(rule);
        assert_int_equal(audience_parse(rows[i][0], &arena, &rule, NULL), RC_INVALID);
    }
}

static void the_tree_is_easy_to_walk(void **state)
{
    const struct audience_node *root, *n;

    (void)state;
    root = parse("category in (vip, shop) and last_contact > 30d ago and order_total < 12.5 and "
                 "(city = Lyon or last_order never) and city != Paris")
               ->root;
    assert_int_equal(root->kind, AUDIENCE_AND);
    n = root->first_child;
    assert_int_equal(n->kind, AUDIENCE_TEST);
    assert_int_equal(n->field, AUDIENCE_CATEGORY);
    assert_int_equal(n->op, AUDIENCE_IN);
    assert_int_equal(n->n_values, 2);
    assert_string_equal(n->values[1], "shop");
    n = n->next;
    assert_int_equal(n->field, AUDIENCE_LAST_CONTACT);
    assert_int_equal(n->op, AUDIENCE_GT);
    assert_int_equal(n->number, 30 * SEC_PER_DAY);
    n = n->next;
    assert_int_equal(n->op, AUDIENCE_LT);
    assert_int_equal(n->number, 1250);
    n = n->next;
    assert_int_equal(n->kind, AUDIENCE_OR);
    assert_int_equal(n->first_child->next->op, AUDIENCE_NEVER);
    assert_null(n->first_child->next->next);
    n = n->next;
    assert_int_equal(n->kind, AUDIENCE_NOT);
    assert_int_equal(n->first_child->op, AUDIENCE_EQ);
    assert_string_equal(n->first_child->values[0], "Paris");
    assert_null(n->next);
    assert_null(parse("all")->root);
}

static void a_rule_without_bounds_is_refused(void **state)
{
    struct audience_rule *rule = NULL;
    struct error err;
    char text[8000];

    (void)state;
    memset(text, '(', AUDIENCE_DEPTH_MAX);
    strcpy(text + AUDIENCE_DEPTH_MAX, "city = a");
    assert_int_equal(audience_parse(text, &arena, &rule, &err), RC_INVALID);
    assert_string_equal(err.text,
                        "at character 33: more than 32 parentheses and \"not\" within each other");

    text[0] = '\0';
    for (int i = 0; i < 500; i++)
        strcat(text, "not ");
    strcat(text, "city = a");
    assert_int_equal(audience_parse(text, &arena, &rule, &err), RC_INVALID);

    strcpy(text, "city in (a");
    for (int i = 0; i < AUDIENCE_NODES_MAX; i++)
        strcat(text, ",a");
    strcat(text, ")");
    assert_int_equal(audience_parse(text, &arena, &rule, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "the rule has more than 256 parts"));

    strcpy(text, "orders=1");
    for (int i = 0; i < AUDIENCE_NODES_MAX; i++)
        strcat(text, " or orders=1");
    assert_int_equal(audience_parse(text, &arena, &rule, &err), RC_INVALID);

    snprintf(text, sizeof(text), "city = \"%0101d\"", 0);
    assert_int_equal(audience_parse(text, &arena, &rule, &err), RC_INVALID);
    assert_string_equal(err.text, "at character 8: a value has at most 100 characters");

    memset(text, ' ', sizeof(text));
    text[AUDIENCE_TEXT_MAX + 1] = '\0';
    assert_int_equal(audience_parse(text, &arena, &rule, &err), RC_INVALID);
    assert_null(rule);
}

static unsigned height(const struct audience_node *node)
{
    unsigned most = 0;

    for (const struct audience_node *c = node->first_child; c; c = c->next) {
        unsigned h = height(c);
        most = h > most ? h : most;
    }
    return most + 1;
}

static void no_walk_is_deeper_than_promised(void **state)
{
    char text[AUDIENCE_TEXT_MAX + 1] = "";
    const struct audience_rule *rule;

    (void)state;
    for (int i = 0; i < AUDIENCE_DEPTH_MAX - 1; i++)
        strcat(text, "(orders=1 or orders=2 and ");
    strcat(text, "city != a");
    for (int i = 0; i < AUDIENCE_DEPTH_MAX - 1; i++)
        strcat(text, ")");
    rule = parse(text);
    assert_true(height(rule->root) <= 3 * AUDIENCE_DEPTH_MAX);
    assert_string_equal(print(parse(print(rule))), print(rule));
}

static void fields_have_names_and_kinds(void **state)
{
    (void)state;
    assert_string_equal(audience_field_name(AUDIENCE_ORDER_TOTAL), "order_total");
    assert_int_equal(audience_field_kind(AUDIENCE_ORDER_TOTAL), AUDIENCE_MONEY);
    for (int i = 0; i < AUDIENCE_FIELD_COUNT; i++)
        assert_non_null(audience_field_name((enum audience_field)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_has_one_canonical_spelling),
        cmocka_unit_test(a_fault_points_at_the_character_and_says_what_was_expected),
        cmocka_unit_test(the_tree_is_easy_to_walk),
        cmocka_unit_test(a_rule_without_bounds_is_refused),
        cmocka_unit_test(no_walk_is_deeper_than_promised),
        cmocka_unit_test(fields_have_names_and_kinds),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
