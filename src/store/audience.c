/*
 * audience.c (store) - walks the rule's tree and writes a condition.
 *
 * Every test must be true or false for every customer, never NULL: see domain/audience.h.
 */
#include "store/audience.h"

#include <string.h>

#include "store/audience_compiler.h"
#include "store/audience_names.h"
#include "store/timed_id.h"

#define SQL_TEXT_MAX  (256 * 1024) /* AUDIENCE_VALUES_MAX tests of at most some 200 bytes */
#define SQL_JOINS_MAX SQL_TEXT_MAX
#define TESTS_MAX     1024 /* those of saved audiences included */
#define DEPTH_MAX     200

/* What a rule may compare directly. */
static const char *const columns[AUDIENCE_FIELD_COUNT] = {
    [AUDIENCE_CATEGORY] = "c.category_id",
    [AUDIENCE_SOURCE] = "c.acquisition_source_id",
    [AUDIENCE_CITY] = "c.city",
    [AUDIENCE_POSTCODE] = "c.postcode",
    [AUDIENCE_COUNTRY] = "c.country",
    [AUDIENCE_LANGUAGE] = "c.language",
    [AUDIENCE_LAST_CONTACT] = "c.last_contact_at",
    [AUDIENCE_LAST_ORDER] = "c.last_order_at",
    [AUDIENCE_LAST_REPLY] = "c.last_reply_at",
    [AUDIENCE_CREATED] = "c.created_at",
    [AUDIENCE_ORDERS] = "c.order_count",
    [AUDIENCE_ORDER_TOTAL] = "c.order_cents",
    [AUDIENCE_LAST_CAMPAIGN] = "c.last_campaign_id",
    [AUDIENCE_CONSENT] = "c.consent_at",
    [AUDIENCE_LAST_OUTCOME] = "COALESCE((SELECT m.state FROM message m"
                              " WHERE m.id = c.last_campaign_message_id), '')",
    [AUDIENCE_ORDER_PRODUCT] = "o.product_range_id",
    [AUDIENCE_ORDER_STATUS] = "o.status",
    [AUDIENCE_ORDER_AGE] = "o.ordered_at",
};

/* A longer time ago is an earlier moment, so comparisons of times turn round. What has never
 * happened is longer ago than anything. */
static const char *const time_tests[] = {
    [AUDIENCE_LT] = "(%s IS NOT NULL AND %s > ?)",
    [AUDIENCE_LE] = "(%s IS NOT NULL AND %s >= ?)",
    [AUDIENCE_GT] = "(%s IS NULL OR %s < ?)",
    [AUDIENCE_GE] = "(%s IS NULL OR %s <= ?)",
    [AUDIENCE_NEVER] = "%s IS NULL",
};
/* The same where it must have happened to have an age. */
static const char *const given_tests[] = {
    [AUDIENCE_LT] = "(%s IS NOT NULL AND %s > ?)",
    [AUDIENCE_LE] = "(%s IS NOT NULL AND %s >= ?)",
    [AUDIENCE_GT] = "(%s IS NOT NULL AND %s < ?)",
    [AUDIENCE_GE] = "(%s IS NOT NULL AND %s <= ?)",
};

const char *const audience_number_ops[] = {
    [AUDIENCE_EQ] = " = ?", [AUDIENCE_LT] = " < ?",  [AUDIENCE_LE] = " <= ?",
    [AUDIENCE_GT] = " > ?", [AUDIENCE_GE] = " >= ?",
};

/* --- pieces --- */

static struct buffer *target(struct audience_compiler *c)
{
    return c->in_set ? &c->out->joins : &c->out->text;
}

void audience_add(struct audience_compiler *c, const char *text)
{
    buffer_add_text(target(c), text);
}

enum rc audience_bind(struct audience_compiler *c, struct db_value value)
{
    struct audience_sql *out = c->out;

    if ((c->in_set ? out->n_join_values : out->n) == AUDIENCE_VALUES_MAX)
        return error_set(c->err, RC_INVALID, "the rule has more than %d values",
                         AUDIENCE_VALUES_MAX);
    if (c->in_set)
        out->join_values[out->n_join_values++] = value;
    else
        out->values[out->n++] = value;
    return RC_OK;
}

/* A pattern of the tables above, its %s the column. */
void audience_add_pattern(struct audience_compiler *c, const char *pattern, const char *column)
{
    const char *at;

    while ((at = strstr(pattern, "%s"))) {
        buffer_add(target(c), pattern, (size_t)(at - pattern));
        audience_add(c, column);
        pattern = at + 2;
    }
    audience_add(c, pattern);
}

/* --- tests of one column --- */

static enum rc bind_value(struct audience_compiler *c, const struct audience_node *test, size_t i)
{
    struct audience_campaign campaign;
    uint64_t id;
    enum rc rc;

