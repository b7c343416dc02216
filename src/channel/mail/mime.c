/* mime.c - RFC 2045, 2047 and 2231, the writing half. */
#include "channel/mail/mime.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "domain/utf8.h"

#define WORD_BEGIN    "=?UTF-8?Q?"
#define WORD_END      "?="
#define WORD_MAX      75 /* RFC 2047, 2 */
#define CHARACTER_MAX (UTF8_CHAR_MAX * 3)
#define PIECE_MAX     60 /* of a parameter's value, encoded: its line stays below 76 */

static const char hex[] = "0123456789ABCDEF";

static bool is_letter_or_digit(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_printable(unsigned char c)
{
    return c >= ' ' && c < 0x7f;
}

/* The next character of any text as valid UTF-8; a control character becomes a space. */
static size_t take_character(const char *text, size_t len, size_t *at, char out[UTF8_CHAR_MAX])
{
    uint32_t c = utf8_next(text, len, at);

    if (c == UTF8_BAD)
        (*at)++; /* utf8_put() makes a replacement of it */
    else if (c < ' ' || c == 0x7f)
        c = ' ';
    return utf8_put(out, c);
}

/* --- encoded words --- */

/* Of one character, in the set that is allowed everywhere (RFC 2047, 5 (3)). */
static size_t word_encode(const char *bytes, size_t n, char out[CHARACTER_MAX])
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        if (is_letter_or_digit(c) || (c && strchr("!*+-/", c))) {
            out[len++] = (char)c;
        } else if (c == ' ') {
            out[len++] = '_';
        } else {
            out[len++] = '=';
            out[len++] = hex[c >> 4];
            out[len++] = hex[c & 15];
        }
    }
    return len;
}

/* A character is never cut between two words (RFC 2047, 5). */
static void add_words(struct buffer *out, const char *text, size_t column)
{
    const size_t len = strlen(text);
    const size_t around = sizeof(WORD_BEGIN) - 1 + sizeof(WORD_END) - 1;
    size_t room = MIME_LINE_MAX - around - column, at = 0;

    if (room > WORD_MAX - around)
        room = WORD_MAX - around;
    buffer_add_text(out, WORD_BEGIN);
    while (at < len) {
        char character[UTF8_CHAR_MAX], encoded[CHARACTER_MAX];
        size_t n = take_character(text, len, &at, character);
        size_t width = word_encode(character, n, encoded);
        if (width > room) {
            buffer_add_text(out, WORD_END "\r\n " WORD_BEGIN);
            room = WORD_MAX - around;
        }
        buffer_add(out, encoded, width);
        room -= width;
    }
    buffer_add_text(out, WORD_END);
}

/* --- headers --- */

/* Can it stand as it is? Not if a reader could take it for something encoded, or if folding it
 * would change it. */
static bool is_plain(const char *text)
{
    const size_t len = strlen(text);

    if (len && (text[0] == ' ' || text[len - 1] == ' '))
        return false;
    if (strstr(text, "=?") || strstr(text, "  "))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_printable((unsigned char)text[i]))
            return false;
    }
    return true;
}

static bool has_long_word(const char *text)
{
    while (*text) {
        size_t len = strcspn(text, " ");
        if (len > MIME_LINE_MAX / 2)
            return true;
        text += len;
        text += strspn(text, " ");
    }
    return false;
}

void mime_add_text(struct buffer *out, const char *text, size_t column)
{
    if (!is_plain(text) || has_long_word(text)) {
        add_words(out, text, column);
        return;
    }
    while (*text) {
        size_t len = strcspn(text, " ");
        buffer_add(out, text, len);
        column += len;
        text += len;
        if (!*text)
            break;
        text++; /* is_plain(): one space, and a word behind it */
        if (column + 1 + strcspn(text, " ") > MIME_LINE_MAX) {
            buffer_add_text(out, "\r\n ");
            column = 1;
        } else {
            buffer_add_text(out, " ");
            column++;
        }
    }
}

static bool is_atoms(const char *text)
{
    for (; *text; text++) {
        if (!is_letter_or_digit((unsigned char)*text) && !strchr(" !#$%&'*+-/=?^_`{|}~", *text))
            return false;
    }
    return true;
}

