/*
 * recorder.h - collects what happened to messages and writes it in batches.
 *
 * One batch is out at a time; what comes meanwhile is the next. A batch that fails (the database is
 * away) is written again until it works, and only then are the carriers' receipts acknowledged:
 * what was not committed, the carrier will send again. Loop thread only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "channel/smpp/smpp.h"
#include "store/outbox.h"

struct answer_journal;
struct event_base;
struct lane_pool;
struct recorder;

/* `key`: the lane of all its jobs, so that they keep their order. `idle` is called on the loop each
 * time everything has been written. `journal` may be NULL. NULL: no memory. */
struct recorder *recorder_new(struct event_base *base, struct lane_pool *pool, uint64_t key,
                              struct answer_journal *journal, void (*idle)(void *arg), void *arg);
void recorder_free(struct recorder *r); /* after its lane's jobs are done; NULL is fine */

void recorder_add(struct recorder *r, const struct outbox_event *event);
/* A receipt: its deliver_sm is answered after the commit. The carrier must outlive the recorder. */
void recorder_add_receipt(struct recorder *r, const struct outbox_event *event,
                          struct smpp_carrier *carrier, struct smpp_ack ack);
/* Parts that a carrier accepted for a sender on `day` ("2026-11-25", where we are). */
void recorder_count(struct recorder *r, const char *day, unsigned carrier_id, const char *sender,
                    unsigned parts);
void recorder_close_slice(struct recorder *r, const struct outbox_slice_key *key);
/* Receipts without a message may find it now: at the start, or because some became unknown. */
void recorder_look_for_strays(struct recorder *r);
/* Customers of messages that were sent are to be marked contacted, also those of the last run. */
void recorder_mark_contacts(struct recorder *r);
/* From now on only what must be written before the end. */
void recorder_finish(struct recorder *r);

size_t recorder_backlog(const struct recorder *r); /* events not yet written */
/* The last batch could not be written: whatever leaves now would only add to what is in doubt. */
bool recorder_failing(const struct recorder *r);
bool recorder_idle(const struct recorder *r);
