/*
 * campaign_results.h - what a campaign brought: who answered, left, visited, ordered; against those
 * who were held out on purpose; and what it cost. By text.
 *
 * An order counts for `order_days` from the moment when the customer's message was written, whether
 * it arrived or not; of the held out, from the start, or from the moment when a text had won. So
 * the two groups differ by nothing but chance and the campaign. A STOP counts when it answers a
 * message of the campaign, or comes within two days of it; of mails, who unsubscribes within a
 * week.
 *
 * Each number is one pass in the order of keys. Of a campaign whose figures were kept
 * (store/campaign_figures.h) they are read, not counted.
 */
#pragma once

#include "store/campaign_life.h"

#define CAMPAIGN_ORDER_DAYS_MAX 28 /* figures are kept when such an order counts no more */
#define CAMPAIGN_FAILED_MAX     10 /* reasons told apart, the most frequent ones */

struct campaign_outcome {
    uint64_t messages, sent, delivered, failed, segments; /* segments: of what was sent */
    uint64_t returned;                    /* mails: taken by the relay, and came back; of failed */
    uint64_t replied, opted_out, visited; /* recipients */
    uint64_t buyers, orders;
    int64_t revenue_cents, cost_millicents;
};

struct campaign_failure {
    char reason[65];
    uint64_t n;
};

struct campaign_results {
    struct campaign_status status;
    struct campaign_life life; /* without texts */
    struct campaign_outcome all, variants[CAMPAIGN_VARIANTS_MAX];
    struct campaign_outcome channels[CHANNEL_EMAIL + 1];
    struct campaign_failure failures[CAMPAIGN_FAILED_MAX];
    unsigned n_failures;
    uint64_t waiting;                 /* of a test: those who get the text that wins */
    struct campaign_outcome held_out; /* messages: how many they are */
    unsigned order_days;
    bool orders_open; /* the days are not over for all of them */
    const char *currency;
};

/* `days` 0: the setting. RC_INVALID: too many, or the orders were counted with others (err). */
enum rc campaign_results_read(struct db *db, uint64_t id, unsigned days,
                              const struct campaign_settings *settings,
                              struct campaign_results *out, struct error *err) MUST_CHECK;

/* --- for campaign_figures.c and campaign_trial.c --- */

struct campaign_row;

enum rc campaign_results_count(struct db *db, const struct campaign_row *row,
                               const struct campaign_settings *settings,
                               struct campaign_results *r) MUST_CHECK;
/* Only hits and recipients, of each text: out[0] to out[CAMPAIGN_VARIANTS_MAX - 1]. */
struct proportion;
enum rc campaign_results_measure(struct db *db, const struct campaign_row *row,
                                 enum campaign_measure by, const struct campaign_settings *settings,
                                 struct proportion *out) MUST_CHECK;
