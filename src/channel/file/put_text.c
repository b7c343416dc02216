/* put_text.c - one character at a time, so that no byte goes out unseen. */
#include "channel/file/put_text.h"

#include <string.h>

#include "domain/utf8.h"

#define DELETE 0x7F

static void put_char(FILE *out, uint32_t c)
{
    char bytes[UTF8_CHAR_MAX];

    fwrite(bytes, 1, utf8_put(bytes, c), out);
}

/* The character at *at, or U+FFFD for a byte that is part of none. */
static uint32_t next(const char *text, size_t len, size_t *at)
{
    const uint32_t c = utf8_next(text, len, at);

    if (c != UTF8_BAD)
        return c;
    ++*at;
    return UTF8_REPLACEMENT;
}

static bool is_control(uint32_t c)
{
    return c < ' ' || c == DELETE;
}

/* Blanks in front do not make it a text: some spreadsheets take them away first. */
static bool is_formula(const char *text)
{
    while (is_control((unsigned char)*text) || *text == ' ') {
        if (!*text)
            return false;
        text++;
    }
    if (*text == '+' || *text == '-')
        return !text[1] || strspn(text + 1, "0123456789 .,()-") != strlen(text + 1);
    return *text == '=' || *text == '@';
}

bool csv_text_is_plain(const char *text)
{
    if (is_formula(text))
        return false;
    for (; *text; text++) {
        if (is_control((unsigned char)*text) || *text == ',' || *text == '"')
            return false;
    }
    return true;
}

void put_csv_text(FILE *out, const char *text)
{
    const size_t len = strlen(text);

    fputc('"', out);
    if (is_formula(text))
        fputc('\'', out);
    for (size_t at = 0; at < len;) {
        const uint32_t c = next(text, len, &at);

        if (c == '"')
            fputc('"', out);
        put_char(out, is_control(c) ? ' ' : c);
    }
    fputc('"', out);
}

void put_xml_text(FILE *out, const char *text)
{
    const size_t len = strlen(text);

    for (size_t at = 0; at < len;) {
        const uint32_t c = next(text, len, &at);

        if (c == '<')
            fputs("&lt;", out);
        else if (c == '>')
            fputs("&gt;", out);
        else if (c == '&')
            fputs("&amp;", out);
        else if (c == '"')
            fputs("&quot;", out);
        else if (c == '\t' || c == '\n' || c == '\r') /* a reader would make blanks of them */
            fprintf(out, "&#%u;", (unsigned)c);
        else
            put_char(out, c < ' ' || c == 0xFFFE || c == 0xFFFF ? UTF8_REPLACEMENT : c);
    }
}

void put_json_text(FILE *out, const char *text)
{
    const size_t len = strlen(text);

    fputc('"', out);
    for (size_t at = 0; at < len;) {
        const uint32_t c = next(text, len, &at);

        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", (int)c);
        else if (is_control(c))
            fprintf(out, "\\u%04x", (unsigned)c);
        else
            put_char(out, c);
    }
    fputc('"', out);
}
