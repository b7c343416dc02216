/*
 * partner_view.h - the partners as they stand on the disk: their profiles, what is wrong with
 * these, and what lies in their directories. For the control port, on a lane: it reads the disk.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/rc.h"

#define PARTNER_VIEWS_MAX 1000
#define PARTNER_FILES_MAX 10000 /* counted in one directory */

struct profile_view {
    const char *file; /* "shop.invoices.conf" */
    const char *kind, *format;
    const char *fault;       /* "": none */
    const char *marker;      /* how names end that only say: that file is whole; "": none do */
    utc_us next_status_at;   /* when a status file goes; 0: none does, or not within a week */
    utc_us next_expected_at; /* by when a file must have come; 0 as above */
};

struct partner_view {
    const char *code, *label, *directory;
    bool label_is_own; /* of the profile with the code alone for a name */
    struct profile_view *profiles;
    size_t n_profiles;
    bool reachable;                  /* its directories are there */
    size_t waiting, failed, answers; /* files in in/ that are to be taken, in failed/ and in out/ */
    utc_us oldest;                   /* of those that wait: when it was written; 0: none */
};

/* In the order of their codes. RC_NOTFOUND: the directory of profiles cannot be read. */
enum rc partner_views(const char *root, const char *profiles, struct arena *arena,
                      struct partner_view **list, size_t *n) MUST_CHECK;
