/* profile_path.c - the paths of a profile: names with their namespaces, of XML, and where a record
 * and the document's number stand. */
#include <string.h>

#include "channel/file/profile_private.h"

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
        strcspn(local, " \t*[]()@+") < local_len || strchr(".-0123456789", *local))
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
    *name = profile_keep(m, local, local_len);
    return *name ? RC_OK : RC_FAIL;
}

/* The last step: a name, or the names of a date and of its time, "cbc:IssueDate+cbc:IssueTime". */
static enum rc take_last(struct making *m, const char *text, size_t len, struct xml_path *path,
                         struct error *why)
{
    struct xml_step *step = &path->steps[path->n++];
    const char *plus = memchr(text, '+', len);
    const size_t date = plus ? (size_t)(plus - text) : len;
    enum rc rc = take_name(m, text, date, &step->uri, &step->name, why);

    if (!rc && plus)
        rc = take_name(m, plus + 1, len - date - 1, &path->time.uri, &path->time.name, why);
    return rc;
}

static enum rc take_xml_path(struct making *m, const char *text, struct xml_path *path,
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
        } else if (last) {
            rc = take_last(m, text, len, path, why);
        } else {
            struct xml_step *step = &path->steps[path->n++];
            rc = take_name(m, text, len, &step->uri, &step->name, why);
        }
        text += len + !last;
    }
    return rc;
}

static enum rc take_edifact_path(struct making *m, const char *text,
                                 const struct edifact_path **path, struct error *why)
{
    struct edifact_path *made = arena_alloc(&m->p->arena, sizeof(*made));

    *path = made;
    return made ? edifact_path_parse(text, &m->p->arena, made, why) : RC_FAIL;
}

enum rc profile_path(struct making *m, const char *text, struct field_place *place,
                     struct error *why)
{
    if (m->p->format == FORMAT_EDIFACT)
        return take_edifact_path(m, text, &place->edifact, why);
    return take_xml_path(m, text, &place->path, why);
}

static enum rc take_xml_record(struct making *m)
{
    const char *text = m->w->top.record;
    struct error why = { 0 };
    enum rc rc;

    if (*text != '/')
        return profile_top_fault(m, "record",
                                 "a path that begins with /, such as \"/orders/order\"");
    rc = take_xml_path(m, text + 1, &m->p->record, &why);
    if (rc)
        return error_set(m->err, rc, "%s: record: %s", m->path, why.text);
    if (m->p->record.attribute || m->p->record.time.name || m->p->record.n == 0)
        return profile_top_fault(m, "record", "the path of an element");
    return RC_OK;
}

/* "IFTMIN" or "IFTSTA/CNI/STS" */
static enum rc take_edifact_record(struct making *m)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    static const char expected[] =
        "a message's type and up to two segments, such as \"IFTMIN\" or \"IFTSTA/CNI/STS\"";
    const char *text = m->w->top.record;
    struct profile *p = m->p;
    size_t len = strspn(text, letters);

    if (len < 3 || len > 6 || (text[len] && text[len] != '/'))
        return profile_top_fault(m, "record", expected);
    p->message = profile_keep(m, text, len);
    for (text += len; *text == '/'; text += 4) {
        if (p->n_record_segments == RECORD_SEGMENTS || strspn(text + 1, letters) != 3)
            return profile_top_fault(m, "record", expected);
        memcpy(p->record_segments[p->n_record_segments++], text + 1, 3);
    }
    if (*text)
        return profile_top_fault(m, "record", expected);
    return p->message ? RC_OK : RC_FAIL;
}

enum rc profile_take_record(struct making *m)
{
    switch (m->p->format) {
    case FORMAT_CSV:
        if (*m->w->top.record)
            return profile_top_fault(m, "record", "nothing: csv has a record a line");
        return RC_OK;
    case FORMAT_XML:
        return take_xml_record(m);
    case FORMAT_EDIFACT:
        return take_edifact_record(m);
    }
    return RC_OK;
}

enum rc profile_take_document(struct making *m)
{
    const char *text = m->w->top.document;
    struct field_place *place = &m->p->document;
    struct error why = { 0 };
    enum rc rc;

    if (!*text)
        return RC_OK;
    if (m->p->format == FORMAT_CSV)
        return profile_top_fault(m, "document", "nothing: csv has no place for it");
    if (m->p->format == FORMAT_XML && *text++ != '/')
        return profile_top_fault(m, "document",
                                 "a path that begins with /, such as \"/orders/@number\"");
    rc = profile_path(m, text, place, &why);
    if (rc)
        return error_set(m->err, rc, "%s: document: %s", m->path, why.text);
    if (m->p->format == FORMAT_XML && place->path.n == 0)
        return profile_top_fault(m, "document", "the path of an element or an attribute");
    return RC_OK;
}
