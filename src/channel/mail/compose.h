/*
 * compose.h - one mail as the bytes that go to a relay (RFC 5322, MIME). Pure.
 *
 * The same mail makes the same bytes, whenever it is tried again.
 */
#pragma once

#include <stddef.h>

#include "base/clock.h"

struct buffer;

struct mail_attachment {
    const char *name;       /* NULL: none */
    const char *type;       /* "text/csv"; what is no type is sent as application/octet-stream */
    const char *content_id; /* of a picture that the HTML shows, without brackets; NULL: attached */
    const void *bytes;
    size_t size;
};

struct mail_message {
    const char *from, *to; /* addresses alone, as mail_address_normalise() spells them */
    const char *from_name; /* NULL or "": none */
    const char *subject, *text;
    const char *message_id; /* without brackets: letters, digits, '.', '-', '_' and one '@' */
    utc_us date;
    struct mail_attachment file;
};

/* How many bytes it comes to, at most. */
size_t mail_size_bound(const struct mail_message *m);
/* Adds it to `out`, whose limit should be at least that. */
void mail_compose(struct buffer *out, const struct mail_message *m);
