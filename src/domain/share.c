/*
 * share.c - a keyed hash of 64 bits. Nothing secret hangs on it; it must only spread well whatever
 * the ids are: consecutive, multiples of a thousand, a few.
 */
#include "domain/share.h"

#include <ctype.h>

/* The finaliser of Stafford's variant 13 (as in SplitMix64): each bit in changes each bit out with
 * a probability of a half. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t hash_of(uint64_t campaign_id, enum share_use use, uint64_t customer_id)
{
    uint64_t key = mix(campaign_id + UINT64_C(0x9e3779b97f4a7c15));

    key = mix(key ^ ((uint64_t)use + 1) * UINT64_C(0xd1342543de82ef95));
    return mix(key + mix(customer_id + UINT64_C(0x632be59bd9b4e019)));
}

/* The hash as a fraction, times n: no remainder, so no number comes more often than another. */
static unsigned scale(uint64_t hash, unsigned n)
{
    return (unsigned)(((hash >> 32) * n) >> 32);
}

unsigned share_of(uint64_t campaign_id, enum share_use use, uint64_t customer_id)
{
    return scale(hash_of(campaign_id, use, customer_id), SHARE_WHOLE);
}

unsigned share_variant(uint64_t campaign_id, uint64_t customer_id, unsigned n)
{
    return scale(hash_of(campaign_id, SHARE_VARIANT, customer_id), n);
}

bool share_parse(const char *text, unsigned *out)
{
    unsigned value = 0, decimals = 0;
    const char *c = text;

    for (; isdigit((unsigned char)*c) && value <= SHARE_WHOLE; c++)
        value = value * 10 + (unsigned)(*c - '0');
    if (c == text)
        return false;
    if (*c == '.' || *c == ',') {
        for (c++; isdigit((unsigned char)*c) && decimals < 2; c++, decimals++)
            value = value * 10 + (unsigned)(*c - '0');
        if (!decimals)
            return false;
    }
    for (; decimals < 2; decimals++)
        value *= 10;
    while (*c == ' ')
        c++;
    if (c[0] != '%' || c[1] || value > SHARE_WHOLE)
        return false;
    *out = value;
    return true;
}
