/*
 * lmtp.h - takes mail from an MTA (LMTP, RFC 2033): on TCP and on unix sockets.
 *
 * Loop thread only. A mail is handed on once its last dot has come; its recipients are answered one
 * by one when whoever took it says so, which is after the commit. It outlives its connection: who
 * hangs up after the dot does not stop it, and will send it again. Bytes beyond LMTP_IN_MEMORY go
 * to a file without a name in the spool directory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct event_base;
struct lmtp_server;

#define LMTP_IN_MEMORY  ((size_t)256 << 10)
#define LMTP_ENTRY_SIZE 256 /* an address of the envelope, RFC 5321 4.5.3.1.3 */

struct lmtp_settings {
    const char *const *listen; /* "unix:/run/relais/lmtp.sock", "127.0.0.1:24" */
    size_t n_listen;
    const char *name;  /* who we are: in the greeting */
    const char *spool; /* a directory of ours */
    size_t max_bytes;  /* of a mail */
    unsigned max_recipients, max_connections;
    int64_t timeout_ms; /* of a connection on which nothing moves */
};

struct lmtp_reply {
    unsigned code;  /* 250, 4xx, 5xx */
    char text[160]; /* with its enhanced code (RFC 3463): "2.1.5 taken" */
};

/* A whole mail. Whoever takes it frees it, on any thread. */
struct lmtp_mail {
    uint64_t id;       /* for lmtp_answer() */
    const char *from;  /* the reverse path; "" is the null one */
    char *const *to;   /* as they were given */
    size_t n_to;       /* at least 1: those that recipient() would have */
    const char *bytes; /* lines end with CRLF, dots are no longer doubled; NULL: in the file */
    int fd;            /* -1: it is in memory */
    size_t size;
    bool eight_bit, utf8; /* as the MTA declared it: BODY=8BITMIME, SMTPUTF8 */
    const char *peer;     /* "unix", "127.0.0.1": for logs */
};
void lmtp_mail_free(struct lmtp_mail *m); /* NULL is fine */

struct lmtp_events {
    /* RCPT: does this address exist here? Answers from memory. *reply is 250 before the call. */
    void (*recipient)(void *arg, const char *address, struct lmtp_reply *reply);
    /* Takes the mail, or says false: there is no room now, and it is answered 452 and freed. */
    bool (*mail)(void *arg, struct lmtp_mail *m);
    void *arg;
};

/* Listens when it returns RC_OK; RC_INVALID: err says which address will not do. The settings must
 * outlive it. */
enum rc lmtp_server_new(struct event_base *base, const struct lmtp_settings *settings,
                        const struct lmtp_events *events, struct lmtp_server **out,
                        struct error *err) MUST_CHECK;
/* `replies`: one for each recipient of the mail, in their order. Its connection may be gone. */
void lmtp_answer(struct lmtp_server *s, uint64_t mail_id, const struct lmtp_reply *replies,
                 size_t n);
/* Back-pressure: reads from no connection until it is told to go on. */
void lmtp_hold(struct lmtp_server *s, bool hold);
/* No new connections or mails; those that were taken are still answered. */
void lmtp_server_stop(struct lmtp_server *s);
bool lmtp_server_busy(const struct lmtp_server *s); /* answers are outstanding */
void lmtp_server_free(struct lmtp_server *s);       /* NULL is fine */

/* "unix:/path" or "host:port" with an address, IPv6 in brackets. RC_INVALID: err says why not. */
enum rc lmtp_listen_check(const char *text, struct error *err) MUST_CHECK;
