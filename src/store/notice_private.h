/* notice_private.h - a row of notice, for the files that read it. */
#pragma once

#include "store/db.h"
#include "store/notice.h"
#include "store/notice_lines.h"

#define NOTICE_COLUMNS "n.id, n.staff_id, n.channel, n.sent_as, n.at, n.about"

/* What a notice names: matters, and contacts of which no policy reminds. Those are settled when
 * they are open no more. */
#define NOTICE_SUBJECTS                                                       \
    "  LEFT JOIN matter m ON m.kind = w.kind AND m.subject_id = w.subject_id" \
    "  LEFT JOIN contact_task t ON w.kind = 'task' AND t.id = w.subject_id"
#define NOTICE_STATE "COALESCE(m.state, IF(t.state = 'open', 'open', 'settled'))"

void notice_from_row(const struct db_rows *rows, struct notice *n);

/* What it tells of and is still to be told, in `arena`; NULL for none. */
enum rc notice_still_open(struct db *db, uint64_t id, struct arena *arena,
                          struct notice_subject **subjects, size_t *n) MUST_CHECK;

/* Both part of the caller's transaction. Nobody claims this message before its end; and it is not
 * sent (again), for this reason. *was_here: no carrier can have had it. */
enum rc notice_lock_slices(struct db *db, uint64_t message_id) MUST_CHECK;
enum rc notice_cancel_sms(struct db *db, uint64_t message_id, const char *why,
                          bool *was_here) MUST_CHECK;

struct notice_post; /* store/notice_send.h */
/* Part of the caller's transaction: the row of what is sent, and what it names. */
enum rc notice_write(struct db *db, const struct notice_post *post,
                     const struct notice_subject *subjects, size_t n) MUST_CHECK;

/* The fate of a new one (store/notice_fate.h): an SMS has yet to arrive. */
const char *notice_first_fate(enum channel channel);
