/*
 * route_bill.h - what many texts cost before they are sent, by route and by carrier. Pure.
 *
 * The bill says what is to be expected while every carrier is up: by weight each has its share, by
 * order or cost the first one has all. Shares are rounded so that the lines add up to the totals.
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
};

/* The table must outlive it. NULL: no memory. */
struct route_tally *route_tally_new(const struct route_table *table, struct arena *arena);
/* Counts a text of so many parts, `times` times. */
void route_tally_add(struct route_tally *t, const struct route_question *q, unsigned parts,
                     uint64_t times);
/* RC_FAIL: no memory. */
enum rc route_tally_bill(const struct route_tally *t, struct arena *arena,
                         struct route_bill *out) MUST_CHECK;
