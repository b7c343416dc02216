/* message.h (store) - one message: queued by a person or a program, and looked at. */
#pragma once

#include "domain/message.h"
#include "domain/types.h"

struct arena;
struct db;
struct route_table;

struct message_draft {
    enum channel channel;
    enum message_class class; /* service or alert: promotions go out by campaigns */
    uint64_t customer_id;     /* 0: `address` alone says who */
    const char *address;      /* E.164, or a mail address; "": the customer's primary one */
    const char *sender, *text;
    const char *subject;  /* of a mail, whose text is a source of domain/markup.h; else NULL */
    uint64_t template_id; /* whose files go with a mail; 0: none */
    unsigned template_version;
    const char *legal_basis; /* the right to send it: "contract", "legal_obligation" ... */
    int64_t expires_s;
    const struct route_table *routes; /* NULL: one queue for all */
};

struct message_sent {
    uint64_t id;
    unsigned parts;
    const char *encoding; /* "gsm7", "ucs2"; "utf8": a mail */
};

/*
 * Queues one SMS or mail. RC_NOTFOUND: no such customer. RC_INVALID: no address, too long a text,
 * or the customer refused such messages; err says which. After it, kick whoever sends it.
 */
enum rc message_send(struct db *db, const struct message_draft *draft, struct message_sent *out,
                     struct error *err) MUST_CHECK;

struct message_view {
    uint64_t id, campaign_id, customer_id, consent_event_id; /* 0: none */
    enum message_class class;
    const char *state, *channel, *address, *sender, *text, *encoding, *legal_basis, *reason;
    const char *subject; /* of a mail; else "" */
    unsigned parts, attempts;
    utc_us created_at, expires_at;
};

struct message_happening {
    utc_us at;
    const char *kind, *carrier, *smsc_message_id, *detail;
    unsigned part; /* from 1 */
    uint32_t code;
};

#define MESSAGE_HAPPENINGS_MAX 500

/* The strings of *out live in `arena`; `event` is called for each happening, oldest first. */
enum rc message_read(struct db *db, uint64_t id, struct arena *arena, struct message_view *out,
                     void (*event)(void *arg, const struct message_happening *h),
                     void *arg) MUST_CHECK;
