/*
 * intake_run.h - one partner's files, step by step, on a lane. Each step is short: a look, a copy,
 * a stretch of checking, or one chunk as one transaction.
 *
 * What must survive a crash is in work/ and in table import; the struct only saves looking there.
 * Any step that fails throws its half-done things away and begins again at INTAKE_START.
 */
#pragma once

#include "base/arena.h"
#include "channel/file/profile.h"
#include "channel/file/spool.h"
#include "flow/intake_desk.h"
#include "store/import.h"

struct db;
struct file_reader;

enum intake_step {
    INTAKE_START,  /* is there something in work/ to go on with? */
    INTAKE_CLAIM,  /* take the next file from in/ */
    INTAKE_CHECK,  /* read all of it, without effects */
    INTAKE_APPLY,  /* read it again, chunk by chunk */
    INTAKE_UNDO,   /* take back what an import did, chunk by chunk */
    INTAKE_FINISH, /* receipt; move to done/ or failed/ */
};

#define INTAKE_TROUBLE_SIZE 200

/* An import that cannot be gone on with until another one has ended (intake_document.c). */
struct intake_wait {
    uint64_t import_id, for_id; /* 0: none */
};

#define INTAKE_WAITS 64 /* when so many wait, the partner's other files do, too */

struct intake_run {
    struct intake_desk *desk; /* shared with the other runs over this partner's files */
    struct intake_desk own;   /* of a run that shares with none, */
    struct profile *alone;    /* and its profile */
    unsigned chunk_rows;
    const struct profile *profile; /* the one that reads the import at hand */
    /* Imports that the other runs are at work on, as the loop knows them. */
    uint64_t others[TAKE_AT_ONCE_MAX];
    size_t n_others;

    enum intake_step step;
    bool claimed; /* this process took the import from in/ */
    unsigned undo_failures;
    unsigned failures;  /* of the current chunk of this import, in a row */
    uint64_t failed_id; /* the import */
    uint64_t failing;   /* the import whose steps failed last, */
    unsigned failed;    /* and how many of them in a row */
    struct intake_wait waits[INTAKE_WAITS];
    struct drop_box box;
    struct import imp;
    int fd;
    struct file_reader *reader;
    struct intake_tally *tally; /* NULL: the profile has no limit */
    struct intake_pass *pass;
    uint64_t checked_rows;
    struct intake_refused *refused; /* the file of refused rows under way */
    bool refused_written;
    struct intake_receipt *receipt; /* the receipt under way */
    /* Numbers whose consent the chunks of the last step withdrew; the loop takes them. */
    char withdrawn[2 * IMPORT_CHUNK_MAX][E164_SIZE];
    size_t n_withdrawn;
    int64_t began_us; /* monotonic */
    /* For the loop, once the step is over. */
    struct spool_view view;                                       /* of in/ */
    char trouble[INTAKE_TROUBLE_SIZE], said[INTAKE_TROUBLE_SIZE]; /* what is in the way; logged */
};

/* The desk must outlive it. */
void intake_run_share(struct intake_run *run, struct intake_desk *desk);
/* A run alone over the files of one profile; it and `root` must outlive it. */
void intake_run_init(struct intake_run *run, const char *root, struct profile *profile,
                     unsigned chunk_rows);
void intake_run_close(struct intake_run *run);
/* RC_OK: go on. RC_NOTFOUND: nothing to do until a file comes. RC_AGAIN: try again later. */
enum rc intake_run_step(struct intake_run *run, struct db *db) MUST_CHECK;
