/* byte_feed.h - hands the bytes of a file to its format's parser; UTF-16 becomes UTF-8 on the way.
 */
#pragma once

#include "channel/file/format.h"
#include "channel/file/utf16.h"

#define BYTE_FEED_MAX 8192

struct byte_feed {
    const struct format *format;
    struct format_parser *parser;
    struct utf16 wide;
    struct buffer narrow; /* what became of a block of UTF-16 */
    bool begun, is_wide;
};

/* RC_FAIL: no memory; nothing to close then. */
enum rc byte_feed_open(struct byte_feed *f, const struct profile *profile,
                       struct record_queue *queue) MUST_CHECK;
void byte_feed_close(struct byte_feed *f);
/* At most BYTE_FEED_MAX bytes; the first time three, if the file has as many. RC_INVALID: "line 3:
 * ...". */
enum rc byte_feed_add(struct byte_feed *f, const char *data, size_t len,
                      struct error *why) MUST_CHECK;
enum rc byte_feed_end(struct byte_feed *f, struct error *why) MUST_CHECK;
/* See struct format. */
unsigned byte_feed_recognise(const struct byte_feed *f, char *what, size_t size);
/* After the end. */
const char *byte_feed_document(const struct byte_feed *f);
const char *byte_feed_encoding(const struct byte_feed *f);
