/*
 * alert_words.h - what alerts say. They are kept in English, as the formats below have it, and told
 * to who reads French in French: the table in alert_words.c has a French sentence for each. Pure.
 */
#pragma once

#include <inttypes.h>
#include <stddef.h>

#define ALERT_FILE_MISSING     "file_missing"
#define ALERT_IMPORT_FAILED    "import_failed"
#define ALERT_MAIL_RELAY       "mail_relay_down"
#define ALERT_CARRIER_DOWN     "carrier_down"
#define ALERT_QUEUE_AGE        "queue_age"
#define ALERT_CAMPAIGN_ANOMALY "campaign_anomaly"
#define ALERT_NODE_DOWN        "node_down"
#define ALERT_STOPPED          "stopped"
#define ALERT_CONTACT_NOBODY   "contact_list_nobody"
#define ALERT_ANSWER_FAILED    "answer_failed"

/* Formats of printf(). Between two values there is always a word. */
#define ALERT_SAYS_FILE_MISSING  "no file%s of partner %s had come by %s (%s)"
#define ALERT_SAYS_IMPORT_FAILED "%s was refused as a whole: %s"
#define ALERT_SAYS_MAIL_RELAY                                                                  \
    "no mail leaves since %s UTC: the mail server %s takes nothing (%s); what waits is tried " \
    "again by itself"
#define ALERT_SAYS_CARRIER_DOWN                                                              \
    "no session with carrier %s since %s UTC: what goes by it waits, or leaves by another; " \
    "relaisctl carrier list says more"
#define ALERT_SAYS_QUEUE_AGE                                                                \
    "service messages or alerts of the queue %s should have left at %s UTC, and have not; " \
    "relaisctl queue says more"
#define ALERT_SAYS_NODE_DOWN "relaisd of node %u (%.64s) gives no sign of life since %s UTC"
#define ALERT_SAYS_STOPPED \
    "relaisd of node %u was not running from %s to %s UTC: it had been stopped in order"
#define ALERT_SAYS_DIED \
    "relaisd of node %u was not running from %s to %s UTC: it had ended without a word"
#define ALERT_SAYS_LIST_NOBODY                                                           \
    "%llu customers are to be contacted today, and nobody of the team is there: name a " \
    "deputy (relaisctl staff away), then relaisctl contact list make %s"
#define ALERT_SAYS_TASKS_NOBODY                                                           \
    "%u or more contacts of today are nobody's, and nobody of the team is there: name a " \
    "deputy (relaisctl staff away), or give them to somebody (relaisctl task hand-over)"
#define ALERT_SAYS_ANSWER_FAILED                                                           \
    "answer %llu of %s, by %s, could not be done after %d tries: the log of relaisd says " \
    "why; what it says is kept in staff_answer"

/* Of a campaign, whose name stands before it. */
#define ALERT_OF_CAMPAIGN "%.80s: "
#define ALERT_SAYS_FAILURES \
    "%" PRIu64 " of %" PRIu64 " messages failed: more than %u %% (alert.failures)"
#define ALERT_SAYS_NO_RECEIPTS \
    "%" PRIu64 " SMS were taken, and no receipt has come for any of them (alert.receipts)"
#define ALERT_SAYS_STOPS \
    "%" PRIu64 " of %" PRIu64 " recipients want no more: more than %u %% (alert.stops)"

#define ALERT_WORDS_SIZE 1201

/* What an alert says, to a reader of that language: "en"; every other one reads French. `text` if
 * it is no sentence of these; else it is in `out`. */
const char *alert_words(const char *language, const char *text, char out[ALERT_WORDS_SIZE]);

/* The table, for its test; the last one has no kind. */
struct alert_sentence {
    const char *kind, *says; /* says: one of the formats */
    const char *french;      /* {1}: its first value ... */
};
extern const struct alert_sentence alert_sentences[];
