/* spool_private.h - what drop_box.c, spool.c and spool_look.c share. */
#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include "channel/file/spool.h"

/* Makes and opens a directory. A partner who may write beside in/ must not lead us elsewhere by a
 * link; an administrator may. */
int drop_box_open_part(int at, const char *name);
/* Never over another file. 0, or -1 with errno. */
int spool_move_no_replace(int from_dir, const char *from, int to_dir, const char *to);
/* Moves to `name`, or name.1, name.2 ...: never over another file. 0, or -1 with errno. */
int spool_move_unique(int from_dir, const char *from, int to_dir, const char *name);
/* Whether somebody still has the file open for writing; the last: only who looks twice can say. */
enum spool_closed { SPOOL_OPEN, SPOOL_CLOSED, SPOOL_CLOSED_IF_RESTED };

/* A regular file that is complete as far as `complete` asks the file itself (a lease, rest): open,
 * and *st and *closed filled. -1: not now; errno EACCES: it may not be read. */
int spool_open_complete(const struct drop_box *box, const char *name, enum take_complete complete,
                        struct stat *st, enum spool_closed *closed);
DIR *spool_open_listing(int fd);
