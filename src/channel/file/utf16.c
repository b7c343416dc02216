/* utf16.c - two bytes at a time (RFC 2781). */
#include "channel/file/utf16.h"

#include <inttypes.h>
#include <string.h>

#include "domain/utf8.h"

bool utf16_detect(const char *head, size_t len, struct utf16 *u)
{
    const bool little = len >= 2 && memcmp(head, "\xFF\xFE", 2) == 0;
    const bool big = len >= 2 && memcmp(head, "\xFE\xFF", 2) == 0;

    *u = (struct utf16){ .big_endian = big, .line = 1 };
    return little || big;
}

const char *utf16_name(const struct utf16 *u)
{
    return u->big_endian ? "UTF-16BE" : "UTF-16LE";
}

static enum rc refuse(const struct utf16 *u, struct error *why)
{
    return error_set(why, RC_INVALID, "line %" PRIu64 ": bytes that are no letters in %s", u->line,
                     utf16_name(u));
}

static enum rc take_unit(struct utf16 *u, uint16_t unit, struct buffer *out, struct error *why)
{
    char put[UTF8_CHAR_MAX];
    uint32_t letter = unit;

    if (u->high) {
        if (unit < 0xDC00 || unit > 0xDFFF)
            return refuse(u, why);
        letter = 0x10000 + ((uint32_t)(u->high - 0xD800) << 10) + (unit - 0xDC00u);
        u->high = 0;
    } else if (unit >= 0xD800 && unit <= 0xDBFF) {
        u->high = unit;
        return RC_OK;
    } else if (unit >= 0xDC00 && unit <= 0xDFFF) {
        return refuse(u, why);
    }
    u->line += letter == '\n';
    buffer_add(out, put, utf8_put(put, letter));
    return RC_OK;
}

enum rc utf16_decode(struct utf16 *u, const char *data, size_t len, struct buffer *out,
                     struct error *why)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < len; i++) {
        const unsigned char byte = (unsigned char)data[i];

        if (!u->has_odd) {
            u->odd = byte;
            u->has_odd = true;
            continue;
        }
        u->has_odd = false;
        rc = take_unit(u, (uint16_t)(u->big_endian ? u->odd << 8 | byte : byte << 8 | u->odd), out,
                       why);
    }
    return !rc && out->full ? RC_FAIL : rc;
}

enum rc utf16_end(const struct utf16 *u, struct error *why)
{
    return u->has_odd || u->high ? refuse(u, why) : RC_OK;
}
