/* intake_profiles.h - reads the directory of profiles, partner by partner. */
#pragma once

#include "channel/file/profile.h"

#define INTAKE_PROFILES_MAX 32 /* of one partner */

/* All profiles of one partner. When one of them is faulty, `faulty` says so: the partner's files
 * must wait, for they might be that one's. */
struct partner_profiles {
    char code[PARTNER_CODE_SIZE];
    struct profile *profiles[INTAKE_PROFILES_MAX]; /* in the order of their names */
    size_t n;
    char faulty[200]; /* "": none is */
};

/* In the order of the partners' codes; what is faulty is logged. A directory that cannot be read
 * has no partners. RC_FAIL: no memory. */
enum rc partner_profiles_load(const char *dir, struct partner_profiles **list,
                              unsigned *n) MUST_CHECK;
void partner_profiles_free(struct partner_profiles *list, unsigned n); /* NULL is fine */
