/*
 * template_file.h - what goes with the mails of a template: pictures that its texts show, and
 * files.
 *
 * They belong to a version, as texts do, and their bytes are documents (store/document.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/rc.h"

struct arena;
struct db;

#define TEMPLATE_FILES_MAX 16
#define TEMPLATE_FILE_BYTES_MAX \
    (2 << 20)                      /* of all of a version's together: each mail carries them */
#define TEMPLATE_FILE_NAME_MAX 100 /* bytes */

struct template_file {
    uint64_t document_id, size;
    const char *name, *type;
    bool is_inline;    /* a picture, for ![...](name) in its texts; else attached */
    const void *bytes; /* NULL from template_files_list() */
};

/* Those of a version by name, in `arena`. */
enum rc template_files_list(struct db *db, uint64_t template_id, unsigned version,
                            struct arena *arena, struct template_file **files,
                            size_t *n) MUST_CHECK;
/* The same with their bytes. */
enum rc template_files_read(struct db *db, uint64_t template_id, unsigned version,
                            struct arena *arena, struct template_file **files,
                            size_t *n) MUST_CHECK;

/* Puts the bytes where template_change() finds them: *out is what to give it as `attach`, with the
 * names of `file`. RC_INVALID: the name will not do, it is a program, or no picture though it is to
 * be shown. */
enum rc template_file_put(struct db *db, const struct template_file *file,
                          struct template_file *out, struct error *err) MUST_CHECK;

/* Part of template_change()'s transaction: the files of `version` become those of the one before,
 * without `detach`, with `attach` (each may be NULL). */
enum rc template_files_write(struct db *db, uint64_t template_id, unsigned version,
                             const struct template_file *attach, const char *detach) MUST_CHECK;

/* Its files go with a single message, as those of a campaign's template with all of it: part of the
 * transaction that queues it. */
enum rc template_of_message_write(struct db *db, uint64_t message_id, uint64_t template_id,
                                  unsigned version) MUST_CHECK;
