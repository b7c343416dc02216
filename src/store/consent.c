/* consent.c - append to the ledger, and fold what was appended into the last words. */
#include "store/consent.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/consent_line.h"
#include "store/db.h"
#include "store/standing.h"

/* Who share an address and get their event in the STOP's own transaction; a number of a whole firm
 * has some hundred. */
#define CUSTOMERS_AT_ONCE 1000

static const char SQL_CHAIN[] = "SELECT length, head"
                                "  FROM consent_chain"
                                " WHERE id = ?"
                                "   FOR UPDATE";

static const char SQL_CHAIN_NEW[] = "INSERT INTO consent_chain (id, length, head)"
                                    "VALUES (?, 0, ?)";

static const char SQL_CHAIN_GROW[] = "UPDATE consent_chain"
                                     "   SET length = ?, head = ?"
                                     " WHERE id = ? AND length = ?";

static const char SQL_EVENT[] =
    "INSERT INTO consent_event (chain, seq, id, customer_id, channel, purpose, state, address, at,"
    "                           recorded_at, source, source_ref, wording, hash)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/* The first assignment decides; the others see whether it took the new event. */
#define FOLD(takes)                                                                    \
    "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)" \
    "VALUES (?, ?, ?, ?, ?, ?)"                                                        \
    "    ON DUPLICATE KEY UPDATE"                                                      \
    "       event_id = IF(" takes ", VALUE(event_id), event_id),"                      \
    "       state    = IF(event_id = VALUE(event_id), VALUE(state), state),"           \
    "       at       = IF(event_id = VALUE(event_id), VALUE(at), at)"

static const char SQL_FOLD_ACT[] = FOLD("VALUE(state) = 'withdrawn' OR VALUE(at) >= at");
static const char SQL_FOLD_IMPORT[] =
    FOLD("VALUE(state) = 'withdrawn' OR (state = 'granted' AND VALUE(at) >= at)");

static const char SQL_SHARERS[] = "SELECT COUNT(*)"
                                  "  FROM (SELECT 1"
                                  "          FROM contact_point"
                                  "         WHERE address = ? AND channel = ?"
                                  "         LIMIT ?) sharers";

static const char SQL_NOT_YET[] =
    "SELECT p.customer_id"
    "  FROM contact_point p"
    "  LEFT JOIN consent_current k"
    "         ON k.customer_id = p.customer_id AND k.channel = p.channel AND k.purpose = 'promo'"
    " WHERE p.address = ? AND p.channel = ? AND p.customer_id >= ?"
    "   AND (k.state IS NULL OR k.state <> ?)"
    " ORDER BY p.customer_id"
    " LIMIT ?";

static const char SQL_OPT_OUT[] = "INSERT INTO opt_out (channel, address, at, inbound_id)"
                                  "VALUES (?, ?, ?, ?)";

static const char SQL_OPT_IN[] = "DELETE FROM opt_out"
                                 " WHERE channel = ? AND address = ?";

static const char SQL_DUE_SET[] =
    "REPLACE INTO consent_due"
    "        (channel, address, state, next_customer, inbound_id, at, wording)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)";

static const char SQL_DUE_MOVE[] = "UPDATE consent_due"
                                   "   SET next_customer = ?"
                                   " WHERE channel = ? AND address = ?";

static const char SQL_DUE_DONE[] = "DELETE FROM consent_due"
                                   " WHERE channel = ? AND address = ?";

static const char SQL_DUE_ANY[] = "SELECT COUNT(*)"
                                  "  FROM (SELECT 1 FROM consent_due LIMIT 1) due";

static const char SQL_DUE_NEXT[] = "SELECT address, state, next_customer, inbound_id, at, wording"
                                   "  FROM consent_due"
                                   " WHERE channel = 'sms'"
                                   " LIMIT 1"
                                   "   FOR UPDATE SKIP LOCKED";

/* `text` up to so many characters of UTF-8. */
static struct db_value cut(const char *text, size_t characters, char *buf)
{
    size_t len = 0, n = 0;

    while (text[len] && (((unsigned char)text[len] & 0xC0) == 0x80 || n++ < characters))
        len++;
    memcpy(buf, text, len);
    buf[len] = '\0';
    return db_bytes(buf, len);
}

struct chain {
    unsigned id;
    uint64_t length;
    unsigned char head[CONSENT_HASH_SIZE];
};

static enum rc chain_lock(struct db *db, struct chain *chain)
{
    struct db_rows *rows;
    const void *head;
    size_t len;
    bool found;
    enum rc rc;

    *chain = (struct chain){ .id = db_node(db) * 256 + db_lane(db) };
    rc = db_query(db, SQL_CHAIN, DB_IN(db_u64(chain->id)), &rows);
    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        chain->length = db_get_u64(rows, 0);
        head = db_get_bytes(rows, 1, &len);
        if (len == CONSENT_HASH_SIZE)
            memcpy(chain->head, head, len);
    }
    rc = db_rows_end(rows);
    if (rc || found)
        return rc;
    return db_run(db, SQL_CHAIN_NEW,
                  DB_IN(db_u64(chain->id), db_bytes(chain->head, sizeof(chain->head))), NULL);
}

