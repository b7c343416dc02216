/*
 * archive.h - the bytes of a partner's file, unpacked where it is a .gz or a .zip: entry by entry,
 * in bounded memory, the same each time it is read.
 *
 * What a file is, its first bytes say, not its name. A plain file and a .gz have one entry without
 * a name. Nothing is ever written under an entry's name, but names that would lead out of a
 * directory, links, encrypted entries and packed files inside packed ones are refused all the same:
 * whoever makes such a file made a mistake or means harm. So is whatever grows beyond the limits.
 *
 * Our own code on zlib, not libarchive 3.6: that one does not compare a .gz with its checksum,
 * holds a .zip's whole directory in memory, cannot tell names that are not ASCII, and unpacks by
 * methods that ask for gigabytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct archive_limits {
    uint64_t bytes;   /* of all entries, unpacked */
    unsigned ratio;   /* of unpacked to packed bytes, once the former exceed a megabyte */
    unsigned entries; /* folders count too */
};

#define ARCHIVE_NAME_SIZE 256

struct archive;

/* RC_INVALID: refused, *err says why. RC_AGAIN: the disk could not be read. RC_FAIL: no memory.
 * `fd` stays the caller's; its offset is neither used nor moved. */
enum rc archive_open(int fd, const struct archive_limits *limits, struct archive **archive,
                     struct error *err) MUST_CHECK;
void archive_close(struct archive *archive); /* NULL is fine */
/* Goes to the next entry (after opening: to the first). RC_NOTFOUND: there are no more. */
enum rc archive_next(struct archive *archive, struct error *err) MUST_CHECK;
/* The entry's name as valid UTF-8; "" for a plain file and a .gz. */
const char *archive_entry(const struct archive *archive);
/* Fills the block but at the end of the entry: *got below `size` says that it ended, and well. */
enum rc archive_read(struct archive *archive, char *block, size_t size, size_t *got,
                     struct error *err) MUST_CHECK;
/* The first bytes of the first entry, for whoever wants to know what it is; *len at most `size`. */
enum rc archive_head(int fd, const struct archive_limits *limits, char *head, size_t size,
                     size_t *len, struct error *err) MUST_CHECK;
