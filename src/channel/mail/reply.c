/* reply.c - see reply.h. */
#include "channel/mail/reply.h"

#include <string.h>

#define CODE_TOO_LARGE 552 /* of MAIL, when SIZE says so (RFC 1870, 6.1) */

/* Not about this letter: the relay wants TLS, a password, or another one (RFC 4954, 6). */
static bool is_about_access(unsigned code)
{
    return code == 530 || code == 534 || code == 535 || code == 538;
}

enum letter_fate reply_fate(enum reply_stage stage, unsigned code)
{
    if (code < 500 || code > 599 || is_about_access(code))
        return LETTER_LATER;
    /* All senders are of one domain of ours. If one is refused, a setting is wrong, here or there;
     * once it is mended, all letters can leave. */
    if (stage == REPLY_TO_MAIL && code != CODE_TOO_LARGE)
        return LETTER_LATER;
    return LETTER_REFUSED;
}

/* To MAIL it says only whose letter it is, and how large: it is the relay that has no room, or no
 * time. */
bool reply_is_about_relay(enum reply_stage stage, unsigned code)
{
    return is_about_access(code) || (stage == REPLY_TO_MAIL && code >= 400 && code < 500);
}

void reply_words(const char *text, char *out, size_t size)
{
    size_t n = 0;
    bool space = false;

    for (; *text && n + 1 < size; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == ' ' || c == '\r' || c == '\n' || c == '\t') {
            space = n > 0;
            continue;
        }
        if (space && n + 2 < size)
            out[n++] = ' ';
        space = false;
        out[n++] = c > ' ' && c < 0x7f ? (char)c : '?';
    }
    out[n] = '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

unsigned reply_last(const char *bytes, size_t len, char *words, size_t size)
{
    char line[512];
    size_t begin;

    while (len && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
        len--;
    for (begin = len; begin && bytes[begin - 1] != '\n'; begin--)
        continue;
    len -= begin;
    bytes += begin;
    if (len < 3 || !is_digit(bytes[0]) || !is_digit(bytes[1]) || !is_digit(bytes[2]))
        return 0;
    if (len >= sizeof(line))
        len = sizeof(line) - 1;
    memcpy(line, bytes, len);
    line[len] = '\0';
    reply_words(len > 4 ? line + 4 : "", words, size);
    return (unsigned)(line[0] - '0') * 100 + (unsigned)(line[1] - '0') * 10 +
           (unsigned)(line[2] - '0');
}
