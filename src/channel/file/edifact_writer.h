/*
 * edifact_writer.h - what became of a partner's orders, as UN/EDIFACT IFTSTA (D.96A, syntax 3).
 *
 *     UNA:+.? '
 *     UNB+UNOC:3+RELAIS:ZZZ+SHOP:ZZZ+261124:0800+4711'
 *     UNH+1+IFTSTA:D:96A:UN'
 *     BGM+23+4711-1+9'                      status information, original
 *     DTM+137:202611240800:203'             written at
 *     CNI+1+A-55'                           the order
 *     STS+1+21'                             what became of it (9011)
 *     RFF+IT:C-1001'                        the customer's number
 *     DTM+334:202611231712:203'             since when
 *     FTX+AAI+++left with the neighbour'
 *     LOC+14+:::Lyon'                       where (14: location of goods)
 *     UNT+10+1'
 *     UNZ+1+4711'
 *
 * Text goes into a buffer of the caller's, who may write it out and reset it between two calls: the
 * file can be of any length. Times are the wall clock's of the partner's zone. Letters that
 * ISO-8859-1 does not have become '?', escaped; separators in values are released by '?'.
 */
#pragma once

#include "base/buffer.h"
#include "domain/mapping.h"

struct local_zone;

/* Who writes to whom, as agreed with the partner (UNB S002, S003, 0020, 0035). */
struct edifact_envelope {
    const char *sender, *recipient; /* up to 35 characters */
    const char *sender_qualifier;   /* 0007, such as "ZZZ" or "14"; "": none */
    const char *recipient_qualifier;
    uint64_t reference; /* never the same twice for one partner: an id from the database */
    utc_us written_at;
    bool test;
};

struct edifact_status {
    const char *order_number;    /* the partner's */
    const char *customer_number; /* "": not said */
    enum order_status status;
    utc_us at;
    const char *place, *note; /* "": none */
};

/* What 9011 calls a status of ours: 6 booked, 31 en route, 21 delivered, 55 not delivered, 7
 * cancelled. conf/partners/edifact.statuses.conf reads the same. */
const char *edifact_status_code(enum order_status status);

struct edifact_writer {
    struct buffer *out;
    struct local_zone *zone;
    uint64_t reference;
    utc_us written_at;
    uint32_t messages, segments, consignments; /* of the file; of the message; of the message */
    bool in_message;
    char order_number[65]; /* of the consignment that is open */
};

/* Once; `zone` must live until the end. The texts of the envelope are copied into `out`. */
void edifact_writer_begin(struct edifact_writer *w, struct buffer *out, struct local_zone *zone,
                          const struct edifact_envelope *envelope);
/* Statuses of one order that follow each other share a CNI; a message has at most 999 of them. */
void edifact_writer_status(struct edifact_writer *w, const struct edifact_status *status);
/* A file of no statuses is an interchange without a message, which is allowed: UNZ+0. */
void edifact_writer_end(struct edifact_writer *w);
