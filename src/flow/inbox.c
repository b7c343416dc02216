/* inbox.c - batches of inbound messages on their way to the store. */
#include "flow/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/arena.h"
#include "base/lane.h"
#include "base/metric.h"
#include "channel/smpp/carrier.h"
#include "domain/phone.h"
#include "domain/sms_text.h"
#include "flow/gateway.h"
#include "flow/inbox_chores.h"

#define LOG_PART "inbox"
#include "base/log.h"

#define BATCH_MAX         200
#define RETRY_MS          500
#define WAITING_MAX       10000
#define WAITING_BYTES_MAX ((size_t)16 << 20)
#define TEXT_MAX          4096

static struct metric inbound_total =
    METRIC_COUNTER("relais_inbound_messages_total", "Messages and parts received from customers");
static struct metric stop_total =
    METRIC_COUNTER("relais_inbound_stop_total", "STOP keywords received");

struct arrival {
    STAILQ_ENTRY(arrival) link;
    struct smpp_carrier *carrier;
    struct smpp_ack ack;
    struct inbound_item item; /* points into what follows */
    struct inbound_part part;
    size_t size; /* of what follows: addresses, then the text, or a part's header and bytes */
    char data[];
};

STAILQ_HEAD(arrivals, arrival);

struct inbox_job;

struct inbox {
    struct lane_pool *lanes;
    uint64_t key;
    const struct inbox_settings *settings;
    struct gateway *gateway;
    struct arrivals waiting;
    size_t n_waiting, waiting_bytes;
    size_t singly;           /* of these, one a batch: among them is one that cannot be recorded */
    bool busy;               /* a batch is out, or waits to be given again */
    struct inbox_job *again; /* that one */
    struct event *retry;
    struct inbox_chores *chores;
};

struct inbox_job {
    struct job job;
    struct inbox *inbox;
    struct arrivals batch; /* stays the same until it is committed */
    struct inbound_item items[BATCH_MAX];
    size_t n;
    uint64_t first_id; /* the store's: whether it was recorded before */
    enum rc rc;
    struct arena arena;
    struct inbound_outcome outcome;
};

static void inbox_go(struct inbox *b);

static void inbox_run(struct job *job, void *db)
{
    struct inbox_job *j = (struct inbox_job *)job;

    arena_close(&j->arena);
    arena_init(&j->arena);
    j->rc = inbound_record(db, j->items, j->n, &j->inbox->settings->rules, clock_now(),
                           &j->first_id, &j->arena, &j->outcome);
}

static void try_again(struct inbox *b, struct inbox_job *j)
{
    b->again = j;
    event_add(b->retry, &(struct timeval){ 0, RETRY_MS * 1000 });
}

static void drop_batch(struct inbox_job *j)
{
    struct arrival *a;

    while ((a = STAILQ_FIRST(&j->batch))) {
        STAILQ_REMOVE_HEAD(&j->batch, link);
        free(a);
    }
    arena_close(&j->arena);
    free(j);
}

/* After the commit, before the answer to the carrier. */
static void follow(void *arg, const struct inbound_outcome *outcome)
{
    struct inbox *b = arg;

    for (size_t i = 0; i < outcome->n_stopped; i++)
        gateway_stop_address(b->gateway, outcome->stopped[i]);
    metric_add(&stop_total, (int64_t)outcome->n_stopped);
    if (outcome->answered)
        gateway_kick(b->gateway);
    if (outcome->of_staff)
        b->settings->of_staff(b->settings->arg);
    if (outcome->more)
        inbox_chores_soon(b->chores);
}

/* --- batches --- */

/*
 * The database is there and does not take this batch: one message of it is poison. They are given
 * one at a time, and the one that fails alone is refused, so that it holds up nobody: for good, but
 * a STOP (and a part, which may be of one) only for now, for it must not be lost.
 */
