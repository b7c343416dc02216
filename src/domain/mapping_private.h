/* mapping_private.h - what mapping.c and mapping_take.c share. */
#pragma once

#include "domain/mapping.h"

struct pattern;

struct mapping {
    const struct mapping_rules *rules;
    struct local_zone *zone;
    char known_zone[48];                   /* the last one found good: most rows say the same */
    struct pattern *patterns[FIELD_COUNT]; /* NULL: the profile has none for it */
};

/* One row under way. */
struct work {
    struct mapping *m;
    const struct raw_record *raw;
    struct arena *arena;
    struct partner_row *row;
    struct row_fault *fault;
    utc_us now;
    bool refused;
};

/* Returns RC_INVALID. The first fault of a row stands for it; the fields of the others are named
 * behind it. */
enum rc mapping_refuse(struct work *w, enum field f, const char *code, const char *text,
                       const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Takes a value that is there, to its place in the row: RC_INVALID refused, RC_FAIL no memory. */
typedef enum rc take_fn(struct work *w, enum field f, const char *text, void *out);

struct field_taker {
    enum field field;
    take_fn *take;
    size_t offset;
    bool is_text; /* a const char *, "" when nothing was said */
    bool cuts;    /* what is too long is cut, not refused */
};
/* One for each field but the house's own, in the order of work: a phone's region is the row's
 * country, an amount's unit its currency. */
#define FIELD_TAKERS FIELD_CUSTOM_FIRST
extern const struct field_taker field_takers[FIELD_TAKERS];
