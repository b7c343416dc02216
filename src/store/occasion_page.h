/*
 * occasion_page.h - events of an occasion, what is known about each now, and whom they reach. For
 * the files of occasions only.
 */
#pragma once

#include "domain/occasion_words.h"
#include "domain/place.h"
#include "domain/zone_shelf.h"
#include "store/occasion_row.h"
#include "store/recipient.h"

enum verdict {
    VERDICT_SEND,
    VERDICT_WAIT,      /* it is not due yet */
    VERDICT_DROP,      /* dealt with before, or none of this occasion's */
    VERDICT_OVERTAKEN, /* it is not so any more */
    VERDICT_EXPIRED,
    VERDICT_CAPPED,
    VERDICT_OUTSIDE, /* not in the audience */
    VERDICT_EXCLUDED,
    VERDICT_QUIET, /* no hour in which it may leave, before it is stale */
};

struct candidate {
    uint64_t customer_id, subject_id;
    unsigned round;
    utc_us noted_due; /* as the event has it */
    bool done;        /* it is in occasion_sent */
    uint64_t sent;    /* messages to the customer in the days that the cap counts */
    struct occasion_facts facts;
    struct local_zone *zone; /* until the next one is read */
    utc_us due, stale;
    enum verdict verdict;
    struct order_words words;
    utc_us leave_at;    /* when it may leave: of promotions by the hours of the place */
    struct place place; /* nowhere: at any time */
    const struct recipient *recipient; /* of VERDICT_SEND and VERDICT_EXCLUDED, once reached */
};

struct candidate_page {
    struct link_list links; /* of its texts, once reached */
    struct candidate *list; /* by customer; each at most once */
    size_t n;
    size_t read;    /* events looked at: with those of customers who are in the page already */
    bool rehearsed; /* each at its due time, and not now */
};

/* Columns of a candidate, for statements that select from: customer c, and customer_order o or
 * invoice i. */
#define OF_CUSTOMER "c.timezone, c.country, c.postcode, c.language, c.birthday, c.last_order_at"
#define OF_NOTHING  ", FALSE, '', NULL, NULL, '', 0, '', NULL, FALSE, ''"
#define OF_ORDER                                                                \
    ", o.id IS NOT NULL, o.status, o.window_from, o.window_to, o.order_number," \
    " o.collect_cents, o.currency, NULL, FALSE, ''"
#define OF_INVOICE                                                        \
    ", i.id IS NOT NULL, o.status, o.window_from, o.window_to,"           \
    " COALESCE(o.order_number, i.number), i.amount_cents - i.paid_cents," \
    " i.currency, i.due_on, NOT " INVOICE_OPEN ", i.number"
/* Of a plan: does it go on, and is it held? */
#define OF_PLAN                                                                 \
    ", COALESCE(n.state <> 'stopped', FALSE), '', NULL, NULL, '', 0, '', NULL," \
    " COALESCE(n.state = 'paused', FALSE), ''"
/* What a reminder may be about. */
#define INVOICE_OPEN "(i.paid_at IS NULL AND i.cancelled_at IS NULL AND i.due_on IS NOT NULL)"

/* A row of: customer, subject, round, at, due_at, done, sent, and the columns above. */
enum rc candidate_read(const struct db_rows *rows, struct zone_shelf *zones,
                       struct candidate *out) MUST_CHECK;

/* A page of what is due by `now`, in `arena`, and what is to be done with each. */
enum rc candidate_page_read(struct db *db, const struct occasion *o, struct zone_shelf *zones,
                            utc_us now, struct arena *arena, struct candidate_page *out) MUST_CHECK;

/* Without an address that mails come from, what is to go by mail waits for a configuration. */
bool occasion_has_sender(const struct occasion *o, const struct occasion_settings *settings);
/* Looks up rights and writes texts for those to send to, whose verdicts may change thereby. Of
 * mails, which are long, it may be fewer than there were: the last ones have left the page. */
enum rc candidate_page_reach(struct db *db, const struct occasion *o,
                             const struct occasion_settings *settings, struct zone_shelf *zones,
                             struct candidate_page *page, utc_us now, struct arena *arena,
                             struct error *err) MUST_CHECK;

/* Why there is no message: a name for occasion_sent.reason. */
const char *candidate_reason(const struct candidate *c);
