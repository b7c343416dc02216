/*
 * settled.h - which files have not changed for a while, seen by looking again and again: for
 * network disks, whose clocks are not ours and which know no leases. channel/file's own.
 *
 *     settled_begin(); for each file: settled_for_us(); settled_end();
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define SETTLED_MAX 4096 /* files that are remembered; others count as changed just now */

struct settled_file {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime;
    int64_t since_us; /* monotonic */
};

struct settled {
    struct settled_file *before, *now; /* of the last look, and of the one under way */
    size_t n_before, n_now, cap_now, cap_before, hint;
};

void settled_close(struct settled *s);
void settled_begin(struct settled *s);
/* For how long this file has been seen as it is now. */
int64_t settled_for_us(struct settled *s, const struct stat *st, int64_t now_us);
void settled_end(struct settled *s); /* files that were not seen are forgotten */
