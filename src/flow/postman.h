/*
 * postman.h - from the queues of mails to the relays: claims mails of the outbox, has them said in
 * sessions, several at once, and records what became of each.
 *
 * What is claimed is committed as `submitting` before any relay hears of it. Whether a mail may
 * still leave is looked at once more when the relay waits for its text. A promotion of which nobody
 * knows whether a relay has it is never sent again; what has not begun, or was refused for now, is.
 * Loop thread only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "channel/mail/sender.h"
#include "flow/letter.h"
#include "store/queue.h"

#define POSTMAN_SESSIONS_MAX 16
#define POSTMAN_QUEUES_MAX   128
/* Lanes of its pool beside those of the sessions: one claims, one records. */
#define POSTMAN_LANES_BESIDE 2

struct event_base;
struct lane_pool;
struct postman;
struct send_rules;

/* A recipient domain with limits of its own. */
struct postman_domain {
    const char *name;
    int64_t per_second; /* mails; 0: no limit */
    int64_t sessions;   /* at once, at most */
};

struct postman_settings {
    struct mail_sender_settings sender; /* n_relays 0: nothing is sent, mails wait */
    struct letter_house letter;
    size_t sessions;    /* at once; as many lanes has the pool, and POSTMAN_LANES_BESIDE */
    int64_t per_second; /* mails to all domains that have no limit of their own; 0: no limit */
    const struct postman_domain *domains;
    size_t n_domains;
    const struct send_rules *rules; /* of promotions; NULL: they may leave at any time */
    int64_t settle_ms; /* a service mail of unknown fate is sent once more after this */
    int64_t retry_ms, retry_max_ms; /* after a temporary refusal; twice as long after each more */
    int64_t give_up_ms; /* so long after its first temporary refusal the next one is the last */
    int64_t poll_ms;    /* look for due mails at least this often */
    int64_t consent_ms; /* a consent ends so long after the customer's last contact; 0: never */
    int64_t suppress_unknown; /* so many refusals because nobody has the address suppress it */
    const char *journal;      /* the file of flow/post_journal.h; NULL: none */
};

/* The settings must outlive it. RC_INVALID: a relay, or a file, is not as it should be; err says
 * what. */
enum rc postman_new(struct event_base *base, struct lane_pool *lanes,
                    const struct postman_settings *settings, struct postman **out,
                    struct error *err) MUST_CHECK;
/* Settles what the last run left open, then begins to claim. */
void postman_start(struct postman *p);
/* Mails were queued: look at once. NULL is fine. */
void postman_kick(struct postman *p);
/* An operator changed a queue in the database: read it again at once. NULL is fine. */
void postman_refresh(struct postman *p);
/* Begins no further mail; after some seconds what hangs is cut off. */
void postman_stop(struct postman *p);
bool postman_busy(const struct postman *p);
void postman_free(struct postman *p); /* after its lanes are gone; NULL is fine */

struct postman_queue_status {
    char name[QUEUE_NAME_SIZE];
    bool held;
    int64_t per_second; /* 0: no limit */
    size_t claimed;     /* mails claimed and not yet answered */
    unsigned sessions;  /* under way */
};
struct postman_status {
    const char *state; /* "off", "starting", "running", "in doubt", "stopping" */
    bool paused;       /* no relay could be reached, or none takes anything */
    size_t claimed, unrecorded;
    size_t n_queues;
    struct postman_queue_status queues[POSTMAN_QUEUES_MAX];
};
void postman_status_read(const struct postman *p, struct postman_status *status);
