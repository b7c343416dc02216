/* keyword.c - fold the text to plain words, then every word must be in one of two lists. */
#include "domain/keyword.h"

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

const char *keyword_name(enum keyword k)
{
    static const char *const names[] = {
        [KEYWORD_NONE] = "",
        [KEYWORD_STOP] = "stop",
        [KEYWORD_START] = "start",
        [KEYWORD_HELP] = "help",
    };

    return names[k];
}

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

enum keyword keyword_classify(const char *text)
{
    struct words w = { 0 };
    bool seen[KEYWORD_HELP + 1] = { false };

    if (!split(text, &w))
        return KEYWORD_NONE;
    for (size_t at = 0; at < w.n;) {
        size_t longest = 0;
        enum keyword found = KEYWORD_NONE;

        for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
            size_t n = phrase_length(&w, at, orders[i].phrase);
            if (n > longest) {
                longest = n;
                found = orders[i].keyword;
            }
        }
        if (longest == 0 && !is_small_change(w.word[at]))
            return KEYWORD_NONE;
        seen[found] = true;
        at += longest ? longest : 1;
    }
    if (seen[KEYWORD_STOP])
        return KEYWORD_STOP;
    if (seen[KEYWORD_HELP])
        return KEYWORD_HELP;
    return seen[KEYWORD_START] ? KEYWORD_START : KEYWORD_NONE;
}
