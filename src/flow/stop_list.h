/*
 * stop_list.h - addresses that said STOP a moment ago.
 *
 * The claim checks the database; between a claim's commit and the wire a STOP can come in. This
 * list closes that gap on the loop: it withholds what was claimed before the STOP was there to be
 * seen. What is claimed later was checked against the database, which knows more: whether it was
 * the number that refused, or one of those who share it, and whether it was taken back.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct stop_list;

struct stop_list *stop_list_new(void);
void stop_list_free(struct stop_list *l);
void stop_list_add(struct stop_list *l, const char *address, int64_t monotonic_now);
/* Could a claim of that moment have missed it? */
bool stop_list_has(struct stop_list *l, const char *address, int64_t claimed_at);
