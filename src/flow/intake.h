/*
 * intake.h - takes the files that partners drop, and answers each with a receipt file.
 *
 * <root>/<partner code>/ has in/ (the partner writes), work/ (our copy while we are at it), done/,
 * failed/ and out/ (receipts). A partner's files are taken one after the other; partners side by
 * side, on the lanes of `pool`, whose resource is a struct db.
 */
#pragma once

#include <stdint.h>

#include "base/rc.h"

struct event_base;
struct lane_pool;
struct intake;

struct intake_settings {
    const char *root;         /* the partners' directories */
    const char *profiles_dir; /* <partner code>.conf each */
    int64_t rescan_ms;        /* inotify is only a hint */
    unsigned chunk_rows;      /* rows a transaction, 1 to 1000 */
    /* On the loop, after each commit, for every number whose consent a row withdrew; may be NULL.
     */
    void (*withdrawn)(void *arg, const char *address);
    void *arg;
};

/*
 * Reads the profiles (one that is faulty is logged and its partner's files wait), makes the
 * directories, goes on with what a crash left, watches. `pool` and the settings' texts must outlive
 * it. NULL: no memory or no inotify.
 */
struct intake *intake_new(struct event_base *base, struct lane_pool *pool,
                          const struct intake_settings *settings);
/* Takes no more; what a lane has now ends with its chunk, the rest is for the next start. */
void intake_stop(struct intake *intake);
/* After intake_stop() and when the pool was freed (so that no job is out). NULL is fine. */
void intake_free(struct intake *intake);
