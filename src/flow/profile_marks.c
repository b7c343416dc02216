/* profile_marks.c - a file that was written again has another time, size or inode. */
#define _GNU_SOURCE
#include "flow/profile_marks.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "channel/file/profile.h"

struct mark {
    char file[256];
    ino_t inode;
    off_t size;
    struct timespec written; /* all zero: it is there and cannot be looked at */
};

struct profile_marks {
    size_t n;
    struct mark marks[]; /* in the order of their names */
};

static void look(int dir, const char *file, struct mark *out)
{
    struct stat st = { 0 };

    snprintf(out->file, sizeof(out->file), "%.255s", file);
    if (fstatat(dir, file, &st, 0) == 0) {
        out->inode = st.st_ino;
        out->size = st.st_size;
        out->written = st.st_mtim;
    }
}

struct profile_marks *profile_marks_read(const char *dir)
{
    struct profile_marks *marks = NULL;
    struct dirent **files = NULL;
    int n = scandir(dir, &files, profile_is_file, alphasort);
    DIR *at = n < 0 ? NULL : opendir(dir);

    if (at)
        marks = calloc(1, sizeof(*marks) + (size_t)n * sizeof(marks->marks[0]));
    for (int i = 0; i < n; i++) {
        if (marks)
            look(dirfd(at), files[i]->d_name, &marks->marks[marks->n++]);
        free(files[i]);
    }
    free(files);
    if (at)
        closedir(at);
    return marks;
}

static bool same(const struct mark *a, const struct mark *b)
{
    return a->inode == b->inode && a->size == b->size && a->written.tv_sec == b->written.tv_sec &&
           a->written.tv_nsec == b->written.tv_nsec;
}

void profile_marks_compare(const struct profile_marks *then, const struct profile_marks *now,
                           void (*tell)(void *arg, const char *file, const char *what), void *arg)
{
    size_t i = 0, k = 0;

    while (i < then->n || k < now->n) {
        const struct mark *a = i < then->n ? &then->marks[i] : NULL;
        const struct mark *b = k < now->n ? &now->marks[k] : NULL;
        const int order = !a ? 1 : !b ? -1 : strcoll(a->file, b->file); /* as alphasort() */

        if (order < 0)
            tell(arg, a->file, "gone");
        else if (order > 0)
            tell(arg, b->file, "new");
        else if (!same(a, b))
            tell(arg, b->file, "changed");
        i += order <= 0;
        k += order >= 0;
    }
}

void profile_marks_free(struct profile_marks *marks)
{
    free(marks);
}
