/*
 * mail_mark.h - what a mail that comes again is known by: a hash of its bytes and of the recipient
 * (BLAKE2b, 128 bits). Pure.
 *
 * An MTA whose connection broke before it had its answer sends the same bytes again, and whoever
 * had been answered for already may be among the recipients (RFC 2033, 5).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define MAIL_DIGEST_SIZE 32
#define MAIL_MARK_SIZE   16

/* Of all bytes, piece by piece. */
struct mail_digest;
struct mail_digest *mail_digest_new(void); /* NULL: no memory */
void mail_digest_add(struct mail_digest *d, const void *bytes, size_t n);
/* Frees it, too. */
void mail_digest_end(struct mail_digest *d, uint8_t out[MAIL_DIGEST_SIZE]);

/* Of all bytes at once. */
void mail_digest_of(const void *bytes, size_t n, uint8_t out[MAIL_DIGEST_SIZE]);

/* The recipient counts in whichever case it is written. */
void mail_mark_of(const uint8_t digest[MAIL_DIGEST_SIZE], const char *recipient,
                  uint8_t out[MAIL_MARK_SIZE]);
