/* pattern.h - what a field's values have to look like: a POSIX extended regular expression that the
 * whole value must match. */
#pragma once

#include "domain/types.h"

#define PATTERN_TEXT_MAX   200  /* bytes */
#define PATTERN_REPEAT_MAX 1000 /* all {counts} of a pattern multiplied: what it may grow to */

struct pattern;

/* RC_INVALID: why it is none; references back (\1) are none of ours, they may take for ever. */
enum rc pattern_new(const char *text, struct pattern **pattern, struct error *err) MUST_CHECK;
void pattern_free(struct pattern *pattern);
bool pattern_matches(const struct pattern *pattern, const char *value);
