/* route_bill.c - sums for each way of each route while counting; scaled and shared out at the end.
 */
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
    uint64_t texts;
    bool priced; /* a price was noted */
    int64_t segment_min, segment_max;
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

static void note_price(struct route_tally *t, int64_t millicents)
{
    if (!t->priced || millicents < t->segment_min)
        t->segment_min = millicents;
    if (!t->priced || millicents > t->segment_max)
        t->segment_max = millicents;
    t->priced = true;
}

void route_tally_add(struct route_tally *t, const struct route_question *q, unsigned parts)
{
    const struct route *r = route_for(t->table, q);
    struct route_sums *sums = &t->routes[r - t->table->routes];
    unsigned char order[ROUTE_WAYS_MAX] = { 0 };
    size_t n = r->n_ways;

    t->texts++;
    sums->texts++;
    sums->segments += parts;
    if (n == 0)
        return;
    note_price(t, route_expected_cost(t->table, r, q->address));
    route_order(t->table, r, q->address, order);
    if (r->choice != ROUTE_BY_WEIGHT)
        n = 1;
    for (size_t i = 0; i < n; i++) {
        size_t way = order[i];
        sums->way_segments[way] += parts;
        sums->millicents[way] +=
            (int64_t)parts * route_cost(t->table, r->ways[way].carrier, q->address);
    }
}

/* value * times / in, rounded; `in` is small, so that nothing overflows before the result does. */
static uint64_t scale(uint64_t value, uint64_t times, uint64_t in)
{
    return in ? value / in * times + (value % in * times + in / 2) / in : 0;
}

/* Rounds a running sum and gives each what is new in it, so that shares add up to the whole. */
struct rounding {
    uint64_t exact, given;
};

static uint64_t next_share(struct rounding *r, uint64_t more, uint64_t times, uint64_t in)
{
    uint64_t before = r->given;

    r->exact += more;
    r->given = scale(r->exact, times, in);
    return r->given - before;
}

/* Up to the next cent; what was rounded up in one line is missing in the next. */
static int64_t next_cents(struct rounding *r, int64_t millicents)
{
    uint64_t before = r->given;

    r->exact += (uint64_t)millicents;
    r->given = (r->exact + MILLICENTS_A_CENT - 1) / MILLICENTS_A_CENT;
    return (int64_t)(r->given - before);
}

struct carrier_sums {
    uint64_t segments;
    int64_t millicents;
};

/* What of a route's segments a way has, in the same unit for all of its ways. */
static uint64_t share_of(const struct route *r, const struct route_sums *sums, size_t way)
{
    return r->choice == ROUTE_BY_WEIGHT ? r->ways[way].weight : sums->way_segments[way];
}

/* The route's segments and their cost, shared out among its ways; returns the cost. */
static int64_t share_out(const struct route *r, const struct route_sums *sums, uint64_t segments,
                         uint64_t of, uint64_t texts, struct carrier_sums *carriers)
{
    struct rounding shares = { 0, 0 };
    uint64_t whole = 0;
    int64_t total = 0;

    for (size_t i = 0; i < r->n_ways; i++)
        whole += share_of(r, sums, i);
    for (size_t i = 0; i < r->n_ways; i++) {
        struct carrier_sums *c = &carriers[r->ways[i].carrier];
        int64_t cost = (int64_t)scale((uint64_t)sums->millicents[i], of, texts);
        if (r->choice == ROUTE_BY_WEIGHT)
            cost = (int64_t)scale((uint64_t)cost, share_of(r, sums, i), whole);
        c->segments += next_share(&shares, share_of(r, sums, i), segments, whole);
        c->millicents += cost;
        total += cost;
    }
    return total;
}

/* The lines of the routes; what they come to by carrier is added to `carriers`. */
static void bill_routes(const struct route_tally *t, uint64_t of, struct carrier_sums *carriers,
                        struct route_bill *bill)
{
    struct rounding texts = { 0, 0 }, segments = { 0, 0 }, cents = { 0, 0 };

    for (size_t i = 0; i < t->table->n; i++) {
        const struct route *r = &t->table->routes[i];
        const struct route_sums *sums = &t->routes[i];
        struct route_bill_line line = { .name = r->name, .refused = r->n_ways == 0 };
        if (sums->texts == 0)
            continue;
        line.texts = next_share(&texts, sums->texts, of, t->texts);
        line.segments = next_share(&segments, sums->segments, of, t->texts);
        line.cents = next_cents(&cents, share_out(r, sums, line.segments, of, t->texts, carriers));
        if (line.refused)
            bill->refused += line.texts;
        else
            bill->segments += line.segments;
        bill->cents += line.cents;
        bill->routes[bill->n_routes++] = line;
    }
}

static void bill_carriers(const struct route_tally *t, const struct carrier_sums *carriers,
                          struct route_bill *bill)
{
    struct rounding cents = { 0, 0 };

    for (size_t i = 0; i < t->table->n_carriers; i++) {
        if (carriers[i].segments || carriers[i].millicents)
            bill->carriers[bill->n_carriers++] = (struct route_bill_line){
                .name = t->table->carriers[i].name,
                .segments = carriers[i].segments,
                .cents = next_cents(&cents, carriers[i].millicents),
            };
    }
}

enum rc route_tally_bill(const struct route_tally *t, uint64_t of, struct arena *arena,
                         struct route_bill *out)
{
    const struct route_table *table = t->table;
    struct carrier_sums *carriers = arena_alloc(arena, (table->n_carriers + 1) * sizeof(*carriers));
    struct route_bill bill = {
        .routes = arena_alloc(arena, table->n * sizeof(*bill.routes)),
        .carriers = arena_alloc(arena, (table->n_carriers + 1) * sizeof(*bill.carriers)),
        .segment_min = t->segment_min,
        .segment_max = t->segment_max,
    };

    if (!carriers || !bill.routes || !bill.carriers)
        return RC_FAIL;
    bill_routes(t, of, carriers, &bill);
    bill_carriers(t, carriers, &bill);
    *out = bill;
    return RC_OK;
}
