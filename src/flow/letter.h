/*
 * letter.h - the mail of a message: what was written for its customer, filled in to the last
 * address, as text and as HTML, with the files of its template and the headers of its class. Pure.
 *
 * The same message has the same Message-ID whenever it leaves, so that a relay, or whoever reads it
 * twice, can see that it is the same: r-TOKEN@domain, which is the address for answers, too, and
 * proves in the References of an answer what it answers.
 */
#pragma once

#include <stdbool.h>

#include "base/rc.h"
#include "domain/mail_token.h"

struct arena;
struct buffer;
struct template_file;

/* What all of them have in common. */
struct letter_house {
    const char *from, *from_name; /* from_name "": none */
    const char *domain;           /* of addresses with a token; "": there are none */
    const char *public_url;       /* of the page for unsubscribing, before "/u/"; "": none */
    const char *feedback_id;      /* who we are to mailbox providers; "": nothing is said */
    const char *accent;           /* of links and buttons, "#0b5fff"; NULL: that */
    uint8_t key[MAIL_TOKEN_KEY_SIZE];
};

struct letter_message {
    uint64_t id, campaign_id; /* campaign_id 0: a single one */
    enum message_class class;
    const char *address, *subject, *text; /* text: a source of domain/markup.h */
    const char *in_reply_to;              /* a Message-ID; NULL or "": it answers nothing */
    bool automatic;                       /* no person made it go out */
    utc_us date;                          /* when it leaves */
    const struct template_file *files;    /* with their bytes */
    size_t n_files;
};

/* Where what cannot be delivered comes back to: b-TOKEN@domain, or house->from. */
void letter_return_path(const struct letter_house *house, uint64_t id, char out[ADDRESS_SIZE]);
/* Adds it to `out`; `scratch` is for what is needed meanwhile. RC_INVALID: it is too large.
 * RC_FAIL: there is no memory. */
enum rc letter_compose(const struct letter_house *house, const struct letter_message *m,
                       struct arena *scratch, struct buffer *out) MUST_CHECK;
/* The text with its address for unsubscribing, in `arena`; NULL: no memory. */
char *letter_fill(const struct letter_house *house, uint64_t id, const char *text,
                  struct arena *arena);
