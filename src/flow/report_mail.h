/* report_mail.h - the report of a schedule, made and put into the queue of mails. */
#pragma once

#include "store/report.h"
#include "store/report_schedule.h"

/* What the house says of all reports. */
struct report_settings {
    const char *timezone, *language, *currency;
    unsigned order_days;
    uint64_t attachment_max; /* bytes */
};

/* A query with what the house says; all else is to be filled in. */
struct report_query report_settings_query(const struct report_settings *settings);

/*
 * One that is due: the last period that is over, once, however many were missed; of a schedule for
 * each manager, that of one who has none yet. Reports that cannot be made are tried again later,
 * and the schedule says why. *did: there was one.
 */
enum rc report_mail_due(struct db *db, const struct report_settings *settings,
                        bool *did) MUST_CHECK;
/* The last period of a schedule, whether it went out or not; *mails are queued, or it is due again
 * for that many *managers. RC_NOTFOUND: there is no such schedule. RC_INVALID: err says why it
 * cannot be made. */
enum rc report_mail_again(struct db *db, const struct report_settings *settings, const char *name,
                          const char *who, size_t *mails, size_t *managers,
                          struct error *err) MUST_CHECK;
