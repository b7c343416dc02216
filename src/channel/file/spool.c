/* spool.c - the way of a file through a partner's directories. */
#define _GNU_SOURCE
#include "channel/file/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#define LOG_PART "intake"
#include "base/log.h"

#define COPY_NAME   "copy.part"        /* the copy that is not yet an import's */
#define SOURCE_NAME "source.part"      /* a source on its way out */
#define QUIET_US    (3 * USEC_PER_SEC) /* without leases: unchanged for so long is complete */
#define BLOCK_SIZE  65536

static const char *const part_names[BOX_PARTS] = {
    [BOX_IN] = "in",         [BOX_WORK] = "work", [BOX_DONE] = "done",
    [BOX_FAILED] = "failed", [BOX_OUT] = "out",
};

/* --- the directories --- */

static int open_dir(int at, const char *name)
{
    if (mkdirat(at, name, 0770) && errno != EEXIST)
        return -1;
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum rc drop_box_open(const char *root, const char *partner, struct drop_box *box,
                      struct error *err)
{
    struct drop_box b;
    const int top = open_dir(AT_FDCWD, root), dir = top < 0 ? -1 : open_dir(top, partner);
    bool good = dir >= 0;

    for (int i = 0; i < BOX_PARTS; i++) {
        b.fds[i] = good ? open_dir(dir, part_names[i]) : -1;
        good = b.fds[i] >= 0;
    }
    if (!good) {
        error_set(err, RC_AGAIN, "%s/%s: %s", root, partner, strerror(errno));
        drop_box_close(&b);
    } else {
        *box = b;
    }
    if (dir >= 0)
        close(dir);
    if (top >= 0)
        close(top);
    return good ? RC_OK : RC_AGAIN;
}

void drop_box_close(struct drop_box *box)
{
    for (int i = 0; i < BOX_PARTS; i++) {
        if (box->fds[i] >= 0)
            close(box->fds[i]);
        box->fds[i] = -1;
    }
}

/* --- moving --- */

/* renameat2 with RENAME_NOREPLACE, or what comes closest where a file system does not have it. */
static int move_no_replace(int from_dir, const char *from, int to_dir, const char *to)
{
    if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (linkat(from_dir, from, to_dir, to, 0))
        return -1;
    return unlinkat(from_dir, from, 0);
}

/* Under `name`, or name.1, name.2 ...: never over another file. */
static int move_unique(int from_dir, const char *from, int to_dir, const char *name)
{
    char tried[SPOOL_NAME_SIZE];

    for (unsigned n = 0; n < 100000; n++) {
        if (n == 0)
            snprintf(tried, sizeof(tried), "%s", name);
        else
            snprintf(tried, sizeof(tried), "%.240s.%u", name, n);
        if (move_no_replace(from_dir, from, to_dir, tried) == 0)
            return 0;
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

static enum rc trouble(struct error *err, const char *what, const char *name)
{
    return error_set(err, RC_AGAIN, "%s %s: %s", what, name, strerror(errno));
}

/* --- finding --- */

static bool ends_with(const char *name, const char *end)
{
    const size_t len = strlen(name), n = strlen(end);

    return len >= n && strcmp(name + len - n, end) == 0;
}

static bool is_ignored(const char *name)
{
    return name[0] == '.' || ends_with(name, ".tmp") || ends_with(name, ".part");
}

/*
 * A read lease is only given while nobody has the file open for writing. Where leases are not to be
 * had (not our file, a network file system) a file that rested for a while is taken for complete.
 */
static bool is_complete(int fd, const struct stat *st)
{
    utc_us age;

    if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
        fcntl(fd, F_SETLEASE, F_UNLCK);
        return true;
    }
    if (errno == EAGAIN)
        return false;
    age = clock_now() - (utc_us)st->st_mtim.tv_sec * USEC_PER_SEC;
    return age >= QUIET_US || age < 0; /* a time yet to come is not that of a write just now */
}

/* A regular file that nobody writes: open, and *st filled. -1: not now. */
static int open_complete(const struct drop_box *box, const char *name, struct stat *st)
{
    const int fd = openat(box->fds[BOX_IN], name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    char safe[LOG_TEXT_SIZE];

    if (fd < 0) {
        if (errno == EACCES)
            log_warn("file=\"%s\" reason=\"may not be read\" effect=\"stays in in/\"",
                     log_text(safe, name, strlen(name)));
        return -1;
    }
    if (fstat(fd, st) == 0 && S_ISREG(st->st_mode) && is_complete(fd, st))
        return fd;
    close(fd);
    return -1;
}

static void set_aside(const struct drop_box *box, const char *name)
{
    char safe[LOG_TEXT_SIZE];

    if (move_unique(box->fds[BOX_IN], name, box->fds[BOX_FAILED], name))
        return;
    log_warn("file=\"%s\" moved=failed reason=\"neither a file nor a directory\"",
             log_text(safe, name, strlen(name)));
}

static bool is_older(const struct stat *a, const char *a_name, const struct stat *b,
                     const char *b_name)
{
    if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
        return a->st_mtim.tv_sec < b->st_mtim.tv_sec;
    if (a->st_mtim.tv_nsec != b->st_mtim.tv_nsec)
        return a->st_mtim.tv_nsec < b->st_mtim.tv_nsec;
    return strcmp(a_name, b_name) < 0;
}

static DIR *open_listing(int fd)
{
    const int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = again < 0 ? NULL : fdopendir(again);

    if (!dir && again >= 0)
        close(again);
    return dir;
}

/* Older than what was found so far, and complete? */
static bool is_better(const struct drop_box *box, const char *name, const struct stat *st,
                      const struct stat *best, const char *best_name)
{
    struct stat now;
    int fd;

    if (*best_name && !is_older(st, name, best, best_name))
        return false;
    fd = open_complete(box, name, &now);
    if (fd < 0)
        return false;
    close(fd);
    return true;
}

enum rc spool_find(const struct drop_box *box, char name[SPOOL_NAME_SIZE])
{
    DIR *dir = open_listing(box->fds[BOX_IN]);
    char best_name[SPOOL_NAME_SIZE] = "";
    struct stat best = { 0 }, st;
    const struct dirent *entry;

    if (!dir)
        return RC_AGAIN;
    while ((entry = readdir(dir)) != NULL) {
        if (is_ignored(entry->d_name) ||
            fstatat(box->fds[BOX_IN], entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
            S_ISDIR(st.st_mode))
            continue;
        if (!S_ISREG(st.st_mode)) {
            set_aside(box, entry->d_name);
        } else if (is_better(box, entry->d_name, &st, &best, best_name)) {
            best = st;
            snprintf(best_name, sizeof(best_name), "%s", entry->d_name);
        }
    }
    closedir(dir);
    if (!*best_name)
        return RC_NOTFOUND;
    memcpy(name, best_name, sizeof(best_name));
    return RC_OK;
}

/* --- copying --- */

static enum rc write_all(int fd, const char *data, size_t len)
{
    while (len) {
        const ssize_t done = write(fd, data, len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return RC_AGAIN;
        data += done;
        len -= (size_t)done;
    }
    return RC_OK;
}

static enum rc copy_bytes(int from, int to, struct spool_copy *copy)
{
    crypto_hash_sha256_state state;
    char *block = malloc(BLOCK_SIZE);
    ssize_t got = 0;
    enum rc rc = block ? RC_OK : RC_AGAIN;

    crypto_hash_sha256_init(&state);
    copy->bytes = 0;
    while (!rc && (got = read(from, block, BLOCK_SIZE)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            rc = RC_AGAIN;
            break;
        }
        crypto_hash_sha256_update(&state, (const unsigned char *)block, (size_t)got);
        copy->bytes += (uint64_t)got;
        if (to >= 0)
            rc = write_all(to, block, (size_t)got);
    }
    crypto_hash_sha256_final(&state, copy->sha256);
    free(block);
    return rc;
}

static bool is_unchanged(int fd, const struct stat *before)
{
    struct stat now;

    return fstat(fd, &now) == 0 && now.st_size == before->st_size &&
           now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

enum rc spool_copy(const struct drop_box *box, const char *name, struct spool_copy *copy,
                   struct error *err)
{
    struct spool_copy c = { 0 };
    struct stat st;
    const int from = open_complete(box, name, &st);
    int to = -1;
    enum rc rc = RC_AGAIN;

    if (from < 0)
        return error_set(err, RC_AGAIN, "%s: gone, or being written again", name);
    to = openat(box->fds[BOX_WORK], COPY_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (to < 0 || copy_bytes(from, to, &c) || fsync(to)) {
        trouble(err, "cannot copy", name);
        goto out;
    }
    if (!is_unchanged(from, &st)) {
        error_set(err, RC_AGAIN, "%s: changed while it was copied", name);
        goto out;
    }
    snprintf(c.name, sizeof(c.name), "%s", name);
    c.dev = st.st_dev;
    c.ino = st.st_ino;
    c.mtime = st.st_mtim;
    *copy = c;
    rc = RC_OK;
out:
    if (to >= 0)
        close(to);
    close(from);
    if (rc)
        spool_forget(box);
    return rc;
}

void spool_forget(const struct drop_box *box)
{
    unlinkat(box->fds[BOX_WORK], COPY_NAME, 0);
}

static void kept_name(uint64_t import_id, char name[SPOOL_NAME_SIZE])
{
    snprintf(name, SPOOL_NAME_SIZE, "%" PRIu64 ".data", import_id);
}

enum rc spool_keep(const struct drop_box *box, uint64_t import_id, struct error *err)
{
    const int work = box->fds[BOX_WORK];
    char name[SPOOL_NAME_SIZE];

    kept_name(import_id, name);
    if (renameat(work, COPY_NAME, work, name) || fsync(work))
        return trouble(err, "cannot keep", name);
    return RC_OK;
}

enum rc spool_shelve(const struct drop_box *box, const char *name, struct error *err)
{
    if (move_unique(box->fds[BOX_WORK], COPY_NAME, box->fds[BOX_DONE], name))
        return trouble(err, "cannot move to done/", name);
    return RC_OK;
}

/* --- the source --- */

static bool is_the_same(const struct spool_copy *copy, const struct stat *st)
{
    return st->st_dev == copy->dev && st->st_ino == copy->ino &&
           (uint64_t)st->st_size == copy->bytes && st->st_mtim.tv_sec == copy->mtime.tv_sec &&
           st->st_mtim.tv_nsec == copy->mtime.tv_nsec;
}

/* By way of work/: between a look at in/ and an unlink there the partner could put a new file. */
enum rc spool_take_source(const struct drop_box *box, const struct spool_copy *copy,
                          struct error *err)
{
    const int in = box->fds[BOX_IN], work = box->fds[BOX_WORK];
    struct stat st;
    bool same;
    int fd;

    if (renameat(in, copy->name, work, SOURCE_NAME))
        return errno == ENOENT ? RC_OK : trouble(err, "cannot take out of in/", copy->name);
    /* Under this name nobody can open it any more; who had it open before may still write. */
    fd = openat(work, SOURCE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    same = fd >= 0 && fstat(fd, &st) == 0 && is_the_same(copy, &st) && is_complete(fd, &st);
    if (fd >= 0)
        close(fd);
    if (same) {
        unlinkat(work, SOURCE_NAME, 0);
        return RC_OK;
    }
    if (move_unique(work, SOURCE_NAME, in, copy->name))
        return trouble(err, "cannot put back into in/", copy->name);
    return RC_OK;
}

/* --- kept copies --- */

enum rc spool_first_kept(const struct drop_box *box, uint64_t *import_id)
{
    DIR *dir = open_listing(box->fds[BOX_WORK]);
    const struct dirent *entry;
    uint64_t first = UINT64_MAX;

    if (!dir)
        return RC_AGAIN;
    while ((entry = readdir(dir)) != NULL) {
        char *end;
        uint64_t id;

        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        id = strtoull(entry->d_name, &end, 10);
        if (strcmp(end, ".data") == 0 && id < first)
            first = id;
    }
    closedir(dir);
    if (first == UINT64_MAX)
        return RC_NOTFOUND;
    *import_id = first;
    return RC_OK;
}

enum rc spool_open(const struct drop_box *box, uint64_t import_id, int *fd)
{
    char name[SPOOL_NAME_SIZE];
    int got;

    kept_name(import_id, name);
    got = openat(box->fds[BOX_WORK], name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (got < 0)
        return errno == ENOENT ? RC_NOTFOUND : RC_AGAIN;
    *fd = got;
    return RC_OK;
}

enum rc spool_finish(const struct drop_box *box, uint64_t import_id, const char *name, bool failed,
                     struct error *err)
{
    const enum box_part to = failed ? BOX_FAILED : BOX_DONE;
    char kept[SPOOL_NAME_SIZE];

    kept_name(import_id, kept);
    if (move_unique(box->fds[BOX_WORK], kept, box->fds[to], name))
        return errno == ENOENT ? RC_NOTFOUND : trouble(err, "cannot move away", kept);
    return RC_OK;
}

void spool_tidy(const struct drop_box *box)
{
    spool_forget(box);
    /* A crash between the two steps of spool_take_source(): whose content it is shows once it is
     * copied again. */
    if (move_unique(box->fds[BOX_WORK], SOURCE_NAME, box->fds[BOX_IN], "recovered") == 0)
        log_warn("file=recovered reason=\"a crash left it between in/ and work/\"");
}
