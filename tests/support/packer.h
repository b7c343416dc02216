/* packer.h - makes .gz and .zip files for tests, honest ones and others. Each `struct packed_entry`
 * says what is in the file; the fields at its end say what lies about it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct packed_entry {
    const char *name;
    const char *bytes;
    size_t len;      /* 0: strlen(bytes) */
    bool stored;     /* not deflated */
    bool descriptor; /* sizes behind the data, as programs write that do not know them before */
    /* lies */
    size_t name_len;        /* 0: strlen(name) */
    const char *local_name; /* before the data; NULL: the same */
    uint16_t flags, method; /* added to the flags; 0: the method it has */
    uint32_t mode;          /* of unix: S_IFLNK | 0777 */
    uint32_t size;          /* said instead of the real one; 0: no */
    bool bad_crc;
    bool again; /* shares the data of the entry before it */
};

void pack_zip(struct buffer *out, const struct packed_entry *entries, size_t n);
void pack_gzip(struct buffer *out, const char *bytes, size_t len); /* one member more */
/* A memfd with these bytes. */
int packed_file(const struct buffer *bytes);
