/* xml_filter.c - a byte at a time, one function for each place in the document. */
#include "channel/file/xml_filter.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

void xml_filter_init(struct xml_filter *f)
{
    *f = (struct xml_filter){ .line = 1 };
}

size_t xml_filter_open(const struct xml_filter *f)
{
    switch (f->where) {
    case XML_MARKUP:
    case XML_START_TAG:
    case XML_QUOTE:
    case XML_END_TAG:
    case XML_BANG:
        return f->length;
    case XML_TEXT:
    case XML_INSTRUCTION:
    case XML_COMMENT:
    case XML_CDATA:
        return 0;
    }
    return 0;
}

static enum rc refuse(const struct xml_filter *f, struct error *err, const char *what)
{
    return error_set(err, RC_INVALID, "line %" PRIu64 ": %s", f->line, what);
}

/* The value of encoding="..." in the declaration, or "" */
static void declared_encoding(const char *declaration, char *out, size_t size)
{
    const char *at = strstr(declaration, "encoding"), *end;

    *out = '\0';
    if (!at)
        return;
    at += strcspn(at, "\"'");
    end = *at ? strchr(at + 1, *at) : NULL;
    if (end && (size_t)(end - at) < size) {
        memcpy(out, at + 1, (size_t)(end - at - 1));
        out[end - at - 1] = '\0';
    }
}

/* libxml2 would take UTF-7 and whatever iconv knows; ASCII must mean ASCII for this filter to see.
 */
static enum rc check_declaration(struct xml_filter *f, struct error *err)
{
    static const char *const allowed[] = { "",           "UTF-8",       "US-ASCII",    "ASCII",
                                           "ISO-8859-1", "ISO-8859-15", "windows-1252" };

    if (strlen(f->declaration) == sizeof(f->declaration) - 1)
        return refuse(f, err, "the XML declaration is longer than 255 bytes");
    if (f->is_utf8)
        return RC_OK;
    declared_encoding(f->declaration, f->encoding, sizeof(f->encoding));
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        if (strcasecmp(f->encoding, allowed[i]) == 0)
            return RC_OK;
    }
    return error_set(err, RC_INVALID,
                     "line 1: encoding \"%s\" is not taken (UTF-8, ISO-8859-1, ISO-8859-15 and "
                     "windows-1252 are)",
                     f->encoding);
}

static enum rc enter_element(struct xml_filter *f, struct error *err)
{
    f->where = XML_TEXT;
    if (f->before == '/') /* <empty/> */
        return RC_OK;
    if (++f->depth > XML_DEPTH_MAX)
        return refuse(f, err, "more than 64 elements inside one another");
    return RC_OK;
}

static enum rc in_markup(struct xml_filter *f, char c)
{
    f->attributes = 0;
    if (c == '/')
        f->where = XML_END_TAG;
    else if (c == '?')
        f->where = XML_INSTRUCTION;
    else if (c == '!')
        f->where = XML_BANG;
    else
        f->where = XML_START_TAG;
    f->matched = 0;
    return RC_OK;
}

static enum rc in_start_tag(struct xml_filter *f, char c, struct error *err)
{
    if (c == '"' || c == '\'') {
        f->where = XML_QUOTE;
        f->quote = c;
        if (++f->attributes > XML_ATTRIBUTES_MAX)
            return refuse(f, err, "a tag with more than 256 attributes");
    } else if (c == '>') {
        return enter_element(f, err);
    }
    return RC_OK;
}

static enum rc in_end_tag(struct xml_filter *f, char c)
{
    if (c == '>') {
        f->where = XML_TEXT;
        f->depth -= f->depth > 0; /* libxml2 says what is wrong with one too many */
    }
    return RC_OK;
}

static enum rc in_instruction(struct xml_filter *f, char c, struct error *err)
{
    if (f->declaration[0]) {
        const size_t used = strlen(f->declaration);

        if (used < sizeof(f->declaration) - 1)
            f->declaration[used] = c;
    }
    if (c == '>' && f->before == '?') {
        f->where = XML_TEXT;
        if (strncmp(f->declaration, "<?xml", 5) == 0 && f->offset == f->length)
            return check_declaration(f, err);
    }
    return RC_OK;
}

