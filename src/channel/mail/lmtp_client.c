/*
 * lmtp_client.c - see lmtp_client.h.
 *
 * The last word reaches the client only if nothing of his is left unread in the kernel when the
 * socket is closed: so our half is shut, and what still comes is thrown away for a moment.
 */
#include "channel/mail/lmtp_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/metric.h"
#include "channel/mail/lmtp_session.h"

#define LOG_PART "lmtp"
#include "base/log.h"

#define IN_HIGH   (64 << 10)
#define OUT_HIGH  (32 << 10)
#define LINGER_MS 2000
#define PEER_SIZE 64

static struct metric open_now = METRIC_GAUGE("relais_lmtp_connections", "Connections of MTAs");
static struct metric timeouts_total =
    METRIC_COUNTER("relais_lmtp_timeouts_total", "Connections ended because nothing moved");

struct lmtp_client {
    struct lmtp_client_owner owner;
    struct lmtp_session session;
    struct bufferevent *bev; /* NULL: the connection is lost, its mail is not answered yet */
    struct event *timer, *resume;
    uint64_t moves; /* when the timer was set */
    bool held, stopping;
    bool heard_all; /* the client has shut his half */
    bool shut;      /* we have shut ours */
    char peer[PEER_SIZE];
};

/* ---- time ---- */

static void arm(struct lmtp_client *c, int64_t ms)
{
    struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

    event_add(c->timer, &tv);
}

/* The client's time runs only while it is his turn. */
static void set_timer(struct lmtp_client *c)
{
    if (c->session.state == LMTP_LEAVING)
        return;
    if (c->held || c->session.state == LMTP_WAITING) {
        event_del(c->timer);
    } else if (c->moves != c->session.moves || !event_pending(c->timer, EV_TIMEOUT, NULL)) {
        c->moves = c->session.moves;
        arm(c, c->owner.settings->timeout_ms);
    }
}

/* ---- turns ---- */

static struct evbuffer *output(const struct lmtp_client *c)
{
    return bufferevent_get_output(c->bev);
}

/* To a client that does not read, no more than so much is said. A reply nearly always fits into the
 * socket at once, which saves a turn of the loop and two calls of epoll. */
static void flush(struct lmtp_client *c)
{
    struct buffer *out = &c->session.out;
    const size_t waiting = evbuffer_get_length(output(c));
    ssize_t n = 0;

    if (out->len == 0 || (waiting >= OUT_HIGH && c->session.state != LMTP_LEAVING))
        return;
    if (waiting == 0)
        n = send(bufferevent_getfd(c->bev), out->data, out->len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0)
        n = 0; /* a real error comes again from the bufferevent, which tells us */
    if ((size_t)n < out->len)
        bufferevent_write(c->bev, out->data + n, out->len - (size_t)n);
    buffer_reset(out);
}

/* The bytes that lie together at the front of the input; *n 0: there are none. */
static const char *front(struct lmtp_client *c, size_t *n)
{
    struct evbuffer *in = bufferevent_get_input(c->bev);

    *n = evbuffer_get_contiguous_space(in);
    if (*n == 0)
        *n = evbuffer_get_length(in);
    return *n ? (const char *)evbuffer_pullup(in, (ev_ssize_t)*n) : NULL;
}

static void take(struct lmtp_client *c)
{
    const char *bytes;
    size_t n;

    while (!c->held && lmtp_session_may_take(&c->session) && (bytes = front(c, &n))) {
        n = lmtp_session_take(&c->session, bytes, n);
        evbuffer_drain(bufferevent_get_input(c->bev), n);
        flush(c);
    }
    flush(c);
}

static void over(struct lmtp_client *c)
{
    c->owner.gone(c->owner.arg, c);
}

/* The last word is said: it is written, our half is shut, and the rest is thrown away. */
static void leave(struct lmtp_client *c)
{
    struct evbuffer *in = bufferevent_get_input(c->bev);

    evbuffer_drain(in, evbuffer_get_length(in));
    if (evbuffer_get_length(output(c)) > 0)
        return;
    if (c->heard_all) {
        over(c);
        return;
    }
    if (!c->shut) {
        c->shut = true;
        shutdown(bufferevent_getfd(c->bev), SHUT_WR);
        bufferevent_enable(c->bev, EV_READ);
    }
}

