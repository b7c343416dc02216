/*
 * day_teller.h - sees to it that everybody gets the contacts of the day, and what is handed over
 * (store/day_notice.h). One of the nodes does it; that each is told once, rows decide.
 */
#pragma once

#include "store/day_notice.h"

struct day_teller;
struct event_base;
struct lane_pool;

/* `queued` is called on the loop after notices were committed. The settings must outlive it. NULL:
 * no memory. */
struct day_teller *day_teller_new(struct event_base *base, struct lane_pool *work,
                                  const struct escalation_settings *settings,
                                  void (*queued)(void *arg), void *arg);
/* Look now instead of within seconds. */
void day_teller_kick(struct day_teller *teller);
/* As those of campaign_runner_stop() and _busy(). */
void day_teller_stop(struct day_teller *teller);
bool day_teller_busy(const struct day_teller *teller);
void day_teller_free(struct day_teller *teller); /* NULL is fine */
