/* lmtp.c - the listeners, and who is connected. See lmtp.h. */
#include "channel/mail/lmtp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "base/metric.h"
#include "channel/mail/lmtp_client.h"
#include "channel/mail/lmtp_listen.h"

#define LOG_PART "lmtp"
#include "base/log.h"

static struct metric accepted_total =
    METRIC_COUNTER("relais_lmtp_connections_total", "Connections accepted from MTAs");
static struct metric turned_away_total = METRIC_COUNTER(
    "relais_lmtp_turned_away_total", "Connections ended at once: too many are open already");
static struct metric held_now =
    METRIC_GAUGE("relais_lmtp_held", "1: nothing is read, because the mails taken are not done");

struct lmtp_server {
    const struct lmtp_settings *settings;
    struct lmtp_events events;
    struct lmtp_client_owner owner;
    struct evconnlistener **listeners;
    size_t n_listeners;
    struct lmtp_client **clients; /* max_connections places */
    size_t n_clients;
    struct event *rest; /* after it, connections are accepted again */
    uint64_t ids;       /* the last one given to a mail */
    bool held;
};

static void on_gone(void *arg, struct lmtp_client *c)
{
    struct lmtp_server *s = arg;
    size_t i = 0;

    while (s->clients[i] != c)
        i++;
    s->clients[i] = s->clients[--s->n_clients];
    lmtp_client_free(c);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer,
                      int len, void *arg)
{
    static const char full[] = "421 4.3.2 too many connections, come back later\r\n";
    struct lmtp_server *s = arg;
    char text[LMTP_ADDRESS_SIZE];
    struct lmtp_client *c;
    int yes = 1;

    (void)listener;
    (void)len;
    metric_add(&accepted_total, 1);
    if (s->n_clients == s->settings->max_connections) {
        metric_add(&turned_away_total, 1);
        (void)!send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        close(fd);
        return;
    }
    /* Replies are short and one waits for each of them. */
    if (peer->sa_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    c = lmtp_client_new(&s->owner, fd, lmtp_listen_peer(peer, text), s->held);
    if (c)
        s->clients[s->n_clients++] = c;
}

static void enable(struct lmtp_server *s, bool on)
{
    for (size_t i = 0; i < s->n_listeners; i++) {
        if (on)
            evconnlistener_enable(s->listeners[i]);
        else
            evconnlistener_disable(s->listeners[i]);
    }
}

/* Out of descriptors, most likely: the connection stays where it is, and would be tried again at
 * once, for ever. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
    struct lmtp_server *s = arg;
    const struct timeval second = { 1, 0 };

    (void)listener;
    log_error("accept=failed reason=\"%s\" effect=\"none is accepted for a second\"",
              strerror(errno));
    enable(s, false);
    event_add(s->rest, &second);
}

static void on_rested(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    enable(arg, true);
}

static enum rc add_listener(struct lmtp_server *s, const char *text, struct error *err)
{
    struct evconnlistener *listener;
    char address[LMTP_ADDRESS_SIZE];
    bool is_local;
    enum rc rc = lmtp_listen(s->owner.base, text, &listener, err);

    if (rc)
        return rc;
    s->listeners[s->n_listeners++] = listener;
    evconnlistener_set_cb(listener, on_accept, s);
    evconnlistener_set_error_cb(listener, on_accept_error);
    evconnlistener_enable(listener);
    log_info("listening=%s", lmtp_listen_address(listener, address, &is_local));
    if (!is_local)
        log_warn("listening=%s exposed=yes note=\"LMTP has no password: let a firewall allow "
                 "nobody but the MTA\"",
                 address);
    return RC_OK;
}

enum rc lmtp_server_new(struct event_base *base, const struct lmtp_settings *settings,
                        const struct lmtp_events *events, struct lmtp_server **out,
                        struct error *err)
{
    struct lmtp_server *s = calloc(1, sizeof(*s));
    enum rc rc = RC_OK;

    if (!s)
        return error_set(err, RC_FAIL, "no memory");
    s->settings = settings;
    s->events = *events;
    s->owner = (struct lmtp_client_owner){ .base = base,
                                           .settings = settings,
                                           .events = &s->events,
                                           .ids = &s->ids,
                                           .gone = on_gone,
                                           .arg = s };
    s->listeners = calloc(settings->n_listen + 1, sizeof(struct evconnlistener *));
    s->clients = calloc(settings->max_connections + 1, sizeof(struct lmtp_client *));
    s->rest = evtimer_new(base, on_rested, s);
    if (!s->listeners || !s->clients || !s->rest)
        rc = error_set(err, RC_FAIL, "no memory");
    for (size_t i = 0; i < settings->n_listen && !rc; i++)
        rc = add_listener(s, settings->listen[i], err);
    if (rc) {
        lmtp_server_free(s);
        return rc;
    }
    metric_register(&turned_away_total);
    *out = s;
    return RC_OK;
}

void lmtp_answer(struct lmtp_server *s, uint64_t mail_id, const struct lmtp_reply *replies,
                 size_t n)
{
    for (size_t i = 0; i < s->n_clients; i++) {
        if (lmtp_client_answer(s->clients[i], mail_id, replies, n))
            return;
    }
}

void lmtp_hold(struct lmtp_server *s, bool hold)
{
    if (s->held == hold)
        return;
    s->held = hold;
    metric_set(&held_now, hold);
    for (size_t i = 0; i < s->n_clients; i++)
        lmtp_client_hold(s->clients[i], hold);
}

static void unlisten(struct evconnlistener *listener)
{
    char address[LMTP_ADDRESS_SIZE];
    bool is_local;

    lmtp_listen_address(listener, address, &is_local);
    if (strncmp(address, LMTP_UNIX, strlen(LMTP_UNIX)) == 0)
        unlink(address + strlen(LMTP_UNIX));
    evconnlistener_free(listener);
}

void lmtp_server_stop(struct lmtp_server *s)
{
    while (s->n_listeners)
        unlisten(s->listeners[--s->n_listeners]);
    if (s->rest)
        event_del(s->rest);
    for (size_t i = 0; i < s->n_clients; i++)
        lmtp_client_stop(s->clients[i]);
}

bool lmtp_server_busy(const struct lmtp_server *s)
{
    for (size_t i = 0; i < s->n_clients; i++) {
        if (lmtp_client_busy(s->clients[i]))
            return true;
    }
    return false;
}

void lmtp_server_free(struct lmtp_server *s)
{
    if (!s)
        return;
    while (s->n_listeners)
        unlisten(s->listeners[--s->n_listeners]);
    while (s->n_clients)
        lmtp_client_free(s->clients[--s->n_clients]);
    if (s->rest)
        event_free(s->rest);
    free(s->listeners);
    free(s->clients);
    free(s);
}