/* Adds the change as the chain's next line to `events` and moves the chain's end to it. */
static enum rc chain_add(struct chain *chain, const struct consent_change *change, uint64_t id,
                         utc_us now, struct db_bulk *events)
{
    char ref[CONSENT_REF_MAX * 4 + 1], wording[CONSENT_WORDING_MAX * 4 + 1];
    struct db_value ref_value = cut(change->source_ref, CONSENT_REF_MAX, ref);
    struct db_value wording_value = cut(change->wording, CONSENT_WORDING_MAX, wording);
    const struct consent_line line = {
        .chain = chain->id,
        .seq = ++chain->length,
        .id = id,
        .customer_id = change->customer_id,
        .channel = channel_name(change->channel),
        .purpose = purpose_name(change->purpose),
        .state = consent_state_name(change->state),
        .address = change->address,
        .at = change->at,
        .recorded_at = now,
        .source = consent_source_name(change->source),
        .source_ref = ref,
        .wording = wording,
    };

    consent_line_hash(chain->head, &line, chain->head);
    return db_bulk_add(events,
                       (const struct db_value[]){
                           db_u64(line.chain), db_u64(line.seq), db_u64(line.id),
                           db_u64(line.customer_id), db_text(line.channel), db_text(line.purpose),
                           db_text(line.state), db_text(line.address), db_time(line.at),
                           db_time(line.recorded_at), db_text(line.source), ref_value,
                           wording_value, db_bytes(chain->head, sizeof(chain->head)) });
}

static enum rc append_events(struct db *db, const struct consent_change *changes, size_t n,
                             uint64_t first_event_id)
{
    struct db_bulk *events = db_bulk_new(14);
    utc_us now = clock_now();
    struct chain chain;
    uint64_t before, changed;
    enum rc rc;

    if (!events)
        return RC_FAIL;
    rc = chain_lock(db, &chain);
    if (rc)
        goto out;
    before = chain.length;
    for (size_t i = 0; !rc && i < n; i++)
        rc = chain_add(&chain, &changes[i], first_event_id + i, now, events);
    if (!rc)
        rc = db_bulk_run(db, SQL_EVENT, events, NULL);
    if (rc)
        goto out;
    rc = db_run(db, SQL_CHAIN_GROW,
                DB_IN(db_u64(chain.length), db_bytes(chain.head, sizeof(chain.head)),
                      db_u64(chain.id), db_u64(before)),
                &changed);
    if (!rc && changed != 1)
        rc = RC_CONFLICT;
out:
    db_bulk_free(events);
    return rc;
}

/* Folds the changes in their order: runs of imports, and runs of the others. */
static enum rc fold(struct db *db, const struct consent_change *changes, size_t n,
                    uint64_t first_event_id)
{
    struct db_bulk *words = db_bulk_new(6);
    enum rc rc = words ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < n; i++) {
        const struct consent_change *c = &changes[i];
        bool import = c->source == CONSENT_BY_IMPORT;
        rc = db_bulk_add(words, (const struct db_value[]){
                                    db_u64(c->customer_id), db_text(channel_name(c->channel)),
                                    db_text(purpose_name(c->purpose)),
                                    db_text(consent_state_name(c->state)),
                                    db_u64(first_event_id + i), db_time(c->at) });
        if (!rc && (i + 1 == n || (changes[i + 1].source == CONSENT_BY_IMPORT) != import)) {
            rc = db_bulk_run(db, import ? SQL_FOLD_IMPORT : SQL_FOLD_ACT, words, NULL);
            db_bulk_reset(words);
        }
    }
    db_bulk_free(words);
    return rc;
}

/* An import refreshes its customers itself, with their numbers. */
static enum rc refresh(struct db *db, const struct consent_change *changes, size_t n)
{
    uint64_t *ids = malloc(n * sizeof(*ids));
    size_t n_ids = 0;
    enum rc rc;

    if (!ids)
        return RC_FAIL;
    for (size_t i = 0; i < n; i++) {
        if (changes[i].source != CONSENT_BY_IMPORT && changes[i].channel == CHANNEL_SMS)
            ids[n_ids++] = changes[i].customer_id;
    }
    rc = standing_refresh(db, ids, n_ids);
    free(ids);
    return rc;
}

enum rc consent_append(struct db *db, const struct consent_change *changes, size_t n,
                       uint64_t first_event_id)
{
    enum rc rc;

    if (!n)
        return RC_OK;
    if (sodium_init() < 0)
        return RC_FAIL;
    for (size_t i = 0; i < n; i++) {
        if (changes[i].state == CONSENT_UNKNOWN || !changes[i].at)
            return RC_INVALID;
    }
    rc = append_events(db, changes, n, first_event_id);
    if (!rc)
        rc = fold(db, changes, n, first_event_id);
    return rc ? rc : refresh(db, changes, n);
}

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

