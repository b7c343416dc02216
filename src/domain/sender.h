/*
 * sender.h - who a message comes from, and what each sender may be used for. Pure.
 *
 * In France promotions come from short codes 36xxx, service messages from 38xxx; a mobile number is
 * not for marketing, and a name of letters cannot be answered (af2m charter).
 */
#pragma once

#include "domain/types.h"

#define SENDER_MAX          20 /* SMPP 3.4, 5.2.8: 20 characters */
#define SENDER_LETTERS_MAX  11 /* an alphanumeric one: 3GPP TS 23.040, 9.1.2.5 */
#define SENDER_IDENTITY_MAX 40
#define SENDER_STOP_MAX     60

enum sender_kind { SENDER_SHORT, SENDER_LONG, SENDER_ALPHANUMERIC };
const char *sender_kind_name(enum sender_kind kind); /* "short", "long", "alphanumeric" */

struct sender {
    const char *name;    /* of its section; the address where it has none */
    const char *address; /* what stands on the handset */
    enum sender_kind kind;
    bool promo, service;        /* what it may be used for; alerts count as service */
    const char *identity;       /* who we are in its texts; "": as for all */
    const char *stop, *stop_en; /* how to refuse, in French and in English; "": as for all */
};

/* All that the configuration says of senders. */
struct sender_book {
    const struct sender *senders;
    size_t n;
    const char *promo, *service; /* used when nothing else is asked for: an address, or a name */
    const char *identity;        /* "": none is added */
    const char *stop, *stop_en;  /* "STOP SMS": where the sender has no words of its own */
};

/* By its look: letters, at most six digits, or more. */
enum sender_kind sender_kind_of(const char *address);
/* May the address be a sender at all? */
enum rc sender_check(const char *address, struct error *err) MUST_CHECK;
bool sender_can_be_answered(const struct sender *sender);

/* What one may be used for about which nobody said anything. */
void sender_guess_purposes(struct sender *sender);

/*
 * The sender of a message: the one asked for by name or address, or that of its class when `asked`
 * is empty. One that is in no section is taken by its look. RC_INVALID: it is no sender, or not for
 * this class; err says so.
 */
enum rc sender_choose(const struct sender_book *book, const char *asked, enum message_class class,
                      struct sender *out, struct error *err) MUST_CHECK;

/* Its identity, and how to refuse in that language, with what holds for all filled in. */
const char *sender_identity(const struct sender_book *book, const struct sender *sender);
const char *sender_stop(const struct sender_book *book, const struct sender *sender,
                        const char *language);
