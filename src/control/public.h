/*
 * public.h - the listener that the world may reach: short links, the end of mails, answers to
 * reminders, and nothing else of the house.
 *
 * Loop thread only. It answers GET and HEAD of /CODE and /robots.txt, those and POST of /u/TOKEN
 * (public_unsubscribe.h) and /n/TOKEN (public_notice.h), and a plain page for anything else; a
 * request's bytes, a connection's life and how many there are have narrow bounds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/rc.h"

struct event_base;
struct lane_pool;
struct link_settings;
struct public;
struct staff_reply_rules;

struct public_settings {
    const char *host;
    unsigned port, max_connections;
    int64_t timeout_ms;
    const struct link_settings *links;
    const uint8_t *mail_key; /* of the tokens in mails (domain/mail_token.h) */
    const struct staff_reply_rules *staff_rules;
    void (*stopped)(void *arg, const char *number); /* it gets no promotion any more */
    void *arg;
};

/* Listens when it returns RC_OK. `lanes`: their resource is a struct db. What the settings name
 * must outlive it. */
enum rc public_new(const struct public_settings *settings, struct event_base *base,
                   struct lane_pool *lanes, struct public **out, struct error *err) MUST_CHECK;
/* Takes no new connections; what waits for the database is still answered, and visits written. */
void public_stop(struct public *p);
bool public_busy(const struct public *p);
void public_free(struct public *p); /* after the lanes' jobs are done; NULL is fine */
