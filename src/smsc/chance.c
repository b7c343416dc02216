/* chance.c - see chance.h. */
#include "smsc/chance.h"

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t chance_mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* FNV-1a, 64 bits: documented for --log, so that a test can compute it again. */
uint64_t chance_hash(const void *data, size_t len)
{
    const uint8_t *p = data;
    uint64_t hash = 0xcbf29ce484222325u;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ p[i]) * 0x100000001b3u;
    return hash;
}

uint64_t chance_number(uint64_t seed, enum chance_question question, uint64_t about)
{
    return chance_mix(about ^ chance_mix(seed * 64 + (uint64_t)question));
}

int64_t chance_between(uint64_t number, int64_t min, int64_t max)
{
    if (max <= min)
        return min;
    return min + (int64_t)((number >> 16) % (uint64_t)(max - min + 1));
}
