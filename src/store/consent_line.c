/*
 * consent_line.c - the canonical form of a line of the ledger.
 *
 * Each column is four bytes of length (big endian) and the value: numbers as eight bytes big
 * endian, times as microseconds since the epoch, the rest as UTF-8. Changing this breaks every
 * chain; what is added gets a new version, behind the columns of the versions before it. Lines of
 * two versions never read the same, for they have not the same number of columns.
 */
#include "store/consent_line.h"

#include <sodium.h>
#include <string.h>

static void put(crypto_generichash_state *hash, const void *data, size_t len)
{
    const unsigned char size[4] = { (unsigned char)(len >> 24), (unsigned char)(len >> 16),
                                    (unsigned char)(len >> 8), (unsigned char)len };

    crypto_generichash_update(hash, size, sizeof(size));
    crypto_generichash_update(hash, data, len);
}

static void put_text(crypto_generichash_state *hash, const char *text)
{
    put(hash, text, strlen(text));
}

static void put_u64(crypto_generichash_state *hash, uint64_t v)
{
    unsigned char bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(v >> (56 - 8 * i));
    put(hash, bytes, sizeof(bytes));
}

void consent_line_seal(const struct consent_line *line, unsigned char out[CONSENT_SEAL_SIZE])
{
    crypto_generichash_state seal;

    if (line->seal_len == CONSENT_SEAL_SIZE) {
        memcpy(out, line->seal, CONSENT_SEAL_SIZE);
        return;
    }
    crypto_generichash_init(&seal, line->seal, CONSENT_SALT_SIZE, CONSENT_SEAL_SIZE);
    put_text(&seal, line->address);
    put_text(&seal, line->wording);
    put_text(&seal, line->page);
    put_text(&seal, line->remote_address);
    crypto_generichash_final(&seal, out, CONSENT_SEAL_SIZE);
}

void consent_line_hash(const unsigned char prev[CONSENT_HASH_SIZE], const struct consent_line *line,
                       unsigned char out[CONSENT_HASH_SIZE])
{
    const bool sealed = line->version >= 3;
    unsigned char seal[CONSENT_SEAL_SIZE];
    crypto_generichash_state hash;

    crypto_generichash_init(&hash, NULL, 0, CONSENT_HASH_SIZE);
    put(&hash, prev, CONSENT_HASH_SIZE);
    put_u64(&hash, line->chain);
    put_u64(&hash, line->seq);
    put_u64(&hash, line->id);
    put_u64(&hash, line->customer_id);
    put_text(&hash, line->channel);
    put_text(&hash, line->purpose);
    put_text(&hash, line->state);
    put_text(&hash, sealed ? "" : line->address);
    put_u64(&hash, (uint64_t)line->at);
    put_u64(&hash, (uint64_t)line->recorded_at);
    put_text(&hash, line->source);
    put_text(&hash, line->source_ref);
    put_text(&hash, sealed ? "" : line->wording);
    if (line->version >= 2) {
        put_u64(&hash, line->version);
        put_text(&hash, line->sender);
        put_text(&hash, line->form);
        put_text(&hash, sealed ? "" : line->page);
        put_text(&hash, sealed ? "" : line->remote_address);
        put_text(&hash, line->recorded_by);
        put_text(&hash, line->request_ref);
        put_u64(&hash, (uint64_t)line->signed_at);
    }
    if (sealed) {
        consent_line_seal(line, seal);
        put(&hash, seal, sizeof(seal));
    }
    crypto_generichash_final(&hash, out, CONSENT_HASH_SIZE);
}

bool consent_line_is_odd(const struct consent_line *line)
{
    const bool told = *line->address || *line->wording || *line->page || *line->remote_address;

    switch (line->version) {
    case 1:
        return *line->sender || *line->form || *line->page || *line->remote_address ||
               *line->recorded_by || *line->request_ref || line->signed_at || line->seal_len;
    case 2:
        return line->seal_len != 0;
    case CONSENT_LINE_VERSION:
        return line->seal_len != CONSENT_SALT_SIZE && (line->seal_len != CONSENT_SEAL_SIZE || told);
    default:
        return true;
    }
}
