/*
 * letter.h - a mail of the outbox as the bytes that go to a relay, and the addresses of ours in it.
 *
 * The same message makes the same mail, with the same Message-ID, whenever it is tried again.
 */
#pragma once

#include "domain/mail_token.h"
#include "store/outbox_mail.h"

struct buffer;

struct letter_settings {
    const char *from, *from_name; /* of the house; where the message's sender says no address */
    const char *domain;           /* of addresses with a token; "": there are none */
    const char *public_url;       /* "https://shop.example"; "": no one-click */
    const char *feedback_id;      /* "": none */
    uint8_t key[MAIL_TOKEN_KEY_SIZE];
};

/* Where what cannot be delivered comes back to. */
void letter_return_path(const struct letter_settings *s, uint64_t message_id,
                        char out[ADDRESS_SIZE]);
/* Adds the whole mail to `out`; if that is too small, out->full says so. RC_INVALID: it cannot be
 * said as it is. */
enum rc letter_write(struct db *db, const struct letter_settings *s, const struct outbox_mail *mail,
                     struct buffer *out) MUST_CHECK;
