/* mail_bytes.h - the bytes of a mail by lines and by ranges, from memory or from a file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "channel/mail/mail_read.h"

#define MAIL_BYTES_STEP ((size_t)64 << 10) /* read from a file at once */

struct mail_bytes {
    const struct mail_source *source;
    char *window; /* of a file; NULL: the source is in memory */
    size_t base, have;
    char ending; /* '\n'; '\r' in a file of old Macs, which has no other */
    bool failed; /* a read did not give what there should be */
};

/* The end of a line may be LF or CRLF; or CR, where the first 64 KB of a mail have no LF. */
struct mail_line {
    size_t begin, next; /* where it and the one behind it begin */
    const char *text;   /* until the next call; a line longer than a window is cut off here */
    size_t len;
    size_t ending; /* bytes of its end: 0 for the last line, 1, 2 */
};

/* False: no memory. */
bool mail_bytes_open(struct mail_bytes *b, const struct mail_source *source);
void mail_bytes_close(struct mail_bytes *b);
/* The line that begins at `at`. False: the mail ends there, or `failed`. */
bool mail_bytes_line(struct mail_bytes *b, size_t at, struct mail_line *line);
/* Up to MAIL_BYTES_STEP bytes of [at, end); valid until the next call. 0: none are left. */
size_t mail_bytes_piece(struct mail_bytes *b, size_t at, size_t end, const char **bytes);
