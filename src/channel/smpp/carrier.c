/*
 * carrier.c - the sessions of one carrier: which gets the next submit, when each connects again,
 * and what their deliver_sm mean.
 */
#include "channel/smpp/carrier.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>

#include "base/arena.h"
#include "channel/smpp/counters.h"
#include "channel/smpp/encode.h"
#include "channel/smpp/message_id.h"
#include "channel/smpp/pdu.h"
#include "channel/smpp/receipt.h"
#include "channel/smpp/session.h"
#include "channel/smpp/status_policy.h"
#include "channel/smpp/subscriber.h"
#include "channel/smpp/tls.h"

#define LOG_PART "smpp"
#include "base/log.h"

#define NSEC_PER_SEC          INT64_C(1000000000)
#define BURST_NS              (NSEC_PER_SEC / 10) /* what a carrier that was idle takes at once */
#define BACKOFF_DOUBLINGS_MAX 20
#define SEPTETS_MAX           2048 /* of a text that came packed; a longer one is no SMS */
#define INDEX_BITS            8 /* of an ack's session id: which session; above: which connection */

struct link {
    struct smpp_carrier *carrier;
    struct session *session;
    struct event *reconnect;
    unsigned attempts; /* that came to nothing, in a row */
};

struct smpp_carrier {
    struct smpp_carrier_settings settings;
    struct smpp_events events;
    struct arena arena; /* the settings' strings */
    struct event_base *base;
    struct evdns_base *dns; /* NULL: the host is an address in figures */
    struct status_policies policies;
    struct subscriber_rules subscribers;
    struct tls *tls; /* NULL: plain */
    struct smpp_counters counters;
    struct link *links;
    unsigned n_links, next; /* next: the session that gets the next submit */
    bool up, started, paused, stopping, stopped;

    struct event *room; /* active: on_room() comes at the end of this turn of the loop */
    struct event *rate; /* when tokens are back */
    struct event *told_stopped;
    int64_t interval_ns; /* between two submits at the highest rate; 0: no limit */
    int64_t due_ns;      /* when the next submit would be due at an even rate */
};

/* ---- the rate: how far the schedule may run ahead of the clock is the burst ---- */

static int64_t now_ns(void)
{
    return clock_monotonic_us() * 1000;
}

static unsigned rate_room(const struct smpp_carrier *c)
{
    int64_t ahead;

    if (c->interval_ns == 0)
        return UINT32_MAX;
    ahead = c->due_ns - now_ns();
    if (ahead < 0)
        ahead = 0;
    /* A rate below ten a second still sends one at a time. */
    if (c->interval_ns > BURST_NS)
        return ahead == 0 ? 1 : 0;
    return ahead >= BURST_NS ? 0 : (unsigned)((BURST_NS - ahead) / c->interval_ns);
}

static void rate_take(struct smpp_carrier *c)
{
    int64_t now;

    if (c->interval_ns == 0)
        return;
    now = now_ns();
    c->due_ns = (c->due_ns > now ? c->due_ns : now) + c->interval_ns;
    if (rate_room(c) == 0 && !event_pending(c->rate, EV_TIMEOUT, NULL)) {
        /* Wake for a quarter of a burst, not for every single submit. */
        int64_t ns = c->interval_ns > BURST_NS / 4 ? c->interval_ns : BURST_NS / 4;
        struct timeval tv = { .tv_sec = ns / NSEC_PER_SEC,
                              .tv_usec = ns % NSEC_PER_SEC / 1000 + 1 };
        event_add(c->rate, &tv);
    }
}

/* ---- telling flow ---- */

static void want_room(struct smpp_carrier *c)
{
    if (c->up && !c->stopping && !c->paused)
        event_active(c->room, EV_TIMEOUT, 0);
}

static void on_rate(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    want_room(arg);
}

static void on_room_event(evutil_socket_t fd, short what, void *arg)
{
    struct smpp_carrier *c = arg;

    (void)fd;
    (void)what;
    c->events.on_room(c->events.arg, c);
}

static void on_stopped_event(evutil_socket_t fd, short what, void *arg)
{
    struct smpp_carrier *c = arg;

    (void)fd;
    (void)what;
    c->events.on_stopped(c->events.arg, c);
}

static bool takes_submits(const struct smpp_carrier *c, unsigned i)
{
    return c->settings.mode == SMPP_MODE_TRANSCEIVER || i % 2 == 0;
}

