/*
 * fault_words.h - why a row or a file was refused, in the partner's language. Pure.
 *
 * The English sentence is made where the fault is found and kept with the row. The French one is
 * made here from the same code, field and value; of the English one only its numbers and its
 * examples are used. A code that has no French words yet is answered in English.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum answer_language { ANSWER_EN, ANSWER_FR };
const char *answer_language_name(enum answer_language l); /* "en", "fr" */

#define FAULT_SENTENCE_SIZE 1600 /* bytes, at worst four a character */

/* One refused row, as table import_reject has it. */
struct fault_said {
    const char *code, *field, *value;
    const char *reason; /* in English */
};

/* Returns `out`, or the English sentence. */
const char *fault_sentence(const struct fault_said *fault, enum answer_language language,
                           char out[FAULT_SENTENCE_SIZE]);
/* The same of a whole file: what a reader, or the intake, says of it. A parser's own words stay
 * English behind a French beginning. */
const char *file_fault_sentence(const char *reason, enum answer_language language,
                                char out[FAULT_SENTENCE_SIZE]);
/* Has the code French words? For the test that none is forgotten. */
bool fault_code_is_known(const char *code);
