/*
 * watch.h - hears when something in a directory is complete: closed after writing, or moved in.
 *
 * A hint only: links and files written through another machine make no such event, so whoever
 * listens also looks by the clock. Loop thread.
 */
#pragma once

#include "base/rc.h"

struct event_base;
struct dir_watch;

/* heard(arg, tag): something happened in the directory added with this tag. NULL: no inotify. */
struct dir_watch *dir_watch_new(struct event_base *base, void (*heard)(void *arg, unsigned tag),
                                void *arg);
void dir_watch_free(struct dir_watch *watch); /* NULL is fine */
/* Again is fine, also after the directory was replaced. RC_AGAIN: it is not there. */
enum rc dir_watch_add(struct dir_watch *watch, const char *path, unsigned tag) MUST_CHECK;
