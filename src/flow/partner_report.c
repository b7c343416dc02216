/* partner_report.c - one job at a time, which looks at every profile that has a clock. */
#include "flow/partner_report.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/metric.h"
#include "base/runner.h"
#include "flow/partner_expect.h"
#include "flow/partner_status.h"
#include "store/alert.h"
#include "store/import.h"
#include "store/lease.h"
#include "store/mail_in_view.h"

#define LOG_PART "partner"
#include "base/log.h"

#define LEASE_US      (120 * USEC_PER_SEC)
#define LOOK_EVERY_US (2 * USEC_PER_SEC)
#define LANE_KEY      UINT64_C(0x7265706f7274) /* any: all jobs are on one lane */
#define KINDS_MAX     16

#define OPEN_ALERTS METRIC_GAUGE("relais_alerts_open", "Alerts that are open, by kind.")
/* Of each kind of alert that was ever seen; a kind that has none any more goes to 0. */
static struct metric open_alerts[KINDS_MAX] = {
    OPEN_ALERTS, OPEN_ALERTS, OPEN_ALERTS, OPEN_ALERTS, OPEN_ALERTS, OPEN_ALERTS,
    OPEN_ALERTS, OPEN_ALERTS, OPEN_ALERTS, OPEN_ALERTS, OPEN_ALERTS, OPEN_ALERTS,
    OPEN_ALERTS, OPEN_ALERTS, OPEN_ALERTS, OPEN_ALERTS,
};
static struct metric in_review =
    METRIC_GAUGE("relais_mail_review_open", "Mails that wait for a person: the review list.");

struct alert_counts {
    char kinds[KINDS_MAX][ALERT_KIND_SIZE];
    uint64_t open[KINDS_MAX];
    size_t n;
};

struct report_job {
    struct lease lease;
    struct alert_counts alerts; /* what run() found */
    uint64_t in_review;
    bool counted;
};

struct partner_report {
    struct runner jobs;
    struct partner_report_settings settings;
    struct partner_watch *watches; /* the lane's while the job is out */
    size_t n;
    utc_us since;
    struct report_job job;
    struct alert_counts shown; /* by open_alerts[] */
};

/* --- on the lane --- */

static enum rc look_at(struct partner_report *r, struct db *db, struct partner_watch *w)
{
    const struct profile *p = w->profile;
    const utc_us now = clock_now();
    enum rc rc = RC_OK;

    if (!w->partner_id)
        rc = import_partner(db, p->code, p->label, &w->partner_id);
    if (!rc && p->expect.head.line)
        rc = partner_expect_look(db, r->settings.root, w, r->since, now);
    if (!rc && p->status.head.line)
        rc = partner_status_look(db, r->settings.root, w, now);
    return rc;
}

static void note_alerts(void *arg, const char *kind, uint64_t n)
{
    struct alert_counts *a = arg;

    if (a->n == KINDS_MAX)
        return;
    snprintf(a->kinds[a->n], ALERT_KIND_SIZE, "%s", kind);
    a->open[a->n++] = n;
}

static utc_us job_run(void *work, void *resource)
{
    struct partner_report *r = work;
    struct report_job *job = &r->job;
    struct db *db = resource;
    utc_us oldest;
    enum rc rc = r->n ? lease_hold(db, &job->lease, LEASE_US) : RC_CONFLICT;

    for (size_t i = 0; !rc && i < r->n; i++) {
        const enum rc one = look_at(r, db, &r->watches[i]);

        if (one == RC_AGAIN) /* the database is away, which db says; or a disk, which was logged */
            continue;
        if (one)
            log_warn("profile=%s clock=failed rc=%s effect=\"tried again\"",
                     r->watches[i].profile->name, rc_name(one));
    }
    job->alerts.n = 0;
    job->counted = alerts_count(db, note_alerts, &job->alerts) == RC_OK &&
                   mail_review_count(db, &job->in_review, &oldest) == RC_OK;
    return RUNNER_IDLE;
}

