/*
 * metric.h - counters and gauges, printed as Prometheus text.
 *
 * A metric is a static object declared by the file that counts:
 *     static struct metric submitted = METRIC_COUNTER("relais_sms_submitted_total", "...");
 *     metric_add(&submitted, 1);
 * It registers itself at its first use. Labels, if any, are part of the object (`labels`, already
 * in the exposition form: carrier="orange"). Adding is atomic, from any thread.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct buffer;

enum metric_kind { METRIC_KIND_COUNTER, METRIC_KIND_GAUGE };

struct metric {
    const char *name, *help;
    enum metric_kind kind;
    char labels[96];
    _Atomic int64_t value;
    _Atomic int registered;
    struct metric *next;
};

#define METRIC_COUNTER(n, h)                                  \
    {                                                         \
        .name = (n), .help = (h), .kind = METRIC_KIND_COUNTER \
    }
#define METRIC_GAUGE(n, h)                                  \
    {                                                       \
        .name = (n), .help = (h), .kind = METRIC_KIND_GAUGE \
    }

void metric_add(struct metric *m, int64_t delta);
void metric_set(struct metric *m, int64_t value);
int64_t metric_value(struct metric *m);
int64_t metric_sum(const char *name);   /* over all labels; 0: none of that name yet */
void metric_register(struct metric *m); /* shown as 0 before its first event */
void metric_remove(struct metric *m);   /* before its memory goes away */
void metric_print(struct buffer *out);  /* families in the order of their names */
