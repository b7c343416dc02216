/*
 * alert.h - what a person must look at: an expected file that did not come, a file that was
 * refused, a mail server that takes nothing. Of a kind and subject at most one is open, so who
 * finds the same thing again opens nothing.
 *
 * An alert whose kind has a rule (store/alert_rule.h) is a matter, too: people are told of it until
 * somebody answers, or it is closed.
 */
#pragma once

#include "domain/types.h"

struct db;

#define ALERT_FILE_MISSING     "file_missing"
#define ALERT_IMPORT_FAILED    "import_failed"
#define ALERT_MAIL_RELAY       "mail_relay_down"
#define ALERT_CARRIER_DOWN     "carrier_down"
#define ALERT_QUEUE_AGE        "queue_age"
#define ALERT_CAMPAIGN_ANOMALY "campaign_anomaly"
#define ALERT_NODE_DOWN        "node_down"
#define ALERT_STOPPED          "stopped"
#define ALERT_CONTACT_NOBODY   "contact_list_nobody"
#define ALERT_ANSWER_FAILED    "answer_failed"

/* Every kind that there is, and what it says; the last one has no name. An event is news each time,
 * also while the former one is open; what is no event lasts until it is over. */
struct alert_kind {
    const char *name, *help;
    bool event;
};
extern const struct alert_kind alert_kinds[];

#define ALERT_KIND_SIZE    33
#define ALERT_SUBJECT_SIZE 481 /* 120 characters */
#define ALERT_TEXT_SIZE    1201

struct alert {
    uint64_t id;
    char kind[ALERT_KIND_SIZE], subject[ALERT_SUBJECT_SIZE], text[ALERT_TEXT_SIZE];
    utc_us opened_at, closed_at; /* closed_at 0: open */
    char closed_by[257];
    /* A person has said that they are at it, and what they said last; 0, "": nobody has. */
    utc_us seen_at;
    char seen_by[257], note[ALERT_TEXT_SIZE];
};

/* Opens it, or gives the open one this text; who has seen the open one has not seen an event that
 * happens again, so people are told anew. Texts that are too long are cut. */
enum rc alert_open(struct db *db, const char *kind, const char *subject,
                   const char *text) MUST_CHECK;
/* The same as part of the caller's transaction: `id` is from alert_new_id() before it. */
enum rc alert_new_id(struct db *db, uint64_t *id) MUST_CHECK;
enum rc alert_put(struct db *db, uint64_t id, const char *kind, const char *subject,
                  const char *text) MUST_CHECK;
/* What those of a kind that are open are about. */
enum rc alert_subjects(struct db *db, const char *kind,
                       void (*each)(void *arg, const char *subject), void *arg) MUST_CHECK;
/* Whether one was opened since then: who has closed it need not be told again. */
enum rc alert_was_opened(struct db *db, const char *kind, const char *subject, utc_us since,
                         bool *opened) MUST_CHECK;
/* What it was about is over; none open is fine. */
enum rc alert_close(struct db *db, const char *kind, const char *subject) MUST_CHECK;
/* The same as part of the caller's transaction. */
enum rc alert_settle(struct db *db, const char *kind, const char *subject) MUST_CHECK;
struct alert_reply {
    uint64_t audit_id; /* from audit_new_id(), before the transaction */
    const char *who;   /* a login, or where it came from */
    const char *note;  /* "": the one that it has stays */
    bool closes;
};
/* A person's answer, part of the caller's transaction: it is acknowledged, or closed, and so is its
 * matter; it is in the audit. RC_NOTFOUND, RC_CONFLICT: as below. */
enum rc alert_answer(struct db *db, uint64_t id, const struct alert_reply *reply) MUST_CHECK;
/* By a person. RC_NOTFOUND: there is none; RC_CONFLICT: it is closed already. */
enum rc alert_close_by(struct db *db, uint64_t id, const char *who) MUST_CHECK;
/* A person is at it; note "": the one that it has stays. RC_NOTFOUND, RC_CONFLICT: as above. */
enum rc alert_acknowledge(struct db *db, uint64_t id, const char *who, const char *note) MUST_CHECK;

/* The newest first, from before id `before` (0: from the newest), those that are closed only with
 * `closed_too`. *n in: room, out: how many. */
enum rc alerts_list(struct db *db, bool closed_too, uint64_t before, struct alert *list,
                    size_t *n) MUST_CHECK;
/* How many are open; `each` kind that has some is told. */
enum rc alerts_count(struct db *db, void (*each)(void *arg, const char *kind, uint64_t n),
                     void *arg) MUST_CHECK;
