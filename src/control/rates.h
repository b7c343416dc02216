/* rates.h - how fast counters grow, over the last seconds. Loop thread only. */
#pragma once

struct event_base;
struct rates;

struct rates_now { /* per second */
    double claimed, events, inbound;
};

struct rates *rates_new(struct event_base *base); /* NULL: no memory */
void rates_free(struct rates *r);                 /* NULL is fine */
struct rates_now rates_read(const struct rates *r);
