/*
 * guess_xml.c - a sample of XML: which element is a record, and the paths below it.
 *
 * The same parser behind the same filter as in xml_reader.c. The document's elements and attributes
 * become a tree, one node for all that have the same path; each node counts how often it came.
 */
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "channel/file/guess_private.h"
#include "channel/file/xml_filter.h"

#define NODES_MAX 2000
#define TEXT_MAX  8192 /* looked at, of one element */
#define BLOCK     8192
#define PATH_SIZE 480

struct node {
    const char *name;
    unsigned space; /* of guess.namespaces, from 1; 0: none */
    bool attribute, has_text, repeats;
    unsigned count, since; /* since: its count when its parent's element began */
    unsigned leaves;       /* of all below it, with values: how much of the file it is */
    struct tally tally;
    struct node *parent, *children, *last, *next;
};

struct walk {
    struct sample *s;
    xmlParserCtxtPtr xml;
    struct xml_filter filter;
    struct node *root, *at;
    unsigned nodes, depth, lost; /* lost: open elements that have no node */
    struct buffer text;          /* of the open elements that have nothing inside so far */
    bool leaf, too_many;
    enum rc rc;
    struct error *err;
    char held[XML_TAG_MAX + BLOCK];
    size_t n_held;
};

/* --- namespaces --- */

