/*
 * campaign.h (store) - campaigns: created, previewed, expanded into messages, watched, ended.
 *
 *   draft -> expanding -> sending -> done
 *    |  ^      ^ |  ^       |  ^
 *    v  |      | v  |       v  |        cancelled from any state but done
 *  scheduled --+ paused    paused
 *
 * From draft it may go through `waiting approval`, and from expanding through `testing`, while its
 * texts are being tried, to expanding once more.
 *
 * Expansion walks the audience by customer id. Each step is one transaction that moves the
 * checkpoint (campaign.next_customer) by compare-and-set and writes what the step made: a crash
 * or a second expander leaves no doubles and no gaps.
 */
#pragma once

#include "domain/message.h"
#include "domain/reach.h"
#include "domain/route_bill.h"
#include "domain/types.h"

struct arena;
struct db;
struct promo_added;
struct send_rules;
struct words_settings;

enum campaign_state {
    CAMPAIGN_DRAFT,
    CAMPAIGN_EXPANDING,
    CAMPAIGN_SENDING,
    CAMPAIGN_PAUSED,
    CAMPAIGN_DONE,
    CAMPAIGN_CANCELLED,
    CAMPAIGN_SCHEDULED, /* to be started at a time */
    CAMPAIGN_WAITING, /* "waiting approval": somebody else must agree (store/campaign_approval.h) */
    CAMPAIGN_TESTING, /* its texts are being tried (store/campaign_life.h) */
    CAMPAIGN_STATE_COUNT
};

const char *campaign_state_name(enum campaign_state state);

#define CAMPAIGN_NAME_MAX    64   /* characters */
#define CAMPAIGN_PAGE        4000 /* customers a step, or fewer with long mails; at most 10,000 */
#define CAMPAIGN_SAMPLES     3    /* rendered texts in a preview */
#define CAMPAIGN_TRIAL_TEXTS 1000 /* rendered to reckon segments and cost */

#define CAMPAIGN_VARIANTS_MAX 4 /* texts A to D */

/* By what the better text is told. */
enum campaign_measure {
    CAMPAIGN_BY_REPLIES,
    CAMPAIGN_BY_VISITS,
    CAMPAIGN_BY_ORDERS,
    CAMPAIGN_MEASURE_COUNT
};
const char *campaign_measure_name(enum campaign_measure measure);
bool campaign_measure_parse(const char *name, enum campaign_measure *out);

/* What the configuration says about campaigns. */
struct campaign_settings {
    const char *promo_sender, *service_sender; /* when the campaign names none */
    int64_t segment_cost_millicents;           /* thousandths of a cent for one SMS part */
    const char *currency;                      /* "EUR" */
    const char *timezone;                      /* whose midnight begins a birthday; NULL: UTC */
    int64_t consent_ms;               /* a consent ends so long after the last contact; 0: never */
    unsigned page;                    /* customers a step; 0: CAMPAIGN_PAGE */
    const struct route_table *routes; /* NULL: one queue for all, and one cost */
    const struct send_rules *rules;   /* NULL: everything may leave at any time */
    const struct words_settings *words; /* NULL: nothing is added to a text */
    int64_t rest_s;          /* no promotion so soon after the last contact; 0: no matter when */
    int64_t repeat_s;        /* nor the same text again in this time; 0: whenever */
    unsigned adult_years;    /* nor to who is known to be younger; 0: whose age is not looked at */
    uint64_t approval_above; /* recipients from which on somebody else must agree; 0: never */
    unsigned order_days;     /* an order counts for the campaign so many days */
};

/* --- before --- */

struct campaign_plan {
    const char *name;
    enum message_class class;  /* promo or service */
    bool any_class;            /* that of the template's kind; promo for a text */
    const char *audience;      /* the rule as written */
    const char *audience_name; /* or NULL and "" above: a saved audience, whose rule is copied */
    const char *template;      /* name of a stored template; or NULL and: */
    const char *body;          /* the text itself, kept as a template named like the campaign */
    enum reach reach;          /* by which channels */
    const char
        *mail_template; /* the stored one of its mails; NULL or "": `template`, where all are */
    const char *sender; /* of its SMS: an address or a section's name; NULL or "": of its class */
    bool transliterate; /* write characters outside GSM 7-bit with their nearest */
    int64_t expires_s;  /* a message not sent within this time never is; 0: one day */
    const char *hours;  /* narrower than those of promotions; NULL or "": none */
    int64_t rate_per_hour; /* messages; 0: as fast as it goes */
    int64_t budget_cents;  /* 0: none */
    bool has_rest;         /* of its own, in the place of the setting: */
    int64_t rest_s;
    const char *who; /* who creates it */
    /* Texts B, C, D: "@name" of a template, or the text. Shares are of SHARE_WHOLE. */
    const char *variants[CAMPAIGN_VARIANTS_MAX - 1];
    unsigned n_variants;
    unsigned hold_out, test_share;
    int64_t test_s; /* 0: one day */
    enum campaign_measure test_by;
    bool may_repeat; /* also to who had the same text lately */
};

