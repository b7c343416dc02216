/*
 * migrate.h - brings a database to the schema of this program: sql/NNNN-name.sql, in order, each
 * once.
 *
 * What was applied stands in the table schema_migration with a checksum. Two nodes that start
 * together do not disturb each other: one works under a lease, the other waits. DDL cannot be
 * rolled back, so every statement done is counted: a migration that stopped half way is never run
 * again by itself, it is refused with a sentence that says where it stopped and what to do.
 */
#pragma once

#include "base/error.h"
#include "store/db.h"

/*
 * Blocks until the database (created, if it is missing and the user may) has the schema.
 * RC_AGAIN: the database is away, or another node has been at work for too long.
 * RC_INVALID: a person must act: a file that was changed after it was applied, a gap in the
 * numbers, a database newer than this program, a migration that stopped half way, a statement that
 * failed.
 */
enum rc migrate_run(const struct db_settings *settings, const char *sqldir,
                    struct error *err) MUST_CHECK;
