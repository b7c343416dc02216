/* drop_box.c - a partner's directories. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "channel/file/spool_private.h"

/* The partner's, where the group may write, too; and ours. */
#define THEIRS 0770
#define OURS   0750

static const struct {
    const char *name;
    mode_t mode;
} parts[BOX_PARTS] = {
    [BOX_IN] = { "in", THEIRS },       [BOX_WORK] = { "work", OURS }, [BOX_DONE] = { "done", OURS },
    [BOX_FAILED] = { "failed", OURS }, [BOX_OUT] = { "out", THEIRS },
};

static int open_dir(int at, const char *name)
{
    if (mkdirat(at, name, 0770) && errno != EEXIST)
        return -1;
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_part(int at, const char *name, mode_t mode)
{
    struct stat st;
    int fd;

    if (mkdirat(at, name, mode) && errno != EEXIST)
        return -1;
    fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 || fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISLNK(st.st_mode))
        return fd;
    if (st.st_uid == 0 || st.st_uid == geteuid())
        return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    errno = ELOOP;
    return -1;
}

int drop_box_open_part(int at, const char *name)
{
    return open_part(at, name, OURS);
}

enum rc drop_box_open(const char *root, const char *partner, struct drop_box *box,
                      struct error *err)
{
    struct drop_box b = { .stop = NULL };
    const int top = open_dir(AT_FDCWD, root), dir = top < 0 ? -1 : open_dir(top, partner);
    const char *part = "";
    bool good = dir >= 0;

    for (int i = 0; i < BOX_PARTS; i++) {
        b.fds[i] = good ? open_part(dir, parts[i].name, parts[i].mode) : -1;
        part = good ? parts[i].name : part;
        good = b.fds[i] >= 0;
    }
    if (!good) {
        error_set(err, RC_AGAIN, "%s/%s/%s: %s", root, partner, part, strerror(errno));
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
