/* packer.c - see packer.h. */
#define _GNU_SOURCE
#include "tests/support/packer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

static void put(struct buffer *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        const char byte = (char)(value >> (8 * i) & 0xff);

        buffer_add(out, &byte, 1);
    }
}

/* `bits`: -15 raw deflate, 31 gzip. */
static void deflate_into(struct buffer *out, const char *bytes, size_t len, int bits)
{
    z_stream z = { 0 };
    unsigned char block[4096];
    union {
        const char *from;
        unsigned char *to;
    } input = { .from = bytes }; /* zlib takes its input without const */

    if (deflateInit2(&z, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    z.next_in = input.to;
    z.avail_in = (uInt)len;
    do {
        z.next_out = block;
        z.avail_out = sizeof(block);
        deflate(&z, Z_FINISH);
        buffer_add(out, block, sizeof(block) - z.avail_out);
    } while (z.avail_out == 0);
    deflateEnd(&z);
}

void pack_gzip(struct buffer *out, const char *bytes, size_t len)
{
    deflate_into(out, bytes, len, 31);
}

struct placed {
    size_t local, packed, len, name_len;
    uint32_t crc;
    uint16_t method;
};

static void put_local(struct buffer *out, const struct packed_entry *e, struct placed *p)
{
    const char *name = e->local_name ? e->local_name : e->name;
    const size_t name_len = e->local_name ? strlen(name) : p->name_len;
    struct buffer data;

    buffer_init(&data, (size_t)64 << 20);
    if (e->stored)
        buffer_add(&data, e->bytes, p->len);
    else
        deflate_into(&data, e->bytes, p->len, -15);
    p->local = out->len;
    p->packed = data.len;
    put(out, 0x04034b50, 4);
    put(out, 20, 2);
    put(out, e->flags | (e->descriptor ? 8 : 0), 2);
    put(out, p->method, 2);
    put(out, 0, 4);
    put(out, e->descriptor ? 0 : p->crc, 4);
    put(out, e->descriptor ? 0 : data.len, 4);
    put(out, e->descriptor ? 0 : p->len, 4);
    put(out, name_len, 2);
    put(out, 0, 2);
    buffer_add(out, name, name_len);
    buffer_add(out, buffer_text(&data), data.len);
    if (e->descriptor) {
        put(out, 0x08074b50, 4);
        put(out, p->crc, 4);
        put(out, data.len, 4);
        put(out, p->len, 4);
    }
    buffer_close(&data);
}

static void put_central(struct buffer *out, const struct packed_entry *e, const struct placed *p)
{
    put(out, 0x02014b50, 4);
    put(out, 3 << 8 | 20, 2); /* made on unix */
    put(out, 20, 2);
    put(out, e->flags | (e->descriptor ? 8 : 0), 2);
    put(out, p->method, 2);
    put(out, 0, 4);
    put(out, p->crc, 4);
    put(out, p->packed, 4);
    put(out, e->size ? e->size : p->len, 4);
    put(out, p->name_len, 2);
    put(out, 0, 8); /* extra, comment, disk, internal attributes */
    put(out, (uint64_t)e->mode << 16, 4);
    put(out, p->local, 4);
    buffer_add(out, e->name, p->name_len);
}

void pack_zip(struct buffer *out, const struct packed_entry *entries, size_t n)
{
    struct placed *placed = calloc(n + 1, sizeof(*placed));
    size_t directory;

    if (!placed)
        abort();
    for (size_t i = 0; i < n; i++) {
        const struct packed_entry *e = &entries[i];
        struct placed *p = &placed[i];

        if (e->again) {
            *p = placed[i - 1];
            continue;
        }
        p->name_len = e->name_len ? e->name_len : strlen(e->name);
        p->len = e->len ? e->len : strlen(e->bytes);
        p->method = e->method ? e->method : e->stored ? 0 : 8;
        p->crc = (uint32_t)crc32(0, (const unsigned char *)e->bytes, (uInt)p->len);
        p->crc ^= e->bad_crc ? 1 : 0;
        put_local(out, e, p);
    }
    directory = out->len;
    for (size_t i = 0; i < n; i++)
        put_central(out, &entries[i], &placed[i]);
    put(out, 0x06054b50, 4);
    put(out, 0, 4);
    put(out, n, 2);
    put(out, n, 2);
    n = out->len - 12 - directory;
    put(out, n, 4);
    put(out, directory, 4);
    put(out, 0, 2);
    free(placed);
}

int packed_file(const struct buffer *bytes)
{
    const int fd = memfd_create("packed", MFD_CLOEXEC);

    if (fd < 0 || write(fd, bytes->data, bytes->len) != (ssize_t)bytes->len)
        abort();
    return fd;
}
