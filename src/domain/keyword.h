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
 * Where several meet, the more careful one wins: STOP before HELP before START. The lists are in
 * keyword.c.
 */
#pragma once

#include "domain/types.h"

enum keyword { KEYWORD_NONE, KEYWORD_STOP, KEYWORD_START, KEYWORD_HELP };
const char *keyword_name(enum keyword k); /* "", "stop", "start", "help" */

/* `text`: UTF-8, valid or not. An order is short: a text of more than 12 words is none. */
enum keyword keyword_classify(const char *text);
