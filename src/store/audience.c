/*
 * audience.c (store) - walks the rule's tree and writes a condition.
 *
 * Every test must be true or false for every customer, never NULL: see domain/audience.h.
 */
#include "store/audience.h"

#include <string.h>

#include "domain/local_time.h"
#include "store/audience_names.h"
#include "store/timed_id.h"

#define SQL_TEXT_MAX  (256 * 1024) /* AUDIENCE_VALUES_MAX tests of at most some 200 bytes */
#define SQL_JOINS_MAX 4000
#define TESTS_MAX     1024 /* those of saved audiences included */
#define DEPTH_MAX     200
#define ADULT_YEARS   18

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

static const char *const number_ops[] = {
    [AUDIENCE_EQ] = " = ?", [AUDIENCE_LT] = " < ?",  [AUDIENCE_LE] = " <= ?",
    [AUDIENCE_GT] = " > ?", [AUDIENCE_GE] = " >= ?",
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

struct compiler {
    struct db *db;
    const struct audience_rule *rule; /* the one being read: places count in it */
    const struct audience_moment *moment;
    enum audience_form form;
    struct audience_sql *out;
    struct error *err;
    uint64_t campaigns[AUDIENCE_CAMPAIGNS_MAX]; /* of the joins */
    unsigned tests, depth;
};

/* --- pieces --- */

static void add(struct compiler *c, const char *text)
{
    buffer_add_text(&c->out->text, text);
}

static enum rc bind(struct compiler *c, struct db_value value)
{
    if (c->out->n == AUDIENCE_VALUES_MAX)
        return error_set(c->err, RC_INVALID, "the rule has more than %d values",
                         AUDIENCE_VALUES_MAX);
    c->out->values[c->out->n++] = value;
    return RC_OK;
}

/* A pattern of the tables above, its %s the column. */
static void add_pattern(struct compiler *c, const char *pattern, const char *column)
{
    const char *at;

    while ((at = strstr(pattern, "%s"))) {
        buffer_add(&c->out->text, pattern, (size_t)(at - pattern));
        add(c, column);
        pattern = at + 2;
    }
    add(c, pattern);
}

/* --- moments and days --- */

/* `months` before, on the month's last day where it has fewer. */
static struct civil months_before(struct civil day, int64_t months)
{
    const int64_t month = day.year * INT64_C(12) + day.month - 1 - months;
    struct civil moved = day, next;

    moved.year = (int)(month / 12);
    moved.month = (int)(month % 12) + 1;
    moved.day = 1;
    next = clock_civil(clock_from_civil(&moved) + (day.day - 1) * SEC_PER_DAY * USEC_PER_SEC);
    if (next.month == moved.month)
        return next;
    return clock_civil(clock_from_civil(&next) - next.day * SEC_PER_DAY * USEC_PER_SEC);
}

static utc_us moment_ago(const struct compiler *c, const struct audience_node *test)
{
    struct civil day;

    if (!test->months)
        return c->moment->now - test->number * USEC_PER_SEC;
    day = months_before(clock_civil(c->moment->now), test->months);
    return clock_from_civil(&day);
}

/* What the calendar on the wall shows. */
static enum rc today(const struct compiler *c, struct civil *day)
{
    struct local_zone *zone;
    enum rc rc;

    if (!c->moment->timezone) {
        *day = clock_civil(c->moment->now);
        return RC_OK;
    }
    rc = local_zone_open(c->moment->timezone, &zone, c->err);
    if (rc)
        return rc;
    *day = local_zone_civil(zone, c->moment->now);
    local_zone_close(zone);
    return RC_OK;
}

static int64_t date_number(const struct civil *day)
{
    return day->year * INT64_C(10000) + day->month * 100 + day->day;
}

/* --- tests of one column --- */

static enum rc bind_value(struct compiler *c, const struct audience_node *test, size_t i)
{
    struct audience_campaign campaign;
    uint64_t id;
    enum rc rc;

    if (test->field == AUDIENCE_LAST_CAMPAIGN) {
        rc = audience_campaign_find(c->db, c->rule, test, i, &campaign, c->err);
        return rc ? rc : bind(c, db_u64(campaign.id));
    }
    if (audience_field_kind(test->field) != AUDIENCE_CODE)
        return bind(c, db_text(test->values[i].text));
    rc = audience_code_id(c->db, c->rule, test, i, &id, c->err);
    return rc ? rc : bind(c, db_u64(id));
}

/* col IN (?, ...); a column of ids may be NULL, which no list contains. */
static enum rc add_list(struct compiler *c, const struct audience_node *test, const char *column)
{
    const enum audience_kind kind = audience_field_kind(test->field);
    const bool ids = kind == AUDIENCE_CODE || kind == AUDIENCE_SENDING;
    enum rc rc = RC_OK;

    add_pattern(c, ids ? "(%s IS NOT NULL AND %s IN (" : "(%s IN (", column);
    for (size_t i = 0; !rc && i < test->n_values; i++) {
        add(c, i ? ", ?" : "?");
        rc = bind_value(c, test, i);
    }
    add(c, "))");
    return rc;
}

static enum rc add_text_test(struct compiler *c, const struct audience_node *test,
                             const char *column)
{
    if (test->op != AUDIENCE_LIKE)
        return add_list(c, test, column);
    add_pattern(c, "%s LIKE ?", column);
    return bind(c, db_text(test->values[0].text));
}

static enum rc add_time_test(struct compiler *c, const struct audience_node *test)
{
    add_pattern(c, time_tests[test->op], columns[test->field]);
    return test->op == AUDIENCE_NEVER ? RC_OK : bind(c, db_time(moment_ago(c, test)));
}

static enum rc add_number_test(struct compiler *c, const struct audience_node *test,
                               const char *column)
{
    add(c, column);
    add(c, number_ops[test->op]);
    return bind(c, db_i64(test->number));
}

/* The last campaign: which; or when, which is in the id of its message. */
static enum rc add_sending(struct compiler *c, const struct audience_node *test)
{
    if (test->op == AUDIENCE_EQ || test->op == AUDIENCE_IN)
        return add_list(c, test, columns[test->field]);
    add_pattern(c, time_tests[test->op], "c.last_campaign_message_id");
    return test->op == AUDIENCE_NEVER ? RC_OK : bind(c, db_u64(timed_id_at(moment_ago(c, test))));
}

static enum rc add_consent(struct compiler *c, const struct audience_node *test)
{
    if (test->op != AUDIENCE_EQ) {
        add_pattern(c, given_tests[test->op], columns[test->field]);
        return bind(c, db_time(moment_ago(c, test)));
    }
    if (strcmp(test->values[0].text, "sms") == 0)
        add(c, "c.consent_at IS NOT NULL");
    else
        add(c, "EXISTS (SELECT 1 FROM consent_current a WHERE a.customer_id = c.id"
               " AND a.channel = 'email' AND a.purpose = 'promo' AND a.state = 'granted')");
    return RC_OK;
}

/* --- birthdays and ages --- */

/* On that day, `years` ago. */
static enum rc bind_years_ago(struct compiler *c, int64_t years)
{
    struct civil day;
    enum rc rc = today(c, &day);

    if (rc)
        return rc;
    day = months_before(day, 12 * years);
    return bind(c, db_i64(date_number(&day)));
}

static enum rc add_age(struct compiler *c, const struct audience_node *test)
{
    /* "older than 18" is "19 or older" */
    const int64_t years = test->number + (test->op == AUDIENCE_GT || test->op == AUDIENCE_LE);
    enum rc rc;

    switch (test->op) {
    case AUDIENCE_NEVER:
        add(c, "c.birth_date IS NULL");
        return RC_OK;
    case AUDIENCE_GT:
    case AUDIENCE_GE:
        add(c, "(c.birth_date IS NOT NULL AND c.birth_date <= CAST(? AS DATE))");
        return bind_years_ago(c, years);
    case AUDIENCE_LT:
    case AUDIENCE_LE:
        add(c, "(c.birth_date IS NOT NULL AND c.birth_date > CAST(? AS DATE))");
        return bind_years_ago(c, years);
    case AUDIENCE_EQ:
        add(c, "(c.birth_date IS NOT NULL AND c.birth_date <= CAST(? AS DATE)"
               " AND c.birth_date > CAST(? AS DATE))");
        rc = bind_years_ago(c, years);
        return rc ? rc : bind_years_ago(c, years + 1);
    case AUDIENCE_IN:
    case AUDIENCE_LIKE:
    case AUDIENCE_WITHIN:
    case AUDIENCE_HOLDS:
        break;
    }
    return RC_INVALID;
}

static enum rc add_minor(struct compiler *c)
{
    add(c, "(c.minor OR (c.birth_date IS NOT NULL AND c.birth_date > CAST(? AS DATE)))");
    return bind_years_ago(c, ADULT_YEARS);
}

static enum rc add_birthday(struct compiler *c, const struct audience_node *test)
{
    struct civil day;
    int first, last;
    enum rc rc = today(c, &day);

    if (rc)
        return rc;
    if (test->op == AUDIENCE_NEVER) {
        add(c, "c.birthday IS NULL");
        return RC_OK;
    }
    audience_birthdays(&day, test->number / SEC_PER_DAY, &first, &last);
    add_pattern(c,
                first <= last ? "(%s IS NOT NULL AND %s >= ? AND %s <= ?)"
                              : "(%s IS NOT NULL AND (%s >= ? OR %s <= ?))",
                "c.birthday");
    rc = bind(c, db_i64(first));
    return rc ? rc : bind(c, db_i64(last));
}

/* --- campaigns --- */

/* One join a campaign, however often the rule asks; its place among them is `*nth`. */
static enum rc join_campaign(struct compiler *c, const struct audience_node *test, uint64_t id,
                             size_t *nth)
{
    struct audience_sql *out = c->out;
    size_t i = 0;

    while (i < out->n_joins && c->campaigns[i] != id)
        i++;
    *nth = i;
    if (i < out->n_joins)
        return RC_OK;
    if (i == AUDIENCE_CAMPAIGNS_MAX)
        return audience_fault(c->rule, test->at, c->err,
                              "a rule may ask of %d campaigns who received them",
                              AUDIENCE_CAMPAIGNS_MAX);
    buffer_printf(&out->joins,
                  "  LEFT JOIN campaign_member m%zu"
                  "         ON m%zu.campaign_id = ? AND m%zu.chunk = c.id >> 12",
                  i, i, i);
    c->campaigns[i] = id;
    out->join_values[out->n_joins++] = db_u64(id);
    return RC_OK;
}

/* Bit (id & 7) of byte ((id & 4095) >> 3). Bits behind the map's end are not set. */
static enum rc add_received(struct compiler *c, const struct audience_node *test)
{
    struct audience_campaign campaign;
    size_t nth;
    enum rc rc = audience_campaign_find(c->db, c->rule, test, 0, &campaign, c->err);

    if (!rc)
        rc = join_campaign(c, test, campaign.id, &nth);
    if (!rc)
        buffer_printf(&c->out->text,
                      "(m%zu.bits IS NOT NULL AND"
                      " (ORD(SUBSTR(m%zu.bits, ((c.id & 4095) >> 3) + 1, 1)) >> (c.id & 7)) & 1)",
                      nth, nth);
    return rc;
}

static enum rc add_replied(struct compiler *c, const struct audience_node *test)
{
    struct audience_campaign campaign;
    enum rc rc = audience_campaign_find(c->db, c->rule, test, 0, &campaign, c->err);

    if (c->form == AUDIENCE_FOR_ALL)
        add(c, "c.id IN (SELECT m.customer_id FROM inbound_message i"
               " JOIN message m ON m.id = i.answers_message_id"
               " WHERE i.answers_message_id BETWEEN ? AND ? AND m.campaign_id = ?"
               " AND m.customer_id IS NOT NULL)");
    else
        add(c, "EXISTS (SELECT 1 FROM message m"
               " JOIN inbound_message i ON i.answers_message_id = m.id"
               " WHERE m.customer_id = c.id AND m.id BETWEEN ? AND ? AND m.campaign_id = ?)");
    if (!rc)
        rc = bind(c, db_u64(campaign.first_message));
    if (!rc)
        rc = bind(c, db_u64(campaign.last_message));
    return rc ? rc : bind(c, db_u64(campaign.id));
}

/* --- fields of one's own --- */

static enum rc add_own_values(struct compiler *c, const struct audience_node *test,
                              enum own_kind kind)
{
    enum rc rc = RC_OK;
    int64_t number;

    add(c, kind == OWN_TEXT ? " AND f.value IN (" : " AND f.number IN (");
    for (size_t i = 0; !rc && i < test->n_values; i++) {
        add(c, i ? ", ?" : "?");
        if (kind != OWN_TEXT)
            rc = audience_own_number(c->rule, test, i, kind, &number, c->err);
        if (!rc)
            rc = bind(c, kind == OWN_TEXT ? db_text(test->values[i].text) : db_i64(number));
    }
    add(c, ")");
    return rc;
}

static enum rc add_own_order(struct compiler *c, const struct audience_node *test,
                             enum own_kind kind)
{
    /* What is longer ago is earlier. */
    static const enum audience_op turned[] = {
        [AUDIENCE_LT] = AUDIENCE_GT,
        [AUDIENCE_LE] = AUDIENCE_GE,
        [AUDIENCE_GT] = AUDIENCE_LT,
        [AUDIENCE_GE] = AUDIENCE_LE,
    };
    struct civil day;
    int64_t number;
    enum rc rc;

    add(c, " AND f.number");
    if (!test->ago) {
        add(c, number_ops[test->op]);
        rc = audience_own_number(c->rule, test, 0, kind, &number, c->err);
        return rc ? rc : bind(c, db_i64(number));
    }
    add(c, number_ops[turned[test->op]]);
    rc = today(c, &day);
    if (rc)
        return rc;
    if (test->months)
        day = months_before(day, test->months);
    else
        day = clock_civil(clock_from_civil(&day) - test->number * USEC_PER_SEC);
    return bind(c, db_i64(date_number(&day)));
}

static enum rc add_own(struct compiler *c, const struct audience_node *test)
{
    struct audience_own own;
    enum rc rc = audience_own_find(c->db, c->rule, test, &own, c->err);

    if (rc)
        return rc;
    add(c, test->op == AUDIENCE_NEVER ? "(NOT " : "(");
    add(c, c->form == AUDIENCE_FOR_ALL
               ? "c.id IN (SELECT f.customer_id FROM customer_field f WHERE f.field_id = ?"
               : "EXISTS (SELECT 1 FROM customer_field f WHERE f.customer_id = c.id"
                 " AND f.field_id = ?");
    rc = bind(c, db_u64(own.id));
    if (!rc && test->op == AUDIENCE_LIKE) {
        add(c, " AND f.value LIKE ?");
        rc = bind(c, db_text(test->values[0].text));
    } else if (!rc && (test->op == AUDIENCE_EQ || test->op == AUDIENCE_IN)) {
        rc = add_own_values(c, test, own.kind);
    } else if (!rc && test->op != AUDIENCE_NEVER) {
        rc = add_own_order(c, test, own.kind);
    }
    add(c, "))");
    return rc;
}

/* --- orders --- */

static enum rc add_node(struct compiler *c, const struct audience_node *node);

static enum rc add_order_age(struct compiler *c, const struct audience_node *test)
{
    add_pattern(c, given_tests[test->op], columns[test->field]);
    return bind(c, db_time(moment_ago(c, test)));
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

static enum rc add_orders_of_all(struct compiler *c, const struct audience_node *test)
{
    const bool none = holds_for_none(test);
    enum rc rc;

    add(c, none ? "(c.id NOT IN (SELECT o.customer_id FROM customer_order o WHERE "
                : "(c.id IN (SELECT o.customer_id FROM customer_order o WHERE ");
    rc = add_node(c, test->filter);
    if (rc)
        return rc;
    if (!asks_for_any(test)) {
        add(c, none ? " GROUP BY o.customer_id HAVING NOT " : " GROUP BY o.customer_id HAVING ");
        rc = add_number_test(c, test, sum_of(test));
    }
    add(c, "))");
    return rc;
}

static enum rc add_orders_of_page(struct compiler *c, const struct audience_node *test)
{
    enum rc rc;

    if (asks_for_any(test)) {
        add(c, "EXISTS (SELECT 1 FROM customer_order o WHERE o.customer_id = c.id AND ");
        rc = add_node(c, test->filter);
        add(c, ")");
        return rc;
    }
    add(c, "((SELECT ");
    add(c, sum_of(test));
    add(c, " FROM customer_order o WHERE o.customer_id = c.id AND ");
    rc = add_node(c, test->filter);
    if (!rc)
        rc = add_number_test(c, test, ")");
    add(c, ")");
    return rc;
}

static enum rc add_orders(struct compiler *c, const struct audience_node *test)
{
    if (!test->filter)
        return add_number_test(c, test, columns[test->field]);
    return c->form == AUDIENCE_FOR_ALL ? add_orders_of_all(c, test) : add_orders_of_page(c, test);
}

/* --- the tree --- */

static enum rc add_saved(struct compiler *c, const struct audience_node *test)
{
    const struct audience_rule *outer = c->rule;
    enum rc rc;

    if (!test->saved)
        return audience_fault(c->rule, test->at, c->err, "the audience was not read");
    if (!test->saved->root) {
        add(c, "TRUE");
        return RC_OK;
    }
    c->rule = test->saved;
    rc = add_node(c, test->saved->root);
    c->rule = outer;
    if (rc == RC_INVALID)
        error_prefix(c->err, "audience \"%s\"", test->values[0].text);
    return rc;
}

static enum rc add_test(struct compiler *c, const struct audience_node *test)
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
        return add_age(c, test);
    case AUDIENCE_FLAG:
        return add_minor(c);
    case AUDIENCE_DAY:
        return add_birthday(c, test);
    case AUDIENCE_RIGHT:
        return add_consent(c, test);
    case AUDIENCE_SENDING:
        return add_sending(c, test);
    case AUDIENCE_PAST:
        return test->field == AUDIENCE_RECEIVED ? add_received(c, test) : add_replied(c, test);
    case AUDIENCE_NAMED:
        return add_saved(c, test);
    case AUDIENCE_OWN:
        return add_own(c, test);
    }
    return RC_INVALID;
}

