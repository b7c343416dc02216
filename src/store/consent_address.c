/* consent_address.c - STOP and START: what is said with an address counts for all who share it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/consent.h"
#include "store/contact_return.h"
#include "store/consent_private.h"
#include "store/db.h"
#include "store/standing.h"

/* Who share an address and get their event in the STOP's own transaction; a number of a whole firm
 * has some hundred. */
#define CUSTOMERS_AT_ONCE 1000

static const char SQL_SHARERS[] = "SELECT COUNT(*)"
                                  "  FROM (SELECT 1"
                                  "          FROM contact_point"
                                  "         WHERE address = ? AND channel = ?"
                                  "         LIMIT ?) sharers";

static const char SQL_WHO[] =
    "SELECT p.customer_id"
    "  FROM contact_point p"
    "  LEFT JOIN consent_current k"
    "         ON k.customer_id = p.customer_id AND k.channel = p.channel AND k.purpose = 'promo'"
    " WHERE p.address = ? AND p.channel = ? AND p.customer_id >= ?"
    "   AND (? OR k.state IS NULL OR k.state <> ?)"
    " ORDER BY p.customer_id"
    " LIMIT ?";

static const char SQL_OPT_OUT[] =
    "INSERT INTO opt_out (channel, address, sender, at, inbound_id, source, form, message_id)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_OPT_IN[] =
    "DELETE FROM opt_out"
    " WHERE channel = ? AND address = ? AND (? = '' OR sender IN ('', ?))";

static const char SQL_REFUSED[] = "SELECT MAX(at)"
                                  "  FROM opt_out"
                                  " WHERE channel = ? AND address = ? AND sender IN ('', ?)";

static const char SQL_DUE_SET[] =
    "REPLACE INTO consent_due"
    "        (channel, address, sender, state, next_customer, inbound_id, at, wording, source,"
    "         source_ref, form, page, remote_address, signed_at, recorded_by, request_ref, anew)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_DUE_MOVE[] = "UPDATE consent_due"
                                   "   SET next_customer = ?"
                                   " WHERE channel = ? AND address = ? AND sender = ?";

/* What was said of all senders makes void what of an earlier word is still to be written. */
static const char SQL_DUE_DONE[] = "DELETE FROM consent_due"
                                   " WHERE channel = ? AND address = ? AND (? = '' OR sender = ?)";

static const char SQL_DUE_ANY[] = "SELECT COUNT(*)"
                                  "  FROM (SELECT 1 FROM consent_due LIMIT 1) due";

static const char SQL_DUE_NEXT[] =
    "SELECT address, state, next_customer, inbound_id, at, wording, sender, source, source_ref,"
    "       form, page, remote_address, signed_at, recorded_by, request_ref, anew, channel"
    "  FROM consent_due"
    " LIMIT 1"
    "   FOR UPDATE SKIP LOCKED";

enum rc consent_ids_wanted(struct db *db, enum channel channel, const char *address, size_t *n)
{
    uint64_t sharers;
    enum rc rc = db_query_u64(
        db, SQL_SHARERS,
        DB_IN(db_text(address), db_text(channel_name(channel)), db_u64(CUSTOMERS_AT_ONCE)),
        &sharers);

    if (!rc)
        *n = (size_t)sharers;
    return rc;
}

static struct consent_change change_of(const struct consent_act *act, enum consent_state state,
                                       uint64_t customer_id)
{
    return (struct consent_change){
        .customer_id = customer_id,
        .channel = act->channel,
        .purpose = PURPOSE_PROMO,
        .state = state,
        .address = act->address,
        .at = act->at,
        .source = act->source,
        .source_ref = act->source_ref,
        .wording = act->wording,
        .sender = state == CONSENT_WITHDRAWN ? act->sender : "",
        .evidence = act->evidence,
    };
}

/*
 * Those who have the address, whose id is *next or above, and whose last word is not `state` yet
 * (or all of them), get an event, as many as there are ids. *said: how many; *next: where to go on,
 * 0: all have one.
 */
static enum rc say_for_all(struct db *db, const struct consent_act *act, enum consent_state state,
                           const struct consent_ids *ids, uint64_t *next, size_t *said)
{
    bool all = act->anew || (*act->sender && state == CONSENT_WITHDRAWN);
    struct consent_change *changes = calloc(ids->n + 1, sizeof(*changes));
    struct db_rows *rows;
    uint64_t rest = 0;
    size_t n = 0;
    enum rc rc, end;

    if (!changes)
        return RC_FAIL;
    rc = db_query(db, SQL_WHO,
                  DB_IN(db_text(act->address), db_text(channel_name(act->channel)), db_u64(*next),
                        db_u64(all), db_text(consent_state_name(state)), db_u64(ids->n + 1)),
                  &rows);
    if (rc)
        goto out;
    while (db_next(rows)) {
        if (n == ids->n) {
            rest = db_get_u64(rows, 0);
            break;
        }
        changes[n++] = change_of(act, state, db_get_u64(rows, 0));
    }
    end = db_rows_end(rows);
    rc = rc ? rc : end;
    if (!rc)
        rc = consent_append(db, changes, n, ids->first);
    if (!rc) {
        *said = n;
        *next = rest;
    }
out:
    free(changes);
    return rc;
}

