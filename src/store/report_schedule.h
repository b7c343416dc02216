/*
 * report_schedule.h - reports that go out by mail when their period is over. A period of a schedule
 * goes out once (of one for each manager: once to each): report_sent's key says so, in the
 * transaction that queues its mails.
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
    const char *for_each;                  /* "manager"; "": the recipients get one */
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
    const char *for_each; /* "manager": each one's, to each one; then nobody is a recipient */
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
    unsigned manager_id; /* whose people it is about, of one for each manager; else 0 */
    const struct mail_new *mails;
    size_t n;
    utc_us at, next_at; /* next_at 0: it stays due, for the next manager */
};
/* A transaction: the mails are queued, and the schedule goes on. Of a period that went out before,
 * nothing is queued: *sent is false. RC_CONFLICT: it was changed, or dealt with, since. */
enum rc report_schedule_sent(struct db *db, const struct report_sending *sending,
                             bool *sent) MUST_CHECK;
/* Whether these days went out (manager_id as above): a day is not the week that begins with it. */
enum rc report_schedule_was_sent(struct db *db, const struct report_schedule *schedule,
                                 const struct civil *from, const struct civil *to,
                                 unsigned manager_id, bool *was) MUST_CHECK;
/* Until then nobody looks at it. `problem`: why it could not be made; "": all of it is done. */
enum rc report_schedule_put_off(struct db *db, const struct report_schedule *schedule,
                                utc_us next_at, const char *problem) MUST_CHECK;
/* Sent because somebody asked for it, whatever was sent: in the audit. */
enum rc report_schedule_again(struct db *db, const struct report_sending *sending,
                              const char *who) MUST_CHECK;
/* The same of one for each manager: the period that begins on `from` is due again, as if it had not
 * gone out. */
enum rc report_schedule_anew(struct db *db, const struct report_schedule *schedule,
                             const struct civil *from, const char *who) MUST_CHECK;
