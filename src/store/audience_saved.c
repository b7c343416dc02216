/* audience_saved.c - the table of audiences, and rules that speak of one another. */
#include "store/audience_saved.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/audience_names.h"
#include "store/template.h"

#define WITHIN_MAX 8  /* audiences within each other */
#define READ_MAX   64 /* different ones that one rule speaks of, in all */

#define COLUMNS "SELECT id, name, rule, updated_by, created_at, updated_at FROM audience"

static const char SQL_READ[] = COLUMNS " WHERE name = ?";
static const char SQL_LIST[] = COLUMNS " ORDER BY name LIMIT ?";
static const char SQL_NAMES[] = "SELECT CONCAT('\"', name, '\"') FROM audience"
                                " ORDER BY name LIMIT 50";
static const char SQL_PUT[] =
    "INSERT INTO audience (id, name, rule, created_at, updated_at, updated_by)"
    "VALUES (?, ?, ?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE rule = VALUE(rule), updated_at = VALUE(updated_at),"
    "                            updated_by = VALUE(updated_by)";
static const char SQL_ID[] = "SELECT id FROM audience WHERE name = ?";
static const char SQL_DELETE[] = "DELETE FROM audience WHERE id = ?";

/* --- rows --- */

static void map_row(const struct db_rows *rows, struct audience_row *a)
{
    *a = (struct audience_row){
        .id = db_get_u64(rows, 0),
        .name = db_get_text(rows, 1),
        .rule = db_get_text(rows, 2),
        .who = db_get_text(rows, 3),
        .created_at = db_get_time(rows, 4),
        .updated_at = db_get_time(rows, 5),
    };
}

enum rc audience_read(struct db *db, const char *name, struct arena *arena,
                      struct audience_row *out)
{
    struct audience_row row = { 0 };
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_text(name)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        map_row(rows, &row);
        row.name = arena_copy(arena, row.name, strlen(row.name));
        row.rule = arena_copy(arena, row.rule, strlen(row.rule));
        row.who = arena_copy(arena, row.who, strlen(row.who));
    }
    rc = db_rows_end(rows);
    if (rc)
        return rc;
    if (!found)
        return RC_NOTFOUND;
    if (!row.name || !row.rule || !row.who)
        return RC_FAIL;
    *out = row;
    return RC_OK;
}

enum rc audience_list(struct db *db, void (*each)(void *arg, const struct audience_row *row),
                      void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LIST, DB_IN(db_u64(AUDIENCES_MAX)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        struct audience_row row;
        map_row(rows, &row);
        each(arg, &row);
    }
    return db_rows_end(rows);
}

/* --- rules that speak of audiences --- */

struct loader {
    struct db *db;
    struct arena *arena;
    struct error *err;
    uint64_t within[WITHIN_MAX]; /* the audiences that we are inside of */
    size_t depth;
    uint64_t ids[READ_MAX]; /* those read so far, and their rules */
    const struct audience_rule *rules[READ_MAX];
    size_t n;
};

static enum rc load(struct loader *l, const struct audience_rule *rule, struct audience_node *node);

/* Is it one that we are inside of, or are there too many? */
static enum rc check_nesting(struct loader *l, const struct audience_rule *rule,
                             const struct audience_node *test, uint64_t id)
{
    const char *name = test->values[0].text;

    for (size_t i = 0; i < l->depth; i++) {
        if (l->within[i] == id)
            return audience_fault(rule, test->values[0].at, l->err,
                                  "the audience \"%s\" would contain itself", name);
    }
    if (l->depth == WITHIN_MAX || l->n == READ_MAX)
        return audience_fault(rule, test->values[0].at, l->err,
                              "at most %d audiences within each other, and %d in all", WITHIN_MAX,
                              READ_MAX);
    return RC_OK;
}

static enum rc load_saved(struct loader *l, const struct audience_rule *rule,
                          struct audience_node *test)
{
    const char *name = test->values[0].text;
    struct audience_rule *saved;
    struct audience_row row;
    enum rc rc = audience_read(l->db, name, l->arena, &row);

