/* spool.c - the way of a file through a partner's directories. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "channel/file/spool_private.h"
#include "domain/utf8.h"

#define LOG_PART "intake"
#include "base/log.h"

#define COPY_NAME  "copy.part"        /* the copy that is not yet an import's */
#define SOURCE_DIR "source"           /* has, under its name, a source on its way out */
#define QUIET_US   (3 * USEC_PER_SEC) /* without leases: unchanged for so long is complete */
#define BLOCK_SIZE 65536
#define ROOM_LEFT  ((uint64_t)64 << 20) /* on the disk, for others, once a file is copied */

/* --- moving --- */

/* renameat2 with RENAME_NOREPLACE, or what comes closest where a file system does not have it. */
int spool_move_no_replace(int from_dir, const char *from, int to_dir, const char *to)
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
static int move_unique(int from_dir, const char *from, int to_dir, const char *name,
                       char moved[SPOOL_NAME_SIZE])
{
    for (unsigned n = 0; n < 100000; n++) {
        if (n == 0)
            snprintf(moved, SPOOL_NAME_SIZE, "%s", name);
        else
            snprintf(moved, SPOOL_NAME_SIZE, "%.240s.%u", name, n);
        if (spool_move_no_replace(from_dir, from, to_dir, moved) == 0)
            return 0;
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

int spool_move_unique(int from_dir, const char *from, int to_dir, const char *name)
{
    char moved[SPOOL_NAME_SIZE];

    return move_unique(from_dir, from, to_dir, name, moved);
}

static enum rc trouble(struct error *err, const char *what, const char *name)
{
    return error_set(err, RC_AGAIN, "%s %s: %s", what, name, strerror(errno));
}

/* A file of ours, or so it should be. A pipe in its place must not hold us up. -1, and errno. */
static int open_regular(int dir, const char *name)
{
    const int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
        return fd;
    close(fd);
    errno = ELOOP;
    return -1;
}

/* --- complete files --- */

/*
 * A read lease is only given while nobody has the file open for writing. Where leases are not to be
 * had (not our file, a network file system) a file that rested for a while is taken for complete.
 * A time yet to come, from a clock that is ahead of ours, does not say for how long it has rested.
 */
static enum spool_closed ask_whether_closed(int fd, const struct stat *st)
{
    utc_us age;

    if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
        fcntl(fd, F_SETLEASE, F_UNLCK);
        return SPOOL_CLOSED;
    }
    if (errno == EAGAIN)
        return SPOOL_OPEN;
    age = clock_now() - (utc_us)st->st_mtim.tv_sec * USEC_PER_SEC;
    if (age < 0)
        return SPOOL_CLOSED_IF_RESTED;
    return age >= QUIET_US ? SPOOL_CLOSED : SPOOL_OPEN;
}

int spool_open_complete(const struct drop_box *box, const char *name, enum take_complete complete,
                        struct stat *st, enum spool_closed *closed)
{
    const int fd = openat(box->fds[BOX_IN], name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return -1;
    if (fstat(fd, st) == 0 && S_ISREG(st->st_mode)) {
        *closed = complete == TAKE_CLOSED ? ask_whether_closed(fd, st) : SPOOL_CLOSED;
        if (*closed != SPOOL_OPEN)
            return fd;
    }
    close(fd);
    errno = EAGAIN;
    return -1;
}

DIR *spool_open_listing(int fd)
{
    const int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = again < 0 ? NULL : fdopendir(again);

    if (!dir && again >= 0)
        close(again);
    return dir;
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

/* At most `most` bytes: a file that grows as fast as it is read would never end. */
static enum rc copy_bytes(const struct drop_box *box, int from, int to, uint64_t most,
                          struct spool_copy *copy)
{
    crypto_hash_sha256_state state;
    char *block = malloc(BLOCK_SIZE);
    ssize_t got;
    enum rc rc = block ? RC_OK : RC_AGAIN;

    crypto_hash_sha256_init(&state);
    copy->bytes = 0;
    while (!rc && copy->bytes < most) {
        const uint64_t left = most - copy->bytes;

        got = read(from, block, left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE);
        if (got == 0)
            break;
        if (box->stop && atomic_load(box->stop)) {
            errno = EINTR;
            rc = RC_AGAIN;
            break;
        }
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

/* A copy that will not fit is not begun: the database and other partners write to this disk too. */
static bool has_room(int dir, uint64_t bytes)
{
    struct statvfs disk;
    uint64_t room, left;

    if (fstatvfs(dir, &disk))
        return true; /* the copying will show */
    room = (uint64_t)disk.f_bavail * disk.f_frsize;
    left = (uint64_t)disk.f_blocks * disk.f_frsize / 16;
    left = left < ROOM_LEFT ? left : ROOM_LEFT;
    return room >= left && room - left >= bytes;
}

/* Which file it is, so that it is known again. */
static void describe(struct spool_copy *copy, const char *name, const struct stat *st)
{
    snprintf(copy->name, sizeof(copy->name), "%s", name);
    copy->dev = st->st_dev;
    copy->ino = st->st_ino;
    copy->mtime = st->st_mtim;
}

enum rc spool_copy(const struct drop_box *box, const char *name, enum take_complete complete,
                   struct spool_copy *copy, struct error *err)
{
    struct spool_copy c = { .complete = complete };
    struct stat st;
    enum spool_closed closed; /* if rested: whoever found the file has seen to it */
    const int from = spool_open_complete(box, name, complete, &st, &closed);
    int to = -1;
    enum rc rc = RC_AGAIN;

    if (from < 0)
        return error_set(err, RC_AGAIN, "%s: gone, or being written again", name);
    if (!has_room(box->fds[BOX_WORK], (uint64_t)st.st_size)) {
        error_set(err, RC_AGAIN, "%s: no room on the disk for a copy of %" PRIu64 " bytes", name,
                  (uint64_t)st.st_size);
        goto out;
    }
    spool_forget(box);
    to = openat(box->fds[BOX_WORK], COPY_NAME, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                0640);
    if (to < 0 || copy_bytes(box, from, to, (uint64_t)st.st_size, &c) || fsync(to)) {
        trouble(err, "cannot copy", name);
        goto out;
    }
    if (c.bytes != (uint64_t)st.st_size || !is_unchanged(from, &st)) {
        error_set(err, RC_AGAIN, "%s: changed while it was copied", name);
        goto out;
    }
    describe(&c, name, &st);
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

enum rc spool_hash(const struct drop_box *box, const char *name, uint64_t bytes,
                   struct spool_copy *copy, struct error *err)
{
    struct spool_copy c = { .complete = TAKE_RENAME };
    struct stat st;
    const int fd = open_regular(box->fds[BOX_IN], name);
    enum rc rc;

    if (fd < 0)
        return RC_NOTFOUND;
    rc = fstat(fd, &st) || (uint64_t)st.st_size != bytes ? RC_NOTFOUND
                                                         : copy_bytes(box, fd, -1, bytes, &c);
    if (!rc && (c.bytes != bytes || !is_unchanged(fd, &st)))
        rc = error_set(err, RC_AGAIN, "%s: changed while it was read", name);
    else if (rc == RC_AGAIN)
        trouble(err, "cannot read", name);
    close(fd);
    if (rc)
        return rc;
    describe(&c, name, &st);
    *copy = c;
    return RC_OK;
}

enum rc spool_describe(const struct drop_box *box, const char *name, struct spool_copy *copy,
                       struct error *err)
{
    struct spool_copy c = { .complete = TAKE_RENAME };
    char text[SPOOL_NAME_SIZE + 100];
    struct stat st;

    if (fstatat(box->fds[BOX_IN], name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
        return error_set(err, RC_AGAIN, "%s: gone", name);
    snprintf(c.name, sizeof(c.name), "%s", name);
    c.bytes = (uint64_t)st.st_size;
    c.mtime = st.st_mtim;
    snprintf(text, sizeof(text), "unread %" PRIu64 " %jd.%09ld %s", c.bytes,
             (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, name);
    crypto_hash_sha256(c.sha256, (const unsigned char *)text, strlen(text));
    *copy = c;
    return RC_OK;
}

enum rc spool_open_copy(const struct drop_box *box, int *fd)
{
    const int got = open_regular(box->fds[BOX_WORK], COPY_NAME);

    if (got < 0)
        return RC_AGAIN;
    *fd = got;
    return RC_OK;
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

enum rc spool_shelve(const struct drop_box *box, const char *name, char shelved[SPOOL_NAME_SIZE],
                     struct error *err)
{
    if (move_unique(box->fds[BOX_WORK], COPY_NAME, box->fds[BOX_DONE], name, shelved) ||
        fsync(box->fds[BOX_DONE]))
        return trouble(err, "cannot move to done/", name);
    return RC_OK;
}

void spool_unshelve(const struct drop_box *box, const char *shelved)
{
    (void)spool_move_no_replace(box->fds[BOX_DONE], shelved, box->fds[BOX_WORK], COPY_NAME);
}

/* --- the source --- */

static bool is_the_same(const struct spool_copy *copy, const struct stat *st)
{
    return st->st_dev == copy->dev && st->st_ino == copy->ino &&
           (uint64_t)st->st_size == copy->bytes && st->st_mtim.tv_sec == copy->mtime.tv_sec &&
           st->st_mtim.tv_nsec == copy->mtime.tv_nsec;
}

/* After the file: a crash in between leaves a marker, which is then older than the next file of
 * that name and says nothing of it (spool_look.c). The other way round it would leave a file that
 * waits for a marker for ever. */
static enum rc take_marker(const struct drop_box *box, const char *marker, struct error *err)
{
    if (*marker && unlinkat(box->fds[BOX_IN], marker, 0) && errno != ENOENT)
        return trouble(err, "cannot take out of in/", marker);
    return RC_OK;
}

/* Unlinks the source, or puts back into in/ what is not it: *same. */
static enum rc drop_source(const struct drop_box *box, const struct spool_copy *copy, int dir,
                           bool *same, struct error *err)
{
    /* Here nobody can open it any more; who had it open before may still write. */
    const int fd = openat(dir, copy->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    *same = fd >= 0 && fstat(fd, &st) == 0 && is_the_same(copy, &st) &&
            (copy->complete != TAKE_CLOSED || ask_whether_closed(fd, &st) != SPOOL_OPEN);
    if (fd >= 0)
        close(fd);
    if (*same && unlinkat(dir, copy->name, 0))
        return trouble(err, "cannot take out of in/", copy->name);
    if (!*same && spool_move_unique(dir, copy->name, box->fds[BOX_IN], copy->name))
        return trouble(err, "cannot put back into in/", copy->name);
    return RC_OK;
}

/* By way of work/: between a look at in/ and an unlink there the partner could put a new file. */
enum rc spool_take_source(const struct drop_box *box, const struct spool_copy *copy,
                          struct error *err)
{
    const int work = box->fds[BOX_WORK], dir = drop_box_open_part(work, SOURCE_DIR);
    bool same = true;
    enum rc rc = RC_OK;

    if (dir < 0)
        return trouble(err, "cannot make", SOURCE_DIR);
    if (spool_move_no_replace(box->fds[BOX_IN], copy->name, dir, copy->name) == 0)
        rc = drop_source(box, copy, dir, &same, err);
    else if (errno != ENOENT)
        rc = trouble(err, "cannot take out of in/", copy->name);
    close(dir);
    unlinkat(work, SOURCE_DIR, AT_REMOVEDIR);
    return rc || !same ? rc : take_marker(box, copy->marker, err);
}

enum rc spool_keep_source(const struct drop_box *box, const struct spool_copy *copy,
                          uint64_t import_id, struct error *err)
{
    char name[SPOOL_NAME_SIZE];

    kept_name(import_id, name);
    if (spool_move_no_replace(box->fds[BOX_IN], copy->name, box->fds[BOX_WORK], name) ||
        fsync(box->fds[BOX_WORK]))
        return trouble(err, "cannot take out of in/", copy->name);
    return take_marker(box, copy->marker, err);
}

/* --- kept copies --- */

enum rc spool_next_kept(const struct drop_box *box, uint64_t after, uint64_t *import_id)
{
    DIR *dir = spool_open_listing(box->fds[BOX_WORK]);
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
        if (strcmp(end, ".data") == 0 && id > after && id < first)
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
    got = open_regular(box->fds[BOX_WORK], name);
    if (got < 0)
        return errno == ENOENT ? RC_NOTFOUND : RC_AGAIN;
    *fd = got;
    return RC_OK;
}

static bool is_free(int dir, const char *name)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && errno == ENOENT;
}

void spool_final_name(const struct drop_box *box, uint64_t import_id, const char *wanted,
                      bool failed, char name[SPOOL_NAME_SIZE])
{
    const int dir = box->fds[failed ? BOX_FAILED : BOX_DONE];
    char end[32];
    size_t len;

    snprintf(name, SPOOL_NAME_SIZE, "%s", wanted);
    if (is_free(dir, name))
        return;
    snprintf(end, sizeof(end), ".%" PRIu64, import_id); /* no other import has that */
    len = strlen(wanted) + strlen(end) < SPOOL_NAME_SIZE ? strlen(wanted)
                                                         : SPOOL_NAME_SIZE - 1 - strlen(end);
    len = utf8_cut(wanted, strlen(wanted), len);
    snprintf(name, SPOOL_NAME_SIZE, "%.*s%s", (int)len, wanted, end);
}

enum rc spool_finish(const struct drop_box *box, uint64_t import_id, const char *name, bool failed,
                     struct error *err)
{
    const int to = box->fds[failed ? BOX_FAILED : BOX_DONE];
    char kept[SPOOL_NAME_SIZE];

    kept_name(import_id, kept);
    if (spool_move_no_replace(box->fds[BOX_WORK], kept, to, name) == 0)
        return fsync(to) ? trouble(err, "cannot move away", kept) : RC_OK;
    if (errno == ENOENT)
        return RC_NOTFOUND;
    return errno == EEXIST ? RC_CONFLICT : trouble(err, "cannot move away", kept);
}

enum rc spool_fetch(const struct drop_box *box, uint64_t import_id, const char *name, bool failed,
                    const uint8_t sha256[32], struct error *err)
{
    const int dir = box->fds[failed ? BOX_FAILED : BOX_DONE];
    const int fd = open_regular(dir, name);
    struct spool_copy had;
    char kept[SPOOL_NAME_SIZE];
    enum rc rc;

    if (fd < 0)
        return errno == ENOENT || errno == ELOOP ? RC_NOTFOUND : trouble(err, "cannot read", name);
    rc = copy_bytes(box, fd, -1, UINT64_MAX, &had);
    close(fd);
    if (rc)
        return trouble(err, "cannot read", name);
    if (memcmp(had.sha256, sha256, sizeof(had.sha256)) != 0)
        return RC_NOTFOUND; /* another file under that name */
    kept_name(import_id, kept);
    if (spool_move_no_replace(dir, name, box->fds[BOX_WORK], kept) || fsync(box->fds[BOX_WORK]))
        return trouble(err, "cannot move to work/", name);
    return RC_OK;
}

/* A crash, or a disk that failed, between the two steps of spool_take_source(): whose content it is
 * shows once it is copied again. */
void spool_put_back(const struct drop_box *box)
{
    const int fd =
        openat(box->fds[BOX_WORK], SOURCE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    char safe[LOG_TEXT_SIZE];

    if (!dir) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;

        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
            spool_move_unique(fd, name, box->fds[BOX_IN], name) == 0)
            log_warn("file=\"%s\" moved=in reason=\"it was left between in/ and work/\"",
                     log_text(safe, name, strlen(name)));
    }
    closedir(dir);
    unlinkat(box->fds[BOX_WORK], SOURCE_DIR, AT_REMOVEDIR);
}

void spool_tidy(const struct drop_box *box)
{
    spool_forget(box);
    spool_put_back(box);
}
