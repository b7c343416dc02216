/*
 * message_order.h - what an operator may tell a message to do, and why not. Pure.
 *
 * The rule above all is that of message.h: a promotion that may have reached a carrier is never
 * sent again, whoever asks for it.
 */
#pragma once

#include "domain/message.h"

enum message_order { ORDER_HOLD, ORDER_RELEASE, ORDER_RETRY, ORDER_CANCEL, ORDER_COUNT };

const char *message_order_verb(enum message_order order);       /* "hold" */
const char *message_order_participle(enum message_order order); /* "held" */

/* What must be known of a message before an order to it. */
struct message_facts {
    enum message_class class;
    enum message_state state;
    bool campaign_cancelled;
    bool campaign_closed; /* counted for the last time: its messages are kept no longer */
    bool ever_accepted;   /* a carrier took a part of it, at any time */
    bool ever_unknown;    /* a part of it was once written and not answered */
    bool in_flight;       /* over, and yet an answer to another part of it may still come */
    bool put_off;         /* queued, and not to be tried before some later time */
};

/* NULL: it may. Else the words that go behind "... cannot be held: ". */
const char *message_order_bar(enum message_order order, const struct message_facts *facts);
