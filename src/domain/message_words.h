/* message_words.h - what happened to a message, and what will, in plain English. Pure. */
#pragma once

#include "domain/message_order.h"

#define MESSAGE_WORDS_SIZE 320

struct message_event_facts {
    const char *kind;    /* as in the database: "accepted" */
    const char *carrier; /* "": none had to do with it */
    const char *smsc_message_id, *detail;
    unsigned part, parts; /* part from 1; above `parts`: all of them */
    uint32_t code;
    bool by_mail;
};

/* Why a message was not sent or did not arrive, for people; what is not known stays as it is. */
const char *message_reason_words(const char *reason, bool by_mail);
void message_event_words(const struct message_event_facts *event, char out[MESSAGE_WORDS_SIZE]);

struct message_next_facts {
    uint64_t id;
    enum message_class class;
    enum message_state state;
    utc_us now, due_at; /* due_at: of the queue; 0: no part of the queue covers it */
    bool campaign_paused, campaign_cancelled;
    const char *held_route; /* NULL: its route is open */
    bool by_mail;
    const char *retry_bar; /* message_order_bar(ORDER_RETRY); NULL: it may be tried again */
};

void message_next_words(const struct message_next_facts *facts, char out[MESSAGE_WORDS_SIZE]);
