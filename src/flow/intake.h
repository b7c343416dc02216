/*
 * intake.h - takes the files that partners drop, and answers each with a receipt file.
 *
 * <root>/<partner code>/ has in/ (the partner writes), work/ (our copy while we are at it), done/,
 * failed/ and out/ (receipts). All profiles of a partner share it. A partner's files are taken one
 * after the other, or as many at once as its profiles allow; partners side by side, on the lanes of
 * `pool`, whose resource is a struct db.
 */
#pragma once

#include <stdint.h>

#include "base/clock.h"
#include "base/rc.h"

struct event_base;
struct lane_pool;
struct intake;

struct intake_settings {
    const char *root;         /* the partners' directories */
    const char *profiles_dir; /* <partner code>.conf or <partner code>.<name>.conf each */
    int64_t rescan_ms;        /* inotify is only a hint */
    unsigned chunk_rows;      /* rows a transaction, 1 to 1000 */
    unsigned at_once;         /* files under way at a time, of all partners; 0: no bound */
    /* On the loop, after each commit, for every number whose consent a row withdrew; may be NULL.
     */
    void (*withdrawn)(void *arg, const char *address);
    void *arg;
};

/*
 * Reads the profiles (when one of a partner's is faulty, that is logged and all its files wait:
 * they might be that profile's), makes the directories, goes on with what a crash left, watches.
 * `pool` and the settings' texts must outlive it. NULL: no memory or no inotify.
 */
struct intake *intake_new(struct event_base *base, struct lane_pool *pool,
                          const struct intake_settings *settings);
/* Takes no more; what a lane has now ends with its chunk, the rest is for the next start. */
void intake_stop(struct intake *intake);
/* After intake_stop() and when the pool was freed (so that no job is out). NULL is fine. */
void intake_free(struct intake *intake);

/* --- how it goes, for the status: loop thread --- */

struct intake_partner {
    const char *code, *label; /* live as long as the intake */
    unsigned profiles;
    uint64_t waiting; /* files in in/, at the last look */
    utc_us oldest_at; /* since when the oldest waits; 0: none */
    unsigned at_work; /* files that are being read */
    uint64_t import;  /* one of them; 0: none */
    uint64_t last_import;
    char last_file[256], last_state[16]; /* of the last that ended since the start; "": none */
    utc_us last_at;
    char trouble[200]; /* what is in the way; "": nothing */
};

/* Partners in the order of their codes, those with a faulty profile among them. */
unsigned intake_partners(const struct intake *intake);
void intake_partner(const struct intake *intake, unsigned index, struct intake_partner *out);
/* All profiles, as they were read at the start: for any thread. They live as long as the intake. */
struct partner_profiles;
const struct partner_profiles *intake_profiles(const struct intake *intake, unsigned *n);
/* Logs which profiles are not as they were read at the start, and wait for a restart. */
void intake_tell_changed_profiles(const struct intake *intake);
/* Somebody changed something for this partner (an import is to be done again): looks soon. */
void intake_hint(struct intake *intake, const char *partner);
