/*
 * route.h - by which way a message leaves, and what that costs. Pure: no I/O, no clock.
 *
 * Routes are asked in their order; the first one that fits says which carriers may be used. The
 * last one of a table fits everything. A route without a way refuses what fits it.
 */
#pragma once

#include "domain/types.h"

#define ROUTE_WAYS_MAX  8
#define ROUTE_NAME_SIZE 49
#define ROUTES_MAX      64
#define ROUTE_ZONES_MAX 256
#define QUEUE_NAME_MAX  80 /* of a route, a space and a sender */

enum route_choice {
    ROUTE_BY_WEIGHT, /* over all that have room, in the proportion of their weights */
    ROUTE_BY_ORDER,  /* the first one; the next one when it is down or slow */
    ROUTE_BY_COST,   /* the same, the cheapest for the destination first */
};

struct route_way {
    unsigned carrier; /* its place in the table */
    unsigned weight;
};

struct route {
    const char *name;
    const char *const *prefixes; /* "+33"; none: every destination */
    size_t n_prefixes;
    unsigned classes;              /* a bit for each enum message_class; 0: every class */
    const char *const *categories; /* of the customer; none: every one */
    size_t n_categories;
    enum route_choice choice;
    struct route_way ways[ROUTE_WAYS_MAX];
    size_t n_ways;
};

struct route_tariff {
    const char *prefix;
    int64_t millicents; /* thousandths of a cent, a part */
};

struct route_carrier {
    const char *name;
    int64_t millicents; /* where no tariff fits */
    const struct route_tariff *tariffs;
    size_t n_tariffs;
};

struct route_table {
    const struct route *routes;
    size_t n;
    const struct route_carrier *carriers;
    size_t n_carriers;
    const char *const *senders; /* those with limits of their own: each has its own queues */
    size_t n_senders;
    const char *const
        *mail_domains; /* of mails: those with a rate of their own, domain/mail_route.h */
    size_t n_mail_domains;
};

struct route_question {
    const char *address; /* E.164 */
    enum message_class class;
    const char *category; /* "" or NULL: none is known */
};

const struct route *route_for(const struct route_table *t, const struct route_question *q);

/* The queue of a route's messages from a sender: the route's name, and the sender's where it has
 * limits of its own. `out` has QUEUE_NAME_MAX + 1 bytes. */
void route_queue_name(const struct route_table *t, const struct route *route, const char *sender,
                      char *out);

/* The route that a queue's messages leave by. One that the table has no more leaves by the last
 * route; then *gone is true. */
const struct route *route_of_queue(const struct route_table *t, const char *queue, bool *gone);

/* What a part to this destination costs by a carrier: the longest prefix of its tariffs that fits.
 * Thousandths of a cent. */
int64_t route_cost(const struct route_table *t, unsigned carrier, const char *address);
/* The same by a route: the carrier that comes first, or the mean by weight. 0: it refuses. */
int64_t route_expected_cost(const struct route_table *t, const struct route *route,
                            const char *address);
/*
 * The prefixes by which routes and tariffs tell destinations apart, each once, the longest first:
 * an address belongs to the first that it begins with. Returns how many; of more than
 * ROUTE_ZONES_MAX the shortest are kept.
 */
size_t route_zones(const struct route_table *t, const char *zones[ROUTE_ZONES_MAX]);
/* The zone of an address; n: it begins with none of them. */
size_t route_zone_of(const char *const *zones, size_t n, const char *address);
/* The ways of a route in the order in which they are to be tried for this destination. */
void route_order(const struct route_table *t, const struct route *route, const char *address,
                 unsigned char order[ROUTE_WAYS_MAX]);
