/* unpack.h - one deflated stretch of a file, read through zlib; the only file that knows zlib.
 * channel/file's own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum unpack_form {
    UNPACK_GZIP,    /* members one behind the other, each with its checksum and length */
    UNPACK_DEFLATE, /* as in a .zip */
    UNPACK_STORED,  /* as it is */
};

struct unpack;

struct unpack *unpack_new(void); /* NULL: no memory */
void unpack_free(struct unpack *u);
/* From `offset` to `end` in the file. RC_FAIL: no memory. */
enum rc unpack_begin(struct unpack *u, int fd, uint64_t offset, uint64_t end,
                     enum unpack_form form) MUST_CHECK;
/* *got below `size`: it ended. RC_INVALID: the bytes are damaged; *err says how. RC_AGAIN: the disk
 * could not be read. */
enum rc unpack_read(struct unpack *u, char *block, size_t size, size_t *got,
                    struct error *err) MUST_CHECK;
uint32_t unpack_crc(const struct unpack *u); /* of what was read since unpack_begin() */

/* Reads all of `len` bytes at `offset`. RC_INVALID without words: the file ends before. */
enum rc unpack_pread(int fd, void *data, size_t len, uint64_t offset) MUST_CHECK;
