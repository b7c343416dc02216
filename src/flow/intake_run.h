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

struct intake_run {
    const char *root;
    unsigned chunk_rows;
    const struct profile *profile;

    enum intake_step step;
    unsigned partner_id; /* 0: not known yet */
    bool tidied;         /* work/ was looked through after the start */
    bool claimed;        /* this process took the import from in/ */
    unsigned undo_failures;
    unsigned failures; /* of the import's current chunk, in a row */
    struct drop_box box;
    struct import imp;
    int fd;
    struct file_reader *reader;
    struct intake_pass *pass;
    uint64_t checked_rows;
    /* Numbers whose consent the chunks of the last step withdrew; the loop takes them. */
    char withdrawn[2 * IMPORT_CHUNK_MAX][E164_SIZE];
    size_t n_withdrawn;
    int64_t began_us; /* monotonic */
};

/* The texts and the profile must outlive it. */
void intake_run_init(struct intake_run *run, const char *root, const struct profile *profile,
                     unsigned chunk_rows);
void intake_run_close(struct intake_run *run);
/* RC_OK: go on. RC_NOTFOUND: nothing to do until a file comes. RC_AGAIN: try again later. */
enum rc intake_run_step(struct intake_run *run, struct db *db) MUST_CHECK;
