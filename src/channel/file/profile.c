/* profile.c - reads a partner's profile: the tables of keys, and what they must say together. */
#include "channel/file/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "domain/custom_field.h"
#include "domain/local_time.h"
#include "domain/pattern.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* --- the file as it is written --- */

struct top_keys {
    struct config_head head;
    char *label, *separator, *record, *country, *language, *currency, *timezone, *orders_of;
    int kind, format, encoding, dates, decimals;
    bool header, create_categories, create_sources, create_ranges;
};

struct namespace_keys {
    struct config_head head;
    char *uri;
};

struct field_keys {
    struct config_head head;
    struct config_texts columns, paths, values;
    char *constant, *fallback, *pattern;
    bool required;
    int faulty;
};

struct written {
    struct top_keys top;
    struct limit_keys limit;
    struct config_array namespaces, fields;
};

static const char *const formats[] = { "csv", "xml", NULL };
static const char *const encodings[] = { "auto", "utf-8", "windows-1252", "iso-8859-15", NULL };
static const char *const date_forms[] = { "iso", "dmy", "mdy", NULL };
static const char *const decimal_forms[] = { "auto", "comma", "dot", NULL };
static const char *const faulty_ways[] = { "refuse", "ignore", NULL };

#define TOP(key) offsetof(struct top_keys, key)
static const struct config_key top_table[] = {
    { "label", CONFIG_TEXT, TOP(label), "", 0, 120, NULL, false,
      "The partner's name, for people." },
    { "kind", CONFIG_CHOICE, TOP(kind), "orders", 0, 0, file_kind_names, false,
      "What the rows are about." },
    { "format", CONFIG_CHOICE, TOP(format), "csv", 0, 0, formats, false, "What the files are." },
    { "encoding", CONFIG_CHOICE, TOP(encoding), "auto", 0, 0, encodings, false,
      "How letters are coded. auto: XML by its declaration; CSV by its byte order mark, else by "
      "its\n"
      "first letter beyond ASCII: UTF-8 if it is valid UTF-8, windows-1252 if not." },
    { "country", CONFIG_TEXT, TOP(country), "FR", 2, 2, NULL, false,
      "Country of rows that do not say theirs, and of phone numbers without country code." },
    { "language", CONFIG_TEXT, TOP(language), "fr", 2, 2, NULL, false,
      "Language of customers whose row does not say it." },
    { "currency", CONFIG_TEXT, TOP(currency), "EUR", 3, 3, NULL, false,
      "Currency of amounts whose row does not say it." },
    { "timezone", CONFIG_TEXT, TOP(timezone), "Europe/Paris", 1, 60, NULL, false,
      "Where times without an offset are meant." },
    { "dates", CONFIG_CHOICE, TOP(dates), "iso", 0, 0, date_forms, false,
      "iso: 2026-11-23; dmy: 23/11/2026; mdy: 11/23/2026. A year in front is understood in all." },
    { "decimals", CONFIG_CHOICE, TOP(decimals), "auto", 0, 0, decimal_forms, false,
      "The decimal sign. auto: comma or point, whichever comes last." },
    { "create_categories", CONFIG_BOOL, TOP(create_categories), "true", 0, 0, NULL, false,
      "Make a customer category that is not known yet (at most 100 a file); false: refuse the "
      "row." },
    { "create_sources", CONFIG_BOOL, TOP(create_sources), "true", 0, 0, NULL, false,
      "The same for acquisition sources." },
    { "create_ranges", CONFIG_BOOL, TOP(create_ranges), "true", 0, 0, NULL, false,
      "The same for product ranges." },
    { "orders_of", CONFIG_TEXT, TOP(orders_of), "", 0, 32, NULL, false,
      "Statuses and invoices: the code of the partner whose numbers of orders and customers they "
      "name, of a\n"
      "carrier that tells of a shop's orders. Empty: this partner's own." },
    { "separator", CONFIG_TEXT, TOP(separator), ";", 1, 3, NULL, false,
      "CSV: what stands between the columns, one character or \"tab\"." },
    { "header", CONFIG_BOOL, TOP(header), "true", 0, 0, NULL, false,
      "CSV: the first line names the columns; false: columns are numbered \"1\", \"2\" ..." },
    { "record", CONFIG_TEXT, TOP(record), "", 0, 500, NULL, false,
      "XML: the path of the element that is one order, such as \"/o:orders/o:order\"." },
};

