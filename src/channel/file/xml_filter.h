/*
 * xml_filter.h - looks at the bytes of an XML file before libxml2 does.
 *
 * One start tag of 1 MB with 100,000 attributes costs libxml2 19 seconds, and its push parser may
 * mistake a '>' inside an attribute's value for the end of a tag that is not all there yet. So this
 * filter knows tags, quotes, comments, CDATA and processing instructions: it refuses what is too
 * large or too deep, any DOCTYPE, zero bytes and encodings that are not on the list, and says how
 * many bytes at the end of the input belong to a tag that goes on.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define XML_TAG_MAX        8192
#define XML_ATTRIBUTES_MAX 256
#define XML_DEPTH_MAX      64
#define XML_ASIDE_MAX      65536 /* a comment or a processing instruction */

enum xml_where {
    XML_TEXT,
    XML_MARKUP, /* behind a '<' */
    XML_START_TAG,
    XML_QUOTE, /* an attribute's value */
    XML_END_TAG,
    XML_INSTRUCTION,
    XML_BANG, /* behind "<!", until it is clear what it is */
    XML_COMMENT,
    XML_CDATA,
};

struct xml_filter {
    enum xml_where where;
    uint64_t offset, line;
    char quote, before, before2; /* the last two bytes */
    unsigned attributes, depth;
    size_t length;         /* of the markup we are in, its '<' included */
    size_t matched;        /* letters of "[CDATA[" or "--" seen */
    bool is_utf8;          /* whatever the declaration says: a byte order mark came before */
    bool cdata, fresh;     /* what follows "<!"; its letters do not count for its end: "<!-->" */
    char encoding[64];     /* that the declaration names, if it does */
    char declaration[256]; /* "<?xml ... ?>" as far as it was seen */
};

void xml_filter_init(struct xml_filter *f);
/* Looks at the next bytes (a byte order mark taken off). RC_INVALID: "line 3: ...". */
enum rc xml_filter_feed(struct xml_filter *f, const char *data, size_t len,
                        struct error *err) MUST_CHECK;
/* Bytes at the end of the input that belong to an unfinished tag, to be held back. */
size_t xml_filter_open(const struct xml_filter *f);
