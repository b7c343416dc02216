/*
 * error.h - a sentence for a person who must act: what was wrong, where, what was expected.
 *
 * Used where somebody can repair the cause (a config file, a profile, an audience rule, a form).
 * Every function that takes a `struct error *` accepts NULL.
 */
#pragma once

#include "base/rc.h"

struct error {
    char text[512]; /* one line, no newline, UTF-8 */
};

/* Writes the sentence and returns `rc`, so that `return error_set(err, RC_INVALID, ...)` reads
 * well. */
enum rc error_set(struct error *err, enum rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " in front of what is already there: the caller knows the file, the callee the
 * fault. */
void error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