static void tell_state(struct smpp_carrier *c, const char *text)
{
    bool up = false;

    for (unsigned i = 0; i < c->n_links; i++)
        up = up || (takes_submits(c, i) && session_state(c->links[i].session) == SESSION_BOUND);
    if (up == c->up)
        return;
    c->up = up;
    log_info("carrier=%s link=%s reason=\"%s\"", c->settings.head.title, up ? "up" : "down", text);
    c->events.on_state(c->events.arg, c, up, text);
}

static void tell_stopped(struct smpp_carrier *c)
{
    if (!c->stopping || c->stopped)
        return;
    for (unsigned i = 0; i < c->n_links; i++) {
        if (session_state(c->links[i].session) != SESSION_CLOSED)
            return;
    }
    c->stopped = true;
    event_active(c->told_stopped, EV_TIMEOUT, 0);
}

/* ---- what sessions tell ---- */

static struct link *link_of(struct smpp_carrier *c, const struct session *s)
{
    return &c->links[session_number(s) - 1];
}

static void on_bound(void *arg, struct session *s)
{
    struct smpp_carrier *c = arg;

    (void)s;
    tell_state(c, "bound");
    want_room(c);
}

static void on_result(void *arg, struct session *s, uint64_t token, enum smpp_outcome outcome,
                      uint32_t status, const char *message_id)
{
    struct smpp_carrier *c = arg;
    char id[SMPP_MESSAGE_ID_SIZE];

    (void)s;
    message_id_read(id, message_id, strlen(message_id), (enum smpp_id_form)c->settings.response_id);
    c->events.on_result(c->events.arg, c, token, outcome, status, id);
}

static void on_session_room(void *arg, struct session *s)
{
    (void)s;
    want_room(arg);
}

/* The user data header, 3GPP TS 23.040, 9.2.3.24: its concatenation element, if there is one. */
static void read_header(struct smpp_inbound *in)
{
    size_t at = 1;

    while (at + 2 <= in->udh_len) {
        const uint8_t *e = in->udh + at;
        size_t len = e[1];
        if (at + 2 + len > in->udh_len)
            return;
        if (e[0] == 0x00 && len == 3) {
            in->concat_ref = e[2];
            in->concat_n = e[3];
            in->concat_i = e[4];
        } else if (e[0] == 0x08 && len == 4) {
            in->concat_ref = (uint16_t)(e[2] << 8 | e[3]);
            in->concat_n = e[4];
            in->concat_i = e[5];
        }
        at += 2 + len;
    }
}

static void read_inbound(const struct pdu_deliver *d, struct smpp_inbound *in)
{
    *in = (struct smpp_inbound){ .source_ton = d->source_ton,
                                 .source_npi = d->source_npi,
                                 .data_coding = d->data_coding,
                                 .esm_class = d->esm_class,
                                 .bytes = d->text,
                                 .len = d->text_len,
                                 .concat_ref = d->tlvs.sar_ref,
                                 .concat_n = d->tlvs.sar_n,
                                 .concat_i = d->tlvs.sar_i };
    pdu_address_in(d->source_ton, d->source, in->source);
    pdu_address_in(d->dest_ton, d->destination, in->destination);
    /* A header that is longer than the text is none. */
    if (d->esm_class & SMPP_ESM_UDHI && d->text_len > 0 && d->text[0] < d->text_len) {
        in->udh = d->text;
        in->udh_len = 1 + (size_t)d->text[0];
        in->bytes += in->udh_len;
        in->len -= in->udh_len;
        read_header(in);
    }
    /* "Part 3 of 2" and "part 0" are told as whole: the text counts more than its numbering. */
    if (in->concat_n < 2 || in->concat_i == 0 || in->concat_i > in->concat_n)
        in->concat_n = in->concat_i = 0;
}

/* The carrier's default alphabet in the words of everybody else: what it sends us as data_coding 0,
 * or as the one that it wants our texts with, it means as it wants these. `septets` has SEPTETS_MAX
 * bytes. */
static void read_alphabet(const struct smpp_carrier_settings *set, struct smpp_inbound *in,
                          uint8_t *septets)
{
    if (in->data_coding != 0 && in->data_coding != set->gsm_data_coding)
        return;
    in->data_coding = encode_data_coding((enum smpp_alphabet)set->alphabet);
    if (set->gsm_packed && in->len <= SEPTETS_MAX / 8 * 7) {
        in->len = encode_unpack(in->bytes, in->len, in->udh_len, septets);
        in->bytes = septets;
    }
}

