/* reply_text.c - ICU's decomposition without its marks; letters and digits are never of one token.
 */
#include "domain/reply_text.h"

#include <string.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>

#include "domain/utf8.h"

#define DECOMPOSED_MAX 32 /* UTF-16 units; the longest of Unicode has 18 */
#define DIGITS_MAX     18 /* of a number that fits */
#define NEAR_MIN       4  /* letters of a word that may have a wrong one */

struct reading {
    struct reply_text *t;
    const UNormalizer2 *nfkd;
    struct reply_token *open; /* NULL: between two */
    size_t word_len;
    enum reply_sign sign;
    size_t at, end; /* of the character being read */
    bool full;
};

static void see_sign(struct reading *r, uint32_t c)
{
    enum reply_sign sign;

    switch (c) {
    case '\n':
        sign = r->sign >= REPLY_LINE ? REPLY_BLANK : REPLY_LINE;
        break;
    case ' ':
    case '\t':
    case '\r':
    case 0xa0:
    case 0x202f:
        sign = REPLY_SPACE;
        break;
    case '.':
        sign = REPLY_DOT;
        break;
    case ':':
        sign = REPLY_COLON;
        break;
    case '-':
        sign = REPLY_DASH;
        break;
    case '/':
        sign = REPLY_SLASH;
        break;
    case ',':
    case '&':
    case '+':
        sign = REPLY_COMMA;
        break;
    case ';':
        sign = REPLY_SEMICOLON;
        break;
    default:
        sign = REPLY_OTHER;
    }
    r->open = NULL;
    r->sign = sign > r->sign ? sign : r->sign;
}

static void begin(struct reading *r, bool is_number)
{
    struct reply_text *t = r->t;

    if (t->n == REPLY_TOKENS_MAX) {
        r->full = true;
        return;
    }
    r->open = &t->tokens[t->n++];
    *r->open = (struct reply_token){ .before = r->sign, .is_number = is_number, .from = r->at };
    r->word_len = 0;
    r->sign = REPLY_GLUED;
}

static void add_letter(struct reading *r, uint32_t c)
{
    const bool is_digit = c >= '0' && c <= '9';
    char bytes[UTF8_CHAR_MAX];
    size_t n = utf8_put(bytes, c);

    if (!r->open || r->open->is_number != is_digit)
        begin(r, is_digit);
    if (r->full)
        return;
    r->open->to = r->end;
    if (is_digit && ++r->open->digits <= DIGITS_MAX)
        r->open->number = r->open->number * 10 + (c - '0');
    if (r->word_len + n < REPLY_WORD_SIZE) {
        memcpy(r->open->word + r->word_len, bytes, n);
        r->word_len += n;
    } else {
        r->word_len = REPLY_WORD_SIZE;
        memset(r->open->word, 0, sizeof(r->open->word));
    }
}

static void add_piece(struct reading *r, UChar32 c)
{
    if (u_getCombiningClass(c) != 0 || u_charType(c) == U_FORMAT_CHAR)
        return;
    if (u_isdigit(c) && u_charDigitValue(c) >= 0)
        add_letter(r, '0' + (uint32_t)u_charDigitValue(c));
    else if (u_isalpha(c))
        add_letter(r, (uint32_t)u_foldCase(c, U_FOLD_CASE_DEFAULT));
    else
        see_sign(r, (uint32_t)c);
}

static void add_character(struct reading *r, uint32_t c)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar units[DECOMPOSED_MAX];
    int32_t n = 0;

    if (c > 0xa0 && r->nfkd)
        n = unorm2_getDecomposition(r->nfkd, (UChar32)c, units, DECOMPOSED_MAX, &status);
    if (U_FAILURE(status) || n <= 0) {
        add_piece(r, (UChar32)c);
        return;
    }
    for (int32_t i = 0; i < n && !r->full;) {
        UChar32 piece;

        U16_NEXT(units, i, n, piece);
        add_piece(r, piece);
    }
}

void reply_text_read(struct reply_text *t, const char *text, size_t len)
{
    UErrorCode status = U_ZERO_ERROR;
    struct reading r = { .t = t, .sign = REPLY_BLANK };

    r.nfkd = unorm2_getNFKDInstance(&status);
    if (U_FAILURE(status))
        r.nfkd = NULL;
    t->text = text;
    t->len = len;
    t->n = 0;
    while (r.end < len && !r.full) {
        uint32_t c;

        r.at = r.end;
        c = utf8_next(text, len, &r.end);
        if (c == UTF8_BAD) {
            c = UTF8_REPLACEMENT;
            r.end++;
        }
        add_character(&r, c);
    }
}

size_t reply_phrase(const struct reply_text *t, size_t at, const char *phrase)
{
    for (size_t i = at; i < t->n; i++) {
        const char *word = t->tokens[i].word;
        size_t n = strlen(word);

        if (n == 0 || strncmp(phrase, word, n) != 0)
            return 0;
        if (phrase[n] == '\0')
            return i + 1 - at;
        if (phrase[n] != ' ')
            return 0;
        phrase += n + 1;
    }
    return 0;
}

size_t reply_phrase_of(const struct reply_text *t, size_t at, const char *const *phrases)
{
    size_t longest = 0;

    for (; *phrases; phrases++) {
        size_t n = reply_phrase(t, at, *phrases);
        longest = n > longest ? n : longest;
    }
    return longest;
}

size_t reply_word_of(const struct reply_text *t, size_t at, const char *const *words)
{
    for (size_t i = 0; at < t->n && words[i]; i++) {
        if (strcmp(words[i], t->tokens[at].word) == 0)
            return i;
    }
    return SIZE_MAX;
}

bool reply_word_is_near(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), head = 0, tail = 0, rest_a, rest_b;

    if (n < NEAR_MIN || m < NEAR_MIN)
        return false;
    while (head < n && head < m && a[head] == b[head])
        head++;
    while (tail < n - head && tail < m - head && a[n - 1 - tail] == b[m - 1 - tail])
        tail++;
    rest_a = n - head - tail;
    rest_b = m - head - tail;
    if (rest_a <= 1 && rest_b <= 1)
        return true;
    return rest_a == 2 && rest_b == 2 && a[head] == b[head + 1] && a[head + 1] == b[head];
}
