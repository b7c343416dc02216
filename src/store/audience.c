/* audience.c (store) - walks the rule's tree; fields and operators are tables. */
#include "store/audience.h"

#include <string.h>

#define SQL_TEXT_MAX   (64 * 1024) /* 256 nodes of at most some 100 bytes */
#define CODES_IN_ERROR 300         /* characters of the list of codes that exist */

static const char SQL_CATEGORY_ID[] = "SELECT id FROM category WHERE code = ?";
static const char SQL_CATEGORIES[] = "SELECT code FROM category ORDER BY code LIMIT 50";
static const char SQL_SOURCE_ID[] = "SELECT id FROM acquisition_source WHERE code = ?";
static const char SQL_SOURCES[] = "SELECT code FROM acquisition_source ORDER BY code LIMIT 50";

/* What a rule may speak of; the kind of each field is the domain's. */
static const struct column {
    const char *name;
    const char *id_sql, *codes_sql; /* of codes */
} columns[AUDIENCE_FIELD_COUNT] = {
    [AUDIENCE_CATEGORY] = { "c.category_id", SQL_CATEGORY_ID, SQL_CATEGORIES },
    [AUDIENCE_SOURCE] = { "c.acquisition_source_id", SQL_SOURCE_ID, SQL_SOURCES },
    [AUDIENCE_CITY] = { .name = "c.city" },
    [AUDIENCE_POSTCODE] = { .name = "c.postcode" },
    [AUDIENCE_COUNTRY] = { .name = "c.country" },
    [AUDIENCE_LANGUAGE] = { .name = "c.language" },
    [AUDIENCE_LAST_CONTACT] = { .name = "c.last_contact_at" },
    [AUDIENCE_LAST_ORDER] = { .name = "c.last_order_at" },
    [AUDIENCE_CREATED] = { .name = "c.created_at" },
    [AUDIENCE_ORDERS] = { .name = "c.order_count" },
    [AUDIENCE_ORDER_TOTAL] = { .name = "c.order_cents" },
};

/* Every test must be true or false for every customer, never NULL: see domain/audience.h. A longer
 * time ago is an earlier moment, so comparisons of times turn round. */
static const char *const number_tests[] = {
    [AUDIENCE_EQ] = "%s = ?", [AUDIENCE_LT] = "%s < ?",  [AUDIENCE_LE] = "%s <= ?",
    [AUDIENCE_GT] = "%s > ?", [AUDIENCE_GE] = "%s >= ?",
};
static const char *const time_tests[] = {
    [AUDIENCE_LT] = "(%s IS NOT NULL AND %s > ?)",
    [AUDIENCE_LE] = "(%s IS NOT NULL AND %s >= ?)",
    [AUDIENCE_GT] = "(%s IS NULL OR %s < ?)",
    [AUDIENCE_GE] = "(%s IS NULL OR %s <= ?)",
    [AUDIENCE_NEVER] = "%s IS NULL",
};

struct compiler {
    struct db *db;
    utc_us now;
    struct audience_sql *out;
    struct error *err;
};

static enum rc bind(struct compiler *c, struct db_value value)
{
    if (c->out->n == AUDIENCE_NODES_MAX)
        return error_set(c->err, RC_INVALID, "the rule has more than %d values",
                         AUDIENCE_NODES_MAX);
    c->out->values[c->out->n++] = value;
    return RC_OK;
}

/* A pattern of the tables above, its %s the column. */
static void add_pattern(struct compiler *c, const char *pattern, const char *column)
{
    const char *at;

    while ((at = strstr(pattern, "%s"))) {
        buffer_add(&c->out->text, pattern, (size_t)(at - pattern));
        buffer_add_text(&c->out->text, column);
        pattern = at + 2;
    }
    buffer_add_text(&c->out->text, pattern);
}

