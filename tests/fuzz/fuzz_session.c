/*
 * fuzz_session.c - whatever a carrier says, and in whatever pieces it comes: the session stays
 * within its bytes, tells each submit's end once, and each deliver_sm may be answered. Input: a
 * byte of choices, then chunks, each a length byte and as many bytes of what the carrier sends.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/log.h"
#include "channel/smpp/session_private.h"
#include "channel/smpp/status_policy.h"

#define SUBMITS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum choice {
    CHOOSE_STRICT = 1,
    CHOOSE_UNBOUND = 2, /* the bind is answered by the input, or not at all */
    CHOOSE_RECEIVER = 4,
    CHOOSE_ACKS = 8,
    CHOOSE_LEAVE = 16,
    CHOOSE_EXPIRED = 32, /* the submits were given up: answers are late */
    CHOOSE_STRAYS = 64,
};

static struct {
    unsigned ends[SUBMITS], late[SUBMITS];
    unsigned delivers, acked, closed;
    bool acks;
} seen;

static void hold(int fact)
{
    if (!fact)
        abort();
}

static void on_bound(void *arg, struct session *s)
{
    (void)arg;
    (void)s;
}

static void on_result(void *arg, struct session *s, uint64_t token, enum smpp_outcome outcome,
                      uint32_t status, const char *message_id)
{
    (void)arg;
    (void)s;
    (void)status;
    hold(token < SUBMITS);
    hold(strlen(message_id) < PDU_FIELD_SIZE);
    if (outcome == SMPP_LATE)
        seen.late[token]++;
    else
        seen.ends[token]++;
    hold(seen.ends[token] + (seen.late[token] && seen.ends[token] == 0) <= 1);
    hold(seen.late[token] <= 1);
}

static void on_deliver(void *arg, struct session *s, const struct pdu_deliver *d, uint32_t sequence)
{
    volatile uint8_t sum = 0;

    (void)arg;
    for (size_t i = 0; i < d->text_len; i++)
        sum = (uint8_t)(sum + d->text[i]); /* ASan watches */
    seen.delivers++;
    if (!seen.acks)
        return;
    session_ack(s, sequence, 0);
    seen.acked++;
}

static void on_room(void *arg, struct session *s)
{
    (void)arg;
    hold(session_room(s) <= SUBMITS);
}

static void on_closed(void *arg, struct session *s, enum session_ending ending, const char *why)
{
    (void)arg;
    (void)ending;
    hold(why && *why);
    hold(session_outstanding(s) == 0 && session_unacked(s) == 0);
    seen.closed++;
}

static const struct session_owner owner = { on_bound, on_result, on_deliver, on_room, on_closed };

static void turn(struct event_base *base)
{
    for (int i = 0; i < 3; i++)
        event_base_loop(base, EVLOOP_NONBLOCK);
}

static void submit_some(struct session *s, bool expired)
{
    const struct pdu_address address = { 1, 1, "33600000001" };

    for (uint64_t token = 0; token < SUBMITS; token++) {
        struct smpp_submit submit = { .token = token,
                                      .piece = { .user_data = (const uint8_t *)"x", .len = 1 } };
        if (session_submit(s, &submit, &address, &address) != RC_OK)
            seen.ends[token] = 1;
        else if (expired)
            late_add(&s->late, 1000 + (uint32_t)token, token);
    }
}

static void feed(struct event_base *base, struct session *s, struct bufferevent *carrier,
                 const uint8_t *data, size_t size)
{
    while (size > 0 && s->state != SESSION_CLOSED) {
        size_t n = data[0] < size - 1 ? data[0] : size - 1;
        bufferevent_write(carrier, data + 1, n);
        data += 1 + n;
        size -= 1 + n;
        turn(base);
        evbuffer_drain(bufferevent_get_input(carrier),
                       evbuffer_get_length(bufferevent_get_input(carrier)));
    }
}

static void play(const uint8_t *data, size_t size, unsigned choices)
{
    static const uint8_t bound[] = { 0, 0, 0, 16, 0x80, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1 };
    static char word[] = "fuzz";
    static struct smpp_counters counters;
    static const struct status_policies policies;
    struct smpp_carrier_settings settings = { .head.title = word,
                                              .host = word,
                                              .system_id = word,
                                              .password = word,
                                              .system_type = word,
                                              .window = SUBMITS,
                                              .enquire_link_ms = 60000,
                                              .response_timeout_ms = 60000,
                                              .bind_timeout_ms = 60000,
                                              .unbind_timeout_ms = 60000,
                                              .conformance = choices & CHOOSE_STRICT ? SMPP_STRICT
                                                                                     : SMPP_LENIENT,
                                              .strays_max = choices & CHOOSE_STRAYS ? 2 : 0 };
    struct event_base *base = event_base_new();
    struct session_options options = { .base = base,
                                       .settings = &settings,
                                       .policies = &policies,
                                       .counters = &counters,
                                       .owner = &owner,
                                       .role = choices & CHOOSE_RECEIVER ? SESSION_RECEIVER
                                                                         : SESSION_TRANSCEIVER,
                                       .number = 1 };
    struct session *s = session_new(&options);
    struct bufferevent *pair[2];

    if (!counters.submitted.name)
        smpp_counters_init(&counters, word);
    hold(s && bufferevent_pair_new(base, 0, pair) == 0);
    bufferevent_enable(pair[1], EV_READ | EV_WRITE);
    session_open(s, pair[0]);
    if (!(choices & CHOOSE_UNBOUND)) {
        bufferevent_write(pair[1], bound, sizeof(bound));
        turn(base);
        if (!(choices & (CHOOSE_STRICT | CHOOSE_RECEIVER)))
            hold(s->state == SESSION_BOUND);
        submit_some(s, choices & CHOOSE_EXPIRED);
        turn(base);
    }
    if (choices & CHOOSE_LEAVE)
        session_unbind(s, "leaving");
    feed(base, s, pair[1], data, size);
    if (s->state != SESSION_CLOSED) {
        hold(session_unacked(s) <= seen.delivers - seen.acked);
        session_end(s, SESSION_LOST, "the end");
    }
    hold(seen.closed == 1);
    for (unsigned i = 0; i < SUBMITS; i++)
        hold(choices & CHOOSE_UNBOUND || seen.ends[i] == 1);
    session_free(s);
    bufferevent_free(pair[1]);
    turn(base); /* a pair's halves are let go from the loop */
    event_base_free(base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    log_to_syslog("fuzz_session"); /* its lines would drown the fuzzer's */
    log_set_level(NULL, LOG_LEVEL_ERROR);
    memset(&seen, 0, sizeof(seen));
    if (size == 0)
        return 0;
    seen.acks = data[0] & CHOOSE_ACKS;
    play(data + 1, size - 1, data[0]);
    return 0;
}
