/* relaisctl_show_gateway.c - queues, routes and carriers, as a person reads them. */
#include "relaisctl.h"

#include <stdio.h>
#include <string.h>

void show_carriers(const json_t *reply)
{
    static const struct column columns[] = {
        { "CARRIER", "name", 't', 0 },
        { "STATE", "state", 't', 0 },
        { "BOUND", "bound", 'n', 0 },
        { "OF", "sessions", 'n', 0 },
        { "WAITING FOR ANSWER", "outstanding", 'n', 0 },
        { "TO ACKNOWLEDGE", "unacked", 'n', 0 },
        { "PARTS TODAY", "today", 'n', 0 },
        { "", "note", 't', 0 },
    };

    show_table(json_object_get(reply, "carriers"), columns, 8, "No carrier is configured.");
}

void show_carrier_state(const json_t *reply)
{
    const char *state = get_text(reply, "state");
    const char *what = strcmp(state, "on") == 0        ? "is given messages again"
                       : strcmp(state, "drained") == 0 ? "is given no new messages; receipts and "
                                                         "replies still come"
                                                       : "is being disconnected, and stays away "
                                                         "until \"smsc start\"";

    printf("Carrier %s %s.\n", get_text(reply, "carrier"), what);
}

/* --- routes and what waits for them --- */

/* The texts of a list in one, with commas; `none` when it is empty. */
static json_t *join_texts(const json_t *list, const char *none)
{
    json_t *all = json_string(json_array_size(list) ? "" : none), *longer;
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        longer =
            json_sprintf("%s%s%s", json_string_value(all), i ? ", " : "", json_string_value(item));
        json_decref(all);
        all = longer;
    }
    return all;
}

/* "orange 3, sfr 1": the weights only where they count. */
static json_t *carriers_text(const json_t *route)
{
    bool weighed = strcmp(get_text(route, "choose"), "weight") == 0;
    json_t *names = json_array(), *text;
    const json_t *carrier;
    size_t i;

    json_array_foreach(json_object_get(route, "carriers"), i, carrier)
    {
        json_array_append_new(names, weighed ? json_sprintf("%s %lld", get_text(carrier, "name"),
                                                            (long long)get_int(carrier, "weight"))
                                             : json_string(get_text(carrier, "name")));
    }
    text = join_texts(names, "none: refused");
    json_decref(names);
    return text;
}

static const json_t *route_named(const json_t *reply, const char *name)
{
    const json_t *route;
    size_t i;

    json_array_foreach(json_object_get(reply, "routes"), i, route)
    {
        if (strcmp(get_text(route, "name"), name) == 0)
            return route;
    }
    return NULL;
}

/* A route is held when its own queue is; those of senders may be open all the same. */
static bool is_held(const json_t *reply, const char *route)
{
    const json_t *q;
    size_t i;

    json_array_foreach(json_object_get(reply, "queues"), i, q)
    {
        if (strcmp(get_text(q, "name"), route) == 0)
            return strcmp(get_text(q, "state"), "held") == 0;
    }
    return false;
}

/* Mails have no routes to choose from: a queue for each domain that has limits of its own, and
 * "mail" for the rest. They are held and released like routes, so they are shown like them. */
static void add_mail_routes(json_t *rows, const json_t *reply)
{
    const json_t *q;
    size_t i;

    json_array_foreach(json_object_get(reply, "queues"), i, q)
    {
        const char *name = get_text(q, "name"), *domain = strchr(name, ' ');
        if (strcmp(get_text(q, "channel"), "email") != 0)
            continue;
        json_array_append_new(
            rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", name, "to",
                            domain ? domain + 1 : "mail addresses", "classes", "all", "categories",
                            "all", "carriers", "the mail server", "choose", "", "state",
                            strcmp(get_text(q, "state"), "held") == 0 ? "HELD" : "open"));
    }
}

