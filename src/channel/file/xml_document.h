/* xml_document.h - watches the elements of a document for the one that holds its number. */
#pragma once

#include <libxml/tree.h>

#include "channel/file/document_number.h"
#include "channel/file/profile.h"

struct xml_document {
    const struct xml_path *path; /* from the root; n 0: nothing is looked for */
    const xmlChar *uris[PATH_STEPS], *names[PATH_STEPS], *attribute_uri, *attribute;
    unsigned matched; /* open elements that lie on the way */
    bool inside;
    char text[DOCUMENT_NUMBER_MAX + 2];
    size_t len;
    struct document_number number;
};

/* `dict`: the parser's, so that equal names are equal pointers. */
void xml_document_init(struct xml_document *d, const struct xml_path *path, xmlDictPtr dict);
/* `depth` counts the open elements, this one included. */
void xml_document_start(struct xml_document *d, unsigned depth, const xmlChar *uri,
                        const xmlChar *name, int n_attributes, const xmlChar **attributes);
void xml_document_text(struct xml_document *d, unsigned depth, const xmlChar *text, size_t len);
void xml_document_end(struct xml_document *d, unsigned depth);
