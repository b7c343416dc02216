/*
 * intake_private.h - what the steps of a partner's file share: intake_start.c, intake_claim.c,
 * intake_apply.c and intake_finish.c have them, intake_run.c calls them. For flow/intake_*.c only.
 */
#pragma once

#include "flow/intake_run.h"

/* The steps. RC_OK: done, run->step says what is next. Others: see intake_run_step(). */
enum rc intake_start(struct intake_run *run, struct db *db) MUST_CHECK;
enum rc intake_claim(struct intake_run *run, struct db *db) MUST_CHECK;
enum rc intake_check(struct intake_run *run, struct db *db) MUST_CHECK;
enum rc intake_apply(struct intake_run *run, struct db *db) MUST_CHECK;
enum rc intake_undo(struct intake_run *run, struct db *db) MUST_CHECK;
enum rc intake_finish(struct intake_run *run, struct db *db) MUST_CHECK;

/* Whether a person has stopped the import: then *rc is what the step answers (paused: RC_AGAIN;
 * cancelled: RC_OK, it has failed and run->step says what is next). */
bool intake_heed(struct intake_run *run, struct db *db, enum rc *rc);

/* Goes on with run->imp, whose copy is in work/, in the state that it has. */
enum rc intake_go_on(struct intake_run *run) MUST_CHECK;
enum rc intake_begin_check(struct intake_run *run) MUST_CHECK;
enum rc intake_begin_apply(struct intake_run *run) MUST_CHECK;

/* At INTAKE_START: an import of the partner that is being undone comes first. */
enum rc intake_look_for_undo(struct intake_run *run, struct db *db) MUST_CHECK;
/* Whether the import at hand is one whose undoing was given up: other files go on. */
bool intake_undo_waits(struct intake_run *run);

/* Lets go of the import at hand; what is worth keeping is in work/ and in the database. */
void intake_let_go(struct intake_run *run);
/* Logs what is in the way, once for as long as it is; returns `rc`. */
enum rc intake_complain(struct intake_run *run, enum rc rc, const struct error *err);
void intake_set_trouble(struct intake_run *run, const char *text); /* for the status */
/* A file's name or a reader's fault as the database may have it: valid UTF-8 that fits. */
void intake_safe_text(char *out, size_t size, const char *text);

/* The copy in work/ from its beginning, in run->reader. */
enum rc intake_open_reader(struct intake_run *run) MUST_CHECK;
/* The whole file failed; next comes its receipt. */
enum rc intake_refuse_file(struct intake_run *run, struct db *db, const char *reason) MUST_CHECK;

struct intake_tally; /* intake_check.c: what the first pass counts; in run->tally */
void intake_tally_free(struct intake_tally *tally);
struct intake_pass; /* intake_apply.c: the second pass under way; in run->pass */
void intake_pass_free(struct intake_pass *pass);
/* Whether another run of this partner is at work on it. */
bool intake_is_at_hand(const struct intake_run *run, uint64_t import_id);

/* Where files are (intake_place.c). */
/* Files of imports that are to be done again come back to work/. One that is gone ends its import:
 * run->step is INTAKE_FINISH then. */
enum rc intake_bring_back(struct intake_run *run, struct db *db) MUST_CHECK;
/* An import whose copy is gone (and whose source is not in in/ any more) can never end well. */
enum rc intake_fail_lost(struct intake_run *run, struct db *db) MUST_CHECK;
/* After a crash between the import's commit and the source's leaving in/: it is the same drop. */
void intake_take_leftover_source(struct intake_run *run);
/* At the end: from work/ to done/ or failed/, under a name that table import knows first. */
enum rc intake_put_away(struct intake_run *run, struct db *db, bool failed,
                        struct error *err) MUST_CHECK;
