/*
 * import.h - what a partner's file does to the database.
 *
 * An import is begun (import_begin), checked without effects, then applied chunk by chunk, each one
 * transaction that carries its rows, its rejects and the checkpoint `next_row`. So a crash anywhere
 * leaves whole chunks behind, and the next run goes on from next_row.
 */
#pragma once

#include "domain/mapping.h"
#include "domain/match.h"

struct db;

enum import_state {
    IMPORT_CHECKING,
    IMPORT_APPLYING,
    IMPORT_DONE,
    IMPORT_FAILED,
    IMPORT_UNDOING, /* see import_undo.h */
    IMPORT_UNDONE
};
const char *import_state_name(enum import_state s);
/* The last one when there is none of that name. */
enum import_state import_state_of(const char *name);

#define IMPORT_NAME_SIZE     256
#define IMPORT_PROFILE_SIZE  81
#define IMPORT_DOCUMENT_SIZE 121
#define IMPORT_REASON_SIZE   501

/* One row of table import. */
struct import {
    uint64_t id;
    unsigned partner_id;
    char partner[33];
    char file_name[IMPORT_NAME_SIZE];
    uint8_t sha256[32];
    uint64_t bytes;
    enum import_state state;
    char reason[IMPORT_REASON_SIZE];
    uint64_t next_row; /* all rows before it were applied, and maybe a chunk behind it */
    unsigned run;      /* 1; more when the file was taken again */
    unsigned turn;     /* ours, from import_take_turn() */
    uint64_t rows_total, rows_taken, rows_unchanged, rows_refused;
    utc_us received_at, finished_at;
    unsigned node_id; /* the relaisd that has the copy; 0: not known, from before this was noted */
    char profile[IMPORT_PROFILE_SIZE]; /* its name; "": none would take it, or from before names */
    char document[IMPORT_DOCUMENT_SIZE]; /* the partner's own number of the file; "": not known */
    uint64_t same_as;                    /* the import that had this number first; 0: none */
    char source_name[IMPORT_NAME_SIZE];  /* the very bytes of its name in in/ */
    char final_name[IMPORT_NAME_SIZE];   /* in done/ or failed/; "": not there yet */
    utc_us dropped_at;                   /* when it came to in/; 0: not known */
};

/* The id of the partner with this code, made when it is new. */
enum rc import_partner(struct db *db, const char *code, const char *label, unsigned *id) MUST_CHECK;

enum rc import_new_id(struct db *db, uint64_t *id) MUST_CHECK;
/*
 * Records that a file was taken. `imp` gives all that is known of it: id, partner_id, profile,
 * names, sha256, bytes, times, and the state: checking, or failed with a reason for a file that
 * will not be read. RC_CONFLICT: this partner's content was taken before, *imp is now that import
 * (a failed one is not in the way: it is begun again under its old id, RC_OK; an undone one is not
 * either).
 */
enum rc import_begin(struct db *db, struct import *imp) MUST_CHECK;
/* Whether another node is at work on it, or was when it stopped: only that one has the copy. */
bool import_is_elsewhere(const struct db *db, const struct import *imp);
/* checking -> applying, once the whole file was read without a fault. */
enum rc import_checked(struct db *db, struct import *imp, uint64_t rows_total) MUST_CHECK;
/*
 * applying: it is our turn now, and *imp is what is committed. What anybody else has under way for
 * it (a process that was killed, another node) is waited for, or can no longer be committed.
 */
enum rc import_take_turn(struct db *db, struct import *imp) MUST_CHECK;
enum rc import_failed(struct db *db, struct import *imp, const char *reason) MUST_CHECK;
/* Notes which profile reads it; "": one has to be chosen. */
enum rc import_set_profile(struct db *db, struct import *imp, const char *profile) MUST_CHECK;
/* checking -> failed, as it has too many faults: rows_total and rows_refused of *imp are kept, and
 * the first faults, at most IMPORT_CHUNK_MAX. */
struct import_reject;
enum rc import_refused(struct db *db, struct import *imp, const struct import_reject *rejects,
                       size_t n, const char *reason) MUST_CHECK;
/* Notes where the file will lie, before it is moved there. */
enum rc import_set_final_name(struct db *db, struct import *imp, const char *name) MUST_CHECK;
enum rc import_done(struct db *db, struct import *imp) MUST_CHECK;

/* --- one chunk --- */

struct import_reject {
    uint64_t row_no, line;
    const char *field, *code, *value, *reason;
    const char *entry; /* of a packed file; NULL: there are none */
};

struct import_rules {
    enum file_kind kind;
    bool create_categories, create_sources, create_ranges;
    struct match_rules match;            /* of customers whose number is new */
    const struct mapping_rules *mapping; /* how values of the house's own fields are written; NULL:
                                          * there are none */
};

struct import_apply; /* what lives as long as one import is being applied: ids in stock, codes seen
                      */
struct import_apply *import_apply_new(const struct import_rules *rules);
void import_apply_free(struct import_apply *apply);

struct import_chunk {
    const struct partner_row *rows;
    size_t n_rows; /* at most IMPORT_CHUNK_MAX */
    const struct import_reject *rejects;
    size_t n_rejects;
    uint64_t next_row;  /* the checkpoint once this chunk is committed */
    uint64_t first_row; /* 0: the row at the checkpoint */
    bool ahead; /* it is applied ahead of rows before it: the checkpoint stays where it is */
};
#define IMPORT_CHUNK_MAX 1000

/* Applies a chunk and moves `imp` on, in one transaction; RC_CONFLICT: another node works on it. */
enum rc import_apply_chunk(struct db *db, struct import_apply *apply, struct import *imp,
                           const struct import_chunk *chunk) MUST_CHECK;
/* Whether two chunks that have no customer, order or address in common may be applied at the same
 * time: each with a connection, a struct import_apply and a struct import of its own. */
bool import_apply_in_pairs(const struct import_apply *apply);
/* Whether the rows may be about a customer whom rows of another chunk know by another number, so
 * that they are applied alone. */
enum rc import_apply_alone(struct db *db, struct import_apply *apply, const struct import *imp,
                           const struct partner_row *rows, size_t n, bool *alone) MUST_CHECK;
/*
 * In our turn: moves the checkpoint over what was applied behind it; then the rows of the chunk
 * that was applied ahead of others. *first == 0: there is none. Nothing may be applied ahead while
 * there is one: so there is never more than one.
 */
enum rc import_ahead(struct db *db, struct import *imp, uint64_t *first, uint64_t *next) MUST_CHECK;
/* The numbers whose consent the last chunk withdrew (or may have, if nobody knows whether it was
 * committed). */
void import_apply_withdrawn(const struct import_apply *apply,
                            void (*each)(void *arg, const char *number), void *arg);