static const struct config_key namespace_table[] = {
    { "uri", CONFIG_TEXT, offsetof(struct namespace_keys, uri), NULL, 1, 300, NULL, false,
      "The namespace's URI, letter for letter." },
};

#define FIELD(key) offsetof(struct field_keys, key)
static const struct config_key field_table[] = {
    { "column", CONFIG_LIST, FIELD(columns), "", 1, 200, NULL, false,
      "CSV: the column's header. Several: the first that has a value." },
    { "path", CONFIG_LIST, FIELD(paths), "", 1, 500, NULL, false,
      "XML: the way from the record, such as \"o:customer/o:number\" or \"o:customer/@id\"." },
    { "const", CONFIG_TEXT, FIELD(constant), "", 0, 500, NULL, false,
      "The same value in all rows." },
    { "default", CONFIG_TEXT, FIELD(fallback), "", 0, 500, NULL, false,
      "The value of rows that have none." },
    { "required", CONFIG_BOOL, FIELD(required), "false", 0, 0, NULL, false,
      "Refuse a row without it." },
    { "values", CONFIG_LIST, FIELD(values), "", 2, 300, NULL, false,
      "The partner's words and ours: { \"livre=delivered\", \"absent=missed\" }." },
    { "pattern", CONFIG_TEXT, FIELD(pattern), "", 0, PATTERN_TEXT_MAX, NULL, false,
      "What the whole value must look like: an extended regular expression, such as "
      "\"[0-9]{5}\"." },
    { "faulty", CONFIG_CHOICE, FIELD(faulty), "refuse", 0, 0, faulty_ways, false,
      "What to do with a row in which this value makes no sense: refuse it, or take it without." },
};

static const struct config_section sections[] = {
    { "", top_table, COUNT(top_table), sizeof(struct top_keys), offsetof(struct written, top),
      false, "How this partner writes its files." },
    { "namespace", namespace_table, COUNT(namespace_table), sizeof(struct namespace_keys),
      offsetof(struct written, namespaces), true, "XML: a prefix for use in the paths below." },
    { "limit", limit_table, LIMIT_KEYS, sizeof(struct limit_keys), offsetof(struct written, limit),
      false, "When a file is refused as a whole." },
    { "field", field_table, COUNT(field_table), sizeof(struct field_keys),
      offsetof(struct written, fields), true,
      "Where a field comes from; its name is one of ours." },
};
static const struct config_schema schema = { "a partner's profile", sections, COUNT(sections) };

void profile_print_sample(FILE *out)
{
    config_print_sample(&schema, out);
}

/* --- from what is written to what is meant --- */

/* What the functions below need to put a fault in its place. */
struct making {
    struct profile *p;
    const struct written *w;
    const char *path;
    struct error *err;
};

static char *keep(struct profile *p, const char *text, size_t len)
{
    return arena_copy(&p->arena, text, len);
}

static bool is_word(const char *text, size_t len)
{
    return len > 0 && len < PARTNER_CODE_SIZE &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") >= len;
}

/* "shop.conf", or "shop.invoices.conf". */
static enum rc names_from_path(struct making *m)
{
    const char *file = strrchr(m->path, '/') ? strrchr(m->path, '/') + 1 : m->path;
    const char *end = strrchr(file, '.') ? strrchr(file, '.') : file + strlen(file);
    const size_t len = (size_t)(end - file), code = strcspn(file, ".");

    if (!is_word(file, code) || (code < len && !is_word(file + code + 1, len - code - 1)))
        return error_set(
            m->err, RC_INVALID,
            "%s: expected a file name such as shop.conf or shop.invoices.conf, each word of "
            "a-z, 0-9, - and _ (at most 32): the first is the partner's code and the name "
            "of its directory",
            m->path);
    memcpy(m->p->name, file, len);
    m->p->name[len] = '\0';
    memcpy(m->p->code, file, code);
    m->p->code[code] = '\0';
    return RC_OK;
}

static enum rc top_fault(struct making *m, const char *key, const char *expected)
{
    return error_set(m->err, RC_INVALID, "%s: %s: expected %s", m->path, key, expected);
}

static bool all_between(const char *text, char from, char to)
{
    for (; *text; text++) {
        if (*text < from || *text > to)
            return false;
    }
    return true;
}

