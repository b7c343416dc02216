/*
 * exchange.h - one call of the API, from the request to the reply.
 *
 * A handler runs on a lane and sees the exchange alone: the database, what was asked, and the reply
 * to fill in. Without a word from it the reply is 200 with what exchange_reply() holds.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/lane.h"
#include "control/control.h"
#include "control/rates.h"
#include "control/routes.h"
#include "domain/types.h"
#include "flow/gateway.h"
#include "flow/intake.h"
#include "flow/postman.h"
#include "store/db.h"

struct http_call;

#define EXCHANGE_WORD_SIZE 200

struct exchange {
    struct job job;
    struct control *control;
    const struct control_house *house;
    const struct route *route;
    struct http_call *call; /* loop thread only */
    struct arena arena;
    struct db *db; /* lane only */

    const char *who;               /* who gave the command, for the book of commands */
    unsigned roles;                /* and what that login may do: domain/role.h */
    uint64_t id;                   /* {id} of the path */
    char word[EXCHANGE_WORD_SIZE]; /* {name} of the path */
    json_t *body;                  /* an object, or NULL: no body was sent */
    /* Values of the route's query names, in their order; NULL: not given. */
    const char *query[ROUTE_QUERY_MAX];

    int status;
    json_t *reply; /* an object */
    FILE *file;    /* answered instead of `reply`; NULL: none */
    const char *file_type;
    bool changed;         /* the route's then() has something to do */
    const char **stopped; /* numbers that get no promotion any more: then() tells the gateway */
    size_t n_stopped;
    char partner[33]; /* whose files the intake should look at now: then() tells it */
    bool again;       /* nothing was changed, and the same call may do better in a moment */

    /* Of a route that has run_late(). */
    utc_us asked_at;
    utc_us silent_since; /* the database answered nothing since; 0: it did, as far as known */
    bool heard;          /* it has answered now */
    struct exchange
        *spare; /* answers when this one is late; loop thread only, as is what follows */
    struct event *patience; /* how long it may take */

    /* As it was when the call came, for routes that ask for it. */
    struct gateway_status gateway;
    const char *post;                    /* the postman: "off", "running" ... */
    bool post_paused;                    /* no relay takes anything */
    struct postman_trouble post_trouble; /* why */
    size_t post_claimed;                 /* mails to customers that are on their way to a relay */
    struct intake_partner *partners;     /* the route asks for `files` */
    unsigned n_partners;
    struct rates_now rates;
    utc_us next_look_at; /* of the housekeeping; 0: not any more */
};

/* --- the reply --- */

/* {"error": "...", "field": "..."}; field NULL: none. Takes back what was in the reply. */
void exchange_refuse(struct exchange *x, int status, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* What an rc of the store means to whoever asked; `err` (may be NULL, or empty) says why.
 * `what` names the thing: "campaign". */
void exchange_failed(struct exchange *x, enum rc rc, const char *what, const struct error *err);

/* A file without a name, for x->file: nobody else sees it, and it is gone with the answer, or with
 * us. NULL: none can be had. */
FILE *exchange_open_file(const struct exchange *x);

void put_text(json_t *object, const char *name, const char *text);
void put_u64(json_t *object, const char *name, uint64_t value);
void put_id(json_t *object, const char *name, uint64_t id); /* 0 becomes null */
/* {reason: n} of those that occur (api_campaign.c). */
json_t *exclusions_json(const uint64_t excluded[EXCLUSION_COUNT]);
struct message_draft;
/* Queues it and says so in the reply, or why not (api_message.c). */
bool message_reply(struct exchange *x, const struct message_draft *draft);
struct campaign_status;
json_t *by_channel_json(const struct campaign_status *status);
struct import;
/* One import and how far it is (api_import.c). */
json_t *import_json(const struct import *imp);
/* What x->gateway knows of the carriers (api_gateway.c). */
json_t *carriers_json(const struct exchange *x);
/* "mail_trouble": since when no relay takes mails, which and why; absent as long as one does
 * (api_gateway.c). */
void put_trouble(json_t *object, const struct postman_trouble *trouble);
void put_time(json_t *object, const char *name, utc_us at); /* 0 becomes null */

/* --- the request --- */

/* A text of the body. Missing or null: *out is `def`, or with def NULL the call is refused. All of
 * these return false when they refused. */
bool take_text(struct exchange *x, const char *name, size_t max, const char *def, const char **out);
bool take_bool(struct exchange *x, const char *name, bool def, bool *out);
/* true, false, "yes" or "no"; below 0: it was not given. */
bool take_yes_no(struct exchange *x, const char *name, int *out);
bool take_int(struct exchange *x, const char *name, int64_t min, int64_t max, int64_t def,
              int64_t *out);
/* The nth query value as a number; `def` when it was not given. */
bool take_query_u64(struct exchange *x, size_t nth, uint64_t max, uint64_t def, uint64_t *out);
/* `text` as a mail address, or as a phone number; the refusal names the field. */
bool as_mail_address(struct exchange *x, const char *name, const char *text,
                     char out[ADDRESS_SIZE]);
bool as_phone_number(struct exchange *x, const char *name, const char *text, char out[E164_SIZE]);
/* The nth query value, which was given: a phone number or, with an @, a mail address. */
bool take_query_address(struct exchange *x, size_t nth, char out[ADDRESS_SIZE]);