static enum rc leave_rest(struct db *db, const struct consent_act *act, enum consent_state state,
                          uint64_t next)
{
    const struct consent_evidence *e = &act->evidence;
    char wording[CONSENT_WORDING_MAX * 4 + 1], form[CONSENT_REF_MAX * 4 + 1];
    char page[CONSENT_PAGE_MAX * 4 + 1], remote[CONSENT_REF_MAX * 4 + 1];
    char ref[CONSENT_REF_MAX * 4 + 1], by[CONSENT_REF_MAX * 4 + 1];
    char request[CONSENT_REF_MAX * 4 + 1];

    return db_run(db, SQL_DUE_SET,
                  DB_IN(db_text(channel_name(act->channel)), db_text(act->address),
                        db_text(act->sender), db_text(consent_state_name(state)), db_u64(next),
                        db_u64(act->inbound_id), db_time(act->at),
                        consent_cut(act->wording, CONSENT_WORDING_MAX, wording),
                        db_text(consent_source_name(act->source)),
                        consent_cut(act->source_ref, CONSENT_REF_MAX, ref),
                        consent_cut(e->form, CONSENT_REF_MAX, form),
                        consent_cut(e->page, CONSENT_PAGE_MAX, page),
                        consent_cut(e->remote_address, CONSENT_REF_MAX, remote),
                        db_time(e->signed_at), consent_cut(e->recorded_by, CONSENT_REF_MAX, by),
                        consent_cut(e->request_ref, CONSENT_REF_MAX, request), db_u64(act->anew)),
                  NULL);
}

static enum rc due_done(struct db *db, enum channel channel, const char *address,
                        const char *sender)
{
    return db_run(
        db, SQL_DUE_DONE,
        DB_IN(db_text(channel_name(channel)), db_text(address), db_text(sender), db_text(sender)),
        NULL);
}

/* The address's word is `state` from now on: its first customers at once, the rest later. */
static enum rc say(struct db *db, const struct consent_act *act, enum consent_state state,
                   const struct consent_ids *ids, bool *said_something)
{
    uint64_t next = 0;
    size_t said;
    enum rc rc = say_for_all(db, act, state, ids, &next, &said);

    if (rc)
        return rc;
    *said_something = said > 0 || next;
    rc = due_done(db, act->channel, act->address, act->sender);
    return rc || !next ? rc : leave_rest(db, act, state, next);
}

static struct db_value id_or_null(uint64_t id)
{
    return id ? db_u64(id) : db_null();
}

enum rc consent_withdraw_address(struct db *db, const struct consent_act *act,
                                 const struct consent_ids *ids, bool *changed)
{
    char form[CONSENT_REF_MAX * 4 + 1];
    bool said = false, known;
    enum rc rc = db_run(db, SQL_OPT_OUT,
                        DB_IN(db_text(channel_name(act->channel)), db_text(act->address),
                              db_text(act->sender), db_time(act->at), id_or_null(act->inbound_id),
                              db_text(consent_source_name(act->source)),
                              consent_cut(act->evidence.form, CONSENT_REF_MAX, form),
                              id_or_null(act->message_id)),
                        NULL);

    if (rc && rc != RC_CONFLICT)
        return rc;
    known = rc == RC_CONFLICT;
    rc = known && *act->sender ? RC_OK : say(db, act, CONSENT_WITHDRAWN, ids, &said);
    if (rc)
        return rc;
    *changed = said || !known;
    return standing_refresh_address(db, act->channel, act->address);
}

enum rc consent_restore_address(struct db *db, const struct consent_act *act,
                                const struct consent_ids *ids, bool *changed)
{
    uint64_t removed;
    bool said;
    enum rc rc = say(db, act, CONSENT_GRANTED, ids, &said);

    if (!rc)
        rc = db_run(db, SQL_OPT_IN,
                    DB_IN(db_text(channel_name(act->channel)), db_text(act->address),
                          db_text(act->sender), db_text(act->sender)),
                    &removed);
    if (!rc) /* also of somebody who had the address and was erased */
        rc = objection_lift(db, &(struct contact_address){ act->channel, act->address },
                            act->sender);
    if (rc)
        return rc;
    *changed = said || removed > 0;
    return standing_refresh_address(db, act->channel, act->address);
}