static enum rc take_separator(struct making *m)
{
    const char *s = m->w->top.separator;

    if (strcmp(s, "tab") == 0)
        m->p->separator = '\t';
    else if (strlen(s) == 1 && strchr("\t;,|:#~^!", *s))
        m->p->separator = *s;
    else
        return top_fault(m, "separator", "one of ; , | : # ~ ^ ! or tab");
    return RC_OK;
}

static enum rc take_top(struct making *m)
{
    const struct top_keys *top = &m->w->top;
    struct profile *p = m->p;
    struct mapping_rules *rules = &p->rules;
    struct local_zone *zone = NULL;
    struct error why = { 0 };
    enum rc rc;

    if (!all_between(top->country, 'A', 'Z'))
        return top_fault(m, "country", "two capital letters, such as \"FR\"");
    if (!all_between(top->language, 'a', 'z'))
        return top_fault(m, "language", "two small letters, such as \"fr\"");
    if (!all_between(top->currency, 'A', 'Z'))
        return top_fault(m, "currency", "three capital letters, such as \"EUR\"");
    rc = local_zone_open(top->timezone, &zone, &why);
    if (rc)
        return error_set(m->err, rc, "%s: timezone: %s", m->path, why.text);
    local_zone_close(zone);

    p->label = *top->label ? top->label : p->code;
    p->format = (enum file_format)top->format;
    p->encoding = (enum file_encoding)top->encoding;
    p->header = top->header;
    p->create_categories = top->create_categories;
    p->create_sources = top->create_sources;
    p->create_ranges = top->create_ranges;
    rules->kind = (enum file_kind)top->kind;
    memcpy(rules->country, top->country, sizeof(rules->country));
    memcpy(rules->language, top->language, sizeof(rules->language));
    memcpy(rules->currency, top->currency, sizeof(rules->currency));
    rules->dates = (enum date_form)top->dates;
    rules->decimals = (enum decimal_form)top->decimals;
    rules->timezone = top->timezone;
    rules->orders_of = *top->orders_of ? top->orders_of : NULL;
    return take_separator(m);
}

/* --- paths --- */

/* One name of a path, "o:order" or "order". */
static enum rc take_name(struct making *m, const char *text, size_t len, const char **uri,
                         const char **name, struct error *why)
{
    const struct config_array *all = &m->w->namespaces;
    const char *colon = memchr(text, ':', len);
    const size_t prefix = colon ? (size_t)(colon - text) : 0;
    const char *local = colon ? colon + 1 : text;
    const size_t local_len = len - (size_t)(local - text);

    if (local_len == 0 || memchr(local, ':', local_len) ||
        strcspn(local, " \t*[]()@") < local_len || strchr(".-0123456789", *local))
        return error_set(why, RC_INVALID,
                         "expected a name or prefix:name between slashes, got '%.*s'", (int)len,
                         text);
    *uri = "";
    if (colon) {
        const struct namespace_keys *ns = all->items;
        size_t i = 0;

        while (i < all->n &&
               !(strlen(ns[i].head.title) == prefix && memcmp(ns[i].head.title, text, prefix) == 0))
            i++;
        if (i == all->n)
            return error_set(
                why, RC_INVALID,
                "no namespace \"%.*s\" here; expected namespace \"%.*s\" { uri = ... }",
                (int)prefix, text, (int)prefix, text);
        *uri = ns[i].uri;
    }
    *name = keep(m->p, local, local_len);
    return *name ? RC_OK : RC_FAIL;
}

static enum rc take_path(struct making *m, const char *text, struct xml_path *path,
                         struct error *why)
{
    enum rc rc = RC_OK;

    while (!rc && *text) {
        const size_t len = strcspn(text, "/");
        const bool last = text[len] == '\0';

        if (!last && text[len + 1] == '\0')
            return error_set(why, RC_INVALID, "expected no slash at the end");
        if (*text == '@') {
            if (!last)
                return error_set(why, RC_INVALID, "expected the attribute at the end of the path");
            rc = take_name(m, text + 1, len - 1, &path->attribute_uri, &path->attribute, why);
        } else if (path->n == PATH_STEPS) {
            return error_set(why, RC_INVALID, "expected at most %d steps", PATH_STEPS);
        } else {
            struct xml_step *step = &path->steps[path->n++];
            rc = take_name(m, text, len, &step->uri, &step->name, why);
        }
        text += len + !last;
    }
    return rc;
}

