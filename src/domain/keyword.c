/* keyword.c - fold the text to plain words, then every word must be in one of the lists of
 * keyword_words.c. */
#include "domain/keyword.h"

#include <stdlib.h>
#include <string.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>

#include "domain/keyword_words.h"
#include "domain/utf8.h"

#define WORDS_MAX    24 /* of a sentence that refuses plainly */
#define PHRASE_WORDS 12 /* of any other order, and of a phrase of one's own */
#define WORD_SIZE    24 /* the longest word of the lists fits; a longer one is in none of them */

struct words {
    size_t n;
    char word[WORDS_MAX][WORD_SIZE];
    size_t length; /* of the word being read; WORD_SIZE and above: too long, kept as "" */
    bool too_many;
};

/* --- the book --- */

#define PHRASES_MAX 500

struct phrase {
    char text[PHRASE_WORDS * (WORD_SIZE + 1)]; /* folded */
    size_t entry;
};

struct keyword_book {
    struct keyword_entry *entries;
    struct phrase *phrases;
    size_t n_entries, n_phrases;
};

struct keyword_book *keyword_book_new(void)
{
    return calloc(1, sizeof(struct keyword_book));
}

void keyword_book_free(struct keyword_book *b)
{
    if (!b)
        return;
    free(b->entries);
    free(b->phrases);
    free(b);
}

/* --- names --- */

static const char *const names[] = {
    [KEYWORD_NONE] = "",     [KEYWORD_STOP] = "stop", [KEYWORD_START] = "start",
    [KEYWORD_HELP] = "help", [KEYWORD_YES] = "yes",   [KEYWORD_ANSWER] = "answer",
};

const char *keyword_name(enum keyword k)
{
    return names[k];
}

enum rc keyword_parse(const char *name, enum keyword *k)
{
    for (int i = KEYWORD_STOP; i <= KEYWORD_ANSWER; i++) {
        if (strcmp(names[i], name) == 0) {
            *k = (enum keyword)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

/* --- words of a text --- */

static void end_word(struct words *w)
{
    if (w->length == 0)
        return;
    w->word[w->n][w->length < WORD_SIZE ? w->length : 0] = '\0';
    w->n++;
    w->length = 0;
}

static void add_letter(struct words *w, uint32_t c)
{
    char bytes[UTF8_CHAR_MAX];
    size_t n = utf8_put(bytes, c);

    if (w->n == WORDS_MAX) {
        w->too_many = true;
        return;
    }
    if (w->length + n < WORD_SIZE)
        memcpy(w->word[w->n] + w->length, bytes, n);
    else
        w->length = WORD_SIZE;
    w->length += n;
}

/* One character as letters without case and accent, or as the end of a word. */
static void fold(struct words *w, const UNormalizer2 *nfkd, uint32_t c)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar units[32];
    int32_t n = 0;

    if (c >= 0x80)
        n = unorm2_getDecomposition(nfkd, (UChar32)c, units, 32, &status);
    if (U_FAILURE(status) || n <= 0) {
        n = 0;
        U16_APPEND_UNSAFE(units, n, c);
    }
    for (int32_t i = 0; i < n;) {
        UChar32 piece;
        U16_NEXT(units, i, n, piece);
        if (u_getCombiningClass(piece) != 0)
            continue;
        if (u_isalnum(piece))
            add_letter(w, (uint32_t)u_foldCase(piece, U_FOLD_CASE_DEFAULT));
        else if (u_charType(piece) != U_FORMAT_CHAR) /* a soft hyphen does not end a word */
            end_word(w);
    }
}

static bool split(const char *text, struct words *w)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&status);
    size_t len = strlen(text);

    if (U_FAILURE(status))
        return false;
    for (size_t at = 0; at < len && !w->too_many;) {
        uint32_t c = utf8_next(text, len, &at);
        if (c == UTF8_BAD) {
            c = ' ';
            at++;
        }
        fold(w, nfkd, c);
    }
    end_word(w);
    return !w->too_many;
}

