/* route_bill.c - sums for each way of each route while counting; shared out at the end. */
#include "domain/route_bill.h"

#include "base/arena.h"
#include "domain/route.h"

#define MILLICENTS_A_CENT 1000

struct route_sums {
    uint64_t texts, segments;
    /* What these would cost if all of them left by this way: parts times millicents. With a choice
     * by order or cost, of those alone for which it is the first one. */
    int64_t millicents[ROUTE_WAYS_MAX];
    uint64_t way_segments[ROUTE_WAYS_MAX];
};

struct route_tally {
    const struct route_table *table;
    struct route_sums *routes; /* one for each of the table */
};

struct route_tally *route_tally_new(const struct route_table *table, struct arena *arena)
{
    struct route_tally *t = arena_alloc(arena, sizeof(*t));

    if (!t)
        return NULL;
    t->table = table;
    t->routes = arena_alloc(arena, table->n * sizeof(*t->routes));
    return t->routes ? t : NULL;
}

void route_tally_add(struct route_tally *t, const struct route_question *q, unsigned parts,
                     uint64_t times)
{
    const struct route *r = route_for(t->table, q);
    struct route_sums *sums = &t->routes[r - t->table->routes];
    unsigned char order[ROUTE_WAYS_MAX] = { 0 };
    size_t n = r->choice == ROUTE_BY_WEIGHT || r->n_ways == 0 ? r->n_ways : 1;
    uint64_t segments = parts * times;

    sums->texts += times;
    sums->segments += segments;
    route_order(t->table, r, q->address, order);
    for (size_t i = 0; i < n; i++) {
        size_t way = order[i];
        sums->way_segments[way] += segments;
        sums->millicents[way] +=
            (int64_t)segments * route_cost(t->table, r->ways[way].carrier, q->address);
    }
}

/* A part of a sum, by weight: what the weights so far come to, less what the others were given, so
 * that the shares add up to the sum. */
static uint64_t share(uint64_t sum, unsigned before, unsigned weight, unsigned whole)
{
    uint64_t each = sum / whole, rest = sum % whole;

    return each * weight + (rest * (before + weight) + whole / 2) / whole -
           (rest * before + whole / 2) / whole;
}

struct carrier_sums {
    uint64_t segments;
    int64_t millicents;
};

/* The route's segments and their cost, shared out among its carriers; returns the cost. */
static int64_t share_out(const struct route *r, const struct route_sums *sums,
                         struct carrier_sums *carriers)
{
    bool weighed = r->choice == ROUTE_BY_WEIGHT;
    unsigned before = 0, whole = 0;
    int64_t total = 0;

    for (size_t i = 0; i < r->n_ways; i++)
        whole += r->ways[i].weight;
    for (size_t i = 0; i < r->n_ways; i++) {
        struct carrier_sums *c = &carriers[r->ways[i].carrier];
        unsigned weight = r->ways[i].weight;
        uint64_t segments = sums->way_segments[i], cost = (uint64_t)sums->millicents[i];
        if (weighed) {
            segments = share(segments, before, weight, whole);
            cost = share(cost, 0, weight, whole);
        }
        before += weight;
        c->segments += segments;
        c->millicents += (int64_t)cost;
        total += (int64_t)cost;
    }
    return total;
}

/* Cents of one line after the other, rounded up; what was too much in one is missing in the next.
 */
static int64_t next_cents(int64_t *sum, int64_t millicents)
{
    int64_t before = (*sum + MILLICENTS_A_CENT - 1) / MILLICENTS_A_CENT;

    *sum += millicents;
    return (*sum + MILLICENTS_A_CENT - 1) / MILLICENTS_A_CENT - before;
}

/* The lines of the routes; what they come to by carrier is added to `carriers`. */
static void bill_routes(const struct route_tally *t, struct carrier_sums *carriers,
                        struct route_bill *bill)
{
    int64_t sum = 0;

    for (size_t i = 0; i < t->table->n; i++) {
        const struct route *r = &t->table->routes[i];
        const struct route_sums *sums = &t->routes[i];
        struct route_bill_line line = {
            .name = r->name,
            .texts = sums->texts,
            .segments = sums->segments,
            .refused = r->n_ways == 0,
        };
        if (sums->texts == 0)
            continue;
        line.cents = next_cents(&sum, share_out(r, sums, carriers));
        bill->refused += line.refused ? line.texts : 0;
        bill->segments += line.refused ? 0 : line.segments;
        bill->cents += line.cents;
        bill->routes[bill->n_routes++] = line;
    }
}

static void bill_carriers(const struct route_tally *t, const struct carrier_sums *carriers,
                          struct route_bill *bill)
{
    int64_t sum = 0;

    for (size_t i = 0; i < t->table->n_carriers; i++) {
        if (carriers[i].segments || carriers[i].millicents)
            bill->carriers[bill->n_carriers++] = (struct route_bill_line){
                .name = t->table->carriers[i].name,
                .segments = carriers[i].segments,
                .cents = next_cents(&sum, carriers[i].millicents),
            };
    }
}

enum rc route_tally_bill(const struct route_tally *t, struct arena *arena, struct route_bill *out)
{
    const struct route_table *table = t->table;
    struct carrier_sums *carriers = arena_alloc(arena, (table->n_carriers + 1) * sizeof(*carriers));
    struct route_bill bill = {
        .routes = arena_alloc(arena, table->n * sizeof(*bill.routes)),
        .carriers = arena_alloc(arena, (table->n_carriers + 1) * sizeof(*bill.carriers)),
    };

    if (!carriers || !bill.routes || !bill.carriers)
        return RC_FAIL;
    bill_routes(t, carriers, &bill);
    bill_carriers(t, carriers, &bill);
    *out = bill;
    return RC_OK;
}
