/* test_audience.c - rules as marketing writes them, and faults as marketing can mend them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/audience.h"
#include "domain/message.h"

#define KNOWN                                                                                     \
    "category, source, city, postcode, country, language, last_contact, last_order, last_reply, " \
    "created, orders, order_total, last_campaign, last_outcome, received campaign, replied "      \
    "campaign, in audience, birthday, age, minor, consent, field.NAME"
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
        { "category in (vip, shop) and last_order > 60d ago and city = \"Lyon\" and not received "
          "campaign 12",
          "category in (\"vip\", \"shop\") and last_order > 60d ago and city = \"Lyon\" and not "
          "received campaign 12" },
        { "orders(product = shoes and status = delivered and age < 90d) >= 2",
          "orders(product = \"shoes\" and status = delivered and age < 90d) >= 2" },
        { "order_total ( status in (Out, MISSED) or not age>=2w )>100",
          "order_total(status in (out, missed) or not age >= 14d) > 100.00" },
        { "created < 18mo ago and created > 24mo ago", "created < 18mo ago and created > 2y ago" },
        { "consent SMS and not consent = email and consent > 2Y ago",
          "consent sms and not consent email and consent > 2y ago" },
        { "received campaign Spring or Replied Campaign = 12",
          "received campaign \"Spring\" or replied campaign 12" },
        { "received campaign \"12\"", "received campaign \"12\"" },
        { "last_campaign in (12, Spring) or last_campaign > 30d ago or last_campaign never",
          "last_campaign in (12, \"Spring\") or last_campaign > 30d ago or last_campaign never" },
        { "last_outcome in (Delivered, failed)", "last_outcome in (delivered, failed)" },
        { "in audience Regulars and not in audience \"x y\"",
          "in audience \"Regulars\" and not in audience \"x y\"" },
        { "birthday in 0d or birthday in 1w or birthday not in 3d",
          "birthday today or birthday in 7d or not birthday in 3d" },
        { "birthday unknown or age unknown or age != 18",
          "birthday unknown or age unknown or not age = 18" },
        { "minor or not MINOR", "minor or not minor" },
        { "field.shoe_size > 42 and FIELD.since < 1y ago and field.x = ago",
          "field.shoe_size > \"42\" and field.since < 1y ago and field.x = \"ago\"" },
        { "field.a in (1, b) and field.a unknown and field.a not like \"x%\"",
          "field.a in (\"1\", \"b\") and field.a unknown and not field.a like \"x%\"" },
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
          "at character 20: unknown field \"citty\"; known: " KNOWN },
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
        { "last_contact > 30x ago", "at character 16: expected an age, like 30d, not \"30x\"" },
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
        { "all and city = Lyon", "at character 1: unknown field \"all\"; known: " KNOWN },
        { "orders(city = Lyon) > 1",
          "at character 8: unknown field \"city\"; known: product, status, age" },
        { "orders(status = lost) > 1", "at character 17: expected one of planned, out, delivered, "
                                       "missed, cancelled, not \"lost\"" },
        { "orders(status = out > 1",
          "at character 21: expected \"and\", \"or\" or \")\", not \">\"" },
        { "orders(age < 90) > 1", "at character 14: expected an age, like 30d, not \"90\"" },
        { "orders() > 1", "at character 8: expected a field, \"not\" or \"(\", not \")\"" },
        { "city(age < 9d) = Lyon", "at character 5: after \"city\" expected =, !=, in or like" },
        { "last_outcome = lost",
          "at character 16: expected one of queued, submitting, accepted, delivered, failed, "
          "expired, unknown, held, cancelled, not \"lost\"" },
        { "received Spring", "at character 10: expected \"campaign\", not \"Spring\"" },
        { "received campaign",
          "at character 18: expected a campaign's number or name, but the rule ends here" },
        { "in audience \"\"", "at character 13: expected an audience's name, not \"\"" },
        { "birthday", "at character 9: after \"birthday\" expected today, in 7d, or unknown" },
        { "birthday in 7", "at character 13: expected a number of days, like 7d, not \"7\"" },
        { "birthday in 12h", "at character 13: expected a number of days, like 7d, not \"12h\"" },
        { "birthday in 1mo", "at character 13: expected a number of days, like 7d, not \"1mo\"" },
        { "birthday in 400d", "at character 13: expected a number of days, like 7d, not \"400d\"" },
        { "age >= 200", "at character 8: expected a number of years, like 18, not \"200\"" },
        { "age never", "at character 5: after \"age\" expected =, !=, <, <=, > or >=, or unknown" },
        { "last_order unknown",
          "at character 12: after \"last_order\" expected <, <=, > or >= as in \"> 30d ago\", or "
          "never" },
        { "consent fax", "at character 9: expected one of sms, email, not \"fax\"" },
        { "consent > 101y ago", "at character 11: expected an age, like 30d, not \"101y\"" },
        { "minor = yes", "at character 7: expected \"and\", \"or\" or the end, not \"=\"" },
        { "field. = 3", "at character 1: unknown field \"field.\"; known: " KNOWN },
        { "field.a never",
          "at character 9: after \"field.a\" expected =, !=, in, like, <, <=, >, >= or unknown" },
        { "field.a > 3x ago", "at character 11: expected an age, like 30d, not \"3x\"" },
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
    assert_string_equal(n->values[1].text, "shop");
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
    assert_string_equal(n->first_child->values[0].text, "Paris");
    assert_null(n->next);
    assert_null(parse("all")->root);
}

static void a_rule_without_bounds_is_refused(void **state)
{
    struct audience_rule *rule = NULL;
    struct error err;
    char text[AUDIENCE_TEXT_MAX + 100];

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
    assert_non_null(strstr(err.text, "the rule has more than 512 parts"));

    strcpy(text, "orders=1");
    for (int i = 0; i < AUDIENCE_NODES_MAX; i++)
        strcat(text, " or age=1");
    assert_int_equal(audience_parse(text, &arena, &rule, &err), RC_INVALID);

    snprintf(text, sizeof(text), "city = \"%0101d\"", 0);
    assert_int_equal(audience_parse(text, &arena, &rule, &err), RC_INVALID);
    assert_string_equal(err.text, "at character 8: a value has at most 100 characters");

    memset(text, ' ', sizeof(text));
    text[AUDIENCE_TEXT_MAX + 1] = '\0';
    assert_int_equal(audience_parse(text, &arena, &rule, &err), RC_INVALID);
    assert_null(rule);
}

/* Text to JSON to text, and JSON to text to JSON. */
static const char *to_json(const struct audience_rule *rule)
{
    json_t *json = audience_to_json(rule);
    char *dumped = json_dumps(json, JSON_COMPACT),
         *text = arena_copy(&arena, dumped, strlen(dumped));

    free(dumped);
    json_decref(json);
    return text;
}

