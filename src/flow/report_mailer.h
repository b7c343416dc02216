/*
 * report_mailer.h - sends reports on their schedules. Only one node at a time does it (lease
 * "report"); that a period goes out once is decided by the rows of report_sent. Nothing is in
 * memory: what was due while nobody was there is made up for, once, at the next look.
 */
#pragma once

#include "flow/report_mail.h"

struct event_base;
struct lane_pool;
struct report_mailer;

/* `lanes`: with database connections, where a report may take seconds. `queued` is called on the
 * loop after mails were committed. The settings must outlive it. NULL: no memory. */
struct report_mailer *report_mailer_new(struct event_base *base, struct lane_pool *lanes,
                                        const struct report_settings *settings,
                                        void (*queued)(void *arg), void *arg);
void report_mailer_stop(struct report_mailer *mailer);
bool report_mailer_busy(const struct report_mailer *mailer);
void report_mailer_free(struct report_mailer *mailer); /* after its job is done; NULL is fine */
