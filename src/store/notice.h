/*
 * notice.h - who was told of which matters, by which message. The rows are made by the engine
 * (store/escalation_run.h), with the message, in one transaction.
 */
#pragma once

#include "domain/notice_words.h"
#include "store/matter.h"

struct arena;

struct notice {
    uint64_t id;
    unsigned staff_id;
    enum channel channel;
    uint64_t sent_as; /* the message or, of a mail, the mail_out */
    utc_us at;
    enum notice_about about;
};
/* RC_NOTFOUND: there is none of that number. In any transaction. */
enum rc notice_read(struct db *db, uint64_t id, struct notice *out) MUST_CHECK;
/* The last one, of either channel, that reached this person between these times: a carrier or a
 * relay had taken it. */
enum rc notice_last(struct db *db, unsigned staff_id, utc_us since, utc_us until,
                    struct notice *out) MUST_CHECK;
/* How many unsettled matters this person's other notices since then name, be they on their way or
 * not, besides those of notice `except` (0: of none). */
enum rc notice_others(struct db *db, unsigned staff_id, utc_us since, uint64_t except,
                      size_t *n) MUST_CHECK;

/* What an SMS of that moment told this person, in `arena`; NULL: there was none, or it is not there
 * any more. */
enum rc notice_sms_of(struct db *db, const struct notice *n, struct arena *arena,
                      const char **text) MUST_CHECK;

struct notice_matter {
    enum matter_kind kind;
    uint64_t subject_id;
    enum matter_state state; /* what it is now */
};
struct notice_told {
    struct notice_matter *list; /* those that are not settled first, as the message has them */
    size_t room, n;             /* of the list */
    size_t all, open;           /* however many there are; not settled */
};
/* What it told of, and had not been withdrawn before it left. */
enum rc notice_matters(struct db *db, uint64_t id, struct notice_told *told) MUST_CHECK;
enum rc notice_names(struct db *db, uint64_t id, enum matter_kind kind, uint64_t subject_id,
                     bool *names) MUST_CHECK;
/* Whether this person was told of that matter, in any notice. */
enum rc notice_knows(struct db *db, unsigned staff_id, enum matter_kind kind, uint64_t subject_id,
                     bool *knows) MUST_CHECK;

/* Part of the transaction that ended or changed a matter, whose row is locked: what still waits in
 * the queues because of it is cancelled, or says it no more. */
enum rc notice_withdraw(struct db *db, enum matter_kind kind, uint64_t subject_id) MUST_CHECK;
