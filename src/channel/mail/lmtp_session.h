/*
 * lmtp_session.h - one client's conversation: bytes in, replies out. Knows of no socket and no
 * time.
 *
 * What it says gathers in `out`, which its owner takes away. It takes no more bytes while a mail
 * waits for its answers, or while nobody takes `out` away: that is how a fast client is slowed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "channel/mail/lmtp.h"
#include "channel/mail/lmtp_data.h"

#define LMTP_LINE_SIZE 4096 /* a command with its line end */

enum lmtp_state {
    LMTP_GREETED,   /* LHLO is awaited */
    LMTP_READY,     /* for a mail */
    LMTP_ADDRESSED, /* MAIL was taken: recipients, then DATA */
    LMTP_TAKING,    /* the mail itself */
    LMTP_WAITING,   /* for the answers of whoever took it */
    LMTP_LEAVING,   /* the last word is said */
};

struct lmtp_session {
    const struct lmtp_settings *settings;
    const struct lmtp_events *events;
    uint64_t *ids; /* the last one given to a mail, by any session */
    const char *peer;
    enum lmtp_state state;

    char line[LMTP_LINE_SIZE + 1]; /* what has come of a command */
    size_t line_len;
    struct lmtp_mail *mail; /* from MAIL to its end */
    struct lmtp_data data;
    size_t received;    /* of the mail, with what is not kept */
    const char *refuse; /* the mail, once it is there: what to answer. NULL: it is good so far */
    uint64_t waiting_id;
    size_t waiting_n; /* recipients whose answers are awaited */

    unsigned bad, idle; /* commands that were none; since the last mail, that brought none */
    uint64_t moves;     /* grows with every command, and with every LMTP_MOVE_BYTES of a mail */
    struct buffer out;
};
#define LMTP_MOVE_BYTES (64 << 10)

/* What it is given must outlive it. Says the greeting. */
void lmtp_session_init(struct lmtp_session *s, const struct lmtp_settings *settings,
                       const struct lmtp_events *events, uint64_t *ids, const char *peer);
void lmtp_session_close(struct lmtp_session *s);

bool lmtp_session_may_take(const struct lmtp_session *s);
/* Returns how many of the bytes it took; the others are to be offered again once it may. */
size_t lmtp_session_take(struct lmtp_session *s, const char *bytes, size_t n);
/* The answers that it waits for. One that is missing is "451 later". */
void lmtp_session_answer(struct lmtp_session *s, const struct lmtp_reply *replies, size_t n);
/* Says `reply` and that was all; a mail that is not whole is forgotten. */
void lmtp_session_leave(struct lmtp_session *s, const char *reply);
