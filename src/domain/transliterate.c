/*
 * transliterate.c - three steps for a character that is not GSM: our own table of typography, then
 * ICU's decomposition without its marks, then leave it.
 *
 * ICU's normaliser and not its transliterator: the rules of Latin-ASCII also touch what GSM has
 * (e-acute), and a transliterator object costs milliseconds and is not shared between threads.
 */
#include "domain/transliterate.h"

#include <string.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include "domain/gsm7.h"
#include "domain/utf8.h"

#define COMPOSE_MAX 4096 /* UTF-16 units of a text that has combining marks */

/* What decomposition does not give. "": it goes. */
static const struct spelling {
    uint32_t c;
    const char *gsm;
} spellings[] = {
    { '\t', " " },     { '`', "'" },     { 0x00a9, "(c)" }, { 0x00ab, "\"" }, { 0x00ad, "" },
    { 0x00ae, "(r)" }, { 0x00b0, "o" },  { 0x00b4, "'" },   { 0x00b5, "u" },  { 0x00b7, "." },
    { 0x00bb, "\"" },  { 0x00d0, "D" },  { 0x00d7, "x" },   { 0x00de, "Th" }, { 0x00f0, "d" },
    { 0x00fe, "th" },  { 0x0110, "D" },  { 0x0111, "d" },   { 0x0131, "i" },  { 0x0141, "L" },
    { 0x0142, "l" },   { 0x0152, "OE" }, { 0x0153, "oe" },  { 0x02b9, "'" },  { 0x02bc, "'" },
    { 0x02c6, "^" },   { 0x02dc, "~" },  { 0x200b, "" },    { 0x200c, "" },   { 0x200e, "" },
    { 0x200f, "" },    { 0x2010, "-" },  { 0x2011, "-" },   { 0x2012, "-" },  { 0x2013, "-" },
    { 0x2014, "-" },   { 0x2015, "-" },  { 0x2018, "'" },   { 0x2019, "'" },  { 0x201a, "," },
    { 0x201b, "'" },   { 0x201c, "\"" }, { 0x201d, "\"" },  { 0x201e, "\"" }, { 0x201f, "\"" },
    { 0x2022, "-" },   { 0x2028, "\n" }, { 0x2029, "\n" },  { 0x2032, "'" },  { 0x2033, "\"" },
    { 0x2039, "'" },   { 0x203a, "'" },  { 0x2044, "/" },   { 0x2060, "" },   { 0x2190, "<-" },
    { 0x2192, "->" },  { 0x2212, "-" },  { 0x2215, "/" },   { 0x2217, "*" },  { 0x2260, "!=" },
    { 0x2264, "<=" },  { 0x2265, ">=" }, { 0xfe0e, "" },    { 0xfeff, "" },
};

static const char *spelling_of(uint32_t c)
{
    size_t low = 0, high = sizeof(spellings) / sizeof(spellings[0]);

    while (low < high) {
        size_t mid = (low + high) / 2;
        if (spellings[mid].c == c)
            return spellings[mid].gsm;
        if (spellings[mid].c < c)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

struct text {
    char *out;
    size_t size, len;
    bool full;
};

static void text_add(struct text *t, const char *bytes, size_t n)
{
    if (t->full || t->len + n >= t->size) {
        t->full = true;
        return;
    }
    memcpy(t->out + t->len, bytes, n);
    t->len += n;
}

static void text_add_char(struct text *t, uint32_t c)
{
    char bytes[UTF8_CHAR_MAX];

    text_add(t, bytes, utf8_put(bytes, c));
}

static bool is_gsm(uint32_t c)
{
    return gsm7_septet(c) != GSM7_NONE;
}

/* The compatibility decomposition of `c` without its marks: false when some of it is not GSM. */
static bool add_decomposed(struct text *t, const UNormalizer2 *nfkd, uint32_t c)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar units[32];
    struct text before = *t;
    int32_t n = unorm2_getDecomposition(nfkd, (UChar32)c, units, 32, &status);

    for (int32_t i = 0; U_SUCCESS(status) && i < n;) {
        const char *spelt;
        UChar32 piece;

        U16_NEXT(units, i, n, piece);
        if (u_getCombiningClass(piece) != 0)
            continue;
        spelt = spelling_of((uint32_t)piece);
        if (is_gsm((uint32_t)piece)) {
            text_add_char(t, (uint32_t)piece);
        } else if (spelt) {
            text_add(t, spelt, strlen(spelt));
        } else {
            *t = before;
            return false;
        }
    }
    if (U_SUCCESS(status) && n > 0)
        return true;
    *t = before;
    return false;
}

static void add_char(struct text *t, const UNormalizer2 *nfkd, uint32_t c)
{
    const char *spelt;

    if (is_gsm(c)) {
        text_add_char(t, c);
        return;
    }
    spelt = spelling_of(c);
    if (spelt)
        text_add(t, spelt, strlen(spelt));
    else if (!add_decomposed(t, nfkd, c))
        text_add_char(t, c);
}

static bool has_marks(const char *utf8, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t c = utf8_next(utf8, len, &at);
        if (c >= 0x300 && c != UTF8_BAD && u_getCombiningClass((UChar32)c) != 0)
            return true;
    }
    return false;
}

/* An e and a combining acute, as some keyboards send it, is the e-acute that GSM has. */
static enum rc add_composed(struct text *t, const UNormalizer2 *nfkd, const char *utf8, size_t len)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
    UChar source[COMPOSE_MAX], composed[COMPOSE_MAX];
    int32_t n = 0;

    for (size_t at = 0; at < len;) {
        uint32_t c = utf8_next(utf8, len, &at);
        if (n + 2 > COMPOSE_MAX)
            return RC_INVALID;
        U16_APPEND_UNSAFE(source, n, c);
    }
    n = unorm2_normalize(nfc, source, n, composed, COMPOSE_MAX, &status);
    if (U_FAILURE(status))
        return RC_INVALID;
    for (int32_t i = 0; i < n;) {
        UChar32 c;
        U16_NEXT(composed, i, n, c);
        if (u_getCombiningClass(c) == 0)
            add_char(t, nfkd, (uint32_t)c);
    }
    return RC_OK;
}

enum rc transliterate_to_gsm7(const char *utf8, char *out, size_t size)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&status);
    struct text t = { .out = out, .size = size };
    size_t len = strlen(utf8);

    if (!utf8_valid(utf8, len, NULL) || U_FAILURE(status))
        return RC_INVALID;
    if (has_marks(utf8, len)) {
        if (add_composed(&t, nfkd, utf8, len))
            return RC_INVALID;
    } else {
        for (size_t at = 0; at < len && !t.full;)
            add_char(&t, nfkd, utf8_next(utf8, len, &at));
    }
    if (t.full)
        return RC_INVALID;
    out[t.len] = '\0';
    return RC_OK;
}
