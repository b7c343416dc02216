/*
 * sender.h - hands letters to a relay, several in one session; the next relay when one is down.
 *
 * Made for a lane: it blocks. One thread sends with a sender at a time; mail_sender_stop() alone
 * may be called from another.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct buffer;
struct mail_sender;

/* In the order of relais.conf's choices. */
enum mail_tls { MAIL_TLS_OFF, MAIL_TLS_MAY, MAIL_TLS_MUST };

struct mail_sender_settings {
    const char *const *relays; /* "host:port", the preferred one first */
    size_t n_relays;
    const char *from; /* where bounces go */
    const char *helo; /* who we are: a name of the DNS */
    enum mail_tls tls;
    const char *tls_ca;    /* PEM file, for MAIL_TLS_MUST; "": the system's authorities */
    char *user, *password; /* user "": none is asked for */
    int64_t timeout_ms;    /* for one answer */
    int64_t begin_for_ms;  /* no letter of a call is begun later; 0: five minutes */
};

enum letter_fate {
    LETTER_UNSENT,  /* no relay has it: none was asked, or it was not said to its end */
    LETTER_TAKEN,   /* it is the relay's now */
    LETTER_LATER,   /* refused for now: no relay has it */
    LETTER_REFUSED, /* for good */
    LETTER_UNKNOWN, /* said to its end, and the answer was lost: the relay may have it */
};

#define LETTER_WORDS_SIZE 200
#define LETTER_RELAY_SIZE 262 /* "host:port" */

struct letter {
    const char *from; /* where what cannot be delivered comes back to; NULL: as in the settings */
    const char *to;
    enum letter_fate fate;
    unsigned code;                 /* of the relay's answer; 0: none */
    char words[LETTER_WORDS_SIZE]; /* its words, or why there was none */
    const char *relay;             /* which one, as in the settings; NULL: none was tried */
};

/* Says letter number `which`, when the relay waits for its text: a whole mail, lines end with CRLF.
 * False: not now; the session ends, this letter and those behind it stay unsent. */
typedef bool letter_say(void *arg, size_t which, struct buffer *out);
/* The relay has answered to the end of a letter that was said: at that moment, not only when the
 * session is over. */
typedef void letter_heard(void *arg, size_t which, enum letter_fate fate, unsigned code);

/* What the caller is asked and told, on its own thread. */
struct letter_calls {
    letter_say *say;
    letter_heard *heard; /* NULL: it need not be told */
    void *arg;
};

/* Reads what the settings name; they must outlive it. RC_INVALID: err says what is wrong. */
enum rc mail_sender_new(const struct mail_sender_settings *settings, struct mail_sender **out,
                        struct error *err) MUST_CHECK;
/* Blocks until each letter has its fate. Letters are begun for some minutes at most, however slow
 * the relay is: for at most mail_sender_patience_us() it can still hand one over. */
void mail_sender_send(struct mail_sender *s, struct letter *letters, size_t n,
                      const struct letter_calls *calls);
int64_t mail_sender_patience_us(const struct mail_sender *s);
/* From any thread, for good: cuts off what is on the wire and sends nothing any more. */
void mail_sender_stop(struct mail_sender *s);
void mail_sender_free(struct mail_sender *s); /* NULL is fine */

/* "host:port" with a name or an IPv4 address. RC_INVALID: err says what is wrong. */
enum rc mail_relay_check(const char *text, struct error *err) MUST_CHECK;