/* A prefix that is a word and nobody else's. */
static const char *make_prefix(struct guess *g, const char *wanted)
{
    char own[24];
    bool taken = !wanted || !*wanted || strlen(wanted) >= sizeof(own) ||
                 wanted[strspn(wanted, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_")];

    for (unsigned i = 0; !taken && i < g->n_namespaces; i++)
        taken = strcmp(g->namespaces[i].prefix, wanted) == 0;
    if (taken)
        snprintf(own, sizeof(own), "n%u", g->n_namespaces + 1);
    else
        snprintf(own, sizeof(own), "%s", wanted);
    return arena_copy(&g->arena, own, strlen(own));
}

/* 0: none, or there is no more room for it. */
static unsigned find_space(struct walk *w, const xmlChar *prefix, const xmlChar *uri)
{
    struct guess *g = w->s->guess;
    struct guess_namespace *ns = &g->namespaces[g->n_namespaces];
    const char *text = (const char *)uri;

    if (!text || !*text)
        return 0;
    for (unsigned i = 0; i < g->n_namespaces; i++) {
        if (strcmp(g->namespaces[i].uri, text) == 0)
            return i + 1;
    }
    if (g->n_namespaces == sizeof(g->namespaces) / sizeof(g->namespaces[0]) || strlen(text) > 300)
        return 0;
    ns->uri = arena_copy(&g->arena, text, strlen(text));
    ns->prefix = make_prefix(g, (const char *)prefix);
    if (!ns->uri || !ns->prefix) {
        w->rc = RC_FAIL;
        return 0;
    }
    return ++g->n_namespaces;
}

/* --- the tree --- */

static struct node *new_node(struct walk *w, struct node *parent, const char *name, unsigned space,
                             bool attribute)
{
    struct arena *arena = &w->s->guess->arena;
    struct node *n;

    if (w->nodes == NODES_MAX) {
        w->too_many = true;
        return NULL;
    }
    w->nodes++;
    n = arena_alloc(arena, sizeof(*n));
    if (n)
        n->name = arena_copy(arena, name, strlen(name));
    if (!n || !n->name) {
        w->rc = RC_FAIL;
        return NULL;
    }
    n->space = space;
    n->attribute = attribute;
    n->parent = parent;
    if (parent && parent->last)
        parent->last->next = n;
    else if (parent)
        parent->children = n;
    if (parent)
        parent->last = n;
    return n;
}

static struct node *child(struct walk *w, const char *name, unsigned space, bool attribute)
{
    for (struct node *n = w->at ? w->at->children : NULL; n; n = n->next) {
        if (n->space == space && n->attribute == attribute && strcmp(n->name, name) == 0)
            return n;
    }
    return new_node(w, w->at, name, space, attribute);
}

static void taste(struct walk *w, struct node *n, const char *text, size_t len)
{
    if (!w->rc)
        w->rc = tally_add(&n->tally, &w->s->taster, text, len < TEXT_MAX ? len : TEXT_MAX);
}

/* --- what libxml2 calls --- */

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int n_namespaces, const xmlChar **namespaces, int n_attributes,
                     int n_defaulted, const xmlChar **attributes)
{
    struct walk *w = arg;
    struct node *n;

    (void)n_namespaces, (void)namespaces, (void)n_defaulted;
    if (w->rc)
        return;
    n = w->lost || w->depth == PATH_STEPS || (!w->at && w->root)
            ? NULL
            : child(w, (const char *)name, find_space(w, prefix, uri), false);
    if (!n) {
        w->lost++;
        return;
    }
    if (!w->root)
        w->root = n;
    w->at = n;
    w->depth++;
    n->count++;
    n->repeats |= n->count > n->since + 1;
    for (struct node *c = n->children; c; c = c->next)
        c->since = c->count;
    for (int i = 0; i < n_attributes && !w->rc; i++) {
        const xmlChar **a = attributes + i * 5;
        struct node *at = child(w, (const char *)a[0], find_space(w, a[1], a[2]), true);

        if (at)
            taste(w, at, (const char *)a[3], (size_t)(a[4] - a[3]));
    }
    buffer_reset(&w->text);
    w->leaf = true;
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct walk *w = arg;

    (void)name, (void)prefix, (void)uri;
    if (w->rc)
        return;
    if (w->lost) {
        w->lost--;
        w->leaf = false;
        return;
    }
    if (w->leaf && w->at) {
        w->at->has_text |= w->text.len > 0;
        taste(w, w->at, buffer_text(&w->text), w->text.len);
    }
    w->leaf = false;
    if (w->at)
        w->at = w->at->parent;
    w->depth -= w->depth > 0;
}

static void on_text(void *arg, const xmlChar *text, int len)
{
    struct walk *w = arg;

    if (!w->rc && !w->lost && w->leaf && w->text.len < TEXT_MAX)
        buffer_add(&w->text, text, (size_t)len);
}

static void on_error(void *arg, xmlErrorPtr error)
{
    struct walk *w = arg;
    const size_t len = error->message ? strcspn(error->message, "\n") : 0;

    if (error->level < XML_ERR_ERROR || w->rc)
        return;
    w->rc = error->code == XML_ERR_NO_MEMORY
                ? RC_FAIL
                : error_set(w->err, RC_INVALID, "line %d: %.*s", error->line, (int)len,
                            len ? error->message : "");
    xmlStopParser(w->xml);
}

static xmlSAXHandler handler = {
    .initialized = XML_SAX2_MAGIC,
    .startElementNs = on_start,
    .endElementNs = on_end,
    .characters = on_text,
    .ignorableWhitespace = on_text,
    .cdataBlock = on_text,
    .serror = on_error,
};

/* --- reading --- */

/* Whole tags only, as the reader does it. */
static enum rc feed(struct walk *w, const char *data, size_t len)
{
    size_t whole;
    enum rc rc = xml_filter_feed(&w->filter, data, len, w->err);

    if (rc)
        return rc;
    memcpy(w->held + w->n_held, data, len);
    w->n_held += len;
    whole = w->n_held - xml_filter_open(&w->filter);
    if (whole)
        xmlParseChunk(w->xml, w->held, (int)whole, 0);
    w->n_held -= whole;
    memmove(w->held, w->held + whole, w->n_held);
    return w->rc;
}

static enum rc read_sample(struct walk *w, const char *data, size_t len, bool whole)
{
    enum rc rc = RC_OK;

    w->xml = xmlCreatePushParserCtxt(&handler, w, NULL, 0, NULL);
    if (!w->xml)
        return RC_FAIL;
    xmlCtxtUseOptions(w->xml, XML_PARSE_NONET);
    for (size_t at = 0, piece; !rc && at < len; at += piece) {
        piece = len - at < BLOCK ? len - at : BLOCK;
        rc = feed(w, data + at, piece);
    }
    if (!rc && whole) {
        xmlParseChunk(w->xml, w->held, (int)w->n_held, 1);
        rc = w->rc;
    }
    if (w->xml->myDoc)
        xmlFreeDoc(w->xml->myDoc);
    xmlFreeParserCtxt(w->xml);
    return rc;
}

/* --- the record --- */

static unsigned weigh(struct node *n)
{
    n->leaves = n->tally.seen;
    for (struct node *c = n->children; c; c = c->next)
        n->leaves += weigh(c);
    return n->leaves;
}

static bool holds_others(const struct node *n)
{
    return n->children != NULL;
}

/*
 * Going down from the root through what comes once: the first element that comes several times in
 * its parent and holds others. Of several beside each other the one that is most of the file.
 * Where nothing repeats, a lone element in a wrapper, else the document itself.
 */
static struct node *find_record(struct node *at)
{
    for (;;) {
        struct node *best = NULL, *heavy = NULL;
        unsigned aside = 0; /* values beside them */

        for (struct node *c = at->children; c; c = c->next) {
            if (!holds_others(c)) {
                aside += !c->attribute;
                continue;
            }
            if (c->repeats && (!best || c->leaves > best->leaves))
                best = c;
            if (!heavy || c->leaves > heavy->leaves)
                heavy = c;
        }
        if (best && best->leaves * 2 >= at->leaves)
            return best;
        if (!heavy || heavy->leaves * 10 < at->leaves * 8 || aside > 2)
            return at;
        at = heavy;
    }
}

/* --- paths --- */

static void add_step(struct buffer *path, const struct guess *g, const struct node *n)
{
    buffer_printf(path, "%s%s%s%s", n->attribute ? "@" : "",
                  n->space ? g->namespaces[n->space - 1].prefix : "", n->space ? ":" : "", n->name);
}

static const char *record_path(struct guess *g, const struct node *record)
{
    const struct node *way[PATH_STEPS];
    unsigned n = 0;
    struct buffer path;
    const char *kept;

    for (const struct node *at = record; at && n < PATH_STEPS; at = at->parent)
        way[n++] = at;
    buffer_init(&path, PATH_SIZE);
    while (n--) {
        buffer_add_text(&path, "/");
        add_step(&path, g, way[n]);
    }
    kept = path.full ? NULL : arena_copy(&g->arena, buffer_text(&path), path.len);
    buffer_close(&path);
    return kept;
}

/* "number", "date" and the like: of what? */
static bool is_vague(const struct guess_name *name)
{
    return name->n == 1 && (guess_name_has(name, "number") || guess_name_has(name, "date") ||
                            guess_name_has(name, "name") || guess_name_has(name, "status"));
}

/* The words of a path: those of its last steps, and of the record where the path is short. */
static void name_path(struct sample_column *c, const struct node *n, const struct node *record)
{
    const struct node *parent = n->parent;

    c->words = (struct guess_name){ 0 };
    if (parent && parent != record && parent->parent && parent->parent != record)
        guess_name_add(&c->words, parent->parent->name);
    if (parent && (parent != record || n->attribute))
        guess_name_add(&c->words, parent->name);
    guess_name_add(&c->words, n->name);
    if (parent == record && is_vague(&c->words))
        guess_name_add(&c->words, record->name);
}

/* Every node below the record that had a value becomes a column. */
static enum rc add_paths(struct walk *w, struct node *n, const struct node *record,
                         struct buffer *path, bool repeated)
{
    struct sample *s = w->s;
    enum rc rc = RC_OK;

    for (struct node *c = n->children; c && !rc; c = c->next) {
        const size_t before = path->len;
        const bool several = repeated || c->repeats;

        if (before)
            buffer_add_text(path, "/");
        add_step(path, s->guess, c);
        if (c->tally.seen && s->n_columns < GUESS_COLUMNS_MAX && !path->full) {
            struct sample_column *column = &s->columns[s->n_columns++];

            column->name = arena_copy(&s->guess->arena, buffer_text(path), path->len);
            column->tally = c->tally;
            column->repeated = several;
            name_path(column, c, record);
            rc = column->name ? RC_OK : RC_FAIL;
        }
        if (!rc)
            rc = add_paths(w, c, record, path, several);
        path->len = before;
        path->full = false;
        if (path->data)
            path->data[before] = '\0';
    }
    return rc;
}

/* --- the documents of UBL --- */

/* "urn:oasis:names:specification:ubl:schema:xsd:Order-2" */
static void find_standard(struct guess *g, const struct node *root)
{
    static const struct {
        const char *root, *document, *builtin;
    } table[] = {
        { "Order", "UBL Order", "ubl.order" },
        { "OrderChange", "UBL OrderChange", "ubl.order_change" },
        { "OrderCancellation", "UBL OrderCancellation", "ubl.order_cancellation" },
        { "DespatchAdvice", "UBL DespatchAdvice", "ubl.despatch_advice" },
        { "TransportationStatus", "UBL TransportationStatus", "ubl.transportation_status" },
        { "Invoice", "UBL Invoice", "ubl.invoice" },
    };
    static const char ubl[] = "urn:oasis:names:specification:ubl:schema:xsd:";
    const char *uri = root->space ? g->namespaces[root->space - 1].uri : "";

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strncmp(uri, ubl, sizeof(ubl) - 1) == 0 && strcmp(root->name, table[i].root) == 0) {
            g->document = table[i].document;
            g->builtin = table[i].builtin;
        }
    }
}