    if (rc == RC_NOTFOUND)
        return audience_unknown(l->db, rule, test->values[0].at, "audience", name, SQL_NAMES,
                                l->err);
    if (!rc)
        rc = check_nesting(l, rule, test, row.id);
    if (rc)
        return rc;
    test->values[0].text = row.name; /* as it was given, whatever case the rule says it in */
    for (size_t i = 0; i < l->n; i++) {
        if (l->ids[i] == row.id) {
            test->saved = l->rules[i];
            return RC_OK;
        }
    }
    rc = audience_parse(row.rule, l->arena, &saved, l->err);
    if (!rc && saved->root) {
        l->within[l->depth++] = row.id;
        rc = load(l, saved, saved->root);
        l->depth--;
    }
    if (rc) {
        error_prefix(l->err, "audience \"%s\"", name);
        return rc;
    }
    if (l->n == READ_MAX)
        return check_nesting(l, rule, test, row.id);
    l->ids[l->n] = row.id;
    l->rules[l->n++] = saved;
    test->saved = saved;
    return RC_OK;
}

static enum rc load(struct loader *l, const struct audience_rule *rule, struct audience_node *node)
{
    enum rc rc = RC_OK;

    if (node->kind == AUDIENCE_TEST && node->field == AUDIENCE_SAVED)
        return load_saved(l, rule, node);
    for (struct audience_node *c = node->first_child; !rc && c; c = c->next)
        rc = load(l, rule, c);
    return rc;
}

/* `inside`: the audience whose rule it is; 0: none. */
static enum rc open_inside(struct db *db, const char *text, uint64_t inside, struct arena *arena,
                           struct audience_rule **out, struct error *err)
{
    struct loader l = { .db = db, .arena = arena, .err = err };
    struct audience_rule *rule;
    enum rc rc = audience_parse(text, arena, &rule, err);

    if (inside)
        l.within[l.depth++] = inside;
    if (!rc && rule->root)
        rc = load(&l, rule, rule->root);
    if (!rc)
        *out = rule;
    return rc;
}

enum rc audience_open(struct db *db, const char *text, struct arena *arena,
                      struct audience_rule **out, struct error *err)
{
    return open_inside(db, text, 0, arena, out, err);
}

/* --- kept --- */

/* Everything in it exists; its canonical spelling. */
static enum rc check_rule(struct db *db, const char *text, uint64_t inside, struct arena *arena,
                          const char **canonical, struct error *err)
{
    const struct audience_moment moment = { .now = clock_now() };
    struct audience_rule *rule;
    struct audience_sql *sql = arena_alloc(arena, sizeof(*sql));
    struct buffer printed;
    enum rc rc = sql ? open_inside(db, text, inside, arena, &rule, err) : RC_FAIL;

    if (rc)
        return rc;
    rc = audience_compile(db, rule, &moment, AUDIENCE_FOR_ALL, sql, err);
    audience_sql_close(sql);
    if (rc)
        return rc;
    buffer_init(&printed, AUDIENCE_TEXT_MAX);
    audience_print(rule, &printed);
    *canonical = arena_copy(arena, buffer_text(&printed), printed.len);
    if (printed.full)
        rc = error_set(err, RC_INVALID, "the rule is longer than %d bytes", AUDIENCE_TEXT_MAX);
    else if (!*canonical)
        rc = RC_FAIL;
    buffer_close(&printed);
    return rc;
}

