/* migrate_files.h - the migrations a program comes with: sql/NNNN-name.sql. For migrate.c. */
#pragma once

#include <stddef.h>

#include "base/error.h"

#define MIGRATION_HASH_SIZE 32 /* BLAKE2b-256 of the file's bytes */
#define MIGRATION_NAME_SIZE 65

struct migration {
    unsigned number;
    char name[MIGRATION_NAME_SIZE]; /* "0001-core" */
    char *path, *text;
    size_t len;
    unsigned char hash[MIGRATION_HASH_SIZE];
};

struct migration_files {
    struct migration *items; /* number 1 first, no gap */
    size_t n;
};

/* RC_INVALID: no such directory, a name or a size that cannot be, a gap in the numbers. */
enum rc migration_files_load(struct migration_files *files, const char *dir,
                             struct error *err) MUST_CHECK;
void migration_files_close(struct migration_files *files);
