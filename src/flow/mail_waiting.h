/*
 * mail_waiting.h - mails that were received and wait for a lane: which of them go next, together.
 *
 * A large mail goes alone and takes its time. So there is always a lane for the small ones, or,
 * with a single lane, a turn: whoever sends two large mails stops nobody else's.
 */
#pragma once

#include "flow/mail_batch.h"

STAILQ_HEAD(mail_list, mail_taken);

struct mail_waiting {
    struct mail_list small, large; /* in memory, and in files */
    size_t n, bytes;               /* of both; bytes: of those in memory */
    unsigned lanes, large_out;
    bool large_last;
};

void mail_waiting_init(struct mail_waiting *w, unsigned lanes);
void mail_waiting_add(struct mail_waiting *w, struct mail_taken *t);
/* May one of them go now? */
bool mail_waiting_ready(const struct mail_waiting *w);
/* Takes those that go together. Returns how many; 0: none may go now. */
size_t mail_waiting_take(struct mail_waiting *w, struct mail_taken *mails[MAIL_BATCH_MAILS]);
/* What was taken goes back to where it was. */
void mail_waiting_put_back(struct mail_waiting *w, struct mail_taken *const *mails, size_t n);
/* What was taken is done with. */
void mail_waiting_done(struct mail_waiting *w, const struct mail_taken *first);
/* Frees all that wait. */
void mail_waiting_close(struct mail_waiting *w);

bool mail_taken_is_large(const struct mail_taken *t);
