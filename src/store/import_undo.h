/*
 * import_undo.h - taking back what an import did, and taking its file once more.
 *
 * import_undo_begin() only asks for it: state undoing. The intake of the partner then goes through
 * the import's chunks, the last one first, each one transaction that carries its checkpoint; a
 * crash anywhere is gone on from. Then the import is undone (or failed, when it was undone because
 * it had too many faults).
 *
 * Undone is what nobody has changed since. What is left as it is, and why, is counted; so is what
 * was done: import_undo_counts().
 */
#pragma once

#include "store/import.h"

struct db;

/*
 * done, or failed after rows had been applied -> undoing; who asked for it is noted with it. `err`
 * says why not: RC_NOTFOUND, no such import; RC_CONFLICT, its state, or what undoing needs is no
 * longer kept.
 */
enum rc import_undo_begin(struct db *db, uint64_t id, const char *who,
                          struct error *err) MUST_CHECK;

/*
 * done, failed or undone -> checking, as if the file had just come: next_row 1, nothing counted, no
 * rejects, and nobody's wish for it. *imp is what it is now; the caller finds its file in done/ or
 * failed/ first. RC_NOTFOUND and RC_CONFLICT as above.
 */
enum rc import_replay(struct db *db, uint64_t id, const char *who, struct import *imp,
                      struct error *err) MUST_CHECK;

/* What undoing did, and what it left: one line each. */
struct import_undo_count {
    char what[32]; /* "orders_removed", or why something is left, "order_changed_since" */
    uint64_t n;
    bool left; /* it is one that was left */
};
#define IMPORT_UNDO_COUNTS_MAX 32
/* *n in: room, out: how many there are. None: it was never undone. */
enum rc import_undo_counts(struct db *db, uint64_t id, struct import_undo_count *list,
                           size_t *n) MUST_CHECK;
/* What a line says in English: "orders that had messages, and are kept". */
const char *import_undo_says(const char *what);

/* What import_undo_begin() would come to: all is done in one transaction that is rolled back. So
 * only the last `chunks` chunks are gone through; *cut: there are more, and `rows` are those seen.
 */
struct import_undo_trial {
    unsigned chunks;
    uint64_t rows;
    bool cut;
};
enum rc import_undo_try(struct db *db, uint64_t id, struct import_undo_trial *trial,
                        struct import_undo_count *list, size_t *n, struct error *err) MUST_CHECK;

/* --- for the intake --- */

/* An import of the partner that is being undone. RC_NOTFOUND: none is. */
enum rc import_undo_find(struct db *db, unsigned partner_id, struct import *imp) MUST_CHECK;
/* One chunk, one transaction. *over: there was none left, and the import is undone or failed.
 * RC_CONFLICT: another node is at it. */
enum rc import_undo_step(struct db *db, struct import *imp, bool *over) MUST_CHECK;

/* applying, in our turn -> undoing, and then failed: the file has too many faults, as `why` says.
 * When what was before is no longer kept, it fails at once, and says so: see imp->state. */
enum rc import_undo_refused(struct db *db, struct import *imp, const char *why) MUST_CHECK;

/* --- retention --- */

/* What imports finished before `before` would need to be undone is dropped, at most a batch; *n:
 * how many rows it was, 0: there are no more. */
enum rc import_undo_prune(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
