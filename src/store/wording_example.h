/* wording_example.h - whom to try a wording on: nobody in particular, or some customers. */
#pragma once

#include "store/wording.h"

/* Values that a text may be judged by; constants, but for the fields of one's own: their names. */
void wording_example(const struct wording *w, const char *language, struct wording_person *person);

/*
 * One customer, or with `customer_id` 0 at most `limit` of those with a valid number: values as
 * they are, and the example's order. The row lives during the call; what `each` returns ends the
 * walk unless it is RC_OK. RC_NOTFOUND: no such customer, or erased.
 */
enum rc wording_customers(struct db *db, const struct wording *w, uint64_t customer_id,
                          size_t limit,
                          enum rc (*each)(void *arg, const struct wording_person *person,
                                          uint64_t customer_id, const char *address),
                          void *arg) MUST_CHECK;
