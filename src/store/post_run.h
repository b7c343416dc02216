/* post_run.h - under which name this node notes what mails it has begun (flow/post_journal.h): the
 * notes are proof only if nothing was sent since that they do not know of. */
#pragma once

#include "base/rc.h"

struct db;

#define POST_RUN_SIZE 33 /* with its NUL */

/* "": none yet. */
enum rc post_run_read(struct db *db, char out[POST_RUN_SIZE]) MUST_CHECK;
enum rc post_run_set(struct db *db, const char *run) MUST_CHECK;
