/* audience_explain.c - asks each test of a rule about one customer. */
#include "store/audience_explain.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

#define QUERY_MAX  (600 * 1024)
#define PRINT_MAX  (2 * AUDIENCE_TEXT_MAX)
#define VALUES_MAX (AUDIENCE_BOUND_MAX + AUDIENCE_VALUES_MAX + 2)

static const char SQL_EXISTS[] = "SELECT id FROM customer WHERE id = ?";
static const char SQL_EXCLUDED[] =
    "SELECT reason FROM campaign_exclusion WHERE campaign_id = ? AND customer_id = ?";
static const char SQL_MESSAGE[] =
    "SELECT id FROM message WHERE campaign_id = ? AND customer_id = ?"
    "   AND id BETWEEN (SELECT first_message FROM campaign WHERE id = ?)"
    "              AND (SELECT last_message FROM campaign WHERE id = ?)"
    " LIMIT 1";

#define MOMENT(column) "COALESCE(DATE_FORMAT(" column ", '%Y-%m-%d %H:%i UTC'), 'never')"
#define NAMED(text)    "IF(" text " = '', 'empty', " text ")"

/* What the customer has, as a text. Orders with a condition and fields of one's own are put
 * together below. */
static const char *const shown[AUDIENCE_FIELD_COUNT] = {
    [AUDIENCE_CATEGORY] = "COALESCE((SELECT g.code FROM category g WHERE g.id = c.category_id),"
                          " 'none')",
    [AUDIENCE_SOURCE] = "COALESCE((SELECT s.code FROM acquisition_source s"
                        " WHERE s.id = c.acquisition_source_id), 'none')",
    [AUDIENCE_CITY] = NAMED("c.city"),
    [AUDIENCE_POSTCODE] = NAMED("c.postcode"),
    [AUDIENCE_COUNTRY] = NAMED("c.country"),
    [AUDIENCE_LANGUAGE] = NAMED("c.language"),
    [AUDIENCE_LAST_CONTACT] = MOMENT("c.last_contact_at"),
    [AUDIENCE_LAST_ORDER] = MOMENT("c.last_order_at"),
    [AUDIENCE_LAST_REPLY] = MOMENT("c.last_reply_at"),
    [AUDIENCE_CREATED] = MOMENT("c.created_at"),
    [AUDIENCE_ORDERS] = "CAST(c.order_count AS CHAR)",
    [AUDIENCE_ORDER_TOTAL] = "CAST(CAST(c.order_cents / 100 AS DECIMAL(20, 2)) AS CHAR)",
    [AUDIENCE_LAST_CAMPAIGN] =
        "COALESCE((SELECT CONCAT(k.id, ' \"', k.name, '\", made ',"
        " DATE_FORMAT('2024-01-01' + INTERVAL (c.last_campaign_message_id >> 20) SECOND,"
        " '%Y-%m-%d %H:%i UTC')) FROM campaign k WHERE k.id = c.last_campaign_id), 'never')",
    [AUDIENCE_LAST_OUTCOME] = "COALESCE((SELECT m.state FROM message m"
                              " WHERE m.id = c.last_campaign_message_id), 'none')",
    [AUDIENCE_BIRTHDAY] = "COALESCE(DATE_FORMAT(c.birth_date, '%d %M'), 'unknown')",
    [AUDIENCE_AGE] = "COALESCE(DATE_FORMAT(c.birth_date, 'born %Y-%m-%d'), 'unknown')",
    [AUDIENCE_MINOR] = "IF(c.minor, 'marked as a minor',"
                       " COALESCE(DATE_FORMAT(c.birth_date, 'born %Y-%m-%d'), 'age unknown'))",
    [AUDIENCE_CONSENT] = "CONCAT('SMS: ', COALESCE(DATE_FORMAT(c.consent_at,"
                         " 'given %Y-%m-%d'), 'none'), ', mail: ',"
                         " COALESCE((SELECT IF(a.state = 'granted',"
                         "  DATE_FORMAT(a.at, 'given %Y-%m-%d'), 'withdrawn')"
                         " FROM consent_current a WHERE a.customer_id = c.id"
                         " AND a.channel = 'email' AND a.purpose = 'promo'), 'none'))",
    [AUDIENCE_CUSTOM] = "COALESCE((SELECT f.value FROM customer_field f"
                        " JOIN custom_field d ON d.id = f.field_id"
                        " WHERE f.customer_id = c.id AND d.name = ?), 'unknown')",
};

