/*
 * compose.h - one mail as the bytes that go to a relay (RFC 5322, MIME). Pure.
 *
 * The same mail makes the same bytes, whenever it is tried again. Nothing in them needs SMTPUTF8 or
 * 8BITMIME.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

struct buffer;

struct mail_attachment {
    const char *name;
    const char *type;       /* "text/csv"; what is no type is sent as application/octet-stream */
    const char *content_id; /* of a picture that the HTML shows, without brackets; NULL: attached */
    const void *bytes;
    size_t size;
};

struct mail_message {
    const char *from, *to; /* addresses alone, as mail_address_normalise() spells them */
    const char *from_name; /* NULL or "": none */
    const char *reply_to;  /* an address alone; NULL or "": none */
    const char *subject, *text;
    const char *html;        /* the same as a document, UTF-8; NULL: the text is all there is */
    const char *message_id;  /* without brackets: letters, digits, '.', '-', '_' and one '@' */
    const char *in_reply_to; /* likewise, of the mail it answers, as it came; NULL or "": none */
    /* An address for one click (RFC 8058) and one to write to, without "mailto:"; NULL or "": none
     * of this kind. */
    const char *list_unsubscribe[2];
    const char *feedback_id; /* "soldes:promo:shop"; NULL or "": none */
    bool automatic;          /* no person wrote it: Auto-Submitted (RFC 3834) */
    utc_us date;
    const struct mail_attachment *files;
    size_t n_files;
};

/* How many bytes it comes to, at most. */
size_t mail_size_bound(const struct mail_message *m);
/* Adds it to `out`, whose limit should be at least that. */
void mail_compose(struct buffer *out, const struct mail_message *m);