/* How many words from the `at`th are the phrase; 0: they are not. */
static size_t phrase_length(const struct words *w, size_t at, const char *phrase)
{
    for (size_t i = at; i < w->n; i++) {
        size_t n = strlen(w->word[i]);
        if (n == 0 || strncmp(phrase, w->word[i], n) != 0)
            return 0;
        if (phrase[n] == '\0')
            return i + 1 - at;
        if (phrase[n] != ' ')
            return 0;
        phrase += n + 1;
    }
    return 0;
}

static bool is_one_of(const char *const *words, const char *word)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

static bool means_all(const char *word)
{
    static const char *const words[] = {
        "tout", "tous", "toute", "toutes", "all", "stopall", NULL
    };

    return is_one_of(words, word);
}

/* --- what they order --- */

/* A phrase that stands somewhere in the text. */
struct hit {
    size_t n; /* words; 0: there is none */
    enum keyword keyword;
    size_t entry; /* of the book; SIZE_MAX: a built-in one */
    bool plain;   /* it can mean nothing else */
};

/* The longest one that begins at the `at`th word. */
static struct hit longest_phrase(const struct keyword_book *b, const struct words *w, size_t at)
{
    struct hit hit = { 0, KEYWORD_NONE, SIZE_MAX, false };

    for (size_t i = 0; i < keyword_n_orders; i++) {
        const struct keyword_order *o = &keyword_orders[i];
        size_t n = phrase_length(w, at, o->phrase);
        if (n > hit.n)
            hit = (struct hit){ n, o->keyword, SIZE_MAX, o->plain };
    }
    for (size_t i = 0; b && i < b->n_phrases; i++) {
        size_t n = phrase_length(w, at, b->phrases[i].text);
        const size_t entry = b->phrases[i].entry;
        if (n > hit.n)
            hit = (struct hit){ n, b->entries[entry].action, entry, false };
    }
    return hit;
}

/* What all words of a text say together. */
struct reading {
    bool seen[KEYWORD_ANSWER + 1];
    size_t by[KEYWORD_ANSWER + 1]; /* the first entry that said so; SIZE_MAX: a built-in word */
    bool all;
    bool plain;    /* it has a plain order ... */
    bool sentence; /* ... and, or, words that may stand beside such a one alone */
};

/* false: some word may change everything, so it is for a human. */
static bool read_words(const struct keyword_book *b, const struct words *w, struct reading *r)
{
    for (size_t at = 0; at < w->n;) {
        const struct hit hit = longest_phrase(b, w, at);
        const size_t end = at + (hit.n ? hit.n : 1);

        if (hit.n == 0 && !is_one_of(keyword_small_change, w->word[at])) {
            if (!is_one_of(keyword_sentence_words, w->word[at]))
                return false;
            r->sentence = true;
        }
        if (!r->seen[hit.keyword] ||
            (hit.entry < r->by[hit.keyword] && r->by[hit.keyword] != SIZE_MAX))
            r->by[hit.keyword] = hit.entry;
        r->seen[hit.keyword] = true;
        r->plain |= hit.plain;
        for (; at < end; at++)
            r->all |= means_all(w->word[at]);
    }
    r->sentence |= w->n > PHRASE_WORDS;
    return true;
}

struct keyword_found keyword_find(const struct keyword_book *b, const char *text)
{
    static const enum keyword precedence[] = { KEYWORD_STOP, KEYWORD_HELP, KEYWORD_START,
                                               KEYWORD_YES, KEYWORD_ANSWER };
    struct words w = { 0 };
    struct reading r = { .all = false };
    struct keyword_found found = { KEYWORD_NONE, "", "", false };

    if (!split(text, &w) || !read_words(b, &w, &r) || (r.sentence && !r.plain))
        return found;
    for (size_t i = 0; i < sizeof(precedence) / sizeof(precedence[0]); i++) {
        enum keyword k = precedence[i];
        if (!r.seen[k])
            continue;
        found.action = k;
        found.all = r.all;
        found.name = k == KEYWORD_ANSWER ? b->entries[r.by[k]].name : names[k];
        if (r.by[k] != SIZE_MAX)
            found.answer = b->entries[r.by[k]].answer;
        break;
    }
    return found;
}

bool keyword_is_courtesy(const char *text)
{
    struct words w = { 0 };
    struct reading r = { .all = false };

    return split(text, &w) && read_words(NULL, &w, &r) && !r.seen[KEYWORD_STOP] &&
           !r.seen[KEYWORD_START] && !r.seen[KEYWORD_HELP];
}