    if (test->field == AUDIENCE_LAST_CAMPAIGN) {
        rc = audience_campaign_find(c->db, c->rule, test, i, &campaign, c->err);
        return rc ? rc : audience_bind(c, db_u64(campaign.id));
    }
    if (audience_field_kind(test->field) != AUDIENCE_CODE)
        return audience_bind(c, db_text(test->values[i].text));
    rc = audience_code_id(c->db, c->rule, test, i, &id, c->err);
    return rc ? rc : audience_bind(c, db_u64(id));
}

/* col IN (?, ...); a column of ids may be NULL, which no list contains. */
static enum rc add_list(struct audience_compiler *c, const struct audience_node *test,
                        const char *column)
{
    const enum audience_kind kind = audience_field_kind(test->field);
    const bool ids = kind == AUDIENCE_CODE || kind == AUDIENCE_SENDING;
    enum rc rc = RC_OK;

    audience_add_pattern(c, ids ? "(%s IS NOT NULL AND %s IN (" : "(%s IN (", column);
    for (size_t i = 0; !rc && i < test->n_values; i++) {
        audience_add(c, i ? ", ?" : "?");
        rc = bind_value(c, test, i);
    }
    audience_add(c, "))");
    return rc;
}

static enum rc add_text_test(struct audience_compiler *c, const struct audience_node *test,
                             const char *column)
{
    if (test->op != AUDIENCE_LIKE)
        return add_list(c, test, column);
    audience_add_pattern(c, "%s LIKE ?", column);
    return audience_bind(c, db_text(test->values[0].text));
}

static enum rc add_time_test(struct audience_compiler *c, const struct audience_node *test)
{
    audience_add_pattern(c, time_tests[test->op], columns[test->field]);
    return test->op == AUDIENCE_NEVER ? RC_OK
                                      : audience_bind(c, db_time(audience_moment_ago(c, test)));
}

static enum rc add_number_test(struct audience_compiler *c, const struct audience_node *test,
                               const char *column)
{
    audience_add(c, column);
    audience_add(c, audience_number_ops[test->op]);
    return audience_bind(c, db_i64(test->number));
}

/* The last campaign: which; or when, which is in the id of its message. */
static enum rc add_sending(struct audience_compiler *c, const struct audience_node *test)
{
    if (test->op == AUDIENCE_EQ || test->op == AUDIENCE_IN)
        return add_list(c, test, columns[test->field]);
    audience_add_pattern(c, time_tests[test->op], "c.last_campaign_message_id");
    return test->op == AUDIENCE_NEVER
               ? RC_OK
               : audience_bind(c, db_u64(timed_id_at(audience_moment_ago(c, test))));
}

static enum rc add_consent(struct audience_compiler *c, const struct audience_node *test)
{
    if (test->op != AUDIENCE_EQ) {
        audience_add_pattern(c, given_tests[test->op], columns[test->field]);
        return audience_bind(c, db_time(audience_moment_ago(c, test)));
    }
    if (strcmp(test->values[0].text, "sms") == 0)
        audience_add(c, "c.consent_at IS NOT NULL");
    else
        audience_add(c,
                     "EXISTS (SELECT 1 FROM consent_current a WHERE a.customer_id = c.id"
                     " AND a.channel = 'email' AND a.purpose = 'promo' AND a.state = 'granted')");
    return RC_OK;
}

/* --- orders --- */

static enum rc add_node(struct audience_compiler *c, const struct audience_node *node);

static enum rc add_order_age(struct audience_compiler *c, const struct audience_node *test)
{
    audience_add_pattern(c, given_tests[test->op], columns[test->field]);
    return audience_bind(c, db_time(audience_moment_ago(c, test)));
}

/* Does the test hold for somebody without a single order that counts? */
static bool holds_for_none(const struct audience_node *test)
{
    switch (test->op) {
    case AUDIENCE_EQ:
    case AUDIENCE_GE:
        return test->number == 0;
    case AUDIENCE_LT:
        return test->number > 0;
    case AUDIENCE_LE:
        return true;
    case AUDIENCE_GT:
    case AUDIENCE_IN:
    case AUDIENCE_LIKE:
    case AUDIENCE_NEVER:
    case AUDIENCE_WITHIN:
    case AUDIENCE_HOLDS:
        return false;
    }
    return false;
}

/* At least one order: no need to count them. */
static bool asks_for_any(const struct audience_node *test)
{
    return test->field == AUDIENCE_ORDERS && ((test->op == AUDIENCE_GE && test->number == 1) ||
                                              (test->op == AUDIENCE_GT && test->number == 0));
}

static const char *sum_of(const struct audience_node *test)
{
    return test->field == AUDIENCE_ORDERS ? "COUNT(*)" : "COALESCE(SUM(o.collect_cents), 0)";
}

