/*
 * public_links.h - from a short link's code to where it leads, and the book of visits.
 *
 * Nothing here waits. Codes are read on the loop; what is not in a small memory of the last ones is
 * looked up on a lane, many at a time, while a bounded number of visitors wait for it. Visits are
 * written on the lane, too, in batches, from a bounded list. While the database is away, links that
 * are still in memory lead on and the others say "in a moment"; visits are kept as long as there is
 * room, then lost and counted.
 */
#pragma once

#include <stdbool.h>

struct event_base;
struct http_call;
struct lane_pool;
struct link_settings;
struct public_links;

/* NULL: no memory. */
struct public_links *public_links_new(const struct link_settings *settings, struct event_base *base,
                                      struct lane_pool *lanes);
/* Answers the call, now or when the database has said where `code` leads. */
void public_links_follow(struct public_links *l, struct http_call *call, const char *code);
void public_links_stop(struct public_links *l); /* writes what is still to be written */
bool public_links_busy(const struct public_links *l);
void public_links_free(struct public_links *l); /* NULL is fine */
