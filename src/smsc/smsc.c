/* smsc.c - the loop: what comes in, what is due, what goes out. */
#define LOG_PART "smsc"
#include "smsc/smsc.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "base/log.h"
#include "smsc/address.h"
#include "smsc/delivery.h"
#include "smsc/inbound.h"
#include "smsc/journal.h"
#include "smsc/session.h"
#include "smsc/wire.h"

#define TICK_MS       100
#define TICKS_A_FLUSH 10 /* of the journal: what is in the file is at most a second old */

struct smsc_loop {
    struct evconnlistener *listener;
    struct event *tick, *timer;
    char address[LISTEN_ADDRESS_SIZE];
    char unix_path[LISTEN_ADDRESS_SIZE]; /* "": none; removed at the end */
    int64_t dropped_us;                  /* the last cut by drop_every */
    unsigned ticks;
};

void smsc_tell_time(struct smsc *c)
{
    c->now_us = clock_monotonic_us();
    c->wall_us = clock_now();
}

/* Microseconds since 2020, 15 digits: as long as fewer than a million a second are accepted, a
 * restart never hands out an id again. */
static uint64_t id_from_clock(utc_us now)
{
    return (uint64_t)(now - INT64_C(1577836800) * USEC_PER_SEC);
}

static void on_tick(evutil_socket_t fd, short what, void *arg);

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    /* Only ends the wait: smsc_turn() does what is due. */
    (void)fd;
    (void)what;
    (void)arg;
}

static bool make_loop(struct smsc *c)
{
    struct timeval tick = { 0, TICK_MS * 1000 };

    c->loop = calloc(1, sizeof(*c->loop));
    c->base = event_base_new();
    if (!c->loop || !c->base)
        return false;
    c->loop->tick = event_new(c->base, -1, EV_PERSIST, on_tick, c);
    c->loop->timer = event_new(c->base, -1, 0, on_timer, c);
    c->loop->dropped_us = c->now_us;
    return c->loop->tick && c->loop->timer && event_add(c->loop->tick, &tick) == 0;
}

struct smsc *smsc_new(const struct scenario *scenario, const struct arena *arena)
{
    struct smsc *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    smsc_tell_time(c);
    c->scenario = *scenario;
    c->arena = *arena;
    c->seed = (uint64_t)scenario->settings.seed;
    if (!c->seed)
        c->seed = (uint64_t)c->wall_us;
    c->next_id = (uint64_t)scenario->settings.first_id;
    if (!c->next_id)
        c->next_id = id_from_clock(c->wall_us);
    tally_init(&c->tally);
    timeline_init(&c->timeline);
    pool_init(&c->deliveries, sizeof(struct delivery));
    pool_init(&c->answers, sizeof(struct answer));
    STAILQ_INIT(&c->dirty);
    accounts_init(c);
    if (!make_loop(c) || !inbound_start(c)) {
        smsc_free(c);
        return NULL;
    }
    return c;
}

static void free_loop(struct smsc *c)
{
    struct smsc_loop *l = c->loop;

    if (l) {
        if (l->listener)
            evconnlistener_free(l->listener);
        if (l->tick)
            event_free(l->tick);
        if (l->timer)
            event_free(l->timer);
        if (*l->unix_path)
            unlink(l->unix_path);
        free(l);
    }
    if (c->base)
        event_base_free(c->base);
}

void smsc_free(struct smsc *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        if (c->sessions[i]) {
            session_enter(c->sessions[i], SESSION_OVER, "the simulator ends");
            session_free(c->sessions[i]);
        }
    }
    delivery_free_all(c);
    free_loop(c);
    free(c->scripts);
    pool_close(&c->deliveries);
    pool_close(&c->answers);
    timeline_close(&c->timeline);
    tally_close(&c->tally);
    wire_tls_free(c->tls);
    arena_close(&c->arena);
    free(c);
}

/* --- listening --- */

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer,
                      int len, void *arg)
{
    char text[LISTEN_ADDRESS_SIZE];
    int yes = 1;

    (void)listener;
    (void)len;
    /* Answers are batched by us; waiting for more would only add the client's delayed ACK. */
    if (peer->sa_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    address_format(peer, text);
    smsc_tell_time(arg);
    session_new(arg, fd, text);
}

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
    (void)listener;
    (void)arg;
    log_warn("accept=failed reason=\"%s\"", strerror(errno));
}

enum rc smsc_listen(struct smsc *c, const char *text, struct error *err)
{
    struct smsc_loop *l = c->loop;
    struct sockaddr_storage address, real;
    socklen_t real_len = sizeof(real);
    int len;
    enum rc rc = address_parse(text, &address, &len, err);