static void on_deliver(void *arg, struct session *s, const struct pdu_deliver *d, uint32_t sequence)
{
    struct smpp_carrier *c = arg;
    struct smpp_ack ack = { (uint64_t)session_generation(s) << INDEX_BITS | (session_number(s) - 1),
                            sequence };
    struct smpp_receipt receipt;
    struct smpp_inbound inbound;
    char text[LOG_TEXT_SIZE];
    uint8_t septets[SEPTETS_MAX + 1];

    if (!receipt_is(d)) {
        metric_add(&c->counters.inbound, 1);
        read_inbound(d, &inbound);
        read_alphabet(&c->settings, &inbound, septets);
        c->events.on_inbound(c->events.arg, c, &inbound, ack);
    } else if (receipt_read(d, (enum smpp_id_form)c->settings.receipt_id, &receipt) == RC_OK) {
        metric_add(&c->counters.receipts, 1);
        c->events.on_receipt(c->events.arg, c, &receipt, ack);
    } else {
        metric_add(&c->counters.unreadable, 1);
        log_warn(
            "carrier=%s session=%u receipt=unreadable esm_class=0x%02x length=%zu begin=\"%s\"",
            c->settings.head.title, session_number(s), d->esm_class, d->text_len,
            log_text(text, (const char *)d->text, d->text_len < 24 ? d->text_len : 24));
        session_ack(s, sequence, SMPP_STATUS_RX_P_APPN);
    }
}

/* From half the wait to the whole of it, so that many clients do not come back in step. */
static int64_t jittered(int64_t ms)
{
    uint32_t r;

    evutil_secure_rng_get_bytes(&r, sizeof(r));
    return ms / 2 + (int64_t)((uint64_t)r * (uint64_t)(ms - ms / 2) >> 32);
}

static void on_closed(void *arg, struct session *s, enum session_ending ending, const char *why)
{
    struct smpp_carrier *c = arg;
    struct link *link = link_of(c, s);
    int64_t ms = c->settings.reconnect_max_ms;

    tell_state(c, why);
    if (c->stopping) {
        tell_stopped(c);
        return;
    }
    if (c->paused)
        return;
    if (session_was_useful(s))
        link->attempts = 0;
    if (ending == SESSION_LOST) {
        int64_t shorter =
            c->settings.reconnect_min_ms
            << (link->attempts < BACKOFF_DOUBLINGS_MAX ? link->attempts : BACKOFF_DOUBLINGS_MAX);
        ms = shorter < ms ? shorter : ms;
        link->attempts++;
    }
    ms = jittered(ms);
    log_warn("carrier=%s session=%u lost=\"%s\" reconnect_in_ms=%lld", c->settings.head.title,
             session_number(s), why, (long long)ms);
    event_add(link->reconnect,
              &(struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 });
}

static const struct session_owner owner = {
    .on_bound = on_bound,
    .on_result = on_result,
    .on_deliver = on_deliver,
    .on_room = on_session_room,
    .on_closed = on_closed,
};

static void on_reconnect(evutil_socket_t fd, short what, void *arg)
{
    struct link *link = arg;

    (void)fd;
    (void)what;
    if (session_state(link->session) == SESSION_CLOSED)
        session_connect(link->session);
}

/* ---- birth and death ---- */

static enum rc copy_texts(struct smpp_carrier *c)
{
    struct smpp_carrier_settings *set = &c->settings;
    char **texts[] = { &set->head.title, &set->host,        &set->system_id,
                       &set->password,   &set->system_type, &set->tls_ca,
                       &set->tls_cert,   &set->tls_key,     &set->tls_name };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = *texts[i] ? *texts[i] : "";
        *texts[i] = arena_copy(&c->arena, text, strlen(text));
        if (!*texts[i])
            return RC_FAIL;
    }
    return RC_OK;
}

