/*
 * letter_files.h - the files of the templates whose mails leave just now, kept on a lane so that
 * they are read once for a campaign and not once for each mail.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"

struct db;
struct letter_files;
struct template_file;

/* For one lane. NULL: no memory. */
struct letter_files *letter_files_new(void);
void letter_files_free(struct letter_files *lf); /* NULL is fine */

/* Those that go with a message (of a campaign, or campaign_id 0), with their bytes; they live until
 * the next call. */
enum rc letter_files_of(struct letter_files *lf, struct db *db, uint64_t message_id,
                        uint64_t campaign_id, const struct template_file **files,
                        size_t *n) MUST_CHECK;
