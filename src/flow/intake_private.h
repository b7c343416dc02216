/*
 * intake_private.h - what the steps of a partner's file share: intake_claim.c, intake_apply.c and
 * intake_finish.c have them, intake_run.c calls them. For flow/intake_*.c only.
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

/* Goes on with run->imp, whose copy is in work/, in the state that it has. */
enum rc intake_go_on(struct intake_run *run) MUST_CHECK;
enum rc intake_begin_check(struct intake_run *run) MUST_CHECK;
enum rc intake_begin_apply(struct intake_run *run) MUST_CHECK;

/* At INTAKE_START: an import of the partner that is being undone comes first. */
enum rc intake_look_for_undo(struct intake_run *run, struct db *db) MUST_CHECK;

/* Lets go of the import at hand; what is worth keeping is in work/ and in the database. */
void intake_let_go(struct intake_run *run);
/* Logs what is in the way; returns `rc`. */
enum rc intake_complain(const struct intake_run *run, enum rc rc, const struct error *err);
/* A file's name or a reader's fault as the database may have it: valid UTF-8 that fits. */
void intake_safe_text(char *out, size_t size, const char *text);

/* The copy in work/ from its beginning, in run->reader. */
enum rc intake_open_reader(struct intake_run *run) MUST_CHECK;
/* The whole file failed; next comes its receipt. */
enum rc intake_refuse_file(struct intake_run *run, struct db *db, const char *reason) MUST_CHECK;

struct intake_pass; /* intake_apply.c: the second pass under way; in run->pass */
void intake_pass_free(struct intake_pass *pass);
