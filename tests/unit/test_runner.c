/* test_runner.c - one job at a time, again and again, and nothing that was asked for is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include <cmocka.h>

#include <event2/event.h>

#include "base/runner.h"

#define KEY      7
#define FAR_US   (3600 * USEC_PER_SEC) /* so far that only a kick or run() makes it look */
#define CLOSE_US (20 * USEC_PER_MSEC)

static const struct lane_ops no_ops;

struct probe {
    struct event_base *base;
    struct lane_pool *lanes;
    struct runner runner;
    pthread_t loop;
    sem_t gate;         /* run() waits for it when `gated` */
    bool gated, hurry;  /* hurry: done() kicks, once */
    unsigned more;      /* so many times run() says that there is more */
    utc_us next;        /* what it says else */
    unsigned ran, done; /* how often */
    bool busy_in_done, stop_in_done;
};

static utc_us probe_run(void *work, void *resource)
{
    struct probe *p = work;

    assert_null(resource);
    assert_false(pthread_equal(pthread_self(), p->loop));
    if (p->gated)
        sem_wait(&p->gate);
    p->ran++;
    if (!p->more)
        return p->next;
    p->more--;
    return RUNNER_MORE;
}

static void probe_done(void *owner)
{
    struct probe *p = owner;

    assert_true(pthread_equal(pthread_self(), p->loop));
    p->done++;
    assert_int_equal(p->done, p->ran); /* one at a time */
    p->busy_in_done = runner_busy(&p->runner);
    if (p->hurry)
        runner_kick(&p->runner);
    p->hurry = false;
    if (p->stop_in_done)
        runner_stop(&p->runner);
}

static const struct runner_ops seldom = { KEY, FAR_US, probe_run, probe_done };
static const struct runner_ops often = { KEY, CLOSE_US, probe_run, probe_done };
static const struct runner_ops silent = { KEY, FAR_US, probe_run, NULL };

static void start(struct probe *p, const struct runner_ops *ops)
{
    assert_int_equal(runner_init(&p->runner, p->base, p->lanes, ops, p, p), RC_OK);
}

static void loop_until(struct probe *p, const unsigned *n, unsigned wanted)
{
    while (*n < wanted)
        assert_int_equal(event_base_loop(p->base, EVLOOP_ONCE), 0);
}

/* What is posted now runs after whatever the runner posted: when it is done, so is that. */
static void fence_run(struct job *job, void *resource)
{
    (void)job, (void)resource;
}

static unsigned fences;

static void fence_done(struct job *job)
{
    (void)job;
    fences++;
}

static void settle(struct probe *p)
{
    static struct job fence = { .run = fence_run, .done = fence_done };
    const unsigned before = fences;

    assert_int_equal(lane_post(p->lanes, KEY, &fence), RC_OK);
    loop_until(p, &fences, before + 1);
}

static int setup(void **state)
{
    struct probe *p = calloc(1, sizeof(*p));

    if (!p)
        return -1;
    *state = p;
    p->loop = pthread_self();
    p->next = RUNNER_IDLE;
    p->base = event_base_new();
    p->lanes = lane_pool_new(p->base, "test", 1, 2, &no_ops);
    return sem_init(&p->gate, 0, 0) || !p->lanes ? -1 : 0;
}

static int teardown(void **state)
{
    struct probe *p = *state;

    lane_pool_free(p->lanes);
    runner_close(&p->runner);
    event_base_free(p->base);
    sem_destroy(&p->gate);
    free(p);
    return 0;
}

static void a_kick_is_one_look(void **state)
{
    struct probe *p = *state;

    start(p, &seldom);
    settle(p);
    assert_int_equal(p->ran, 0);
    runner_kick(&p->runner);
    assert_true(runner_busy(&p->runner));
    loop_until(p, &p->done, 1);
    settle(p);
    assert_int_equal(p->done, 1);
}

static void more_is_done_at_once(void **state)
{
    struct probe *p = *state;

    p->more = 3;
    start(p, &seldom);
    runner_kick(&p->runner);
    loop_until(p, &p->done, 4);
    settle(p);
    assert_int_equal(p->done, 4);
    assert_false(runner_busy(&p->runner));
}

