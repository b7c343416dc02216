/*
 * contact_list.h (flow) - makes the daily lists at each team's hour, and keeps them up to date.
 * What a list is, and the commands, are in store/contact_list.h.
 *
 * Only one node at a time does it (lease "contact_list"). A walk over all customers is many short
 * jobs; what it has gathered is in memory, and whoever dies in it leaves no trace: the next one
 * walks again.
 */
#pragma once

#include "store/contact_list.h"

struct event_base;
struct lane_pool;
struct contact_list_runner;

/* `lanes`: one that others do not wait for. `listed` is called on the loop after tasks were
 * committed. The settings must outlive the runner. NULL: no memory. */
struct contact_list_runner *contact_list_runner_new(struct event_base *base,
                                                    struct lane_pool *lanes,
                                                    const struct contact_list_settings *settings,
                                                    void (*listed)(void *arg), void *arg);
/* Look now instead of within some seconds: a list is wanted, or a policy was changed. */
void contact_list_runner_kick(struct contact_list_runner *runner);
/* As those of campaign_runner_stop() and _busy(). */
void contact_list_runner_stop(struct contact_list_runner *runner);
bool contact_list_runner_busy(const struct contact_list_runner *runner);
void contact_list_runner_free(struct contact_list_runner *runner); /* NULL is fine */
