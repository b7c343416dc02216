/*
 * intake.c - the loop's side of the intake: who may work now, and when to look again.
 *
 * A partner has as many workers as files may be read at once, and one desk (intake_desk.h): the
 * worker that has it looks into in/ and claims a file, then the next one may. Turns are given in
 * the order in which they were asked for, as long as fewer files are under way than intake_settings
 * allows.
 */
#define _GNU_SOURCE
#include "flow/intake.h"

#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "base/lane.h"
#include "base/metric.h"
#include "channel/file/file_reader.h"
#include "channel/file/watch.h"
#include "flow/intake_profiles.h"
#include "flow/profile_marks.h"
#include "flow/partner_metrics.h"
#include "flow/intake_run.h"

#define LOG_PART "intake"
#include "base/log.h"

#define RETRY_MIN_MS 200
#define RETRY_MAX_MS 30000
#define AGAIN_MIN_MS 50

/* One file at a time, from in/ to its receipt. */
struct worker {
    struct job job; /* first: the job is the worker */
    struct partner *partner;
    struct intake_run run; /* the lane's while `out` */
    enum intake_step step; /* the last one */
    enum rc rc;            /* and what came of it */
    bool out, at_desk;
    bool held;        /* the lane was full: to be posted again */
    uint64_t at_hand; /* the import it is at work on; 0: none */
    /* How far it ever got, and with which import. */
    uint64_t far_import, far_checked, far_next;
};

struct partner {
    struct intake *intake;
    unsigned index;
    const struct partner_profiles *profiles;
    struct intake_desk desk;
    struct worker *workers; /* NULL: a profile is faulty, the files wait */
    unsigned n_workers;
    bool desk_taken, hinted, watched, queued;
    STAILQ_ENTRY(partner) link; /* in the queue for turns */
    struct event *retry;
    int64_t retry_ms;
    struct event *again; /* a file may be complete then that makes no event */
    char in_path[512];
    /* for the status */
    struct spool_view view;
    char last_file[IMPORT_NAME_SIZE], trouble[INTAKE_TROUBLE_SIZE];
    const char *last_state;
    uint64_t last_import;
    utc_us last_at;
    struct metric waiting, oldest, at_work, blocked;
    struct partner_metrics came_to; /* its files */
};