/* Whatever happened: goes on as far as it goes. The client may be gone afterwards. */
static void turn(struct lmtp_client *c)
{
    const bool was_leaving = c->session.state == LMTP_LEAVING;

    if (!c->bev) {
        if (c->session.state != LMTP_WAITING)
            over(c);
        return;
    }
    take(c);
    if (c->session.out.full || (c->heard_all && c->session.state != LMTP_WAITING &&
                                lmtp_session_may_take(&c->session) && !c->held)) {
        lmtp_session_leave(&c->session, "421 4.4.2 you have hung up");
        flush(c);
    }
    if (c->session.state != LMTP_LEAVING) {
        set_timer(c);
        return;
    }
    if (!was_leaving)
        arm(c, LINGER_MS);
    leave(c);
}

static void on_read(struct bufferevent *bev, void *arg)
{
    (void)bev;
    turn(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    struct lmtp_client *c = arg;

    (void)bev;
    if (what & BEV_EVENT_EOF && !(what & BEV_EVENT_WRITING)) {
        c->heard_all = true;
    } else {
        bufferevent_free(c->bev);
        c->bev = NULL;
        event_del(c->timer);
    }
    turn(c);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    turn(arg);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct lmtp_client *c = arg;

    (void)fd;
    (void)what;
    if (c->session.state == LMTP_LEAVING) {
        over(c);
        return;
    }
    metric_add(&timeouts_total, 1);
    log_info("peer=%s connection=ended reason=\"nothing moved\"", c->peer);
    lmtp_session_leave(&c->session, "421 4.4.2 nothing moved for too long");
    arm(c, LINGER_MS);
    flush(c);
    leave(c);
}

/* ---- from outside ---- */

struct lmtp_client *lmtp_client_new(const struct lmtp_client_owner *owner, int fd, const char *peer,
                                    bool held)
{
    struct lmtp_client *c = calloc(1, sizeof(*c));

    if (!c) {
        close(fd);
        return NULL;
    }
    metric_add(&open_now, 1);
    c->owner = *owner;
    snprintf(c->peer, sizeof(c->peer), "%s", peer);
    lmtp_session_init(&c->session, owner->settings, owner->events, owner->ids, c->peer);
    c->bev = bufferevent_socket_new(owner->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (!c->bev)
        close(fd);
    c->timer = event_new(owner->base, -1, 0, on_timer, c);
    c->resume = event_new(owner->base, -1, 0, on_resume, c);
    if (!c->bev || !c->timer || !c->resume) {
        lmtp_client_free(c);
        return NULL;
    }
    bufferevent_setcb(c->bev, on_read, on_read, on_event, c);
    bufferevent_setwatermark(c->bev, EV_READ, 0, IN_HIGH);
    bufferevent_enable(c->bev, EV_WRITE);
    flush(c);
    lmtp_client_hold(c, held);
    set_timer(c);
    return c;
}

void lmtp_client_free(struct lmtp_client *c)
{
    if (c->bev)
        bufferevent_free(c->bev);
    if (c->timer)
        event_free(c->timer);
    if (c->resume)
        event_free(c->resume);
    lmtp_session_close(&c->session);
    metric_add(&open_now, -1);
    free(c);
}

void lmtp_client_hold(struct lmtp_client *c, bool hold)
{
    c->held = hold;
    if (!c->bev || c->session.state == LMTP_LEAVING)
        return;
    if (hold)
        bufferevent_disable(c->bev, EV_READ);
    else
        bufferevent_enable(c->bev, EV_READ);
    set_timer(c);
    event_active(c->resume, EV_TIMEOUT, 0); /* lines may be waiting in the input */
}

bool lmtp_client_answer(struct lmtp_client *c, uint64_t mail_id, const struct lmtp_reply *replies,
                        size_t n)
{
    if (c->session.state != LMTP_WAITING || c->session.waiting_id != mail_id)
        return false;
    lmtp_session_answer(&c->session, replies, n);
    if (c->stopping)
        lmtp_client_stop(c);
    event_active(c->resume, EV_TIMEOUT, 0); /* not in here: we may be called by the session */
    return true;
}

void lmtp_client_stop(struct lmtp_client *c)
{
    c->stopping = true;
    if (c->session.state == LMTP_WAITING)
        return;
    lmtp_session_leave(&c->session, "421 4.3.2 Relais is stopping");
    arm(c, LINGER_MS);
    event_active(c->resume, EV_TIMEOUT, 0);
}

bool lmtp_client_busy(const struct lmtp_client *c)
{
    return c->session.state == LMTP_WAITING ||
           (c->bev && (c->session.out.len > 0 || evbuffer_get_length(output(c)) > 0));
}
