/*
 * recipient.h - whom a campaign reaches, who is left out and why, and the words each one gets.
 *
 * Preview and expansion ask the same question with the same text of SQL, so that a preview's
 * numbers are what a start then makes. For the files of campaigns only.
 */
#pragma once

#include "domain/route.h"
#include "domain/sms_text.h"
#include "domain/template.h"
#include "store/audience.h"
#include "store/campaign.h"
#include "store/db.h"

/* Which of the audience gets which text now; all zero: everybody the one. */
struct recipients_split {
    uint64_t campaign_id; /* shares are those of this campaign (domain/share.h) */
    unsigned hold_out;
    unsigned test_share;                           /* the others wait; 0: nobody does */
    const char *others[CAMPAIGN_VARIANTS_MAX - 1]; /* texts B, C, D; `body` is A */
    unsigned n_others;
    bool rest;        /* those who waited: the audience is campaign_rest, not the rule */
    unsigned variant; /* what `body` is, when there are no others */
};

struct recipients_spec {
    enum message_class class;
    const char *audience, *body; /* as written */
    bool transliterate;
    utc_us now; /* "30d ago" counts from here */
    struct recipients_split split;
};

struct recipients {
    struct recipients_spec spec;
    struct template *template, *others[CAMPAIGN_VARIANTS_MAX - 1];
    struct audience_sql where;
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

struct recipients_count {
    uint64_t audience;
    uint64_t excluded[EXCLUSION_COUNT];
    uint64_t reached;                      /* one message an address */
    uint64_t by_zone[ROUTE_ZONES_MAX + 1]; /* of these; the last one of n + 1: all others */
};
enum rc recipients_count(struct db *db, const struct recipients *r,
                         const struct recipients_zones *zones,
                         struct recipients_count *out) MUST_CHECK;

struct recipient {
    uint64_t customer_id, consent_event_id; /* 0: none is needed */
    bool reached;
    bool shared;        /* other customers may have the same number */
    enum exclusion why; /* when not */
    bool waits;         /* not reached now: for the text that wins */
    unsigned variant;   /* which text */
    const char *address, *text;
    const char *category; /* its code; "": none */
    enum sms_encoding encoding;
    unsigned parts;
};

struct recipients_page {
    struct recipient *list;
    size_t n;
    bool last; /* the audience has no more */
};

/*
 * The next customers of the audience, by id from `from` on, at most `limit`; all in `arena`. Who
 * shares an address with one before, or already has a message of `campaign_id`, is a duplicate.
 */
enum rc recipients_read(struct db *db, const struct recipients *r, uint64_t campaign_id,
                        uint64_t from, size_t limit, struct arena *arena,
                        struct recipients_page *out) MUST_CHECK;
/* At most `limit` of those who are reached (or share an address with one who is), in no order. */
enum rc recipients_try(struct db *db, const struct recipients *r, size_t limit, struct arena *arena,
                       struct recipients_page *out) MUST_CHECK;
