/*
 * spool.h - a partner's directories, and how a file goes through them without being lost or taken
 * while somebody still writes it.
 *
 * in/ is the partner's. A file there is copied to work/ (with its SHA-256, synced), becomes
 * work/<import id>.data once the database knows the import, and only then leaves in/. What is
 * parsed is the copy: a partner's open descriptor could still change the source. At the end the
 * copy moves to done/ or failed/. Nothing is ever written over.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/clock.h"
#include "channel/file/take_rules.h"

#define SPOOL_NAME_SIZE 256

enum box_part { BOX_IN, BOX_WORK, BOX_DONE, BOX_FAILED, BOX_OUT, BOX_PARTS };

struct drop_box {
    int fds[BOX_PARTS];      /* -1: not open */
    const atomic_bool *stop; /* true: what takes long gives up, RC_AGAIN. NULL: nobody says so */
};

/* Makes <root>/<partner>/{in,work,done,failed,out} where they are missing, and opens them. RC_AGAIN
 * with *err: it cannot be done now. */
enum rc drop_box_open(const char *root, const char *partner, struct drop_box *box,
                      struct error *err) MUST_CHECK;
void drop_box_close(struct drop_box *box);

struct spool_copy {
    char name[SPOOL_NAME_SIZE]; /* in in/ */
    enum take_complete complete;
    char marker[SPOOL_NAME_SIZE]; /* leaves in/ with it; "": none. For the caller to fill. */
    uint8_t sha256[32];
    uint64_t bytes;
    dev_t dev;
    ino_t ino;
    struct timespec mtime;
};

/* Copies in/<name> to work/. RC_AGAIN: it changed meanwhile, went away, or the disk is full. */
enum rc spool_copy(const struct drop_box *box, const char *name, enum take_complete complete,
                   struct spool_copy *copy, struct error *err) MUST_CHECK;
/* The same without copying, of a file that will be refused unread: the hash stands for its name,
 * size and time. */
enum rc spool_describe(const struct drop_box *box, const char *name, struct spool_copy *copy,
                       struct error *err) MUST_CHECK;
/* The same without copying, of a file of which only the hash is asked: has it `bytes` at all?
 * RC_NOTFOUND: there is none of that name and size. */
enum rc spool_hash(const struct drop_box *box, const char *name, uint64_t bytes,
                   struct spool_copy *copy, struct error *err) MUST_CHECK;
enum rc spool_open_copy(const struct drop_box *box, int *fd) MUST_CHECK; /* while it is nobody's */
/* The copy becomes the one of an import; synced. */
enum rc spool_keep(const struct drop_box *box, uint64_t import_id, struct error *err) MUST_CHECK;
/* The copy is that of no import: it goes to done/ as it is (the same content was taken before),
 * under `name` or one like it: shelved. */
enum rc spool_shelve(const struct drop_box *box, const char *name, char shelved[SPOOL_NAME_SIZE],
                     struct error *err) MUST_CHECK;
/* It is a copy again: its source could not be taken, and will be copied once more. */
void spool_unshelve(const struct drop_box *box, const char *shelved);
void spool_forget(const struct drop_box *box); /* throws the copy away */
/* Takes the source out of in/, unless the partner has put another file in its place. */
enum rc spool_take_source(const struct drop_box *box, const struct spool_copy *copy,
                          struct error *err) MUST_CHECK;
/* The source itself becomes what work/ has of an import: of a file that is refused unread. Only
 * name, marker and complete of `copy` are asked. */
enum rc spool_keep_source(const struct drop_box *box, const struct spool_copy *copy,
                          uint64_t import_id, struct error *err) MUST_CHECK;

/* The smallest import id above `after` that has a copy in work/. RC_NOTFOUND: none. */
enum rc spool_next_kept(const struct drop_box *box, uint64_t after, uint64_t *import_id) MUST_CHECK;
/* RC_NOTFOUND: there is no copy. */
enum rc spool_open(const struct drop_box *box, uint64_t import_id, int *fd) MUST_CHECK;
/* A name in done/ or failed/ for work/<id>.data: `wanted` (valid UTF-8), or one like it that is
 * free. */
void spool_final_name(const struct drop_box *box, uint64_t import_id, const char *wanted,
                      bool failed, char name[SPOOL_NAME_SIZE]);
/* work/<id>.data goes to done/ or failed/. RC_NOTFOUND: it did before. RC_CONFLICT: there is
 * another file of that name. */
enum rc spool_finish(const struct drop_box *box, uint64_t import_id, const char *name, bool failed,
                     struct error *err) MUST_CHECK;
/* The way back, if the file there still has this content. RC_NOTFOUND: it is not there. */
enum rc spool_fetch(const struct drop_box *box, uint64_t import_id, const char *name, bool failed,
                    const uint8_t sha256[32], struct error *err) MUST_CHECK;
/* At each start of a run, while no other is on its way from in/ to work/: what did not get to the
 * end of that way goes back to in/. */
void spool_put_back(const struct drop_box *box);
/* Once at the start: what a crash left half done in work/. */
void spool_tidy(const struct drop_box *box);
