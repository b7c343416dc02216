/*
 * refused_profile.h - refused rows of files that are not CSV come back as CSV, under a mark:
 *     # relais refused-rows;1;<profile name>
 * Then the columns have our names of the fields, and hold what the file had in them: the profile's
 * value tables, date forms and defaults are applied when the rows come back.
 */
#pragma once

#include "channel/file/profile.h"

#define REFUSED_SEPARATOR ';'

/* Is the field a column of such a file? Not those that the profile itself gives a value. */
bool refused_profile_has(const struct profile *profile, enum field f);
void refused_profile_put_mark(FILE *out, const struct profile *profile);

/* Whether a file that begins so begins with the mark, and of which profile; a spreadsheet may have
 * put quotes around it and other separators into it. */
bool refused_profile_marked(const char *head, size_t len, char name[PROFILE_NAME_SIZE]);
/* "orders.csv.12.refused.csv" is "orders.csv", for patterns of file names; any other name stays. */
void refused_profile_origin(const char *file_name, char *origin, size_t size);
/*
 * *found: how to read the file when it begins with the mark and `profile` is not for CSV (or else
 * NULL). Its texts are those of `profile`; free() it. RC_FAIL: no memory.
 */
enum rc refused_profile_find(int fd, const struct profile *profile,
                             struct profile **found) MUST_CHECK;
