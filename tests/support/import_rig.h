/*
 * import_rig.h - a partner's files on a real database, for tests of what becomes of their rows: a
 * directory of its own, a profile of conf/partners/, and the steps of the intake until it rests.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "channel/file/profile.h"

struct db;

/* 2025-11-26T12:00:00Z: when the files come. */
#define IMPORT_RIG_NOW (INT64_C(1764158400) * 1000000)

int import_rig_set_up(void **state);
int import_rig_tear_down(void **state);

extern struct db *import_rig_db;
/* Of the files to come; a test may change it. */
extern struct profile *import_rig_profile;
void import_rig_use(const char *profile); /* "csv.statuses" */

/* Takes a file of this text to its end; RC_OK rows or not. */
void import_rig_take(const char *text);
/* The sample of tests/data/partner/, by the profile of its kind: "statuses.csv". */
void import_rig_take_sample(const char *name);
void import_rig_replay(void); /* the last file, once more from its beginning */

uint64_t import_rig_number(const char *sql);
const char *import_rig_text(const char *sql); /* of one row and column; "" when there is none */

/* What became of the rows of the last file. */
void assert_rows(uint64_t taken, uint64_t unchanged, uint64_t refused);
/* The code of the last file's only refused row. */
void assert_refused(const char *field, const char *code);
