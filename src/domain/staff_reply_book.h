/* staff_reply_book.h - what the words and names of an answer mean: those of the catalogue of
 * outcomes, those of our own commands, the people of the house. Pure. */
#pragma once

#include "domain/staff_reply.h"

struct reply_book;

struct reply_meaning {
    enum staff_reply_verb verb;
    size_t outcome; /* SIZE_MAX: none */
    bool closes;
};

/* In `arena`. RC_FAIL: no memory. */
enum rc reply_book_make(const struct staff_reply_context *context, struct arena *arena,
                        struct reply_book **out) MUST_CHECK;
/* The longest phrase that stands there; returns its tokens, 0: none does. */
size_t reply_book_find(const struct reply_book *book, const struct reply_text *t, size_t at,
                       struct reply_meaning *out);
/* The word that stands there but for one letter. *several: of more than one meaning. */
size_t reply_book_find_near(const struct reply_book *book, const struct reply_text *t, size_t at,
                            struct reply_meaning *out, bool *several);
/* In place of numbers. */
extern const char *const reply_all_words[];
/* Whether a word of `words`, which has commas, is one that answers know already: *word is it, as it
 * is compared, *owner what it means (a result of
 * none: all). What people say besides the catalogue may be taken. */
#define REPLY_PHRASE_SIZE 72
bool reply_book_knows(const struct reply_book *book, const char *words,
                      char word[REPLY_PHRASE_SIZE], struct reply_meaning *owner);
/* Likewise of people: a login, a name, or a part of one. */
size_t reply_person_find(const struct staff_reply_context *context, const struct reply_text *t,
                         size_t at, unsigned *id, bool *several);
