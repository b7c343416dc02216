/* unsubscribe.h - who got a mail says by a button that it was the last promotion. */
#pragma once

#include "domain/types.h"

struct db;

struct unsubscribe {
    uint64_t message_id; /* of the mail that the button was in */
    bool one_click;      /* the mail program's own button (RFC 8058), else the one on our page */
    const char *remote_address; /* from where, as it was given to us */
    utc_us at;
};

/*
 * Withdraws consent to promotions by mail for the address that the message went to, in a
 * transaction of its own; doing it again changes nothing. *changed: it was not so before.
 * RC_NOTFOUND: there is no such mail any more.
 */
enum rc unsubscribe(struct db *db, const struct unsubscribe *u, bool *changed) MUST_CHECK;
