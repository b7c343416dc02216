/* format.h - what file_reader asks of a format's parser. channel/file's own. */
#pragma once

#include "channel/file/profile.h"
#include "channel/file/record.h"

struct format_parser;

struct format {
    /* RC_FAIL: no memory. Records go into `queue`. */
    enum rc (*open)(const struct profile *profile, struct record_queue *queue,
                    struct format_parser **parser);
    void (*close)(struct format_parser *parser);
    /* The first feed has the file's first three bytes (a byte order mark), if it has as many.
     * RC_INVALID: nothing of this file may be used, *why says it with its line. RC_FAIL: no memory.
     */
    enum rc (*feed)(struct format_parser *parser, const char *data, size_t len, struct error *why);
    /* After the last byte. */
    enum rc (*end)(struct format_parser *parser, struct error *why);
};

extern const struct format csv_format, xml_format;
