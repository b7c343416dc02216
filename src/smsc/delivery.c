/* delivery.c - the way of a delivery: timeline, queue, window, end. */
#include "smsc/delivery.h"

#include <stdlib.h>

#include "smsc/session.h"
#include "smsc/journal.h"
#include "smsc/smsc.h"

struct delivery *delivery_new(struct smsc *c, struct account *account)
{
    struct delivery *d = pool_take(&c->deliveries);

    if (!d)
        return NULL;
    d->task.kind = TASK_DELIVERY;
    d->account = account;
    account->owed++;
    c->stats.queued++;
    return d;
}

static void end(struct smsc *c, struct delivery *d)
{
    d->account->owed--;
    c->stats.queued--;
    free(d->text);
    pool_give(&c->deliveries, d);
}

static void drop(struct smsc *c, struct delivery *d)
{
    if (d->text)
        c->stats.inbound_dropped++;
    else
        c->stats.receipts_dropped++;
    end(c, d);
}

bool delivery_queue_full(const struct smsc *c)
{
    return c->deliveries.used >= (size_t)c->scenario.settings.queue_limit;
}

void delivery_plan(struct smsc *c, struct delivery *d, int64_t due_us)
{
    if (due_us <= c->now_us)
        delivery_due(c, d);
    else if (!timeline_add(&c->timeline, due_us, &d->task))
        drop(c, d);
}

void delivery_due(struct smsc *c, struct delivery *d)
{
    struct account *a = d->account;

    (void)c;
    STAILQ_INSERT_TAIL(&a->queue, d, link);
    a->waiting++;
}

static void count_sent(struct smsc *c, struct delivery *d)
{
    if (d->sent_before)
        c->stats.retried++;
    else if (d->text)
        c->stats.inbound_sent++;
    else
        c->stats.receipts_sent++;
    d->sent_before = true;
}

/* Each session gets its share of what waits, as far as its window goes. */
static void pump_account(struct smsc *c, struct account *a)
{
    unsigned left = a->n_receivers;
    struct session *s;

    TAILQ_FOREACH (s, &a->receivers, receiver_link) {
        size_t share = a->waiting / left + 1, room = session_room(s);
        left--;
        for (size_t n = share < room ? share : room; n > 0 && a->waiting > 0; n--) {
            struct delivery *d = STAILQ_FIRST(&a->queue);
            if (!session_deliver(s, d))
                break;
            STAILQ_REMOVE_HEAD(&a->queue, link);
            a->waiting--;
            count_sent(c, d);
        }
    }
}

void delivery_pump(struct smsc *c)
{
    for (size_t i = 0; i < ACCOUNTS_MAX; i++) {
        struct account *a = &c->accounts[i];
        if (a->waiting > 0 && a->n_receivers > 0)
            pump_account(c, a);
    }
}

/* Refusals that mean "not now". */
static bool is_temporary(uint32_t status)
{
    return status == ESME_RX_T_APPN || status == ESME_RMSGQFUL || status == ESME_RTHROTTLED ||
           status == ESME_RSYSERR;
}

void delivery_answered(struct smsc *c, struct delivery *d, uint32_t status, int64_t waited_us)
{
    if (is_temporary(status)) {
        delivery_plan(c, d, c->now_us + c->scenario.settings.retry_delay * USEC_PER_MSEC);
        return;
    }
    if (d->text) {
        if (!status)
            journal_acknowledged(c->journal, c, d);
        latency_add(&c->stats.inbound_answers, waited_us);
        *(status ? &c->stats.inbound_refused : &c->stats.inbound_acked) += 1;
    } else {
        *(status ? &c->stats.receipts_refused : &c->stats.receipts_acked) += 1;
    }
    end(c, d);
}

void delivery_return(struct account *account, struct delivery_queue *unanswered, size_t n)
{
    STAILQ_CONCAT(unanswered, &account->queue);
    STAILQ_CONCAT(&account->queue, unanswered);
    account->waiting += n;
}

void delivery_adopt(struct smsc *c, struct account *account)
{
    struct account *nobody = &c->accounts[0];
    struct delivery *d;

    if (account == nobody || nobody->n_receivers > 0)
        return;
    STAILQ_FOREACH (d, &nobody->queue, link)
        d->account = account;
    account->owed += nobody->waiting;
    account->waiting += nobody->waiting;
    nobody->owed -= nobody->waiting;
    nobody->waiting = 0;
    STAILQ_CONCAT(&account->queue, &nobody->queue);
}

void delivery_free_all(struct smsc *c)
{
    struct task *task;

    while ((task = timeline_take(&c->timeline, INT64_MAX)) != NULL) {
        if (task->kind == TASK_DELIVERY)
            end(c, (struct delivery *)(void *)task);
    }
    for (size_t i = 0; i < ACCOUNTS_MAX; i++) {
        struct account *a = &c->accounts[i];
        while (a->used && a->waiting > 0) {
            struct delivery *d = STAILQ_FIRST(&a->queue);
            STAILQ_REMOVE_HEAD(&a->queue, link);
            a->waiting--;
            end(c, d);
        }
    }
}