enum keyword keyword_classify(const char *text)
{
    return keyword_find(NULL, text).action;
}

/* --- filling the book --- */

static bool fold_phrase(const char *text, char out[sizeof(((struct phrase *)NULL)->text)])
{
    struct words w = { 0 };
    size_t len = 0;

    if (!split(text, &w) || w.n == 0 || w.n > PHRASE_WORDS)
        return false;
    for (size_t i = 0; i < w.n; i++) {
        size_t n = strlen(w.word[i]);
        if (n == 0)
            return false;
        if (i)
            out[len++] = ' ';
        memcpy(out + len, w.word[i], n);
        len += n;
    }
    out[len] = '\0';
    return true;
}

static enum rc check_new(const struct keyword_book *b, const char *word, const char *folded,
                         struct error *err)
{
    for (size_t i = 0; i < keyword_n_orders; i++) {
        if (strcmp(keyword_orders[i].phrase, folded) == 0)
            return error_set(err, RC_INVALID, "words: '%.60s' is a word for %s already, built in",
                             word, names[keyword_orders[i].keyword]);
    }
    for (size_t i = 0; i < b->n_phrases; i++) {
        if (strcmp(b->phrases[i].text, folded) == 0)
            return error_set(err, RC_INVALID, "words: '%.60s' is a word of %s already", word,
                             b->entries[b->phrases[i].entry].name);
    }
    return RC_OK;
}

static enum rc add_word(struct keyword_book *b, const char *word, struct error *err)
{
    struct phrase *p;
    enum rc rc;

    if (b->n_phrases == PHRASES_MAX)
        return error_set(err, RC_INVALID, "words: expected at most %d in all", PHRASES_MAX);
    p = reallocarray(b->phrases, b->n_phrases + 1, sizeof(*p));
    if (!p)
        return error_set(err, RC_FAIL, "no memory");
    b->phrases = p;
    p += b->n_phrases;
    p->entry = b->n_entries - 1;
    if (!fold_phrase(word, p->text))
        return error_set(err, RC_INVALID,
                         "words: '%.60s': expected 1 to %d words with letters or digits, each of "
                         "at most %d bytes",
                         word, PHRASE_WORDS, WORD_SIZE - 1);
    rc = check_new(b, word, p->text, err);
    if (!rc)
        b->n_phrases++;
    return rc;
}

static enum rc check_entry(const struct keyword_book *b, const struct keyword_entry *e,
                           struct error *err)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t len = strlen(e->name);
    enum keyword builtin;

    if (len == 0 || len > KEYWORD_NAME_MAX || e->name[strspn(e->name, letters)])
        return error_set(err, RC_INVALID,
                         "a name has 1 to %d letters, digits, '_' or '-', got '%.60s'",
                         KEYWORD_NAME_MAX, e->name);
    if (keyword_parse(e->name, &builtin) == RC_OK && e->action != builtin)
        return error_set(err, RC_INVALID, "the name %s is for entries with that action", e->name);
    for (size_t i = 0; i < b->n_entries; i++) {
        if (strcmp(b->entries[i].name, e->name) == 0)
            return error_set(err, RC_INVALID, "there is an entry %s already", e->name);
    }
    if (e->n_words == 0)
        return error_set(err, RC_INVALID, "words: expected at least one");
    if (e->action == KEYWORD_ANSWER && !*e->answer)
        return error_set(err, RC_INVALID, "answer: expected a text, since the action is answer");
    return RC_OK;
}

enum rc keyword_book_add(struct keyword_book *b, const struct keyword_entry *entry,
                         struct error *err)
{
    struct keyword_entry *e;
    size_t phrases = b->n_phrases;
    enum rc rc = check_entry(b, entry, err);

    if (rc)
        return rc;
    e = reallocarray(b->entries, b->n_entries + 1, sizeof(*e));
    if (!e)
        return error_set(err, RC_FAIL, "no memory");
    b->entries = e;
    b->entries[b->n_entries++] = *entry;
    for (size_t i = 0; !rc && i < entry->n_words; i++)
        rc = add_word(b, entry->words[i], err);
    if (rc) {
        b->n_entries--;
        b->n_phrases = phrases;
    }
    return rc;
}
