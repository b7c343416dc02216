/* migrate_files.c - find, order, read and hash the migrations of a directory. */
#define _GNU_SOURCE
#include "store/migrate_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define FILE_BYTES_MAX ((size_t)4 << 20)
#define NUMBER_DIGITS  4
#define SUFFIX         ".sql"

static int is_sql(const struct dirent *e)
{
    const char *dot = strrchr(e->d_name, '.');

    return dot && strcmp(dot, SUFFIX) == 0;
}

/* NNNN-name.sql, name of small letters, digits, dashes and underscores. */
static enum rc parse_name(struct migration *m, const char *dir, const char *file, struct error *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
    const size_t len = strlen(file) - strlen(SUFFIX);
    size_t digits = 0;

    while (isdigit((unsigned char)file[digits]))
        digits++;
    if (digits != NUMBER_DIGITS || file[digits] != '-' || len >= sizeof(m->name) ||
        digits + 1 + strspn(file + digits + 1, allowed) != len)
        return error_set(err, RC_INVALID,
                         "%s/%s: a migration is named NNNN-name.sql, name of at most %zu small "
                         "letters, digits and dashes",
                         dir, file, sizeof(m->name) - 2 - NUMBER_DIGITS);
    m->number = (unsigned)atoi(file);
    memcpy(m->name, file, len);
    m->name[len] = '\0';
    if (asprintf(&m->path, "%s/%s", dir, file) < 0)
        return error_set(err, RC_FAIL, "no memory");
    return RC_OK;
}

static enum rc read_text(struct migration *m, struct error *err)
{
    FILE *f = fopen(m->path, "re");
    enum rc rc = RC_OK;

    if (!f)
        return error_set(err, RC_INVALID, "%s: %s", m->path, strerror(errno));
    m->text = malloc(FILE_BYTES_MAX + 1);
    if (!m->text) {
        fclose(f);
        return error_set(err, RC_FAIL, "no memory");
    }
    m->len = fread(m->text, 1, FILE_BYTES_MAX + 1, f);
    if (ferror(f))
        rc = error_set(err, RC_INVALID, "%s: %s", m->path, strerror(errno));
    else if (m->len > FILE_BYTES_MAX)
        rc = error_set(err, RC_INVALID, "%s is larger than %zu bytes", m->path, FILE_BYTES_MAX);
    fclose(f);
    crypto_generichash(m->hash, sizeof(m->hash), (const unsigned char *)m->text, m->len, NULL, 0);
    return rc;
}

static enum rc load_one(struct migration_files *files, const char *dir, const char *file,
                        struct error *err)
{
    struct migration *m = &files->items[files->n++];
    enum rc rc = parse_name(m, dir, file, err);

    if (!rc)
        rc = read_text(m, err);
    if (!rc && m->number != files->n)
        rc = error_set(err, RC_INVALID,
                       "%s/%s: the next migration must have the number %04zu: none may be missing "
                       "and none be there twice",
                       dir, file, files->n);
    return rc;
}

enum rc migration_files_load(struct migration_files *files, const char *dir, struct error *err)
{
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_sql, alphasort);
    enum rc rc = RC_OK;

    *files = (struct migration_files){ 0 };
    if (n < 0)
        return error_set(err, RC_INVALID, "%s: %s", dir, strerror(errno));
    if (n == 0)
        rc = error_set(err, RC_INVALID, "%s holds no migrations (NNNN-name.sql)", dir);
    if (sodium_init() < 0)
        rc = error_set(err, RC_FAIL, "libsodium does not start");
    files->items = calloc((size_t)n + 1, sizeof(*files->items));
    if (!files->items)
        rc = error_set(err, RC_FAIL, "no memory");
    for (int i = 0; i < n; i++) {
        if (!rc)
            rc = load_one(files, dir, names[i]->d_name, err);
        free(names[i]);
    }
    free(names);
    if (rc)
        migration_files_close(files);
    return rc;
}

void migration_files_close(struct migration_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        free(files->items[i].path);
        free(files->items[i].text);
    }
    free(files->items);
    *files = (struct migration_files){ 0 };
}