/* A rule in JSON, or one that speaks of saved audiences, is kept as text, with the rules of these
 * in it: what becomes of them later does not change the campaign. Checks all of it first: rule,
 * codes in it, template, placeholders, sender. RC_INVALID with the place in err; RC_CONFLICT: the
 * name is taken; RC_NOTFOUND: no such template. */
enum rc campaign_create(struct db *db, const struct campaign_plan *plan,
                        const struct campaign_settings *settings, uint64_t *id,
                        struct error *err) MUST_CHECK;

struct campaign_sample {
    uint64_t customer_id;
    enum channel channel;
    unsigned parts;
    bool ucs2;
    char *text, *subject; /* in the preview's arena; NULL: an SMS has no subject */
};

/* Those of a category or a city. */
struct campaign_part {
    char *name; /* "": none is known */
    uint64_t audience, reached;
    uint64_t excluded[EXCLUSION_COUNT];
};

struct campaign_preview {
    uint64_t audience;   /* customers the rule finds */
    uint64_t recipients; /* of these will have a message made; bill.refused of them in vain */
    enum reach reach;
    uint64_t by_channel[CHANNEL_EMAIL + 1]; /* of the recipients */
    uint64_t excluded[EXCLUSION_COUNT];
    /* Texts were tried for the first `rendered` recipients. All are counted by destination; how
     * long their texts are, and their categories, is reckoned from those; exact when that is all.
     */
    uint64_t rendered;
    bool exact;
    struct route_bill bill; /* for all recipients */
    const char *currency;
    uint64_t gsm7, ucs2, mails; /* texts among the rendered ones */
    unsigned parts_min, parts_max;
    struct route_bill plain_bill; /* were the texts transliterated */
    char ucs2_character[8]; /* UTF-8; the first character that forces UCS-2, "" when none does */
    struct campaign_sample samples[2 * CAMPAIGN_SAMPLES]; /* of each channel so many */
    size_t n_samples;
    /* As counted, before any text was written: the largest audience first. */
    const struct campaign_part *categories, *cities;
    size_t n_categories, n_cities;
    struct campaign_part other_cities;
    size_t n_other_cities;
    const struct promo_added *added; /* to the first text; NULL: nothing had to be */
    const char *footer;              /* the same of mails: what stands below them */
    /* The figures above are those of text A, were all to get it; these, of the others. */
    struct campaign_preview *others[CAMPAIGN_VARIANTS_MAX - 1];
    unsigned n_others;
};

/* What starting the plan (or the stored campaign) now would do; writes nothing. */
enum rc campaign_preview_plan(struct db *db, const struct campaign_plan *plan,
                              const struct campaign_settings *settings, struct arena *arena,
                              struct campaign_preview *out, struct error *err) MUST_CHECK;
enum rc campaign_preview(struct db *db, uint64_t id, const struct campaign_settings *settings,
                         struct arena *arena, struct campaign_preview *out,
                         struct error *err) MUST_CHECK;
/* Would this customer, whatever the rule says of it, be sent the campaign now (0: any promotion)?
 * RC_NOTFOUND: no such customer, or no such campaign. */
enum rc campaign_explain(struct db *db, uint64_t id, const struct campaign_settings *settings,
                         uint64_t customer_id, struct arena *arena, bool *reached,
                         enum exclusion *why, struct error *err) MUST_CHECK;

/* --- commands: each a compare-and-set of the state --- */

/* RC_CONFLICT: not in a state that allows it (err says which it is in); RC_NOTFOUND: no such
 * campaign. `who` is written down (store/audit.h). After a start call campaign_runner_kick()
 * (flow/campaign.h). */
enum rc campaign_start(struct db *db, uint64_t id, const char *who, struct error *err) MUST_CHECK;
/* Held at once: no message of it is claimed after this returned. */
enum rc campaign_pause(struct db *db, uint64_t id, const char *who, struct error *err) MUST_CHECK;
enum rc campaign_resume(struct db *db, uint64_t id, const char *who, struct error *err) MUST_CHECK;
/* No message is claimed after this returned; the runner then marks the unsent ones cancelled. */
enum rc campaign_cancel(struct db *db, uint64_t id, const char *who, struct error *err) MUST_CHECK;

/* To be started at `at`; should relaisd be down then, up to `within_s` later, and else be left
 * paused. RC_INVALID: that time is over. */
enum rc campaign_schedule(struct db *db, uint64_t id, utc_us at, int64_t within_s, const char *who,
                          struct error *err) MUST_CHECK;
enum rc campaign_unschedule(struct db *db, uint64_t id, const char *who,
                            struct error *err) MUST_CHECK;

/* What is changed of a campaign that is not over. */
struct campaign_extension {
    utc_us until;  /* no unsent message expires before; 0: as it was */
    bool has_rate; /* to this one, 0: as fast as it goes */
    int64_t rate_per_hour;
    bool has_budget; /* to this one, 0: none */
    int64_t budget_cents;
};
enum rc campaign_extend(struct db *db, uint64_t id, const struct campaign_extension *extension,
                        const char *who, struct error *err) MUST_CHECK;