struct intake {
    struct event_base *base;
    struct lane_pool *pool;
    struct intake_settings settings;
    struct dir_watch *watch;
    struct event *rescan;
    bool stopping;
    atomic_bool stop; /* the same, for the lanes */
    struct partner_profiles *profiles;
    unsigned n_profiles;
    struct profile_marks *marks; /* of the profiles' files, as they were read; NULL: not known */
    struct partner *partners;
    unsigned n;
    unsigned under_way; /* files, and looks for one */
    STAILQ_HEAD(, partner) queue;
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

static void worker_run(struct job *job, void *resource)
{
    struct worker *w = (struct worker *)job;

    w->rc = intake_run_step(&w->run, resource);
}

static void worker_post(struct worker *w)
{
    struct partner *p = w->partner;

    if (p->intake->stopping)
        return;
    w->step = w->run.step;
    /* A worker has one step out at a time, so its steps are in order on whatever lane. */
    w->out = lane_post(p->intake->pool, lane_quietest(p->intake->pool), &w->job) == RC_OK;
    w->held = !w->out;
    if (w->held)
        retry_later(p);
}

/* --- turns --- */

static struct worker *idle_worker(const struct partner *p)
{
    for (unsigned i = 0; i < p->n_workers; i++) {
        struct worker *w = &p->workers[i];

        if (!w->out && !w->held && !w->at_hand && !w->at_desk)
            return w;
    }
    return NULL;
}

static void give_turn(struct partner *p)
{
    struct worker *w = p->desk_taken ? NULL : idle_worker(p);
    struct intake_run *run;

    if (!w)
        return; /* whoever has the desk, or ends its file, asks for the next turn */
    run = &w->run;
    run->n_others = 0;
    for (unsigned i = 0; i < p->n_workers; i++) {
        if (p->workers[i].at_hand)
            run->others[run->n_others++] = p->workers[i].at_hand;
    }
    p->hinted = false;
    p->desk_taken = w->at_desk = true;
    p->intake->under_way++;
    worker_post(w);
}

static void serve(struct intake *intake)
{
    const unsigned most = intake->settings.at_once;
    struct partner *p;

    while (!intake->stopping && (!most || intake->under_way < most) &&
           (p = STAILQ_FIRST(&intake->queue)) != NULL) {
        STAILQ_REMOVE_HEAD(&intake->queue, link);
        p->queued = false;
        give_turn(p);
    }
}

static void ask_for_turn(struct partner *p)
{
    if (p->workers && !p->queued) {
        p->queued = true;
        STAILQ_INSERT_TAIL(&p->intake->queue, p, link);
    }
    serve(p->intake);
}

static void leave_desk(struct worker *w)
{
    if (w->at_desk)
        w->partner->desk_taken = false;
    w->at_desk = false;
}

/* Neither at the desk nor at work on a file. */
static void be_idle(struct worker *w)
{
    leave_desk(w);
    w->at_hand = 0;
    w->partner->intake->under_way--;
}

/* --- what a step found --- */

static void partner_watch(struct partner *p)
{
    const bool watched = dir_watch_add(p->intake->watch, p->in_path, p->index) == RC_OK;

    /* What came between the look and the watch made no event. */
    if (watched && !p->watched)
        p->hinted = true;
    p->watched = watched;
}

/* Even when no more is taken: what was claimed before may still be on its way to the wire. */
static void tell_withdrawn(struct worker *w)
{
    const struct intake_settings *s = &w->partner->intake->settings;

    for (size_t i = 0; s->withdrawn && i < w->run.n_withdrawn; i++)
        s->withdrawn(s->arg, w->run.withdrawn[i]);
    w->run.n_withdrawn = 0;
}

static void show(struct partner *p)
{
    const utc_us now = clock_now();
    int64_t at_work = 0;

    for (unsigned i = 0; i < p->n_workers; i++)
        at_work += p->workers[i].at_hand != 0;
    metric_set(&p->waiting, (int64_t)p->view.waiting);
    metric_set(&p->oldest, p->view.waiting && p->view.oldest_at < now
                               ? (now - p->view.oldest_at) / USEC_PER_SEC
                               : 0);
    metric_set(&p->at_work, at_work);
    metric_set(&p->blocked, *p->trouble != 0);
}

static void note_step(struct worker *w)
{
    struct partner *p = w->partner;
    const struct intake_run *run = &w->run;

    if (w->step == INTAKE_CLAIM)
        p->view = run->view;
    if (w->rc != RC_OK || run->step > INTAKE_CLAIM)
        memcpy(p->trouble, run->trouble, sizeof(p->trouble));
}

/* Its last step was INTAKE_FINISH or INTAKE_UNDO. */
static void note_end(struct worker *w)
{
    struct partner *p = w->partner;

    memcpy(p->last_file, w->run.imp.file_name, sizeof(p->last_file));
    p->last_state = import_state_name(w->run.imp.state);
    p->last_import = w->at_hand;
    p->last_at = clock_now();
    partner_metrics_end(&p->came_to, &w->run.imp);
}

static void look_again(struct partner *p)
{
    const int64_t ms = p->view.again_ms;
    const struct timeval wait = in_ms(ms < AGAIN_MIN_MS ? AGAIN_MIN_MS : ms);

    if (ms)
        evtimer_add(p->again, &wait);
}

/* Further than ever: an import that only begins again and again does not. */
static bool has_moved(struct worker *w)
{
    const struct intake_run *run = &w->run;
    const bool other = run->imp.id != w->far_import;

    if (!other && run->checked_rows <= w->far_checked && run->imp.next_row <= w->far_next)
        return false;
    if (other || run->checked_rows > w->far_checked)
        w->far_checked = run->checked_rows;
    if (other || run->imp.next_row > w->far_next)
        w->far_next = run->imp.next_row;
    w->far_import = run->imp.id;
    return true;
}

/* The step went well: on with the file, or with the next one. */
static void go_on(struct worker *w)
{
    struct partner *p = w->partner;

    if (w->run.step > INTAKE_CLAIM) { /* it has a file */
        if (has_moved(w))
            p->retry_ms = RETRY_MIN_MS;
        w->at_hand = w->run.imp.id;
        if (w->at_desk) {
            leave_desk(w);
            ask_for_turn(p);
        }
        worker_post(w);
    } else if (w->at_desk) {
        worker_post(w);
    } else {
        if (w->step == INTAKE_FINISH || w->step == INTAKE_UNDO)
            note_end(w); /* else it waits for another import */
        be_idle(w);
        ask_for_turn(p);
    }
}

/* It found nothing, or was hindered. */
static void give_up(struct worker *w)
{
    struct partner *p = w->partner;

    be_idle(w);
    if (w->rc != RC_NOTFOUND) {
        retry_later(p);
        return;
    }
    p->retry_ms = RETRY_MIN_MS; /* a file that cannot even be begun is tried less and less */
    look_again(p);
    if (p->hinted)
        ask_for_turn(p);
}

static void worker_done(struct job *job)
{
    struct worker *w = (struct worker *)job;
    struct partner *p = w->partner;

    w->out = false;
    tell_withdrawn(w);
    if (p->intake->stopping)
        return;
    note_step(w);
    if (!p->watched)
        partner_watch(p);
    if (w->rc == RC_OK)
        go_on(w);
    else
        give_up(w);
    show(p);
    serve(p->intake);
}

/* --- hints --- */

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
    struct partner *p = arg;

