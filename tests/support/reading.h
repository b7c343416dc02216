/* reading.h - what a partner's file became, as text that a test can compare. */
#pragma once

#include <stddef.h>

#include "channel/file/profile.h"

/* A profile from its text; a fault fails the test. */
struct profile *reading_profile(const char *conf);
/*
 * "1@2 value|value\n" for each record (row, line, the fields asked for), "2@3 !code field:
 * reason\n" for one that is refused, "fault: ...\n" for the whole file, and at its end "document:
 * 4711\n" if it has a number. `fields` ends with FIELD_COUNT. To be freed.
 */
char *reading_said(const struct profile *profile, const enum field *fields, const char *bytes,
                   size_t len);
/* The same of a file on disk. */
char *reading_file(const struct profile *profile, const enum field *fields, const char *path);
