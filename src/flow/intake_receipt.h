/* intake_receipt.h - receipt files from what the database says of an import. Lane threads. */
#pragma once

#include "channel/file/profile.h"
#include "store/import.h"

struct db;

/* `out_dir`: the partner's out/. Again is fine: the receipt of an import has one name. */
enum rc intake_receipt(struct db *db, int out_dir, const struct profile *profile,
                       const struct import *imp, struct error *err) MUST_CHECK;
/* For a file that came again: `id` names this drop, `imp` is the import that took its content. */
enum rc intake_receipt_taken_before(int out_dir, uint64_t id, const char *file_name,
                                    utc_us received_at, const struct profile *profile,
                                    const struct import *imp, struct error *err) MUST_CHECK;
