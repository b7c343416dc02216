/* rates.c - looks at a few counters each second and remembers the last ten looks. */
#include "control/rates.h"

#include <stdint.h>
#include <stdlib.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/metric.h"

#define LOOKS 11 /* ten seconds lie between the first and the last */

static const char *const names[] = { "relais_messages_claimed_total", "relais_message_events_total",
                                     "relais_inbound_messages_total" };
#define NAMES (sizeof(names) / sizeof(names[0]))

struct rates {
    struct event *tick;
    struct {
        int64_t at, value[NAMES];
    } looks[LOOKS];
    size_t n; /* looks so far */
};

static void look(evutil_socket_t fd, short what, void *arg)
{
    struct rates *r = arg;
    size_t i = r->n++ % LOOKS;

    (void)fd;
    (void)what;
    r->looks[i].at = clock_monotonic_us();
    for (size_t k = 0; k < NAMES; k++)
        r->looks[i].value[k] = metric_sum(names[k]);
}

struct rates *rates_new(struct event_base *base)
{
    const struct timeval second = { 1, 0 };
    struct rates *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->tick = event_new(base, -1, EV_PERSIST, look, r);
    if (!r->tick || event_add(r->tick, &second) < 0) {
        rates_free(r);
        return NULL;
    }
    look(-1, 0, r);
    return r;
}

void rates_free(struct rates *r)
{
    if (!r)
        return;
    if (r->tick)
        event_free(r->tick);
    free(r);
}

static double rate(const struct rates *r, size_t k)
{
    size_t newest = (r->n - 1) % LOOKS, oldest = r->n < LOOKS ? 0 : r->n % LOOKS;
    int64_t us = r->looks[newest].at - r->looks[oldest].at;
    int64_t grown = r->looks[newest].value[k] - r->looks[oldest].value[k];

    return us > 0 ? (double)grown * (double)USEC_PER_SEC / (double)us : 0;
}

struct rates_now rates_read(const struct rates *r)
{
    return (struct rates_now){ rate(r, 0), rate(r, 1), rate(r, 2) };
}