void mime_add_phrase(struct buffer *out, const char *text, size_t column)
{
    if (!is_plain(text) || column + strlen(text) + 2 > MIME_LINE_MAX) {
        add_words(out, text, column);
        return;
    }
    if (is_atoms(text)) {
        buffer_add_text(out, text);
        return;
    }
    buffer_add_text(out, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buffer_add_text(out, "\\");
        buffer_add(out, text, 1);
    }
    buffer_add_text(out, "\"");
}

static void percent_encode(struct buffer *out, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        if (is_letter_or_digit(c) || (c && strchr("-._~", c)))
            buffer_add(out, bytes + i, 1);
        else
            buffer_add(out, (const char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
    }
}

/* name*0*=UTF-8''...; name*1*=...: a line a piece (RFC 2231, 4.1). */
static void add_pieces(struct buffer *out, const char *name, const char *value)
{
    const size_t len = strlen(value);
    size_t at = 0, piece = 0, begin;

    do {
        buffer_printf(out, ";\r\n %s*%zu*=%s", name, piece, piece ? "" : "UTF-8''");
        piece++;
        begin = out->len;
        while (at < len && out->len - begin + CHARACTER_MAX <= PIECE_MAX - 8 && !out->full) {
            char character[UTF8_CHAR_MAX];
            size_t n = take_character(value, len, &at, character);
            percent_encode(out, character, n);
        }
    } while (at < len && !out->full);
}

void mime_add_parameter(struct buffer *out, const char *name, const char *value)
{
    if (!is_plain(value) || strlen(value) > PIECE_MAX - 8 || strpbrk(value, "\"\\")) {
        add_pieces(out, name, value);
        return;
    }
    buffer_printf(out, ";\r\n %s=\"%s\"", name, value);
}

/* --- bodies --- */

/* Spaces and tabs at the end of a line may get lost on the way, so they are encoded there. */
static bool stands_as_it_is(const char *line, size_t at, size_t len)
{
    const unsigned char c = (unsigned char)line[at];

    if (c == ' ' || c == '\t')
        return at + 1 < len;
    return c > ' ' && c < 0x7f && c != '=';
}

static void add_quoted_line(struct buffer *out, const char *line, size_t len)
{
    char written[MIME_LINE_MAX + 3]; /* added whole: byte by byte it took most of a mail's time */
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)line[i];
        const size_t width = stands_as_it_is(line, i, len) ? 1 : 3;
        /* The last place of a line is for the "=" that says that it goes on. */
        if (n + width > MIME_LINE_MAX - 1 && !(i + 1 == len && n + width <= MIME_LINE_MAX)) {
            memcpy(written + n, "=\r\n", 3);
            buffer_add(out, written, n + 3);
            n = 0;
        }
        if (width == 1) {
            written[n++] = line[i];
        } else {
            written[n++] = '=';
            written[n++] = hex[c >> 4];
            written[n++] = hex[c & 15];
        }
    }
    memcpy(written + n, "\r\n", 2);
    buffer_add(out, written, n + 2);
}

void mime_add_quoted_printable(struct buffer *out, const char *text, size_t len)
{
    while (len) {
        const char *end = memchr(text, '\n', len);
        size_t line = end ? (size_t)(end - text) : len;
        size_t skip = end ? line + 1 : line;
        if (end && line && text[line - 1] == '\r')
            line--;
        add_quoted_line(out, text, line);
        text += skip;
        len -= skip;
    }
}

void mime_add_base64(struct buffer *out, const void *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = bytes;
    char line[MIME_LINE_MAX + 2];
    size_t n = 0;

    for (size_t i = 0; i < len; i += 3) {
        const size_t left = len - i;
        const uint32_t group = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                               (left > 2 ? in[i + 2] : 0);
        line[n++] = digits[group >> 18];
        line[n++] = digits[group >> 12 & 63];
        line[n++] = left > 1 ? digits[group >> 6 & 63] : '=';
        line[n++] = left > 2 ? digits[group & 63] : '=';
        if (n == MIME_LINE_MAX || left <= 3) {
            line[n++] = '\r';
            line[n++] = '\n';
            buffer_add(out, line, n);
            n = 0;
        }
    }
}
