/* metric.c - a list of metrics sorted by name and labels, and the text that Prometheus reads. */
#include "base/metric.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "base/buffer.h"

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric *list;

static int metric_order(const struct metric *a, const struct metric *b)
{
    int by_name = strcmp(a->name, b->name);

    return by_name ? by_name : strcmp(a->labels, b->labels);
}

void metric_register(struct metric *m)
{
    struct metric **at;

    if (atomic_load_explicit(&m->registered, memory_order_acquire))
        return;
    pthread_mutex_lock(&list_lock);
    if (!atomic_load(&m->registered)) {
        for (at = &list; *at && metric_order(*at, m) < 0; at = &(*at)->next)
            ;
        m->next = *at;
        *at = m;
        atomic_store_explicit(&m->registered, 1, memory_order_release);
    }
    pthread_mutex_unlock(&list_lock);
}

void metric_remove(struct metric *m)
{
    pthread_mutex_lock(&list_lock);
    for (struct metric **at = &list; *at; at = &(*at)->next) {
        if (*at == m) {
            *at = m->next;
            break;
        }
    }
    atomic_store(&m->registered, 0);
    pthread_mutex_unlock(&list_lock);
}

void metric_add(struct metric *m, int64_t delta)
{
    metric_register(m);
    atomic_fetch_add_explicit(&m->value, delta, memory_order_relaxed);
}

void metric_set(struct metric *m, int64_t value)
{
    metric_register(m);
    atomic_store_explicit(&m->value, value, memory_order_relaxed);
}

int64_t metric_value(struct metric *m)
{
    return atomic_load_explicit(&m->value, memory_order_relaxed);
}

int64_t metric_sum(const char *name)
{
    int64_t sum = 0;

    pthread_mutex_lock(&list_lock);
    for (struct metric *m = list; m; m = m->next) {
        if (strcmp(m->name, name) == 0)
            sum += metric_value(m);
    }
    pthread_mutex_unlock(&list_lock);
    return sum;
}

void metric_print(struct buffer *out)
{
    const char *family = "";

    pthread_mutex_lock(&list_lock);
    for (struct metric *m = list; m; m = m->next) {
        if (strcmp(family, m->name) != 0) {
            buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name,
                          m->kind == METRIC_KIND_COUNTER ? "counter" : "gauge");
            family = m->name;
        }
        if (m->labels[0])
            buffer_printf(out, "%s{%s} %" PRId64 "\n", m->name, m->labels, metric_value(m));
        else
            buffer_printf(out, "%s %" PRId64 "\n", m->name, metric_value(m));
    }
    pthread_mutex_unlock(&list_lock);
}
