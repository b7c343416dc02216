/* test_lane.c - order per key, bound, thread of each callback, drain at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include <event2/event.h>

#include "base/lane.h"

#define KEYS 5
#define EACH 400

struct probe {
    struct job job;
    unsigned key, n;
    bool slow;
    pthread_t ran;
    void *resource;
};

static const struct lane_ops no_ops;
static pthread_t loop_thread;
static unsigned seen[KEYS], total;

static void probe_run(struct job *job, void *resource)
{
    struct probe *p = (struct probe *)job;

    p->ran = pthread_self();
    p->resource = resource;
    if (p->slow)
        usleep(20000);
}

static void probe_done(struct job *job)
{
    struct probe *p = (struct probe *)job;

    assert_true(pthread_equal(pthread_self(), loop_thread));
    assert_false(pthread_equal(p->ran, loop_thread));
    assert_int_equal(p->n, seen[p->key]); /* same key: same order */
    seen[p->key]++;
    total++;
    free(p);
}

static struct job *probe_new(unsigned key, unsigned n, bool slow)
{
    struct probe *p = calloc(1, sizeof(*p));

    assert_non_null(p);
    p->job.run = probe_run;
    p->job.done = probe_done;
    p->key = key;
    p->n = n;
    p->slow = slow;
    return &p->job;
}

static int setup(void **state)
{
    *state = event_base_new();
    loop_thread = pthread_self();
    total = 0;
    for (int k = 0; k < KEYS; k++)
        seen[k] = 0;
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    event_base_free(*state);
    return 0;
}

static void jobs_of_one_key_keep_their_order(void **state)
{
    struct lane_pool *pool = lane_pool_new(*state, "test", 3, 1000000, &no_ops);

    for (unsigned i = 0; i < EACH; i++) {
        for (unsigned k = 0; k < KEYS; k++)
            assert_int_equal(lane_post(pool, k, probe_new(k, i, false)), RC_OK);
    }
    while (total < KEYS * EACH)
        assert_int_equal(event_base_loop(*state, EVLOOP_ONCE), 0);
    assert_int_equal(lane_pool_load(pool), 0);
    lane_pool_free(pool);
}

static void a_full_lane_says_again_and_takes_nothing(void **state)
{
    struct lane_pool *pool = lane_pool_new(*state, "test", 1, 2, &no_ops);
    struct job *third = probe_new(0, 2, false);

    assert_int_equal(lane_post(pool, 0, probe_new(0, 0, true)), RC_OK);
    assert_int_equal(lane_post(pool, 0, probe_new(0, 1, true)), RC_OK);
    assert_int_equal(lane_post(pool, 0, third), RC_AGAIN);
    assert_int_equal(lane_pool_load(pool), 2);
    while (total < 1)
        event_base_loop(*state, EVLOOP_ONCE);
    assert_int_equal(lane_post(pool, 0, third), RC_OK); /* there is room again */
    while (total < 3)
        event_base_loop(*state, EVLOOP_ONCE);
    lane_pool_free(pool);
}

static void a_full_lane_does_not_fill_the_others(void **state)
{
    struct lane_pool *pool = lane_pool_new(*state, "test", 2, 1, &no_ops);
    struct job *again = probe_new(0, 1, false);

    assert_int_equal(lane_post(pool, 0, probe_new(0, 0, true)), RC_OK);
    assert_int_equal(lane_post(pool, 2, again), RC_AGAIN);
    assert_int_equal(lane_post(pool, 1, probe_new(1, 0, false)), RC_OK);
    free(again);
    lane_pool_free(pool);
    assert_int_equal(total, 2);
}

static void a_job_without_a_key_goes_where_least_is_to_do(void **state)
{
    struct lane_pool *pool = lane_pool_new(*state, "test", 2, 4, &no_ops);

    assert_non_null(pool);
    assert_int_equal(lane_quietest(pool), 0);
    assert_int_equal(lane_post(pool, 0, probe_new(0, 0, true)), RC_OK);
    assert_int_equal(lane_quietest(pool), 1);
    assert_int_equal(lane_post(pool, 1, probe_new(1, 0, true)), RC_OK);
    assert_int_equal(lane_post(pool, 1, probe_new(1, 1, true)), RC_OK);
    assert_int_equal(lane_quietest(pool), 0);
    lane_pool_free(pool);
    assert_int_equal(total, 3);
}

static void closing_the_pool_finishes_what_it_took(void **state)
{
    struct lane_pool *pool = lane_pool_new(*state, "test", 2, 100, &no_ops);

    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(lane_post(pool, 1, probe_new(1, i, i == 0)), RC_OK);
    lane_pool_free(pool);
    assert_int_equal(total, 10);
    lane_pool_free(NULL);
}

static _Atomic unsigned opened, closed;
static int resources[4];

static void *resource_open(void *arg, unsigned lane)
{
    assert_ptr_equal(arg, resources);
    assert_false(pthread_equal(pthread_self(), loop_thread));
    opened++;
    return &resources[lane];
}

static void resource_close(void *resource)
{
    assert_false(pthread_equal(pthread_self(), loop_thread));
    ++*(int *)resource;
    closed++;
}

static void same_resource_done(struct job *job)
{
    struct probe *p = (struct probe *)job;

    assert_ptr_equal(p->resource, &resources[p->key]);
    probe_done(job);
}

static void each_lane_has_one_resource_of_its_own(void **state)
{
    const struct lane_ops ops = { resource_open, resource_close, resources };
    struct lane_pool *pool = lane_pool_new(*state, "test", 4, 100, &ops);

    for (unsigned i = 0; i < 10; i++) {
        for (unsigned k = 0; k < 4; k++) {
            struct job *job = probe_new(k, i, false);
            job->done = same_resource_done;
            assert_int_equal(lane_post(pool, k, job), RC_OK);
        }
    }
    lane_pool_free(pool);
    assert_int_equal(total, 40);
    assert_int_equal(opened, 4);
    assert_int_equal(closed, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(resources[i], 1);
}

static void signals_run(struct job *job, void *resource)
{
    sigset_t blocked;

    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    ((struct probe *)job)->slow = sigismember(&blocked, SIGTERM) == 1;
    probe_run(job, resource);
}

static void signals_done(struct job *job)
{
    assert_true(((struct probe *)job)->slow);
    probe_done(job);
}

static void a_lane_leaves_signals_to_the_loop(void **state)
{
    struct lane_pool *pool = lane_pool_new(*state, "test", 1, 1, &no_ops);
    struct job *job = probe_new(0, 0, false);

    job->run = signals_run;
    job->done = signals_done;
    assert_int_equal(lane_post(pool, 0, job), RC_OK);
    lane_pool_free(pool);
    assert_int_equal(total, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(jobs_of_one_key_keep_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_lane_says_again_and_takes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_lane_does_not_fill_the_others, setup, teardown),
        cmocka_unit_test_setup_teardown(a_job_without_a_key_goes_where_least_is_to_do, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(closing_the_pool_finishes_what_it_took, setup, teardown),
        cmocka_unit_test_setup_teardown(each_lane_has_one_resource_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lane_leaves_signals_to_the_loop, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
