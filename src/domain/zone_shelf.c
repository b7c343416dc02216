/* zone_shelf.c - opening a zone costs as much as a thousand looks at its clock. */
#include "domain/zone_shelf.h"

#include <stdio.h>
#include <string.h>

enum rc zone_shelf_open(struct zone_shelf *shelf, const char *house, struct error *err)
{
    *shelf = (struct zone_shelf){ .n = 0 };
    return local_zone_open(house, &shelf->house, err);
}

void zone_shelf_close(struct zone_shelf *shelf)
{
    for (size_t i = 0; i < shelf->n && i < ZONE_SHELF_SIZE; i++)
        local_zone_close(shelf->places[i].zone);
    local_zone_close(shelf->house);
    *shelf = (struct zone_shelf){ .n = 0 };
}

struct local_zone *zone_shelf_get(struct zone_shelf *shelf, const char *name)
{
    size_t i, held = shelf->n < ZONE_SHELF_SIZE ? shelf->n : ZONE_SHELF_SIZE;

    if (!*name || strlen(name) >= ZONE_NAME_SIZE)
        return shelf->house;
    for (i = 0; i < held && strcmp(shelf->places[i].name, name) != 0; i++)
        ;
    if (i == held) { /* a full shelf gives up its places in turn */
        i = shelf->n++ % ZONE_SHELF_SIZE;
        if (held == ZONE_SHELF_SIZE)
            local_zone_close(shelf->places[i].zone);
        snprintf(shelf->places[i].name, ZONE_NAME_SIZE, "%s", name);
        shelf->places[i].zone = NULL;
        if (local_zone_open(name, &shelf->places[i].zone, NULL))
            shelf->places[i].zone = NULL;
    }
    return shelf->places[i].zone ? shelf->places[i].zone : shelf->house;
}