static void a_rule_means_the_same_in_json(void **state)
{
    static const char *const rows[][2] = {
        { "all", "{\"all\":true}" },
        { "city = \"Lyon\"", "{\"field\":\"city\",\"op\":\"=\",\"value\":\"Lyon\"}" },
        { "category in (\"vip\", \"shop\") and last_order > 60d ago and not received campaign 12",
          "{\"and\":[{\"field\":\"category\",\"op\":\"in\",\"value\":[\"vip\",\"shop\"]},"
          "{\"field\":\"last_order\",\"op\":\">\",\"value\":\"60d ago\"},"
          "{\"not\":{\"field\":\"received campaign\",\"op\":\"=\",\"value\":12}}]}" },
        { "orders(product = \"shoes\" or age < 90d) >= 2",
          "{\"field\":\"orders\",\"where\":{\"or\":[{\"field\":\"product\",\"op\":\"=\",\"value\":"
          "\"shoes\"},{\"field\":\"age\",\"op\":\"<\",\"value\":\"90d\"}]},\"op\":\">=\",\"value\":"
          "2}" },
        { "order_total >= 49.90", "{\"field\":\"order_total\",\"op\":\">=\",\"value\":\"49.90\"}" },
        { "minor or birthday today or birthday in 7d or birthday unknown or last_order never",
          "{\"or\":[{\"field\":\"minor\"},{\"field\":\"birthday\",\"op\":\"today\"},"
          "{\"field\":\"birthday\",\"op\":\"in\",\"value\":\"7d\"},"
          "{\"field\":\"birthday\",\"op\":\"unknown\"},{\"field\":\"last_order\",\"op\":\"never\"}]"
          "}" },
        { "age >= 18 and consent sms and consent > 2y ago",
          "{\"and\":[{\"field\":\"age\",\"op\":\">=\",\"value\":18},"
          "{\"field\":\"consent\",\"op\":\"=\",\"value\":\"sms\"},"
          "{\"field\":\"consent\",\"op\":\">\",\"value\":\"2y ago\"}]}" },
        { "last_campaign = \"12\" or last_campaign = 12 or last_campaign < 18mo ago",
          "{\"or\":[{\"field\":\"last_campaign\",\"op\":\"=\",\"value\":\"12\"},"
          "{\"field\":\"last_campaign\",\"op\":\"=\",\"value\":12},"
          "{\"field\":\"last_campaign\",\"op\":\"<\",\"value\":\"18mo ago\"}]}" },
        { "in audience \"A \"\"B\"\"\" and not (city = \"x\" or city = \"y\")",
          "{\"and\":[{\"field\":\"in audience\",\"op\":\"=\",\"value\":\"A \\\"B\\\"\"},"
          "{\"not\":{\"or\":[{\"field\":\"city\",\"op\":\"=\",\"value\":\"x\"},"
          "{\"field\":\"city\",\"op\":\"=\",\"value\":\"y\"}]}}]}" },
        { "field.since < 1y ago and field.n > \"5\"",
          "{\"and\":[{\"field\":\"field.since\",\"op\":\"<\",\"value\":\"1y ago\"},"
          "{\"field\":\"field.n\",\"op\":\">\",\"value\":\"5\"}]}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(to_json(parse(rows[i][0])), rows[i][1]);
        assert_string_equal(print(parse(rows[i][1])), rows[i][0]);
        assert_string_equal(to_json(parse(rows[i][1])), rows[i][1]);
    }
}

static void json_may_be_written_in_other_ways_too(void **state)
{
    static const char *const rows[][2] = {
        { " {\"field\": \"City\", \"op\": \"!=\", \"value\": \"Lyon\"}", "not city = \"Lyon\"" },
        { "{\"field\": \"order_total\", \"op\": \">\", \"value\": 49.9}", "order_total > 49.90" },
        { "{\"field\": \"last_order\", \"op\": \">\", \"value\": \"60d\"}",
          "last_order > 60d ago" },
        { "{\"field\": \"minor\"}", "minor" },
        { "{\"field\": \"consent\", \"value\": \"sms\"}", "consent sms" },
        { "{\"field\": \"received campaign\", \"value\": \"Spring\"}",
          "received campaign \"Spring\"" },
        { "{\"field\": \"orders\", \"op\": \">=\", \"value\": \"2\"}", "orders >= 2" },
        { "{\"field\": \"postcode\", \"op\": \"in\", \"value\": [69001, \"01000\"]}",
          "postcode in (\"69001\", \"01000\")" },
        { "{\"field\": \"field.n\", \"op\": \">\", \"value\": 5}", "field.n > \"5\"" },
        { "{\"field\": \"city\", \"op\": \"not in\", \"value\": [\"a\"]}", "not city in (\"a\")" },
        { "{\"and\": [{\"or\": [{\"field\": \"minor\"}]}]}", "minor" },
        { "{\"and\": [{\"or\": [{\"and\": [{\"field\": \"minor\"}]}, {\"and\": [{\"field\": "
          "\"minor\"}, {\"field\": \"consent\", \"value\": \"sms\"}]}]}, {\"field\": \"minor\"}]}",
          "(minor or minor and consent sms) and minor" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(print(parse(rows[i][0])), rows[i][1]);
}

static void a_fault_in_json_has_its_place_in_the_json(void **state)
{
    static const char *const rows[][2] = {
        { "{", "at line 1, column 1: not JSON: string or '}' expected near end of file" },
        { "{\"and\": []}", "at $.and: expected a list of rules" },
        { "{\"and\": [3]}", "at $.and[0]: expected a rule in {}" },
        { "{\"not\": [3]}", "at $.not: expected a rule in {}" },
        { "{\"all\": false}", "at $: expected true" },
        { "{\"feld\": 1}", "at $: expected {\"and\": [...]}, {\"or\": [...]}, {\"not\": {...}}, "
                           "{\"all\": true}, or field, op, value and where" },
        { "{\"and\": [{\"field\": \"minor\"}], \"op\": 1}",
          "at $: expected {\"and\": [...]}, {\"or\": [...]}, {\"not\": {...}}, {\"all\": true}, or "
          "field, op, value and where" },
        { "{\"op\": \"=\"}", "at $.field: expected a field's name" },
        { "{\"and\": [{\"field\": \"minor\"}, {\"field\": \"citty\"}]}",
          "at $.and[1].field: unknown field \"citty\"; known: " KNOWN },
        { "{\"field\": \"all\"}", "at $.field: unknown field \"all\"; known: " KNOWN },
        { "{\"field\": \"field.a b\"}", "at $.field: unknown field \"field.a b\"; known: " KNOWN },
        { "{\"field\": \"orders\", \"where\": {\"field\": \"city\"}}",
          "at $.where.field: unknown field \"city\"; known: product, status, age" },
        { "{\"field\": \"city\", \"op\": \"~\", \"value\": 1}",
          "at $.op: expected =, !=, <, <=, >, >=, in, like, never, unknown or today" },
        { "{\"field\": \"city\", \"op\": \">\", \"value\": \"Lyon\"}",
          "at $.op: after \"city\" expected =, !=, in or like" },
        { "{\"or\": [{\"not\": {\"field\": \"orders\", \"op\": \">\", \"value\": \"x\"}}]}",
          "at $.or[0].not.value: expected a whole number, not \"x\"" },
        { "{\"field\": \"orders\", \"op\": \">\", \"value\": \"1 or minor\"}",
          "at $.value: expected a whole number, not \"1 or minor\"" },
        { "{\"field\": \"last_order\", \"op\": \">\", \"value\": \"1d ago or minor ago\"}",
          "at $.value: expected an age, like 30d, not \"1d ago or minor ago\"" },
        { "{\"field\": \"city\", \"op\": \"in\", \"value\": [\"a\", true]}",
          "at $.value[1]: expected a text or a number" },
        { "{\"field\": \"order_total\", \"op\": \">\", \"value\": 4.999}",
          "at $.value: expected an amount, like 49.90, not \"4.999\"" },
        { "{\"field\": \"minor\", \"value\": \"x\"}", "at $.value: expected no value" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct audience_rule *rule = NULL;
        struct error err = { "" };

        assert_int_equal(audience_parse(rows[i][0], &arena, &rule, &err), RC_INVALID);
        assert_string_equal(err.text, rows[i][1]);
        assert_null(rule);
    }
}

static void json_has_the_same_bounds(void **state)
{
    struct audience_rule *rule = NULL;
    struct error err = { "" };
    struct buffer text;

    (void)state;
    buffer_init(&text, 200000);
    for (int i = 0; i < 300; i++)
        buffer_add_text(&text, "{\"not\":");
    buffer_add_text(&text, "{\"field\":\"minor\"}");
    for (int i = 0; i < 300; i++)
        buffer_add_text(&text, "}");
    assert_int_equal(audience_parse(buffer_text(&text), &arena, &rule, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "within each other"));

    buffer_reset(&text);
    buffer_add_text(&text, "{\"field\":\"postcode\",\"op\":\"in\",\"value\":[1");
    for (int i = 0; i < AUDIENCE_NODES_MAX; i++)
        buffer_add_text(&text, ",1");
    buffer_add_text(&text, "]}");
    assert_int_equal(audience_parse(buffer_text(&text), &arena, &rule, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "more than 512 parts"));

    buffer_reset(&text);
    buffer_add_text(&text, "{\"and\":[");
    for (int i = 0; i < 3000; i++)
        buffer_add_text(&text, "{\"field\":\"minor\"},");
    buffer_add_text(&text, "{\"field\":\"minor\"}]}");
    assert_int_equal(audience_parse(buffer_text(&text), &arena, &rule, &err), RC_INVALID);
    buffer_close(&text);
}

static void a_rule_is_said_in_plain_words(void **state)
{
    static const char *const rows[][2] = {
        { "", "All customers." },
        { "category in (vip, shop) and last_order > 60d ago and city = Lyon and not received "
          "campaign 12",
          "Customers whose category is \"vip\" or \"shop\", whose last order was more than 60 days "
          "ago, or never, whose city is \"Lyon\", and who did not receive campaign 12." },
        { "not (city = Lyon or orders >= 2)",
          "Customers whose city is not \"Lyon\", and whose number of orders is less than 2." },
        { "minor or (consent sms and age >= 18)", "Customers who are minors, or (who have agreed "
                                                  "to promotions by SMS, and who are known to "
                                                  "be at least 18 years old)." },
        { "orders(product = shoes and age < 90d) >= 2",
          "Customers whose number of orders (those whose product range is \"shoes\", and that were "
          "made less than 90 days ago) is at least 2." },
        { "city not in (a, b, c) and order_total != 5",
          "Customers whose city is neither \"a\", \"b\" nor \"c\", and whose orders together come "
          "to "
          "not exactly 5.00." },
        { "birthday in 7d and last_reply never and not last_campaign < 1y ago",
          "Customers whose birthday is today or within the next 7 days, who have not ever had a "
          "last "
          "reply, and whose last campaign was at least 1 year ago, or never." },
        { "in audience Regulars and field.shoe unknown and last_outcome = failed",
          "Customers who are in the audience \"Regulars\", whose shoe is not known, and whose "
          "message "
          "of the last campaign is \"failed\"." },
        { "consent > 2y ago", "Customers who have a consent to promotions by SMS more than 2 years "
                              "old." },
    };
    struct buffer out;

    (void)state;
    buffer_init(&out, 4000);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buffer_reset(&out);
        audience_say(parse(rows[i][0]), &out);
        assert_string_equal(buffer_text(&out), rows[i][1]);
    }
    buffer_close(&out);
}

static void the_words_of_a_message_are_those_of_its_states(void **state)
{
    (void)state;
    for (int s = 0; s < MESSAGE_STATE_COUNT; s++) {
        char text[60];
        snprintf(text, sizeof(text), "last_outcome = %s",
                 message_state_name((enum message_state)s));
        parse(text);
    }
}

static void the_place_of_a_fault_can_be_read_from_its_sentence(void **state)
{
    struct audience_rule *rule;
    struct error err = { "" };

    (void)state;
    assert_int_equal(audience_parse("city = \"\u00c9ze\" and x", &arena, &rule, &err), RC_INVALID);
    assert_int_equal(audience_fault_character(&err), 18);
    assert_int_equal(audience_parse("{\"and\": []}", &arena, &rule, &err), RC_INVALID);
    assert_int_equal(audience_fault_character(&err), 0);
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
        cmocka_unit_test(a_rule_means_the_same_in_json),
        cmocka_unit_test(json_may_be_written_in_other_ways_too),
        cmocka_unit_test(a_fault_in_json_has_its_place_in_the_json),
        cmocka_unit_test(json_has_the_same_bounds),
        cmocka_unit_test(a_rule_is_said_in_plain_words),
        cmocka_unit_test(the_words_of_a_message_are_those_of_its_states),
        cmocka_unit_test(the_place_of_a_fault_can_be_read_from_its_sentence),
        cmocka_unit_test(a_rule_without_bounds_is_refused),
        cmocka_unit_test(no_walk_is_deeper_than_promised),
        cmocka_unit_test(fields_have_names_and_kinds),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
