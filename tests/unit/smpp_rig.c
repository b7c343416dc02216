/* smpp_rig.c - the server reads frames by hand and answers as it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "base/log.h"
#include "smpp_rig.h"

struct server server;
struct flow flow;
struct event_base *base;
struct smpp_carrier *carrier;
struct smpp_carrier_settings settings;
struct bytes b;

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void server_send(unsigned peer)
{
    assert_non_null(server.peers[peer]);
    bufferevent_write(server.peers[peer], b.data, b.len);
}

void server_answer(unsigned peer, uint32_t command, uint32_t status, uint32_t sequence,
                   const char *id)
{
    pdu_begin(&b, command, status, sequence);
    if (id)
        add_text(&b, id);
    pdu_end(&b);
    server_send(peer);
}

static void server_acts(const struct heard *h)
{
    char id[16];

    switch (h->command) {
    case 1:
    case 2:
    case 9:
        if (server.answers_binds)
            server_answer(h->peer, h->command | 0x80000000, server.bind_status, h->sequence,
                          "smsc");
        break;
    case 4:
        snprintf(id, sizeof(id), "%08X", ++server.ids);
        if (server.answers_submits)
            server_answer(h->peer, 0x80000004, 0, h->sequence, id);
        break;
    case 0x15:
        if (server.answers_links)
            server_answer(h->peer, 0x80000015, 0, h->sequence, NULL);
        break;
    }
}

static void server_read(struct bufferevent *bev, void *arg)
{
    struct evbuffer *in = bufferevent_get_input(bev);
    uint8_t head[16];

    while (evbuffer_copyout(in, head, 16) == 16 && evbuffer_get_length(in) >= be32(head)) {
        struct heard *h = &server.heard[server.n_heard++];
        assert_in_range(server.n_heard, 1, HEARD_MAX);
        *h = (struct heard){ (unsigned)(uintptr_t)arg, be32(head), be32(head + 4), be32(head + 8),
                             be32(head + 12) };
        evbuffer_drain(in, h->length);
        server_acts(h);
    }
}

static void server_event(struct bufferevent *bev, short what, void *arg)
{
    (void)what;
    server.peers[(uintptr_t)arg] = NULL;
    bufferevent_free(bev);
}

static void server_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa,
                          int len, void *arg)
{
    uintptr_t n = server.n_peers++;
    struct bufferevent *bev;

    (void)l;
    (void)sa;
    (void)len;
    (void)arg;
    assert_in_range(server.n_peers, 1, PEERS);
    bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(bev, server_read, NULL, server_event, (void *)n);
    bufferevent_enable(bev, EV_READ | EV_WRITE);
    server.peers[n] = bev;
}

void server_drop(unsigned peer)
{
    bufferevent_free(server.peers[peer]);
    server.peers[peer] = NULL;
}

unsigned heard(uint32_t command, struct heard *last)
{
    unsigned n = 0;

    for (unsigned i = 0; i < server.n_heard; i++) {
        if (server.heard[i].command == command) {
            n++;
            if (last)
                *last = server.heard[i];
        }
    }
    return n;
}

const struct result *result_of(uint64_t token)
{
    for (unsigned i = 0; i < flow.n_results; i++) {
        if (flow.results[i].token == token)
            return &flow.results[i];
    }
    return NULL;
}

static void on_result(void *arg, struct smpp_carrier *c, uint64_t token, enum smpp_outcome outcome,
                      uint32_t status, const char *id)
{
    (void)arg;
    (void)c;
    flow.results[flow.n_results].token = token;
    flow.results[flow.n_results].outcome = outcome;
    flow.results[flow.n_results].status = status;
    snprintf(flow.results[flow.n_results].id, SMPP_MESSAGE_ID_SIZE, "%s", id);
    flow.n_results++;
}

static void take_ack(struct smpp_carrier *c, struct smpp_ack ack)
{
    if (flow.ack_at_once)
        smpp_carrier_ack(c, ack, 0);
    flow.acks[flow.n_acks++] = ack;
}

static void on_receipt(void *arg, struct smpp_carrier *c, const struct smpp_receipt *r,
                       struct smpp_ack ack)
{
    (void)arg;
    flow.receipt = *r;
    flow.n_receipts++;
    take_ack(c, ack);
}

static void on_inbound(void *arg, struct smpp_carrier *c, const struct smpp_inbound *in,
                       struct smpp_ack ack)
{
    (void)arg;
    flow.inbound = *in;
    assert_in_range(in->len, 0, sizeof(flow.text) - 1);
    memcpy(flow.text, in->bytes, in->len);
    flow.text[in->len] = '\0';
    flow.n_inbound++;
    take_ack(c, ack);
}

static void on_room(void *arg, struct smpp_carrier *c)
{
    (void)arg;
    (void)c;
    flow.n_rooms++;
}

static void on_state(void *arg, struct smpp_carrier *c, bool up, const char *text)
{
    (void)arg;
    (void)c;
    assert_non_null(text);
    assert_true(up != flow.up);
    flow.up = up;
    if (up)
        flow.ups++;
    else
        flow.downs++;
}

static void on_stopped(void *arg, struct smpp_carrier *c)
{
    (void)arg;
    (void)c;
    flow.stopped = true;
}

void turn(void)
{
    struct timeval tv = { .tv_usec = 10000 };

    event_base_loopexit(base, &tv);
    event_base_loop(base, EVLOOP_ONCE);
}

void turn_for_ms(int64_t ms)
{
    int64_t end = clock_monotonic_us() + ms * USEC_PER_MSEC;

    while (clock_monotonic_us() < end)
        turn();
}

void server_listen(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    server.listener = evconnlistener_new_bind(base, server_accept, NULL,
                                              LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 16,
                                              (struct sockaddr *)&address, sizeof(address));
    assert_non_null(server.listener);
}

int rig_begin(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    log_set_level(NULL, LOG_LEVEL_ERROR);
    return 0;
}

int rig_set_up(void **state)
{
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    static char name[] = "test", host[] = "127.0.0.1", id[] = "relais", password[] = "secret",
                type[] = "";

    (void)state;
    memset(&server, 0, sizeof(server));
    memset(&flow, 0, sizeof(flow));
    server.answers_binds = server.answers_submits = server.answers_links = true;
    base = event_base_new();
    server_listen(0);
    getsockname(evconnlistener_get_fd(server.listener), (struct sockaddr *)&address, &len);
    settings = (struct smpp_carrier_settings){
        .head.title = name,
        .host = host,
        .port = ntohs(address.sin_port),
        .system_id = id,
        .password = password,
        .system_type = type,
        .binds = 1,
        .window = 10,
        .enquire_link_ms = 60000,
        .response_timeout_ms = 60000,
        .bind_timeout_ms = 60000,
        .unbind_timeout_ms = 200,
        .reconnect_min_ms = 20,
        .reconnect_max_ms = 60000,
        .source_npi = 1,
        .dest_npi = 1,
        .response_id = SMPP_ID_HEX,
        .validity_ms = 3600000,
    };
    return 0;
}

int rig_tear_down(void **state)
{
    (void)state;
    smpp_carrier_free(carrier);
    carrier = NULL;
    for (unsigned i = 0; i < PEERS; i++) {
        if (server.peers[i])
            bufferevent_free(server.peers[i]);
    }
    evconnlistener_free(server.listener);
    event_base_free(base);
    return 0;
}

void start(void)
{
    static const struct smpp_events events = { .on_result = on_result,
                                               .on_receipt = on_receipt,
                                               .on_inbound = on_inbound,
                                               .on_room = on_room,
                                               .on_state = on_state,
                                               .on_stopped = on_stopped };

    carrier = smpp_carrier_new(base, &settings, &events);
    assert_non_null(carrier);
    smpp_carrier_start(carrier);
}

void start_bound(void)
{
    start();
    until(flow.up);
}

enum rc submit_sized(uint64_t token, size_t len)
{
    static uint8_t text[SMPP_USER_DATA_MAX];

    return smpp_carrier_submit(carrier,
                               &(struct smpp_submit){ .token = token,
                                                      .source = "36111",
                                                      .destination = "+33612345678",
                                                      .piece = { .user_data = text, .len = len },
                                                      .want_receipt = true });
}

enum rc submit(uint64_t token)
{
    return submit_sized(token, 20);
}

void server_deliver(unsigned peer, uint32_t sequence, unsigned esm_class, const void *text,
                    size_t len)
{
    deliver_begin(&b, sequence,
                  &(struct deliver_fields){ .source_ton = 1,
                                            .source_npi = 1,
                                            .esm_class = esm_class,
                                            .text = text,
                                            .text_len = len });
    pdu_end(&b);
    server_send(peer);
}
