/* answer_file.c - hidden until it is whole. */
#define _GNU_SOURCE
#include "channel/file/answer_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel/file/spool_private.h"

#define NAME_SIZE 256

struct answer_file {
    FILE *out;
    const char *where; /* what `dir` is called */
    int dir;
    char name[NAME_SIZE], hidden[NAME_SIZE];
};

static enum rc trouble(const struct answer_file *f, struct error *err)
{
    return error_set(err, RC_AGAIN, "%s/%s: %s", f->where, f->name, strerror(errno));
}

/*
 * The partner takes answers away, so it may write in out/, too. What lies under the hidden name is
 * either ours from before a crash or put there by it: a pipe, on which an open would wait for ever,
 * or a second name of another file. None of that is opened; the file is a new one.
 */
static int open_new(int dir, const char *hidden)
{
    struct stat st;
    int fd;

    if (unlinkat(dir, hidden, 0) && errno == EISDIR)
        (void)unlinkat(dir, hidden, AT_REMOVEDIR);
    fd = openat(dir, hidden, O_WRONLY | O_CREAT | O_EXCL | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC,
                0640);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    if (fd >= 0) {
        close(fd);
        errno = EINVAL;
    }
    return -1;
}

static enum rc begin(int dir, const char *where, const char *name, struct answer_file **file,
                     struct error *err)
{
    struct answer_file *f = calloc(1, sizeof(*f));
    int fd;

    if (!f)
        return error_set(err, RC_AGAIN, "no memory");
    f->dir = dir;
    f->where = where;
    snprintf(f->name, sizeof(f->name), "%.240s", name);
    for (char *c = f->name; *c; c++) {
        if (*c == '/')
            *c = '_';
    }
    snprintf(f->hidden, sizeof(f->hidden), ".%.240s.part", f->name);
    fd = open_new(dir, f->hidden);
    f->out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f->out) {
        trouble(f, err);
        if (fd >= 0)
            close(fd);
        free(f);
        return RC_AGAIN;
    }
    *file = f;
    return RC_OK;
}

enum rc answer_file_begin(int dir, const char *name, struct answer_file **file, struct error *err)
{
    return begin(dir, "out", name, file, err);
}

enum rc answer_file_begin_in(int dir, const char *name, struct answer_file **file,
                             struct error *err)
{
    return begin(dir, "in", name, file, err);
}

FILE *answer_file_out(struct answer_file *file)
{
    return file->out;
}

void answer_file_abandon(struct answer_file *file)
{
    if (!file)
        return;
    if (file->out)
        fclose(file->out);
    unlinkat(file->dir, file->hidden, 0);
    free(file);
}

static bool written_out(struct answer_file *file)
{
    const bool written =
        fflush(file->out) == 0 && !ferror(file->out) && fsync(fileno(file->out)) == 0;
    const bool closed = fclose(file->out) == 0;

    file->out = NULL;
    return written && closed;
}

enum rc answer_file_end(struct answer_file *file, struct error *err)
{
    if (!written_out(file) || renameat(file->dir, file->hidden, file->dir, file->name) ||
        fsync(file->dir)) {
        trouble(file, err);
        answer_file_abandon(file);
        return RC_AGAIN;
    }
    free(file);
    return RC_OK;
}

enum rc answer_file_end_in(struct answer_file *file, struct error *err)
{
    enum rc rc;

    if (written_out(file) &&
        spool_move_no_replace(file->dir, file->hidden, file->dir, file->name) == 0 &&
        fsync(file->dir) == 0) {
        free(file);
        return RC_OK;
    }
    rc = errno == EEXIST ? RC_CONFLICT : RC_AGAIN;
    trouble(file, err);
    answer_file_abandon(file);
    return rc;
}
