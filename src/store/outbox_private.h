/* outbox_private.h - what the book of messages (outbox_record.c) and its receipts in search of a
 * message (outbox_receipt.c) share. */
#pragma once

#include "store/outbox.h"

/* The place of a kind in the column's ENUM: cheaper than its name for each row. */
unsigned outbox_kind_number(enum outbox_event_kind kind);

/* The message of a receipt: by the carrier's id, else by the reference that it repeats. Not found:
 * message_id stays 0. */
enum rc outbox_find_message(struct db *db, struct outbox_event *e) MUST_CHECK;

/* Both part of their caller's transaction. */
enum rc outbox_keep_stray(struct db *db, uint64_t id, const struct outbox_event *e) MUST_CHECK;
struct outbox_adoption {
    const uint64_t *strays; /* ids of those that have found their message */
    size_t n;
};
enum rc outbox_drop_strays(struct db *db, const struct outbox_adoption *adoption) MUST_CHECK;

/* Writes a batch in one transaction, and drops what it adopts (NULL: nothing). */
enum rc outbox_write(struct db *db, struct outbox_batch *batch,
                     const struct outbox_adoption *adoption) MUST_CHECK;
