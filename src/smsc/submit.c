/* submit.c - verdict, answer, receipt, reply; the scenario's faults are chosen here. */
#include "smsc/submit.h"

#include <string.h>

#include "smsc/chance.h"
#include "smsc/delivery.h"
#include "smsc/inbound.h"
#include "smsc/journal.h"

#define RECEIPT_LEAD_US (50 * USEC_PER_MSEC) /* of a receipt before its response */
#define TON_LETTERS     5                    /* 5.2.5: alphanumeric */

/* Does the scenario say so for this submit? */
static bool chance(const struct smsc *c, enum chance_question question, uint64_t probability)
{
    return chance_hits(chance_number(c->seed, question, c->stats.submits), probability);
}

static int64_t delay_us(const struct smsc *c, enum chance_question question, int64_t min_ms,
                        int64_t max_ms)
{
    uint64_t number = chance_number(c->seed, question, c->stats.submits);

    return chance_between(number, min_ms * USEC_PER_MSEC, max_ms * USEC_PER_MSEC);
}

static uint32_t fault_status(const struct smsc *c)
{
    const struct scenario *scenario = &c->scenario;
    uint64_t number = chance_number(c->seed, CHANCE_STATUS_FAULT, c->stats.submits);

    for (size_t i = 0; i < scenario->n_faults; i++) {
        if (chance_hits(number, scenario->faults[i].up_to))
            return scenario->faults[i].status;
    }
    return ESME_ROK;
}

static uint32_t verdict(struct session *s)
{
    struct smsc *c = s->smsc;
    uint32_t throttled = c->scenario.settings.throttle_status == THROTTLE_QUEUE_FULL
                             ? ESME_RMSGQFUL
                             : ESME_RTHROTTLED;

    if (!s->transmitter)
        return ESME_RINVBNDSTS;
    if (!account_may_submit(c, s->account))
        return throttled;
    if (delivery_queue_full(c))
        return ESME_RMSGQFUL;
    return fault_status(c);
}

static enum message_end choose_end(struct smsc *c)
{
    const struct scenario *sc = &c->scenario;
    uint64_t number = chance_number(c->seed, CHANCE_OUTCOME, c->stats.submits);

    if (chance_hits(number, sc->undelivered))
        return END_UNDELIVERED;
    if (chance_hits(number, sc->undelivered + sc->expired))
        return END_EXPIRED;
    if (chance_hits(number, sc->undelivered + sc->expired + sc->rejected))
        return END_REJECTED;
    return END_DELIVERED;
}

static bool wants_receipt(const struct smsc *c, const struct submit *sm, enum message_end end)
{
    switch (c->scenario.settings.always_receipt ? RECEIPT_ALWAYS : sm->registered_delivery & 3) {
    case RECEIPT_ALWAYS:
        return true;
    case RECEIPT_FAILURE:
        return end != END_DELIVERED;
    case RECEIPT_SUCCESS:
        return end == END_DELIVERED;
    default:
        return false;
    }
}

/* Appendix B's "first 20 characters", as far as they are plain letters in any alphabet. */
static void excerpt(char out[EXCERPT_SIZE], const struct submit *sm)
{
    const uint8_t *text = sm->data + sm->header_len;
    size_t len = sm->len - sm->header_len, n = 0;

    if (sm->data_coding == DATA_CODING_UCS2)
        len = 0;
    for (; n < len && n < EXCERPT_SIZE - 1; n++)
        out[n] = (char)(text[n] >= ' ' && text[n] < 0x7F ? text[n] : '.');
    out[n] = '\0';
}

static void plan_receipt(struct session *s, const struct submit *sm, uint64_t id,
                         enum message_end end, int64_t due_us)
{
    struct smsc *c = s->smsc;
    struct delivery *d = delivery_new(c, s->account);

    if (!d) {
        c->stats.receipts_dropped++;
        return;
    }
    c->stats.receipts_planned++;
    d->end = end;
    d->from = sm->destination;
    d->to = sm->source;
    d->message_id = id;
    d->submitted_us = c->wall_us;
    d->reference = sm->reference;
    d->has_reference =
        sm->has_reference && chance(c, CHANCE_ECHO_REFERENCE, c->scenario.echo_reference);
    excerpt(d->excerpt, sm);
    delivery_plan(c, d, due_us);
}

static void plan_receipts(struct session *s, const struct submit *sm, uint64_t id, int64_t due_us)
{
    struct smsc *c = s->smsc;
    enum message_end end = choose_end(c);
    uint64_t *const ends[] = {
        [END_DELIVERED] = &c->stats.delivered,
        [END_UNDELIVERED] = &c->stats.undelivered,
        [END_EXPIRED] = &c->stats.expired,
        [END_REJECTED] = &c->stats.rejected,
    };

    *ends[end] += 1;
    if (!wants_receipt(c, sm, end) || chance(c, CHANCE_NO_RECEIPT, c->scenario.no_receipt))
        return;
    plan_receipt(s, sm, id, end, due_us);
    if (chance(c, CHANCE_DUPLICATE_RECEIPT, c->scenario.duplicate_receipts))
        plan_receipt(s, sm, id, end, due_us);
}

