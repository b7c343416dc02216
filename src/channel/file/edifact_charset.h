/* edifact_charset.h - the character sets that UNB names (0001), as UTF-8. */
#pragma once

#include <iconv.h>

#include "channel/file/charset.h"

struct edifact_charset {
    enum file_encoding encoding; /* ENCODING_AUTO: `guess`, or `other` */
    struct charset_guess guess;
    iconv_t other;    /* (iconv_t)-1: none */
    const char *name; /* for people; NULL: nothing beyond ASCII was seen */
};

void edifact_charset_init(struct edifact_charset *c);
void edifact_charset_close(struct edifact_charset *c);
/*
 * `identifier`: "UNOC". A fixed encoding of the profile wins over it. UNOA and UNOB are ASCII by
 * the book; senders put accents into them all the same, so these tell what it is. False: none that
 * is understood.
 */
bool edifact_charset_set(struct edifact_charset *c, const char *identifier,
                         enum file_encoding fixed);
/* Adds `text` to `out`; false: bytes that are no letters. */
bool edifact_charset_decode(struct edifact_charset *c, const char *text, size_t len,
                            struct buffer *out);
