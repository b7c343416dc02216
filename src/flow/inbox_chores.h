/*
 * inbox_chores.h - what follows from messages of customers and nobody waits for: missing parts
 * given up, crowded numbers' ledgers written, contacts noted with the customers. Loop thread only.
 */
#pragma once

#include "store/inbound.h"

struct event_base;
struct inbox_chores;
struct lane_pool;

/* `follow` hears the outcome of what was given up. The rules must outlive it. NULL: no memory. */
struct inbox_chores *
inbox_chores_new(struct event_base *base, struct lane_pool *lanes, uint64_t key,
                 const struct inbound_rules *rules,
                 void (*follow)(void *arg, const struct inbound_outcome *outcome), void *arg);
void inbox_chores_free(struct inbox_chores *c); /* after its lanes' jobs are done; NULL is fine */

/* There is something to tidy (inbound_tidy()) now, and not only after a time. */
void inbox_chores_soon(struct inbox_chores *c);
void inbox_chores_contact(struct inbox_chores *c, const char *from, utc_us at);