static void set_apart(struct inbox *b, struct inbox_job *j)
{
    struct arrival *a = STAILQ_FIRST(&j->batch);
    bool stop = a->item.part || a->item.keyword.action == KEYWORD_STOP;

    if (j->n > 1) {
        b->singly = j->n;
        b->n_waiting += j->n;
        STAILQ_FOREACH (a, &j->batch, link)
            b->waiting_bytes += a->size;
        STAILQ_CONCAT(&j->batch, &b->waiting);
        STAILQ_CONCAT(&b->waiting, &j->batch);
    } else {
        log_error("record refused rc=%s carrier=%s effect=\"refused to the carrier%s\"",
                  rc_name(j->rc), smpp_carrier_name(a->carrier), stop ? " for now" : "");
        smpp_carrier_ack(a->carrier, a->ack, stop ? SMPP_STATUS_RX_T_APPN : SMPP_STATUS_RX_P_APPN);
    }
    drop_batch(j);
    b->busy = false;
    inbox_go(b);
}

static void inbox_done(struct job *job)
{
    struct inbox_job *j = (struct inbox_job *)job;
    struct inbox *b = j->inbox;
    struct arrival *a;

    if (j->rc == RC_FAIL || j->rc == RC_INVALID) {
        set_apart(b, j);
        return;
    }
    if (j->rc) { /* unanswered, the carrier keeps them too */
        log_warn("record failed rc=%s inbound=%zu effect=\"tried again\"", rc_name(j->rc), j->n);
        try_again(b, j);
        return;
    }
    follow(b, &j->outcome);
    STAILQ_FOREACH (a, &j->batch, link) {
        /* Again: a claim that came between its arrival and a slow commit did not see it either. */
        if (a->item.keyword.action == KEYWORD_STOP)
            gateway_stop_address(b->gateway, a->item.from);
        smpp_carrier_ack(a->carrier, a->ack, SMPP_STATUS_ROK);
        inbox_chores_contact(b->chores, a->item.from, a->item.at);
    }
    drop_batch(j);
    b->busy = false;
    inbox_go(b);
}

static void inbox_go(struct inbox *b)
{
    struct inbox_job *j;
    struct arrival *a;
    size_t max;

    if (b->busy || STAILQ_EMPTY(&b->waiting))
        return;
    b->busy = true;
    j = calloc(1, sizeof(*j));
    if (!j) {
        try_again(b, NULL);
        return;
    }
    j->job.run = inbox_run;
    j->job.done = inbox_done;
    j->inbox = b;
    arena_init(&j->arena);
    STAILQ_INIT(&j->batch);
    max = b->singly ? 1 : BATCH_MAX;
    b->singly -= b->singly > 0;
    while (j->n < max && (a = STAILQ_FIRST(&b->waiting))) {
        STAILQ_REMOVE_HEAD(&b->waiting, link);
        b->n_waiting--;
        b->waiting_bytes -= a->size;
        STAILQ_INSERT_TAIL(&j->batch, a, link);
        j->items[j->n++] = a->item;
    }
    if (lane_post(b->lanes, b->key, &j->job))
        try_again(b, j);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
    struct inbox *b = arg;
    struct inbox_job *j = b->again;

    (void)fd;
    (void)what;
    b->again = NULL;
    if (!j) {
        b->busy = false;
        inbox_go(b);
    } else if (lane_post(b->lanes, b->key, &j->job)) {
        try_again(b, j);
    }
}

struct inbox *inbox_new(struct event_base *base, struct lane_pool *lanes, uint64_t key,
                        const struct inbox_settings *settings, struct gateway *gateway)
{
    struct inbox *b = calloc(1, sizeof(*b));

    if (!b)
        return NULL;
    b->lanes = lanes;
    b->key = key;
    b->settings = settings;
    b->gateway = gateway;
    STAILQ_INIT(&b->waiting);
    b->retry = evtimer_new(base, on_retry, b);
    b->chores = inbox_chores_new(base, lanes, key, &settings->rules, follow, b);
    if (!b->retry || !b->chores) {
        inbox_free(b);
        return NULL;
    }
    metric_register(&inbound_total);
    metric_register(&stop_total);
    return b;
}

void inbox_free(struct inbox *b)
{
    struct arrival *a;

    if (!b)
        return;
    while ((a = STAILQ_FIRST(&b->waiting))) {
        STAILQ_REMOVE_HEAD(&b->waiting, link);
        free(a);
    }
    if (b->again)
        drop_batch(b->again);
    if (b->retry)
        event_free(b->retry);
    inbox_chores_free(b->chores);
    free(b);
}