/*
 * Where a test is one of several that may hold, each customer has to be asked. Then the customers
 * for whom it holds are made a map of bits, 64 a row, which is joined: neighbours look into one
 * row.
 */
static enum rc add_orders_as_set(struct audience_compiler *c, const struct audience_node *test)
{
    const bool none = holds_for_none(test);
    struct audience_sql *out = c->out;
    const size_t nth = out->n_sets++;
    enum rc rc;

    c->in_set = true;
    audience_add(c, "  LEFT JOIN (SELECT y.customer_id >> 6 AS w,"
                    "                    BIT_OR(1 << (y.customer_id & 63)) AS bits"
                    "               FROM (SELECT o.customer_id"
                    "                       FROM customer_order o"
                    "                      WHERE o.customer_id BETWEEN ? AND ? AND ");
    out->range_at[nth] = out->n_join_values;
    rc = audience_bind(c, db_u64(0));
    if (!rc)
        rc = audience_bind(c, db_u64(INT64_MAX));
    if (!rc)
        rc = add_node(c, test->filter);
    if (!rc && !asks_for_any(test)) {
        audience_add(c, none ? " GROUP BY o.customer_id HAVING NOT "
                             : " GROUP BY o.customer_id HAVING ");
        rc = add_number_test(c, test, sum_of(test));
    }
    buffer_printf(&out->joins, ") y GROUP BY w) b%zu ON b%zu.w = c.id >> 6", nth, nth);
    c->in_set = false;
    buffer_printf(&out->text, "%sCOALESCE(b%zu.bits >> (c.id & 63) & 1, 0)", none ? "NOT " : "",
                  nth);
    return rc;
}

static enum rc add_orders_of_all(struct audience_compiler *c, const struct audience_node *test)
{
    const bool none = holds_for_none(test);
    enum rc rc;

    if (c->optional && c->out->n_sets < AUDIENCE_SETS_MAX)
        return add_orders_as_set(c, test);
    audience_add(c, none ? "(c.id NOT IN (SELECT o.customer_id FROM customer_order o WHERE "
                         : "(c.id IN (SELECT o.customer_id FROM customer_order o WHERE ");
    rc = add_node(c, test->filter);
    if (rc)
        return rc;
    if (!asks_for_any(test)) {
        audience_add(c, none ? " GROUP BY o.customer_id HAVING NOT "
                             : " GROUP BY o.customer_id HAVING ");
        rc = add_number_test(c, test, sum_of(test));
    }
    audience_add(c, "))");
    return rc;
}

static enum rc add_orders_of_page(struct audience_compiler *c, const struct audience_node *test)
{
    enum rc rc;

    if (asks_for_any(test)) {
        audience_add(c, "EXISTS (SELECT 1 FROM customer_order o WHERE o.customer_id = c.id AND ");
        rc = add_node(c, test->filter);
        audience_add(c, ")");
        return rc;
    }
    audience_add(c, "((SELECT ");
    audience_add(c, sum_of(test));
    audience_add(c, " FROM customer_order o WHERE o.customer_id = c.id AND ");
    rc = add_node(c, test->filter);
    if (!rc)
        rc = add_number_test(c, test, ")"); /* the look-up's end is what is compared */
    audience_add(c, ")");
    return rc;
}

static enum rc add_orders(struct audience_compiler *c, const struct audience_node *test)
{
    if (!test->filter)
        return add_number_test(c, test, columns[test->field]);
    /* Measured on the index by customer, which holds all that is asked here: to look the orders of
     * a customer up costs two and a half times what it costs to group them with all others. */
    if (c->form == AUDIENCE_FOR_PAGE || (c->narrowed && !asks_for_any(test)))
        return add_orders_of_page(c, test);
    return add_orders_of_all(c, test);
}

/* --- the tree --- */

static enum rc add_saved(struct audience_compiler *c, const struct audience_node *test)
{
    const struct audience_rule *outer = c->rule;
    enum rc rc;

    if (!test->saved)
        return audience_fault(c->rule, test->at, c->err, "the audience was not read");
    if (!test->saved->root) {
        audience_add(c, "TRUE");
        return RC_OK;
    }
    c->rule = test->saved;
    rc = add_node(c, test->saved->root);
    c->rule = outer;
    if (rc == RC_INVALID)
        error_prefix(c->err, "audience \"%s\"", test->values[0].text);
    return rc;
}

