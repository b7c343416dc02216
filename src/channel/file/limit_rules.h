/* limit_rules.h - section `limit` of a profile: how many faulty rows a file may have before none of
 * it is taken. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"

struct limit_keys { /* as it is written */
    struct config_head head;
    char *refuse_above;
};
#define LIMIT_KEYS 1
extern const struct config_key limit_table[LIMIT_KEYS];
/* For the table of a profile's sections. */
#define LIMIT_SECTION(at)                                                       \
    {                                                                           \
        "limit", limit_table, LIMIT_KEYS, sizeof(struct limit_keys), at, false, \
            "When a file is refused as a whole."                                \
    }

struct limit_rules {
    bool set;
    bool per_cent;
    uint64_t above; /* rows, or hundredths of a per cent */
};

/* "5 %", "0.5 %", "100"; "": no limit. */
enum rc limit_rules_take(const struct limit_keys *keys, const char *path, struct limit_rules *rules,
                         struct error *err) MUST_CHECK;
/* Whether `faults` of `rows` rows are too many. */
bool limit_is_passed(const struct limit_rules *rules, uint64_t faults, uint64_t rows);
/* "12 of 100 rows are faulty, and the limit is 5 %" */
#define LIMIT_WORDS_SIZE 120
void limit_words(const struct limit_rules *rules, uint64_t faults, uint64_t rows,
                 char out[LIMIT_WORDS_SIZE]);
