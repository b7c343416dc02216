/* drop_box.c - a partner's directories. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "channel/file/spool_private.h"

static const char *const part_names[BOX_PARTS] = {
    [BOX_IN] = "in",         [BOX_WORK] = "work", [BOX_DONE] = "done",
    [BOX_FAILED] = "failed", [BOX_OUT] = "out",
};

static int open_dir(int at, const char *name)
{
    if (mkdirat(at, name, 0770) && errno != EEXIST)
        return -1;
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int drop_box_open_part(int at, const char *name)
{
    struct stat st;
    int fd;

    if (mkdirat(at, name, 0770) && errno != EEXIST)
        return -1;
    fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 || fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISLNK(st.st_mode))
        return fd;
    if (st.st_uid == 0 || st.st_uid == geteuid())
        return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    errno = ELOOP;
    return -1;
}

enum rc drop_box_open(const char *root, const char *partner, struct drop_box *box,
                      struct error *err)
{
    struct drop_box b;
    const int top = open_dir(AT_FDCWD, root), dir = top < 0 ? -1 : open_dir(top, partner);
    const char *part = "";
    bool good = dir >= 0;

    for (int i = 0; i < BOX_PARTS; i++) {
        b.fds[i] = good ? drop_box_open_part(dir, part_names[i]) : -1;
        part = good ? part_names[i] : part;
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
