/* mail_out_view.h - the queue of mails as an operator sees it, and has it tried again. */
#pragma once

#include "store/mail_out.h"

struct mail_view {
    uint64_t id;
    const char *kind, *to, *subject, *state;
    utc_us created_at, next_at, settled_at; /* 0: none */
    unsigned attempts, reply_code, node;
    const char *reply, *relay, *message_id;
    const char *file_name; /* "": nothing is attached */
    uint64_t file_size;
    const char *text; /* in mail_out_get() alone */
};

/* The newest first; of one state alone, unless `state` is NULL; older than `before` (0: all). */
enum rc mail_out_list(struct db *db, const enum mail_state *state, uint64_t before, size_t limit,
                      void (*each)(void *arg, const struct mail_view *v), void *arg) MUST_CHECK;
/* Calls `each` once. RC_NOTFOUND: there is no such mail. */
enum rc mail_out_get(struct db *db, uint64_t id, void (*each)(void *arg, const struct mail_view *v),
                     void *arg) MUST_CHECK;
/* A transaction: one that failed or waits is due now. RC_CONFLICT: it is sent, or being sent. */
enum rc mail_out_retry(struct db *db, uint64_t id, const char *who) MUST_CHECK;
