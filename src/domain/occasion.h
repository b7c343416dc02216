/*
 * occasion.h - messages that run by themselves: what happens in a customer's life with the house,
 * when its message is due, and until when it is still true. Pure: no I/O, no clock.
 */
#pragma once

#include "domain/mapping.h"
#include "domain/types.h"

enum occasion_kind {
    OCCASION_DELIVERY_ANNOUNCED, /* an order is planned and has a window */
    OCCASION_DELIVERY_MOVED,     /* that window is now another one */
    OCCASION_DELIVERY_OUT,
    OCCASION_DELIVERY_DONE,
    OCCASION_DELIVERY_MISSED,
    OCCASION_FIRST_ORDER,
    OCCASION_INACTIVE, /* no order for so many days */
    OCCASION_BIRTHDAY,
    OCCASION_INVOICE_DUE,
    OCCASION_PLAN_STEP, /* an automatic step of a contact plan: made by its runner alone */
    OCCASION_KIND_COUNT
};

/* Where its news come from. */
enum occasion_source {
    OCCASION_OF_ORDERS,
    OCCASION_OF_CUSTOMERS,
    OCCASION_OF_INVOICES,
    OCCASION_OF_PLANS,
};

struct occasion_kind_entry {
    const char *name;
    const char *what; /* for a person: "a delivery was planned and has a window" */
    enum occasion_source source;
    enum message_class class;
    bool by_import; /* noted where orders change; the others are looked for by the clock */
    bool by_day;    /* has a day, not a moment: its message goes at a time of that day */
    bool foreseen;  /* may go out before: a delay below 0 */
    bool has_order; /* {{order_number}} and the like have a value */
    int64_t expires_s;
};
const struct occasion_kind_entry *occasion_kind_entry(enum occasion_kind kind);
/* RC_INVALID: the sentence lists those that a person may choose. */
enum rc occasion_kind_parse(const char *name, enum occasion_kind *kind,
                            struct error *err) MUST_CHECK;

#define OCCASION_AT_ANY     (-1)
#define OCCASION_AT_DEFAULT (10 * 60)
#define OCCASION_DELAY_MAX  (60 * SEC_PER_DAY)
#define OCCASION_DAYS_MAX   3650
#define OCCASION_CAP_MAX    100

struct occasion_rule {
    enum occasion_kind kind;
    int64_t delay_s;        /* below 0: before the window, the birthday, the day that it is due */
    int at_minute;          /* of the customer's day; OCCASION_AT_ANY: whenever it comes */
    unsigned days;          /* of OCCASION_INACTIVE */
    int64_t expires_s;      /* after it was due; 0: as its kind has it */
    unsigned cap, cap_days; /* at most so many messages a customer in so many days; 0: no cap */
};

/* Fills in what was left open. RC_INVALID: what does not go together, and what was expected. */
enum rc occasion_rule_check(struct occasion_rule *rule, struct error *err) MUST_CHECK;

/* "+2h", "-1d", "90m", "0", "-1d before the window"; "10:00"; "2 in 30d", "none". */
enum rc occasion_delay_parse(const char *text, int64_t *delay_s, struct error *err) MUST_CHECK;
enum rc occasion_at_parse(const char *text, int *minute, struct error *err) MUST_CHECK;
enum rc occasion_cap_parse(const char *text, unsigned *cap, unsigned *days,
                           struct error *err) MUST_CHECK;

/* What is known of one piece of news when its message is about to be made. */
struct occasion_facts {
    utc_us at;  /* when we heard of it */
    bool there; /* the order or invoice is still that customer's; the plan goes on */
    enum order_status status;
    utc_us window_from, window_to; /* 0: none */
    utc_us last_order_at;
    unsigned birthday; /* month * 100 + day; 0: not known */
    unsigned round;    /* as it was noted, see occasion_round() */
    struct civil day;  /* an invoice's */
    bool paid;         /* of a plan: it is held */
};

struct local_zone;
/* When its message is due: not before `at`. */
utc_us occasion_due(const struct occasion_rule *rule, const struct occasion_facts *facts,
                    struct local_zone *zone);
/* From when on it is not true any more, or not wanted. INT64_MAX: never. */
utc_us occasion_stale(const struct occasion_rule *rule, const struct occasion_facts *facts,
                      utc_us due, struct local_zone *zone);
/* Is it still so: the order as announced, the invoice unpaid ...? */
bool occasion_holds(const struct occasion_rule *rule, const struct occasion_facts *facts);

/* Tells apart what may come several times for one customer and order: the year of a birthday, the
 * window that a delivery was moved to, the day of an attempt. */
unsigned occasion_round(enum occasion_kind kind, const struct occasion_facts *facts);

/* The birthday in that year, at midnight; 29 February is on the 28th in common years. */
struct civil occasion_birthday(unsigned birthday, int year);

/* --- news of orders --- */

/* An order before and after a partner's row. */
struct order_change {
    uint64_t order_id, customer_id;
    bool known, first; /* it was there before; it is the customer's first one */
    enum order_status was, is;
    utc_us was_from;
    utc_us window_from, window_to, ordered_at;
    utc_us happened_at; /* when it turned, by the partner's word; 0: not said */
};
/* Bits, 1 << kind, of what the change is news of. */
unsigned order_news(const struct order_change *change);
/* Not worth a message: what a first file tells of old orders. `keep_s`: how long it is of use. */
bool order_news_is_old(const struct order_change *change, enum occasion_kind kind, utc_us now,
                       int64_t keep_s);