    (void)fd, (void)what;
    for (unsigned i = 0; i < p->n_workers; i++) {
        if (p->workers[i].held)
            worker_post(&p->workers[i]);
    }
    ask_for_turn(p);
}

static void partner_hint(struct partner *p)
{
    p->hinted = true;
    if (!evtimer_pending(p->retry, NULL))
        ask_for_turn(p);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    partner_hint(arg);
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
        struct partner *p = &intake->partners[i];

        show(p);
        if (p->workers)
            partner_watch(p);
        partner_hint(p);
    }
}

/* --- partners --- */

static void add_metric(struct partner *p, struct metric *m, const char *name, const char *help)
{
    *m = (struct metric){ .name = name, .help = help, .kind = METRIC_KIND_GAUGE };
    snprintf(m->labels, sizeof(m->labels), "partner=\"%s\"", p->profiles->code);
    metric_register(m);
}

static void add_metrics(struct partner *p)
{
    add_metric(p, &p->waiting, "relais_import_waiting_files",
               "Files in a partner's in/, complete or not, at the last look.");
    add_metric(p, &p->oldest, "relais_import_oldest_waiting_seconds",
               "For how long the oldest of them has been there.");
    add_metric(p, &p->at_work, "relais_import_files_at_work", "Files that are being read.");
    add_metric(p, &p->blocked, "relais_import_blocked",
               "1: something is in the way of a partner's files; the log says what.");
    partner_metrics_init(&p->came_to, p->profiles->code);
}

static enum rc hire(struct partner *p)
{
    const struct intake_settings *s = &p->intake->settings;
    unsigned n;

    intake_desk_init(&p->desk, s->root, p->profiles->profiles, p->profiles->n, s->chunk_rows);
    p->desk.stop = &p->intake->stop;
    n = intake_desk_at_once(&p->desk);
    p->workers = calloc(n, sizeof(*p->workers));
    if (!p->workers)
        return RC_FAIL;
    for (p->n_workers = 0; p->n_workers < n; p->n_workers++) {
        struct worker *w = &p->workers[p->n_workers];

        w->job.run = worker_run;
        w->job.done = worker_done;
        w->partner = p;
        intake_run_share(&w->run, &p->desk);
    }
    return RC_OK;
}

static enum rc add_partner(struct intake *intake, const struct partner_profiles *profiles)
{
    struct partner *p = &intake->partners[intake->n];

    p->intake = intake;
    p->index = intake->n;
    p->profiles = profiles;
    p->last_state = "";
    p->retry_ms = RETRY_MIN_MS;
    snprintf(p->in_path, sizeof(p->in_path), "%s/%s/in", intake->settings.root, profiles->code);
    p->retry = evtimer_new(intake->base, on_retry, p);
    p->again = evtimer_new(intake->base, on_again, p);
    intake->n++; /* from here on intake_free() sees it */
    add_metrics(p);
    if (!p->retry || !p->again)
        return RC_FAIL;
    if (*profiles->faulty) {
        memcpy(p->trouble, profiles->faulty, sizeof(p->trouble));
        return RC_OK;
    }
    return hire(p);
}

static enum rc load_partners(struct intake *intake)
{
    enum rc rc;

