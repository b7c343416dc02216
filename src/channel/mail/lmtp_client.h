/*
 * lmtp_client.h - a connection: its socket, its time, and the conversation on it.
 *
 * It lasts until its mail is answered, also when the client hung up meanwhile: so the connections
 * allowed are a bound on the mails that are out. Nothing that moves for `timeout_ms` ends it; a
 * whole command is a move, and so are 64 KB of a mail: a byte now and then is none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "channel/mail/lmtp.h"

struct event_base;
struct lmtp_client;

struct lmtp_client_owner {
    struct event_base *base;
    const struct lmtp_settings *settings;
    const struct lmtp_events *events;
    uint64_t *ids;                                  /* of mails */
    void (*gone)(void *arg, struct lmtp_client *c); /* it is over; the owner frees it */
    void *arg;
};

/* Takes the socket, in every case. NULL: no memory. */
struct lmtp_client *lmtp_client_new(const struct lmtp_client_owner *owner, int fd, const char *peer,
                                    bool held);
void lmtp_client_free(struct lmtp_client *c);
void lmtp_client_hold(struct lmtp_client *c, bool hold);
/* false: that mail is not this client's. */
bool lmtp_client_answer(struct lmtp_client *c, uint64_t mail_id, const struct lmtp_reply *replies,
                        size_t n);
/* The end, now or once its mail is answered. */
void lmtp_client_stop(struct lmtp_client *c);
bool lmtp_client_busy(const struct lmtp_client *c); /* an answer is awaited, or not yet written */
