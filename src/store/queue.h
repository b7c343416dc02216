/* queue.h - the queues that messages wait in, one a route, and the carriers they may leave by: the
 * rows that the gateway knows by number and an operator by name. Those of mails are flow/postman's:
 * domain/mail_route.h names them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "domain/types.h"
#include "store/db.h"

struct route_question;
struct route_table;

#define QUEUE_NAME_SIZE 81
#define QUEUE_MAIL      65535 /* "mail", made by the migration */
#define CARRIER_MAIL    65535 /* who tells what became of a mail: relays, and those behind them */

struct queue_row {
    unsigned id;
    char name[QUEUE_NAME_SIZE];
    bool held;
};

/* The number of a queue or carrier of this name, made at its first use. Not inside a transaction.
 */
enum rc queue_open(struct db *db, const char *name, enum channel channel, unsigned *id) MUST_CHECK;
enum rc carrier_open(struct db *db, const char *name, unsigned *id) MUST_CHECK;

/* The queue of a message: by its route. `routes` NULL: the default one. In any transaction; one
 * that was not opened yet becomes the default one. */
enum rc queue_for(struct db *db, const struct route_table *routes, const struct route_question *q,
                  const char *sender, unsigned *id) MUST_CHECK;
/* The same of a mail: by its recipient's domain, "mail" if that was not opened yet. */
enum rc queue_for_mail(struct db *db, const struct route_table *routes, const char *address,
                       unsigned *id) MUST_CHECK;

/* At most `max` queues of this channel, by number. */
enum rc queue_list(struct db *db, enum channel channel, struct queue_row *rows, size_t max,
                   size_t *n) MUST_CHECK;
/* What waits in a queue. */
struct queue_depth {
    unsigned id;
    char name[QUEUE_NAME_SIZE];
    enum channel channel;
    bool held;
    uint64_t messages[3]; /* by message class: waiting to be claimed, or for their time */
    uint64_t paused;      /* of paused and cancelled campaigns */
    utc_us oldest_due;    /* 0: nothing is due */
};
enum rc queue_depths(struct db *db, utc_us now,
                     void (*each)(void *arg, const struct queue_depth *depth),
                     void *arg) MUST_CHECK;

/* Service messages and alerts that should have left before `before`: they have no hours to wait
 * for. By queue, with the oldest of each; not of those that an operator holds. */
enum rc queue_late_list(struct db *db, utc_us before,
                        void (*each)(void *arg, const char *name, utc_us oldest),
                        void *arg) MUST_CHECK;

/* Holds or opens the queue of this name, and those of the same route with a sender behind it.
 * RC_NOTFOUND: there is none. *changed: how many were not in that state. */
enum rc queue_hold(struct db *db, const char *route, bool held, uint64_t *changed) MUST_CHECK;

/* What an operator wants of a carrier. */
enum carrier_state { CARRIER_ON, CARRIER_DRAINED, CARRIER_STOPPED };
const char *carrier_state_name(enum carrier_state state); /* "on", "drained", "stopped" */
enum rc carrier_state_read(struct db *db, unsigned id, enum carrier_state *state) MUST_CHECK;
enum rc carrier_state_set(struct db *db, const char *name, enum carrier_state state) MUST_CHECK;

/* Parts accepted on `day` ("2026-11-25"): of a carrier, or (carrier_id 0) of a sender. */
enum rc traffic_read(struct db *db, const char *day, unsigned carrier_id, const char *sender,
                     uint64_t *parts) MUST_CHECK;