enum rc audience_put(struct db *db, const char *name, const char *rule, const char *who,
                     uint64_t *id, struct error *err)
{
    const utc_us now = clock_now();
    uint64_t inside = 0, new_id = 0;
    const char *canonical;
    struct arena arena;
    enum rc rc = template_name_check("audience", name, err);

    arena_init(&arena);
    if (!rc)
        rc = db_query_u64(db, SQL_ID, DB_IN(db_text(name)), &inside);
    if (rc == RC_NOTFOUND)
        rc = RC_OK;
    if (!rc)
        rc = check_rule(db, rule, inside, &arena, &canonical, err);
    if (!rc)
        rc = db_new_ids(db, "audience", 1, &new_id);
    if (!rc)
        rc = db_run(db, SQL_PUT,
                    DB_IN(db_u64(new_id), db_text(name), db_text(canonical), db_time(now),
                          db_time(now), db_text(who)),
                    NULL);
    arena_close(&arena);
    return rc ? rc : db_query_u64(db, SQL_ID, DB_IN(db_text(name)), id);
}

/* --- deleted --- */

struct search {
    const char *name;
    char found_in[AUDIENCE_NAME_MAX * 4 + 1];
};

static bool speaks_of(const struct audience_node *node, const char *name)
{
    if (node->kind == AUDIENCE_TEST)
        return node->field == AUDIENCE_SAVED && strcmp(node->values[0].text, name) == 0;
    for (const struct audience_node *c = node->first_child; c; c = c->next) {
        if (speaks_of(c, name))
            return true;
    }
    return false;
}

static void look_for(void *arg, const struct audience_row *row)
{
    struct search *s = arg;
    struct audience_rule *rule;
    struct arena arena;

    arena_init(&arena);
    if (audience_parse(row->rule, &arena, &rule, NULL) == RC_OK && rule->root &&
        speaks_of(rule->root, s->name))
        snprintf(s->found_in, sizeof(s->found_in), "%s", row->name);
    arena_close(&arena);
}

enum rc audience_delete(struct db *db, const char *name, struct error *err)
{
    struct search search = { 0 };
    struct audience_row row;
    struct arena arena;
    uint64_t changed = 0;
    enum rc rc;

    arena_init(&arena);
    rc = audience_read(db, name, &arena, &row);
    if (!rc) {
        search.name = row.name;
        rc = audience_list(db, look_for, &search);
    }
    if (!rc && search.found_in[0])
        rc = error_set(err, RC_CONFLICT, "the rule of the audience \"%s\" speaks of it",
                       search.found_in);
    if (!rc)
        rc = db_run(db, SQL_DELETE, DB_IN(db_u64(row.id)), &changed);
    if (!rc && !changed)
        rc = RC_NOTFOUND;
    arena_close(&arena);
    return rc;
}

/* --- counted --- */

static enum rc count(struct db *db, const struct audience_sql *sql, struct audience_size *out)
{
    struct db_value values[AUDIENCE_BOUND_MAX];
    struct audience_size size = { 0 };
    struct db_rows *rows;
    struct buffer text;
    size_t n = 0;
    enum rc rc;

    buffer_init(&text, 2 * (sql->text.len + sql->joins.len) + 1000);
    buffer_add_text(&text, "SELECT COUNT(*), COALESCE(SUM(c.sms_standing = ''"
                           "           AND NOT c.do_not_contact), 0)"
                           "  FROM customer c");
    audience_sql_add_joins(sql, &text, values, &n);
    buffer_add_text(&text, " WHERE c.erased_at IS NULL AND ");
    buffer_add_text(&text, buffer_text(&sql->text));
    memcpy(values + n, sql->values, sql->n * sizeof(values[0]));
    rc = text.full ? RC_FAIL : db_query_once(db, buffer_text(&text), values, n + sql->n, &rows);
    buffer_close(&text);
    if (rc)
        return rc;
    if (db_next(rows))
        size = (struct audience_size){ db_get_u64(rows, 0), db_get_u64(rows, 1) };
    rc = db_rows_end(rows);
    if (!rc)
        *out = size;
    return rc;
}

enum rc audience_count(struct db *db, const struct audience_rule *rule,
                       const struct audience_moment *moment, struct audience_size *out,
                       struct error *err)
{
    struct audience_sql sql;
    enum rc rc = audience_compile(db, rule, moment, AUDIENCE_FOR_ALL, &sql, err);

    if (!rc)
        rc = count(db, &sql, out);
    audience_sql_close(&sql);
    return rc;
}
