/*
 * name_words.h - a name as the words by which it is compared: without accents, capitals and signs,
 * without what says nothing of who it is. Pure.
 *
 * "Mme Hélène L'HÉRITIER-Bœuf" is helene, lheritier, boeuf; "S.A.R.L. Dupont & Fils" is dupont,
 * fils.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define NAME_WORDS_MAX 16
#define NAME_WORD_SIZE 64

enum name_of {
    NAME_OF_PERSON,  /* titles go */
    NAME_OF_COMPANY, /* legal forms go */
};

struct name_words {
    char list[NAME_WORDS_MAX][NAME_WORD_SIZE];
    size_t n;
    bool cut; /* it had more than there is room for: what is here may be the beginning alone */
};

/* Adds the words of a text (UTF-8; what is none separates). */
void name_words_add(struct name_words *words, const char *text, enum name_of of);

bool name_word_is_initial(const char *word);
