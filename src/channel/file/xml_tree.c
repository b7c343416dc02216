/* xml_tree.c - see xml_tree.h. */
#include "channel/file/xml_tree.h"

static const xmlChar *interned(struct xml_tree *t, const char *text)
{
    return text && *text ? xmlDictLookup(t->dict, (const xmlChar *)text, -1) : NULL;
}

struct xml_node *xml_tree_child(const struct xml_node *parent, const xmlChar *uri,
                                const xmlChar *name)
{
    for (struct xml_node *n = parent->children; n; n = n->next) {
        if (n->name == name && n->uri == uri)
            return n;
    }
    return NULL;
}

static struct xml_node *add_node(struct xml_tree *t, struct xml_node *parent,
                                 const struct xml_step *step)
{
    const xmlChar *uri = interned(t, step->uri), *name = interned(t, step->name);
    struct xml_node *n = parent ? xml_tree_child(parent, uri, name) : NULL;

    if (n)
        return n;
    n = arena_alloc(&t->arena, sizeof(*n));
    if (!n)
        return NULL;
    n->uri = uri;
    n->name = name;
    if (parent) {
        n->next = parent->children;
        parent->children = n;
    }
    return n;
}

static enum rc add_to_node(struct xml_tree *t, struct xml_node *n, const struct xml_place *place)
{
    struct xml_place *made = n ? arena_alloc(&t->arena, sizeof(*made)) : NULL;

    if (!made)
        return RC_FAIL;
    *made = *place;
    made->next = n->places;
    n->places = made;
    n->has_text |= !place->attribute;
    return RC_OK;
}

static enum rc add_place(struct xml_tree *t, const struct xml_path *path, enum field f,
                         unsigned index)
{
    struct xml_place place = {
        .field = f,
        .index = index,
        .attribute_uri = path->attribute ? interned(t, path->attribute_uri) : NULL,
        .attribute = interned(t, path->attribute),
    };
    struct xml_node *n = t->record, *parent = n;
    enum rc rc;

    for (unsigned i = 0; n && i < path->n; i++) {
        parent = n;
        n = add_node(t, n, &path->steps[i]);
    }
    rc = add_to_node(t, n, &place);
    if (rc || !path->time.name)
        return rc;
    place.is_time = true;
    return add_to_node(t, add_node(t, parent, &path->time), &place);
}

enum rc xml_tree_init(struct xml_tree *t, const struct profile *profile, xmlDictPtr dict)
{
    const struct xml_path *record = &profile->record;
    enum rc rc = RC_OK;

    arena_init(&t->arena);
    t->dict = dict;
    for (unsigned i = 0; i < record->n; i++) {
        t->record_steps[i] = add_node(t, NULL, &record->steps[i]);
        if (!t->record_steps[i])
            return RC_FAIL;
    }
    t->record = t->record_steps[record->n - 1];
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        for (unsigned i = 0; !rc && i < profile->n_places[f]; i++)
            rc = add_place(t, &profile->places[f][i].path, f, i);
    }
    return rc;
}

void xml_tree_close(struct xml_tree *t)
{
    arena_close(&t->arena);
}
