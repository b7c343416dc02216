/*
 * route_bill.h - what many texts cost before they are sent, by route and by carrier. Pure.
 *
 * Texts are counted one by one, each with its destination; the bill is for all of them, or for the
 * many of which those counted are a sample. It says what is to be expected while every carrier is
 * up: by weight each has its share, by order or cost the first one has all. Shares are rounded so
 * that the lines add up to the totals.
 */
#pragma once

#include "domain/types.h"

struct arena;
struct route_question;
struct route_table;
struct route_tally;

struct route_bill_line {
    const char *name;
    uint64_t texts; /* of a route; 0 for a carrier */
    uint64_t segments;
    int64_t cents;
    bool refused; /* a route without carriers: its texts are not sent and cost nothing */
};

struct route_bill {
    struct route_bill_line *routes; /* those that some text takes, in the order of the table */
    size_t n_routes;
    struct route_bill_line *carriers; /* those that something is expected for */
    size_t n_carriers;
    uint64_t segments; /* without what is refused */
    int64_t cents;     /* rounded up */
    uint64_t refused;  /* texts */
    /* What one segment costs to the destinations that were counted: the least and the most, in
     * thousandths of a cent. */
    int64_t segment_min, segment_max;
};

/* The table must outlive it. NULL: no memory. */
struct route_tally *route_tally_new(const struct route_table *table, struct arena *arena);
void route_tally_add(struct route_tally *t, const struct route_question *q, unsigned parts);
/* The bill for `of` texts like those that were counted. RC_FAIL: no memory. */
enum rc route_tally_bill(const struct route_tally *t, uint64_t of, struct arena *arena,
                         struct route_bill *out) MUST_CHECK;
