/* html_entity.c - the names of HTML 4 that mails use. */
#include "channel/mail/html_entity.h"

#include <stdbool.h>
#include <string.h>

#define NAME_MAX_BYTES 10

/* ISO 8859-1 from U+00A0 on, in its order. */
static const char *const latin[] = {
    "nbsp",   "iexcl",  "cent",   "pound",  "curren", "yen",    "brvbar", "sect",   "uml",
    "copy",   "ordf",   "laquo",  "not",    "shy",    "reg",    "macr",   "deg",    "plusmn",
    "sup2",   "sup3",   "acute",  "micro",  "para",   "middot", "cedil",  "sup1",   "ordm",
    "raquo",  "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",  "Atilde",
    "Auml",   "Aring",  "AElig",  "Ccedil", "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave",
    "Iacute", "Icirc",  "Iuml",   "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde",
    "Ouml",   "times",  "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN",
    "szlig",  "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig",  "ccedil",
    "egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc",  "iuml",   "eth",
    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",   "divide", "oslash", "ugrave",
    "uacute", "ucirc",  "uuml",   "yacute", "thorn",  "yuml",
};

static const struct named {
    const char *name;
    uint32_t c;
} others[] = {
    { "amp", '&' },       { "lt", '<' },        { "gt", '>' },        { "quot", '"' },
    { "apos", '\'' },     { "euro", 0x20ac },   { "OElig", 0x152 },   { "oelig", 0x153 },
    { "Scaron", 0x160 },  { "scaron", 0x161 },  { "Yuml", 0x178 },    { "fnof", 0x192 },
    { "circ", 0x2c6 },    { "tilde", 0x2dc },   { "ensp", 0x2002 },   { "emsp", 0x2003 },
    { "thinsp", 0x2009 }, { "zwnj", 0x200c },   { "zwj", 0x200d },    { "ndash", 0x2013 },
    { "mdash", 0x2014 },  { "lsquo", 0x2018 },  { "rsquo", 0x2019 },  { "sbquo", 0x201a },
    { "ldquo", 0x201c },  { "rdquo", 0x201d },  { "bdquo", 0x201e },  { "dagger", 0x2020 },
    { "bull", 0x2022 },   { "hellip", 0x2026 }, { "permil", 0x2030 }, { "prime", 0x2032 },
    { "lsaquo", 0x2039 }, { "rsaquo", 0x203a }, { "trade", 0x2122 },  { "larr", 0x2190 },
    { "uarr", 0x2191 },   { "rarr", 0x2192 },   { "darr", 0x2193 },   { "minus", 0x2212 },
};

/* Numbers of 128 to 159 are meant as windows-1252 (HTML standard, 13.2.5.80). */
static const uint16_t windows[32] = {
    0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
    0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178,
};

static int digit(char c, unsigned base)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (base == 16 && c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (base == 16 && c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static uint32_t numbered(const char *text, size_t len, size_t *used)
{
    const unsigned base = len > 2 && (text[2] == 'x' || text[2] == 'X') ? 16 : 10;
    const size_t first = base == 16 ? 3 : 2;
    uint32_t c = 0;
    size_t at = first;

    for (; at < len && digit(text[at], base) >= 0; at++)
        c = c > 0x10ffff ? c : c * base + (uint32_t)digit(text[at], base);
    if (at == first)
        return 0;
    *used = at < len && text[at] == ';' ? at + 1 : at;
    if (c >= 0x80 && c < 0xa0)
        return windows[c - 0x80];
    return c && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? c : 0xfffd;
}

static bool is_name(const char *known, const char *name, size_t len)
{
    return known[0] == name[0] && !strncmp(known, name, len) && !known[len];
}

static uint32_t named(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        if (is_name(others[i].name, name, len))
            return others[i].c;
    }
    for (size_t i = 0; i < sizeof(latin) / sizeof(*latin); i++) {
        if (is_name(latin[i], name, len))
            return 0xa0 + (uint32_t)i;
    }
    return 0;
}

uint32_t html_entity(const char *text, size_t len, size_t *used)
{
    size_t n = 0;
    uint32_t c;

    if (len > 1 && text[1] == '#')
        return numbered(text, len, used);
    while (1 + n < len && n < NAME_MAX_BYTES &&
           ((text[1 + n] >= 'a' && text[1 + n] <= 'z') ||
            (text[1 + n] >= 'A' && text[1 + n] <= 'Z') ||
            (n && text[1 + n] >= '0' && text[1 + n] <= '9')))
        n++;
    c = n ? named(text + 1, n) : 0;
    /* Without its semicolon "&amp" still is one, but "&copy" may be an address's parameter. */
    if (1 + n < len && text[1 + n] == ';')
        n++;
    else if (c != '&' && c != '<' && c != '>' && c != 0xa0)
        c = 0;
    *used = 1 + n;
    return c;
}
