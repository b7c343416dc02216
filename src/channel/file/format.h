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
    /* At most 8192 bytes. The first feed has the file's first three (a byte order mark), if it has
     * as many; what was UTF-16 comes as UTF-8 with its mark.
     * RC_INVALID: nothing of this file may be used, *why says it with its line. RC_FAIL: no memory.
     */
    enum rc (*feed)(struct format_parser *parser, const char *data, size_t len, struct error *why);
    /* After the last byte. */
    enum rc (*end)(struct format_parser *parser, struct error *why);
    /* After `end`: the number of the document that profile->document names, "" if there is none;
     * and how its letters were coded, for people. */
    const char *(*document)(const struct format_parser *parser);
    const char *(*encoding)(const struct format_parser *parser);
    /*
     * After the first bytes, whether or not they were refused: how much of what the profile names
     * is there; 0: it is not a file of this profile. `what` says what it is, "" if it is not even
     * of this format: "its root element is {urn:o}orders".
     */
    unsigned (*recognise)(const struct format_parser *parser, char *what, size_t size);
};

extern const struct format csv_format, xml_format, edifact_format;
