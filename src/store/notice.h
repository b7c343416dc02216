/*
 * notice.h - who was told of which matters, by which message. The rows are made by the engine
 * (store/escalation_run.h), with the message, in one transaction.
 */
#pragma once

#include "store/matter.h"

struct notice {
    uint64_t id;
    unsigned staff_id;
    enum channel channel;
    uint64_t sent_as; /* the message or, of a mail, the mail_out */
    utc_us at;
};
/* RC_NOTFOUND: there is none of that number. In any transaction. */
enum rc notice_read(struct db *db, uint64_t id, struct notice *out) MUST_CHECK;
/* The last one that this person got, of either channel. */
enum rc notice_last(struct db *db, unsigned staff_id, struct notice *out) MUST_CHECK;

struct notice_matter {
    enum matter_kind kind;
    uint64_t subject_id;
    enum matter_state state; /* what it is now */
};
/* What it told of, by kind and number; *n in: room, out: how many. */
enum rc notice_matters(struct db *db, uint64_t id, struct notice_matter *list,
                       size_t *n) MUST_CHECK;
/* Whether this person was told of that matter, in any notice. */
enum rc notice_knows(struct db *db, unsigned staff_id, enum matter_kind kind, uint64_t subject_id,
                     bool *knows) MUST_CHECK;

/* Part of the transaction that ended or changed a matter, whose row is locked: what still waits in
 * the queues because of it is cancelled, or says it no more. */
enum rc notice_withdraw(struct db *db, enum matter_kind kind, uint64_t subject_id) MUST_CHECK;
