/*
 * refused_file.h - refused rows as a file that can be corrected and dropped into in/ again:
 * out/<file>.<import id>.refused.csv, in UTF-8 with a byte order mark.
 *
 * Where the files are CSV, it has the partner's own header and cells, and the same profile takes
 * it. Where they are not, its first line is a mark (refused_profile.h), then come our names of the
 * profile's fields. Two columns behind all others say what was wrong; no profile reads them.
 */
#pragma once

#include <stdint.h>

#include "channel/file/profile.h"

#define REFUSED_FAULT_COLUMN  "relais_fault"
#define REFUSED_REASON_COLUMN "relais_reason"

struct refused_file;

/* `dir`: out/. RC_AGAIN: the disk will not have it now. The profile must outlive it. */
enum rc refused_file_begin(int dir, const char *file_name, uint64_t id,
                           const struct profile *profile, struct refused_file **file,
                           struct error *err) MUST_CHECK;
/* A record of which nothing could be read is left out: the receipt alone speaks of it.
 * `header`: file_reader_header() of the reader that the record comes from. Entries of a packed file
 * may have other columns: their rows go to a file of their own, out/<file>.<import>-2.refused.csv.
 */
enum rc refused_file_row(struct refused_file *file, const struct raw_record *record,
                         const char *header, const char *fault, const char *reason,
                         struct error *err) MUST_CHECK;
/* Frees `file` in any case. Writing the same again replaces it. Without a row there is no file. */
enum rc refused_file_end(struct refused_file *file, struct error *err) MUST_CHECK;
void refused_file_abandon(struct refused_file *file); /* NULL is fine */
