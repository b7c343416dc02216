/* zone_shelf.h - the few time zones that the customers at hand live in, opened once each. */
#pragma once

#include <stddef.h>

#include "domain/local_time.h"

#define ZONE_SHELF_SIZE 8
#define ZONE_NAME_SIZE  41

struct zone_shelf {
    struct local_zone *house; /* for customers who have none of their own */
    struct {
        char name[ZONE_NAME_SIZE];
        struct local_zone *zone; /* NULL: the tz data does not know it */
    } places[ZONE_SHELF_SIZE];
    size_t n;
};

/* `house`: "Europe/Paris". Used by one thread at a time. */
enum rc zone_shelf_open(struct zone_shelf *shelf, const char *house, struct error *err) MUST_CHECK;
void zone_shelf_close(struct zone_shelf *shelf);
/* The zone of that name; that of the house when the name is empty or not known. It may be closed by
 * the next call for another name. */
struct local_zone *zone_shelf_get(struct zone_shelf *shelf, const char *name);
