/* xml_document.c - see xml_document.h. */
#include "channel/file/xml_document.h"

#include <libxml/dict.h>
#include <string.h>

static const xmlChar *interned(xmlDictPtr dict, const char *text)
{
    return text && *text ? xmlDictLookup(dict, (const xmlChar *)text, -1) : NULL;
}

void xml_document_init(struct xml_document *d, const struct xml_path *path, xmlDictPtr dict)
{
    *d = (struct xml_document){ .path = path };
    for (unsigned i = 0; i < path->n; i++) {
        d->uris[i] = interned(dict, path->steps[i].uri);
        d->names[i] = interned(dict, path->steps[i].name);
    }
    d->attribute_uri = interned(dict, path->attribute_uri);
    d->attribute = interned(dict, path->attribute);
}

/* SAX2 gives an attribute as five pointers: name, prefix, URI, value, end of value. */
static void take_attribute(struct xml_document *d, int n, const xmlChar **attributes)
{
    for (int i = 0; i < n; i++) {
        const xmlChar **a = attributes + i * 5;

        if (a[0] == d->attribute && a[2] == d->attribute_uri)
            document_number_add(&d->number, (const char *)a[3], (size_t)(a[4] - a[3]));
    }
}

void xml_document_start(struct xml_document *d, unsigned depth, const xmlChar *uri,
                        const xmlChar *name, int n_attributes, const xmlChar **attributes)
{
    if (d->matched + 1 != depth || depth > d->path->n || d->names[depth - 1] != name ||
        d->uris[depth - 1] != uri)
        return;
    d->matched++;
    if (d->matched < d->path->n)
        return;
    if (d->attribute)
        take_attribute(d, n_attributes, attributes);
    d->inside = !d->attribute;
    d->len = 0;
}

/* One byte more than may be is enough to know that it is too long. */
void xml_document_text(struct xml_document *d, unsigned depth, const xmlChar *text, size_t len)
{
    const size_t room = sizeof(d->text) - d->len;

    if (!d->inside || depth != d->path->n)
        return;
    len = len < room ? len : room;
    memcpy(d->text + d->len, text, len);
    d->len += len;
}

void xml_document_end(struct xml_document *d, unsigned depth)
{
    if (d->inside && depth == d->path->n) {
        document_number_add(&d->number, d->text, d->len);
        d->inside = false;
    }
    if (d->matched >= depth)
        d->matched = depth - 1;
}
