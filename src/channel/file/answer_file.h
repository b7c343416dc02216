/*
 * answer_file.h - a file for a partner in out/: written under a hidden name, synced, then renamed,
 * so that a partner who sees it can read all of it.
 */
#pragma once

#include <stdio.h>

#include "base/error.h"

struct answer_file;

/* `dir`: out/. A slash in `name` becomes "_"; at most 240 bytes count. RC_AGAIN: the disk will not
 * have it now. */
enum rc answer_file_begin(int dir, const char *name, struct answer_file **file,
                          struct error *err) MUST_CHECK;
FILE *answer_file_out(struct answer_file *file);
/* Frees `file` in any case. Writing one of the same name again replaces it. */
enum rc answer_file_end(struct answer_file *file, struct error *err) MUST_CHECK;

/* The same for a file that we put into in/ for a partner. RC_CONFLICT at its end: there is another
 * one of that name, and it stays. */
enum rc answer_file_begin_in(int dir, const char *name, struct answer_file **file,
                             struct error *err) MUST_CHECK;
enum rc answer_file_end_in(struct answer_file *file, struct error *err) MUST_CHECK;
void answer_file_abandon(struct answer_file *file); /* NULL is fine */
