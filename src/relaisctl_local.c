/* relaisctl_local.c - the times of an answer as the clock on the wall of the house shows them. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "domain/local_time.h"
#include "relaisctl.h"

struct local_zone *house_zone(const json_t *reply)
{
    const char *name = get_text(reply, "timezone");
    struct local_zone *zone = NULL;

    return *name && local_zone_open(name, &zone, NULL) == RC_OK ? zone : NULL;
}

const char *house_zone_name(const json_t *reply, const struct local_zone *zone)
{
    return zone ? get_text(reply, "timezone") : "UTC";
}

const char *get_local(const json_t *object, const char *name, struct local_zone *zone, char buf[20])
{
    struct civil c = { 0 };

    if (!zone || sscanf(get_text(object, name), "%4d-%2d-%2dT%2d:%2d:%2d", &c.year, &c.month,
                        &c.day, &c.hour, &c.minute, &c.second) != 6)
        return get_time(object, name, buf);
    c = local_zone_civil(zone, clock_from_civil(&c));
    if (c.year < 0 || c.year > 9999)
        return get_time(object, name, buf);
    snprintf(buf, 20, "%04u-%02u-%02u %02u:%02u:%02u", (unsigned)c.year % 10000u,
             (unsigned)c.month % 100u, (unsigned)c.day % 100u, (unsigned)c.hour % 100u,
             (unsigned)c.minute % 100u, (unsigned)c.second % 100u);
    return buf;
}

json_t *local_rows(const json_t *reply, const char *list, const char *time, struct local_zone *zone,
                   json_t *(*say)(const json_t *reply, const json_t *row, const char *at))
{
    json_t *rows = json_deep_copy(json_object_get(reply, list)), *row;
    char buf[20];
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const char *at = get_local(row, time, zone, buf);

        if (*at)
            json_object_set_new(row, time, say ? say(reply, row, at) : json_sprintf("%.16s", at));
    }
    return rows;
}

#define HOUSE_COLUMNS_MAX 12

void show_house_table(const json_t *reply, const json_t *list, const struct column *columns,
                      size_t n, const char *none)
{
    struct local_zone *zone = house_zone(reply);
    struct column shown[HOUSE_COLUMNS_MAX];
    json_t *rows = json_deep_copy(list), *row;
    char buf[20];
    size_t i;

    for (size_t k = 0; k < n; k++) {
        shown[k] = columns[k];
        if (columns[k].kind != 'd')
            continue;
        shown[k].kind = 't';
        json_array_foreach(rows, i, row)
            json_object_set_new(row, columns[k].field,
                                json_sprintf("%.16s", get_local(row, columns[k].field, zone, buf)));
    }
    show_table(rows, shown, n, none);
    if (json_array_size(rows))
        printf("\nTimes are those of the clock in %s.\n", house_zone_name(reply, zone));
    json_decref(rows);
    local_zone_close(zone);
}