static bool is_figures(const char *host)
{
    uint8_t address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static enum rc add_link(struct smpp_carrier *c, unsigned i)
{
    struct link *link = &c->links[i];
    struct session_options options = {
        .base = c->base,
        .dns = c->dns,
        .settings = &c->settings,
        .policies = &c->policies,
        .tls = c->tls,
        .counters = &c->counters,
        .owner = &owner,
        .arg = c,
        .role = c->settings.mode == SMPP_MODE_TRANSCEIVER ? SESSION_TRANSCEIVER
                : takes_submits(c, i)                     ? SESSION_TRANSMITTER
                                                          : SESSION_RECEIVER,
        .number = i + 1,
    };

    link->carrier = c;
    link->session = session_new(&options);
    link->reconnect = event_new(c->base, -1, 0, on_reconnect, link);
    return link->session && link->reconnect ? RC_OK : RC_FAIL;
}

struct smpp_carrier *smpp_carrier_new(struct event_base *base,
                                      const struct smpp_carrier_settings *settings,
                                      const struct smpp_events *events)
{
    struct smpp_carrier *c = calloc(1, sizeof(*c));
    struct error err;

    if (!c)
        return NULL;
    c->settings = *settings;
    c->events = *events;
    c->base = base;
    arena_init(&c->arena);
    if (copy_texts(c) != RC_OK)
        goto fail;
    smpp_counters_init(&c->counters, c->settings.head.title);
    if (status_policies_read(&settings->statuses, &c->policies, &err) != RC_OK ||
        subscriber_rules_read(&settings->no_subscriber, &settings->absent_subscriber,
                              &c->subscribers, &err) != RC_OK ||
        (settings->tls && tls_new(&c->settings, &c->tls, &err) != RC_OK)) {
        log_error("carrier=%s refused reason=\"%s\"", c->settings.head.title, err.text);
        goto fail;
    }
    c->settings.statuses = (struct config_texts){ 0 }; /* read, and not ours to keep */
    if (settings->max_per_second > 0)
        c->interval_ns = NSEC_PER_SEC / settings->max_per_second;
    if (!is_figures(c->settings.host)) {
        /* Without resolv.conf there still is /etc/hosts. */
        c->dns = evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS |
                                          EVDNS_BASE_DISABLE_WHEN_INACTIVE);
        if (!c->dns)
            c->dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
        if (!c->dns)
            goto fail;
        evdns_base_load_hosts(c->dns, NULL);
    }
    c->room = event_new(base, -1, 0, on_room_event, c);
    c->rate = event_new(base, -1, 0, on_rate, c);
    c->told_stopped = event_new(base, -1, 0, on_stopped_event, c);
    c->n_links = (unsigned)settings->binds * (settings->mode == SMPP_MODE_PAIR ? 2 : 1);
    c->links = calloc(c->n_links, sizeof(*c->links));
    if (!c->room || !c->rate || !c->told_stopped || !c->links)
        goto fail;
    for (unsigned i = 0; i < c->n_links; i++) {
        if (add_link(c, i) != RC_OK)
            goto fail;
    }
    return c;
fail:
    smpp_carrier_free(c);
    return NULL;
}

void smpp_carrier_free(struct smpp_carrier *c)
{
    if (!c)
        return;
    for (unsigned i = 0; c->links && i < c->n_links; i++) {
        session_free(c->links[i].session);
        if (c->links[i].reconnect)
            event_free(c->links[i].reconnect);
    }
    free(c->links);
    if (c->room)
        event_free(c->room);
    if (c->rate)
        event_free(c->rate);
    if (c->told_stopped)
        event_free(c->told_stopped);
    if (c->dns)
        evdns_base_free(c->dns, 1);
    tls_free(c->tls);
    smpp_counters_close(&c->counters);
    arena_close(&c->arena);
    free(c);
}

static void connect_all(struct smpp_carrier *c)
{
    for (unsigned i = 0; i < c->n_links; i++) {
        if (session_state(c->links[i].session) == SESSION_CLOSED)
            session_connect(c->links[i].session);
    }
}

/* Each session ends as it can from where it is. */
static void end_all(struct smpp_carrier *c, const char *why)
{
    for (unsigned i = 0; i < c->n_links; i++) {
        event_del(c->links[i].reconnect);
        session_unbind(c->links[i].session, why);
    }
    tell_state(c, why);
}

void smpp_carrier_start(struct smpp_carrier *c)
{
    c->started = true;
    if (!c->paused)
        connect_all(c);
}

void smpp_carrier_pause(struct smpp_carrier *c)
{
    if (c->paused || c->stopping)
        return;
    c->paused = true;
    log_info("carrier=%s paused=yes", c->settings.head.title);
    end_all(c, "paused");
}

/* A session that is still saying farewell connects when it has. */
void smpp_carrier_resume(struct smpp_carrier *c)
{
    if (!c->paused || c->stopping)
        return;
    c->paused = false;
    log_info("carrier=%s paused=no", c->settings.head.title);
    for (unsigned i = 0; i < c->n_links; i++)
        c->links[i].attempts = 0;
    if (c->started)
        connect_all(c);
}

