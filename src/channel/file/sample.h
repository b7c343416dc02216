/* sample.h - the beginning of a file for whoever wants to know what it is: unpacked (of a .zip the
 * first entry), and in an encoding whose letters of ASCII are one byte. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct sample_bytes {
    char *data; /* the caller frees it */
    size_t len;
    bool whole; /* the file, or its first entry, has no more */
};

/* At most `max` bytes. RC_INVALID: *err says why nothing can be read. RC_AGAIN: the disk cannot be
 * read. RC_FAIL: no memory. `fd` stays the caller's. */
enum rc sample_read(int fd, size_t max, struct sample_bytes *sample, struct error *err) MUST_CHECK;
