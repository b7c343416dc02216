/* staff_desk.c - one job at a time, a bounded number of answers each; the next one at once while
 * there are more. */
#include "flow/staff_desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/runner.h"
#include "store/staff_answer.h"

#define LOG_PART "staff"
#include "base/log.h"
#include "base/metric.h"

#define ANSWERS_A_JOB 20
#define LOOK_EVERY_US (3 * USEC_PER_SEC)
#define LANE_KEY      UINT64_C(0x7374616666) /* any: all jobs of the desk are on one lane */

static struct metric answers_total =
    METRIC_COUNTER("relais_staff_answers_total", "Answers of people of the house that were read.");

struct desk_job {
    const struct staff_reply_rules *rules;
    size_t answers; /* what run() did */
    bool messages, mails;
    char stopped[STAFF_REPLY_STOPPED_MAX][E164_SIZE];
    size_t n_stopped;
};

struct staff_desk {
    struct runner jobs;
    struct staff_desk_events events;
    struct desk_job job;
};

/* --- on the lane --- */

static void keep_outcome(struct desk_job *job, const struct staff_reply_done *done)
{
    job->answers++;
    job->messages |= done->messages;
    job->mails |= done->mails;
    for (size_t i = 0; i < done->n_stopped && job->n_stopped < STAFF_REPLY_STOPPED_MAX; i++)
        snprintf(job->stopped[job->n_stopped++], E164_SIZE, "%s", done->stopped[i]);
    if (strcmp(done->outcome, staff_answer_outcome_name(STAFF_ANSWER_FAILED)) == 0)
        log_error("answer=%llu staff=%u outcome=%s tries=%d effect=\"not done; an alert is open\"",
                  (unsigned long long)done->answer_id, done->staff_id, done->outcome,
                  STAFF_ANSWER_TRIES);
    else
        log_info("answer=%llu staff=%u outcome=%s done=%zu", (unsigned long long)done->answer_id,
                 done->staff_id, done->outcome, done->acts);
}

static utc_us job_run(void *work, void *db)
{
    struct desk_job *job = work;

    job->answers = job->n_stopped = 0;
    job->messages = job->mails = false;
    for (size_t i = 0; i < ANSWERS_A_JOB; i++) {
        struct staff_reply_done done;
        struct arena arena;
        enum rc rc;

        arena_init(&arena);
        rc = staff_reply_next(db, job->rules, clock_now(), &arena, &done);
        arena_close(&arena);
        if (rc || !done.answer_id) /* the database says what is wrong with it; the timer comes */
            return RUNNER_IDLE;
        keep_outcome(job, &done);
        if (job->n_stopped) /* to be told before more of them come */
            break;
    }
    return RUNNER_MORE;
}

/* --- on the loop --- */

static void job_done(void *owner)
{
    struct staff_desk *d = owner;
    struct desk_job *job = &d->job;

    metric_add(&answers_total, (int64_t)job->answers);
    for (size_t i = 0; i < job->n_stopped; i++)
        d->events.stopped(d->events.arg, job->stopped[i]);
    if (job->messages)
        d->events.messages(d->events.arg);
    if (job->mails)
        d->events.mails(d->events.arg);
}

static const struct runner_ops ops = {
    .key = LANE_KEY,
    .every_us = LOOK_EVERY_US,
    .run = job_run,
    .done = job_done,
};

/* --- begin and end --- */

struct staff_desk *staff_desk_new(struct event_base *base, struct lane_pool *work,
                                  const struct staff_reply_rules *rules,
                                  const struct staff_desk_events *events)
{
    struct staff_desk *d = calloc(1, sizeof(*d));

    if (!d)
        return NULL;
    d->events = *events;
    d->job.rules = rules;
    metric_register(&answers_total);
    if (runner_init(&d->jobs, base, work, &ops, &d->job, d)) {
        staff_desk_free(d);
        return NULL;
    }
    runner_kick(&d->jobs);
    return d;
}

void staff_desk_kick(struct staff_desk *d)
{
    if (d)
        runner_kick(&d->jobs);
}

void staff_desk_stop(struct staff_desk *d)
{
    runner_stop(&d->jobs);
}

bool staff_desk_busy(const struct staff_desk *d)
{
    return runner_busy(&d->jobs);
}

void staff_desk_free(struct staff_desk *d)
{
    if (!d)
        return;
    runner_close(&d->jobs);
    free(d);
}
