/*
 * partner_report.h - what is done for partners by the clock: status files, and the question whether
 * an expected file came. When, each profile says (sections `status_file` and `expect`).
 *
 * Only one node at a time does it (lease "partner_report"); that nothing is done twice is decided
 * by the rows of partner_schedule. Nothing is in memory: what was due while nobody was there is
 * made up for at the next look.
 */
#pragma once

#include "base/rc.h"

struct event_base;
struct holiday_book;
struct lane_pool;
struct partner_report;

struct partner_report_settings {
    const char *root, *profiles_dir;
    const struct holiday_book *book; /* NULL: France alone is known */
};

/* `lanes`: with database connections. The settings' texts must outlive it. NULL: no memory. */
struct partner_report *partner_report_new(struct event_base *base, struct lane_pool *lanes,
                                          const struct partner_report_settings *settings);
void partner_report_stop(struct partner_report *report);
/* After the lanes' jobs are done; NULL is fine. */
void partner_report_free(struct partner_report *report);
