/*
 * mail_intake.h - mails on their way in: from the LMTP listener by batches to lanes, and the answer
 * back to the MTA after the commit.
 *
 * While all lanes are at work, what comes gathers, and the next batch is larger: so one mail is
 * taken at once, and thousands a second share their commits. Memory is bounded by what waits;
 * beyond that nothing is read from the connections. When the database is away each mail is put off,
 * and the MTA keeps it. Loop thread only.
 */
#pragma once

#include "flow/mail_batch.h"

struct event_base;
struct lane_pool;
struct mail_intake;

#define MAIL_INTAKE_LANES_MAX 8

struct mail_intake_settings {
    struct lmtp_settings lmtp; /* with nothing to listen at: nothing is taken */
    struct mail_batch_rules rules;
    unsigned lanes;         /* of the pool; at most MAIL_INTAKE_LANES_MAX */
    int64_t keep_source_ms; /* how long mails are kept as they came */
};

/* Told after the commit. */
struct mail_intake_events {
    void (*answered)(void *arg); /* answers were queued */
    void (*files)(void *arg);    /* files of partners were noted */
    void (*of_staff)(void *arg); /* somebody of the house answered a notice */
    void *arg;
};

/* Listens when it returns RC_OK. The settings and the pool (each lane with a database connection)
 * must outlive it. RC_INVALID: err says which address will not do. */
enum rc mail_intake_new(struct event_base *base, struct lane_pool *pool,
                        const struct mail_intake_settings *settings,
                        const struct mail_intake_events *events, struct mail_intake **out,
                        struct error *err) MUST_CHECK;
/* Takes no more mails; those that were taken are recorded and answered. */
void mail_intake_stop(struct mail_intake *m);
bool mail_intake_busy(const struct mail_intake *m);
void mail_intake_free(struct mail_intake *m); /* after the pool's jobs are done; NULL is fine */