struct asker {
    struct db *db;
    const struct audience_rule *rule; /* the one being read: places count in it */
    const struct audience_moment *moment;
    uint64_t customer_id;
    struct arena *arena;
    struct error *err;
    struct audience_sql sql, filter; /* of the test being asked */
    struct buffer text;
    struct db_value values[VALUES_MAX];
    size_t n;
};

static void add_values(struct asker *a, const struct audience_sql *sql)
{
    memcpy(a->values + a->n, sql->values, sql->n * sizeof(a->values[0]));
    a->n += sql->n;
}

/* What the customer has. */
static enum rc add_shown(struct asker *a, const struct audience_node *test)
{
    enum rc rc;

    if (!test->filter) {
        buffer_add_text(&a->text, shown[test->field] ? shown[test->field] : "NULL");
        if (test->field == AUDIENCE_CUSTOM)
            a->values[a->n++] = db_text(test->name);
        return RC_OK;
    }
    rc = audience_compile_node(a->db, a->rule, test->filter, a->moment, AUDIENCE_FOR_PAGE,
                               &a->filter, a->err);
    if (!rc) {
        buffer_add_text(&a->text, test->field == AUDIENCE_ORDERS
                                      ? "(SELECT CAST(COUNT(*) AS CHAR)"
                                      : "(SELECT CAST(CAST(COALESCE(SUM(o.collect_cents), 0) / 100"
                                        " AS DECIMAL(20, 2)) AS CHAR)");
        buffer_printf(&a->text, " FROM customer_order o WHERE o.customer_id = c.id AND %s)",
                      buffer_text(&a->filter.text));
        add_values(a, &a->filter);
    }
    audience_sql_close(&a->filter);
    return rc;
}

static enum rc read_answer(struct asker *a, struct audience_verdict *v)
{
    struct db_rows *rows;
    enum rc rc;

    if (a->text.full)
        return RC_FAIL;
    rc = db_query_once(a->db, buffer_text(&a->text), a->values, a->n, &rows);
    if (rc)
        return rc;
    if (db_next(rows)) {
        v->holds = db_get_u64(rows, 0) != 0;
        if (!db_is_null(rows, 1))
            v->value = arena_copy(a->arena, db_get_text(rows, 1), strlen(db_get_text(rows, 1)));
    }
    return db_rows_end(rows);
}

static enum rc ask(struct asker *a, struct audience_verdict *v)
{
    enum rc rc = audience_compile_node(a->db, a->rule, v->node, a->moment, AUDIENCE_FOR_PAGE,
                                       &a->sql, a->err);

    a->n = 0;
    buffer_reset(&a->text);
    if (!rc) {
        buffer_printf(&a->text, "SELECT %s, ", buffer_text(&a->sql.text));
        add_values(a, &a->sql);
        rc = add_shown(a, v->node);
    }
    if (!rc) {
        buffer_add_text(&a->text, "  FROM customer c");
        audience_sql_add_joins(&a->sql, &a->text, a->values, &a->n);
        buffer_add_text(&a->text, " WHERE c.id = ?");
        a->values[a->n++] = db_u64(a->customer_id);
        rc = read_answer(a, v);
    }
    audience_sql_close(&a->sql);
    return rc;
}

static enum rc judge(struct asker *a, const struct audience_node *node,
                     struct audience_verdict **out);

static enum rc print(struct asker *a, struct audience_verdict *v)
{
    struct buffer text;