/* --- what the runner does, a bounded step at a time --- */

/* Starts a campaign whose time has come, or leaves it paused when that is too long ago.
 * RC_NOTFOUND: there is none. RC_CONFLICT: another was faster. */
enum rc campaign_start_due(struct db *db, utc_us now, uint64_t *id) MUST_CHECK;
/* A campaign whose messages are to be told its later end; RC_NOTFOUND: none. */
enum rc campaign_extend_next(struct db *db, uint64_t *id) MUST_CHECK;
/* Tells a page of them; *over: that was the last. */
enum rc campaign_extend_step(struct db *db, uint64_t id, bool *over) MUST_CHECK;

struct campaign_work {
    uint64_t id;
    enum campaign_state state;
};

/* Campaigns to expand, to finish or to clear away, oldest first; *n at most `max`. */
enum rc campaign_find_work(struct db *db, struct campaign_work *work, size_t max,
                           size_t *n) MUST_CHECK;

struct campaign_step {
    uint64_t customers, messages; /* looked at, queued */
    bool complete;                /* the whole audience was expanded */
};

/* RC_CONFLICT: it is not (or no longer) expanding, or another expander was faster: leave it.
 * RC_INVALID (logged): a code in its rule is gone since; it needs a person. */
enum rc campaign_expand_step(struct db *db, uint64_t id, const struct campaign_settings *settings,
                             struct campaign_step *out) MUST_CHECK;
/* The same, and reads the next page meanwhile, for the next call. */
struct campaign_ahead;
struct campaign_ahead *campaign_ahead_new(void); /* NULL: no memory */
void campaign_ahead_free(struct campaign_ahead *ahead);
enum rc campaign_expand_next(struct db *db, uint64_t id, const struct campaign_settings *settings,
                             struct campaign_ahead *ahead, struct campaign_step *out) MUST_CHECK;
/* sending -> done when nothing of it is left in the queue; says whether it did. */
enum rc campaign_finish(struct db *db, uint64_t id, bool *done) MUST_CHECK;
/* Marks a page of a cancelled campaign's unsent messages cancelled or, when all are, takes a slice
 * of it out of the queue; *more: call again. A restart goes on where this one ended. */
enum rc campaign_clear_step(struct db *db, uint64_t id, bool *more) MUST_CHECK;

/* --- looking --- */

struct campaign {
    uint64_t id;
    char name[CAMPAIGN_NAME_MAX * 4 + 1];
    enum message_class class;
    enum campaign_state state;
    enum reach reach;
    char sender[ADDRESS_SIZE]; /* of its SMS; by mail alone, the address that they come from */
    bool expanded;             /* the whole audience was walked */
    bool clearing;             /* cancelled, and not all of its unsent messages say so yet */
    uint64_t audience, messages;
    utc_us created_at, started_at, finished_at; /* 0: not yet */
    uint64_t rate_per_hour;                     /* 0: as fast as it goes */
    bool has_budget;
    uint64_t budget_cents, spent_millicents;
    utc_us start_at; /* scheduled; 0: never was */
    int64_t start_within_s;
    char pause_reason[33]; /* Relais paused it: "budget", "missed_start"; "": a person did */
    utc_us figures_at;     /* counted for the last time: its messages may be gone; 0: not yet */
};

/* What became of those by one channel. */
struct campaign_by_channel {
    uint64_t messages, sent, delivered, failed;
};

struct campaign_status {
    struct campaign campaign;
    struct campaign_by_channel by_channel[CHANNEL_EMAIL + 1];
    uint64_t by_state[MESSAGE_STATE_COUNT];
    uint64_t sent_by_state[MESSAGE_STATE_COUNT]; /* of these, those that a carrier took */
    uint64_t excluded[EXCLUSION_COUNT];
    uint64_t opted_out; /* recipients whose STOP came between the start and a week after the end */
    uint64_t sent, segments; /* messages that a carrier took, and the parts of the SMS */
    double per_second;       /* sent over the time since the start, up to the end */
};

enum rc campaign_find(struct db *db, const char *name, uint64_t *id) MUST_CHECK;
enum rc campaign_read(struct db *db, uint64_t id, struct campaign *out) MUST_CHECK;
/* The rule and the text as stored, in `arena`. */
enum rc campaign_read_texts(struct db *db, uint64_t id, struct arena *arena, char **audience,
                            char **body) MUST_CHECK;
enum rc campaign_status_read(struct db *db, uint64_t id, struct campaign_status *out) MUST_CHECK;
/* Newest first, at most `limit`. */
enum rc campaign_list(struct db *db, size_t limit,
                      void (*each)(void *arg, const struct campaign *campaign),
                      void *arg) MUST_CHECK;
/* Customers left out for a reason, by id above `after`, at most `limit`. */
enum rc campaign_excluded_list(struct db *db, uint64_t id, enum exclusion reason, uint64_t after,
                               size_t limit, void (*each)(void *arg, uint64_t customer_id),
                               void *arg) MUST_CHECK;
