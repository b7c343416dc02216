/* link_code.c - a Feistel network over 58 bits, its rounds keyed by SipHash. */
#include "store/link_code.h"

#include <string.h>

#include <sodium.h>

#define ROUNDS    10
#define HALF_BITS 29
#define HALF_MASK ((UINT64_C(1) << HALF_BITS) - 1)
#define BASE      62
#define ID_BITS   53 /* of a message: store/db.h */
#define N_BITS    4

static const char digits[BASE + 1] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static uint64_t scramble(const uint8_t key[LINK_CODE_KEY], unsigned round, uint64_t half)
{
    uint8_t in[9] = { (uint8_t)round }, out[crypto_shorthash_BYTES];
    uint64_t value = 0;

    for (unsigned i = 0; i < 8; i++)
        in[1 + i] = (uint8_t)(half >> (8 * i));
    crypto_shorthash(out, in, sizeof(in), key);
    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | out[i];
    return value & HALF_MASK;
}

static uint64_t shuffle(const uint8_t key[LINK_CODE_KEY], uint64_t value)
{
    uint64_t left = value >> HALF_BITS, right = value & HALF_MASK;

    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t next = left ^ scramble(key, round, right);
        left = right;
        right = next;
    }
    return left << HALF_BITS | right;
}

static uint64_t unshuffle(const uint8_t key[LINK_CODE_KEY], uint64_t value)
{
    uint64_t left = value >> HALF_BITS, right = value & HALF_MASK;

    for (unsigned round = ROUNDS; round-- > 0;) {
        uint64_t before = right ^ scramble(key, round, left);
        right = left;
        left = before;
    }
    return left << HALF_BITS | right;
}

void link_code_write(const uint8_t key[LINK_CODE_KEY], uint64_t message_id, unsigned n,
                     char out[LINK_CODE_LENGTH])
{
    uint64_t value = shuffle(key, message_id << (N_BITS + 1) | (uint64_t)n << 1);

    for (size_t i = LINK_CODE_LENGTH; i-- > 0; value /= BASE)
        out[i] = digits[value % BASE];
}

bool link_code_read(const uint8_t key[LINK_CODE_KEY], const char *text, size_t len,
                    uint64_t *message_id, unsigned *n)
{
    uint64_t value = 0;

    if (len != LINK_CODE_LENGTH)
        return false;
    for (size_t i = 0; i < len; i++) {
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
        if (!digit)
            return false;
        value = value * BASE + (uint64_t)(digit - digits); /* below 62^10 < 2^60 */
    }
    if (value >> (2 * HALF_BITS))
        return false;
    value = unshuffle(key, value);
    if ((value & 1) || !(value >> (N_BITS + 1)))
        return false;
    *message_id = value >> (N_BITS + 1);
    *n = (unsigned)(value >> 1) & (LINK_CODE_LINKS - 1);
    return true;
}