/* Each rule is bounded by its parser; what saved audiences make of them together is bounded here.
 */
static enum rc add_node(struct compiler *c, const struct audience_node *node)
{
    const char *word = node->kind == AUDIENCE_OR ? " OR " : " AND ";
    enum rc rc = RC_OK;

    if (++c->tests > TESTS_MAX || c->depth == DEPTH_MAX)
        return error_set(c->err, RC_INVALID,
                         "the rule is too large with the audiences that it speaks of");
    c->depth++;
    if (node->kind == AUDIENCE_TEST) {
        rc = add_test(c, node);
    } else {
        add(c, node->kind == AUDIENCE_NOT ? "(NOT " : "(");
        for (const struct audience_node *child = node->first_child; !rc && child;
             child = child->next) {
            if (child != node->first_child)
                add(c, word);
            rc = add_node(c, child);
        }
        add(c, ")");
    }
    c->depth--;
    return rc;
}

enum rc audience_compile_node(struct db *db, const struct audience_rule *rule,
                              const struct audience_node *node,
                              const struct audience_moment *moment, enum audience_form form,
                              struct audience_sql *out, struct error *err)
{
    struct compiler c = {
        .db = db, .rule = rule, .moment = moment, .form = form, .out = out, .err = err
    };
    enum rc rc = RC_OK;

    out->n = 0;
    out->n_joins = 0;
    buffer_init(&out->text, SQL_TEXT_MAX);
    buffer_init(&out->joins, SQL_JOINS_MAX);
    if (node)
        rc = add_node(&c, node);
    else
        add(&c, "TRUE");
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

void audience_sql_add_joins(const struct audience_sql *sql, struct buffer *text,
                            struct db_value *values, size_t *n)
{
    buffer_add_text(text, buffer_text(&sql->joins));
    memcpy(values + *n, sql->join_values, sql->n_joins * sizeof(values[0]));
    *n += sql->n_joins;
}
