/* notice_send.h - a notice into the queue: its words, by SMS or by mail. */
#pragma once

#include "domain/notice_words.h"
#include "domain/staff.h"

struct db;
struct escalation_settings;

struct notice_post {
    const struct staff_member *to;
    enum channel channel;
    enum notice_about about;
    uint64_t notice_id, sent_as; /* taken before the transaction; sent_as: message, or mail_out */
    utc_us at;
    const struct notice_line *lines;
    size_t n;
};
/* Part of the caller's transaction, which writes the rows of the notice, too. RC_INVALID: it is no
 * address (the transaction may go on without it). */
enum rc notice_send(struct db *db, const struct escalation_settings *settings,
                    const struct notice_post *post) MUST_CHECK;
