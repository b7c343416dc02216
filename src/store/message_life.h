/* message_life.h - what surrounds a message: where it came from, why it may be sent, where it
 * waits; and messages found by number. store/message.h has the message itself. */
#pragma once

#include "domain/types.h"

struct arena;
struct db;

struct message_life {
    const char *campaign_name, *campaign_state; /* "": it is of no campaign */
    uint64_t answers_id;                        /* the inbound message that it answers; 0: none */
    utc_us answers_at;

    /* The consent that it names; at 0: none. */
    utc_us consent_at;
    const char *consent_state, *consent_source, *consent_source_ref, *consent_wording;

    /* The part of the queue that will come to it; due_at 0: none. */
    utc_us due_at;
    bool paused; /* with its campaign */
    const char *queue;
    bool queue_held;
};

/* Strings in `arena`. */
enum rc message_life_read(struct db *db, uint64_t id, struct arena *arena,
                          struct message_life *life) MUST_CHECK;

struct message_found {
    uint64_t id, campaign_id, customer_id;
    const char *class, *state, *reason, *text, *channel;
    const char *subject; /* of a mail; else "" */
    utc_us created_at;
};

/* The newest messages to a number or mail address since a time, newest first. */
enum rc message_find(struct db *db, const char *address, utc_us since, size_t limit,
                     void (*each)(void *arg, const struct message_found *m), void *arg) MUST_CHECK;
