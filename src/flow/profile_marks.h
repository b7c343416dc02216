/* profile_marks.h - which partners' profiles are not what they were when they were read. */
#pragma once

struct profile_marks;

/* The profiles of a directory as they are now; NULL: it cannot be read, or no memory. */
struct profile_marks *profile_marks_read(const char *dir);
/* Calls `tell` for each file that is not as it was: "changed", "new" or "gone". */
void profile_marks_compare(const struct profile_marks *then, const struct profile_marks *now,
                           void (*tell)(void *arg, const char *file, const char *what), void *arg);
void profile_marks_free(struct profile_marks *marks); /* NULL is fine */