    buffer_init(&text, PRINT_MAX);
    audience_print_node(v->node, &text);
    v->rule = arena_copy(a->arena, buffer_text(&text), text.len);
    buffer_close(&text);
    return v->rule ? RC_OK : RC_FAIL;
}

/* An audience within the rule is explained by its own one. */
static enum rc judge_saved(struct asker *a, struct audience_verdict *v)
{
    const struct audience_rule *outer = a->rule;
    enum rc rc;

    a->rule = v->node->saved;
    rc = judge(a, v->node->saved->root, &v->first_child);
    a->rule = outer;
    if (!rc)
        v->holds = v->first_child->holds;
    return rc;
}

static enum rc judge_children(struct asker *a, struct audience_verdict *v)
{
    struct audience_verdict **to = &v->first_child;
    bool all = true, any = false;
    enum rc rc = RC_OK;

    for (const struct audience_node *c = v->node->first_child; !rc && c; c = c->next) {
        rc = judge(a, c, to);
        if (rc)
            return rc;
        all = all && (*to)->holds;
        any = any || (*to)->holds;
        to = &(*to)->next;
    }
    v->holds = v->node->kind == AUDIENCE_NOT ? !any : v->node->kind == AUDIENCE_AND ? all : any;
    return rc;
}

static enum rc judge(struct asker *a, const struct audience_node *node,
                     struct audience_verdict **out)
{
    struct audience_verdict *v = arena_alloc(a->arena, sizeof(*v));
    enum rc rc;

    if (!v)
        return RC_FAIL;
    v->node = node;
    *out = v;
    rc = print(a, v);
    if (rc)
        return rc;
    if (node->kind != AUDIENCE_TEST)
        return judge_children(a, v);
    if (node->saved && node->saved->root)
        return judge_saved(a, v);
    return ask(a, v);
}

/* The whole is compiled first: that bounds it. */
static enum rc check(struct asker *a)
{
    enum rc rc = audience_compile(a->db, a->rule, a->moment, AUDIENCE_FOR_PAGE, &a->sql, a->err);

    audience_sql_close(&a->sql);
    return rc;
}

enum rc audience_explain(struct db *db, const struct audience_rule *rule,
                         const struct audience_moment *moment, uint64_t customer_id,
                         struct arena *arena, struct audience_verdict **out, struct error *err)
{
    struct asker *a = arena_alloc(arena, sizeof(*a));
    struct audience_verdict *verdict = NULL;
    uint64_t id;
    enum rc rc = a ? db_query_u64(db, SQL_EXISTS, DB_IN(db_u64(customer_id)), &id) : RC_FAIL;

    if (rc)
        return rc;
    *a = (struct asker){ .db = db,
                         .rule = rule,
                         .moment = moment,
                         .customer_id = customer_id,
                         .arena = arena,
                         .err = err };
    buffer_init(&a->text, QUERY_MAX);
    rc = check(a);
    if (!rc && rule->root)
        rc = judge(a, rule->root, &verdict);
    buffer_close(&a->text);
    if (!rc)
        *out = verdict;
    return rc;
}

enum rc audience_campaign_outcome(struct db *db, uint64_t campaign_id, uint64_t customer_id,
                                  char out[AUDIENCE_OUTCOME_SIZE])
{
    struct db_rows *rows;
    uint64_t message;
    enum rc rc = db_query(db, SQL_EXCLUDED, DB_IN(db_u64(campaign_id), db_u64(customer_id)), &rows);

    if (rc)
        return rc;
    *out = '\0';
    if (db_next(rows))
        snprintf(out, AUDIENCE_OUTCOME_SIZE, "%s", db_get_text(rows, 0));
    rc = db_rows_end(rows);
    if (rc || *out)
        return rc;
    rc = db_query_u64(
        db, SQL_MESSAGE,
        DB_IN(db_u64(campaign_id), db_u64(customer_id), db_u64(campaign_id), db_u64(campaign_id)),
        &message);
    if (!rc)
        snprintf(out, AUDIENCE_OUTCOME_SIZE, "recipient");
    return rc == RC_NOTFOUND ? RC_OK : rc;
}
