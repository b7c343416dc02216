/* archive.c - plain, .gz and .zip behind one door, and the limits of what is unpacked. */
#include "channel/file/archive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "channel/file/unpack.h"
#include "channel/file/zip_directory.h"

#define FREE_BYTES ((uint64_t)1 << 20) /* so small that its ratio does not matter */
#define MAGIC_SIZE 6

enum archive_kind { ARCHIVE_PLAIN, ARCHIVE_GZIP, ARCHIVE_ZIP };

struct archive {
    enum archive_kind kind;
    int fd;
    uint64_t size; /* of the file */
    struct archive_limits limits;
    uint64_t bytes; /* unpacked so far */
    struct unpack *unpack;
    struct zip_directory directory;
    struct zip_entry entry; /* of a .zip */
    uint64_t entry_bytes;   /* read of the entry */
    bool begun, entry_ended;
};

/* --- what the first bytes say --- */

static const struct magic {
    const char *bytes;
    size_t len;
    const char *name;
} packers[] = {
    { "\x1f\x8b", 2, "gzip" }, { "PK\x03\x04", 4, "zip" },        { "PK\x05\x06", 4, "zip" },
    { "BZh", 3, "bzip2" },     { "\xfd\x37zXZ", 5, "xz" },        { "7z\xbc\xaf", 4, "7-Zip" },
    { "Rar!", 4, "RAR" },      { "\x28\xb5\x2f\xfd", 4, "zstd" },
};

/* The name of the program that packed it; NULL: nobody did. */
static const char *packer_of(const char *bytes, size_t len)
{
    for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
        if (len >= packers[i].len && memcmp(bytes, packers[i].bytes, packers[i].len) == 0)
            return packers[i].name;
    }
    return NULL;
}

static enum rc find_kind(struct archive *a, struct error *err)
{
    char magic[MAGIC_SIZE] = "";
    const size_t len = a->size < MAGIC_SIZE ? (size_t)a->size : MAGIC_SIZE;
    const enum rc rc = unpack_pread(a->fd, magic, len, 0);
    const char *packer = packer_of(magic, len);

    if (rc)
        return rc == RC_INVALID ? RC_AGAIN : rc; /* shorter than fstat() said: it is changing */
    if (!packer)
        a->kind = ARCHIVE_PLAIN;
    else if (strcmp(packer, "gzip") == 0)
        a->kind = ARCHIVE_GZIP;
    else if (strcmp(packer, "zip") == 0)
        a->kind = ARCHIVE_ZIP;
    else
        return error_set(err, RC_INVALID, "a file packed by %s; expected .gz, .zip or unpacked",
                         packer);
    return RC_OK;
}

/* --- opening --- */

/* A spreadsheet is a .zip too; its sender means something else by it. */
static enum rc refuse_documents(const struct zip_entry *e, uint64_t nth, struct error *err)
{
    if (strcmp(e->name, "[Content_Types].xml") == 0 ||
        (nth == 1 && strcmp(e->name, "mimetype") == 0))
        return error_set(err, RC_INVALID,
                         "an office document (a spreadsheet?); expected its rows as CSV text");
    return RC_OK;
}

/* All of the contents once, so that what is not taken is refused before anything is read. */
static enum rc check_directory(struct archive *a, struct error *err)
{
    struct zip_directory dir = a->directory;
    struct zip_entry e;
    uint64_t files = 0;
    enum rc rc;

    while (!(rc = zip_directory_next(&dir, &a->limits, &e, err))) {
        files += !e.folder && !e.aside;
        rc = refuse_documents(&e, dir.seen, err);
        if (rc)
            return rc;
    }
    if (rc != RC_NOTFOUND)
        return rc;
    return files ? RC_OK : error_set(err, RC_INVALID, "there is no file in the .zip file");
}

enum rc archive_open(int fd, const struct archive_limits *limits, struct archive **archive,
                     struct error *err)
{
    struct archive *a = calloc(1, sizeof(*a));
    struct stat st;
    enum rc rc = RC_AGAIN;