/* "<!--" or "<![CDATA["; anything else would be a DOCTYPE or part of one. */
static enum rc in_bang(struct xml_filter *f, char c, struct error *err)
{
    if (f->matched == 0)
        f->cdata = c == '[';
    if (c != (f->cdata ? "[CDATA[" : "--")[f->matched])
        return refuse(f, err, "a DOCTYPE or another declaration, which is not taken");
    f->matched++;
    if (f->matched == strlen(f->cdata ? "[CDATA[" : "--")) {
        f->where = f->cdata ? XML_CDATA : XML_COMMENT;
        f->fresh = true;
    }
    return RC_OK;
}

static enum rc step(struct xml_filter *f, char c, struct error *err)
{
    switch (f->where) {
    case XML_TEXT:
        if (c == '<') {
            f->where = XML_MARKUP;
            f->length = 1;
            if (f->offset == 1)
                f->declaration[0] = '<';
        }
        return RC_OK;
    case XML_MARKUP:
        if (f->declaration[0] && f->offset == 2)
            f->declaration[1] = c;
        return in_markup(f, c);
    case XML_START_TAG:
        return in_start_tag(f, c, err);
    case XML_QUOTE:
        if (c == f->quote)
            f->where = XML_START_TAG;
        return RC_OK;
    case XML_END_TAG:
        return in_end_tag(f, c);
    case XML_INSTRUCTION:
        return in_instruction(f, c, err);
    case XML_BANG:
        return in_bang(f, c, err);
    case XML_COMMENT:
        if (c == '>' && f->before == '-' && f->before2 == '-')
            f->where = XML_TEXT;
        return RC_OK;
    case XML_CDATA:
        if (c == '>' && f->before == ']' && f->before2 == ']')
            f->where = XML_TEXT;
        return RC_OK;
    }
    return RC_OK;
}

static enum rc check_length(const struct xml_filter *f, struct error *err)
{
    const bool aside = f->where == XML_COMMENT || f->where == XML_INSTRUCTION;

    if (f->where == XML_TEXT || f->where == XML_CDATA)
        return RC_OK;
    if (f->length <= (aside ? XML_ASIDE_MAX : XML_TAG_MAX))
        return RC_OK;
    return refuse(f, err, aside ? "a comment longer than 64 KiB" : "a tag longer than 8 KiB");
}

/* The length of the run at `data` in which nothing can happen: text and CDATA are most of a file.
 */
static size_t dull_run(const struct xml_filter *f, const char *data, size_t len)
{
    const char *stop;

    if (f->where != XML_TEXT)
        return 0;
    stop = memchr(data, '<', len);
    return stop ? (size_t)(stop - data) : len;
}

static uint64_t count_lines(const char *data, size_t len)
{
    const char *end = data + len;
    uint64_t n = 0;

    while ((data = memchr(data, '\n', (size_t)(end - data))) != NULL) {
        data++;
        n++;
    }
    return n;
}

enum rc xml_filter_feed(struct xml_filter *f, const char *data, size_t len, struct error *err)
{
    enum rc rc = RC_OK;
    size_t i = 0;

    if (f->offset == 0 && len && !strchr("< \t\r\n", *data))
        return refuse(f, err, "not XML: it does not begin with <");
    if (memchr(data, '\0', len))
        return refuse(f, err,
                      "a zero byte here or soon after; is it UTF-16 without its byte order mark?");
    while (!rc && i < len) {
        const size_t dull = dull_run(f, data + i, len - i);

        if (dull) {
            f->offset += dull;
            f->line += count_lines(data + i, dull);
            i += dull;
            continue;
        }
        f->offset++;
        f->length++;
        rc = step(f, data[i], err);
        if (!rc)
            rc = check_length(f, err);
        f->before2 = f->fresh ? '\0' : f->before;
        f->before = f->fresh ? '\0' : data[i];
        f->fresh = false;
        f->line += data[i] == '\n';
        i++;
    }
    return rc;
}
