/* unpack.c - zlib, fed from a file. */
#include "channel/file/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define INPUT_SIZE 16384

struct unpack {
    z_stream z;
    bool inflating; /* z holds memory */
    enum unpack_form form;
    int fd;
    uint64_t offset, end;
    bool ended;
    uint32_t crc;
    unsigned char input[INPUT_SIZE];
};

enum rc unpack_pread(int fd, void *data, size_t len, uint64_t offset)
{
    char *to = data;

    while (len) {
        const ssize_t got = pread(fd, to, len, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? RC_AGAIN : RC_INVALID;
        to += got;
        len -= (size_t)got;
        offset += (uint64_t)got;
    }
    return RC_OK;
}

struct unpack *unpack_new(void)
{
    return calloc(1, sizeof(struct unpack));
}

void unpack_free(struct unpack *u)
{
    if (!u)
        return;
    if (u->inflating)
        inflateEnd(&u->z);
    free(u);
}

enum rc unpack_begin(struct unpack *u, int fd, uint64_t offset, uint64_t end, enum unpack_form form)
{
    if (u->inflating)
        inflateEnd(&u->z);
    u->inflating = false;
    memset(&u->z, 0, sizeof(u->z));
    u->form = form;
    u->fd = fd;
    u->offset = offset;
    u->end = end;
    u->ended = false;
    u->crc = (uint32_t)crc32(0, NULL, 0);
    if (form == UNPACK_STORED)
        return RC_OK;
    if (inflateInit2(&u->z, form == UNPACK_GZIP ? 16 + MAX_WBITS : -MAX_WBITS) != Z_OK)
        return RC_FAIL;
    u->inflating = true;
    return RC_OK;
}

static enum rc cut_short(struct error *err)
{
    return error_set(err, RC_INVALID, "the packed file ends too early: was it sent whole?");
}

/* Into z's input what comes next; nothing when the stretch is at its end. */
static enum rc refill(struct unpack *u, struct error *err)
{
    const uint64_t left = u->end - u->offset;
    const size_t len = left < INPUT_SIZE ? (size_t)left : INPUT_SIZE;
    const enum rc rc = unpack_pread(u->fd, u->input, len, u->offset);

    if (rc)
        return rc == RC_INVALID ? cut_short(err) : rc;
    u->offset += len;
    u->z.next_in = u->input;
    u->z.avail_in = (uInt)len;
    return RC_OK;
}

static bool at_end_of_input(const struct unpack *u)
{
    return u->z.avail_in == 0 && u->offset == u->end;
}

/* Behind a gzip member stands nothing, or another member. */
static enum rc next_member(struct unpack *u, struct error *err)
{
    enum rc rc = RC_OK;

    if (u->z.avail_in == 0)
        rc = refill(u, err);
    if (rc)
        return rc;
    if (u->z.avail_in == 0) {
        u->ended = true;
        return RC_OK;
    }
    if (u->z.next_in[0] != 0x1f)
        return error_set(err, RC_INVALID, "bytes behind the end of the packed file");
    return inflateReset(&u->z) == Z_OK ? RC_OK : RC_FAIL;
}

static enum rc inflate_more(struct unpack *u, struct error *err)
{
    enum rc rc = RC_OK;

    if (u->z.avail_in == 0)
        rc = refill(u, err);
    if (rc)
        return rc;
    switch (inflate(&u->z, Z_NO_FLUSH)) {
    case Z_OK:
        return RC_OK;
    case Z_STREAM_END:
        if (u->form == UNPACK_GZIP)
            return next_member(u, err);
        u->ended = true;
        return at_end_of_input(u) ? RC_OK
                                  : error_set(err, RC_INVALID, "bytes behind the packed data");
    case Z_BUF_ERROR: /* it can do nothing with what it has */
        return at_end_of_input(u) ? cut_short(err) : RC_OK;
    case Z_MEM_ERROR:
        return RC_FAIL;
    default: /* zlib's own enum, not ours */
        return error_set(err, RC_INVALID, "the packed data is damaged: %s",
                         u->z.msg ? u->z.msg : "zlib cannot read it");
    }
}

static enum rc inflate_block(struct unpack *u, char *block, size_t size, size_t *got,
                             struct error *err)
{
    enum rc rc = RC_OK;

    u->z.next_out = (unsigned char *)block;
    u->z.avail_out = (uInt)size;
    while (!rc && !u->ended && u->z.avail_out)
        rc = inflate_more(u, err);
    *got = size - u->z.avail_out;
    return rc;
}

static enum rc copy_block(struct unpack *u, char *block, size_t size, size_t *got,
                          struct error *err)
{
    const uint64_t left = u->end - u->offset;
    const size_t len = left < size ? (size_t)left : size;
    const enum rc rc = unpack_pread(u->fd, block, len, u->offset);

    if (rc)
        return rc == RC_INVALID ? cut_short(err) : rc;
    u->offset += len;
    *got = len;
    return RC_OK;
}

enum rc unpack_read(struct unpack *u, char *block, size_t size, size_t *got, struct error *err)
{
    const enum rc rc = u->form == UNPACK_STORED ? copy_block(u, block, size, got, err)
                                                : inflate_block(u, block, size, got, err);

    if (!rc)
        u->crc = (uint32_t)crc32(u->crc, (const unsigned char *)block, (uInt)*got);
    return rc;
}

uint32_t unpack_crc(const struct unpack *u)
{
    return u->crc;
}
