/*
 * import_keys.h - the keys of a chunk's rows: which rows share one, and all of them as the JSON
 * that a look-up takes. For store/import_*.c only.
 */
#pragma once

#include "base/buffer.h"
#include "base/clock.h"
#include "base/rc.h"

struct db;

/* --- a text's place among the keys seen so far, from 0 --- */

#define KEY_MAP_CELLS 8192 /* twice what a chunk can have, and more */
#define KEY_MAP_MAX   2000
#define KEY_NONE      SIZE_MAX

struct key_map {
    const char *keys[KEY_MAP_MAX]; /* they must outlive the map */
    size_t n;
    uint16_t cells[KEY_MAP_CELLS]; /* place + 1; 0: free */
};

void key_map_reset(struct key_map *map);
/* The key's place; a new key takes the next one. */
size_t key_map_add(struct key_map *map, const char *key);
/* KEY_NONE: it is not there. */
size_t key_map_find(const struct key_map *map, const char *key);

/* --- JSON: an array of texts, or of arrays of texts and numbers --- */

#define KEYS_JSON_MAX ((size_t)4 << 20)

/* Adds the text in quotes; `before` what stands in front of it. */
void keys_json_text(struct buffer *out, const char *before, const char *text);
/* ["a","b"] of all keys. RC_FAIL: no memory, or too much. */
enum rc keys_json(struct buffer *out, const struct key_map *map) MUST_CHECK;

/* As a DATETIME(6) is compared with: "2026-11-23 08:30:00.000000". */
#define KEYS_TIME_SIZE 32
void keys_time_text(utc_us at, char out[KEYS_TIME_SIZE]);

/* --- ids, taken in stock before the transaction --- */

struct id_shelf {
    uint64_t next, end;
};
/* So that `wanted` are there. `timed`: of db_new_timed_ids(), and always new ones: what an earlier
 * chunk left over would carry that chunk's time. */
enum rc id_shelf_fill(struct db *db, struct id_shelf *shelf, const char *kind, uint64_t wanted,
                      bool timed) MUST_CHECK;