/* The handset's number in E.164 where it is one, as the carrier wrote it otherwise. */
static void read_address(const struct inbox *b, const char *in, char out[ADDRESS_SIZE])
{
    enum phone_fault fault;
    char number[E164_SIZE];

    bool found = !phone_to_e164(in, b->settings->country, number, &fault);

    if (!found && strlen(in) >= 8 && in[strspn(in, "0123456789")] == '\0') {
        char plus[ADDRESS_SIZE]; /* another country's, from a carrier that does not say so */
        snprintf(plus, sizeof(plus), "+%s", in);
        found = !phone_to_e164(plus, b->settings->country, number, &fault);
    }
    snprintf(out, ADDRESS_SIZE, "%s", found ? number : in);
}

/* What the arrival keeps is laid out behind it, one after the other. */
static void *lay_down(struct arrival *a, const void *bytes, size_t len)
{
    char *at = a->data + a->size;

    if (len)
        memcpy(at, bytes, len);
    a->size += len;
    return at;
}

/* A part is larger than that only if it is none of a mobile network: then it stands for itself. */
static bool is_part(const struct smpp_inbound *in)
{
    return in->concat_n > 1 && in->len <= INBOUND_PART_MAX && in->udh_len <= INBOUND_PART_MAX;
}

static struct arrival *make_arrival(const struct inbox *b, const struct smpp_inbound *in)
{
    const struct sms_user_data data = { .data_coding = in->data_coding,
                                        .udh = in->udh,
                                        .udh_len = in->udh_len,
                                        .bytes = in->bytes,
                                        .len = in->len < TEXT_MAX ? in->len : TEXT_MAX };
    char from[ADDRESS_SIZE], text[SMS_DECODED_SIZE(TEXT_MAX)];
    bool part = is_part(in);
    size_t from_size, to_size = strlen(in->destination) + 1, size;
    struct arrival *a;

    read_address(b, in->source, from);
    from_size = strlen(from) + 1;
    size = part ? in->udh_len + in->len : sms_text_decode(&data, 1, text, sizeof(text)) + 1;
    a = calloc(1, sizeof(*a) + from_size + to_size + size);
    if (!a)
        return NULL;
    a->item.at = clock_now();
    a->item.from = lay_down(a, from, from_size);
    a->item.to = lay_down(a, in->destination, to_size);
    if (part) {
        a->part = (struct inbound_part){
            .ref = in->concat_ref, .total = in->concat_n, .number = in->concat_i, .data = data
        };
        a->part.data.udh = lay_down(a, in->udh, in->udh_len);
        a->part.data.bytes = lay_down(a, in->bytes, in->len);
        a->item.part = &a->part;
        a->item.keyword.name = "";
    } else {
        a->item.text = lay_down(a, text, size);
        a->item.keyword = keyword_find(b->settings->rules.keywords, a->item.text);
    }
    return a;
}

void inbox_take(struct inbox *b, struct smpp_carrier *carrier, unsigned carrier_id,
                const struct smpp_inbound *inbound, struct smpp_ack ack)
{
    bool room = b->n_waiting < WAITING_MAX && b->waiting_bytes < WAITING_BYTES_MAX;
    struct arrival *a = room ? make_arrival(b, inbound) : NULL;
    char who[LOG_ADDRESS_SIZE];

    if (!a) {
        smpp_carrier_ack(carrier, ack, SMPP_STATUS_RX_T_APPN);
        return;
    }
    a->carrier = carrier;
    a->ack = ack;
    a->item.carrier_id = carrier_id;
    if (a->item.keyword.action == KEYWORD_STOP) {
        gateway_stop_address(b->gateway, a->item.from);
        metric_add(&stop_total, 1);
    }
    metric_add(&inbound_total, 1);
    log_info("inbound carrier=%s from=%s keyword=%s part=%u of=%u bytes=%zu",
             smpp_carrier_name(carrier), log_address(who, a->item.from), a->item.keyword.name,
             a->item.part ? a->part.number : 1, a->item.part ? a->part.total : 1, inbound->len);
    STAILQ_INSERT_TAIL(&b->waiting, a, link);
    b->n_waiting++;
    b->waiting_bytes += a->size;
    inbox_go(b);
}

bool inbox_busy(const struct inbox *b)
{
    return b->busy;
}
