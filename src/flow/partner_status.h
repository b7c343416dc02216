/*
 * partner_status.h - a status file for a partner when it is due.
 *
 * What goes into it is a range of ids, noted before the file is begun; when the file is in out/,
 * the range is noted as told. So a crash in between writes the same file again, under the same
 * name, and each change is in one file. Lane threads.
 */
#pragma once

#include "flow/partner_expect.h"

enum rc partner_status_look(struct db *db, const char *root, struct partner_watch *watch,
                            utc_us now) MUST_CHECK;
