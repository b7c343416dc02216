/*
 * partner_status.h - what became of a partner's orders, and of the messages about them, in ranges
 * of ids. A range that is told again is told the same: what is in it is never added to later.
 */
#pragma once

#include "domain/types.h"

struct db;

enum status_source {
    STATUS_OF_ORDER,   /* order_event: what the partner or its carriers told us */
    STATUS_OF_MESSAGE, /* what became of a message about the order */
    STATUS_OF_REPLY,   /* the customer said STOP after one */
    STATUS_SOURCES
};

/* Texts live until each() returns. */
struct status_change {
    enum status_source source;
    const char *order_number, *customer_number;
    const char *status; /* planned ... cancelled; sent, delivered, failed; stop */
    utc_us at;
    const char *place, *note;
};

/*
 * The last id that may be told at `now`: whatever is committed later has a greater one. While an
 * import is being applied, and for messages, that is some time back: ids are taken before they are
 * committed.
 */
enum rc status_safe_id(struct db *db, utc_us now, uint64_t *orders, uint64_t *messages) MUST_CHECK;

/* Tells a stretch of what is behind *after and not behind `to`, in the order of ids, and moves
 * *after on; it is `to` once all was told. */
enum rc status_tell(struct db *db, enum status_source source, unsigned partner_id, uint64_t *after,
                    uint64_t to, void (*each)(void *arg, const struct status_change *change),
                    void *arg) MUST_CHECK;
