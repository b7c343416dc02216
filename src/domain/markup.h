/*
 * markup.h - the one source that a mail's plain text and its HTML are made from. Pure.
 *
 *   # Heading            **bold**, *emphasis*
 *   - an item            [words](https://...)         and addresses that stand alone
 *   1. an item           ![what is seen](picture.png) a picture that is attached to the template
 *   > quoted             ---                          a line across
 *   ~ small print        [[ words | https://... ]]    a button, on a line of its own
 *
 * An empty line ends a paragraph; a line break within one is kept. A backslash takes the meaning
 * from the sign after it. Everything else is text: a source cannot bring HTML of its own. Whatever
 * a source is, it makes a text and well-formed HTML; markup_check() is for who wrote it.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/rc.h"

struct buffer;

#define MARKUP_MAX          (32 << 10) /* bytes of a source */
#define MARKUP_PICTURES_MAX 8          /* different ones */
#define MARKUP_HTML_MAX                                                \
    (1 << 20) /* a limit for what becomes of it: a source of any sense \
                 comes to a tenth */

/* What surrounds the text in HTML: plain words and a colour, no HTML. */
struct markup_layout {
    const char *language; /* "fr"; NULL: nothing is said about it */
    const char *title;    /* the subject */
    const char *accent;   /* "#0b5fff", of links and buttons; NULL: that */
    /* The content ids of pictures, by their places among markup_picture(); NULL, or a NULL among
     * them: words instead. */
    const char *const *picture_ids;
};

/* Adds `value` so that it says what it says, whatever characters it has, on one line. */
void markup_escape(struct buffer *out, const char *value);
/* Of a source or a template of one. RC_INVALID: err says at which character what is wrong: a link
 * that is no http, https, mailto or tel; too many pictures; longer than MARKUP_MAX. */
enum rc markup_check(const char *source, struct error *err) MUST_CHECK;
/* Tells what is text as it stands and was perhaps not meant so, a sentence each: ** and * that are
 * not closed, a button that is not on a line of its own, HTML. */
void markup_doubts(const char *source, void (*tell)(void *arg, const char *words), void *arg);
/* The nth picture's name, "len" bytes that are not ended by NUL; NULL behind the last. */
const char *markup_picture(const char *source, size_t nth, size_t *len);
/* UTF-8 with \n; links stand behind their words, lines are not wrapped. */
void markup_text(struct buffer *out, const char *source);
/* A whole document. */
void markup_html(struct buffer *out, const char *source, const struct markup_layout *layout);
