/*
 * late_index.h - the parts that were given up as unknown a moment ago, by the token of their
 * submit: an answer that comes late still tells the carrier's message id. Of a fixed size; the
 * oldest give way.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct late_index;

struct late_part {
    uint64_t token, message_id; /* token 0: none */
    uint8_t part;
};

struct late_index *late_index_new(void); /* NULL: no memory */
void late_index_free(struct late_index *x);
void late_index_add(struct late_index *x, const struct late_part *part);
/* Takes it out. False: it is not there (any more). */
bool late_index_take(struct late_index *x, uint64_t token, struct late_part *part);