    if (rc)
        return rc;
    rc = address_free_path((struct sockaddr *)&address, err);
    if (rc)
        return rc;
    l->listener = evconnlistener_new_bind(
        c->base, on_accept, c, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC,
        -1, (struct sockaddr *)&address, len);
    if (!l->listener)
        return error_set(err, RC_FAIL, "%s: cannot listen: %s", text, strerror(errno));
    evconnlistener_set_error_cb(l->listener, on_accept_error);
    if (getsockname(evconnlistener_get_fd(l->listener), (struct sockaddr *)&real, &real_len) != 0)
        return error_set(err, RC_FAIL, "%s: %s", text, strerror(errno));
    address_format((struct sockaddr *)&real, l->address);
    if (real.ss_family == AF_UNIX)
        snprintf(l->unix_path, sizeof(l->unix_path), "%s", l->address + strlen("unix:"));
    if (!address_is_local((struct sockaddr *)&real))
        log_warn("listening=%s exposed=yes note=\"anybody who reaches it can bind\"", l->address);
    return RC_OK;
}

const char *smsc_address(const struct smsc *c)
{
    return c->loop->address;
}

/* --- turning --- */

void smsc_drop_all(struct smsc *c, const char *why)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        if (c->sessions[i])
            session_cut(c->sessions[i], !c->scenario.settings.drop_unanswered, why);
    }
}

void smsc_pause(struct smsc *c, bool paused)
{
    c->paused = paused;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *s = c->sessions[i];
        if (!s)
            continue;
        /* A client could not answer us while we were not reading. */
        s->enquired_us = s->wrote_us = c->now_us;
        session_set_reading(s);
    }
    log_info("paused=%s", paused ? "yes" : "no");
}

static void drop_every(struct smsc *c)
{
    int64_t every = c->scenario.settings.drop_every * USEC_PER_MSEC;

    if (every == 0) {
        c->loop->dropped_us = c->now_us;
    } else if (c->now_us - c->loop->dropped_us >= every) {
        c->loop->dropped_us = c->now_us;
        smsc_drop_all(c, "scenario: drop_every");
    }
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct smsc *c = arg;

    (void)fd;
    (void)what;
    smsc_tell_time(c);
    if (++c->loop->ticks % TICKS_A_FLUSH == 0)
        journal_flush(c->journal);
    if (c->paused)
        return;
    drop_every(c);
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        if (c->sessions[i])
            session_tick(c->sessions[i]);
    }
}

static void run_answer(struct smsc *c, struct answer *a)
{
    struct session *s = session_find(c, a->session);

    if (s) {
        s->pending--;
        session_answer(s, a);
    }
    pool_give(&c->answers, a);
}

static void run_due(struct smsc *c)
{
    struct task *task;

    while ((task = timeline_take(&c->timeline, c->now_us)) != NULL) {
        switch (task->kind) {
        case TASK_ANSWER:
            run_answer(c, (struct answer *)(void *)task);
            break;
        case TASK_DELIVERY:
            delivery_due(c, (struct delivery *)(void *)task);
            break;
        case TASK_SCRIPT:
            inbound_due(c, (struct script *)(void *)task);
            break;
        }
    }
}

static void flush_sessions(struct smsc *c)
{
    struct session_list dirty = STAILQ_HEAD_INITIALIZER(dirty);
    struct session *s;

    /* What a flush makes dirty again is for the next turn. */
    STAILQ_CONCAT(&dirty, &c->dirty);
    while ((s = STAILQ_FIRST(&dirty)) != NULL) {
        STAILQ_REMOVE_HEAD(&dirty, dirty_link);
        session_flush(s);
    }
}

void smsc_turn(struct smsc *c)
{
    smsc_tell_time(c);
    if (c->paused)
        return;
    run_due(c);
    delivery_pump(c);
    journal_flush(c->journal); /* what was answered is in it, also after kill -9 */
    flush_sessions(c);
}

/* The loop sleeps until the first task is due; what is due within a millisecond goes together. */
static void arm_timer(struct smsc *c)
{
    int64_t next = timeline_next(&c->timeline), wait = next - c->now_us;
    struct timeval tv;

    if (c->paused || next == INT64_MAX) {
        event_del(c->loop->timer);
        return;
    }
    wait = wait > USEC_PER_MSEC ? wait : USEC_PER_MSEC;
    tv.tv_sec = wait / USEC_PER_SEC;
    tv.tv_usec = wait % USEC_PER_SEC;
    event_add(c->loop->timer, &tv);
}

static bool has_sessions(const struct smsc *c)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        if (c->sessions[i])
            return true;
    }
    return false;
}

enum rc smsc_run(struct smsc *c)
{
    while (!c->stopping || has_sessions(c)) {
        arm_timer(c);
        if (!STAILQ_EMPTY(&c->dirty) && !c->paused)
            event_active(c->loop->timer, EV_TIMEOUT, 0);
        if (event_base_loop(c->base, EVLOOP_ONCE) < 0)
            return RC_FAIL;
        smsc_turn(c);
    }
    return RC_OK;
}

void smsc_stop(struct smsc *c)
{
    if (c->stopping)
        return;
    c->stopping = true;
    if (c->paused)
        smsc_pause(c, false);
    if (c->loop->listener)
        evconnlistener_disable(c->loop->listener);
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        if (c->sessions[i])
            session_unbind(c->sessions[i]);
    }
}
