/* outbox_rig.h - five promotions in a queue, and short words for what tests do with them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/outbox.h"

/* A day after the ids' epoch: the small ids of these tests are as old as they say. */
#define NOW  (INT64_C(1704153600) * USEC_PER_SEC)
#define HOUR (3600 * USEC_PER_SEC)

extern struct db *db; /* open between setup and teardown */
int rig_setup(void **state);
int rig_teardown(void **state);
int rig_fresh(void **state); /* an empty database before each test */

uint64_t number(const char *sql);
void state_of(uint64_t id, char name[20]);

/* Promotions 1 to 5 to customers 1 to 5, who all consented, in one slice. */
void five_promotions(void);
/* 300 messages to one handset, all claimed; the carrier took them all but the last. */
void crowd_is_accepted(struct outbox_event events[300], struct outbox_slice_key *slice);

/* From the default queue. */
size_t claim(unsigned limit, struct outbox_claim *out, struct arena *arena);
extern bool more_promo; /* what the last claim() said */

/* Returns how many receipts found no message. */
size_t record_all(struct outbox_event *events, size_t n, const struct outbox_slice_key *closed,
                  size_t n_closed);
/* The same for a few constant ones. */
void record(const struct outbox_event *events, size_t n, const struct outbox_slice_key *closed,
            size_t n_closed);
