/* account.h - one system_id: its sessions, what waits for it, and how fast it may send. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "smsc/codec.h"

struct delivery;
struct session;
struct smsc;

#define ACCOUNTS_MAX 64

STAILQ_HEAD(delivery_queue, delivery);
TAILQ_HEAD(receiver_list, session);

struct account {
    char system_id[SYSTEM_ID_SIZE];
    bool used;
    unsigned sessions; /* bound to it */
    struct receiver_list receivers;
    unsigned n_receivers;
    struct delivery_queue queue; /* due, waiting for a session with room */
    size_t waiting;              /* how many those are */
    size_t owed;                 /* deliveries that name this account, wherever they are */
    int64_t used_ns;             /* throttling: the time up to which submits are used up */
};

void accounts_init(struct smsc *c);
/* The account of this system_id, made if need be. NULL: too many accounts have something open. */
struct account *account_open(struct smsc *c, const char *system_id);
/* Where an inbound message goes that names nobody: the only system_id allowed, or the first that
 * can receive; until there is one it waits in account "". Never NULL. */
struct account *account_for_anybody(struct smsc *c);
/* One submit more within the scenario's rate? If so it is counted. */
bool account_may_submit(struct smsc *c, struct account *a);
