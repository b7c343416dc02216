/*
 * zip_directory.h - the table of contents at the end of a .zip file, entry by entry (APPNOTE.TXT of
 * PKWARE, 4.3). channel/file's own.
 *
 * Nothing of it is kept but the place of the next entry, so its size costs time only. What an entry
 * says here must agree with what stands before its data: tools that believe the one or the other
 * would see different files.
 */
#pragma once

#include "channel/file/archive.h"
#include "channel/file/unpack.h"

struct zip_entry {
    char name[ARCHIVE_NAME_SIZE]; /* valid UTF-8 */
    bool folder;
    bool aside; /* what systems add for themselves: __MACOSX/, .DS_Store */
    enum unpack_form form;
    uint32_t crc;
    uint64_t packed, unpacked;
    uint64_t data; /* where its bytes begin */
};

struct zip_directory {
    int fd;
    uint64_t begin, end; /* in the file */
    uint64_t n;          /* entries, as the end of the directory says */

    uint64_t next;             /* where the next entry stands */
    uint64_t seen;             /* entries so far */
    uint64_t packed, unpacked; /* their bytes so far */
};

/* `size`: of the file. RC_INVALID: no .zip that can be read; RC_AGAIN: the disk. */
enum rc zip_directory_open(int fd, uint64_t size, struct zip_directory *dir,
                           struct error *err) MUST_CHECK;
/* RC_NOTFOUND: that was the last one. RC_INVALID: one that is not taken, *err names it. */
enum rc zip_directory_next(struct zip_directory *dir, const struct archive_limits *limits,
                           struct zip_entry *entry, struct error *err) MUST_CHECK;
