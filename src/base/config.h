/*
 * config.h - configuration files as tables: one entry a key, and the parser, the reload, the
 * checks, the sample file and the manual page all read the same table. The only file that knows
 * libconfuse.
 *
 * A file has keys at its top level and sections; a section marked `many` has a title:
 *     database { socket = "/run/mysqld/mysqld.sock" }
 *     carrier "orange" { host = "127.0.0.1" port = 2775 }
 * Each section fills a struct. Durations are written "250ms", "30s", "5m", "2h", "7d" and kept in
 * milliseconds; sizes are written "64k", "10m", "2g" and kept in bytes. In double quotes, ${NAME}
 * and
 * ${NAME:-default} are taken from the environment (a variable that is not set and has no default is
 * a fault); single quotes keep the text as it is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

struct arena;

enum config_kind {
    CONFIG_TEXT,     /* char *; min and max bound its length in bytes */
    CONFIG_SECRET,   /* char *, never printed */
    CONFIG_INT,      /* int64_t */
    CONFIG_BOOL,     /* bool */
    CONFIG_DURATION, /* int64_t, milliseconds */
    CONFIG_SIZE,     /* int64_t, bytes */
    CONFIG_CHOICE,   /* int, the index into choices */
    CONFIG_LIST,     /* struct config_texts; min and max bound each item's length */
};

struct config_texts {
    char **items;
    size_t n;
};

struct config_key {
    const char *name;
    enum config_kind kind;
    size_t offset;              /* of the field in its section's struct */
    const char *def;            /* as a person would write it, without quotes, a list as "one, two";
                                   NULL: must be given in a section that is there */
    int64_t min, max;           /* both 0: no bounds */
    const char *const *choices; /* CONFIG_CHOICE, ends with NULL */
    bool live;                  /* taken over by a reload */
    const char *help;           /* what it does; may hold \n; becomes the sample's comment */
};

/* Every section's struct begins with this. */
struct config_head {
    char *title; /* of a `many` section, else NULL */
    int line;    /* where it was in the file; 0: it was not, all values are defaults */
};

struct config_section {
    const char *name; /* "": the keys outside any section */
    const struct config_key *keys;
    size_t n_keys;
    size_t size;   /* of the section's struct */
    size_t offset; /* in the whole: the struct itself, or for `many` a struct config_array */
    bool many;
    const char *help;
};

struct config_array {
    void *items; /* n structs of the section's size, in the order of the file */
    size_t n;
};

struct config_schema {
    const char *what; /* "relais.conf", for messages and the sample's first line */
    const struct config_section *sections;
    size_t n_sections;
};

/*
 * Reads the file at `path` into `out` (all of it, defaults included; zeroed by the caller); strings
 * live in `arena`. Callable from any thread, one file at a time. A file has at most 1 MiB.
 * RC_INVALID with "path:line: section.key: what was expected" for a fault; RC_NOTFOUND: no file.
 * `path` NULL: every default, as an empty file would give.
 */
enum rc config_load(const char *path, const struct config_schema *schema, struct arena *arena,
                    void *out, struct error *err) MUST_CHECK;

/* Names the keys that differ between two loaded configurations, one call each, with whether a
 * reload takes them over: "carrier.orange.host". A section that came or went is named
 * "carrier.orange". */
void config_changes(const struct config_schema *schema, const void *before, const void *after,
                    void (*tell)(void *arg, const char *key, bool live), void *arg);

void config_print_sample(const struct config_schema *schema, FILE *out);
void config_print_manual(const struct config_schema *schema, FILE *out); /* mdoc items */
