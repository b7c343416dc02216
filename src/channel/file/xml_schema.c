/* xml_schema.c - loads a schema, and plugs libxml2's streaming validator into our own SAX
 * callbacks. */
#include "channel/file/xml_schema.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SCHEMA_FILES    64 /* with those it includes */
#define SCHEMA_FILE_MAX ((off_t)4 << 20)
#define SENTENCE_MAX    400

struct xml_schema {
    xmlSchemaPtr schema;
};

/* --- what libxml2 may open --- */

/* The schema that this thread is loading; NULL nearly always, and then nothing may be opened. */
struct loading {
    char dir[PATH_MAX]; /* with its slash at the end; nothing outside of it may be opened */
    char *files[SCHEMA_FILES];
    size_t n_files;
    bool scanning;     /* what was opened once */
    struct error *why; /* the first thing that was wrong; its text is empty before */
};
static _Thread_local struct loading *loading;

static bool may_open(const char *url, char real[PATH_MAX])
{
    struct stat st;

    return loading && (loading->scanning || loading->n_files < SCHEMA_FILES) &&
           realpath(url, real) && strncmp(real, loading->dir, strlen(loading->dir)) == 0 &&
           stat(real, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= SCHEMA_FILE_MAX;
}

static xmlParserInputPtr open_entity(const char *url, const char *id, xmlParserCtxtPtr parser)
{
    char real[PATH_MAX];

    (void)id;
    if (url && may_open(url, real)) {
        if (loading->scanning)
            return xmlNewInputFromFile(parser, real);
        loading->files[loading->n_files] = strdup(real);
        return loading->files[loading->n_files++] ? xmlNewInputFromFile(parser, real) : NULL;
    } else if (loading && !*loading->why->text) {
        error_set(loading->why, RC_INVALID,
                  "%.200s: not there, larger than 4 MiB, or outside of %.100s", url ? url : "",
                  loading->dir);
    }
    return NULL;
}

void xml_schema_setup(void)
{
    xmlInitParser();
    xmlSetExternalEntityLoader(open_entity);
}

/* --- loading --- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static void on_load_error(void *arg, xmlErrorPtr error)
{
    struct loading *l = arg;
    const char *message = error->message ? error->message : "it cannot be read";

    if (error->level < XML_ERR_ERROR || *l->why->text)
        return;
    error_set(l->why, RC_INVALID, "%.*s", (int)strcspn(message, "\n"), message);
    if (error->file)
        error_prefix(l->why, "%.120s:%d", base_name(error->file), error->line);
}

struct scan {
    xmlParserCtxtPtr parser;
    const char *found;
    int line;
};

static void on_schema_element(void *arg, const xmlChar *name, const xmlChar *prefix,
                              const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
                              int n_attributes, int n_defaulted, const xmlChar **attributes)
{
    static const char *const remembering[] = { "unique", "key", "keyref" };
    struct scan *scan = arg;

    (void)prefix, (void)n_namespaces, (void)namespaces;
    (void)n_attributes, (void)n_defaulted, (void)attributes;
    if (scan->found || !uri || strcmp((const char *)uri, "http://www.w3.org/2001/XMLSchema") != 0)
        return;
    for (size_t i = 0; i < sizeof(remembering) / sizeof(remembering[0]); i++) {
        if (strcmp((const char *)name, remembering[i]) == 0) {
            scan->found = remembering[i];
            scan->line = scan->parser->input->line;
        }
    }
}

static enum rc refuse_remembering(const char *file, struct error *why)
{
    xmlParserCtxtPtr parser = xmlCreateFileParserCtxt(file);
    struct scan scan = { parser, NULL, 0 };

    if (!parser)
        return error_set(why, RC_INVALID, "%.200s: it cannot be read again", base_name(file));
    memset(parser->sax, 0, sizeof(*parser->sax));
    parser->sax->initialized = XML_SAX2_MAGIC;
    parser->sax->startElementNs = on_schema_element;
    parser->userData = &scan;
    xmlParseDocument(parser);
    if (parser->myDoc)
        xmlFreeDoc(parser->myDoc);
    xmlFreeParserCtxt(parser);
    if (!scan.found)
        return RC_OK;
    return error_set(
        why, RC_INVALID,
        "%.120s:%d: xs:%s is not taken: to check it, every row of a file would have to "
        "be remembered",
        base_name(file), scan.line, scan.found);
}

/* With `loading` set: the schema, or NULL and loading->why. */
static xmlSchemaPtr parse_schema(const char *path)
{
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(path);
    xmlSchemaPtr schema = NULL;
    enum rc rc = RC_OK;

    if (!parser)
        return NULL;
    xmlSetStructuredErrorFunc(loading, on_load_error);
    xmlSchemaSetParserStructuredErrors(parser, on_load_error, loading);
    schema = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    loading->scanning = true;
    for (size_t i = 0; schema && !rc && i < loading->n_files; i++)
        rc = loading->files[i] ? refuse_remembering(loading->files[i], loading->why) : RC_FAIL;
    xmlSetStructuredErrorFunc(NULL, NULL);
    if (rc) {
        xmlSchemaFree(schema);
        return NULL;
    }
    return schema;
}

static void choose_dir(struct loading *l, const char *schema, const char *home)
{
    char real[PATH_MAX];
    const size_t len = realpath(home, real) ? strlen(real) : 0;

    if (len && strncmp(schema, real, len) == 0 && schema[len] == '/')
        snprintf(l->dir, sizeof(l->dir), "%.*s", (int)len + 1, schema);
    else
        snprintf(l->dir, sizeof(l->dir), "%.*s", (int)(base_name(schema) - schema), schema);
}

enum rc xml_schema_load(const char *path, const char *home, struct xml_schema **schema,
                        struct error *why)
{
    struct xml_schema *s = calloc(1, sizeof(*s));
    struct loading *l = calloc(1, sizeof(*l));
    char real[PATH_MAX];
    enum rc rc = RC_FAIL;

    xml_schema_setup(); /* whoever forgot it must not fetch from anywhere */
    if (!s || !l)
        goto out;
    if (!realpath(path, real)) {
        rc = error_set(why, RC_INVALID, "%s: no such file", path);
        goto out;
    }
    choose_dir(l, real, home);
    why->text[0] = '\0';
    l->why = why;
    loading = l;
    s->schema = parse_schema(real);
    loading = NULL;
    rc = s->schema ? RC_OK : RC_INVALID;
    if (rc && !*why->text)
        error_set(why, rc, "%s: it is no XML schema", base_name(real));
out:
    for (size_t i = 0; l && i < l->n_files; i++)
        free(l->files[i]);
    free(l);
    if (rc)
        xml_schema_free(s);
    else
        *schema = s;
    return rc;
}

void xml_schema_free(struct xml_schema *schema)
{
    if (!schema)
        return;
    if (schema->schema)
        xmlSchemaFree(schema->schema);
    free(schema);
}

/* --- checking --- */

struct xml_check {
    xmlSchemaValidCtxtPtr valid;
    xmlSchemaSAXPlugPtr plug;
    xmlSAXHandlerPtr sax; /* the validator's callbacks */
    void *sax_arg;
    bool starting; /* the tag at hand is a start tag */
    void (*fault)(void *arg, bool misplaced, const char *text);
    void *arg;
};

/* "Element '{urn:o}weight': [facet 'x'] ... the atomic type" -> "element 'weight': ... the type" */
static void make_plain(const char *message, char *out, size_t size)
{
    static const struct {
        const char *theirs, *ours;
    } words[] = {
        { "Element '", "element '" },
        { "atomic type", "type" },
    };
    size_t len = 0;

    while (*message && *message != '\n' && len + 16 < size) {
        size_t skip = 0;

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !skip; i++) {
            if (strncmp(message, words[i].theirs, strlen(words[i].theirs)) == 0) {
                skip = strlen(words[i].theirs);
                memcpy(out + len, words[i].ours, strlen(words[i].ours));
                len += strlen(words[i].ours);
            }
        }
        if (!skip && *message == '{' && message[strcspn(message, "} ")] == '}')
            skip = strcspn(message, "}") + 1;
        if (!skip && strncmp(message, "[facet '", 8) == 0)
            skip = strcspn(message, "]") + (strstr(message, "] ") ? 2 : 0);
        if (!skip) {
            out[len++] = *message;
            skip = 1;
        }
        message += skip;
    }
    out[len] = '\0';
}

