/* mail_mark.c - see mail_mark.h. */
#include "domain/mail_mark.h"

#include <sodium.h>
#include <stdlib.h>

struct mail_digest {
    crypto_generichash_state state;
};

struct mail_digest *mail_digest_new(void)
{
    struct mail_digest *d = aligned_alloc(64, (sizeof(*d) + 63) / 64 * 64);

    if (d)
        crypto_generichash_init(&d->state, NULL, 0, MAIL_DIGEST_SIZE);
    return d;
}

void mail_digest_add(struct mail_digest *d, const void *bytes, size_t n)
{
    crypto_generichash_update(&d->state, bytes, n);
}

void mail_digest_end(struct mail_digest *d, uint8_t out[MAIL_DIGEST_SIZE])
{
    crypto_generichash_final(&d->state, out, MAIL_DIGEST_SIZE);
    free(d);
}

void mail_digest_of(const void *bytes, size_t n, uint8_t out[MAIL_DIGEST_SIZE])
{
    crypto_generichash(out, MAIL_DIGEST_SIZE, bytes, n, NULL, 0);
}

void mail_mark_of(const uint8_t digest[MAIL_DIGEST_SIZE], const char *recipient,
                  uint8_t out[MAIL_MARK_SIZE])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, MAIL_MARK_SIZE);
    crypto_generichash_update(&state, digest, MAIL_DIGEST_SIZE);
    for (; *recipient; recipient++) {
        const unsigned char c = (unsigned char)*recipient;

        crypto_generichash_update(&state, &(unsigned char){ c >= 'A' && c <= 'Z' ? c + 32 : c }, 1);
    }
    crypto_generichash_final(&state, out, MAIL_MARK_SIZE);
}
