/*
 * retention.h - how long rows are kept, and getting rid of those that are not.
 *
 * The busy tables lose a month at a time (store/partition.h); the others lose some thousand rows a
 * transaction. The ledger of consents is not among them: it is the proof that a message was
 * allowed, and outlives the message.
 */
#pragma once

#include "domain/types.h"

struct campaign_settings;
struct db;

/* In milliseconds; 0: for ever. */
struct retention_settings {
    int64_t messages_ms, events_ms, inbound_ms;
    int64_t recipients_ms; /* who a campaign wrote to and whom it left out */
    int64_t rejects_ms;    /* refused rows of partners' files */
    int64_t undo_ms;       /* what undoing an import needs */
    int64_t imports_ms;    /* the files themselves, as a row each */
    int64_t audit_ms;      /* who gave which command */
    int64_t visits_ms;     /* of short links, by the time of their message */
    int64_t mails_ms;      /* of the house's own, since they came to be */
    int64_t
        contacts_ms; /* tasks, since their day, and what came of them; lists; plans that are over */
    int64_t prospects_ms; /* people who never ordered, since they were last heard of: erased */
    int64_t every_ms;     /* how often to look */
    const struct campaign_settings *campaigns; /* by which their figures are counted at last */
};

#define RETENTION_BATCH 2000 /* rows a transaction */

/* Each removes at most a batch; *n: how many rows it was, 0: there are no more. */
enum rc retention_prune_recipients(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
enum rc retention_prune_shared_addresses(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
enum rc retention_prune_exclusions(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
enum rc retention_prune_rejects(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
/* What became of the events of occasions. */
enum rc retention_prune_occasions(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
enum rc retention_prune_imports(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
enum rc retention_prune_audit(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
enum rc retention_prune_visits(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
enum rc retention_prune_mails(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;

/* What single mails of ours answer, and whose files went with them: as long as the mails. */
enum rc retention_prune_letters(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;

/* Contacts that were made or cancelled, their results and notes; what is open stays. */
enum rc retention_prune_contacts(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
/* What people of the house answered, and was done. */
enum rc retention_prune_staff_answers(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;

/* Contact plans that customers are through with. */
enum rc retention_prune_plans(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;

/* Mails that came in, and what belongs to them. */
enum rc retention_prune_mails_in(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;

/*
 * People who never ordered and of whom nothing was heard since `before` (no message of theirs, no
 * consent; ours do not count) are erased, as a person would erase them. *cursor: 0 to begin, and
 * again behind the last customer. *n: how many.
 */
enum rc retention_erase_prospects(struct db *db, utc_us before, uint64_t *cursor,
                                  uint64_t *n) MUST_CHECK;

/* --- what there is to do --- */

struct retention_view {
    const char *table;
    int64_t keep_ms; /* 0: for ever */
    uint64_t due;    /* rows that go with the next look */
};
/* Of every rule but those of the busy tables; counts, so it may take seconds. */
enum rc retention_each(struct db *db, const struct retention_settings *settings, utc_us now,
                       void (*each)(void *arg, const struct retention_view *v),
                       void *arg) MUST_CHECK;
