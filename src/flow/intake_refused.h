/*
 * intake_refused.h - the refused rows of an import as a file to be corrected, written by reading
 * our copy once more and picking the rows that the database says were refused. Both are in the
 * order of the file, so neither is kept. Lane threads.
 */
#pragma once

#include "channel/file/profile.h"
#include "store/import.h"

struct db;
struct intake_refused;

/* `fd`: the copy, the caller's, open as long as this is. RC_AGAIN with *err: not now. */
enum rc intake_refused_begin(int out_dir, int fd, const struct profile *profile,
                             const struct import *imp, struct intake_refused **refused,
                             struct error *err) MUST_CHECK;
/* A stretch of the file. *done: the refused file is in out/ and whole. */
enum rc intake_refused_step(struct intake_refused *refused, struct db *db, bool *done,
                            struct error *err) MUST_CHECK;
void intake_refused_free(struct intake_refused *refused); /* NULL is fine */
