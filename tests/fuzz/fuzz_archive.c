/* fuzz_archive.c - a partner's packed file of any bytes: what it gives is within the limits, and
 * the same however it is asked for. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "channel/file/archive.h"
#include "domain/utf8.h"

static const struct archive_limits limits = { .bytes = 1 << 21, .ratio = 200, .entries = 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rc read_all(int fd, size_t piece, struct buffer *said)
{
    struct archive *a = NULL;
    struct error why = { "" };
    char block[4096];
    size_t got = 0, total = 0;
    unsigned entries = 0;
    enum rc rc = archive_open(fd, &limits, &a, &why);

    buffer_init(said, (size_t)8 << 20);
    while (!rc && !(rc = archive_next(a, &why))) {
        const char *name = archive_entry(a);

        if (++entries > limits.entries || !utf8_valid(name, strlen(name), NULL))
            abort();
        buffer_printf(said, "[%s]", name);
        do {
            rc = archive_read(a, block, piece, &got, &why);
            total += rc ? 0 : got;
            buffer_add(said, block, rc ? 0 : got);
        } while (!rc && got == piece);
    }
    if (rc == RC_INVALID && !*why.text)
        abort(); /* nobody would know why */
    if (rc != RC_INVALID && rc != RC_NOTFOUND && rc != RC_AGAIN)
        abort();
    if (entries && memcmp(said->data, "[]", 2) != 0 && total > limits.bytes)
        abort();
    archive_close(a);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int fd = memfd_create("packed", MFD_CLOEXEC);
    struct buffer whole, pieces;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    if (read_all(fd, 4096, &whole) != read_all(fd, 1 + size % 61, &pieces))
        abort();
    /* A refusal comes after a whole block, so it may cut what was read before it elsewhere. */
    if (strncmp(buffer_text(&whole), buffer_text(&pieces),
                whole.len < pieces.len ? whole.len : pieces.len) != 0)
        abort();
    buffer_close(&whole);
    buffer_close(&pieces);
    close(fd);
    return 0;
}
