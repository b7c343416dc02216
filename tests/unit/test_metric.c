/* test_metric.c - what Prometheus reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/metric.h"

static void metrics_are_printed_by_family_with_one_head_each(void **state)
{
    static struct metric beta = METRIC_GAUGE("relais_beta", "How much of b.");
    static struct metric orange = METRIC_COUNTER("relais_alpha_total", "How many of a.");
    static struct metric free_ = METRIC_COUNTER("relais_alpha_total", "How many of a.");
    struct buffer out;

    (void)state;
    strcpy(orange.labels, "carrier=\"orange\"");
    strcpy(free_.labels, "carrier=\"free\"");
    metric_set(&beta, -3);
    metric_add(&orange, 2);
    metric_register(&free_);
    metric_register(&free_);
    metric_add(&orange, 5);
    assert_int_equal(metric_value(&orange), 7);

    buffer_init(&out, 10000);
    metric_print(&out);
    assert_string_equal(buffer_text(&out), "# HELP relais_alpha_total How many of a.\n"
                                           "# TYPE relais_alpha_total counter\n"
                                           "relais_alpha_total{carrier=\"free\"} 0\n"
                                           "relais_alpha_total{carrier=\"orange\"} 7\n"
                                           "# HELP relais_beta How much of b.\n"
                                           "# TYPE relais_beta gauge\n"
                                           "relais_beta -3\n");
    metric_remove(&beta);
    metric_remove(&orange);
    metric_remove(&free_);
    buffer_reset(&out);
    metric_print(&out);
    assert_string_equal(buffer_text(&out), "");
    buffer_close(&out);
}

static struct metric shared = METRIC_COUNTER("relais_shared_total", "Counted by all.");

static void *count_ten_thousand(void *arg)
{
    for (int i = 0; i < 10000; i++)
        metric_add(&shared, 1);
    return arg;
}

static void no_count_of_any_thread_is_lost(void **state)
{
    pthread_t threads[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_ten_thousand, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(metric_value(&shared), 40000);
    metric_remove(&shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_are_printed_by_family_with_one_head_each),
        cmocka_unit_test(no_count_of_any_thread_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
