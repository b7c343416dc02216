/* sample.c - over archive.h and utf16.h. */
#include "channel/file/sample.h"

#include <stdlib.h>
#include <string.h>

#include "channel/file/archive.h"
#include "channel/file/utf16.h"

/* No file is refused here for its size: only its beginning is unpacked. */
static const struct archive_limits limits = { UINT64_MAX / 2, 1100, 10000 };

static enum rc read_head(int fd, size_t max, struct sample_bytes *s, struct error *err)
{
    struct archive *archive = NULL;
    enum rc rc = archive_open(fd, &limits, &archive, err);

    if (!rc)
        rc = archive_next(archive, err);
    if (rc == RC_NOTFOUND)
        rc = error_set(err, RC_INVALID, "it holds no file");
    /* One more byte than wanted tells whether there is more. */
    if (!rc)
        rc = archive_read(archive, s->data, max + 1, &s->len, err);
    archive_close(archive);
    s->whole = s->len <= max;
    s->len = s->whole ? s->len : max;
    return rc;
}

/* UTF-16 becomes UTF-8; of a sample that is cut, a half letter at its end is left out. */
static enum rc narrow(size_t max, struct sample_bytes *s, struct error *err)
{
    struct utf16 wide = { 0 };
    struct buffer out;
    enum rc rc;

    if (!utf16_detect(s->data, s->len, &wide))
        return RC_OK;
    buffer_init(&out, 2 * max);
    rc = utf16_decode(&wide, s->data, s->len, &out, err);
    if (!rc && s->whole)
        rc = utf16_end(&wide, err);
    if (!rc && out.full)
        rc = RC_FAIL;
    if (!rc) {
        s->whole &= out.len <= max;
        s->len = out.len < max ? out.len : max;
        memcpy(s->data, buffer_text(&out), s->len);
    }
    buffer_close(&out);
    return rc;
}

enum rc sample_read(int fd, size_t max, struct sample_bytes *sample, struct error *err)
{
    struct sample_bytes s = { .data = malloc(max + 1) };
    enum rc rc = s.data ? read_head(fd, max, &s, err) : RC_FAIL;

    if (!rc)
        rc = narrow(max, &s, err);
    if (rc) {
        free(s.data);
        return rc;
    }
    *sample = s;
    return RC_OK;
}
