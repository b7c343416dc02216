/* charset.c - labels as they are meant, and ICU's converters. */
#include "domain/charset.h"

#include <string.h>
#include <strings.h>
#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>
#include <unicode/utf16.h>

#include "base/buffer.h"
#include "domain/utf8.h"

#define LABEL_SIZE 48
#define UNITS      1024 /* of UTF-16, at a time */
#define WESTERN    "windows-1252"
#define SUBSTITUTE 0x1a /* what some of ICU's converters write for what they cannot read */
#define DETECT_MAX 4096 /* bytes that a guess is made from */
#define CONFIDENT  20   /* of 100 */

/* What is written on a mail, and what it is meant for. Where a name has a larger brother that mails
 * really use (WHATWG's encoding standard, section 4.2), the brother is taken; the others are names
 * that ICU does not know. */
static const struct alias {
    const char *label, *meant;
} aliases[] = {
    { "utf8", "utf-8" },
    { "unicode-1-1-utf-8", "utf-8" },
    { "unicode-1-1-utf-7", "utf-7" },
    { "iso-8859-1", WESTERN },
    { "iso8859-1", WESTERN },
    { "iso_8859-1", WESTERN },
    { "latin1", WESTERN },
    { "latin-1", WESTERN },
    { "l1", WESTERN },
    { "cp1252", WESTERN },
    { "iso-8859-9", "windows-1254" },
    { "iso-8859-11", "windows-874" },
    { "tis-620", "windows-874" },
    { "iso-8859-8-i", "iso-8859-8" },
    { "iso-8859-8-e", "iso-8859-8" },
    { "iso-8859-6-i", "iso-8859-6" },
    { "gb2312", "gb18030" },
    { "gb_2312-80", "gb18030" },
    { "gbk", "gb18030" },
    { "cp936", "gb18030" },
    { "x-gbk", "gb18030" },
    { "hz-gb-2312", "hz" },
    { "ks_c_5601-1987", "windows-949" },
    { "ks_c_5601", "windows-949" },
    { "ksc5601", "windows-949" },
    { "euc-kr", "windows-949" },
    { "cp949", "windows-949" },
    { "big5", "big5-hkscs" },
    { "shift_jis", "windows-31j" },
    { "shift-jis", "windows-31j" },
    { "x-sjis", "windows-31j" },
    { "sjis", "windows-31j" },
    { "iso-2022-jp-ms", "iso-2022-jp-2" },
    { "cp50220", "iso-2022-jp-2" },
    { "iso-2022-jp", "iso-2022-jp-2" },
    { "x-mac-roman", "macintosh" },
    { "koi8", "koi8-r" },
    { "cp-850", "ibm-850" },
};

/* Labels that say nothing: the bytes have to speak. */
static const char *const empty_labels[] = { "us-ascii",     "ascii",   "ansi_x3.4-1968",
                                            "unknown-8bit", "unknown", "x-unknown",
                                            "default",      "binary",  "default_charset" };

/* Of an ASCII superset everything below 128 is itself; these are none. */
static const char *const strange[] = { "utf-16", "utf-32", "utf-7", "iso-2022", "hz", "ibm037" };

static bool is_strange(const char *name)
{
    for (size_t i = 0; i < sizeof(strange) / sizeof(*strange); i++) {
        if (!strncasecmp(name, strange[i], strlen(strange[i])))
            return true;
    }
    return false;
}

/* Blanks and quotes around it are dropped, case too. */
static void label_tidy(const char *label, char out[LABEL_SIZE])
{
    size_t n = 0;

    for (; *label && n < LABEL_SIZE - 1; label++) {
        if (*label <= ' ' || strchr("\"';", *label))
            continue;
        out[n++] = *label >= 'A' && *label <= 'Z' ? (char)(*label - 'A' + 'a') : *label;
    }
    out[n] = '\0';
}

/* "": it says nothing. */
static const char *label_meant(const char tidy[LABEL_SIZE])
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++) {
        if (!strcmp(tidy, aliases[i].label))
            return aliases[i].meant;
    }
    for (size_t i = 0; i < sizeof(empty_labels) / sizeof(*empty_labels); i++) {
        if (!strcmp(tidy, empty_labels[i]))
            return "";
    }
    return tidy;
}

/* --- what the bytes show --- */

struct look {
    bool plain;       /* ASCII without an escape */
    bool escapes;     /* ESC $ or ESC ( : ISO 2022 */
    size_t good, bad; /* characters of UTF-8 of more than a byte; bytes that are none */
    size_t high;      /* bytes above 127 */
};

/* How many bytes from here on are ASCII but for the escape: most, of most texts. */
static size_t plain_run(const char *bytes, size_t len)
{
    size_t n = 0;

    while (n < len && (signed char)bytes[n] >= 0 && bytes[n] != 0x1b)
        n++;
    return n;
}

static struct look look_at(const char *bytes, size_t len)
{
    struct look look = { .plain = true };
    size_t at = 0;

    while ((at += plain_run(bytes + at, len - at)) < len) {
        look.plain = false;
        if (bytes[at] == 0x1b) {
            look.escapes |= at + 1 < len && (bytes[at + 1] == '$' || bytes[at + 1] == '(');
            at++;
            continue;
        }
        look.high++;
        if (utf8_next(bytes, len, &at) != UTF8_BAD) {
            look.good++;
        } else {
            look.bad++;
            at++;
        }
    }
    return look;
}

/* Cut in the middle or a byte lost on the way: still UTF-8. Chance makes a few good characters of
 * other text, not most of them. */
