/* name_words.c - ICU's decomposition without its marks, case folded, cut where no letter is. */
#include "domain/name_words.h"

#include <string.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>

#include "domain/utf8.h"

#define DECOMPOSED_MAX 32 /* UTF-16 units; the longest of Unicode has 18 */

/* "M" is a title nine times in ten, and an initial that is taken for one costs a question. */
static const char *const titles[] = { "m",    "mr",       "mme",    "mlle",         "mrs",
                                      "ms",   "monsieur", "madame", "mademoiselle", "dr",
                                      "herr", "frau",     NULL };

static const char *const legal_forms[] = {
    "ag",     "bv",  "co",   "cie",     "ei",   "eirl", "ets",     "etablissements",
    "eurl",   "gie", "gmbh", "inc",     "kg",   "llc",  "ltd",     "sa",
    "sarl",   "sas", "sasu", "sci",     "scop", "snc",  "limited", "spa",
    "sprl",   "srl", "ste",  "societe", "nv",   "la",   "le",      "corp",
    "selarl", "et",  "les",  "and",     NULL
};

/* What decomposition leaves whole. */
static const struct {
    UChar32 c;
    const char *plain;
} wholes[] = { { 0xdf, "ss" }, { 0xe6, "ae" }, { 0xf0, "d" },  { 0xf8, "o" },  { 0xfe, "th" },
               { 0x111, "d" }, { 0x131, "i" }, { 0x142, "l" }, { 0x153, "oe" } };

struct cutting {
    struct name_words *words;
    enum name_of of;
    char word[NAME_WORD_SIZE];
    size_t len;
};

static bool is_among(const char *const *list, const char *word)
{
    while (*list && strcmp(*list, word) != 0)
        list++;
    return *list;
}

bool name_word_is_initial(const char *word)
{
    size_t at = 0;

    return utf8_next(word, strlen(word), &at) != UTF8_BAD && !word[at];
}

static void end_word(struct cutting *c)
{
    struct name_words *w = c->words;

    if (!c->len)
        return;
    c->word[c->len] = '\0';
    c->len = 0;
    if (c->of == NAME_OF_PERSON && is_among(titles, c->word))
        return;
    if (w->n == NAME_WORDS_MAX) {
        w->cut = true;
        return;
    }
    memcpy(w->list[w->n++], c->word, sizeof(c->word));
}

static void add_bytes(struct cutting *c, const char *bytes, size_t n)
{
    if (c->len + n >= NAME_WORD_SIZE) {
        c->words->cut = true;
        return;
    }
    memcpy(c->word + c->len, bytes, n);
    c->len += n;
}

static void add_letter(struct cutting *c, UChar32 letter)
{
    char bytes[UTF8_CHAR_MAX];

    letter = u_foldCase(letter, U_FOLD_CASE_DEFAULT);
    for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++) {
        if (wholes[i].c == letter) {
            add_bytes(c, wholes[i].plain, strlen(wholes[i].plain));
            return;
        }
    }
    add_bytes(c, bytes, utf8_put(bytes, (uint32_t)letter));
}

/* An apostrophe holds together: L'Héritier, N'Diaye and O'Neil are often written without. */
static bool is_apostrophe(UChar32 c)
{
    return c == '\'' || c == 0x2019 || c == 0x2018 || c == 0x2bc || c == '`' || c == 0xb4;
}

static void add_plain(struct cutting *c, UChar32 letter)
{
    if (u_getCombiningClass(letter) != 0 || is_apostrophe(letter))
        return;
    if (u_isalnum(letter))
        add_letter(c, letter);
    else
        end_word(c);
}

static void add_character(struct cutting *c, const UNormalizer2 *nfkd, UChar32 letter)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar parts[DECOMPOSED_MAX];
    int32_t n = is_apostrophe(letter) || !nfkd
                    ? -1
                    : unorm2_getDecomposition(nfkd, letter, parts, DECOMPOSED_MAX, &status);

    if (U_FAILURE(status) || n < 0) {
        add_plain(c, letter);
        return;
    }
    for (int32_t i = 0; i < n;) {
        UChar32 part;

        U16_NEXT(parts, i, n, part);
        add_plain(c, part);
    }
}

/* "s", "a", "r", "l" is sarl: a run of single letters is an abbreviation. */
static void join_letters(struct name_words *w, size_t from)
{
    size_t to = from;
    bool single = false;

    for (size_t i = from; i < w->n; i++) {
        const bool one = name_word_is_initial(w->list[i]);
        const size_t len = strlen(w->list[i]);

        if (one && single && strlen(w->list[to - 1]) + len < NAME_WORD_SIZE)
            memcpy(w->list[to - 1] + strlen(w->list[to - 1]), w->list[i], len + 1);
        else if (to++ != i)
            memcpy(w->list[to - 1], w->list[i], NAME_WORD_SIZE);
        single = one;
    }
    w->n = to;
}

/* Unless nothing but such words is left: "La SA" is somebody, too. */
static void drop_forms(struct name_words *w, size_t from)
{
    size_t to = from;

    for (size_t i = from; i < w->n; i++) {
        if (is_among(legal_forms, w->list[i]))
            continue;
        if (to++ != i)
            memcpy(w->list[to - 1], w->list[i], NAME_WORD_SIZE);
    }
    if (to > from)
        w->n = to;
}

void name_words_add(struct name_words *words, const char *text, enum name_of of)
{
    struct cutting c = { .words = words, .of = of };
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&status);
    const size_t len = strlen(text), from = words->n;
    size_t at = 0;

    if (U_FAILURE(status))
        nfkd = NULL;
    while (at < len) {
        const uint32_t character = utf8_next(text, len, &at);

        if (character == UTF8_BAD) {
            at++;
            end_word(&c);
        } else {
            add_character(&c, nfkd, (UChar32)character);
        }
    }
    end_word(&c);
    if (of == NAME_OF_COMPANY) {
        join_letters(words, from);
        drop_forms(words, from);
    }
}