static enum rc take_record(struct making *m)
{
    const char *text = m->w->top.record;
    struct error why = { 0 };
    enum rc rc;

    if (m->p->format != FORMAT_XML)
        return *text ? top_fault(m, "record", "nothing: it is for format = \"xml\"") : RC_OK;
    if (*text != '/')
        return top_fault(m, "record", "a path that begins with /, such as \"/orders/order\"");
    rc = take_path(m, text + 1, &m->p->record, &why);
    if (rc)
        return error_set(m->err, rc, "%s: record: %s", m->path, why.text);
    if (m->p->record.attribute || m->p->record.n == 0)
        return top_fault(m, "record", "the path of an element");
    return RC_OK;
}

/* --- fields --- */

static enum rc field_fault(struct making *m, const struct field_keys *written, const char *key,
                           const char *what)
{
    return error_set(m->err, RC_INVALID, "%s:%d: field.%s%s%s: %s", m->path, written->head.line,
                     written->head.title, *key ? "." : "", key, what);
}

static enum rc take_places(struct making *m, const struct field_keys *written, enum field f)
{
    const bool csv = m->p->format == FORMAT_CSV;
    const struct config_texts *places = csv ? &written->columns : &written->paths;
    const char *key = csv ? "column" : "path";
    struct error why = { 0 };

    if (csv && written->paths.n)
        return field_fault(m, written, "path", "expected column: the format is csv");
    if (!csv && written->columns.n)
        return field_fault(m, written, "column", "expected path: the format is xml");
    if (places->n > FIELD_PLACES)
        return field_fault(m, written, key, "expected at most 4");
    for (size_t i = 0; i < places->n; i++) {
        struct field_place *place = &m->p->places[f][i];

        if (csv) {
            place->column = places->items[i];
            if (!m->p->header && (strspn(place->column, "0123456789") != strlen(place->column) ||
                                  atoi(place->column) < 1 || strlen(place->column) > 3))
                return field_fault(m, written, key,
                                   "expected a number: the files have no header line");
        } else if (take_path(m, places->items[i], &place->path, &why)) {
            return field_fault(m, written, key, why.text);
        }
    }
    m->p->n_places[f] = (unsigned)places->n;
    return RC_OK;
}

static enum rc take_values(struct making *m, const struct field_keys *written,
                           struct field_rule *rule)
{
    const struct config_texts *list = &written->values;
    struct field_values *values = arena_alloc(&m->p->arena, (list->n + 1) * sizeof(*values));

    if (!values)
        return RC_FAIL;
    for (size_t i = 0; i < list->n; i++) {
        const char *equal = strchr(list->items[i], '=');

        if (!equal || equal == list->items[i])
            return field_fault(m, written, "values", "expected \"their word=our word\"");
        values[i].from = keep(m->p, list->items[i], (size_t)(equal - list->items[i]));
        values[i].to = equal + 1;
        if (!values[i].from)
            return RC_FAIL;
    }
    rule->values = values;
    rule->n_values = list->n;
    return RC_OK;
}

static enum rc take_pattern(struct making *m, const struct field_keys *written,
                            struct field_rule *rule)
{
    struct pattern *pattern = NULL;
    struct error why = { 0 };
    enum rc rc = RC_OK;

    if (!*written->pattern)
        return RC_OK;
    rule->pattern = written->pattern;
    rc = pattern_new(written->pattern, &pattern, &why);
    pattern_free(pattern);
    return rc == RC_INVALID ? field_fault(m, written, "pattern", why.text) : rc;
}

static enum rc take_rule(struct making *m, const struct field_keys *written, enum field f)
{
    struct field_rule *rule = &m->p->rules.fields[f];
    enum rc rc;

    rule->mapped = true;
    rule->required = written->required || field_info(f)->key_of & IN_KIND(m->p->rules.kind);
    rule->ignore_faulty = written->faulty == 1;
    rule->constant = *written->constant ? written->constant : NULL;
    rule->fallback = *written->fallback ? written->fallback : NULL;
    rc = take_places(m, written, f);
    if (!rc)
        rc = take_values(m, written, rule);
    if (!rc)
        rc = take_pattern(m, written, rule);
    if (rc)
        return rc;
    if (m->p->n_places[f] == 0 && !rule->constant && !rule->fallback)
        return field_fault(m, written, "",
                           m->p->format == FORMAT_CSV ? "expected column, const or default"
                                                      : "expected path, const or default");
    if (m->p->n_places[f] && rule->constant)
        return field_fault(m, written, "const", "expected only one of const and column or path");
    return RC_OK;
}

