/*
 * contact_score.h - is a customer to be contacted, how urgently, and why? What is known of one
 * customer and the policy of its category make a sum of points, each with the number it came from.
 * Pure: no I/O, no clock.
 */
#pragma once

#include "domain/contact_calendar.h"
#include "domain/types.h"

/* In the order of their weight: of several that count the same, the first is the task's title. */
enum contact_reason {
    CONTACT_COMPLAINT, /* a message with the keyword "complaint" */
    CONTACT_MISSED,    /* a delivery that failed */
    CONTACT_REPLY,     /* a message that nobody has answered by talking to the customer */
    CONTACT_INVOICE,   /* one that is due soon, or was */
    CONTACT_DELIVERY,  /* one that is planned */
    CONTACT_TERMS,     /* better terms that the customer has not heard of */
    CONTACT_NEWS,      /* the same of services */
    CONTACT_OVERDUE,   /* no contact for as long as the policy allows */
    CONTACT_REASONS
};

struct contact_reason_entry {
    const char *name;
    const char *what; /* for a person: "a delivery failed" */
    const char *days; /* what its days mean; NULL: they mean nothing */
    unsigned points, usual_days;
};
const struct contact_reason_entry *contact_reason_entry(enum contact_reason reason);
/* RC_INVALID: the sentence lists those that there are. */
enum rc contact_reason_parse(const char *name, enum contact_reason *reason,
                             struct error *err) MUST_CHECK;

#define CONTACT_POINTS_MAX        1000
#define CONTACT_DAYS_MAX          3650
#define CONTACT_VALUE_CENTS       10000    /* policy.value_points for each of these ... */
#define CONTACT_VALUE_TIMES       10       /* ... so often at most */
#define CONTACT_OVERDUE_TIMES     3        /* no more points for longer than so many intervals */
#define CONTACT_OTHERS            "others" /* the policy of categories that have none */
#define CONTACT_KEYWORD_COMPLAINT "complaint"

enum contact_counts { CONTACT_COUNTS_TALK, CONTACT_COUNTS_ANY };
const char *contact_counts_name(enum contact_counts counts);
enum rc contact_counts_parse(const char *name, enum contact_counts *counts,
                             struct error *err) MUST_CHECK;

struct contact_policy {
    unsigned category_id; /* 0: of the categories that have none */
    unsigned team_id;     /* looks after customers who are nobody's */
    bool on;
    unsigned every_days; /* 0: not by the calendar */
    enum contact_counts counts;
    unsigned rest_days;
    int priority;
    unsigned value_points;
    struct contact_weight {
        unsigned points, days;
    } weights[CONTACT_REASONS];
};
void contact_policy_usual(struct contact_policy *policy);
/* "50/14": points, and days; "50": points alone. RC_INVALID: what was expected. */
enum rc contact_weight_parse(const char *text, struct contact_weight *weight,
                             struct error *err) MUST_CHECK;

/* Something to tell customers. Its days are dates, wherever somebody is called. */
struct contact_topic {
    unsigned id, category_id; /* category 0: every one */
    enum contact_reason kind; /* CONTACT_TERMS or CONTACT_NEWS */
    const char *name, *text;
    utc_us from, to; /* the first day, and the one behind the last; the first instants, UTC */
};

/* All policies and topics, as they were when they were read. */
struct contact_book {
    struct contact_policy *policies; /* by category */
    struct contact_topic *topics;    /* the newest first */
    size_t n_policies, n_topics;
};
/* NULL: its customers are on no list. */
const struct contact_policy *contact_book_policy(const struct contact_book *book,
                                                 unsigned category_id);
bool contact_book_is_on(const struct contact_book *book);

/* What is known of a customer; 0: never, or none. */
struct contact_facts {
    uint64_t customer_id;
    unsigned category_id, owner_id;
    bool do_not_contact, erased, no_phone;
    utc_us created_at, talked_at, last_contact_at;
    utc_us reply_at, complaint_at; /* the newest of each, not longer ago than was asked for */
    utc_us missed_at;              /* the newest delivery that failed, and still stands so */
    utc_us delivery_at;            /* the next window of a delivery that is planned */
    utc_us invoice_due;            /* the oldest that is open: the first instant of that day, UTC */
    int64_t order_cents;
    /* The oldest open one from a list of the day that is asked about, or of one before; else what
     * came of that day's. */
    uint64_t list_task;
    bool list_open; /* it has no result yet */
    int list_score;
    unsigned list_staff, list_team;
    uint64_t other_task; /* another one that is open, and to be done by then, or soon after */
    bool other_today;    /* ... and not after it */
};

enum contact_verdict {
    CONTACT_DUE,
    CONTACT_NO_POLICY,
    CONTACT_UNWANTED, /* do_not_contact, or erased */
    CONTACT_NO_PHONE,
    CONTACT_RESTING, /* was spoken to just now */
    CONTACT_NO_REASON
};

struct contact_score {
    enum contact_verdict verdict;
    int total;
    int points[CONTACT_REASONS];  /* 0: it is no reason */
    int numbers[CONTACT_REASONS]; /* days ago; of a delivery or an invoice, days until (below 0:
                                     past); of terms and news, the topic */
    int value, priority;
    int days_since; /* the last contact that counts, or since the customer is known */
};

/* The reasons are worked out for those who may not be contacted, too: to explain. Days are those of
 * the calendar. */
void contact_score_of(const struct contact_facts *facts, const struct contact_book *book,
                      const struct contact_calendar *calendar, struct contact_score *out);

#define CONTACT_REASONS_SIZE 240
/* "missed=40:3 overdue=45:62 value=6 priority=5": what contact_task.reasons holds. */
void contact_score_write(const struct contact_score *score, char out[CONTACT_REASONS_SIZE]);
/* What it weighs most by; CONTACT_REASONS: nothing. */
enum contact_reason contact_score_first(const struct contact_score *score);
/* The way back, for those that a task has; what is not understood is passed over. */
void contact_score_read(const char *text, struct contact_score *out);

#define CONTACT_WORDS_SIZE 801 /* 200 characters */
/* One reason in words, in French or (any other language) English: "livraison manquée il y a 3
 * jours". `topic`: the text of a topic; NULL: it is not known any more. */
void contact_reason_words(enum contact_reason reason, int number, const char *topic,
                          const char *language, char out[CONTACT_WORDS_SIZE]);
