/*
 * take_rules.h - section take { } of a partner's profile: which files in in/ are this profile's,
 * when one is complete, in which order they are taken, and how large they may be.
 */
#pragma once

#include "base/config.h"
#include "channel/file/archive.h"

enum take_complete {
    TAKE_CLOSED, /* nobody has it open for writing */
    TAKE_RENAME, /* its name says so: the partner writes under another one */
    TAKE_MARKER, /* a marker file lies beside it */
    TAKE_STABLE, /* neither its size nor its time changed for a while */
};

enum take_order { TAKE_OLDEST, TAKE_BY_NAME, TAKE_BY_NUMBER };

#define TAKE_AT_ONCE_MAX  16
#define TAKE_PATTERNS_MAX 32
#define TAKE_MARKER_SIZE  33

struct take_rules {
    struct config_texts patterns;
    enum take_complete complete;
    char marker[TAKE_MARKER_SIZE];
    int64_t stable_for_ms, min_age_ms, refuse_after_ms;
    enum take_order order;
    unsigned at_once;
    uint64_t max_bytes;
    struct archive_limits archive;
};

/* The section as it is written; TAKE_SECTION is its line in profile.c's list of sections, `offset`
 * where the struct lies in what is read there. */
struct take_keys {
    struct config_head head;
    struct config_texts files;
    char *marker;
    int complete, order;
    int64_t stable_for_ms, min_age_ms, refuse_after_ms;
    int64_t at_once, max_bytes, unpack_ratio, unpack_bytes, unpack_entries;
};
#define TAKE_KEYS_N 12
extern const struct config_key take_table[TAKE_KEYS_N];
#define TAKE_SECTION(offset)                                                              \
    {                                                                                     \
        "take", take_table, TAKE_KEYS_N, sizeof(struct take_keys), (offset), false,       \
            "Which files are this profile's, and when and in which order they are taken." \
    }

/* What the keys must say together. RC_INVALID with "path:line: take.key: expected ...". The texts
 * stay those of `keys`. */
enum rc take_rules_read(const struct take_keys *keys, const char *path, struct take_rules *rules,
                        struct error *err) MUST_CHECK;
/* Whether a file of this name is one of theirs. */
bool take_rules_match(const struct take_rules *rules, const char *name);
/* Whether it takes files of any name: it has no pattern but "*". */
bool take_rules_any(const struct take_rules *rules);
/* By number: runs of digits are compared as numbers, so that "orders-9" comes before "orders-10".
 */
int take_compare_numbers(const char *a, const char *b);
