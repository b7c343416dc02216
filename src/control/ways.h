/* ways.h - routes, carriers and what they cost, as the API tells them. */
#pragma once

#include <jansson.h>

#include "domain/types.h"

struct route_bill;
struct route_table;

/* Every route in the order in which they are asked: what takes it, and its carriers. */
json_t *ways_routes(const struct route_table *t);
/* The route that messages of this queue leave by: {"route": name}, and whether the queue's own is
 * not in the configuration any more. */
void ways_put_queue(json_t *item, const struct route_table *t, const char *queue);

/* Carriers and routes of a bill. */
void ways_put_bill(json_t *object, const struct route_bill *bill);

/* The route of a message to this destination, by name, and whether it refuses it. */
json_t *ways_route(const struct route_table *t, const char *address, enum message_class class);
/* What so many parts cost there: by each carrier, and whether that is one of the route. */
json_t *ways_costs(const struct route_table *t, const char *address, enum message_class class,
                   unsigned parts);
/* The same by the route, as it is to be expected; null where it refuses. */
json_t *ways_expected(const struct route_table *t, const char *address, enum message_class class,
                      unsigned parts);
