/* intake_receipt.h - receipt files from what the database says of an import. Lane threads. */
#pragma once

#include "channel/file/profile.h"
#include "store/import.h"

struct db;

struct intake_receipt; /* one that is being written: a stretch of refused rows a step */

/* `out_dir`: the partner's out/. Again is fine: the receipt of an import has one name. RC_AGAIN
 * with *err: not now. */
enum rc intake_receipt_begin(int out_dir, const struct profile *profile, const struct import *imp,
                             struct intake_receipt **receipt, struct error *err) MUST_CHECK;
/* *done: it is in out/ and whole. */
enum rc intake_receipt_step(struct intake_receipt *receipt, struct db *db, bool *done,
                            struct error *err) MUST_CHECK;
void intake_receipt_free(struct intake_receipt *receipt); /* NULL is fine */
/* For a file that came again: `id` names this drop, `imp` is the import that took its content. */
enum rc intake_receipt_taken_before(int out_dir, uint64_t id, const char *file_name,
                                    utc_us received_at, const struct profile *profile,
                                    const struct import *imp, struct error *err) MUST_CHECK;
