/*
 * partner_schedule.h - what is done for a partner by the clock, and how far it got: one row a
 * profile and kind of work. A row is changed by compare-and-set on `done_at`, so what is due is
 * done once, whoever looks.
 */
#pragma once

#include "domain/types.h"

struct db;

enum schedule_what { SCHEDULE_STATUS_FILE, SCHEDULE_EXPECT };

struct partner_schedule {
    utc_us done_at; /* the last due time that was dealt with */
    /* Of status files: changes of orders, and of messages, up to these were told. */
    uint64_t last_id, last_message;
    uint64_t files;   /* written so far: the next one is one more */
    utc_us making_at; /* the file under way is that of this due time; 0: there is none */
    uint64_t making_to, making_to_message;
};

/* RC_NOTFOUND: nothing is known of it yet. */
enum rc schedule_get(struct db *db, const char *profile, enum schedule_what what,
                     struct partner_schedule *s) MUST_CHECK;
/* From here on: nothing before done_at and last_... of `s` counts. Again is fine. */
enum rc schedule_begin(struct db *db, const char *profile, enum schedule_what what,
                       unsigned partner_id, const struct partner_schedule *s) MUST_CHECK;
/* A status file is about to be written: making_... of `s`. RC_CONFLICT: another node was faster. */
enum rc schedule_making(struct db *db, const char *profile,
                        const struct partner_schedule *s) MUST_CHECK;
/* It is written, or nothing was to be written. RC_CONFLICT as above. */
enum rc schedule_made(struct db *db, const char *profile, const struct partner_schedule *s,
                      bool written) MUST_CHECK;
/* The hour has passed; `missing` (NULL: a file came): the text of alert file_missing about
 * `profile`, opened in the same transaction. RC_CONFLICT as above. */
enum rc schedule_expected(struct db *db, const char *profile, const struct partner_schedule *s,
                          utc_us due, const char *missing) MUST_CHECK;

/* --- what the work needs to know --- */

/* Names of the partner's files that were taken for this profile since then, the newest first;
 * each() says false when it has seen enough. */
enum rc schedule_files_since(struct db *db, unsigned partner_id, const char *profile, utc_us since,
                             bool (*each)(void *arg, const char *file_name), void *arg) MUST_CHECK;
/* When alert file_missing about `profile` was opened; 0: it is not open. */
enum rc schedule_missing_since(struct db *db, const char *profile, utc_us *opened_at) MUST_CHECK;
