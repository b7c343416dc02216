/*
 * dial.h - from a host name to a connected bufferevent, without ever blocking.
 *
 * The one place that makes a transport, plain or TLS: whoever has the bufferevent does not know.
 * The n-th dial takes the n-th of the name's addresses, round and round, so a dead first address
 * does not keep us from the second.
 */
#pragma once

#include <stdint.h>

struct bufferevent;
struct event_base;
struct evdns_base;
struct dial_lookup;
struct tls;

/* `bev` is connected and the callee's, or NULL and `why` says what failed. May come from within
 * dial_start(). */
typedef void dial_done(void *arg, struct bufferevent *bev, const char *why);

struct dial {
    struct event_base *base;
    struct bufferevent *bev;
    struct dial_lookup *lookup;
    const struct tls *tls;
    unsigned nth;
    dial_done *done;
    void *arg;
};

/* `dns` may be NULL when the host is an address in figures, `tls` for a plain connection. */
void dial_start(struct dial *d, struct event_base *base, struct evdns_base *dns,
                const struct tls *tls, const char *host, uint16_t port, unsigned nth,
                dial_done *done, void *arg);
void dial_cancel(struct dial *d); /* done() will not come; harmless when nothing is under way */
