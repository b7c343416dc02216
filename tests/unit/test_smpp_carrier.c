/* test_smpp_carrier.c - a carrier of ours against a server written by hand, over real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "base/clock.h"
#include "base/log.h"
#include "channel/smpp/carrier.h"
#include "smpp_bytes.h"

#define PEERS     8
#define HEARD_MAX 8192
#define LIMIT_MS  5000

/* ---- the server: what it heard, what it does by itself ---- */

struct heard {
    unsigned peer;
    uint32_t length, command, status, sequence;
};

static struct {
    struct evconnlistener *listener;
    uint16_t port;
    struct bufferevent *peers[PEERS]; /* in the order of their connecting; NULL: closed */
    unsigned n_peers;
    struct heard heard[HEARD_MAX];
    unsigned n_heard;
    uint32_t bind_status;
    bool answers_binds, answers_submits, answers_links;
    unsigned ids;
} server;

/* ---- flow: what it was told ---- */

struct result {
    uint64_t token;
    enum smpp_outcome outcome;
    uint32_t status;
    char id[SMPP_MESSAGE_ID_SIZE];
};

static struct {
    struct result results[HEARD_MAX];
    unsigned n_results;
    struct smpp_receipt receipt;
    struct smpp_inbound inbound;
    char text[300];
    struct smpp_ack acks[HEARD_MAX];
    unsigned n_receipts, n_inbound, n_acks, n_rooms, ups, downs;
    bool up, stopped, ack_at_once;
} flow;

static struct event_base *base;
static struct smpp_carrier *carrier;
static struct smpp_carrier_settings settings;
static struct bytes b;

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void server_send(unsigned peer)
{
    assert_non_null(server.peers[peer]);
    bufferevent_write(server.peers[peer], b.data, b.len);
}

