/*
 * keyword.h - is an inbound text an order (STOP, START, HELP) or just a message?
 *
 * The rule, so that it can be foreseen: case, accents, punctuation, quotes, emoji, spaces and line
 * breaks are dropped, what remains are words. The text is an order if it has at least one of the
 * order's words or phrases below, and all its other words are small change from a fixed list
 * (politeness: bonjour, merci, svp, please ...; and what one has enough of: pub, sms, messages,
 * vos, les ...). One other word, or a number, and it is a message for a human: "ne stop pas", "stop
 * 12345", "le bus stop est loin", "stopper la livraison" order nothing.
 *
 *   STOP   stop, arret, arreter, arretez, desabonner, desinscrire, unsubscribe, quit, end, cancel,
 *          revoke, opt out, ... and "plus de", "ne plus recevoir" with pub, sms, messages
 *   HELP   aide, help, info
 *   START  start, unstop, reprise, reabonner, subscribe, ...
 *
 * A sentence refuses, too, when it has words that can mean nothing else ("unsubscribe", "remove
 * me", "stop sending", "me désabonner", "ne plus recevoir", "retirez-moi de" ...) and its other
 * words are of a second list besides ("i", "would like", "from your mailing list", "veuillez", "par
 * e-mail", "cordialement" ...): "Please unsubscribe me from your list.", "Merci de me désabonner."
 * Beside "stop", "cancel", "help" or "start" these make it a message: "I want to cancel", "could
 * you help".
 *
 * YES has no words of its own: a keyword_book brings them. It means something only to somebody who
 * was asked. Where several meet, the more careful one wins: STOP before HELP before START before
 * YES. The lists are in keyword_words.c; a keyword_book adds words of one's own to them, read by
 * the same rule.
 */
#pragma once

#include "domain/types.h"

enum keyword {
    KEYWORD_NONE,
    KEYWORD_STOP,
    KEYWORD_START,
    KEYWORD_HELP,
    KEYWORD_YES,
    KEYWORD_ANSWER
};
/* "", "stop", "start", "help", "yes", "answer" */
const char *keyword_name(enum keyword k);
enum rc keyword_parse(const char *name, enum keyword *k) MUST_CHECK; /* not "" */

/* `text`: UTF-8, valid or not. An order is short: a text of more than 12 words is
 * none, a sentence of more than 24 neither. */
enum keyword keyword_classify(const char *text);
/* "Bonjour Madame,": nothing but words that change nothing. */
bool keyword_is_courtesy(const char *text);

/* --- words of one's own, besides those above --- */

#define KEYWORD_NAME_MAX 32 /* letters of a name */

struct keyword_book;

struct keyword_book *keyword_book_new(void);    /* NULL: no memory */
void keyword_book_free(struct keyword_book *b); /* NULL is fine */

struct keyword_entry {
    const char *name;    /* letters, digits, '_' and '-' */
    enum keyword action; /* KEYWORD_ANSWER, or further words for one of the built-in orders */
    const char *answer;  /* "": with KEYWORD_ANSWER a fault, else what that order's answer is */
    const char *const *words;
    size_t n_words;
};

/*
 * Adds an entry; its strings must outlive the book. RC_INVALID with a sentence: a word that is
 * there already, built in or in another entry, or that has no letter, or is too long; no word; no
 * answer.
 */
enum rc keyword_book_add(struct keyword_book *b, const struct keyword_entry *entry,
                         struct error *err) MUST_CHECK;

struct keyword_found {
    enum keyword action;
    const char *name;   /* "stop", "start" ..., or the entry's with KEYWORD_ANSWER; "": none */
    const char *answer; /* the entry's; "": it has none of its own */
    bool all;           /* "tout", "all" stand beside it: STOP TOUT means every sender */
};

/* As keyword_classify(), with the book's words (NULL: none). Built-in orders win over entries that
 * only answer, and among those the first of the book. */
struct keyword_found keyword_find(const struct keyword_book *b, const char *text);
