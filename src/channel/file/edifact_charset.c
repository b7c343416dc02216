/* edifact_charset.c - the table of ISO 9735's syntax identifiers. */
#include "channel/file/edifact_charset.h"

#include <string.h>

#define NO_ICONV ((iconv_t)-1)

static const struct set {
    const char *identifier, *name;
    enum file_encoding encoding;
    bool by_iconv;
} sets[] = {
    { "UNOA", NULL, ENCODING_AUTO, false },
    { "UNOB", NULL, ENCODING_AUTO, false },
    /* ISO-8859-1 by the book. Its bytes 0x80 to 0x9F are no letters, so where they are used,
     * windows-1252 is meant. */
    { "UNOC", "windows-1252", ENCODING_CP1252, false },
    { "UNOD", "ISO-8859-2", ENCODING_AUTO, true },
    { "UNOE", "ISO-8859-5", ENCODING_AUTO, true },
    { "UNOF", "ISO-8859-7", ENCODING_AUTO, true },
    { "UNOG", "ISO-8859-3", ENCODING_AUTO, true },
    { "UNOH", "ISO-8859-4", ENCODING_AUTO, true },
    { "UNOI", "ISO-8859-6", ENCODING_AUTO, true },
    { "UNOJ", "ISO-8859-8", ENCODING_AUTO, true },
    { "UNOK", "ISO-8859-9", ENCODING_AUTO, true },
    { "UNOW", "UTF-8", ENCODING_UTF8, false },
    { "UNOY", "UTF-8", ENCODING_UTF8, false },
};

void edifact_charset_init(struct edifact_charset *c)
{
    *c = (struct edifact_charset){ .encoding = ENCODING_AUTO, .other = NO_ICONV };
}

void edifact_charset_close(struct edifact_charset *c)
{
    if (c->other != NO_ICONV)
        iconv_close(c->other);
    c->other = NO_ICONV;
}

bool edifact_charset_set(struct edifact_charset *c, const char *identifier,
                         enum file_encoding fixed)
{
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        if (strcmp(sets[i].identifier, identifier) != 0)
            continue;
        edifact_charset_close(c);
        c->encoding = sets[i].encoding;
        c->guess = (struct charset_guess){ 0 };
        c->name = sets[i].name;
        if (fixed != ENCODING_AUTO) {
            c->encoding = fixed;
            c->name = charset_name(fixed);
        } else if (sets[i].by_iconv) {
            c->other = iconv_open("UTF-8", sets[i].name);
            return c->other != NO_ICONV;
        }
        return true;
    }
    return false;
}

static bool by_iconv(struct edifact_charset *c, const char *text, size_t len, struct buffer *out)
{
    char converted[512], *in = (char *)(uintptr_t)text;

    iconv(c->other, NULL, NULL, NULL, NULL);
    while (len) {
        char *at = converted;
        size_t room = sizeof(converted);
        const size_t before = len;

        iconv(c->other, &in, &len, &at, &room);
        buffer_add(out, converted, sizeof(converted) - room);
        if (len == before) /* a byte that is no letter */
            return false;
    }
    return true;
}

bool edifact_charset_decode(struct edifact_charset *c, const char *text, size_t len,
                            struct buffer *out)
{
    if (charset_is_ascii(text, len)) {
        buffer_add(out, text, len);
        return true;
    }
    if (c->other != NO_ICONV)
        return by_iconv(c, text, len, out);
    if (c->encoding != ENCODING_AUTO)
        return charset_decode(c->encoding, text, len, out);
    charset_guess_more(&c->guess, text, len);
    c->name = charset_name(c->guess.encoding);
    return charset_decode(c->guess.encoding, text, len, out);
}