static void server_answer(unsigned peer, uint32_t command, uint32_t status, uint32_t sequence,
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

static void server_drop(unsigned peer)
{
    bufferevent_free(server.peers[peer]);
    server.peers[peer] = NULL;
}

/* How often the server heard a command; `last` may be NULL. */
static unsigned heard(uint32_t command, struct heard *last)
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

static const struct result *result_of(uint64_t token)
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

/* Turns the loop until `fact` holds; the test fails when it does not within LIMIT_MS. */
#define until(fact)                                                            \
    do {                                                                       \
        int64_t until_began = clock_monotonic_us();                            \
        while (!(fact)) {                                                      \
            if (clock_monotonic_us() - until_began > LIMIT_MS * USEC_PER_MSEC) \
                fail_msg("still not: %s", #fact);                              \
            turn();                                                            \
        }                                                                      \
    } while (0)

static void turn(void)
{
    struct timeval tv = { .tv_usec = 10000 };

    event_base_loopexit(base, &tv);
    event_base_loop(base, EVLOOP_ONCE);
}

/* For what must not happen. */
static void turn_for_ms(int64_t ms)
{
    int64_t end = clock_monotonic_us() + ms * USEC_PER_MSEC;

    while (clock_monotonic_us() < end)
        turn();
}

static int set_up(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    static char name[] = "test", host[] = "127.0.0.1", id[] = "relais", password[] = "secret",
                type[] = "";

    (void)state;
    memset(&server, 0, sizeof(server));
    memset(&flow, 0, sizeof(flow));
    server.answers_binds = server.answers_submits = server.answers_links = true;
    base = event_base_new();
    server.listener = evconnlistener_new_bind(base, server_accept, NULL, LEV_OPT_CLOSE_ON_FREE, 16,
                                              (struct sockaddr *)&address, sizeof(address));
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

static int tear_down(void **state)
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

static void start(void)
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

static void start_bound(void)
{
    start();
    until(flow.up);
}

static enum rc submit_sized(uint64_t token, size_t len)
{
    static uint8_t text[SMPP_USER_DATA_MAX];

    return smpp_carrier_submit(carrier, &(struct smpp_submit){ .token = token,
                                                               .source = "36111",
                                                               .destination = "+33612345678",
                                                               .user_data = text,
                                                               .len = len,
                                                               .want_receipt = true });
}

static enum rc submit(uint64_t token)
{
    return submit_sized(token, 20);
}

static void send_deliver(unsigned peer, uint32_t sequence, unsigned esm_class, const void *text,
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

/* ---- the tests ---- */

static void a_submit_is_answered(void **state)
{
    (void)state;
    start_bound();
    server.ids = 0x1a;
    assert_int_equal(submit(4711), RC_OK);
    until(flow.n_results == 1);
    assert_int_equal(flow.results[0].token, 4711);
    assert_int_equal(flow.results[0].outcome, SMPP_ANSWERED);
    assert_int_equal(flow.results[0].status, 0);
    assert_string_equal(flow.results[0].id, "27"); /* 0000001B */
    until(flow.n_rooms > 0);
}

static void an_error_with_any_body_is_an_answer(void **state)
{
    struct heard h;

    (void)state;
    server.answers_submits = false;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    assert_int_equal(submit(2), RC_OK);
    assert_int_equal(submit(3), RC_OK);
    until(heard(4, &h) == 3);
    server_answer(0, 0x80000004, 0x0405, h.sequence, NULL);
    server_answer(0, 0x80000004, 0x58, h.sequence - 1, "rubbish");
    server_answer(0, 0x80000000, 0, h.sequence - 2, NULL); /* a nack without a status */
    until(flow.n_results == 3);
    assert_int_equal(flow.results[0].token, 3);
    assert_int_equal(flow.results[0].status, 0x0405);
    assert_int_equal(flow.results[1].status, 0x58);
    assert_int_equal(flow.results[2].status, 0xff);
}

static void the_window_holds_what_it_says(void **state)
{
    struct heard h;

    (void)state;
    settings.window = 3;
    server.answers_submits = false;
    start_bound();
    assert_int_equal(smpp_carrier_room(carrier), 3);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(submit(i), RC_OK);
    assert_int_equal(smpp_carrier_room(carrier), 0);
    assert_int_equal(submit(3), RC_AGAIN);
    until(heard(4, &h) == 3);
    flow.n_rooms = 0;
    server_answer(0, 0x80000004, 0, h.sequence, "2");
    until(flow.n_rooms == 1);
    assert_int_equal(smpp_carrier_room(carrier), 1);
    assert_int_equal(submit(3), RC_OK);
    assert_int_equal(submit(4), RC_AGAIN);
}

static void what_cannot_be_packed_is_refused(void **state)
{
    (void)state;
    start_bound();
    assert_int_equal(submit_sized(1, SMPP_USER_DATA_MAX + 1), RC_INVALID);
    assert_int_equal(
        smpp_carrier_submit(carrier, &(struct smpp_submit){ .source = "36111", .destination = "" }),
        RC_INVALID);
    assert_int_equal(smpp_carrier_room(carrier), 10);
}

static void a_lost_link_tells_unknown_from_unsent(void **state)
{
    uint64_t n = 0, unknown = 0;
    int idle = 0, received = 0;
    size_t pdu_len = 16 + 1 + 2 + 6 + 2 + 12 + 3 + 1 + 17 + 5 + 4 + 4000;

    (void)state;
    settings.window = 4096;
    settings.reconnect_min_ms = 60000;
    start_bound();
    bufferevent_disable(server.peers[0], EV_READ);
    while (idle < 20) {
        if (submit_sized(n, 4000) == RC_OK) {
            n++;
            idle = 0;
        } else {
            turn();
            idle++;
        }
    }
    assert_in_range(n, 100, 4095); /* the kernel is full and so are we, not the window */
    assert_int_equal(ioctl(bufferevent_getfd(server.peers[0]), FIONREAD, &received), 0);
    server_drop(0);
    until(!flow.up);
    assert_int_equal(flow.n_results, n);
    while (unknown < n && flow.results[unknown].outcome == SMPP_UNKNOWN)
        unknown++;
    for (uint64_t i = 0; i < n; i++) {
        assert_int_equal(flow.results[i].token, i);
        assert_int_equal(flow.results[i].outcome, i < unknown ? SMPP_UNKNOWN : SMPP_UNSENT);
    }
    /* Of none that the server has a byte of do we say that it was not sent. */
    assert_in_range(unknown, ((size_t)received + pdu_len - 1) / pdu_len, n - 1);
}

static void what_waits_when_the_carrier_does_not_read_is_unsent(void **state)
{
    unsigned unsent = 0;
    uint64_t n = 0;

    (void)state;
    settings.window = 4096;
    settings.response_timeout_ms = 400;
    settings.reconnect_min_ms = 60000;
    start_bound();
    bufferevent_disable(server.peers[0], EV_READ);
    while (flow.up && n < 4096) {
        if (submit_sized(n, 4000) == RC_OK)
            n++;
        else
            turn();
    }
    until(flow.n_results == n);
    for (unsigned i = 0; i < flow.n_results; i++)
        unsent += flow.results[i].outcome == SMPP_UNSENT;
    assert_in_range(unsent, 1, n - 1);
}

static void one_lost_answer_among_others_is_unknown_alone(void **state)
{
    struct heard h;
    int64_t began;

    (void)state;
    settings.response_timeout_ms = 300;
    server.answers_submits = false;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    until(heard(4, &h) == 1);
    server.answers_submits = true;
    began = clock_monotonic_us();
    for (uint64_t i = 2; !result_of(1); i++) {
        assert_true(clock_monotonic_us() - began < LIMIT_MS * USEC_PER_MSEC);
        (void)!submit(i);
        turn_for_ms(10);
    }
    assert_int_equal(result_of(1)->outcome, SMPP_UNKNOWN);
    assert_int_equal(flow.downs, 0);
    /* the answer comes at last: to nothing any more */
    flow.n_results = 0;
    server_answer(0, 0x80000004, 0, h.sequence, "99");
    turn_for_ms(50);
    assert_null(result_of(1));
    assert_true(flow.up);
}

static void a_carrier_that_answers_nothing_is_left_and_called_again(void **state)
{
    (void)state;
    settings.response_timeout_ms = 200;
    server.answers_submits = false;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    until(flow.n_results == 1);
    assert_int_equal(flow.results[0].outcome, SMPP_UNKNOWN);
    until(heard(6, NULL) == 1); /* an orderly unbind */
    until(flow.ups == 2);
}

static void silence_is_asked_and_no_answer_ends_the_session(void **state)
{
    (void)state;
    settings.enquire_link_ms = 100;
    settings.response_timeout_ms = 200;
    start_bound();
    until(heard(0x15, NULL) >= 3);
    assert_int_equal(flow.downs, 0);
    server.answers_links = false;
    until(flow.downs == 1);
    until(flow.ups == 2);
}

static void bytes_that_never_become_a_pdu_are_silence(void **state)
{
    (void)state;
    settings.enquire_link_ms = 100;
    settings.response_timeout_ms = 200;
    server.answers_links = false;
    start_bound();
    b.len = 0;
    add32(&b, 60000);
    server_send(0);
    while (flow.up) {
        b.len = 0;
        add8(&b, 0);
        if (server.peers[0])
            server_send(0);
        turn();
    }
    assert_int_equal(flow.downs, 1);
}

static void an_enquire_link_is_answered_as_it_was_asked(void **state)
{
    struct heard h;

    (void)state;
    start_bound();
    server_answer(0, 0x15, 0, 12345, NULL);
    until(heard(0x80000015, &h) == 1);
    assert_int_equal(h.sequence, 12345);
    server_answer(0, 0x15, 0, 0, ""); /* sequence 0 and a byte too many */
    until(heard(0x80000015, &h) == 2);
    assert_int_equal(h.sequence, 0);
    assert_true(flow.up);
}

static void a_bind_without_answer_times_out(void **state)
{
    (void)state;
    settings.bind_timeout_ms = 100;
    server.answers_binds = false;
    start();
    until(server.n_peers == 2);
    server.answers_binds = true;
    until(flow.up);
}

static void nobody_listening_is_tried_again(void **state)
{
    (void)state;
    evconnlistener_disable(server.listener);
    evconnlistener_free(server.listener);
    start();
    turn_for_ms(100);
    assert_false(flow.up);
    server.listener = evconnlistener_new_bind(
        base, server_accept, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 16,
        (struct sockaddr *)&(struct sockaddr_in){ .sin_family = AF_INET,
                                                  .sin_port = htons((uint16_t)settings.port),
                                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
        sizeof(struct sockaddr_in));
    assert_non_null(server.listener);
    until(flow.up);
}

static void a_refused_password_waits_long_and_ends_nothing(void **state)
{
    (void)state;
    server.bind_status = 0x0e;
    settings.reconnect_max_ms = 1500;
    start();
    until(heard(9, NULL) == 1);
    turn_for_ms(500);
    assert_int_equal(heard(9, NULL), 1);
    assert_int_equal(submit(1), RC_AGAIN);
    server.bind_status = 0;
    until(flow.up);
}

static void any_other_refusal_waits_the_usual_time(void **state)
{
    (void)state;
    server.bind_status = 0x0400;
    start();
    until(heard(9, NULL) == 3);
    server.bind_status = 0;
    until(flow.up);
}

static void rubbish_ends_the_session_with_a_nack(void **state)
{
    struct heard h;

    (void)state;
    start_bound();
    b.len = 0;
    add32(&b, 5);
    add32(&b, 5);
    add32(&b, 0);
    add32(&b, 42);
    server_send(0);
    until(heard(0x80000000, &h) == 1);
    assert_int_equal(h.status, 2); /* ESME_RINVCMDLEN */
    assert_int_equal(h.sequence, 42);
    until(flow.ups == 2);
    b.len = 0;
    add_bytes(&b, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
    server_send(1);
    until(flow.ups == 3);
}

static void unknown_commands_are_refused_and_unknown_answers_are_not(void **state)
{
    struct heard h;

    (void)state;
    start_bound();
    server_answer(0, 0x00010200, 0, 5, "vendor");
    until(heard(0x80000000, &h) == 1);
    assert_int_equal(h.status, 3); /* ESME_RINVCMDID */
    assert_int_equal(h.sequence, 5);
    server_answer(0, 9, 0, 6, "we are the client"); /* a known one, but not now */
    server_answer(0, 0x80000009, 0, 7, "late");
    server_answer(0, 0x80010200, 0, 8, NULL);
    server_answer(0, 0x80000004, 0, 999, "to nothing");
    server_answer(0, 0x80000000, 3, 999, NULL);
    server_answer(0, 0x102, 0, 9, "alert_notification has no answer");
    server_answer(0, 0x15, 0, 10, NULL);
    until(heard(0x80000015, NULL) == 1);
    assert_int_equal(heard(0x80000000, NULL), 2);
    assert_true(flow.up);
    assert_int_equal(flow.n_results, 0);
}

static void a_receipt_is_handed_up_and_answered_after_the_ack(void **state)
{
    static const char text[] = "id:0000123 stat:DELIVRD err:000";
    struct heard h;

    (void)state;
    start_bound();
    send_deliver(0, 77, 0x04, text, strlen(text));
    until(flow.n_receipts == 1);
    assert_string_equal(flow.receipt.message_id, "123");
    assert_string_equal(flow.receipt.address, "+33600000001");
    turn_for_ms(30);
    assert_int_equal(heard(0x80000005, NULL), 0); /* not before the commit */
    assert_int_equal(smpp_carrier_status(carrier).unacked, 1);
    smpp_carrier_ack(carrier, flow.acks[0], 0);
    until(heard(0x80000005, &h) == 1);
    assert_int_equal(h.sequence, 77);
    assert_int_equal(h.status, 0);
}

static void an_inbound_part_shows_its_place(void **state)
{
    (void)state;
    start_bound();
    send_deliver(0, 1, 0x40, "\5\0\3\7\2\1Bonjour", 13);
    until(flow.n_inbound == 1);
    assert_string_equal(flow.text, "Bonjour");
    assert_int_equal(flow.inbound.concat_ref, 7);
    assert_int_equal(flow.inbound.concat_n, 2);
    assert_int_equal(flow.inbound.concat_i, 1);
    assert_int_equal(flow.inbound.udh_len, 6);
    send_deliver(0, 2, 0x40, "\6\x08\4\1\2\3\2x", 8);
    until(flow.n_inbound == 2);
    assert_int_equal(flow.inbound.concat_ref, 0x0102);
    assert_int_equal(flow.inbound.concat_i, 2);
    send_deliver(0, 3, 0x40, "\xff\0\3", 3); /* a header longer than the text */
    until(flow.n_inbound == 3);
    assert_null(flow.inbound.udh);
    assert_int_equal(flow.inbound.len, 3);
    send_deliver(0, 4, 0x40, "\5\0\3\7\2\3x", 7); /* part 3 of 2 */
    until(flow.n_inbound == 4);
    assert_int_equal(flow.inbound.concat_n, 0);
    send_deliver(0, 5, 0, "STOP", 4);
    until(flow.n_inbound == 5);
    assert_null(flow.inbound.udh);
    assert_string_equal(flow.inbound.source, "+33600000001");
}

static void what_cannot_be_read_is_refused_and_the_rest_goes_on(void **state)
{
    struct heard h;

    (void)state;
    start_bound();
    server_answer(0, 5, 0, 8, "no deliver_sm");
    until(heard(0x80000005, &h) == 1);
    assert_int_equal(h.sequence, 8);
    assert_int_equal(h.status, SMPP_STATUS_RX_P_APPN);
    send_deliver(0, 9, 0x04, "a receipt of nothing", 20);
    until(heard(0x80000005, &h) == 2);
    assert_int_equal(h.status, SMPP_STATUS_RX_P_APPN);
    assert_int_equal(flow.n_receipts, 0);
    send_deliver(0, 10, 0x04, "id:1 stat:DELIVRD", 17);
    until(flow.n_receipts == 1);
}

static void an_ack_for_a_session_that_is_gone_is_dropped(void **state)
{
    (void)state;
    start_bound();
    send_deliver(0, 1, 0, "STOP", 4);
    until(flow.n_inbound == 1);
    server_drop(0);
    until(!flow.up);
    smpp_carrier_ack(carrier, flow.acks[0], 0);
    until(flow.up);
    smpp_carrier_ack(carrier, flow.acks[0], 0);
    smpp_carrier_ack(carrier, (struct smpp_ack){ UINT64_MAX, 1 }, 0);
    turn_for_ms(50);
    assert_int_equal(heard(0x80000005, NULL), 0);
}

static void a_flood_of_inbound_waits_in_the_socket(void **state)
{
    (void)state;
    start_bound();
    for (uint32_t i = 1; i <= 3000; i++)
        send_deliver(0, i, 0, "STOP", 4);
    until(flow.n_inbound == 1000);
    turn_for_ms(50);
    assert_int_equal(flow.n_inbound, 1000);
    flow.ack_at_once = true; /* for those to come */
    for (unsigned i = 0; i < 1000; i++)
        smpp_carrier_ack(carrier, flow.acks[i], 0);
    until(flow.n_inbound == 3000);
    until(heard(0x80000005, NULL) == 3000);
    assert_int_equal(smpp_carrier_status(carrier).unacked, 0);
}

static void nothing_times_out_while_reading_is_paused(void **state)
{
    (void)state;
    settings.response_timeout_ms = 200;
    settings.enquire_link_ms = 100;
    start_bound();
    for (uint32_t i = 1; i <= 1100; i++)
        send_deliver(0, i, 0, "STOP", 4);
    until(flow.n_inbound == 1000);
    assert_int_equal(submit(1), RC_OK); /* its answer waits behind the flood */
    turn_for_ms(500);
    assert_int_equal(flow.n_results, 0);
    flow.ack_at_once = true;
    for (unsigned i = 0; i < 1000; i++)
        smpp_carrier_ack(carrier, flow.acks[i], 0);
    until(flow.n_results == 1);
    assert_int_equal(flow.results[0].outcome, SMPP_ANSWERED);
}

static void stopping_waits_for_what_is_outstanding(void **state)
{
    struct heard h;

    (void)state;
    server.answers_submits = false;
    settings.unbind_timeout_ms = 60000;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    send_deliver(0, 5, 0, "STOP", 4);
    until(heard(4, &h) == 1 && flow.n_inbound == 1);
    smpp_carrier_stop(carrier);
    assert_int_equal(submit(2), RC_AGAIN);
    turn_for_ms(30);
    assert_int_equal(heard(6, NULL), 0);
    server_answer(0, 0x80000004, 0, h.sequence, "1");
    until(flow.n_results == 1);
    assert_int_equal(heard(6, NULL), 0);
    smpp_carrier_ack(carrier, flow.acks[0], 0);
    until(heard(6, &h) == 1);
    assert_int_equal(heard(0x80000005, NULL), 1);
    server_answer(0, 0x80000006, 0, h.sequence, NULL);
    until(flow.stopped);
    assert_int_equal(flow.results[0].outcome, SMPP_ANSWERED);
}

static void stopping_does_not_wait_for_ever(void **state)
{
    (void)state;
    server.answers_submits = false;
    settings.unbind_timeout_ms = 100;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    until(heard(4, NULL) == 1);
    smpp_carrier_stop(carrier);
    until(flow.stopped);
    assert_int_equal(flow.n_results, 1);
    assert_int_equal(flow.results[0].outcome, SMPP_UNKNOWN);
}

static void stopping_while_down_is_soon_done(void **state)
{
    (void)state;
    server.answers_binds = false;
    start();
    until(server.n_peers == 1);
    smpp_carrier_stop(carrier);
    assert_false(flow.stopped); /* it is told from the loop */
    until(flow.stopped);
}

static void an_unbind_by_the_carrier_is_answered_after_the_last_answer(void **state)
{
    struct heard h, unbind_resp;

    (void)state;
    server.answers_submits = false;
    settings.unbind_timeout_ms = 60000;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    until(heard(4, &h) == 1);
    server_answer(0, 6, 0, 88, NULL);
    turn_for_ms(30);
    assert_int_equal(submit(2), RC_AGAIN);
    server_answer(0, 0x80000004, 0, h.sequence, "1");
    until(heard(0x80000006, &unbind_resp) == 1);
    assert_int_equal(unbind_resp.sequence, 88);
    assert_int_equal(flow.results[0].outcome, SMPP_ANSWERED);
    until(flow.ups == 2);
}

static void a_pair_sends_on_one_and_hears_on_the_other(void **state)
{
    unsigned receiver;
    struct heard h;

    (void)state;
    settings.mode = SMPP_MODE_PAIR;
    start();
    until(heard(1, NULL) == 1 && heard(2, &h) == 1);
    receiver = h.peer == 0 ? 1 : 0;
    until(smpp_carrier_status(carrier).bound == 2);
    assert_int_equal(smpp_carrier_room(carrier), 10);
    assert_int_equal(submit(1), RC_OK);
    assert_int_equal(submit(2), RC_OK);
    until(flow.n_results == 2);
    heard(4, &h);
    assert_int_not_equal(h.peer, receiver);
    send_deliver(receiver, 3, 0, "STOP", 4);
    until(flow.n_inbound == 1);
    smpp_carrier_ack(carrier, flow.acks[0], 0);
    until(heard(0x80000005, &h) == 1);
    assert_int_equal(h.peer, receiver);
    server_drop(receiver);
    until(smpp_carrier_status(carrier).bound == 1);
    assert_int_equal(flow.downs, 0); /* it still sends */
}

static void several_binds_share_the_work(void **state)
{
    unsigned per_peer[PEERS] = { 0 };

    (void)state;
    settings.binds = 3;
    settings.window = 2;
    server.answers_submits = false;
    start();
    until(smpp_carrier_status(carrier).bound == 3);
    assert_int_equal(smpp_carrier_room(carrier), 6);
    for (uint64_t i = 0; i < 6; i++)
        assert_int_equal(submit(i), RC_OK);
    assert_int_equal(submit(6), RC_AGAIN);
    until(heard(4, NULL) == 6);
    for (unsigned i = 0; i < server.n_heard; i++)
        per_peer[server.heard[i].peer] += server.heard[i].command == 4;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(per_peer[i], 2);
    server_drop(1);
    until(flow.n_results == 2);
    assert_int_equal(flow.downs, 0);
}

static void the_rate_is_kept_and_room_is_told_again(void **state)
{
    int64_t began;
    uint64_t n = 0;

    (void)state;
    settings.max_per_second = 100;
    settings.window = 1000;
    start_bound();
    began = clock_monotonic_us();
    assert_in_range(smpp_carrier_room(carrier), 1, 11);
    while (clock_monotonic_us() - began < 500 * USEC_PER_MSEC) {
        unsigned rooms = flow.n_rooms;
        while (submit(n) == RC_OK)
            n++;
        until(flow.n_rooms > rooms);
    }
    assert_in_range(n, 35, 65); /* 50, and a burst of 10 */
}

static void a_name_is_looked_up_without_blocking(void **state)
{
    static char name[] = "localhost";

    (void)state;
    settings.host = name;
    settings.reconnect_max_ms = 50; /* ::1 may be the first of its addresses */
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    until(flow.n_results == 1);
}

static void a_carrier_may_go_while_its_name_is_looked_up(void **state)
{
    static char name[] = "no-such-host.invalid";

    (void)state;
    settings.host = name;
    start();
    turn();
    smpp_carrier_free(carrier);
    carrier = NULL;
    turn_for_ms(50);
}

static void settings_that_contradict_are_refused(void **state)
{
    struct error err;
    static char odd[] = "or\"ange";

    (void)state;
    assert_int_equal(smpp_carrier_settings_check(&settings, &err), RC_OK);
    settings.reconnect_min_ms = settings.reconnect_max_ms + 1;
    assert_int_equal(smpp_carrier_settings_check(&settings, &err), RC_INVALID);
    settings.reconnect_min_ms = 1;
    settings.head.title = odd;
    assert_int_equal(smpp_carrier_settings_check(&settings, &err), RC_INVALID);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(a_submit_is_answered),
        WITH_SERVER(an_error_with_any_body_is_an_answer),
        WITH_SERVER(the_window_holds_what_it_says),
        WITH_SERVER(what_cannot_be_packed_is_refused),
        WITH_SERVER(a_lost_link_tells_unknown_from_unsent),
        WITH_SERVER(what_waits_when_the_carrier_does_not_read_is_unsent),
        WITH_SERVER(one_lost_answer_among_others_is_unknown_alone),
        WITH_SERVER(a_carrier_that_answers_nothing_is_left_and_called_again),
        WITH_SERVER(silence_is_asked_and_no_answer_ends_the_session),
        WITH_SERVER(bytes_that_never_become_a_pdu_are_silence),
        WITH_SERVER(an_enquire_link_is_answered_as_it_was_asked),
        WITH_SERVER(a_bind_without_answer_times_out),
        WITH_SERVER(nobody_listening_is_tried_again),
        WITH_SERVER(a_refused_password_waits_long_and_ends_nothing),
        WITH_SERVER(any_other_refusal_waits_the_usual_time),
        WITH_SERVER(rubbish_ends_the_session_with_a_nack),
        WITH_SERVER(unknown_commands_are_refused_and_unknown_answers_are_not),
        WITH_SERVER(a_receipt_is_handed_up_and_answered_after_the_ack),
        WITH_SERVER(an_inbound_part_shows_its_place),
        WITH_SERVER(what_cannot_be_read_is_refused_and_the_rest_goes_on),
        WITH_SERVER(an_ack_for_a_session_that_is_gone_is_dropped),
        WITH_SERVER(a_flood_of_inbound_waits_in_the_socket),
        WITH_SERVER(nothing_times_out_while_reading_is_paused),
        WITH_SERVER(stopping_waits_for_what_is_outstanding),
        WITH_SERVER(stopping_does_not_wait_for_ever),
        WITH_SERVER(stopping_while_down_is_soon_done),
        WITH_SERVER(an_unbind_by_the_carrier_is_answered_after_the_last_answer),
        WITH_SERVER(a_pair_sends_on_one_and_hears_on_the_other),
        WITH_SERVER(several_binds_share_the_work),
        WITH_SERVER(the_rate_is_kept_and_room_is_told_again),
        WITH_SERVER(a_name_is_looked_up_without_blocking),
        WITH_SERVER(a_carrier_may_go_while_its_name_is_looked_up),
        WITH_SERVER(settings_that_contradict_are_refused),
    };

    signal(SIGPIPE, SIG_IGN);
    log_set_level(NULL, LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