void show_route_list(const json_t *reply)
{
    static const struct column columns[] = {
        { "ROUTE", "name", 't', 0 },        { "TO", "to", 't', 30 },
        { "CLASSES", "classes", 't', 0 },   { "CATEGORIES", "categories", 't', 30 },
        { "CARRIERS", "carriers", 't', 0 }, { "CHOSEN BY", "choose", 't', 0 },
        { "STATE", "state", 't', 0 },
    };
    json_t *rows = json_array();
    const json_t *route;
    size_t i;

    json_array_foreach(json_object_get(reply, "routes"), i, route)
    {
        json_t *row = json_object();
        json_object_set_new(row, "name", json_string(get_text(route, "name")));
        json_object_set_new(row, "to", join_texts(json_object_get(route, "prefixes"), "all"));
        json_object_set_new(row, "classes", join_texts(json_object_get(route, "classes"), "all"));
        json_object_set_new(row, "categories",
                            join_texts(json_object_get(route, "categories"), "all"));
        json_object_set_new(row, "carriers", carriers_text(route));
        json_object_set_new(row, "choose", json_string(get_text(route, "choose")));
        json_object_set_new(row, "state",
                            json_string(is_held(reply, get_text(route, "name")) ? "HELD" : "open"));
        json_array_append_new(rows, row);
    }
    add_mail_routes(rows, reply);
    show_table(rows, columns, 7, "No route.");
    json_decref(rows);
}

/* "; by orange 3, sfr 1", and what is unusual about it. */
static void show_way(const json_t *reply, const json_t *q)
{
    const json_t *route = route_named(reply, get_text(q, "route"));
    json_t *carriers;

    if (!route)
        return;
    if (json_array_size(json_object_get(route, "carriers")) == 0) {
        fputs("; refused, since no carrier is on the route", stdout);
    } else {
        carriers = carriers_text(route);
        printf("; by %s%s", json_string_value(carriers),
               strcmp(get_text(route, "choose"), "cost") == 0 ? ", the cheapest first" : "");
        json_decref(carriers);
    }
    if (json_is_true(json_object_get(q, "route_gone")))
        printf(", as for route %s: its own is not in the configuration any more",
               get_text(route, "name"));
}

static void show_queue(const json_t *reply, const json_t *q, int width)
{
    const json_t *waiting = json_object_get(q, "waiting");
    int64_t alerts = get_int(waiting, "alert"), service = get_int(waiting, "service");
    int64_t promo = get_int(waiting, "promo"), paused = get_int(q, "paused");
    char at[20];

    printf("%-*s  ", width, get_text(q, "name"));
    if (alerts || service || promo || paused)
        printf("%lld %s, %lld service, %lld %s; %lld of paused campaigns", (long long)alerts,
               plural(alerts, "alert", "alerts"), (long long)service, (long long)promo,
               plural(promo, "promotion", "promotions"), (long long)paused);
    else
        fputs("empty", stdout);
    show_way(reply, q);
    puts(strcmp(get_text(q, "state"), "held") == 0 ? "; HELD by an operator" : "");
    if (*get_time(q, "oldest_due", at))
        printf("%-*s  waiting since %s UTC\n", width, "", at);
}

void show_queues(const json_t *reply)
{
    const json_t *list = json_object_get(reply, "queues"), *q;
    int width = 0;
    size_t i;

    json_array_foreach(list, i, q)
    {
        int len = (int)strlen(get_text(q, "name"));
        if (len > width)
            width = len;
    }
    json_array_foreach(list, i, q) show_queue(reply, q, width);
    if (json_object_get(reply, "mail_trouble"))
        puts("");
    show_mail_trouble(reply);
}

void show_route_state(const json_t *reply)
{
    bool held = strcmp(get_text(reply, "state"), "held") == 0;
    const long long changed = (long long)get_int(reply, "changed");

    printf("Route %s %s%s.\n", get_text(reply, "route"), held ? "is held" : "is open",
           changed ? "" : ", as it was before");
    if (changed > 1)
        printf("That is true of %lld queues, those whose names begin with it: relaisctl queue\n",
               changed);
}
