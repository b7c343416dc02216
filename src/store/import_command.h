/*
 * import_command.h - a person stops an import under way, lets it go on, or ends it.
 *
 * What is wanted is a row beside the import; whoever applies it looks before each chunk, on any
 * node, after any restart. So an import that is paused or cancelled has whole chunks behind it.
 */
#pragma once

#include "store/import.h"

enum import_wish { IMPORT_GO_ON, IMPORT_PAUSE, IMPORT_CANCEL };

/*
 * All of these go into the book of commands with `who`. RC_NOTFOUND: no such import. RC_CONFLICT
 * with `err`: its state is not one in which that can be asked, or it was asked before.
 */
enum rc import_pause(struct db *db, uint64_t id, const char *who, struct error *err) MUST_CHECK;
enum rc import_resume(struct db *db, uint64_t id, const char *who, struct error *err) MUST_CHECK;
enum rc import_cancel(struct db *db, uint64_t id, const char *who, struct error *err) MUST_CHECK;

/* Before the file is taken once more: what was wanted of an import that is over counts no more. */
enum rc import_wish_forget(struct db *db, uint64_t id) MUST_CHECK;
/* What is wanted of it now, and by whom. */
enum rc import_wish_read(struct db *db, const struct import *imp, enum import_wish *wish,
                         char who[65]) MUST_CHECK;
