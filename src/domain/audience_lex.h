/*
 * audience_lex.h - a rule being read: its words and signs, one ahead, and the first fault. For the
 * files audience_*.c.
 */
#pragma once

#include "domain/audience_field.h"

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_SIGN };

struct token {
    enum token_kind kind;
    const char *text; /* in the rule; of TOKEN_QUOTED what is between the outer quotation marks */
    size_t len;
    size_t at; /* where it begins */
};

struct audience_parser {
    const struct audience_rule *rule; /* for places */
    const char *text;
    size_t len, at; /* `at`: behind `token` */
    struct token token;
    struct arena *arena;
    struct error *err;
    enum rc rc; /* of the first fault */
    unsigned depth, nodes;
    enum audience_scope scope;
};

/* Note the first fault and its place. NULL, so that a function that makes a node can return it. */
void *audience_fail(struct audience_parser *p, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void *audience_fail_expected(struct audience_parser *p, const char *expected);
void *audience_fail_memory(struct audience_parser *p);

void audience_advance(struct audience_parser *p);
bool audience_token_is(const struct audience_parser *p, enum token_kind kind, const char *text);
/* Takes the token if it is that one. */
bool audience_take(struct audience_parser *p, enum token_kind kind, const char *text);

/* May the character stand in a word that needs no quotation marks? */
bool audience_is_word_char(uint32_t c);

/* --- audience_value.c --- */

/* Counts one part of the rule; false: there are too many. */
bool audience_count_part(struct audience_parser *p);
/* What stands behind test->op. false: fault. */
bool audience_take_operand(struct audience_parser *p, struct audience_node *test);
