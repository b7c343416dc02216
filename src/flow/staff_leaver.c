/* staff_leaver.c - a page, another as long as there is more; a look every minute for whose day has
 * come. */
#include "flow/staff_leaver.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/lane.h"
#include "store/staff_leave.h"

#define LOG_PART "staff"
#include "base/log.h"

#define LANE_KEY     UINT64_C(0x6c6561766572) /* any */
#define LOOK_EVERY_S 60
#define PAGE         200 /* so short that others do not wait for its locks */

struct leaver_job {
    struct job job;
    struct staff_leaver *leaver; /* for done(); run() leaves it alone */
    bool more;
};

struct staff_leaver {
    struct lane_pool *work;
    struct event *timer;
    struct leaver_job job;
    bool busy, again, stopped;
};

static void job_run(struct job *base, void *db)
{
    struct leaver_job *job = (struct leaver_job *)base;
    struct staff_leave_done done;
    enum rc rc = staff_leave_step(db, clock_now(), PAGE, &done);

    if (rc && rc != RC_AGAIN) /* when the database is away, db says so */
        log_warn("leave step=failed rc=%s effect=\"tried again\"", rc_name(rc));
    if (done.finished)
        log_info("staff=%u leave=finished", done.staff_id);
    job->more = !rc && done.staff_id;
}

static void look(struct staff_leaver *l)
{
    l->again = l->busy;
    if (!l->busy && !l->stopped)
        l->busy = lane_post(l->work, LANE_KEY, &l->job.job) == RC_OK; /* if not: the timer comes */
}

static void job_done(struct job *base)
{
    struct staff_leaver *l = ((struct leaver_job *)base)->leaver;

    l->busy = false;
    if (l->job.more || l->again)
        look(l);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    look(arg);
}

struct staff_leaver *staff_leaver_new(struct event_base *base, struct lane_pool *work)
{
    const struct timeval every = { .tv_sec = LOOK_EVERY_S };
    struct staff_leaver *l = calloc(1, sizeof(*l));

    if (!l)
        return NULL;
    l->work = work;
    l->job.job.run = job_run;
    l->job.job.done = job_done;
    l->job.leaver = l;
    l->timer = event_new(base, -1, EV_PERSIST, on_timer, l);
    if (!l->timer || event_add(l->timer, &every)) {
        staff_leaver_free(l);
        return NULL;
    }
    look(l);
    return l;
}

void staff_leaver_kick(struct staff_leaver *l)
{
    look(l);
}

void staff_leaver_stop(struct staff_leaver *l)
{
    l->stopped = true;
    event_del(l->timer);
}

bool staff_leaver_busy(const struct staff_leaver *l)
{
    return l->busy;
}

void staff_leaver_free(struct staff_leaver *l)
{
    if (!l)
        return;
    if (l->timer)
        event_free(l->timer);
    free(l);
}
