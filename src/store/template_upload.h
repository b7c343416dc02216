/*
 * template_upload.h - a file on its way to a template, in pieces: calls of the API are small,
 * because they are read before anybody knows who sends them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"

struct arena;
struct db;

struct template_upload {
    const char *template, *file;
    uint64_t at, size; /* where the piece begins, and of the whole */
    const void *bytes;
    size_t n;
};

/* The piece at 0 begins anew. *whole: nothing is missing any more. RC_CONFLICT: it is not the next
 * piece. What is not completed within a day is dropped by whoever begins another one. */
enum rc template_upload_add(struct db *db, const struct template_upload *upload,
                            bool *whole) MUST_CHECK;
/* All of it, in `arena`; it is gone from the table. */
enum rc template_upload_take(struct db *db, const struct template_upload *upload,
                             struct arena *arena, const void **bytes, size_t *n) MUST_CHECK;