static bool is_rather_utf8(const struct look *look)
{
    return look->good && look->bad * 4 <= look->good;
}

/* --- reading --- */

static void add_repaired(struct buffer *out, const char *bytes, size_t len)
{
    size_t at = 0;

    while (at < len) {
        const size_t begin = at;
        char c[UTF8_CHAR_MAX];
        while (at < len && utf8_next(bytes, len, &at) != UTF8_BAD)
            ;
        buffer_add(out, bytes + begin, at - begin);
        if (at == len)
            break;
        buffer_add(out, c, utf8_put(c, UTF8_REPLACEMENT));
        at++;
    }
}

/* Returns whether something could not be read. */
static bool add_units(struct buffer *out, const UChar *units, int32_t n)
{
    char text[UNITS * 3];
    size_t len = 0;
    bool broken = false;

    for (int32_t i = 0; i < n;) {
        UChar32 c;
        if (units[i] < 0x80 && units[i] != SUBSTITUTE) {
            text[len++] = (char)units[i++];
            continue;
        }
        U16_NEXT(units, i, n, c);
        if (c == SUBSTITUTE || U16_IS_SURROGATE(c))
            c = UTF8_REPLACEMENT;
        broken |= c == UTF8_REPLACEMENT;
        len += utf8_put(text + len, (uint32_t)c);
    }
    buffer_add(out, text, len);
    return broken;
}

/* False: there is no such charset. */
static bool add_converted(struct buffer *out, const char *name, const char *bytes, size_t len,
                          bool *broken)
{
    UErrorCode status = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(name, &status);
    const char *end = bytes + len;
    UChar units[UNITS + 1], *to;

    if (U_FAILURE(status))
        return false;
    do {
        /* A pair is not cut: what ends with its first half waits for the next round. */
        to = units;
        status = U_ZERO_ERROR;
        ucnv_toUnicode(converter, &to, units + UNITS, &bytes, end, NULL, true, &status);
        if (to > units && U16_IS_LEAD(to[-1]) && status == U_BUFFER_OVERFLOW_ERROR) {
            UErrorCode more = U_ZERO_ERROR;
            ucnv_toUnicode(converter, &to, units + UNITS + 1, &bytes, end, NULL, true, &more);
            status = U_FAILURE(more) ? more : status;
        }
        *broken |= add_units(out, units, (int32_t)(to - units));
    } while (status == U_BUFFER_OVERFLOW_ERROR && !out->full);
    ucnv_close(converter);
    return true;
}

/* ICU's guess, for what is not mostly Latin letters: there its statistics are good, and a few
 * accents in a short text would only lead them astray. False: it has none. */
static bool add_detected(struct buffer *out, const char *bytes, size_t len)
{
    UErrorCode status = U_ZERO_ERROR;
    UCharsetDetector *detector = ucsdet_open(&status);
    const UCharsetMatch *match;
    const char *name = NULL;
    bool broken = false;

    ucsdet_setText(detector, bytes, (int32_t)(len < DETECT_MAX ? len : DETECT_MAX), &status);
    match = ucsdet_detect(detector, &status);
    if (match && ucsdet_getConfidence(match, &status) >= CONFIDENT)
        name = ucsdet_getName(match, &status);
    if (U_SUCCESS(status) && name)
        name = label_meant(name);
    else
        name = NULL;
    if (name && (is_strange(name) || !add_converted(out, name, bytes, len, &broken)))
        name = NULL;
    ucsdet_close(detector);
    return name;
}

/* Nothing is said, or nothing that helps. */
static void add_guessed(struct buffer *out, const struct look *look, const char *bytes, size_t len)
{
    bool broken = false;

    if (look->escapes && add_converted(out, "iso-2022-jp-2", bytes, len, &broken))
        return;
    if (!look->bad || is_rather_utf8(look))
        add_repaired(out, bytes, len);
    else if (look->high < len / 3 || !add_detected(out, bytes, len))
        add_converted(out, WESTERN, bytes, len, &broken);
}

enum charset_note charset_to_utf8(const char *label, const char *bytes, size_t len,
                                  struct buffer *out)
{
    const struct look look = look_at(bytes, len);
    char tidy[LABEL_SIZE];
    const char *name;
    bool broken = false;

    label_tidy(label ? label : "", tidy);
    name = label_meant(tidy);
    if (look.plain && !is_strange(name)) {
        buffer_add(out, bytes, len);
        return CHARSET_AS_SAID;
    }
    if (!strcmp(name, "utf-8")) {
        if (!look.bad || is_rather_utf8(&look)) {
            add_repaired(out, bytes, len);
            return look.bad ? CHARSET_BROKEN : CHARSET_AS_SAID;
        }
        add_guessed(out, &look, bytes, len);
        return CHARSET_LIED;
    }
    if (!*name) {
        add_guessed(out, &look, bytes, len);
        return *tidy && !look.escapes && strstr(tidy, "ascii") ? CHARSET_LIED : CHARSET_GUESSED;
    }
    /* Nobody writes three valid characters of UTF-8 by chance. */
    if (!is_strange(name) && !look.bad && look.good >= (strcmp(name, WESTERN) ? 3 : 1)) {
        add_repaired(out, bytes, len);
        return CHARSET_LIED;
    }
    if (!add_converted(out, name, bytes, len, &broken)) {
        add_guessed(out, &look, bytes, len);
        return CHARSET_GUESSED;
    }
    return broken ? CHARSET_BROKEN : CHARSET_AS_SAID;
}
