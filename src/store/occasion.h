/*
 * occasion.h (store) - messages that run by themselves.
 *
 * News wait as rows of occasion_event: written with the change of an order, or found by a pass over
 * those whose day it is. Once due, one transaction makes the message, its slice of the queue, a row
 * of occasion_sent (whose key keeps it from being sent twice), and takes the event away: whoever
 * dies before the COMMIT leaves nothing, whoever comes second finds the event gone.
 *
 * The messages of an occasion belong to a campaign: one for each month and wording, `sending` as
 * long as the occasion adds to it, then done like any other.
 */
#pragma once

#include "domain/occasion.h"
#include "store/campaign.h"

#define OCCASION_NAME_MAX 40  /* characters */
#define OCCASION_PAGE     500 /* events a step */

struct occasion_settings {
    const struct campaign_settings *campaign;
    const char *timezone; /* of the house, and of customers without one of their own */
};

struct occasion {
    uint64_t id;
    const char *name;
    bool on;
    unsigned version;
    struct occasion_rule rule;
    enum message_class class;
    enum reach reach;
    const char *audience, *sender;
    const char *body, *template; /* its first text, and of which template */
    uint64_t template_id;
    unsigned template_version;
    /* As of a campaign: by two channels besides, by mail alone the same; "", 0: there are none. */
    const char *mail_template;
    uint64_t mail_template_id;
    unsigned mail_version;
    bool template_changed;             /* it, or that of the mails, has a newer version */
    const struct template_text *texts; /* of occasion_read() alone */
    size_t n_texts;
    const struct template_text *mail_texts;
    size_t n_mail_texts;
    bool transliterate;
    utc_us since;         /* 0: off */
    uint64_t campaign_id; /* 0: none now */
    utc_us campaign_to;
    bool campaign_paused, campaign_over;
    utc_us pass_at;
    int64_t pass_key;
    uint64_t pass_id;
    uint64_t waiting; /* events */
    utc_us created_at, updated_at;
};

/* --- set up --- */

/* What is NULL (below 0) stays as it is or, of a new one, becomes what is usual. */
struct occasion_plan {
    const char *name, *kind, *audience, *template, *body, *sender;
    const char *channel, *mail_template; /* domain/reach.h; of which template its mails are */
    const char *delay, *at, *cap;        /* as a person writes them, see domain/occasion.h */
    int64_t days, expires_s;
    int transliterate;
    /* A step of a contact plan (store/contact_plan.h), of kind plan_step; with any_class, of its
     * template's class. With check_only nothing is written, and there is no id. */
    bool of_plan, any_class, check_only;
    enum message_class class;
};

/* Creates the occasion (off), or changes it. All is checked first: RC_INVALID says in err what is
 * wrong and where. Who waits for it already is looked at again. */
enum rc occasion_set(struct db *db, const struct occasion_plan *plan,
                     const struct occasion_settings *settings, const char *who, uint64_t *id,
                     struct error *err) MUST_CHECK;
/* From now on, or no more: what waits then is forgotten when it is due. RC_CONFLICT: it is so. */
enum rc occasion_switch(struct db *db, uint64_t id, bool on, const char *who,
                        struct error *err) MUST_CHECK;

/* --- look --- */

enum rc occasion_find(struct db *db, const char *name, uint64_t *id) MUST_CHECK;
/* Strings live in `arena`. */
enum rc occasion_read(struct db *db, uint64_t id, struct arena *arena,
                      struct occasion *out) MUST_CHECK;
/* All of them by name; the row lives during the call. */
enum rc occasion_list(struct db *db, void (*each)(void *arg, const struct occasion *o),
                      void *arg) MUST_CHECK;

struct occasion_entry { /* of the log */
    uint64_t id;
    uint64_t customer_id, subject_id, message_id; /* 0: none */
    const char *number;                           /* of the order or invoice */
    const char *reason;                           /* why no message; "": there is one */
    /* The message's; "": none, or it is not kept any more. */
    const char *state, *channel;
    unsigned round;
    utc_us at;
};
struct occasion_log_query {
    uint64_t occasion_id;
    const char *reason; /* "": all; "sent": those with a message */
    uint64_t before;    /* entries with lower ids; 0: from the newest on */
    size_t limit;
};
/* Newest first. */
enum rc occasion_log(struct db *db, const struct occasion_log_query *query,
                     void (*each)(void *arg, const struct occasion_entry *entry),
                     void *arg) MUST_CHECK;

#define OCCASION_REASONS_MAX 32 /* as many campaigns, too */
struct occasion_results {
    uint64_t campaigns[OCCASION_REASONS_MAX]; /* newest first, and what became of each */
    size_t n_campaigns;
    uint64_t waiting;
    struct {
        char reason[33];
        uint64_t n;
    } left_out[OCCASION_REASONS_MAX];
    size_t n_left_out;
};
enum rc occasion_results(struct db *db, uint64_t id, struct occasion_results *out) MUST_CHECK;

/* --- what the runner does, a bounded step at a time --- */

struct occasion_work {
    uint64_t id;
    bool events;    /* some are due: occasion_step() */
    bool pass;      /* to see whom it is the day of: occasion_pass() */
    bool new_month; /* its campaign gets no more: occasion_leave_campaign() */
};
enum rc occasion_find_work(struct db *db, utc_us now, struct occasion_work *work, size_t max,
                           size_t *n) MUST_CHECK;

struct occasion_step {
    size_t events, messages, left_out, postponed, found;
    bool more; /* call again at once */
};
/* A page of due events. RC_CONFLICT: another was faster, or it was changed meanwhile. RC_INVALID
 * (logged): its rule cannot be asked any more, and it was switched off. */
enum rc occasion_step(struct db *db, uint64_t id, const struct occasion_settings *settings,
                      struct occasion_step *out) MUST_CHECK;
enum rc occasion_leave_campaign(struct db *db, uint64_t id, utc_us now) MUST_CHECK;
/* A page of a pass. */
enum rc occasion_pass(struct db *db, uint64_t id, const struct occasion_settings *settings,
                      struct occasion_step *out) MUST_CHECK;

/* --- a rehearsal --- */

struct occasion_trial_row {
    uint64_t customer_id;
    const char *number; /* of the order or invoice */
    utc_us due;
    const char *reason;            /* "": it would have gone out */
    const char *channel, *subject; /* "": none */
    const char *text;
    unsigned parts; /* of an SMS */
};
struct occasion_trial {
    uint64_t events;  /* that fell due on that day */
    uint64_t outside; /* not in the audience */
    uint64_t messages, by_channel[CHANNEL_EMAIL + 1];
    uint64_t excluded[EXCLUSION_COUNT];
    uint64_t overtaken, expired, capped, quiet;
    struct route_bill bill;
    const char *currency;
};
/* What the occasion, on or off, would have done on that day of the house's calendar; writes
 * nothing. `each` hears of at most `limit`. Rights and audience are looked at as they are now. */
enum rc occasion_try(struct db *db, uint64_t id, const struct civil *day,
                     const struct occasion_settings *settings, size_t limit, struct arena *arena,
                     void (*each)(void *arg, const struct occasion_trial_row *row), void *arg,
                     struct occasion_trial *out, struct error *err) MUST_CHECK;
