/*
 * tally.h - which destinations got a message, and which got it twice. Exact, 8 bytes a destination.
 *
 * A number of up to 15 digits (all of E.164) fits into a word together with a bit for each of the
 * first twelve parts of a message, so that the parts of one long message are no doubles and a part
 * that comes again is one. Other addresses are counted by a hash of 47 bits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tally {
    uint64_t *slots;
    size_t cap;               /* a power of two */
    uint64_t destinations;    /* distinct ones */
    uint64_t doubled;         /* of these, how many got the same part again */
    uint64_t double_messages; /* messages (or parts) beyond the first */
    uint64_t uncounted;       /* came when the tally was full or out of memory */
};

enum tally_answer { TALLY_FIRST, TALLY_NEXT_PART, TALLY_DOUBLE, TALLY_UNCOUNTED };

#define TALLY_DIGITS 15

void tally_init(struct tally *t);
void tally_close(struct tally *t);
/* `part` of a long message from 1, or 0 for a whole message. */
enum tally_answer tally_add(struct tally *t, const char *destination, unsigned part);
/* Calls tell() for at most `max` doubled destinations; "" stands for one that is no number. */
void tally_each_double(const struct tally *t, size_t max,
                       void (*tell)(void *arg, const char *destination), void *arg);
