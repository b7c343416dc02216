/* export_seal.c - the bytes that a page's signature is over. */
#include "control/export_seal.h"

#include <sodium.h>
#include <string.h>

#include "control/signing_key.h"

static const char seal_words[24] = "relais consent export 1";

static void put_number(unsigned char out[8], uint64_t v)
{
    for (int i = 0; i < 8; i++)
        out[i] = (unsigned char)(v >> (56 - 8 * i));
}

void export_seal_bytes(const struct export_seal *seal, unsigned char out[EXPORT_SEAL_BYTES])
{
    memcpy(out, seal_words, sizeof(seal_words));
    put_number(out + 24, seal->page);
    put_number(out + 32, seal->events);
    out[40] = seal->last;
    memcpy(out + 41, seal->previous, CONSENT_HASH_SIZE);
    memcpy(out + 41 + CONSENT_HASH_SIZE, seal->digest, CONSENT_HASH_SIZE);
}

void export_seal_hash(const unsigned char bytes[EXPORT_SEAL_BYTES],
                      const unsigned char signature[64], unsigned char out[CONSENT_HASH_SIZE])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, CONSENT_HASH_SIZE);
    crypto_generichash_update(&state, bytes, EXPORT_SEAL_BYTES);
    crypto_generichash_update(&state, signature, SIGNING_SIGNATURE_SIZE);
    crypto_generichash_final(&state, out, CONSENT_HASH_SIZE);
}
