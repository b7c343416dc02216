/* mail_body.c - Content-Transfer-Encoding, by GMime's decoders. */
#include "channel/mail/mail_body.h"

#include <gmime/gmime.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "channel/mail/mail_bytes.h"
#include "channel/mail/mail_scan.h"

/* What a decoder kept of the piece before may come on top: together they stay within a step. */
#define PIECE (MAIL_BYTES_STEP / 4 * 3)

static GMimeContentEncoding gmime_name(enum mail_encoding encoding)
{
    switch (encoding) {
    case MAIL_BASE64:
        return GMIME_CONTENT_ENCODING_BASE64;
    case MAIL_QUOTED_PRINTABLE:
        return GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
    case MAIL_UUENCODE:
        return GMIME_CONTENT_ENCODING_UUENCODE;
    case MAIL_AS_IT_IS:
        break;
    }
    return GMIME_CONTENT_ENCODING_BINARY;
}

static enum rc plain_body(struct mail_bytes *bytes, const struct mail_entity *e,
                          enum rc (*take)(void *arg, const void *bytes, size_t n), void *arg)
{
    const char *piece;
    size_t at = e->body, n;
    enum rc rc = RC_OK;

    while (!rc && (n = mail_bytes_piece(bytes, at, e->end, &piece)) > 0) {
        rc = take(arg, piece, n);
        at += n;
    }
    return rc;
}

enum rc mail_body_decode(struct mail_bytes *bytes, const struct mail_entity *e,
                         enum rc (*take)(void *arg, const void *bytes, size_t n), void *arg)
{
    GMimeEncoding state;
    const char *piece;
    char *decoded;
    size_t at = e->body, n;
    enum rc rc = RC_OK;

    if (e->encoding == MAIL_AS_IT_IS) {
        rc = plain_body(bytes, e, take, arg);
        return !rc && bytes->failed ? RC_FAIL : rc;
    }
    g_mime_encoding_init_decode(&state, gmime_name(e->encoding));
    decoded = malloc(
        g_mime_encoding_outlen(&state, e->end - e->body < PIECE ? e->end - e->body : PIECE) + 1);
    if (!decoded)
        return RC_FAIL;
    while (!rc && (n = mail_bytes_piece(bytes, at, e->end, &piece)) > 0) {
        n = n < PIECE ? n : PIECE;
        at += n;
        n = at < e->end ? g_mime_encoding_step(&state, piece, n, decoded)
                        : g_mime_encoding_flush(&state, piece, n, decoded);
        rc = n ? take(arg, decoded, n) : RC_OK;
    }
    free(decoded);
    return !rc && bytes->failed ? RC_FAIL : rc;
}

static enum rc gather(void *arg, const void *bytes, size_t n)
{
    struct buffer *out = arg;
    const size_t room = out->limit - out->len;

    buffer_add(out, bytes, n < room ? n : room);
    return n > room || out->full ? RC_AGAIN : RC_OK;
}

bool mail_body_gather(struct mail_bytes *bytes, const struct mail_entity *e, struct buffer *out)
{
    return mail_body_decode(bytes, e, gather, out) == RC_OK;
}

static enum rc count(void *arg, const void *bytes, size_t n)
{
    size_t *size = arg;

    (void)bytes;
    *size += n;
    return RC_OK;
}

static bool is_base64(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=' || c == '\r' || c == '\n' || c == ' ' || c == '\t';
}

/* GMime passes over what does not belong there. */
static bool has_stray_bytes(struct mail_bytes *bytes, const struct mail_entity *e)
{
    const char *piece;
    const size_t n = mail_bytes_piece(bytes, e->body, e->end, &piece);

    for (size_t i = 0; i < n; i++) {
        if (!is_base64((unsigned char)piece[i]))
            return true;
    }
    return false;
}

size_t mail_body_size(struct mail_bytes *bytes, const struct mail_entity *e, bool *bad)
{
    size_t size = 0;

    if (e->encoding == MAIL_AS_IT_IS)
        return e->end - e->body;
    *bad |= e->encoding == MAIL_BASE64 && has_stray_bytes(bytes, e);
    return mail_body_decode(bytes, e, count, &size) ? 0 : size;
}
