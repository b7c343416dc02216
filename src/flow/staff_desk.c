/* staff_desk.c - one job at a time, a bounded number of answers each; the next one at once while
 * there are more. */
#include "flow/staff_desk.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/lane.h"

#define LOG_PART "staff"
#include "base/log.h"
#include "base/metric.h"

#define ANSWERS_A_JOB 20
#define LOOK_EVERY_S  3
#define LANE_KEY      UINT64_C(0x7374616666) /* any: all jobs of the desk are on one lane */

static struct metric answers_total =
    METRIC_COUNTER("relais_staff_answers_total", "Answers of people of the house that were read.");

struct desk_job {
    struct job job;
    struct staff_desk *desk; /* for done(); run() leaves it alone */
    const struct staff_reply_rules *rules;
    size_t answers; /* what run() did */
    bool messages, mails, more;
    char stopped[STAFF_REPLY_STOPPED_MAX][E164_SIZE];
    size_t n_stopped;
};

struct staff_desk {
    struct lane_pool *work;
    struct event *timer;
    struct staff_desk_events events;
    struct desk_job job;
    bool busy, again, stopped;
};

/* --- on the lane --- */

static void keep_outcome(struct desk_job *job, const struct staff_reply_done *done)
{
    job->answers++;
    job->messages |= done->messages;
    job->mails |= done->mails;
    for (size_t i = 0; i < done->n_stopped && job->n_stopped < STAFF_REPLY_STOPPED_MAX; i++)
        snprintf(job->stopped[job->n_stopped++], E164_SIZE, "%s", done->stopped[i]);
    log_info("answer=%llu staff=%u outcome=%s done=%zu", (unsigned long long)done->answer_id,
             done->staff_id, done->outcome, done->acts);
}

static void job_run(struct job *base, void *db)
{
    struct desk_job *job = (struct desk_job *)base;

    for (size_t i = 0; i < ANSWERS_A_JOB; i++) {
        struct staff_reply_done done;
        struct arena arena;
        enum rc rc;

        arena_init(&arena);
        rc = staff_reply_next(db, job->rules, clock_now(), &arena, &done);
        arena_close(&arena);
        if (rc || !done.answer_id) /* the database says what is wrong with it; the timer comes */
            return;
        keep_outcome(job, &done);
        if (job->n_stopped) /* to be told before more of them come */
            break;
    }
    job->more = true;
}

/* --- on the loop --- */

static void look(struct staff_desk *d)
{
    if (d->stopped)
        return;
    if (d->busy) {
        d->again = true;
        return;
    }
    d->again = false;
    d->job.answers = d->job.n_stopped = 0;
    d->job.messages = d->job.mails = d->job.more = false;
    d->busy = lane_post(d->work, LANE_KEY, &d->job.job) == RC_OK; /* if not: the timer comes */
}

static void job_done(struct job *base)
{
    struct desk_job *job = (struct desk_job *)base;
    struct staff_desk *d = job->desk;

    d->busy = false;
    metric_add(&answers_total, (int64_t)job->answers);
    for (size_t i = 0; i < job->n_stopped; i++)
        d->events.stopped(d->events.arg, job->stopped[i]);
    if (job->messages)
        d->events.messages(d->events.arg);
    if (job->mails)
        d->events.mails(d->events.arg);
    if (job->more || d->again)
        look(d);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct staff_desk *d = arg;

    (void)fd;
    (void)what;
    if (!d->busy)
        look(d);
}

/* --- begin and end --- */

struct staff_desk *staff_desk_new(struct event_base *base, struct lane_pool *work,
                                  const struct staff_reply_rules *rules,
                                  const struct staff_desk_events *events)
{
    const struct timeval every = { .tv_sec = LOOK_EVERY_S };
    struct staff_desk *d = calloc(1, sizeof(*d));

    if (!d)
        return NULL;
    d->work = work;
    d->events = *events;
    d->job.job.run = job_run;
    d->job.job.done = job_done;
    d->job.desk = d;
    d->job.rules = rules;
    metric_register(&answers_total);
    d->timer = event_new(base, -1, EV_PERSIST, on_timer, d);
    if (!d->timer || event_add(d->timer, &every)) {
        staff_desk_free(d);
        return NULL;
    }
    look(d);
    return d;
}

void staff_desk_kick(struct staff_desk *d)
{
    if (d)
        look(d);
}

void staff_desk_stop(struct staff_desk *d)
{
    d->stopped = true;
    event_del(d->timer);
}

bool staff_desk_busy(const struct staff_desk *d)
{
    return d->busy;
}

void staff_desk_free(struct staff_desk *d)
{
    if (!d)
        return;
    if (d->timer)
        event_free(d->timer);
    free(d);
}