static void plan_answer(struct session *s, const struct answer *answer, int64_t delay)
{
    struct smsc *c = s->smsc;
    struct answer *later;

    if (delay == 0) {
        session_answer(s, answer);
        return;
    }
    later = pool_take(&c->answers);
    if (!later)
        return; /* as if it were lost on the way */
    *later = *answer;
    if (timeline_add(&c->timeline, c->now_us + delay, &later->task))
        s->pending++;
    else
        pool_give(&c->answers, later);
}

static void plan_reply(struct session *s, const struct submit *sm)
{
    struct smsc *c = s->smsc;
    const struct scenario_settings *set = &c->scenario.settings;
    uint64_t who = chance_hash(sm->destination.text, strlen(sm->destination.text));
    uint64_t number = chance_number(c->seed, CHANCE_REPLY_DELAY, who);
    struct address to = sm->source;

    if (!chance_hits(chance_number(c->seed, CHANCE_REPLY_STOP, who), c->scenario.reply_stop))
        return;
    if (sm->source.ton == TON_LETTERS) {
        if (!*set->reply_to)
            return;
        inbound_address(set->reply_to, &to);
    }
    inbound_send(c, s->account, &sm->destination, &to, set->reply_text,
                 c->now_us + chance_between(number, set->reply_delay * USEC_PER_MSEC,
                                            set->reply_delay_max * USEC_PER_MSEC));
}

static void accept(struct session *s, const struct submit *sm, struct answer *answer)
{
    struct smsc *c = s->smsc;
    const struct scenario *sc = &c->scenario;
    int64_t delay = delay_us(c, CHANCE_RESPONSE_DELAY, sc->settings.response_delay,
                             sc->settings.response_delay_max);
    int64_t due = c->now_us + delay +
                  delay_us(c, CHANCE_RECEIPT_DELAY, sc->settings.receipt_delay,
                           sc->settings.receipt_delay_max);

    answer->message_id = c->next_id++;
    answer->twice = chance(c, CHANCE_DUPLICATE_RESPONSE, sc->duplicate_responses);
    answer->stray = chance(c, CHANCE_STRAY_RESPONSE, sc->stray_responses);
    answer->garbage = chance(c, CHANCE_GARBAGE, sc->garbage);
    stats_accepted(&c->stats, c->now_us);
    if (c->journal)
        journal_write(c->journal, c, sm, answer->message_id);
    if (chance(c, CHANCE_RECEIPT_FIRST, sc->receipts_first)) {
        due = c->now_us;
        delay = delay > RECEIPT_LEAD_US ? delay : RECEIPT_LEAD_US;
    }
    plan_receipts(s, sm, answer->message_id, due);
    if (tally_add(&c->tally, sm->destination.text, sm->part) == TALLY_FIRST)
        plan_reply(s, sm);
    if (chance(c, CHANCE_LOST_RESPONSE, sc->lost_responses))
        c->stats.responses_lost++;
    else
        plan_answer(s, answer, delay);
    inbound_accepted(c);
}

/* A connection's own faults come by the number of its submits. */
static void connection_faults(struct session *s)
{
    const struct scenario_settings *set = &s->smsc->scenario.settings;
    uint64_t drop = (uint64_t)set->drop_after_submits,
             deaf = (uint64_t)set->half_open_after_submits;

    if (drop > 0 && s->submits >= drop)
        session_cut(s, !set->drop_unanswered, "scenario: drop_after_submits");
    else if (deaf > 0 && s->submits >= deaf)
        session_enter(s, SESSION_DEAF, "scenario: half_open_after_submits");
}

void submit_take(struct session *s, const struct pdu *pdu)
{
    struct smsc *c = s->smsc;
    struct answer answer = { .task = { TASK_ANSWER }, .session = s->handle };
    struct submit sm;

    c->stats.submits++;
    s->submits++;
    answer.sequence = pdu->sequence;
    answer.status = codec_read_submit(pdu, &sm);
    if (answer.status)
        c->stats.malformed++;
    else
        answer.status = verdict(s);
    if (answer.status == ESME_ROK) {
        accept(s, &sm, &answer);
    } else {
        stats_refused(&c->stats, answer.status);
        plan_answer(s, &answer,
                    delay_us(c, CHANCE_RESPONSE_DELAY, c->scenario.settings.response_delay,
                             c->scenario.settings.response_delay_max));
    }
    connection_faults(s);
}
