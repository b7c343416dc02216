/*
 * mail_token.h - addresses of our own that name what they are about and cannot be made up: who
 * answers to one of them proves to have had the mail.
 *
 *   b-TOKEN@domain   where what cannot be delivered comes back to (VERP)
 *   r-TOKEN@domain   where answers go
 *   u-TOKEN@domain   unsubscribes whoever it was given to
 *   a-TOKEN@domain   answers to an alert of ours: settles it
 *   h-TOKEN@domain   where the house's own mails come back to
 *   n-TOKEN@domain   answers to a reminder: what somebody of the house did about it
 *
 * TOKEN is an id and a keyed hash of it and of the kind (BLAKE2b, 64 bits), in 26 letters and
 * digits of base 32 that are the same in upper and lower case, because mail systems change that.
 */
#pragma once

#include "domain/types.h"

enum mail_token_kind {
    MAIL_TOKEN_BOUNCE,      /* id: of a message */
    MAIL_TOKEN_REPLY,       /* id: of a message */
    MAIL_TOKEN_UNSUBSCRIBE, /* id: of a message */
    MAIL_TOKEN_ALERT,       /* id: of an alert */
    MAIL_TOKEN_HOUSE,       /* id: of mail_out */
    MAIL_TOKEN_NOTICE,      /* id: of a notice; in links, too */
    MAIL_TOKEN_KINDS
};

#define MAIL_TOKEN_KEY_SIZE 32 /* SECRET_SIZE; the secret's name is "mail" */
#define MAIL_TOKEN_SIZE     27 /* with its NUL */

void mail_token_write(const uint8_t key[MAIL_TOKEN_KEY_SIZE], enum mail_token_kind kind,
                      uint64_t id, char out[MAIL_TOKEN_SIZE]);
/* "r-k3m9...": what stands before the @. */
void mail_token_local(const uint8_t key[MAIL_TOKEN_KEY_SIZE], enum mail_token_kind kind,
                      uint64_t id, char out[MAIL_TOKEN_SIZE + 2]);
/* Of a local part of `len` bytes, in whichever case. False: it is none of ours. */
bool mail_token_read(const uint8_t key[MAIL_TOKEN_KEY_SIZE], const char *local, size_t len,
                     enum mail_token_kind *kind, uint64_t *id);
/* The same without its letter and '-': a token of this kind in a link. */
bool mail_token_read_as(const uint8_t key[MAIL_TOKEN_KEY_SIZE], enum mail_token_kind kind,
                        const char *text, size_t len, uint64_t *id);