    intake->marks = profile_marks_read(intake->settings.profiles_dir);
    rc = partner_profiles_load(intake->settings.profiles_dir, &intake->profiles,
                               &intake->n_profiles);
    if (rc)
        return rc;
    intake->partners = calloc(intake->n_profiles + 1, sizeof(*intake->partners));
    if (!intake->partners)
        return RC_FAIL;
    for (unsigned i = 0; !rc && i < intake->n_profiles; i++)
        rc = add_partner(intake, &intake->profiles[i]);
    log_info("profiles=%s partners=%u", intake->settings.profiles_dir, intake->n);
    return rc;
}

const struct partner_profiles *intake_profiles(const struct intake *intake, unsigned *n)
{
    *n = intake->n_profiles;
    return intake->profiles;
}

static void tell_changed(void *arg, const char *file, const char *what)
{
    const struct intake_settings *settings = arg;

    log_warn("profile=%s/%s %s effect=\"after a restart\"", settings->profiles_dir, file, what);
}

void intake_tell_changed_profiles(const struct intake *intake)
{
    struct intake_settings settings = intake->settings;
    struct profile_marks *now = profile_marks_read(settings.profiles_dir);

    if (intake->marks && now)
        profile_marks_compare(intake->marks, now, tell_changed, &settings);
    profile_marks_free(now);
}

unsigned intake_partners(const struct intake *intake)
{
    return intake->n;
}

void intake_partner(const struct intake *intake, unsigned index, struct intake_partner *out)
{
    const struct partner *p = &intake->partners[index];

    *out = (struct intake_partner){
        .code = p->profiles->code,
        .label = p->profiles->n ? p->profiles->profiles[0]->label : p->profiles->code,
        .profiles = (unsigned)p->profiles->n,
        .waiting = p->view.waiting,
        .oldest_at = p->view.oldest_at,
        .last_import = p->last_import,
        .last_at = p->last_at,
    };
    snprintf(out->last_file, sizeof(out->last_file), "%s", p->last_file);
    snprintf(out->last_state, sizeof(out->last_state), "%s", p->last_state);
    snprintf(out->trouble, sizeof(out->trouble), "%s", p->trouble);
    for (unsigned i = 0; i < p->n_workers; i++) {
        out->at_work += p->workers[i].at_hand != 0;
        out->import = p->workers[i].at_hand ? p->workers[i].at_hand : out->import;
    }
}

void intake_hint(struct intake *intake, const char *partner)
{
    for (unsigned i = 0; i < intake->n; i++) {
        struct partner *p = &intake->partners[i];

        if (strcmp(p->profiles->code, partner) != 0)
            continue;
        p->retry_ms = RETRY_MIN_MS; /* what was in the way may be gone: no more waiting */
        evtimer_del(p->retry);
        p->hinted = true;
        on_retry(-1, 0, p);
    }
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
    STAILQ_INIT(&intake->queue);
    intake->watch = dir_watch_new(base, on_heard, intake);
    intake->rescan = event_new(base, -1, EV_PERSIST, on_rescan, intake);
    if (!intake->watch || !intake->rescan || load_partners(intake) ||
        event_add(intake->rescan, &rescan)) {
        intake_free(intake);
        return NULL;
    }
    for (unsigned i = 0; i < intake->n; i++)
        ask_for_turn(&intake->partners[i]);
    return intake;
}

void intake_stop(struct intake *intake)
{
    intake->stopping = true;
    atomic_store(&intake->stop, true);
    event_del(intake->rescan);
    for (unsigned i = 0; i < intake->n; i++) {
        evtimer_del(intake->partners[i].retry);
        evtimer_del(intake->partners[i].again);
    }
}

static void dismiss(struct partner *p)
{
    for (unsigned i = 0; i < p->n_workers; i++)
        intake_run_close(&p->workers[i].run);
    free(p->workers);
    intake_desk_close(&p->desk);
    if (p->retry)
        event_free(p->retry);
    if (p->again)
        event_free(p->again);
    metric_remove(&p->waiting);
    metric_remove(&p->oldest);
    metric_remove(&p->at_work);
    metric_remove(&p->blocked);
    partner_metrics_close(&p->came_to);
}

void intake_free(struct intake *intake)
{
    if (!intake)
        return;
    for (unsigned i = 0; i < intake->n; i++)
        dismiss(&intake->partners[i]);
    free(intake->partners);
    partner_profiles_free(intake->profiles, intake->n_profiles);
    profile_marks_free(intake->marks);
    if (intake->rescan)
        event_free(intake->rescan);
    dir_watch_free(intake->watch);
    free(intake);
}
