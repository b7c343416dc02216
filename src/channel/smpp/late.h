/*
 * late.h - submits of one connection that were given up as unknown, by sequence number: the carrier
 * may answer them yet. Bounded: a newer one takes the place of an old one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LATE_MAX 4096

struct late {
    struct late_slot *slots; /* NULL until the first */
};

void late_add(struct late *l, uint32_t sequence, uint64_t token);
/* Finds and forgets. false: none of that number. */
bool late_take(struct late *l, uint32_t sequence, uint64_t *token);
void late_clear(struct late *l);
