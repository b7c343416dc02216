/*
 * delivery.h - receipts and inbound messages on their way to the client.
 *
 * A delivery waits on the timeline until it is due, then in its account's queue, then in a
 * session's window until it is answered. When the session is lost it goes back to the front of the
 * queue, as with a real carrier: nothing is forgotten but by an answer that refuses it for good.
 */
#pragma once

#include "smsc/account.h"
#include "smsc/bytes.h"
#include "smsc/timeline.h"

/* Final states of a message, SMPP 3.4, 5.2.28. */
enum message_end { END_DELIVERED, END_UNDELIVERED, END_EXPIRED, END_REJECTED };

/* What a handset sent. */
struct inbound_text {
    uint8_t data_coding, esm_class;
    size_t len;
    uint8_t data[];
};

#define EXCERPT_SIZE 21 /* appendix B: the first 20 characters */

struct delivery {
    struct task task;
    enum message_end end;
    STAILQ_ENTRY(delivery) link;
    struct account *account;
    struct inbound_text *text; /* NULL: a receipt */
    struct address from, to;
    bool sent_before;
    /* a receipt's */
    bool has_reference;
    uint16_t reference;
    uint64_t message_id;
    int64_t submitted_us; /* wall */
    char excerpt[EXCERPT_SIZE];
};

/* A zeroed one for this account, counted; NULL: no memory. */
struct delivery *delivery_new(struct smsc *c, struct account *account);
/* On the timeline, or in the queue at once if it is due. Takes the delivery over. */
void delivery_plan(struct smsc *c, struct delivery *d, int64_t due_us);
/* The timeline says it is due. */
void delivery_due(struct smsc *c, struct delivery *d);
bool delivery_queue_full(const struct smsc *c);

/* Hands what waits to the sessions that have room. */
void delivery_pump(struct smsc *c);
/* The client answered it with this command_status, so long after it was sent. */
void delivery_answered(struct smsc *c, struct delivery *d, uint32_t status, int64_t waited_us);
/* These were sent and never answered, oldest first; they come before what waits. */
void delivery_return(struct account *account, struct delivery_queue *unanswered, size_t n);
/* What waits in account "" belongs to the first account that can receive. */
void delivery_adopt(struct smsc *c, struct account *account);
void delivery_free_all(struct smsc *c);

/* deliver_sm for it (delivery_wire.c). */
void delivery_write(const struct smsc *c, const struct delivery *d, uint32_t sequence,
                    struct bytes *out);
/* A message id as this carrier writes it. */
#define MESSAGE_ID_SIZE 65
const char *delivery_format_id(char buf[MESSAGE_ID_SIZE], uint64_t id, int form, int64_t width);
