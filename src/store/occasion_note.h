/*
 * occasion_note.h - news of orders are noted for the occasions that wait for them, in the
 * transaction that changes the orders. For the writers of orders only.
 */
#pragma once

#include "domain/occasion.h"
#include "store/db.h"

#define OCCASIONS_MAX 64 /* that are on at a time */

/* Which occasions wait for news of orders. */
struct occasion_wants {
    size_t n;
    struct {
        uint64_t id;
        enum occasion_kind kind;
        int64_t keep_s; /* news older than that are none */
    } list[OCCASIONS_MAX];
};
/* Part of the caller's transaction; one look at a table of a few rows. */
enum rc occasion_wants_read(struct db *db, struct occasion_wants *out) MUST_CHECK;

/* What came again before its message was made takes the place of what was noted. */
#define OCCASION_NOTE_SQL                                                                    \
    "INSERT INTO occasion_event (occasion_id, customer_id, subject_id, round, at, due_at)\n" \
    "VALUES (?, ?, ?, ?, ?, ?)\n"                                                            \
    "ON DUPLICATE KEY UPDATE at = VALUES(at), due_at = VALUES(due_at)"
/* Adds a row of OCCASION_NOTE_SQL for each occasion that waits for it. */
enum rc occasion_note(const struct occasion_wants *wants, const struct order_change *change,
                      utc_us now, struct db_bulk *bulk) MUST_CHECK;
