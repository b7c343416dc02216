/*
 * campaign_member.h - who was given a message of a campaign, and who was sent it, as bits in rows
 * of 4,096 customers: a rule can then ask of a million customers without a million look-ups.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"

struct db;

#define MEMBER_CHUNK_SHIFT 12
#define MEMBER_BYTES       512 /* of the bits of a chunk */

/* SQL: is the customer's bit set in that column of a row (which may be NULL)? Bits behind a map's
 * end are not. */
#define MEMBER_HAS_BIT(column) \
    "COALESCE(ORD(SUBSTR(" column ", ((c.id & 4095) >> 3) + 1, 1)) >> (c.id & 7) & 1, 0)"

struct member {
    uint64_t campaign_id, customer_id;
};

enum member_of { MEMBER_QUEUED, MEMBER_SENT };

/* Part of the caller's transaction: sets the bits of these, in any order (it sorts the list). */
enum rc campaign_member_mark(struct db *db, enum member_of of, struct member *list,
                             size_t n) MUST_CHECK;