/* A field of the house's own takes the next free place. Whether there is one of that name, the
 * database knows. */
static enum rc take_custom(struct making *m, const struct field_keys *written)
{
    const char **custom = m->p->rules.custom;
    size_t i = 0;

    if (!custom_name_is_good(written->head.title + strlen(FIELD_CUSTOM_PREFIX)))
        return field_fault(m, written, "",
                           "expected field. and then a small letter and at most 31 more, digits "
                           "and _ among them");
    while (i < FIELD_CUSTOM_MAX && custom[i])
        i++;
    if (i == FIELD_CUSTOM_MAX)
        return field_fault(m, written, "", "expected at most 12 fields of one's own");
    custom[i] = written->head.title;
    return take_rule(m, written, (enum field)(FIELD_CUSTOM_FIRST + i));
}

static enum rc take_field(struct making *m, const struct field_keys *written)
{
    const enum field f = field_parse(written->head.title);

    if (f == FIELD_COUNT &&
        strncmp(written->head.title, FIELD_CUSTOM_PREFIX, strlen(FIELD_CUSTOM_PREFIX)) == 0)
        return take_custom(m, written);
    if (f == FIELD_COUNT)
        return field_fault(m, written, "", "there is no such field; doc/partners.md lists them");
    if (!(field_info(f)->kinds & IN_KIND(m->p->rules.kind))) {
        char what[80];

        snprintf(what, sizeof(what), "rows of kind \"%s\" have no such field",
                 file_kind_name(m->p->rules.kind));
        return field_fault(m, written, "", what);
    }
    return take_rule(m, written, f);
}

static enum rc check_either(struct making *m, enum field one, enum field other)
{
    if (m->p->rules.fields[one].mapped || m->p->rules.fields[other].mapped)
        return RC_OK;
    return error_set(m->err, RC_INVALID, "%s: expected field \"%s\" or field \"%s\", or both",
                     m->path, field_info(one)->name, field_info(other)->name);
}

static enum rc check_keys(struct making *m)
{
    const enum file_kind kind = m->p->rules.kind;

    for (enum field f = 0; f < FIELD_COUNT; f++) {
        if (field_info(f)->key_of & IN_KIND(kind) && !m->p->rules.fields[f].mapped)
            return error_set(m->err, RC_INVALID,
                             "%s: expected field \"%s\": without it nobody can tell which of the "
                             "%s is meant",
                             m->path, field_info(f)->name, file_kind_name(kind));
    }
    if (kind == KIND_INVOICES)
        return check_either(m, FIELD_CUSTOMER_NUMBER, FIELD_ORDER_NUMBER);
    if (kind == KIND_SUPPRESSIONS)
        return check_either(m, FIELD_PHONE, FIELD_EMAIL);
    return RC_OK;
}

static enum rc profile_fill(struct making *m)
{
    const struct field_keys *fields = m->w->fields.items;
    enum rc rc = names_from_path(m);

    if (!rc)
        rc = take_top(m);
    if (!rc)
        rc = take_record(m);
    for (size_t i = 0; !rc && i < m->w->fields.n; i++)
        rc = take_field(m, &fields[i]);
    if (!rc)
        rc = limit_rules_take(&m->w->limit, m->path, &m->p->limit, m->err);
    return rc ? rc : check_keys(m);
}

enum rc profile_load(const char *path, struct profile **profile, struct error *err)
{
    struct profile *p = calloc(1, sizeof(*p));
    struct written written = { 0 };
    struct making m = { p, &written, path, err };
    enum rc rc;

    if (!p)
        return error_set(err, RC_FAIL, "%s: no memory", path);
    arena_init(&p->arena);
    rc = config_load(path, &schema, &p->arena, &written, err);
    if (!rc)
        rc = profile_fill(&m);
    if (rc) {
        profile_free(p);
        return rc;
    }
    *profile = p;
    return RC_OK;
}

void profile_free(struct profile *profile)
{
    if (!profile)
        return;
    arena_close(&profile->arena);
    free(profile);
}
