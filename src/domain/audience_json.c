/*
 * audience_json.c - rules in JSON.
 *
 * A rule in JSON is rewritten as text, which is then parsed like any other: so both forms have one
 * grammar, one tree and the same faults. Of each stretch of the text it is kept which place of the
 * JSON it stands for. What a value holds goes into the text in quotation marks, or, where the field
 * wants a number or an age, as one bare word: it can never become more of a rule than a value.
 */
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/audience_lex.h"
#include "domain/utf8.h"

#define LEVELS_MAX (3 * AUDIENCE_DEPTH_MAX) /* objects within each other */
#define PATH_BYTES 1000
#define PLACES_MAX (4 * AUDIENCE_NODES_MAX)

bool audience_is_json(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '{';
}

/* --- from JSON --- */

struct reader {
    struct arena *arena;
    struct buffer text; /* the rule as text, so far */
    struct buffer path; /* where in the JSON we are */
    struct audience_place *places;
    size_t n_places;
    unsigned level;
    enum audience_scope scope;
    struct error *err;
};

static enum rc refuse(struct reader *r, const char *expected)
{
    return error_set(r->err, RC_INVALID, "at %s: expected %s", buffer_text(&r->path), expected);
}

/* What is added to the text from now on stands for the path as it is. */
static enum rc mark(struct reader *r)
{
    char *path;

    if (r->text.full || r->path.full || r->n_places == PLACES_MAX)
        return error_set(r->err, RC_INVALID, "the rule is too large");
    path = arena_copy(r->arena, buffer_text(&r->path), r->path.len);
    if (!path)
        return error_set(r->err, RC_FAIL, "no memory");
    r->places[r->n_places++] = (struct audience_place){ r->text.len, path };
    return RC_OK;
}

/* Back up the path to where it had `len` bytes. */
static void leave(struct reader *r, size_t len)
{
    r->path.len = len;
    r->path.data[len] = '\0';
}

static void add_quoted(struct reader *r, const char *value)
{
    buffer_add_text(&r->text, "\"");
    for (; *value; value++)
        buffer_add(&r->text, *value == '"' ? "\"\"" : value, *value == '"' ? 2 : 1);
    buffer_add_text(&r->text, "\"");
}

/* As one bare word, when that is all it is; else in quotation marks, which a number never has. */
static void add_bare(struct reader *r, const char *value, size_t len)
{
    size_t at = 0;

    while (at < len && value[at] > 0 && audience_is_word_char((uint32_t)value[at]))
        at++;
    if (at == len && len > 0)
        buffer_add(&r->text, value, len);
    else
        add_quoted(r, value);
}

static bool ends_with_ago(const char *value)
{
    const size_t len = strlen(value);

    return len > 4 && strcasecmp(value + len - 4, " ago") == 0;
}

/* "30d ago", or "30d" where that can mean nothing else. */
static void add_span(struct reader *r, const char *value, bool ago)
{
    add_bare(r, value, strlen(value) - (ends_with_ago(value) ? 4 : 0));
    if (ago)
        buffer_add_text(&r->text, " ago");
}

static enum rc add_text_value(struct reader *r, enum audience_kind kind, const char *op,
                              const char *value)
{
    const bool ordered = op[0] == '<' || op[0] == '>';

    switch (kind) {
    case AUDIENCE_TIME:
    case AUDIENCE_SPAN:
        add_span(r, value, kind == AUDIENCE_TIME);
        return RC_OK;
    case AUDIENCE_NUMBER:
    case AUDIENCE_MONEY:
    case AUDIENCE_YEARS:
    case AUDIENCE_DAY:
        add_bare(r, value, strlen(value));
        return RC_OK;
    case AUDIENCE_RIGHT:
    case AUDIENCE_SENDING:
        if (ordered)
            add_span(r, value, true);
        else
            add_quoted(r, value);
        return RC_OK;
    case AUDIENCE_OWN:
        if (ordered && ends_with_ago(value))
            add_span(r, value, true);
        else
            add_quoted(r, value);
        return RC_OK;
    case AUDIENCE_CODE:
    case AUDIENCE_WORD:
    case AUDIENCE_TEXT:
    case AUDIENCE_PAST:
    case AUDIENCE_NAMED:
        add_quoted(r, value);
        return RC_OK;
    case AUDIENCE_FLAG:
        return refuse(r, "no value");
    }
    return RC_OK;
}

static enum rc add_value(struct reader *r, enum audience_kind kind, const char *op,
                         const json_t *value)
{
    enum rc rc = mark(r);

    if (rc)
        return rc;
    if (json_is_string(value))
        return add_text_value(r, kind, op, json_string_value(value));
    if (json_is_integer(value) && kind == AUDIENCE_TEXT)
        buffer_printf(&r->text, "\"%" JSON_INTEGER_FORMAT "\"", json_integer_value(value));
    else if (json_is_integer(value) && kind != AUDIENCE_NAMED)
        buffer_printf(&r->text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value) && kind == AUDIENCE_MONEY)
        buffer_printf(&r->text, "%.10g", json_real_value(value));
    else
        return refuse(r, kind == AUDIENCE_MONEY ? "an amount, like 49.90" : "a text or a number");
    return RC_OK;
}