    if (!a)
        return RC_FAIL;
    a->fd = fd;
    a->limits = *limits;
    if (fstat(fd, &st))
        goto fail;
    a->size = (uint64_t)st.st_size;
    rc = find_kind(a, err);
    if (rc)
        goto fail;
    if (a->kind == ARCHIVE_ZIP) {
        rc = zip_directory_open(fd, a->size, &a->directory, err);
        if (!rc)
            rc = check_directory(a, err);
        if (rc)
            goto fail;
    }
    a->unpack = unpack_new();
    if (!a->unpack) {
        rc = RC_FAIL;
        goto fail;
    }
    *archive = a;
    return RC_OK;
fail:
    archive_close(a);
    return rc;
}

void archive_close(struct archive *archive)
{
    if (!archive)
        return;
    unpack_free(archive->unpack);
    free(archive);
}

/* --- entries --- */

static enum rc next_in_zip(struct archive *a, struct error *err)
{
    enum rc rc;

    do {
        rc = zip_directory_next(&a->directory, &a->limits, &a->entry, err);
    } while (!rc && (a->entry.folder || a->entry.aside));
    return rc ? rc
              : unpack_begin(a->unpack, a->fd, a->entry.data, a->entry.data + a->entry.packed,
                             a->entry.form);
}

enum rc archive_next(struct archive *archive, struct error *err)
{
    enum rc rc;

    if (archive->kind == ARCHIVE_ZIP)
        rc = next_in_zip(archive, err);
    else if (archive->begun)
        rc = RC_NOTFOUND;
    else
        rc = unpack_begin(archive->unpack, archive->fd, 0, archive->size,
                          archive->kind == ARCHIVE_GZIP ? UNPACK_GZIP : UNPACK_STORED);
    if (rc)
        return rc;
    archive->begun = true;
    archive->entry_bytes = 0;
    archive->entry_ended = false;
    return RC_OK;
}

const char *archive_entry(const struct archive *archive)
{
    return archive->entry.name;
}

/* Says in which entry it was. */
static enum rc in_entry(const struct archive *a, enum rc rc, struct error *err)
{
    const struct error why = *err;

    if (rc != RC_INVALID || a->kind != ARCHIVE_ZIP)
        return rc;
    return error_set(err, rc, "entry \"%.120s\": %.300s", a->entry.name, why.text);
}

static enum rc count(struct archive *a, size_t got, struct error *err)
{
    a->entry_bytes += got;
    a->bytes += got;
    if (a->kind == ARCHIVE_PLAIN)
        return RC_OK;
    if (a->bytes > a->limits.bytes)
        return error_set(err, RC_INVALID, "larger than %" PRIu64 " bytes when it is unpacked",
                         a->limits.bytes);
    if (a->bytes > FREE_BYTES && a->bytes / a->limits.ratio > a->size)
        return error_set(err, RC_INVALID,
                         "more than %u times as large when it is unpacked; is it a zip bomb?",
                         a->limits.ratio);
    return RC_OK;
}

static enum rc check_first(struct archive *a, const char *block, size_t got, struct error *err)
{
    const char *packer = a->kind == ARCHIVE_PLAIN ? NULL : packer_of(block, got);

    return packer ? error_set(err, RC_INVALID,
                              "a file packed by %s inside the packed one; expected it packed once",
                              packer)
                  : RC_OK;
}

static enum rc check_end(struct archive *a, struct error *err)
{
    a->entry_ended = true;
    if (a->kind != ARCHIVE_ZIP)
        return RC_OK;
    if (a->entry_bytes != a->entry.unpacked || unpack_crc(a->unpack) != a->entry.crc)
        return error_set(err, RC_INVALID, "the packed data is damaged: its checksum is wrong");
    return RC_OK;
}

enum rc archive_read(struct archive *archive, char *block, size_t size, size_t *got,
                     struct error *err)
{
    const bool first = archive->entry_bytes == 0;
    enum rc rc;

    *got = 0;
    if (archive->entry_ended)
        return RC_OK;
    rc = unpack_read(archive->unpack, block, size, got, err);
    if (!rc)
        rc = count(archive, *got, err);
    if (!rc && first)
        rc = check_first(archive, block, *got, err);
    if (!rc && *got < size)
        rc = check_end(archive, err);
    return in_entry(archive, rc, err);
}

enum rc archive_head(int fd, const struct archive_limits *limits, char *head, size_t size,
                     size_t *len, struct error *err)
{
    struct archive *a = NULL;
    enum rc rc = archive_open(fd, limits, &a, err);

    if (!rc)
        rc = archive_next(a, err);
    if (!rc)
        rc = archive_read(a, head, size, len, err);
    archive_close(a);
    return rc;
}
