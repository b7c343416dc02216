/*
 * recipient.h - whom a campaign reaches, who is left out and why, and the words each one gets.
 *
 * Preview and expansion ask the same question with the same text of SQL, so that a preview's
 * numbers are what a start then makes. For the files of campaigns only.
 */
#pragma once

#include "domain/reach.h"
#include "domain/route.h"
#include "domain/sms_text.h"
#include "store/audience.h"
#include "store/campaign_life.h"
#include "store/db.h"
#include "store/wording.h"

#define PROMO_TIMES 8 /* that customer.promo_times has: no cap is higher */

/* What is too much, too soon or twice for one person: of promotions alone. 0: no limit. */
struct recipients_limits {
    unsigned cap; /* promotions, the newest `cap` of which were sent within ... */
    int64_t cap_s;
    int64_t rest_s; /* after the last contact, in whichever direction */
    unsigned adult_years;
    bool alone; /* none of another campaign may be under way */
};

/* At most so many, the newest ones, are looked at, in a preview as at a start. */
#define RECIPIENTS_CAMPAIGNS_MAX 16
struct recipients_campaigns {
    uint64_t ids[RECIPIENTS_CAMPAIGNS_MAX];
    unsigned texts[RECIPIENTS_CAMPAIGNS_MAX];  /* bits: only who got these of its texts; 0: any */
    bool by_channel[RECIPIENTS_CAMPAIGNS_MAX]; /* bit 0 is its SMS, bit 1 its mail */
    size_t n;
};

/* Which of the audience gets which text now; all zero: everybody the one. */
struct recipients_split {
    uint64_t campaign_id; /* shares are those of this campaign (domain/share.h) */
    unsigned hold_out;
    unsigned test_share;                                    /* the others wait; 0: nobody does */
    struct campaign_text others[CAMPAIGN_VARIANTS_MAX - 1]; /* texts B, C, D */
    unsigned n_others;
    unsigned only; /* 0: each a share; 1: all get text A; 2: all get B ... */
    bool rest;     /* those who waited: the audience is campaign_rest, not the rule */
};
/* Of `n` texts, the first of which is the spec's own. */
void recipients_set_texts(struct recipients_split *split, const struct campaign_text *texts,
                          unsigned n);

struct recipients_spec {
    enum message_class class;
    const char *audience;              /* as written */
    enum reach reach;                  /* of one channel: the texts are its own */
    const char *body;                  /* the text; NULL: */
    const struct template_text *texts; /* those of several languages */
    size_t n_texts;
    const struct template_text *mail_texts; /* of two channels: what is said by mail */
    size_t n_mail_texts;
    /* Its address; NULL: that of the class. Refusals of it count, besides those of all. */
    const char *sender;
    const struct words_settings *words; /* NULL: nothing is added to the text */
    struct link_list *links;            /* as in wording_spec */
    bool transliterate;
    utc_us now;              /* "30d ago" counts from here */
    const char *timezone;    /* whose midnight begins a birthday; NULL: UTC */
    enum audience_form form; /* AUDIENCE_FOR_ALL: to count, too */
    utc_us consents_since;   /* a consent whose last contact is older has ended; 0: none has */
    /* Of occasions: puts in the values of the customer's order. NULL: no order is in sight, and the
     * text may name none of its fields. */
    void (*order)(void *arg, uint64_t customer_id, const char *values[TEMPLATE_FIELD_COUNT]);
    void *order_arg;
    bool shared; /* customers who share a number get theirs each */
    struct recipients_limits limits;
    struct recipients_campaigns same_text; /* whom they were sent is left out */
    struct recipients_split split;
};

struct recipients {
    struct recipients_spec spec;
    struct wording *wording, *others[CAMPAIGN_VARIANTS_MAX - 1];
    struct wording *mail;                  /* of two channels; NULL: there is one */
    struct audience_sql for_page, for_all; /* the rule; the second one to count, only */
    struct recipients_campaigns in_flight; /* promotions of others that run */
};

/* Reads rule and text; RC_INVALID says in err which of them is wrong and where. What was read lives
 * in `arena`. Close it in every case. */
enum rc recipients_open(struct db *db, const struct recipients_spec *spec, struct arena *arena,
                        struct recipients *out, struct error *err) MUST_CHECK;
void recipients_close(struct recipients *r);

/* Destinations that are counted apart: by these prefixes, and all others. See route_zones(). */
struct recipients_zones {
    const char *prefixes[ROUTE_ZONES_MAX];
    size_t n;
};

#define RECIPIENTS_CITIES 20 /* told apart: those with the largest audiences */

struct recipients_count {
    uint64_t audience;
    uint64_t excluded[EXCLUSION_COUNT];
    uint64_t reached;                          /* one message an address */
    uint64_t by_channel[CHANNEL_EMAIL + 1];    /* of these */
    uint64_t by_zone[ROUTE_ZONES_MAX + 1];     /* of those by SMS; the last one of n + 1: others */
    struct campaign_part *categories, *cities; /* the largest audience first */
    size_t n_categories, n_cities;
    struct campaign_part other_cities; /* without a name */
    size_t n_other_cities;
};
/* Names are in `arena`. `r` was opened for all. Two connections share the work. */
enum rc recipients_count(struct db *db, const struct recipients *r,
                         const struct recipients_zones *zones, struct arena *arena,
                         struct recipients_count *out) MUST_CHECK;

struct recipient {
    uint64_t customer_id, consent_event_id; /* 0: none is needed */
    bool reached;
    bool shared; /* other customers may have the same address */
    enum channel channel;
    enum exclusion why; /* when not */
    bool waits;         /* not reached now: for the text that wins */
    unsigned variant;   /* which text */
    const char *address;
    char *text, *subject; /* NULL: an SMS has none */
    const char *category; /* its code; "": none */
    const char *timezone, *country, *postcode;
    enum sms_encoding encoding;
    unsigned parts;
};

struct recipients_page {
    struct recipient *list;
    size_t n;
    bool last; /* the audience has no more */
};

#define RECIPIENTS_TEXT_MAX ((size_t)4 << 20) /* bytes of a page's texts, which are in memory */
/*
 * The next customers of the audience, by id from `from` on, at most `limit`, and fewer where their
 * texts come to more than RECIPIENTS_TEXT_MAX; all in `arena`. Who
 * shares an address with one before, or already has a message of `campaign_id`, is a duplicate.
 */
enum rc recipients_read(struct db *db, const struct recipients *r, uint64_t campaign_id,
                        uint64_t from, size_t limit, struct arena *arena,
                        struct recipients_page *out) MUST_CHECK;
/* Those of these customers (ascending, at most RECIPIENTS_SOME) that are in the audience; not
 * `last` where their texts come to more than RECIPIENTS_TEXT_MAX: those with higher ids are
 * missing. */
#define RECIPIENTS_SOME 500
enum rc recipients_read_some(struct db *db, const struct recipients *r, const uint64_t *ids,
                             size_t n, struct arena *arena, struct recipients_page *out) MUST_CHECK;
/* At most `limit` of those who are reached (or share an address with one who is), in no order.
 * AUDIENCE_FOR_PAGE where that many are soon found. */
enum rc recipients_try(struct db *db, const struct recipients *r, enum audience_form form,
                       size_t limit, struct arena *arena, struct recipients_page *out) MUST_CHECK;

/* Why this customer would be left out, whatever the rule says of them. RC_NOTFOUND: no such
 * customer. Who else has the number, and how long the text becomes, is not looked at. */
enum rc recipients_explain(struct db *db, const struct recipients *r, uint64_t customer_id,
                           bool *reached, enum exclusion *why) MUST_CHECK;
