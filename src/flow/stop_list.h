/*
 * stop_list.h - addresses that said STOP a moment ago.
 *
 * The claim checks the database; between a claim's commit and the wire a STOP can come in. This
 * list closes that gap on the loop: an address is on it from the STOP's arrival until every claim
 * that could have missed it is over.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct stop_list;

struct stop_list *stop_list_new(void);
void stop_list_free(struct stop_list *l);
void stop_list_add(struct stop_list *l, const char *address, int64_t monotonic_now);
bool stop_list_has(struct stop_list *l, const char *address, int64_t monotonic_now);