static void kicks_while_busy_are_one_look_more(void **state)
{
    struct probe *p = *state;

    p->gated = true;
    start(p, &seldom);
    runner_kick(&p->runner);
    runner_kick(&p->runner);
    runner_kick(&p->runner);
    sem_post(&p->gate);
    loop_until(p, &p->done, 1);
    assert_true(runner_busy(&p->runner));
    sem_post(&p->gate);
    loop_until(p, &p->done, 2);
    settle(p);
    assert_int_equal(p->done, 2);
}

static void what_done_kicks_is_looked_at_once(void **state)
{
    struct probe *p = *state;

    p->more = 1;
    p->hurry = true; /* both ask for another look */
    start(p, &seldom);
    runner_kick(&p->runner);
    loop_until(p, &p->done, 2);
    settle(p);
    assert_int_equal(p->done, 2);
}

static void it_looks_by_itself_after_a_while(void **state)
{
    struct probe *p = *state;

    start(p, &often);
    loop_until(p, &p->done, 3);
}

static void it_looks_when_the_next_thing_is_due(void **state)
{
    struct probe *p = *state;

    start(p, &seldom);
    p->next = clock_now() + CLOSE_US;
    runner_kick(&p->runner);
    loop_until(p, &p->done, 2);
    loop_until(p, &p->done, 4); /* and what is long due is tried again, too */
}

static void a_full_lane_is_tried_again(void **state)
{
    struct job other = { .run = fence_run, .done = fence_done }, another = other;
    struct probe *p = *state;

    start(p, &often);
    assert_int_equal(lane_post(p->lanes, KEY, &other), RC_OK);
    assert_int_equal(lane_post(p->lanes, KEY, &another), RC_OK);
    runner_kick(&p->runner);
    assert_false(runner_busy(&p->runner)); /* nothing was taken */
    loop_until(p, &p->done, 1);
}

static void it_is_busy_until_the_last_job_is_done(void **state)
{
    struct probe *p = *state;

    p->gated = true;
    p->more = 5;
    start(p, &seldom);
    runner_kick(&p->runner);
    runner_kick(&p->runner);
    runner_stop(&p->runner);
    assert_true(runner_stopped(&p->runner));
    assert_true(runner_busy(&p->runner));
    sem_post(&p->gate);
    loop_until(p, &p->done, 1); /* what was done is handed on */
    assert_true(p->busy_in_done);
    assert_false(runner_busy(&p->runner));
    settle(p);
    assert_int_equal(p->ran, 1); /* neither the kick nor what more there is */
}

static void nothing_happens_after_a_stop(void **state)
{
    struct probe *p = *state;

    start(p, &often);
    runner_stop(&p->runner);
    runner_kick(&p->runner);
    assert_false(runner_busy(&p->runner));
    assert_int_equal(event_base_get_num_events(p->base, EVENT_BASE_COUNT_ADDED), 1); /* lanes' */
    settle(p);
    assert_int_equal(p->ran, 0);
}

static void done_may_stop_it(void **state)
{
    struct probe *p = *state;

    p->more = 5;
    p->stop_in_done = true;
    start(p, &often);
    runner_kick(&p->runner);
    loop_until(p, &p->done, 1);
    assert_false(runner_busy(&p->runner));
    assert_int_equal(event_base_get_num_events(p->base, EVENT_BASE_COUNT_ADDED), 1);
    settle(p);
    assert_int_equal(p->ran, 1);
}

static void one_that_hands_nothing_on_needs_no_done(void **state)
{
    struct probe *p = *state;

    p->more = 2;
    start(p, &silent);
    runner_kick(&p->runner);
    while (runner_busy(&p->runner))
        assert_int_equal(event_base_loop(p->base, EVLOOP_ONCE), 0);
    assert_int_equal(p->ran, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_kick_is_one_look),
        TEST(more_is_done_at_once),
        TEST(kicks_while_busy_are_one_look_more),
        TEST(what_done_kicks_is_looked_at_once),
        TEST(it_looks_by_itself_after_a_while),
        TEST(it_looks_when_the_next_thing_is_due),
        TEST(a_full_lane_is_tried_again),
        TEST(it_is_busy_until_the_last_job_is_done),
        TEST(nothing_happens_after_a_stop),
        TEST(done_may_stop_it),
        TEST(one_that_hands_nothing_on_needs_no_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
