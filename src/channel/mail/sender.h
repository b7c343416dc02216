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
};

enum letter_fate {
    LETTER_UNSENT,  /* no relay was asked about it: not its fault */
    LETTER_TAKEN,   /* it is the relay's now */
    LETTER_LATER,   /* refused for now; or the relay's last answer was lost, and it may be there */
    LETTER_REFUSED, /* for good */
};

#define LETTER_WORDS_SIZE 200

struct letter {
    const char *to;
    enum letter_fate fate;
    unsigned code;                 /* of the relay's answer; 0: none */
    char words[LETTER_WORDS_SIZE]; /* its words, or why there was none */
    const char *relay;             /* which one, as in the settings; NULL: none was tried */
};

/* Says letter number `which`: a whole mail, lines end with CRLF. False: not now; the session ends,
 * this letter and those behind it stay unsent. */
typedef bool letter_say(void *arg, size_t which, struct buffer *out);

/* Reads what the settings name; they must outlive it. RC_INVALID: err says what is wrong. */
enum rc mail_sender_new(const struct mail_sender_settings *settings, struct mail_sender **out,
                        struct error *err) MUST_CHECK;
/* Blocks until each letter has its fate. Letters are begun for some minutes at most, however slow
 * the relay is: for at most mail_sender_patience_us() it can still hand one over. */
void mail_sender_send(struct mail_sender *s, struct letter *letters, size_t n, letter_say *say,
                      void *arg);
int64_t mail_sender_patience_us(const struct mail_sender *s);
/* From any thread, for good: cuts off what is on the wire and sends nothing any more. */
void mail_sender_stop(struct mail_sender *s);
void mail_sender_free(struct mail_sender *s); /* NULL is fine */

/* "host:port" with a name or an IPv4 address. RC_INVALID: err says what is wrong. */
enum rc mail_relay_check(const char *text, struct error *err) MUST_CHECK;
