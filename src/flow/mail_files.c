/* mail_files.c - see mail_files.h. A job is one file. */
#include "flow/mail_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/lane.h"
#include "channel/file/answer_file.h"
#include "channel/file/spool.h"
#include "domain/file_name.h"
#include "flow/intake.h"
#include "flow/intake_profiles.h"
#include "store/lease.h"
#include "store/mail_file.h"

#define LOG_PART "mail"
#include "base/log.h"
#include "base/metric.h"

#define LEASE_US     (60 * USEC_PER_SEC)
#define LOOK_EVERY_S 60
#define LANE_KEY     UINT64_C(0x6d66696c65) /* any */

static struct metric placed_total = METRIC_COUNTER(
    "relais_mail_files_total", "Partners' files that came by mail and were handed to the intake.");

enum outcome { NOTHING, PLACED, WAITS, FAILED };

struct mail_files_job {
    struct job job;
    struct mail_files *files; /* for done(); run() leaves it alone */
    const char *root;
    const struct partner_profiles *profiles;
    unsigned n_profiles;
    struct lease lease;
    struct partner_file at; /* the last one that was looked at: those behind it are next */
    enum outcome outcome;
};

struct mail_files {
    struct lane_pool *pool;
    struct intake *intake;
    struct event *timer;
    struct mail_files_job job;
    bool busy, again, stopped;
};

/* --- on the lane --- */

static const struct partner_profiles *profiles_of(const struct mail_files_job *job,
                                                  const char *partner)
{
    for (unsigned i = 0; i < job->n_profiles; i++) {
        if (strcmp(job->profiles[i].code, partner) == 0)
            return &job->profiles[i];
    }
    return NULL;
}

static enum rc write_piece(void *arg, const void *bytes, size_t n)
{
    return fwrite(bytes, 1, n, arg) == n ? RC_OK : RC_FAIL;
}

/* RC_CONFLICT: in/ has another file of this name. */
static enum rc write_file(struct db *db, const struct drop_box *box, const struct partner_file *f,
                          const struct document *d, struct error *err)
{
    struct answer_file *file = NULL;
    struct spool_copy there;
    enum rc rc = answer_file_begin_in(box->fds[BOX_IN], f->name, &file, err);

    if (rc)
        return rc;
    rc = document_read(db, d->id, write_piece, answer_file_out(file));
    if (rc) {
        error_set(err, rc, "in/%s: cannot be written, or its document not read", f->name);
        answer_file_abandon(file);
        return rc;
    }
    rc = answer_file_end_in(file, err);
    /* Perhaps we put it there ourselves, before a crash. */
    if (rc == RC_CONFLICT && spool_hash(box, f->name, d->size, &there, err) == RC_OK &&
        memcmp(there.sha256, d->sha256, sizeof(there.sha256)) == 0)
        rc = RC_OK;
    if (rc == RC_CONFLICT)
        error_set(err, rc, "in/ has another file of this name; it waits until that one is taken");
    return rc;
}

/* A profile that waits for a marker beside its files gets one. */
static enum rc write_marker(const struct drop_box *box, const struct partner_profiles *p,
                            const struct partner_file *f, struct error *err)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct take_rules *take = &p->profiles[i]->take;
        struct answer_file *file = NULL;
        char name[SPOOL_NAME_SIZE + TAKE_MARKER_SIZE];
        enum rc rc;

        if (take->complete != TAKE_MARKER || !take_rules_match(take, f->name))
            continue;
        snprintf(name, sizeof(name), "%s%s", f->name, take->marker);
        rc = answer_file_begin_in(box->fds[BOX_IN], name, &file, err);
        return rc ? rc : answer_file_end(file, err);
    }
    return RC_OK;
}

/* RC_INVALID: it never can be. */
static enum rc place(struct db *db, const struct mail_files_job *job, const struct partner_file *f,
                     struct error *err)
{
    const struct partner_profiles *p = profiles_of(job, f->partner);
    struct drop_box box;
    struct document d;
    enum rc rc;

