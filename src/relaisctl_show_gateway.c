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

static void show_queue(const json_t *q)
{
    const json_t *waiting = json_object_get(q, "waiting");
    char at[20];

    show_line(get_text(q, "name"), "%lld alerts, %lld service, %lld promotions; %lld paused%s",
              (long long)get_int(waiting, "alert"), (long long)get_int(waiting, "service"),
              (long long)get_int(waiting, "promo"), (long long)get_int(q, "paused"),
              strcmp(get_text(q, "state"), "held") == 0 ? "; HELD" : "");
    if (*get_time(q, "oldest_due", at))
        show_line("", "waiting since %s", at);
}

void show_queues(const json_t *reply)
{
    const json_t *q;
    size_t i;

    json_array_foreach(json_object_get(reply, "queues"), i, q) show_queue(q);
}

void show_route_state(const json_t *reply)
{
    bool held = strcmp(get_text(reply, "state"), "held") == 0;

    printf("Route %s %s%s.\n", get_text(reply, "route"), held ? "is held" : "is open",
           get_int(reply, "changed") ? "" : ", as it was before");
}
