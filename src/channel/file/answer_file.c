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

#define NAME_SIZE 256

struct answer_file {
    FILE *out;
    int dir;
    char name[NAME_SIZE], hidden[NAME_SIZE];
};

static enum rc trouble(const struct answer_file *f, struct error *err)
{
    return error_set(err, RC_AGAIN, "out/%s: %s", f->name, strerror(errno));
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

enum rc answer_file_begin(int dir, const char *name, struct answer_file **file, struct error *err)
{
    struct answer_file *f = calloc(1, sizeof(*f));
    int fd;

    if (!f)
        return error_set(err, RC_AGAIN, "no memory");
    f->dir = dir;
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

enum rc answer_file_end(struct answer_file *file, struct error *err)
{
    const bool written =
        fflush(file->out) == 0 && !ferror(file->out) && fsync(fileno(file->out)) == 0;
    const bool closed = fclose(file->out) == 0;

    file->out = NULL;
    if (!written || !closed || renameat(file->dir, file->hidden, file->dir, file->name) ||
        fsync(file->dir)) {
        trouble(file, err);
        answer_file_abandon(file);
        return RC_AGAIN;
    }
    free(file);
    return RC_OK;
}
