/*
 * mailer.h - sends what store/mail_out has queued.
 *
 * One job at a time, on a lane of its own, because it waits for relays: what is due is claimed,
 * said in one session, and its results recorded. Nothing is in memory alone but results that the
 * database would not take yet; no further mail is claimed before they are written.
 */
#pragma once

#include "channel/mail/sender.h"

struct event_base;
struct lane_pool;
struct mailer;

struct mailer_settings {
    struct mail_sender_settings sender; /* n_relays 0: nothing is sent, mails wait */
    const char *from_name;              /* "": none */
    /* Of h-TOKEN@domain, where each mail comes back to, and n-TOKEN@domain, where notices are
     * answered; "": each comes back to
     * sender.from. */
    const char *return_domain;
    const uint8_t *return_key;      /* MAIL_TOKEN_KEY_SIZE bytes */
    int64_t retry_ms, retry_max_ms; /* after a temporary refusal; twice as long after each more */
    int64_t give_up_ms;             /* a mail of this age fails with its next refusal */
};

/* `lanes`: with a database connection. The settings must outlive it. RC_INVALID: a relay, or a
 * file, is not as it should be; err says what. */
enum rc mailer_new(struct event_base *base, struct lane_pool *lanes,
                   const struct mailer_settings *settings, struct mailer **out,
                   struct error *err) MUST_CHECK;
/* Look now instead of within seconds: something was queued. NULL is fine. */
void mailer_kick(struct mailer *m);
/* Posts no further job; a session that is under way is cut off, and what it had not handed over is
 * sent after the next start. */
void mailer_stop(struct mailer *m);
bool mailer_busy(const struct mailer *m);
void mailer_free(struct mailer *m); /* after the lane's jobs are done; NULL is fine */