static enum rc add_values(struct reader *r, enum audience_kind kind, const char *op,
                          const json_t *list)
{
    const size_t len = r->path.len;
    const json_t *value;
    enum rc rc = RC_OK;
    size_t i;

    buffer_add_text(&r->text, "(");
    json_array_foreach(list, i, value)
    {
        buffer_printf(&r->path, "[%zu]", i);
        buffer_add_text(&r->text, i ? ", " : "");
        rc = add_value(r, kind, op, value);
        if (rc)
            return rc;
        leave(r, len);
    }
    buffer_add_text(&r->text, ")");
    return RC_OK;
}

static enum rc add_node(struct reader *r, json_t *node, enum audience_node_kind inside);

/* The member `name` of an object, as a place of its own. */
static enum rc add_member(struct reader *r, json_t *node, const char *name,
                          enum audience_node_kind inside)
{
    const size_t len = r->path.len;
    enum rc rc;

    buffer_printf(&r->path, ".%s", name);
    rc = add_node(r, json_object_get(node, name), inside);
    if (!rc)
        leave(r, len);
    return rc;
}

/* AUDIENCE_FIELD_COUNT: none has that name here. */
static enum audience_field find_field(const struct reader *r, const char *name)
{
    const size_t prefix = strlen(AUDIENCE_OWN_PREFIX), len = strlen(name);
    size_t at = 0;

    if (r->scope == AUDIENCE_OF_CUSTOMER && len > prefix &&
        strncasecmp(name, AUDIENCE_OWN_PREFIX, prefix) == 0) {
        while (at < len) {
            if (!audience_is_word_char(utf8_next(name, len, &at)))
                return AUDIENCE_FIELD_COUNT;
        }
        return AUDIENCE_CUSTOM;
    }
    for (int f = 0; f < AUDIENCE_FIELD_COUNT; f++) {
        if (f != AUDIENCE_CUSTOM && audience_fields[f].scope == r->scope &&
            strcasecmp(name, audience_fields[f].name) == 0)
            return (enum audience_field)f;
    }
    return AUDIENCE_FIELD_COUNT;
}

static enum rc add_field(struct reader *r, json_t *node, enum audience_kind *kind)
{
    const size_t len = r->path.len;
    const char *name = json_string_value(json_object_get(node, "field"));
    char known[AUDIENCE_KNOWN_SIZE];
    enum audience_field f;
    enum rc rc;

    buffer_add_text(&r->path, ".field");
    if (!name)
        return refuse(r, "a field's name");
    f = find_field(r, name);
    if (f == AUDIENCE_FIELD_COUNT)
        return error_set(r->err, RC_INVALID, "at %s: unknown field \"%.60s\"; known: %s",
                         buffer_text(&r->path), name, audience_known_fields(r->scope, known));
    rc = mark(r);
    buffer_printf(&r->text, "%s ", name);
    leave(r, len);
    *kind = audience_field_kind(f);
    return rc;
}

static enum rc add_op(struct reader *r, json_t *node, const char **op)
{
    static const char *const known[] = {
        "=",     "!=",      "<",      "<=",       ">",     ">=",        "in",         "like",
        "never", "unknown", "not in", "not like", "today", "not never", "not unknown"
    };
    const size_t len = r->path.len;
    const json_t *value = json_object_get(node, "op");
    enum rc rc;

    *op = "";
    if (!value)
        return RC_OK;
    buffer_add_text(&r->path, ".op");
    for (size_t i = 0; json_is_string(value) && i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcasecmp(json_string_value(value), known[i]) != 0)
            continue;
        *op = known[i];
        rc = mark(r);
        buffer_printf(&r->text, "%s ", *op);
        leave(r, len);
        return rc;
    }
    return refuse(r, "=, !=, <, <=, >, >=, in, like, never, unknown or today");
}

static enum rc add_test(struct reader *r, json_t *node)
{
    const size_t len = r->path.len;
    const json_t *where = json_object_get(node, "where"), *value = json_object_get(node, "value");
    enum audience_kind kind;
    const char *op;
    enum rc rc = add_field(r, node, &kind);

    if (!rc && where) {
        buffer_add_text(&r->text, "(");
        r->scope = AUDIENCE_OF_ORDER;
        rc = add_member(r, node, "where", AUDIENCE_OR);
        r->scope = AUDIENCE_OF_CUSTOMER;
        buffer_add_text(&r->text, ") ");
    }
    if (!rc)
        rc = mark(r);
    if (!rc)
        rc = add_op(r, node, &op);
    if (rc || !value)
        return rc;
    buffer_add_text(&r->path, ".value");
    rc = json_is_array(value) ? add_values(r, kind, op, value) : add_value(r, kind, op, value);
    if (!rc)
        leave(r, len);
    return rc;
}

