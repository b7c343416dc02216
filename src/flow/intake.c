/* intake.c - the loop's side of the intake: who may work now, and when to look again. */
#define _GNU_SOURCE
#include "flow/intake.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/lane.h"
#include "channel/file/file_reader.h"
#include "channel/file/watch.h"
#include "flow/intake_run.h"

#define LOG_PART "intake"
#include "base/log.h"

#define RETRY_MIN_MS 200
#define RETRY_MAX_MS 30000

struct partner {
    struct job job; /* first: the job is the partner */
    struct intake *intake;
    unsigned index;
    struct profile *profile;
    struct intake_run run; /* the lane's while `out` */
    enum rc rc;            /* of the last step */
    bool out, hinted, watched;
    struct event *retry;
    int64_t retry_ms;
    char in_path[512];
};

struct intake {
    struct event_base *base;
    struct lane_pool *pool;
    struct intake_settings settings;
    struct dir_watch *watch;
    struct event *rescan;
    bool stopping;
    struct partner *partners;
    unsigned n;
};

static struct timeval in_ms(int64_t ms)
{
    return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

static void retry_later(struct partner *p)
{
    const struct timeval wait = in_ms(p->retry_ms);

    evtimer_add(p->retry, &wait);
    p->retry_ms = p->retry_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : p->retry_ms * 2;
}

/* --- a step is a job --- */

static void partner_run(struct job *job, void *resource)
{
    struct partner *p = (struct partner *)job;

    p->rc = intake_run_step(&p->run, resource);
}

static void partner_post(struct partner *p)
{
    if (p->out || p->intake->stopping)
        return;
    p->hinted = false;
    p->out = lane_post(p->intake->pool, p->index, &p->job) == RC_OK;
    if (!p->out)
        retry_later(p);
}

static void partner_watch(struct partner *p)
{
    const bool watched = dir_watch_add(p->intake->watch, p->in_path, p->index) == RC_OK;

    /* What came between the look and the watch made no event. */
    if (watched && !p->watched)
        p->hinted = true;
    p->watched = watched;
}

/* Even when no more is taken: what was claimed before may still be on its way to the wire. */
static void tell_withdrawn(struct partner *p)
{
    const struct intake_settings *s = &p->intake->settings;

    for (size_t i = 0; s->withdrawn && i < p->run.n_withdrawn; i++)
        s->withdrawn(s->arg, p->run.withdrawn[i]);
    p->run.n_withdrawn = 0;
}

static void partner_done(struct job *job)
{
    struct partner *p = (struct partner *)job;

    p->out = false;
    tell_withdrawn(p);
    if (p->intake->stopping)
        return;
    if (p->rc == RC_AGAIN) {
        retry_later(p);
        return;
    }
    if (p->rc == RC_NOTFOUND || p->run.step > INTAKE_CLAIM)
        p->retry_ms = RETRY_MIN_MS; /* a file that cannot even be begun is tried less and less */
    if (!p->watched)
        partner_watch(p);
    if (p->rc == RC_OK || p->hinted)
        partner_post(p);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    partner_post(arg);
}

/* --- hints --- */

static void partner_hint(struct partner *p)
{
    p->hinted = true;
    if (!evtimer_pending(p->retry, NULL))
        partner_post(p);
}

static void on_heard(void *arg, unsigned tag)
{
    struct intake *intake = arg;

    if (tag < intake->n)
        partner_hint(&intake->partners[tag]);
}

static void on_rescan(evutil_socket_t fd, short what, void *arg)
{
    struct intake *intake = arg;

    (void)fd, (void)what;
    for (unsigned i = 0; i < intake->n; i++) {
        partner_watch(&intake->partners[i]);
        partner_hint(&intake->partners[i]);
    }
}

/* --- profiles --- */

static int is_profile(const struct dirent *entry)
{
    const size_t len = strlen(entry->d_name);

    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

static enum rc add_partner(struct intake *intake, const char *file)
{
    struct partner *p = &intake->partners[intake->n];
    struct error err;
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", intake->settings.profiles_dir, file);
    if (profile_load(path, &p->profile, &err)) {
        log_error("profile=%s refused reason=\"%s\" effect=\"files stay in in/\"", path, err.text);
        return RC_OK;
    }
    p->intake = intake;
    p->index = intake->n;
    p->job.run = partner_run;
    p->job.done = partner_done;
    p->retry_ms = RETRY_MIN_MS;
    snprintf(p->in_path, sizeof(p->in_path), "%s/%s/in", intake->settings.root, p->profile->code);
    intake_run_init(&p->run, intake->settings.root, p->profile, intake->settings.chunk_rows);
    p->retry = evtimer_new(intake->base, on_retry, p);
    intake->n++; /* from here on intake_free() sees it */
    return p->retry ? RC_OK : RC_FAIL;
}

static enum rc load_partners(struct intake *intake)
{
    struct dirent **list = NULL;
    const int n = scandir(intake->settings.profiles_dir, &list, is_profile, alphasort);
    enum rc rc = RC_OK;

    if (n < 0) {
        log_error("profiles=%s reason=\"cannot be read\" effect=\"no partner files are taken\"",
                  intake->settings.profiles_dir);
        return RC_OK;
    }
    intake->partners = calloc((size_t)n + 1, sizeof(*intake->partners));
    if (!intake->partners)
        rc = RC_FAIL;
    for (int i = 0; i < n; i++) {
        if (!rc)
            rc = add_partner(intake, list[i]->d_name);
        free(list[i]);
    }
    free(list);
    log_info("profiles=%s partners=%u", intake->settings.profiles_dir, intake->n);
    return rc;
}

/* --- from start to stop --- */

struct intake *intake_new(struct event_base *base, struct lane_pool *pool,
                          const struct intake_settings *settings)
{
    struct intake *intake = calloc(1, sizeof(*intake));
    const struct timeval rescan = in_ms(settings->rescan_ms);

    if (!intake)
        return NULL;
    file_reader_setup();
    signal(SIGIO, SIG_IGN); /* a writer that breaks a read lease (spool.c) would end the process */
    intake->base = base;
    intake->pool = pool;
    intake->settings = *settings;
    intake->watch = dir_watch_new(base, on_heard, intake);
    intake->rescan = event_new(base, -1, EV_PERSIST, on_rescan, intake);
    if (!intake->watch || !intake->rescan || load_partners(intake) ||
        event_add(intake->rescan, &rescan)) {
        intake_free(intake);
        return NULL;
    }
    for (unsigned i = 0; i < intake->n; i++)
        partner_post(&intake->partners[i]);
    return intake;
}

void intake_stop(struct intake *intake)
{
    intake->stopping = true;
    event_del(intake->rescan);
    for (unsigned i = 0; i < intake->n; i++)
        evtimer_del(intake->partners[i].retry);
}

void intake_free(struct intake *intake)
{
    if (!intake)
        return;
    for (unsigned i = 0; i < intake->n; i++) {
        struct partner *p = &intake->partners[i];

        intake_run_close(&p->run);
        if (p->retry)
            event_free(p->retry);
        profile_free(p->profile);
    }
    free(intake->partners);
    if (intake->rescan)
        event_free(intake->rescan);
    dir_watch_free(intake->watch);
    free(intake);
}
