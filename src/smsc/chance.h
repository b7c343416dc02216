/*
 * chance.h - randomness that can be repeated.
 *
 * Every choice is a hash of the scenario's seed, what is chosen about (the number of the submit, of
 * the bind, the destination) and which question is asked. So the same seed and the same submits
 * give the same faults, whatever the network's timing did in between.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The questions. Their order is part of what a seed means: add at the end. */
enum chance_question {
    CHANCE_STATUS_FAULT,
    CHANCE_OUTCOME,
    CHANCE_NO_RECEIPT,
    CHANCE_ECHO_REFERENCE,
    CHANCE_RESPONSE_DELAY,
    CHANCE_RECEIPT_DELAY,
    CHANCE_RECEIPT_FIRST,
    CHANCE_DUPLICATE_RECEIPT,
    CHANCE_LOST_RESPONSE,
    CHANCE_DUPLICATE_RESPONSE,
    CHANCE_STRAY_RESPONSE,
    CHANCE_GARBAGE,
    CHANCE_REFUSE_BIND,
    CHANCE_REPLY_STOP,
    CHANCE_REPLY_DELAY,
};

uint64_t chance_mix(uint64_t x); /* a permutation of all 64-bit numbers */
uint64_t chance_hash(const void *data, size_t len);
uint64_t chance_number(uint64_t seed, enum chance_question question, uint64_t about);

/* A probability as a part of 2^32, so that "never" and "always" are exact. */
#define CHANCE_ALWAYS (UINT64_C(1) << 32)
static inline bool chance_hits(uint64_t number, uint64_t probability)
{
    return (number >> 32) < probability;
}
/* From min to max, both included; min where max is smaller. */
int64_t chance_between(uint64_t number, int64_t min, int64_t max);
