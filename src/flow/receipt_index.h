/*
 * receipt_index.h - which message a carrier's message id belongs to, for the newest submits.
 *
 * Of a fixed size: the oldest entries give way, and what is not here any more is found in the
 * database. So memory does not grow with the number of receipts outstanding.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct receipt_index;

struct receipt_index *receipt_index_new(size_t capacity); /* a power of two; NULL: no memory */
void receipt_index_free(struct receipt_index *x);
/* The part of a message that an id belongs to. */
struct receipt_target {
    uint64_t message_id;
    uint8_t part;
    bool single; /* the message has no other */
};

/* Ids longer than 40 characters are not kept: the database finds them. */
void receipt_index_add(struct receipt_index *x, unsigned carrier_id, const char *smsc_message_id,
                       const struct receipt_target *target);
bool receipt_index_find(const struct receipt_index *x, unsigned carrier_id,
                        const char *smsc_message_id, struct receipt_target *target);
