/* reply_text.h - a short text of a person as words and numbers, each with its place in the text:
 * without accents and capitals, the signs between them kept apart. Pure. */
#pragma once

#include "domain/types.h"

#define REPLY_TOKENS_MAX 256 /* what comes later is text */
#define REPLY_WORD_SIZE  24  /* of a longer word nothing is known */

/* What stands between a token and the one before it, the strongest of several. */
enum reply_sign {
    REPLY_GLUED, /* nothing: "ok1234", "9h30" */
    REPLY_SPACE,
    REPLY_OTHER, /* any other sign */
    REPLY_DOT,
    REPLY_COLON,
    REPLY_DASH,
    REPLY_SLASH,
    REPLY_COMMA,
    REPLY_SEMICOLON,
    REPLY_LINE,  /* a new line */
    REPLY_BLANK, /* an empty line, or the beginning */
};

struct reply_token {
    enum reply_sign before;
    bool is_number;
    unsigned digits; /* of a number; more than 18: too many to be one */
    uint64_t number;
    char word[REPLY_WORD_SIZE]; /* folded; the digits of a number; "": too long */
    size_t from, to;            /* bytes of the text */
};

struct reply_text {
    const char *text;
    size_t len;
    struct reply_token tokens[REPLY_TOKENS_MAX];
    size_t n;
};

/* UTF-8, valid or not. `text` must outlive it. */
void reply_text_read(struct reply_text *t, const char *text, size_t len);

/* How many tokens from the `at`th are the phrase, words with one space between them; 0: they are
 * not. */
size_t reply_phrase(const struct reply_text *t, size_t at, const char *phrase);
/* The longest of a NULL-terminated list. */
size_t reply_phrase_of(const struct reply_text *t, size_t at, const char *const *phrases);
/* The number of a word of the list that stands there; SIZE_MAX: none does. */
size_t reply_word_of(const struct reply_text *t, size_t at, const char *const *words);
/* One letter too many, missing, wrong, or two that changed places; of words of four letters or
 * more. */
bool reply_word_is_near(const char *word, const char *wanted);
