/* node_beat.h - each relaisd says every few seconds that it is alive; the others, and its own next
 * start, see when it did not. */
#pragma once

#include "domain/types.h"

struct db;

#define NODE_HOST_SIZE 257
#define NODES_MAX      255

struct node_beat {
    unsigned node_id;
    char host[NODE_HOST_SIZE];
    utc_us started_at, beat_at;
    utc_us stopped_at; /* in order; 0: it runs, or ended without a word */
};

/* How this node was seen last. RC_NOTFOUND: never. */
enum rc node_beat_read(struct db *db, struct node_beat *last) MUST_CHECK;
enum rc node_beat_start(struct db *db, const char *host) MUST_CHECK;
enum rc node_beat_again(struct db *db) MUST_CHECK;
enum rc node_beat_stop(struct db *db) MUST_CHECK;
/* All nodes that there ever were, by number. */
enum rc node_beats_read(struct db *db, struct node_beat list[NODES_MAX], size_t *n) MUST_CHECK;
