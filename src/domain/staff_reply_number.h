/* staff_reply_number.h - "1234", "A17": numbers of tasks and alerts among the others of a text.
 * Pure. */
#pragma once

#include "domain/staff_reply.h"

/* The number of a task or an alert that stands there; returns its tokens, 0: none. */
size_t reply_number_at(const struct reply_text *t, size_t at, struct staff_reply_number *out);
/* What is counted stands there: "min", "kg", "jours". */
bool reply_unit_at(const struct reply_text *t, size_t at);
bool reply_number_listed(const struct staff_reply_number *list, size_t n,
                         const struct staff_reply_number *number);