    if (!p)
        return error_set(err, RC_AGAIN, "there is no profile of partner %s", f->partner);
    if (file_name_is_unfinished(f->name))
        return error_set(err, RC_INVALID, "it is named like a file that is still being written");
    rc = document_get(db, f->document_id, &d);
    if (rc == RC_NOTFOUND)
        return error_set(err, RC_INVALID, "its document is gone");
    if (!rc)
        rc = drop_box_open(job->root, f->partner, &box, err);
    if (rc)
        return rc;
    rc = write_file(db, &box, f, &d, err);
    if (!rc)
        rc = write_marker(&box, p, f, err);
    drop_box_close(&box);
    return rc;
}

static void settle(struct db *db, struct mail_files_job *job, enum rc placed,
                   const struct error *err)
{
    const struct partner_file *f = &job->at;
    enum rc rc;

    if (!placed) {
        rc = mail_file_placed(db, f, clock_now());
        job->outcome = PLACED;
        metric_add(&placed_total, 1);
        log_info("partner=%s mail=%" PRIu64 " n=%u event=placed", f->partner, f->mail_id, f->n);
    } else if (placed == RC_INVALID) {
        rc = mail_file_failed(db, f, err->text, clock_now());
        job->outcome = FAILED;
        log_warn("partner=%s mail=%" PRIu64 " n=%u event=refused reason=\"%s\"", f->partner,
                 f->mail_id, f->n, err->text);
    } else {
        rc = mail_file_delayed(db, f, err->text);
        job->outcome = WAITS;
    }
    if (rc) /* it is looked at again, and found in in/ or known by the intake */
        log_warn("mail=%" PRIu64 " n=%u rc=%s effect=\"tried again\"", f->mail_id, f->n,
                 rc_name(rc));
}

static void job_run(struct job *base, void *resource)
{
    struct mail_files_job *job = (struct mail_files_job *)base;
    struct partner_file next;
    struct error err = { 0 };
    struct db *db = resource;

    job->outcome = NOTHING;
    if (lease_hold(db, &job->lease, LEASE_US)) /* another node is at it, or the database away */
        return;
    if (mail_file_next(db, job->at.mail_id, job->at.n, &next)) {
        /* Not worth a word when it fails: what releases it else is its time. */
        enum rc rc = lease_release(db, &job->lease);

        (void)rc;
        return;
    }
    job->at = next;
    settle(db, job, place(db, job, &job->at, &err), &err);
}

/* --- on the loop --- */

static void post(struct mail_files *m)
{
    if (m->stopped)
        return;
    m->busy = lane_post(m->pool, LANE_KEY, &m->job.job) == RC_OK; /* if not: the timer comes */
}

void mail_files_kick(struct mail_files *m)
{
    if (!m)
        return;
    m->again = m->busy;
    if (!m->busy)
        post(m);
}

static void job_done(struct job *base)
{
    struct mail_files *m = ((struct mail_files_job *)base)->files;

    m->busy = false;
    switch (m->job.outcome) {
    case PLACED:
        intake_hint(m->intake, m->job.at.partner);
        break;
    case WAITS:
    case FAILED:
        break;
    case NOTHING: /* the end of the list, or no time for it */
        m->job.at = (struct partner_file){ .mail_id = 0 };
        if (!m->again)
            return;
        m->again = false;
        break;
    }
    post(m);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    mail_files_kick(arg);
}

struct mail_files *mail_files_new(struct event_base *base, struct lane_pool *pool,
                                  struct intake *intake, const char *root)
{
    const struct timeval every = { .tv_sec = LOOK_EVERY_S };
    struct mail_files *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    m->pool = pool;
    m->intake = intake;
    m->job.job.run = job_run;
    m->job.job.done = job_done;
    m->job.files = m;
    m->job.root = root;
    m->job.profiles = intake_profiles(intake, &m->job.n_profiles);
    lease_init(&m->job.lease, "mail_files");
    metric_register(&placed_total);
    m->timer = event_new(base, -1, EV_PERSIST, on_timer, m);
    if (!m->timer || event_add(m->timer, &every)) {
        mail_files_free(m);
        return NULL;
    }
    post(m);
    return m;
}

void mail_files_stop(struct mail_files *m)
{
    m->stopped = true;
    event_del(m->timer);
}

bool mail_files_busy(const struct mail_files *m)
{
    return m->busy;
}

void mail_files_free(struct mail_files *m)
{
    if (!m)
        return;
    if (m->timer)
        event_free(m->timer);
    free(m);
}