/* --- on the loop --- */

static struct metric *metric_of(struct alert_counts *shown, const char *kind)
{
    size_t i = 0;

    while (i < shown->n && strcmp(shown->kinds[i], kind) != 0)
        i++;
    if (i == KINDS_MAX)
        return NULL;
    if (i == shown->n) {
        snprintf(shown->kinds[i], ALERT_KIND_SIZE, "%s", kind);
        snprintf(open_alerts[i].labels, sizeof(open_alerts[i].labels), "kind=\"%s\"", kind);
        metric_register(&open_alerts[i]);
        shown->n++;
    }
    return &open_alerts[i];
}

static void show_alerts(struct partner_report *r, const struct alert_counts *found)
{
    for (size_t i = 0; i < r->shown.n; i++) {
        uint64_t open = 0;

        for (size_t k = 0; k < found->n; k++)
            open += strcmp(found->kinds[k], r->shown.kinds[i]) == 0 ? found->open[k] : 0;
        metric_set(&open_alerts[i], (int64_t)open);
    }
    for (size_t k = 0; k < found->n; k++) {
        struct metric *m = metric_of(&r->shown, found->kinds[k]);

        if (m)
            metric_set(m, (int64_t)found->open[k]);
    }
}

static void job_done(void *owner)
{
    struct partner_report *r = owner;
    struct report_job *job = &r->job;

    if (job->counted) {
        show_alerts(r, &job->alerts);
        metric_set(&in_review, (int64_t)job->in_review);
    }
}

static const struct runner_ops ops = {
    .key = LANE_KEY,
    .every_us = LOOK_EVERY_US,
    .run = job_run,
    .done = job_done,
};

/* --- profiles --- */

/* Those that have no clock, or are faulty (which intake says), are passed over. */
static void add_profile(struct partner_report *r, const char *file)
{
    struct partner_watch *w = &r->watches[r->n];
    struct error err;
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", r->settings.profiles_dir, file);
    *w = (struct partner_watch){ 0 };
    if (profile_load(path, &w->profile, &err))
        return;
    w->profile->expect.when.book = r->settings.book;
    if ((w->profile->expect.head.line || w->profile->status.head.line) &&
        local_zone_open(w->profile->rules.timezone, &w->zone, &err) == RC_OK)
        r->n++;
    else
        profile_free(w->profile);
}

static enum rc load_profiles(struct partner_report *r)
{
    struct dirent **list = NULL;
    const int n = scandir(r->settings.profiles_dir, &list, profile_is_file, alphasort);

    r->watches = calloc((size_t)(n < 0 ? 0 : n) + 1, sizeof(*r->watches));
    for (int i = 0; i < n; i++) {
        if (r->watches)
            add_profile(r, list[i]->d_name);
        free(list[i]);
    }
    free(list);
    return r->watches ? RC_OK : RC_FAIL;
}

/* --- from start to stop --- */

struct partner_report *partner_report_new(struct event_base *base, struct lane_pool *lanes,
                                          const struct partner_report_settings *settings)
{
    struct partner_report *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->settings = *settings;
    r->since = clock_now();
    lease_init(&r->job.lease, "partner_report");
    for (const struct alert_kind *k = alert_kinds; k->name; k++)
        metric_of(&r->shown, k->name);
    if (load_profiles(r) || runner_init(&r->jobs, base, lanes, &ops, r, r)) {
        partner_report_free(r);
        return NULL;
    }
    return r;
}

void partner_report_stop(struct partner_report *report)
{
    runner_stop(&report->jobs);
}

void partner_report_free(struct partner_report *report)
{
    if (!report)
        return;
    runner_close(&report->jobs);
    for (size_t i = 0; i < report->n; i++) {
        local_zone_close(report->watches[i].zone);
        profile_free(report->watches[i].profile);
    }
    free(report->watches);
    free(report);
}
