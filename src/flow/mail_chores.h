/*
 * mail_chores.h - what follows from mails that came in and nobody waits for: customers who wrote,
 * refusals of crowded addresses, sources that are kept no longer. Loop thread only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct lane_pool;
struct mail_chores;

/* `keep_source_ms`: how long mails are kept as they came. NULL: no memory. */
struct mail_chores *mail_chores_new(struct event_base *base, struct lane_pool *pool,
                                    int64_t keep_source_ms);
/* These customers wrote. What is too much is left out: a later mail brings it up to date. */
void mail_chores_contacts(struct mail_chores *c, const uint64_t *customers, size_t n);
/* There is something that mail_in_follow() has to do. */
void mail_chores_follow(struct mail_chores *c);
void mail_chores_stop(struct mail_chores *c);
void mail_chores_free(struct mail_chores *c); /* after the pool's jobs are done; NULL is fine */
