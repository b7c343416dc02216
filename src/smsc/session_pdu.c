/* session_pdu.c - what each PDU of a client does. */
#define LOG_PART "smsc"
#include "smsc/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "smsc/chance.h"
#include "smsc/delivery.h"
#include "smsc/submit.h"

#define SERVER_SYSTEM_ID "relais-smsc"

static void say(struct session *s, const struct pdu *pdu, uint32_t status)
{
    codec_write_header(&s->out, pdu->command | SMPP_RESPONSE, status, pdu->sequence);
}

/* Why this bind is refused, or ESME_ROK. */
static uint32_t bind_verdict(struct session *s, const struct bind *bind)
{
    const struct scenario *scenario = &s->smsc->scenario;
    const struct scenario_settings *set = &scenario->settings;
    uint64_t n = s->smsc->stats.binds + s->smsc->stats.binds_refused;
    uint64_t number = chance_number(s->smsc->seed, CHANCE_REFUSE_BIND, n);

    if (*set->system_id && strcmp(set->system_id, bind->system_id) != 0)
        return ESME_RINVSYSID;
    if (*set->password && strcmp(set->password, bind->password) != 0)
        return ESME_RINVPASWD;
    if (chance_hits(number, scenario->refuse_binds))
        return scenario->refuse_bind_status;
    s->account = account_open(s->smsc, bind->system_id);
    if (!s->account)
        return ESME_RBINDFAIL;
    if (set->max_binds > 0 && s->account->sessions >= set->max_binds)
        return ESME_RALYBND;
    return ESME_ROK;
}

static void on_bind(struct session *s, const struct pdu *pdu)
{
    struct bind bind;
    uint32_t status = codec_read_bind(pdu, &bind);
    char name[STATUS_NAME_SIZE], why[64];

    if (!status)
        status = bind_verdict(s, &bind);
    codec_write_bind_resp(&s->out, pdu->command, status, pdu->sequence, SERVER_SYSTEM_ID);
    if (status) {
        s->smsc->stats.binds_refused++;
        snprintf(why, sizeof(why), "bind refused with %s", codec_status_name(status, name));
        session_enter(s, SESSION_ENDING, why);
        return;
    }
    s->smsc->stats.binds++;
    s->transmitter = pdu->command != SMPP_BIND_RECEIVER;
    s->receiver = pdu->command != SMPP_BIND_TRANSMITTER;
    session_enter(s, SESSION_BOUND, "bind");
}

static void on_enquire_link(struct session *s, const struct pdu *pdu)
{
    say(s, pdu, ESME_ROK);
}

static void on_unbind(struct session *s, const struct pdu *pdu)
{
    say(s, pdu, ESME_ROK);
    session_enter(s, SESSION_ENDING, "the client unbound");
}

static void on_enquire_link_resp(struct session *s, const struct pdu *pdu)
{
    if (pdu->sequence == s->enquire_sequence)
        s->enquire_sequence = 0;
}

static void on_deliver_resp(struct session *s, const struct pdu *pdu)
{
    int64_t sent_us;
    struct delivery *d = window_take(s, pdu->sequence, &sent_us);

    if (d)
        delivery_answered(s->smsc, d, pdu->status, s->smsc->now_us - sent_us);
    else
        s->smsc->stats.stray_acks++;
}

/* The client could not read what we sent: if that was a delivery, it is answered. */
static void on_generic_nack(struct session *s, const struct pdu *pdu)
{
    char name[STATUS_NAME_SIZE];

    log_warn("session=%" PRIu64 " got=generic_nack sequence=%u status=%s", session_number(s),
             pdu->sequence, codec_status_name(pdu->status, name));
    if (pdu->sequence == s->enquire_sequence)
        s->enquire_sequence = 0;
    else
        on_deliver_resp(s, pdu);
}

static void on_unbind_resp(struct session *s, const struct pdu *pdu)
{
    (void)pdu;
    session_enter(s, SESSION_ENDING, "unbound");
}

#define IN(state)   (1u << (state))
#define ANY_STATE   (IN(SESSION_OPEN) | IN(SESSION_BOUND) | IN(SESSION_UNBINDING))
#define STILL_BOUND (IN(SESSION_BOUND) | IN(SESSION_UNBINDING))

static const struct handler {
    uint32_t command;
    unsigned states; /* those in which a client may send it */
    void (*handle)(struct session *s, const struct pdu *pdu);
} handlers[] = {
    { SMPP_SUBMIT_SM, IN(SESSION_BOUND), submit_take },
    { SMPP_DELIVER_SM | SMPP_RESPONSE, STILL_BOUND, on_deliver_resp },
    { SMPP_ENQUIRE_LINK, ANY_STATE, on_enquire_link },
    { SMPP_ENQUIRE_LINK | SMPP_RESPONSE, ANY_STATE, on_enquire_link_resp },
    { SMPP_BIND_TRANSCEIVER, IN(SESSION_OPEN), on_bind },
    { SMPP_BIND_TRANSMITTER, IN(SESSION_OPEN), on_bind },
    { SMPP_BIND_RECEIVER, IN(SESSION_OPEN), on_bind },
    { SMPP_UNBIND, ANY_STATE, on_unbind },
    { SMPP_UNBIND | SMPP_RESPONSE, IN(SESSION_UNBINDING), on_unbind_resp },
    { SMPP_GENERIC_NACK, ANY_STATE, on_generic_nack },
};

static void on_unknown(struct session *s, const struct pdu *pdu)
{
    if (pdu->command & SMPP_RESPONSE)
        return; /* never answered: two ends that answer answers do so forever */
    s->smsc->stats.nacked++;
    log_info("session=%" PRIu64 " got=0x%08x answered=generic_nack", session_number(s),
             pdu->command);
    codec_write_header(&s->out, SMPP_GENERIC_NACK, ESME_RINVCMDID, pdu->sequence);
}

void session_handle(struct session *s, const struct pdu *pdu)
{
    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
        if (handlers[i].command != pdu->command)
            continue;
        if (handlers[i].states & IN(s->state))
            handlers[i].handle(s, pdu);
        else if (!(pdu->command & SMPP_RESPONSE))
            say(s, pdu, s->state == SESSION_BOUND ? ESME_RALYBND : ESME_RINVBNDSTS);
        return;
    }
    on_unknown(s, pdu);
}