static enum rc make_columns(struct walk *w)
{
    struct guess *g = w->s->guess;
    struct node *record;
    struct buffer path;
    enum rc rc;

    weigh(w->root);
    find_standard(g, w->root);
    record = find_record(w->root);
    g->record = record_path(g, record);
    if (!g->record)
        return RC_FAIL;
    g->rows = record->count;
    buffer_init(&path, PATH_SIZE);
    rc = add_paths(w, record, record, &path, false);
    buffer_close(&path);
    if (w->too_many || g->n_namespaces == sizeof(g->namespaces) / sizeof(g->namespaces[0]))
        guess_note(g, "It has more elements than were looked at.");
    if (record == w->root)
        guess_note(g, "Nothing in it repeats, so the whole document is one record.");
    return rc;
}

enum rc guess_xml(struct sample *s, const char *data, size_t len, bool whole, struct error *err)
{
    struct walk *w = calloc(1, sizeof(*w));
    enum rc rc;

    if (!w)
        return RC_FAIL;
    s->guess->format = FORMAT_XML;
    s->guess->encoding_seen = true;
    w->s = s;
    w->err = err;
    buffer_init(&w->text, 2 * TEXT_MAX);
    xml_filter_init(&w->filter);
    if (len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
        data += 3;
        len -= 3;
    }
    rc = read_sample(w, data, len, whole);
    if (!rc && !w->root)
        rc = error_set(err, RC_INVALID, "line 1: it begins like XML and has no element");
    if (!rc)
        rc = make_columns(w);
    buffer_close(&w->text);
    free(w);
    return rc;
}
