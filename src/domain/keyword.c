/* keyword.c - fold the text to plain words, then every word must be in one of two lists. */
#include "domain/keyword.h"

#include <stdlib.h>
#include <string.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>

#include "domain/utf8.h"

#define WORDS_MAX 12
#define WORD_SIZE 24 /* the longest word of the lists fits; a longer one is in none of them */

/* Folded, words apart by one space. The longest that fits is taken first. */
static const struct order {
    enum keyword keyword;
    const char *phrase;
} orders[] = {
    { KEYWORD_STOP, "stop" },
    { KEYWORD_STOP, "s t o p" },
    { KEYWORD_STOP, "arret" },
    { KEYWORD_STOP, "arreter" },
    { KEYWORD_STOP, "arretez" },
    { KEYWORD_STOP, "stoppub" },
    { KEYWORD_STOP, "stopsms" },
    { KEYWORD_STOP, "desabonner" },
    { KEYWORD_STOP, "desabonnez" },
    { KEYWORD_STOP, "desabonnement" },
    { KEYWORD_STOP, "desinscrire" },
    { KEYWORD_STOP, "desinscrivez" },
    { KEYWORD_STOP, "desinscription" },
    { KEYWORD_STOP, "ne plus recevoir" },
    { KEYWORD_STOP, "ne veux plus recevoir" },
    { KEYWORD_STOP, "ne souhaite plus recevoir" },
    { KEYWORD_STOP, "plus de pub" },
    { KEYWORD_STOP, "plus de pubs" },
    { KEYWORD_STOP, "plus de publicite" },
    { KEYWORD_STOP, "plus de publicites" },
    { KEYWORD_STOP, "plus de sms" },
    { KEYWORD_STOP, "plus de message" },
    { KEYWORD_STOP, "plus de messages" },
    { KEYWORD_STOP, "ne veux plus de pub" },
    { KEYWORD_STOP, "ne veux plus de sms" },
    { KEYWORD_STOP, "pas de pub" },
    { KEYWORD_STOP, "unsubscribe" },
    { KEYWORD_STOP, "stopall" },
    { KEYWORD_STOP, "quit" },
    { KEYWORD_STOP, "end" },
    { KEYWORD_STOP, "cancel" },
    { KEYWORD_STOP, "revoke" },
    { KEYWORD_STOP, "opt out" },
    { KEYWORD_STOP, "optout" },
    { KEYWORD_HELP, "aide" },
    { KEYWORD_HELP, "help" },
    { KEYWORD_HELP, "info" },
    { KEYWORD_HELP, "infos" },
    { KEYWORD_START, "start" },
    { KEYWORD_START, "unstop" },
    { KEYWORD_START, "reprise" },
    { KEYWORD_START, "reprendre" },
    { KEYWORD_START, "reabonner" },
    { KEYWORD_START, "re abonner" },
    { KEYWORD_START, "reabonnement" },
    { KEYWORD_START, "subscribe" },
    { KEYWORD_START, "resubscribe" },
};

/* Words that change nothing about an order. No number, no "ne", no "pas": those do. */
static const char *const small_change[] = {
    /* politeness */
    "bonjour",
    "bonsoir",
    "salut",
    "hello",
    "hi",
    "svp",
    "stp",
    "s",
    "il",
    "vous",
    "te",
    "plait",
    "merci",
    "d",
    "avance",
    "beaucoup",
    "cordialement",
    "bonne",
    "journee",
    "soiree",
    "madame",
    "monsieur",
    "mme",
    "mr",
    "please",
    "pls",
    "plz",
    "thanks",
    "thank",
    "you",
    "thx",
    "ok",
    "oui",
    "je",
    "veux",
    "voudrais",
    "souhaite",
    "desire",
    /* what one has enough of */
    "pub",
    "pubs",
    "publicite",
    "publicites",
    "promo",
    "promos",
    "promotion",
    "promotions",
    "sms",
    "texto",
    "textos",
    "message",
    "messages",
    "mms",
    "spam",
    "spams",
    "marketing",
    "newsletter",
    "liste",
    "text",
    "texts",
    "texting",
    "contact",
    "envoi",
    "envois",
    /* and the words between */
    "a",
    "au",
    "aux",
    "la",
    "le",
    "les",
    "l",
    "de",
    "des",
    "du",
    "vos",
    "votre",
    "ces",
    "cette",
    "ce",
    "me",
    "m",
    "moi",
    "mon",
    "numero",
    "tout",
    "tous",
    "toute",
    "toutes",
    "all",
    "to",
    "the",
    "this",
    "it",
    "now",
    "maintenant",
    "immediatement",
    "definitivement",
};