/*
 * Those who have the address, whose id is *next or above, and whose last word is not `state` yet,
 * get an event, as many as there are ids. *said: how many; *next: where to go on, 0: all have one.
 */
static enum rc say_for_all(struct db *db, const struct consent_act *act, enum consent_state state,
                           const struct consent_ids *ids, uint64_t *next, size_t *said)
{
    struct consent_change *changes = NULL;
    struct db_rows *rows;
    uint64_t rest = 0;
    char ref[24];
    size_t n = 0;
    enum rc rc, end;

    snprintf(ref, sizeof(ref), "%llu", (unsigned long long)act->inbound_id);
    changes = calloc(ids->n + 1, sizeof(*changes));
    if (!changes)
        return RC_FAIL;
    rc = db_query(db, SQL_NOT_YET,
                  DB_IN(db_text(act->address), db_text(channel_name(act->channel)), db_u64(*next),
                        db_text(consent_state_name(state)), db_u64(ids->n + 1)),
                  &rows);
    if (rc)
        goto out;
    while (db_next(rows)) {
        if (n == ids->n) {
            rest = db_get_u64(rows, 0);
            break;
        }
        changes[n++] = (struct consent_change){
            .customer_id = db_get_u64(rows, 0),
            .channel = act->channel,
            .purpose = PURPOSE_PROMO,
            .state = state,
            .address = act->address,
            .at = act->at,
            .source = CONSENT_BY_INBOUND,
            .source_ref = ref,
            .wording = act->wording,
        };
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

/* The address's word is `state` from now on: its first customers at once, the rest later. */
static enum rc say(struct db *db, const struct consent_act *act, enum consent_state state,
                   const struct consent_ids *ids, bool *said_something)
{
    const struct db_value channel = db_text(channel_name(act->channel));
    char wording[CONSENT_WORDING_MAX * 4 + 1];
    uint64_t next = 0;
    size_t said;
    enum rc rc = say_for_all(db, act, state, ids, &next, &said);

    if (rc)
        return rc;
    *said_something = said > 0 || next;
    if (!next) /* what an earlier word left to do is void */
        return db_run(db, SQL_DUE_DONE, DB_IN(channel, db_text(act->address)), NULL);
    return db_run(db, SQL_DUE_SET,
                  DB_IN(channel, db_text(act->address), db_text(consent_state_name(state)),
                        db_u64(next), db_u64(act->inbound_id), db_time(act->at),
                        cut(act->wording, CONSENT_WORDING_MAX, wording)),
                  NULL);
}

enum rc consent_withdraw_address(struct db *db, const struct consent_act *act,
                                 const struct consent_ids *ids, bool *changed)
{
    bool said;
    enum rc rc = say(db, act, CONSENT_WITHDRAWN, ids, &said);

    if (rc)
        return rc;
    rc = db_run(db, SQL_OPT_OUT,
                DB_IN(db_text(channel_name(act->channel)), db_text(act->address), db_time(act->at),
                      act->inbound_id ? db_u64(act->inbound_id) : db_null()),
                NULL);
    if (rc && rc != RC_CONFLICT)
        return rc;
    *changed = said || rc == RC_OK;
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
                    DB_IN(db_text(channel_name(act->channel)), db_text(act->address)), &removed);
    if (rc)
        return rc;
    *changed = said || removed > 0;
    return standing_refresh_address(db, act->channel, act->address);
}

/* --- what was left to do --- */

struct due {
    char address[ADDRESS_SIZE], wording[CONSENT_WORDING_MAX * 4 + 1];
    enum consent_state state;
    uint64_t next;
    struct consent_act act; /* points into the texts above */
    struct consent_ids ids;
};

static enum rc due_read(struct db *db, struct due *d)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_DUE_NEXT, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        snprintf(d->address, sizeof(d->address), "%s", db_get_text(rows, 0));
        d->state =
            strcmp(db_get_text(rows, 1), "granted") == 0 ? CONSENT_GRANTED : CONSENT_WITHDRAWN;
        d->next = db_get_u64(rows, 2);
        snprintf(d->wording, sizeof(d->wording), "%s", db_get_text(rows, 5));
        d->act = (struct consent_act){ .channel = CHANNEL_SMS,
                                       .address = d->address,
                                       .inbound_id = db_get_u64(rows, 3),
                                       .at = db_get_time(rows, 4),
                                       .wording = d->wording };
    }
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
        return db_run(db, SQL_DUE_DONE, DB_IN(db_text("sms"), db_text(d->address)), NULL);
    return db_run(db, SQL_DUE_MOVE, DB_IN(db_u64(d->next), db_text("sms"), db_text(d->address)),
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