enum rc consent_address_refused(struct db *db, enum channel channel, const char *address,
                                const char *sender, bool *refused, utc_us *at)
{
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_REFUSED,
                 DB_IN(db_text(channel_name(channel)), db_text(address), db_text(sender)), &rows);

    if (rc)
        return rc;
    *refused = db_next(rows) && !db_is_null(rows, 0);
    *at = *refused ? db_get_time(rows, 0) : 0;
    return db_rows_end(rows);
}

/* --- what was left to do --- */

struct due {
    char address[ADDRESS_SIZE], wording[CONSENT_WORDING_MAX * 4 + 1];
    char sender[CONSENT_SENDER_MAX * 4 + 1], ref[CONSENT_REF_MAX * 4 + 1];
    char form[CONSENT_REF_MAX * 4 + 1], page[CONSENT_PAGE_MAX * 4 + 1];
    char remote[CONSENT_REF_MAX * 4 + 1], by[CONSENT_REF_MAX * 4 + 1];
    char request[CONSENT_REF_MAX * 4 + 1];
    enum consent_state state;
    uint64_t next;
    struct consent_act act; /* points into the texts above */
    struct consent_ids ids;
};

static void due_take(struct due *d, const struct db_rows *rows)
{
    enum consent_source source = CONSENT_BY_INBOUND;

    snprintf(d->address, sizeof(d->address), "%s", db_get_text(rows, 0));
    d->state = strcmp(db_get_text(rows, 1), "granted") == 0 ? CONSENT_GRANTED : CONSENT_WITHDRAWN;
    d->next = db_get_u64(rows, 2);
    snprintf(d->wording, sizeof(d->wording), "%s", db_get_text(rows, 5));
    snprintf(d->sender, sizeof(d->sender), "%s", db_get_text(rows, 6));
    if (consent_source_parse(db_get_text(rows, 7), &source))
        source = CONSENT_BY_INBOUND; /* the column has no other names */
    snprintf(d->ref, sizeof(d->ref), "%s", db_get_text(rows, 8));
    snprintf(d->form, sizeof(d->form), "%s", db_get_text(rows, 9));
    snprintf(d->page, sizeof(d->page), "%s", db_get_text(rows, 10));
    snprintf(d->remote, sizeof(d->remote), "%s", db_get_text(rows, 11));
    snprintf(d->by, sizeof(d->by), "%s", db_get_text(rows, 13));
    snprintf(d->request, sizeof(d->request), "%s", db_get_text(rows, 14));
    d->act = (struct consent_act){
        .channel = strcmp(db_get_text(rows, 16), "email") == 0 ? CHANNEL_EMAIL : CHANNEL_SMS,
        .address = d->address,
        .sender = d->sender,
        .at = db_get_time(rows, 4),
        .source = source,
        .source_ref = d->ref,
        .inbound_id = db_get_u64(rows, 3),
        .wording = d->wording,
        .evidence = { .form = d->form,
                      .page = d->page,
                      .remote_address = d->remote,
                      .recorded_by = d->by,
                      .request_ref = d->request,
                      .signed_at = db_get_time(rows, 12) },
        .anew = db_get_u64(rows, 15) != 0,
    };
}

static enum rc due_read(struct db *db, struct due *d)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_DUE_NEXT, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        due_take(d, rows);
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

static enum rc due_body(struct db *db, void *arg)
{
    struct due *d = arg;
    size_t said;
    enum rc rc = due_read(db, d);

    if (rc)
        return rc;
    rc = say_for_all(db, &d->act, d->state, &d->ids, &d->next, &said);
    if (rc)
        return rc;
    if (!d->next)
        return due_done(db, d->act.channel, d->address, d->sender);
    return db_run(db, SQL_DUE_MOVE,
                  DB_IN(db_u64(d->next), db_text(channel_name(d->act.channel)), db_text(d->address),
                        db_text(d->sender)),
                  NULL);
}

enum rc consent_follow(struct db *db, bool *more)
{
    struct due d = { .ids.n = CUSTOMERS_AT_ONCE };
    uint64_t any;
    enum rc rc = db_query_u64(db, SQL_DUE_ANY, DB_NO_INPUT, &any);

    *more = false;
    if (rc || !any)
        return rc;
    rc = db_new_ids(db, "consent_event", d.ids.n, &d.ids.first);
    if (!rc)
        rc = db_transaction(db, due_body, &d);
    if (rc == RC_NOTFOUND) /* another node is at it */
        return RC_OK;
    *more = !rc;
    return rc;
}