static void on_fault(void *arg, xmlErrorPtr error)
{
    struct xml_check *c = arg;
    char text[SENTENCE_MAX];

    if (error->level < XML_ERR_ERROR)
        return;
    make_plain(error->message ? error->message : "it does not keep to the schema", text,
               sizeof(text));
    c->fault(c->arg,
             c->starting && (error->code == XML_SCHEMAV_ELEMENT_CONTENT ||
                             error->code == XML_SCHEMAV_CVC_ELT_1),
             text);
}

struct xml_check *xml_check_new(const struct xml_schema *schema,
                                void (*fault)(void *arg, bool misplaced, const char *text),
                                void *arg)
{
    struct xml_check *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->fault = fault;
    c->arg = arg;
    c->valid = xmlSchemaNewValidCtxt(schema->schema);
    if (c->valid)
        xmlSchemaSetValidStructuredErrors(c->valid, on_fault, c);
    /* Nothing of ours is plugged in: so its callbacks can be called in the order that we want. */
    c->plug = c->valid ? xmlSchemaSAXPlug(c->valid, &c->sax, &c->sax_arg) : NULL;
    if (!c->plug) {
        xml_check_free(c);
        return NULL;
    }
    return c;
}

void xml_check_free(struct xml_check *check)
{
    if (!check)
        return;
    if (check->plug)
        xmlSchemaSAXUnplug(check->plug);
    if (check->valid)
        xmlSchemaFreeValidCtxt(check->valid);
    free(check);
}

void xml_check_start(struct xml_check *check, const unsigned char *name,
                     const unsigned char *prefix, const unsigned char *uri, int n_namespaces,
                     const unsigned char **namespaces, int n_attributes, int n_defaulted,
                     const unsigned char **attributes)
{
    check->starting = true;
    check->sax->startElementNs(check->sax_arg, name, prefix, uri, n_namespaces, namespaces,
                               n_attributes, n_defaulted, attributes);
    check->starting = false;
}

void xml_check_end(struct xml_check *check, const unsigned char *name, const unsigned char *prefix,
                   const unsigned char *uri)
{
    check->sax->endElementNs(check->sax_arg, name, prefix, uri);
}

void xml_check_text(struct xml_check *check, const unsigned char *text, int len)
{
    check->sax->characters(check->sax_arg, text, len);
}