struct words {
    size_t n;
    char word[WORDS_MAX][WORD_SIZE];
    size_t length; /* of the word being read; WORD_SIZE and above: too long, kept as "" */
    bool too_many;
};

/* --- the book --- */

#define PHRASES_MAX 500

struct phrase {
    char text[WORDS_MAX * (WORD_SIZE + 1)]; /* folded */
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

static bool is_small_change(const char *word)
{
    for (size_t i = 0; i < sizeof(small_change) / sizeof(small_change[0]); i++) {
        if (strcmp(word, small_change[i]) == 0)
            return true;
    }
    return false;
}

static bool means_all(const char *word)
{
    static const char *const words[] = { "tout", "tous", "toute", "toutes", "all", "stopall" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i]) == 0)
            return true;
    }
    return false;
}

/* --- what they order --- */

/* The longest phrase that begins at the `at`th word: how many words it has, 0: there is none. */
static size_t longest_phrase(const struct keyword_book *b, const struct words *w, size_t at,
                             enum keyword *keyword, size_t *entry)
{
    size_t longest = 0;

    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        size_t n = phrase_length(w, at, orders[i].phrase);
        if (n > longest) {
            longest = n;
            *keyword = orders[i].keyword;
            *entry = SIZE_MAX;
        }
    }
    for (size_t i = 0; b && i < b->n_phrases; i++) {
        size_t n = phrase_length(w, at, b->phrases[i].text);
        if (n > longest) {
            longest = n;
            *entry = b->phrases[i].entry;
            *keyword = b->entries[*entry].action;
        }
    }
    return longest;
}

struct keyword_found keyword_find(const struct keyword_book *b, const char *text)
{
    static const enum keyword precedence[] = { KEYWORD_STOP, KEYWORD_HELP, KEYWORD_START,
                                               KEYWORD_YES, KEYWORD_ANSWER };
    struct words w = { 0 };
    bool seen[KEYWORD_ANSWER + 1] = { false };
    size_t by[KEYWORD_ANSWER + 1]; /* the first entry that said so; SIZE_MAX: a built-in word */
    struct keyword_found found = { KEYWORD_NONE, "", "", false };
    bool all = false;

    if (!split(text, &w))
        return found;
    for (size_t at = 0; at < w.n;) {
        enum keyword keyword = KEYWORD_NONE;
        size_t entry = SIZE_MAX, n = longest_phrase(b, &w, at, &keyword, &entry);

        if (n == 0 && !is_small_change(w.word[at]))
            return found;
        if (!seen[keyword] || (entry < by[keyword] && by[keyword] != SIZE_MAX))
            by[keyword] = entry;
        seen[keyword] = true;
        for (size_t i = at; i < at + (n ? n : 1); i++)
            all |= means_all(w.word[i]);
        at += n ? n : 1;
    }
    for (size_t i = 0; i < sizeof(precedence) / sizeof(precedence[0]); i++) {
        enum keyword k = precedence[i];
        if (!seen[k])
            continue;
        found.action = k;
        found.all = all;
        found.name = k == KEYWORD_ANSWER ? b->entries[by[k]].name : names[k];
        if (by[k] != SIZE_MAX)
            found.answer = b->entries[by[k]].answer;
        break;
    }
    return found;
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

    if (!split(text, &w) || w.n == 0)
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
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        if (strcmp(orders[i].phrase, folded) == 0)
            return error_set(err, RC_INVALID, "words: '%.60s' is a word for %s already, built in",
                             word, names[orders[i].keyword]);
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
                         word, WORDS_MAX, WORD_SIZE - 1);
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
