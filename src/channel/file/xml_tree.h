/* xml_tree.h - the paths of a profile as a tree below the record's element, in libxml2's own names.
 */
#pragma once

#include <libxml/tree.h>
#include <libxml/dict.h>

#include "channel/file/profile.h"

struct xml_place {
    enum field field;
    unsigned index;                           /* among the field's places */
    const xmlChar *attribute_uri, *attribute; /* NULL: the element's text */
    bool is_time;                             /* its text goes behind a date's, beside it */
    struct xml_place *next;
};

struct xml_node {
    const xmlChar *uri, *name; /* the parser's copies, so that equal means the same pointer */
    struct xml_node *children, *next;
    struct xml_place *places;
    bool has_text; /* some place wants the element's text */
};

struct xml_tree {
    struct arena arena;
    xmlDictPtr dict;
    struct xml_node *record_steps[PATH_STEPS], *record; /* the way to the record; its own node */
};

/* `dict`: the parser's. RC_FAIL: no memory; to be closed in any case. */
enum rc xml_tree_init(struct xml_tree *t, const struct profile *profile,
                      xmlDictPtr dict) MUST_CHECK;
void xml_tree_close(struct xml_tree *t);
struct xml_node *xml_tree_child(const struct xml_node *parent, const xmlChar *uri,
                                const xmlChar *name);
