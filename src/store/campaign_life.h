/*
 * campaign_life.h - how a campaign is tried out: several texts, a test share, a hold-out group, and
 * which text won. For the files of campaigns, the API, and the runner.
 *
 * With a test share the campaign is expanded twice. First those of the share get their texts; the
 * rest of the audience, as it is at that moment, is written down as bits (campaign_rest). Then it
 * is `testing` until a text has won, and is expanded once more, over these bits, with that text.
 */
#pragma once

#include "store/campaign.h"

struct campaign_row;
struct campaign_words;
struct template_text;

/* A text of its own, or the version of a template that was taken. */
struct campaign_text {
    const char *body; /* the first one, of several languages */
    const struct template_text *texts;
    size_t n_texts;       /* 0: the body alone, in the house's language */
    uint64_t template_id; /* 0: none */
    unsigned version;
};

struct campaign_life {
    char created_by[65];
    uint64_t body_hash; /* domain/fingerprint.h; of text A */
    bool may_repeat;
    unsigned hold_out;   /* of SHARE_WHOLE (domain/share.h) */
    unsigned n_variants; /* 1 to CAMPAIGN_VARIANTS_MAX */
    unsigned test_share; /* 0: no test */
    int64_t test_s;
    enum campaign_measure test_by;
    utc_us test_until; /* 0: its texts have not all left */
    int winner;        /* -1: none yet */
    utc_us winner_at;
    char winner_by[65], winner_why[301];
    struct campaign_text texts[CAMPAIGN_VARIANTS_MAX]; /* when there are several; in the arena */
};

/* Whether the texts are still being tried: the rest of the audience waits for the winner. */
bool campaign_life_tests(const struct campaign_life *life);

enum rc campaign_life_read(struct db *db, uint64_t id, struct arena *arena,
                           struct campaign_life *out) MUST_CHECK;

/* --- a plan's part of it --- */

struct campaign_texts {
    struct campaign_text list[CAMPAIGN_VARIANTS_MAX]; /* [0] is that of `words` */
    unsigned n;
    struct campaign_text mail; /* of two channels; without a body: there is one */
};
/* What it is known by, a mail with its subject: domain/fingerprint.h. */
uint64_t campaign_text_hash(const struct campaign_text *text);
/* Reads and checks what a plan says of all this, and its further texts. RC_INVALID, RC_NOTFOUND
 * with a sentence. */
enum rc campaign_life_check(struct db *db, const struct campaign_plan *plan,
                            const struct campaign_words *words,
                            const struct campaign_settings *settings, struct arena *arena,
                            struct campaign_texts *out, struct error *err) MUST_CHECK;
/* Part of the transaction that creates the campaign. */
enum rc campaign_life_write(struct db *db, uint64_t id, const struct campaign_plan *plan,
                            const struct campaign_texts *texts) MUST_CHECK;

/* --- the winner --- */

/* What the runner does for one that is testing: notes when the test's texts have left, and decides
 * when its time is over. *decided: there is a winner now. Again, or by two at once, is fine. */
enum rc campaign_trial_step(struct db *db, uint64_t id, const struct campaign_settings *settings,
                            bool *decided) MUST_CHECK;
/* A person decides. RC_CONFLICT: there is nothing to be decided; RC_INVALID: it has no such text.
 */
enum rc campaign_choose(struct db *db, uint64_t id, unsigned variant, const char *who,
                        struct error *err) MUST_CHECK;
