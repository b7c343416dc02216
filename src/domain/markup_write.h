/*
 * markup_write.h - what becomes of the pieces of a source: text, HTML, or nothing but a check. For
 * the files of markup only.
 */
#pragma once

#include <stdbool.h>

#include "domain/markup.h"

enum markup_form { MARKUP_AS_NOTHING, MARKUP_AS_TEXT, MARKUP_AS_HTML };

/* Some bytes of the source. */
struct span {
    const char *at;
    size_t len;
};

struct markup_writer {
    enum markup_form form;
    struct buffer *out; /* NULL with MARKUP_AS_NOTHING */
    const struct markup_layout *layout;
    const char *accent;
    bool begun; /* there is a block already */
    struct span pictures[MARKUP_PICTURES_MAX];
    size_t n_pictures;
    void (*doubt)(void *arg, const char *words); /* NULL: nobody asks */
    void *doubt_arg;
    const char *bad, *why; /* the first place where something is wrong; NULL: nowhere */
};

enum block {
    BLOCK_NONE,
    BLOCK_PARAGRAPH,
    BLOCK_HEADING_1,
    BLOCK_HEADING_2,
    BLOCK_HEADING_3,
    BLOCK_ITEM,
    BLOCK_NUMBER,
    BLOCK_QUOTE,
    BLOCK_SMALL,
    BLOCK_BUTTON,
    BLOCK_RULE,
    BLOCK_COUNT
};

void write_document_begin(struct markup_writer *w);
void write_document_end(struct markup_writer *w);

/* `number`: of a numbered item, its digits. `first`, `last`: of its list, for items. */
void write_block_begin(struct markup_writer *w, enum block block, struct span number, bool first);
void write_block_break(struct markup_writer *w, enum block block); /* a new line within */
void write_block_end(struct markup_writer *w, enum block block, bool last);

/* Within a line, well nested. */
void write_text(struct markup_writer *w, const char *text, size_t len);
void write_emphasis(struct markup_writer *w, bool bold, bool open);
void write_picture(struct markup_writer *w, struct span alt, struct span name);
void write_link_begin(struct markup_writer *w, struct span url, bool button);
void write_link_end(struct markup_writer *w, struct span url, struct span words);
void write_address(struct markup_writer *w, struct span url); /* that is read, as it is in a link */

/* http, https, mailto or tel; what follows does not matter, since it is written encoded. */
bool span_is_url(struct span url);
bool span_is_sign(struct span s, size_t at); /* a backslash and the sign that it makes plain */
