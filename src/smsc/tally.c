/*
 * tally.c - an open-addressing set of words: 51 bits of destination, 12 bits of parts, 1 bit
 * doubled.
 *
 * The destination is its digits behind a leading 1, so that 0612 and 612 differ: 2 * 10^15 at most,
 * and what is no such number is hashed into the 2.5 * 10^14 values above. Never 0, which is a free
 * slot.
 */
#include "smsc/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smsc/chance.h"

#define FIRST_CAP    (UINT64_C(1) << 16)
#define CAP_MAX      (UINT64_C(1) << 27) /* 100 million destinations in 1 GB */
#define PARTS        12
#define DOUBLED      UINT64_C(1)
#define PART_BIT(n)  (UINT64_C(2) << (n))
#define KEY_SHIFT    (PARTS + 1)
#define KEY_OF(slot) ((slot) >> KEY_SHIFT)
#define NUMBERS_END  (2 * UINT64_C(1000000000000000))
#define KEYS_END     (UINT64_C(1) << (64 - KEY_SHIFT))

void tally_init(struct tally *t)
{
    memset(t, 0, sizeof(*t));
}

void tally_close(struct tally *t)
{
    free(t->slots);
    tally_init(t);
}

static uint64_t key_of(const char *destination)
{
    uint64_t key = 1;
    size_t n = 0;

    for (; destination[n] >= '0' && destination[n] <= '9' && n < TALLY_DIGITS; n++)
        key = key * 10 + (uint64_t)(destination[n] - '0');
    if (!destination[n] && n > 0)
        return key;
    return NUMBERS_END + chance_hash(destination, strlen(destination)) % (KEYS_END - NUMBERS_END);
}

/* The slot of this key, or the free one where it belongs. */
static uint64_t *find(uint64_t *slots, size_t cap, uint64_t key)
{
    size_t i = chance_mix(key) & (cap - 1);

    while (slots[i] && KEY_OF(slots[i]) != key)
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

static bool make_room(struct tally *t)
{
    size_t cap = t->cap ? 2 * t->cap : FIRST_CAP;
    uint64_t *slots;

    if (t->destinations < t->cap / 4 * 3)
        return true;
    if (cap > CAP_MAX)
        return false;
    slots = calloc(cap, sizeof(*slots));
    if (!slots)
        return false;
    for (size_t i = 0; i < t->cap; i++) {
        if (t->slots[i])
            *find(slots, cap, KEY_OF(t->slots[i])) = t->slots[i];
    }
    free(t->slots);
    t->slots = slots;
    t->cap = cap;
    return true;
}

enum tally_answer tally_add(struct tally *t, const char *destination, unsigned part)
{
    uint64_t key = key_of(destination), bit, *slot;

    if (!make_room(t)) {
        t->uncounted++;
        return TALLY_UNCOUNTED;
    }
    /* Parts past the twelfth leave no trace: a doubled message shows in its first ones. */
    bit = part > PARTS ? 0 : PART_BIT(part > 0 ? part - 1 : 0);
    slot = find(t->slots, t->cap, key);
    if (!*slot) {
        *slot = key << KEY_SHIFT | bit;
        t->destinations++;
        return TALLY_FIRST;
    }
    if (!(*slot & bit)) {
        *slot |= bit;
        return TALLY_NEXT_PART;
    }
    t->double_messages++;
    if (!(*slot & DOUBLED))
        t->doubled++;
    *slot |= DOUBLED;
    return TALLY_DOUBLE;
}

void tally_each_double(const struct tally *t, size_t max,
                       void (*tell)(void *arg, const char *destination), void *arg)
{
    char digits[TALLY_DIGITS + 8];

    for (size_t i = 0; i < t->cap && max > 0; i++) {
        if (!(t->slots[i] & DOUBLED))
            continue;
        snprintf(digits, sizeof(digits), "%llu", (unsigned long long)KEY_OF(t->slots[i]));
        tell(arg, KEY_OF(t->slots[i]) < NUMBERS_END ? digits + 1 : "");
        max--;
    }
}
