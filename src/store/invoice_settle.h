/* invoice_settle.h - what follows for an invoice when its row or its payments changed: is anything
 * still to be paid? */
#pragma once

/* The end of the SET clause of an UPDATE: it looks at amount, state and sum as they are by now.
 * Values: now, now. */
#define INVOICE_SETTLE                                                                   \
    "  paid_at = IF(state = 'paid' OR paid_cents >= amount_cents, COALESCE(paid_at, ?)," \
    "               NULL),\n"                                                            \
    "  cancelled_at = IF(state = 'cancelled', COALESCE(cancelled_at, ?), NULL)\n"

/* Sums up the payments of one invoice. Values: now, now, its id. */
extern const char invoice_sum_sql[];
