/*
 * gateway_way.c - how much room there is, and by which carrier a message leaves.
 *
 * A carrier takes messages while it is up, wanted, open by its hours, below its daily cap, and has
 * room by its window, its rate and the rate that its refusals taught. One that owes answers for
 * longer than sms.failover is slow: others of the route are used before it. What is on its wire is
 * left there, so nothing is doubled.
 */
#include "flow/gateway_private.h"

/* Of every window a sixteenth is kept for urgent messages, so that promotions never fill it. */
#define RESERVE_SHARE 16

static bool limits_allow(const struct gateway_limits *l)
{
    return l->open && (!l->daily_cap || l->day_parts < l->daily_cap);
}

static unsigned cap_left(const struct gateway_limits *l)
{
    uint64_t left;

    if (!l->daily_cap)
        return UINT32_MAX;
    left = l->day_parts < l->daily_cap ? l->daily_cap - l->day_parts : 0;
    return left < UINT32_MAX ? (unsigned)left : UINT32_MAX;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static bool is_open(const struct gateway_carrier *c)
{
    return c->up && c->wanted == CARRIER_ON && limits_allow(&c->limits);
}

/* For what has begun to leave: nothing but the wire itself holds it up. */
static unsigned wire_room(struct gateway_carrier *c, int64_t now)
{
    return c->up ? least(smpp_carrier_room(c->smpp), pace_room(&c->pace, now)) : 0;
}

static unsigned carrier_room(struct gateway_carrier *c, enum gateway_urgency u, int64_t now)
{
    unsigned reserve = u == GATEWAY_PROMO ? c->window / RESERVE_SHARE : 0;
    unsigned taken = c->outstanding + reserve;

    if (!is_open(c) || taken >= c->window)
        return 0;
    return least(least(wire_room(c, now), c->window - taken), cap_left(&c->limits));
}

bool gateway_carrier_is_slow(const struct gateway_carrier *c, int64_t now)
{
    return c->outstanding &&
           now - c->answered_at > c->gateway->settings->failover_ms * USEC_PER_MSEC;
}

static struct gateway_carrier *way_carrier(const struct gateway *g, const struct route *r, size_t i)
{
    return g->carriers[r->ways[i].carrier];
}

static unsigned sender_room(struct gateway_sender *s, int64_t now)
{
    if (!s)
        return UINT32_MAX;
    if (!limits_allow(&s->limits))
        return 0;
    return least(bucket_room(&s->bucket, now), cap_left(&s->limits));
}

bool gateway_queue_is_shut(const struct gateway *g, const struct gateway_queue *q)
{
    if (q->held || (q->sender && !limits_allow(&q->sender->limits)))
        return true;
    for (size_t i = 0; i < q->route->n_ways; i++) {
        if (is_open(way_carrier(g, q->route, i)))
            return false;
    }
    return q->route->n_ways > 0;
}

/* By order and cost only one carrier's room counts: the next one's is for when it is in trouble. */
static unsigned ordered_room(struct gateway *g, const struct route *r, enum gateway_urgency u,
                             int64_t now)
{
    unsigned char order[ROUTE_WAYS_MAX];
    unsigned slow = 0;

    route_order(g->settings->routes, r, "", order);
    for (size_t i = 0; i < r->n_ways; i++) {
        struct gateway_carrier *c = way_carrier(g, r, order[i]);
        if (is_open(c) && !gateway_carrier_is_slow(c, now))
            return carrier_room(c, u, now);
        slow = slow ? slow : carrier_room(c, u, now);
    }
    return slow;
}

unsigned gateway_queue_room(struct gateway *g, struct gateway_queue *q, enum gateway_urgency u,
                            int64_t now)
{
    const struct route *r = q->route;
    unsigned room = 0;

    if (q->held)
        return 0;
    if (r->n_ways == 0)
        return OUTBOX_CLAIM_MAX; /* it refuses: that needs no wire */
    if (r->choice != ROUTE_BY_WEIGHT)
        return least(ordered_room(g, r, u, now), sender_room(q->sender, now));
    for (size_t i = 0; i < r->n_ways; i++)
        room += carrier_room(way_carrier(g, r, i), u, now);
    return least(room, sender_room(q->sender, now));
}

/* Smooth weighted round robin: each gains its weight, the one with most is taken and pays for all.
 */
static struct gateway_carrier *by_weight(struct gateway *g, struct gateway_queue *q,
                                         const bool usable[ROUTE_WAYS_MAX])
{
    const struct route *r = q->route;
    size_t best = ROUTE_WAYS_MAX;
    int sum = 0;

    for (size_t i = 0; i < r->n_ways; i++) {
        if (!usable[i])
            continue;
        q->current[i] += (int)r->ways[i].weight;
        sum += (int)r->ways[i].weight;
        if (best == ROUTE_WAYS_MAX || q->current[i] > q->current[best])
            best = i;
    }
    if (best == ROUTE_WAYS_MAX)
        return NULL;
    q->current[best] -= sum;
    return way_carrier(g, r, best);
}

/* The first that is neither down nor slow is waited for when its window is full: only its trouble
 * makes the next one's turn. */
static struct gateway_carrier *in_order(struct gateway *g, const struct flight *f,
                                        const bool usable[ROUTE_WAYS_MAX], int64_t now)
{
    const struct route *r = f->queue->route;
    unsigned char order[ROUTE_WAYS_MAX];
    struct gateway_carrier *slow = NULL;

    route_order(g->settings->routes, r, f->message->address, order);
    for (size_t i = 0; i < r->n_ways; i++) {
        struct gateway_carrier *c = way_carrier(g, r, order[i]);
        if (!is_open(c) || f->unable & 1u << order[i])
            continue;
        if (!gateway_carrier_is_slow(c, now))
            return usable[order[i]] ? c : NULL;
        if (!slow && usable[order[i]])
            slow = c;
    }
    return slow;
}

struct gateway_carrier *gateway_choose(struct gateway *g, const struct flight *f, int64_t now)
{
    struct gateway_queue *q = f->queue;
    enum gateway_urgency u = gateway_urgency_of(f);
    bool usable[ROUTE_WAYS_MAX] = { false };
    bool any_quick = false;

    if (f->carrier && flight_has_begun(f))
        return wire_room(f->carrier, now) ? f->carrier : NULL;
    if (!sender_room(q->sender, now))
        return NULL;
    for (size_t i = 0; i < q->route->n_ways; i++) {
        struct gateway_carrier *c = way_carrier(g, q->route, i);
        usable[i] = !(f->unable & 1u << i) && carrier_room(c, u, now);
        any_quick |= usable[i] && !gateway_carrier_is_slow(c, now);
    }
    if (q->route->choice != ROUTE_BY_WEIGHT)
        return in_order(g, f, usable, now);
    for (size_t i = 0; any_quick && i < q->route->n_ways; i++)
        usable[i] &= !gateway_carrier_is_slow(way_carrier(g, q->route, i), now);
    return by_weight(g, q, usable);
}

void gateway_sent(struct gateway_carrier *c, const struct flight *f, int64_t now)
{
    if (c->outstanding++ == 0)
        c->answered_at = now;
    pace_sent(&c->pace);
    c->limits.day_parts++;
    if (f->queue->sender) {
        bucket_take(&f->queue->sender->bucket);
        f->queue->sender->limits.day_parts++;
    }
}

void gateway_not_taken(struct gateway_carrier *c, const struct flight *f)
{
    if (c->limits.day_parts)
        c->limits.day_parts--;
    if (f->queue->sender && f->queue->sender->limits.day_parts)
        f->queue->sender->limits.day_parts--;
}
