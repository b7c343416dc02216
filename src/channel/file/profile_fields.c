/* profile_fields.c - the fields of a profile: where each is found, and what rules it has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/file/profile_private.h"
#include "domain/custom_field.h"
#include "domain/pattern.h"

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
        return field_fault(m, written, "column", "expected path: the format is xml or edifact");
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
        } else if (profile_path(m, places->items[i], place, &why)) {
            return field_fault(m, written, key, why.text);
        }
    }
    m->p->n_places[f] = (unsigned)places->n;
    return RC_OK;
}

/* What the profile itself says must be words that every row can have. */
static enum rc check_word(struct making *m, const struct field_keys *written, enum field f,
                          const char *key, const char *word)
{
    struct error why = { 0 };

    return mapping_word_check(f, word, &why) ? field_fault(m, written, key, why.text) : RC_OK;
}

static enum rc take_values(struct making *m, const struct field_keys *written,
                           struct field_rule *rule, enum field f)
{
    const struct config_texts *list = &written->values;
    struct field_values *values = arena_alloc(&m->p->arena, (list->n + 1) * sizeof(*values));

    if (!values)
        return RC_FAIL;
    for (size_t i = 0; i < list->n; i++) {
        const char *equal = strchr(list->items[i], '=');

        if (!equal || equal == list->items[i])
            return field_fault(m, written, "values", "expected \"their word=our word\"");
        values[i].from = profile_keep(m, list->items[i], (size_t)(equal - list->items[i]));
        values[i].to = equal + 1;
        if (!values[i].from)
            return RC_FAIL;
        if (check_word(m, written, f, "values", values[i].to))
            return RC_INVALID;
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
        rc = take_values(m, written, rule, f);
    if (!rc)
        rc = check_word(m, written, f, "const", written->constant);
    if (!rc)
        rc = check_word(m, written, f, "default", written->fallback);
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

enum rc profile_take_field(struct making *m, const struct field_keys *written)
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
