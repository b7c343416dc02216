/* fingerprint.c - the text folded, and FNV-1a over what is left. */
#include "domain/fingerprint.h"

#include <stdbool.h>
#include <string.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>

#include "domain/utf8.h"

#define FNV_BASIS      UINT64_C(0xcbf29ce484222325)
#define NO_CHARACTER   0x110000 /* behind the last one of Unicode */
#define DECOMPOSED_MAX 32       /* UTF-16 units; the longest of Unicode has 18 */

struct fingerprint {
    uint64_t hash;
    bool space; /* one is due before the next word */
    bool begun;
};

static void add_number(struct fingerprint *f, uint32_t c)
{
    for (int i = 0; i < 4; i++)
        f->hash = (f->hash ^ (c >> (8 * i) & 0xff)) * UINT64_C(0x100000001b3);
}

static void add_plain(struct fingerprint *f, UChar32 c)
{
    if (u_isUWhiteSpace(c)) {
        f->space = f->begun;
        return;
    }
    if (u_charType(c) == U_NON_SPACING_MARK)
        return;
    if (f->space)
        add_number(f, ' ');
    f->space = false;
    f->begun = true;
    add_number(f, (uint32_t)u_foldCase(c, U_FOLD_CASE_DEFAULT));
}

static void add_character(struct fingerprint *f, const UNormalizer2 *nfkd, UChar32 c)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar parts[DECOMPOSED_MAX];
    int32_t n = unorm2_getDecomposition(nfkd, c, parts, DECOMPOSED_MAX, &status), i = 0;

    if (U_FAILURE(status) || n < 0) {
        add_plain(f, c);
        return;
    }
    while (i < n) {
        UChar32 part;
        U16_NEXT(parts, i, n, part);
        add_plain(f, part);
    }
}

static void add_text(struct fingerprint *f, const char *text)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&status);
    size_t len = strlen(text), at = 0;

    while (at < len) {
        uint32_t c = utf8_next(text, len, &at);
        if (c == UTF8_BAD)
            add_number(f, NO_CHARACTER + (unsigned char)text[at++]);
        else if (U_FAILURE(status))
            add_plain(f, (UChar32)c);
        else
            add_character(f, nfkd, (UChar32)c);
    }
}

uint64_t text_fingerprint(const char *text)
{
    struct fingerprint f = { .hash = FNV_BASIS };

    add_text(&f, text);
    return f.hash ? f.hash : 1;
}

uint64_t mail_fingerprint(const char *subject, const char *text)
{
    struct fingerprint f = { .hash = FNV_BASIS };

    add_text(&f, subject);
    add_number(&f, NO_CHARACTER); /* where the one ends: no byte of a text comes to this */
    f.space = f.begun = false;
    add_text(&f, text);
    return f.hash ? f.hash : 1;
}
