/* dial.c - evdns for the name, a bufferevent for the connection. */
#include "channel/smpp/dial.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>

#include "channel/smpp/tls.h"

#define WHY_SIZE           128
#define KERNEL_WAITING_MAX 16384

/* evdns calls back after a cancel too, so what it holds must outlive the dial. */
struct dial_lookup {
    struct dial *dial; /* NULL: nobody waits any more */
    struct evdns_getaddrinfo_request *request;
};

static void dial_fail(struct dial *d, const char *why)
{
    if (d->bev)
        bufferevent_free(d->bev);
    d->bev = NULL;
    d->done(d->arg, NULL, why);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    struct dial *d = arg;
    int one = 1, waiting = KERNEL_WAITING_MAX;

    if (!(what & BEV_EVENT_CONNECTED)) {
        char why[WHY_SIZE] = "closed before it was connected";
        if (!tls_why(bev, why, sizeof(why)) && !(what & BEV_EVENT_EOF))
            snprintf(why, sizeof(why), "%s", evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
        dial_fail(d, why);
        return;
    }
    /* The loop writes all PDUs of a turn at once; waiting for more would only add delay. */
    (void)setsockopt(bufferevent_getfd(bev), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    /* What waits in our own buffer is known to be unsent when the link is lost; in the kernel's it
     * is unknown. So the kernel holds little that it has not sent. */
    (void)setsockopt(bufferevent_getfd(bev), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &waiting,
                     sizeof(waiting));
    bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
    d->bev = NULL;
    d->done(d->arg, bev, NULL);
}

static void dial_connect(struct dial *d, const struct evutil_addrinfo *list)
{
    const struct evutil_addrinfo *ai;
    unsigned n = 0, pick;

    for (ai = list; ai; ai = ai->ai_next)
        n++;
    pick = d->nth % n;
    for (ai = list; pick > 0; pick--)
        ai = ai->ai_next;
    d->bev = d->tls ? tls_bufferevent(d->tls, d->base)
                    : bufferevent_socket_new(d->base, -1, BEV_OPT_CLOSE_ON_FREE);
    if (!d->bev) {
        dial_fail(d, "no memory");
        return;
    }
    bufferevent_setcb(d->bev, NULL, NULL, on_event, d);
    /* An error at once is reported through on_event() as well. */
    if (bufferevent_socket_connect(d->bev, ai->ai_addr, (int)ai->ai_addrlen) != 0 && d->bev)
        dial_fail(d, strerror(errno));
}

static void on_resolved(int result, struct evutil_addrinfo *list, void *arg)
{
    struct dial_lookup *lookup = arg;
    struct dial *d = lookup->dial;

    free(lookup);
    if (d) {
        d->lookup = NULL;
        if (result != 0 || !list)
            dial_fail(d, result ? evutil_gai_strerror(result) : "no address");
        else
            dial_connect(d, list);
    }
    if (list)
        evutil_freeaddrinfo(list);
}

void dial_start(struct dial *d, struct event_base *base, struct evdns_base *dns,
                const struct tls *tls, const char *host, uint16_t port, unsigned nth,
                dial_done *done, void *arg)
{
    struct evutil_addrinfo hints = { .ai_family = AF_UNSPEC,
                                     .ai_socktype = SOCK_STREAM,
                                     .ai_flags = EVUTIL_AI_NUMERICSERV | EVUTIL_AI_NUMERICHOST };
    struct evutil_addrinfo *list = NULL;
    struct dial_lookup *lookup;
    struct evdns_getaddrinfo_request *request;
    char service[8];

    *d = (struct dial){ .base = base, .tls = tls, .nth = nth, .done = done, .arg = arg };
    snprintf(service, sizeof(service), "%u", port);
    if (evutil_getaddrinfo(host, service, &hints, &list) == 0 && list) {
        dial_connect(d, list);
        evutil_freeaddrinfo(list);
        return;
    }
    if (!dns) {
        dial_fail(d, "no name server to ask");
        return;
    }
    lookup = calloc(1, sizeof(*lookup));
    if (!lookup) {
        dial_fail(d, "no memory");
        return;
    }
    lookup->dial = d;
    d->lookup = lookup;
    hints.ai_flags = EVUTIL_AI_NUMERICSERV;
    request = evdns_getaddrinfo(dns, host, service, &hints, on_resolved, lookup);
    /* NULL: on_resolved() has come already, and `lookup` is gone. */
    if (request)
        lookup->request = request;
}

void dial_cancel(struct dial *d)
{
    if (d->lookup) {
        struct dial_lookup *lookup = d->lookup;
        d->lookup = NULL;
        lookup->dial = NULL;
        evdns_getaddrinfo_cancel(lookup->request);
    }
    if (d->bev)
        bufferevent_free(d->bev);
    d->bev = NULL;
}
