/* ways.c - JSON of routes and costs. It stands apart because the API, too, has things called
 * routes. */
#include "control/ways.h"

#include "domain/route.h"
#include "domain/route_bill.h"

static const char *choice_name(enum route_choice choice)
{
    static const char *const names[] = { "weight", "order", "cost" };

    return names[choice];
}

static json_t *texts_json(const char *const *texts, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_string(texts[i]));
    return list;
}

static json_t *classes_json(unsigned classes)
{
    json_t *list = json_array();

    for (int c = CLASS_ALERT; c <= CLASS_PROMO; c++) {
        if (classes & 1u << c)
            json_array_append_new(list, json_string(message_class_name((enum message_class)c)));
    }
    return list;
}

static json_t *carriers_of(const struct route_table *t, const struct route *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_ways; i++) {
        json_t *way = json_object();
        json_object_set_new(way, "name", json_string(t->carriers[r->ways[i].carrier].name));
        json_object_set_new(way, "weight", json_integer(r->ways[i].weight));
        json_array_append_new(list, way);
    }
    return list;
}

json_t *ways_routes(const struct route_table *t)
{
    json_t *list = json_array();

    for (size_t i = 0; i < t->n; i++) {
        const struct route *r = &t->routes[i];
        json_t *item = json_object();
        json_object_set_new(item, "name", json_string(r->name));
        json_object_set_new(item, "prefixes", texts_json(r->prefixes, r->n_prefixes));
        json_object_set_new(item, "classes", classes_json(r->classes));
        json_object_set_new(item, "categories", texts_json(r->categories, r->n_categories));
        json_object_set_new(item, "carriers", carriers_of(t, r));
        json_object_set_new(item, "choose", json_string(choice_name(r->choice)));
        json_array_append_new(list, item);
    }
    return list;
}

void ways_put_queue(json_t *item, const struct route_table *t, const char *queue)
{
    bool gone;
    const struct route *r = route_of_queue(t, queue, &gone);

    json_object_set_new(item, "route", json_string(r->name));
    json_object_set_new(item, "route_gone", json_boolean(gone));
}

/* --- bills --- */

static json_t *line_json(const struct route_bill_line *line)
{
    json_t *item = json_object();

    json_object_set_new(item, "name", json_string(line->name));
    json_object_set_new(item, "segments", json_integer((json_int_t)line->segments));
    json_object_set_new(item, "cost_cents", json_integer(line->cents));
    return item;
}

void ways_put_bill(json_t *object, const struct route_bill *bill)
{
    json_t *carriers = json_array(), *routes = json_array();

    for (size_t i = 0; i < bill->n_carriers; i++)
        json_array_append_new(carriers, line_json(&bill->carriers[i]));
    for (size_t i = 0; i < bill->n_routes; i++) {
        json_t *item = line_json(&bill->routes[i]);
        json_object_set_new(item, "messages", json_integer((json_int_t)bill->routes[i].texts));
        json_object_set_new(item, "refused", json_boolean(bill->routes[i].refused));
        json_array_append_new(routes, item);
    }
    json_object_set_new(object, "by_carrier", carriers);
    json_object_set_new(object, "by_route", routes);
}

/* --- one destination --- */

static const struct route *route_to(const struct route_table *t, const char *address,
                                    enum message_class class)
{
    return route_for(t, &(struct route_question){ .address = address, .class = class });
}

json_t *ways_route(const struct route_table *t, const char *address, enum message_class class)
{
    const struct route *r = route_to(t, address, class);
    json_t *item = json_object();

    json_object_set_new(item, "name", json_string(r->name));
    json_object_set_new(item, "choose", json_string(choice_name(r->choice)));
    json_object_set_new(item, "refused", json_boolean(r->n_ways == 0));
    return item;
}

static bool has_carrier(const struct route *r, size_t carrier)
{
    for (size_t i = 0; i < r->n_ways; i++) {
        if (r->ways[i].carrier == carrier)
            return true;
    }
    return false;
}

json_t *ways_costs(const struct route_table *t, const char *address, enum message_class class,
                   unsigned parts)
{
    const struct route *r = route_to(t, address, class);
    json_t *list = json_array();

    for (unsigned i = 0; i < t->n_carriers; i++) {
        json_t *item = json_object();
        json_object_set_new(item, "name", json_string(t->carriers[i].name));
        json_object_set_new(item, "cost_millicents",
                            json_integer((json_int_t)parts * route_cost(t, i, address)));
        json_object_set_new(item, "on_route", json_boolean(has_carrier(r, i)));
        json_array_append_new(list, item);
    }
    return list;
}

json_t *ways_expected(const struct route_table *t, const char *address, enum message_class class,
                      unsigned parts)
{
    const struct route *r = route_to(t, address, class);

    return r->n_ways ? json_integer((json_int_t)parts * route_expected_cost(t, r, address))
                     : json_null();
}