/* {"and": [...]}; `inside`: the kind of the node above; parentheses only where the grammar needs
 * them, so that a rule is as deep in one form as in the other. */
static enum rc add_list(struct reader *r, json_t *node, const char *word,
                        enum audience_node_kind inside)
{
    const size_t len = r->path.len;
    json_t *list = json_object_get(node, word), *item;
    enum rc rc = RC_OK;
    const enum audience_node_kind kind = *word == 'o' ? AUDIENCE_OR : AUDIENCE_AND;
    bool closed = false;
    size_t i;

    buffer_printf(&r->path, ".%s", word);
    if (json_array_size(list) == 0)
        return refuse(r, "a list of rules");
    if (json_array_size(list) > 1) {
        closed = kind == AUDIENCE_OR ? inside != AUDIENCE_OR : inside == AUDIENCE_NOT;
        inside = kind;
    }
    buffer_add_text(&r->text, closed ? "(" : "");
    json_array_foreach(list, i, item)
    {
        const size_t here = r->path.len;
        buffer_printf(&r->path, "[%zu]", i);
        if (i)
            buffer_printf(&r->text, " %s ", word);
        rc = add_node(r, item, inside);
        if (rc)
            return rc;
        leave(r, here);
    }
    buffer_add_text(&r->text, closed ? ")" : "");
    leave(r, len);
    return RC_OK;
}

static enum rc check_keys(struct reader *r, json_t *node, const char *const *known, size_t n)
{
    const char *key;
    json_t *value;

    json_object_foreach(node, key, value)
    {
        size_t i = 0;
        while (i < n && strcmp(known[i], key) != 0)
            i++;
        if (i == n)
            return refuse(r, "{\"and\": [...]}, {\"or\": [...]}, {\"not\": {...}}, {\"all\": "
                             "true}, or field, op, value and where");
    }
    return RC_OK;
}

static enum rc add_object(struct reader *r, json_t *node, enum audience_node_kind inside)
{
    static const char *const test_keys[] = { "field", "op", "value", "where" };
    static const char *const single[] = { "and", "or", "not", "all" };
    enum rc rc;

    for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
        if (!json_object_get(node, single[i]))
            continue;
        rc = check_keys(r, node, &single[i], 1);
        if (rc)
            return rc;
        if (i < 2)
            return add_list(r, node, single[i], inside);
        if (i == 3) {
            buffer_add_text(&r->text, "all");
            return json_is_true(json_object_get(node, "all")) ? RC_OK : refuse(r, "true");
        }
        buffer_add_text(&r->text, "not ");
        return add_member(r, node, "not", AUDIENCE_NOT);
    }
    rc = check_keys(r, node, test_keys, sizeof(test_keys) / sizeof(test_keys[0]));
    return rc ? rc : add_test(r, node);
}

static enum rc add_node(struct reader *r, json_t *node, enum audience_node_kind inside)
{
    enum rc rc = mark(r);

    if (rc)
        return rc;
    if (!json_is_object(node))
        return refuse(r, "a rule in {}");
    if (++r->level > LEVELS_MAX)
        return error_set(r->err, RC_INVALID, "more than %d rules within each other", LEVELS_MAX);
    rc = add_object(r, node, inside);
    r->level--;
    return rc;
}

enum rc audience_json_read(const char *json, struct arena *arena, struct audience_rule *rule,
                           struct error *err)
{
    struct reader r = { .arena = arena, .err = err };
    json_error_t fault;
    json_t *root;
    enum rc rc = RC_FAIL;

    if (strlen(json) > AUDIENCE_JSON_MAX)
        return error_set(err, RC_INVALID, "the rule is longer than %d bytes", AUDIENCE_JSON_MAX);
    root = json_loads(json, JSON_REJECT_DUPLICATES, &fault);
    if (!root)
        return error_set(err, RC_INVALID, "at line %d, column %d: not JSON: %s", fault.line,
                         fault.column, fault.text);
    buffer_init(&r.text, AUDIENCE_JSON_MAX);
    buffer_init(&r.path, PATH_BYTES);
    buffer_add_text(&r.path, "$");
    r.places = arena_alloc(arena, PLACES_MAX * sizeof(*r.places));
    if (r.places)
        rc = add_node(&r, root, AUDIENCE_OR);
    if (!rc && r.text.full)
        rc = error_set(err, RC_INVALID, "the rule is too large");
    if (!rc) {
        rule->text = arena_copy(arena, buffer_text(&r.text), r.text.len);
        rule->places = r.places;
        rule->n_places = r.n_places;
        rc = rule->text ? RC_OK : error_set(err, RC_FAIL, "no memory");
    }
    buffer_close(&r.text);
    buffer_close(&r.path);
    json_decref(root);
    return rc;
}
