/*
 * spool_look.h - a look at a partner's in/: which files are complete by the partner's rules, and
 * which of them comes next.
 *
 * One look through the directory gives a batch of the next files in their order, so that a hundred
 * thousand files waiting are not a hundred thousand looks. What a look sees besides (how many wait,
 * since when) is for the status. Links, pipes and other oddities are moved to failed/ unread;
 * folders stay and are not looked into. Whatever stays there for a reason is said once in the log.
 */
#pragma once

#include "channel/file/spool.h"

enum spool_verdict {
    SPOOL_TAKE,      /* at least one profile takes files of its name */
    SPOOL_TOO_LARGE, /* larger than any of them allows */
    SPOOL_NOBODYS,   /* it has rested in in/ for refuse_after, and no profile's patterns name it */
};

struct spool_found {
    char name[SPOOL_NAME_SIZE]; /* its very bytes */
    enum spool_verdict verdict;
    bool late; /* see spool_look_put_last() */
    uint64_t bytes;
    utc_us came_at; /* when it was written or moved there, as the disk says */
};

/* What the last look saw. */
struct spool_view {
    uint64_t waiting; /* files of this partner in in/, complete or not */
    utc_us oldest_at; /* since when the oldest waits; 0: none */
    int64_t again_ms; /* by then another file may be complete that makes no event; 0: none */
};

struct spool_look;

/* `rules`: of the partner's profiles in the order of their names, all of which must outlive it.
 * `partner`: for the log. NULL: no memory. */
struct spool_look *spool_look_new(const char *partner, const struct take_rules *const *rules,
                                  size_t n);
void spool_look_free(struct spool_look *look); /* NULL is fine */
/* The next file to take. RC_NOTFOUND: none now. RC_AGAIN: in/ cannot be read. */
enum rc spool_look_next(struct spool_look *look, const struct drop_box *box,
                        struct spool_found *found) MUST_CHECK;
/* It could not be taken: for some minutes it comes behind the others, in the batches to come. */
void spool_look_put_last(struct spool_look *look, const char *name);
const struct spool_view *spool_look_view(const struct spool_look *look);
/* How a file of this name is known to be complete: by the rules of those profiles that take it. */
enum take_complete spool_look_complete(const struct spool_look *look, const char *name);
/* The marker that lies beside the file, for leaving in/ with it; "": none. */
void spool_look_marker(const struct spool_look *look, const struct drop_box *box, const char *name,
                       char marker[SPOOL_NAME_SIZE]);
/* A crash may have left the marker of a file that was taken at `taken_at`. */
void spool_look_tidy_marker(const struct spool_look *look, const struct drop_box *box,
                            const char *name, utc_us taken_at);
