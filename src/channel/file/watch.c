/* watch.c - one inotify descriptor for all directories. */
#include "channel/file/watch.h"

#include <stdalign.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <event2/event.h>

struct watched {
    int wd;
    unsigned tag;
};

struct dir_watch {
    int fd;
    struct event *readable;
    void (*heard)(void *arg, unsigned tag);
    void *arg;
    struct watched *list;
    size_t n;
};

static void tell(struct dir_watch *w, int wd)
{
    for (size_t i = 0; i < w->n; i++) {
        if (wd < 0 || w->list[i].wd == wd) /* wd -1: the kernel's queue ran over */
            w->heard(w->arg, w->list[i].tag);
    }
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    alignas(struct inotify_event) char block[4096];
    const struct inotify_event *e;
    const ssize_t got = read(fd, block, sizeof(block));

    (void)what;
    for (ssize_t at = 0; at < got; at += (ssize_t)(sizeof(*e) + e->len)) {
        e = (const struct inotify_event *)(const void *)(block + at);
        tell(arg, e->wd);
    }
}

struct dir_watch *dir_watch_new(struct event_base *base, void (*heard)(void *arg, unsigned tag),
                                void *arg)
{
    struct dir_watch *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    w->heard = heard;
    w->arg = arg;
    w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (w->fd >= 0)
        w->readable = event_new(base, w->fd, EV_READ | EV_PERSIST, on_readable, w);
    if (!w->readable || event_add(w->readable, NULL)) {
        dir_watch_free(w);
        return NULL;
    }
    return w;
}

void dir_watch_free(struct dir_watch *watch)
{
    if (!watch)
        return;
    if (watch->readable)
        event_free(watch->readable);
    if (watch->fd >= 0)
        close(watch->fd);
    free(watch->list);
    free(watch);
}

enum rc dir_watch_add(struct dir_watch *watch, const char *path, unsigned tag)
{
    const int wd = inotify_add_watch(
        watch->fd, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR | IN_MOVE_SELF | IN_DELETE_SELF);
    struct watched *more;

    if (wd < 0)
        return RC_AGAIN;
    for (size_t i = 0; i < watch->n; i++) {
        if (watch->list[i].tag == tag) {
            if (watch->list[i].wd != wd) /* a directory that was moved away is still watched */
                inotify_rm_watch(watch->fd, watch->list[i].wd);
            watch->list[i].wd = wd;
            return RC_OK;
        }
    }
    more = realloc(watch->list, (watch->n + 1) * sizeof(*more));
    if (!more)
        return RC_AGAIN;
    watch->list = more;
    watch->list[watch->n++] = (struct watched){ wd, tag };
    return RC_OK;
}
