/* route.c - prefixes, classes, categories; the longest tariff wins. */
#include "domain/route.h"

#include <stdio.h>
#include <string.h>

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool fits_address(const struct route *r, const char *address)
{
    for (size_t i = 0; i < r->n_prefixes; i++) {
        if (begins_with(address, r->prefixes[i]))
            return true;
    }
    return r->n_prefixes == 0;
}

static bool fits_category(const struct route *r, const char *category)
{
    for (size_t i = 0; category && i < r->n_categories; i++) {
        if (strcmp(category, r->categories[i]) == 0)
            return true;
    }
    return r->n_categories == 0;
}

const struct route *route_for(const struct route_table *t, const struct route_question *q)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct route *r = &t->routes[i];
        if ((r->classes == 0 || r->classes & 1u << q->class) && fits_address(r, q->address) &&
            fits_category(r, q->category))
            return r;
    }
    return &t->routes[t->n - 1];
}

void route_queue_name(const struct route_table *t, const struct route *route, const char *sender,
                      char *out)
{
    for (size_t i = 0; i < t->n_senders; i++) {
        if (strcmp(t->senders[i], sender) == 0) {
            snprintf(out, QUEUE_NAME_MAX + 1, "%s %s", route->name, sender);
            return;
        }
    }
    snprintf(out, QUEUE_NAME_MAX + 1, "%s", route->name);
}

const struct route *route_of_queue(const struct route_table *t, const char *queue, bool *gone)
{
    size_t len = strcspn(queue, " ");
    size_t i = 0;

    while (i < t->n &&
           (strlen(t->routes[i].name) != len || strncmp(t->routes[i].name, queue, len) != 0))
        i++;
    *gone = i == t->n;
    return &t->routes[*gone ? t->n - 1 : i];
}

int64_t route_cost(const struct route_table *t, unsigned carrier, const char *address)
{
    const struct route_carrier *c = &t->carriers[carrier];
    int64_t cost = c->millicents;
    size_t longest = 0;

    for (size_t i = 0; i < c->n_tariffs; i++) {
        size_t len = strlen(c->tariffs[i].prefix);
        if (len > longest && begins_with(address, c->tariffs[i].prefix)) {
            longest = len;
            cost = c->tariffs[i].millicents;
        }
    }
    return cost;
}

void route_order(const struct route_table *t, const struct route *route, const char *address,
                 unsigned char order[ROUTE_WAYS_MAX])
{
    for (size_t i = 0; i < route->n_ways; i++) {
        size_t at = i;
        int64_t cost =
            route->choice == ROUTE_BY_COST ? route_cost(t, route->ways[i].carrier, address) : 0;
        while (at > 0 && route->choice == ROUTE_BY_COST &&
               route_cost(t, route->ways[order[at - 1]].carrier, address) > cost) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = (unsigned char)i;
    }
}

int64_t route_expected_cost(const struct route_table *t, const struct route *route,
                            const char *address)
{
    unsigned char order[ROUTE_WAYS_MAX];
    int64_t sum = 0, weights = 0;

    if (route->n_ways == 0)
        return 0;
    if (route->choice != ROUTE_BY_WEIGHT) {
        route_order(t, route, address, order);
        return route_cost(t, route->ways[order[0]].carrier, address);
    }
    for (size_t i = 0; i < route->n_ways; i++) {
        sum += route_cost(t, route->ways[i].carrier, address) * route->ways[i].weight;
        weights += route->ways[i].weight;
    }
    return (sum + weights / 2) / weights;
}

/* Keeps `zones` sorted: longest first, those of one length by their digits, each once. */
static size_t add_zone(const char **zones, size_t n, const char *prefix)
{
    size_t len = strlen(prefix), at = 0;

    while (at < n &&
           (strlen(zones[at]) > len || (strlen(zones[at]) == len && strcmp(zones[at], prefix) < 0)))
        at++;
    if (at < n && strcmp(zones[at], prefix) == 0)
        return n;
    if (n == ROUTE_ZONES_MAX) {
        if (at == 0)
            return n;
        memmove(zones, zones + 1, (at - 1) * sizeof(*zones)); /* the longest makes room */
        zones[at - 1] = prefix;
        return n;
    }
    memmove(zones + at + 1, zones + at, (n - at) * sizeof(*zones));
    zones[at] = prefix;
    return n + 1;
}

size_t route_zones(const struct route_table *t, const char *zones[ROUTE_ZONES_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++) {
        for (size_t k = 0; k < t->routes[i].n_prefixes; k++)
            n = add_zone(zones, n, t->routes[i].prefixes[k]);
    }
    for (size_t i = 0; i < t->n_carriers; i++) {
        for (size_t k = 0; k < t->carriers[i].n_tariffs; k++)
            n = add_zone(zones, n, t->carriers[i].tariffs[k].prefix);
    }
    return n;
}

size_t route_zone_of(const char *const *zones, size_t n, const char *address)
{
    size_t i = 0;

    while (i < n && !begins_with(address, zones[i]))
        i++;
    return i;
}
