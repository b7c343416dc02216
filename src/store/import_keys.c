/* import_keys.c - see import_keys.h. */
#include "store/import_keys.h"

#include <stdio.h>
#include <string.h>

#include "store/db.h"

#define SHELF 10000 /* ids taken at a time */

void key_map_reset(struct key_map *map)
{
    map->n = 0;
    memset(map->cells, 0, sizeof(map->cells));
}

static size_t hash(const char *key)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * UINT64_C(1099511628211);
    return (size_t)(h ^ (h >> 32));
}

/* The cell that has the key, or the free one where it belongs. */
static size_t cell_of(const struct key_map *map, const char *key)
{
    size_t i = hash(key) % KEY_MAP_CELLS;

    while (map->cells[i] && strcmp(map->keys[map->cells[i] - 1], key) != 0)
        i = (i + 1) % KEY_MAP_CELLS;
    return i;
}

size_t key_map_add(struct key_map *map, const char *key)
{
    const size_t i = cell_of(map, key);

    if (!map->cells[i]) {
        map->keys[map->n++] = key;
        map->cells[i] = (uint16_t)map->n;
    }
    return map->cells[i] - 1u;
}

size_t key_map_find(const struct key_map *map, const char *key)
{
    const uint16_t cell = map->cells[cell_of(map, key)];

    return cell ? cell - 1u : KEY_NONE;
}

void keys_json_text(struct buffer *out, const char *before, const char *text)
{
    buffer_add_text(out, before);
    buffer_add_text(out, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buffer_printf(out, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            buffer_printf(out, "\\u%04x", (unsigned)*text);
        else
            buffer_add(out, text, 1);
    }
    buffer_add_text(out, "\"");
}

enum rc keys_json(struct buffer *out, const struct key_map *map)
{
    buffer_reset(out);
    buffer_add_text(out, "[");
    for (size_t i = 0; i < map->n; i++)
        keys_json_text(out, i ? "," : "", map->keys[i]);
    buffer_add_text(out, "]");
    return out->full ? RC_FAIL : RC_OK;
}

void keys_time_text(utc_us at, char out[KEYS_TIME_SIZE])
{
    const struct civil c = clock_civil(at);

    snprintf(out, KEYS_TIME_SIZE, "%04d-%02d-%02d %02d:%02d:%02d.%06d", c.year, c.month, c.day,
             c.hour, c.minute, c.second, (int)(at % USEC_PER_SEC));
}

enum rc id_shelf_fill(struct db *db, struct id_shelf *shelf, const char *kind, uint64_t wanted,
                      bool timed)
{
    uint64_t first;
    enum rc rc;

    if (!timed && shelf->end - shelf->next >= wanted)
        return RC_OK;
    rc = timed ? db_new_timed_ids(db, kind, wanted, &first) : db_new_ids(db, kind, SHELF, &first);
    if (rc)
        return rc;
    shelf->next = first;
    shelf->end = first + (timed ? wanted : SHELF);
    return RC_OK;
}