static enum rc add_test(struct audience_compiler *c, const struct audience_node *test)
{
    switch (audience_field_kind(test->field)) {
    case AUDIENCE_CODE:
    case AUDIENCE_WORD:
        return add_list(c, test, columns[test->field]);
    case AUDIENCE_TEXT:
        return add_text_test(c, test, columns[test->field]);
    case AUDIENCE_TIME:
        return add_time_test(c, test);
    case AUDIENCE_SPAN:
        return add_order_age(c, test);
    case AUDIENCE_NUMBER:
    case AUDIENCE_MONEY:
        return add_orders(c, test);
    case AUDIENCE_YEARS:
        return audience_add_age(c, test);
    case AUDIENCE_FLAG:
        return audience_add_minor(c);
    case AUDIENCE_DAY:
        return audience_add_birthday(c, test);
    case AUDIENCE_RIGHT:
        return add_consent(c, test);
    case AUDIENCE_SENDING:
        return add_sending(c, test);
    case AUDIENCE_PAST:
        return test->field == AUDIENCE_RECEIVED ? audience_add_received(c, test)
                                                : audience_add_replied(c, test);
    case AUDIENCE_NAMED:
        return add_saved(c, test);
    case AUDIENCE_OWN:
        return audience_add_own(c, test);
    }
    return RC_INVALID;
}

/* Does one of the tests that must all hold choose customers by what few of them have? */
static bool is_narrow(const struct audience_node *all)
{
    for (const struct audience_node *n = all->first_child; n; n = n->next) {
        const enum audience_kind kind = audience_field_kind(n->field);
        if (n->kind == AUDIENCE_TEST && (kind == AUDIENCE_CODE || kind == AUDIENCE_TEXT) &&
            n->op == AUDIENCE_EQ)
            return true;
    }
    return false;
}

static enum rc add_children(struct audience_compiler *c, const struct audience_node *node)
{
    const char *word = node->kind == AUDIENCE_OR ? " OR " : " AND ";
    const bool narrowed = c->narrowed, optional = c->optional;
    enum rc rc = RC_OK;

    c->optional = optional || node->kind != AUDIENCE_AND;
    c->narrowed = narrowed || (node->kind == AUDIENCE_AND && is_narrow(node));
    audience_add(c, node->kind == AUDIENCE_NOT ? "(NOT " : "(");
    for (const struct audience_node *n = node->first_child; !rc && n; n = n->next) {
        if (n != node->first_child)
            audience_add(c, word);
        rc = add_node(c, n);
    }
    audience_add(c, ")");
    c->narrowed = narrowed;
    c->optional = optional;
    return rc;
}

/* Each rule is bounded by its parser; what saved audiences make of them together is bounded here.
 */
static enum rc add_node(struct audience_compiler *c, const struct audience_node *node)
{
    enum rc rc;

    if (++c->tests > TESTS_MAX || c->depth == DEPTH_MAX)
        return error_set(c->err, RC_INVALID,
                         "the rule is too large with the audiences that it speaks of");
    c->depth++;
    rc = node->kind == AUDIENCE_TEST ? add_test(c, node) : add_children(c, node);
    c->depth--;
    return rc;
}

enum rc audience_compile_node(struct db *db, const struct audience_rule *rule,
                              const struct audience_node *node,
                              const struct audience_moment *moment, enum audience_form form,
                              struct audience_sql *out, struct error *err)
{
    struct audience_compiler c = {
        .db = db, .rule = rule, .moment = moment, .form = form, .out = out, .err = err
    };
    enum rc rc = RC_OK;

    out->n = 0;
    out->n_join_values = out->n_sets = 0;
    buffer_init(&out->text, SQL_TEXT_MAX);
    buffer_init(&out->joins, SQL_JOINS_MAX);
    if (node)
        rc = add_node(&c, node);
    else
        audience_add(&c, "TRUE");
    if (!rc && (out->text.full || out->joins.full))
        rc = error_set(err, RC_INVALID, "the rule is too long");
    return rc;
}

enum rc audience_compile(struct db *db, const struct audience_rule *rule,
                         const struct audience_moment *moment, enum audience_form form,
                         struct audience_sql *out, struct error *err)
{
    return audience_compile_node(db, rule, rule->root, moment, form, out, err);
}

void audience_sql_close(struct audience_sql *sql)
{
    buffer_close(&sql->text);
    buffer_close(&sql->joins);
}

void audience_sql_add_joins_between(const struct audience_sql *sql, uint64_t first, uint64_t last,
                                    struct buffer *text, struct db_value *values, size_t *n)
{
    buffer_add_text(text, buffer_text(&sql->joins));
    memcpy(values + *n, sql->join_values, sql->n_join_values * sizeof(values[0]));
    for (size_t i = 0; i < sql->n_sets; i++) {
        values[*n + sql->range_at[i]] = db_u64(first);
        values[*n + sql->range_at[i] + 1] = db_u64(last);
    }
    *n += sql->n_join_values;
}

void audience_sql_add_joins(const struct audience_sql *sql, struct buffer *text,
                            struct db_value *values, size_t *n)
{
    audience_sql_add_joins_between(sql, 0, INT64_MAX, text, values, n);
}