static enum rc unknown_code(struct compiler *c, const struct column *column, const char *field,
                            const char *code)
{
    struct buffer known;
    struct db_rows *rows;
    enum rc rc = db_query(c->db, column->codes_sql, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    buffer_init(&known, CODES_IN_ERROR);
    while (db_next(rows)) {
        if (known.len)
            buffer_add_text(&known, ", ");
        buffer_add_text(&known, db_get_text(rows, 0));
    }
    rc = db_rows_end(rows);
    if (!rc)
        rc = error_set(c->err, RC_INVALID, "unknown %s \"%s\"; known: %s%s", field, code,
                       known.len ? buffer_text(&known) : "none", known.full ? " ..." : "");
    buffer_close(&known);
    return rc;
}

static enum rc bind_code(struct compiler *c, const struct audience_node *node, const char *code)
{
    const struct column *column = &columns[node->field];
    uint64_t id;
    enum rc rc = db_query_u64(c->db, column->id_sql, DB_IN(db_text(code)), &id);

    if (rc == RC_NOTFOUND)
        return unknown_code(c, column, audience_field_name(node->field), code);
    return rc ? rc : bind(c, db_u64(id));
}

/* col = ?, col IN (?, ...); a column of ids may be NULL, which no list contains. */
static enum rc add_list(struct compiler *c, const struct audience_node *node, bool codes)
{
    const char *column = columns[node->field].name;
    enum rc rc = RC_OK;

    add_pattern(c, codes ? "(%s IS NOT NULL AND %s IN (" : "(%s IN (", column);
    for (size_t i = 0; !rc && i < node->n_values; i++) {
        buffer_add_text(&c->out->text, i ? ", ?" : "?");
        rc = codes ? bind_code(c, node, node->values[i]) : bind(c, db_text(node->values[i]));
    }
    buffer_add_text(&c->out->text, "))");
    return rc;
}

static enum rc add_text_test(struct compiler *c, const struct audience_node *node)
{
    if (node->op != AUDIENCE_LIKE)
        return add_list(c, node, false);
    add_pattern(c, "%s LIKE ?", columns[node->field].name);
    return bind(c, db_text(node->values[0]));
}

static enum rc add_test(struct compiler *c, const struct audience_node *node)
{
    const char *column = columns[node->field].name;

    switch (audience_field_kind(node->field)) {
    case AUDIENCE_CODE:
        return add_list(c, node, true);
    case AUDIENCE_TEXT:
        return add_text_test(c, node);
    case AUDIENCE_TIME:
        add_pattern(c, time_tests[node->op], column);
        if (node->op == AUDIENCE_NEVER)
            return RC_OK;
        return bind(c, db_time(c->now - node->number * USEC_PER_SEC));
    case AUDIENCE_NUMBER:
    case AUDIENCE_MONEY:
        add_pattern(c, number_tests[node->op], column);
        return bind(c, db_i64(node->number));
    }
    return RC_INVALID;
}

/* The parser bounds the depth. */
static enum rc add_node(struct compiler *c, const struct audience_node *node)
{
    const char *word = node->kind == AUDIENCE_OR ? " OR " : " AND ";
    enum rc rc = RC_OK;

    if (node->kind == AUDIENCE_TEST)
        return add_test(c, node);
    buffer_add_text(&c->out->text, node->kind == AUDIENCE_NOT ? "(NOT " : "(");
    for (const struct audience_node *child = node->first_child; !rc && child; child = child->next) {
        if (child != node->first_child)
            buffer_add_text(&c->out->text, word);
        rc = add_node(c, child);
    }
    buffer_add_text(&c->out->text, ")");
    return rc;
}

enum rc audience_compile(struct db *db, const struct audience_rule *rule, utc_us now,
                         struct audience_sql *out, struct error *err)
{
    struct compiler c = { .db = db, .now = now, .out = out, .err = err };
    enum rc rc = RC_OK;

    out->n = 0;
    buffer_init(&out->text, SQL_TEXT_MAX);
    if (rule->root)
        rc = add_node(&c, rule->root);
    else
        buffer_add_text(&out->text, "TRUE");
    if (!rc && out->text.full)
        rc = error_set(err, RC_INVALID, "the rule is too long");
    return rc;
}

void audience_sql_close(struct audience_sql *sql)
{
    buffer_close(&sql->text);
}
