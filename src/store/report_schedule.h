/*
 * report_schedule.h - reports that go out by mail when their period is over. A period of a schedule
 * goes out once: report_sent's key says so, in the transaction that queues its mails.
 */
#pragma once

#include "domain/report.h"
#include "store/mail_out.h"

struct arena;
struct db;

#define REPORT_RECIPIENTS_MAX 20
#define REPORT_NAME_MAX       64

/* What is NULL stays as it is or, of a new one, becomes what is usual. */
struct report_plan {
    const char *name;                      /* needed */
    const char *by, *period, *at;          /* at: "07:00" */
    const char *team, *manager, *category; /* "": all */
    const char *format, *language;
    const char *recipients; /* "anna@a.example, b@b.example" */
};

struct report_schedule {
    uint64_t id;
    const char *name;
    enum report_by by;
    enum report_period period;
    unsigned at_minute;
    const char *team, *manager, *category; /* "": all */
    const char *format, *language, *recipients, *problem;
    utc_us next_at;
    const char *last_day; /* of the last period that went out: "2026-11-22"; "": none has */
    utc_us last_at;
};

/* Made or changed, in the audit. `language`: of the house, for a new one. RC_INVALID: err and
 * *field say what is wrong. */
enum rc report_schedule_set(struct db *db, const struct report_plan *plan, const char *timezone,
                            const char *language, const char *who, const char **field,
                            struct error *err) MUST_CHECK;
/* RC_NOTFOUND: there is none of that name. */
enum rc report_schedule_remove(struct db *db, const char *name, const char *who) MUST_CHECK;
enum rc report_schedule_read(struct db *db, const char *name, struct arena *arena,
                             struct report_schedule *out) MUST_CHECK;
/* All of them, by name. What each() is given is gone when it returns. */
enum rc report_schedule_list(struct db *db,
                             void (*each)(void *arg, const struct report_schedule *schedule),
                             void *arg) MUST_CHECK;

/* --- doing --- */

/* The one that is due for longest. RC_NOTFOUND: none is. */
enum rc report_schedule_due(struct db *db, utc_us now, struct arena *arena,
                            struct report_schedule *out) MUST_CHECK;

struct report_sending {
    const struct report_schedule *schedule; /* as it was read */
    struct civil from, to;
    const struct mail_new *mails;
    size_t n;
    utc_us at, next_at;
};
/* A transaction: the mails are queued, and the schedule goes on. Of a period that went out before,
 * nothing is queued: *sent is false. RC_CONFLICT: it was changed, or dealt with, since. */
enum rc report_schedule_sent(struct db *db, const struct report_sending *sending,
                             bool *sent) MUST_CHECK;
/* It could not be made; until then nobody tries. */
enum rc report_schedule_failed(struct db *db, const struct report_schedule *schedule,
                               utc_us next_at, const char *problem) MUST_CHECK;
/* Sent because somebody asked for it, whatever was sent: in the audit. */
enum rc report_schedule_again(struct db *db, const struct report_sending *sending,
                              const char *who) MUST_CHECK;
