/*
 * mail_files.h - a partner's files that came by mail go to its in/, where the intake takes them as
 * if the partner had dropped them.
 *
 * Each is written under a hidden name, synced and renamed, and then its row is marked; what a crash
 * leaves between the two is put there again, and the intake knows it by its content. Never over
 * another file: one of a name that is taken waits until the intake has taken the other. One node at
 * a time does it. Loop thread only.
 */
#pragma once

#include <stdbool.h>

struct event_base;
struct intake;
struct lane_pool;
struct mail_files;

/* `root`: the partners' directories. The intake, `root` and the pool (with database connections)
 * must outlive it. NULL: no memory. */
struct mail_files *mail_files_new(struct event_base *base, struct lane_pool *pool,
                                  struct intake *intake, const char *root);
/* Something was noted: look now instead of within a minute. NULL is fine. */
void mail_files_kick(struct mail_files *m);
/* Posts no further job; one may still be out: free it only after the pool's jobs are done. */
void mail_files_stop(struct mail_files *m);
bool mail_files_busy(const struct mail_files *m);
void mail_files_free(struct mail_files *m); /* NULL is fine */