void smpp_carrier_stop(struct smpp_carrier *c)
{
    if (c->stopping)
        return;
    c->stopping = true;
    end_all(c, "stopping");
    tell_stopped(c);
}

/* ---- what flow asks ---- */

enum rc smpp_carrier_encode(const struct smpp_carrier *c, const char *text, unsigned parts,
                            uint64_t message_id, struct smpp_pieces *out)
{
    return encode_text(&c->settings, text, parts, message_id, out);
}

bool smpp_carrier_sends_whole(const struct smpp_carrier *c)
{
    return c->settings.concatenation == SMPP_CONCAT_PAYLOAD;
}

struct smpp_status_policy smpp_carrier_status_policy(const struct smpp_carrier *c,
                                                     uint32_t command_status)
{
    return status_policies_find(&c->policies, command_status);
}

enum smpp_subscriber smpp_carrier_status_subscriber(const struct smpp_carrier *c,
                                                    uint32_t command_status)
{
    return subscriber_of_status(&c->subscribers, command_status);
}

enum smpp_subscriber smpp_carrier_receipt_subscriber(const struct smpp_carrier *c,
                                                     const struct smpp_receipt *receipt)
{
    return subscriber_of_receipt(&c->subscribers, receipt);
}

enum rc smpp_carrier_submit(struct smpp_carrier *c, const struct smpp_submit *submit)
{
    const struct smpp_carrier_settings *set = &c->settings;
    struct smpp_submit s = *submit;
    struct pdu_address source, destination;

    if (c->stopping || c->paused || !c->up || rate_room(c) == 0)
        return RC_AGAIN;
    if (pdu_address_out(s.source, set->source_ton, (uint8_t)set->source_npi, &source) != RC_OK ||
        pdu_address_out(s.destination, set->dest_ton, (uint8_t)set->dest_npi, &destination) !=
            RC_OK)
        return RC_INVALID;
    if (s.validity_s == 0)
        s.validity_s = (uint32_t)(set->validity_ms / 1000);
    for (unsigned tried = 0; tried < c->n_links; tried++) {
        struct session *session = c->links[c->next].session;
        enum rc rc;
        c->next = (c->next + 1) % c->n_links;
        rc = session_submit(session, &s, &source, &destination);
        if (rc == RC_AGAIN)
            continue;
        if (rc == RC_OK)
            rate_take(c);
        return rc;
    }
    return RC_AGAIN;
}

unsigned smpp_carrier_room(const struct smpp_carrier *c)
{
    unsigned room = 0, rate = rate_room(c);

    if (c->stopping || c->paused)
        return 0;
    for (unsigned i = 0; i < c->n_links; i++)
        room += session_room(c->links[i].session);
    return room < rate ? room : rate;
}

void smpp_carrier_ack(struct smpp_carrier *c, struct smpp_ack ack, uint32_t command_status)
{
    unsigned i = ack.session & ((1u << INDEX_BITS) - 1);

    if (i < c->n_links && session_generation(c->links[i].session) == ack.session >> INDEX_BITS)
        session_ack(c->links[i].session, ack.sequence, command_status);
}

const char *smpp_carrier_name(const struct smpp_carrier *c)
{
    return c->settings.head.title;
}

struct smpp_carrier_status smpp_carrier_status(const struct smpp_carrier *c)
{
    /* from worst to best */
    static const enum session_state order[] = { SESSION_CLOSED, SESSION_UNBINDING,
                                                SESSION_CONNECTING, SESSION_BINDING,
                                                SESSION_BOUND };
    struct smpp_carrier_status status = { .sessions = c->n_links,
                                          .paused = c->paused,
                                          .tls = c->tls != NULL };
    int64_t now = clock_monotonic_us();
    unsigned best = 0;

    for (unsigned i = 0; i < c->n_links; i++) {
        const struct session *s = c->links[i].session;
        status.bound += session_state(s) == SESSION_BOUND;
        status.outstanding += session_outstanding(s);
        status.unacked += session_unacked(s);
        if (session_oldest_us(s) && (now - session_oldest_us(s)) / USEC_PER_MSEC > status.oldest_ms)
            status.oldest_ms = (now - session_oldest_us(s)) / USEC_PER_MSEC;
        for (unsigned k = best; k < sizeof(order) / sizeof(order[0]); k++) {
            if (order[k] == session_state(s))
                best = k;
        }
    }
    snprintf(status.state, sizeof(status.state), "%s", session_state_name(order[best]));
    return status;
}
