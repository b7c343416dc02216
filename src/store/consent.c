/* consent.c - append to the ledger, and fold what was appended into the last words. */
#include "store/consent.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/consent.h"
#include "domain/value.h"
#include "store/consent_line.h"
#include "store/consent_private.h"
#include "store/db.h"
#include "store/standing.h"

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
    "                           recorded_at, source, source_ref, wording, version, sender, form,"
    "                           page, remote_address, recorded_by, request_ref, signed_at, seal,"
    "                           hash)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/* The first assignment decides; the others see whether it took the new event. A withdrawal that
 * bears an old date is not older than what it withdraws. */
#define FOLD(takes)                                                                             \
    "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"          \
    "VALUES (?, ?, ?, ?, ?, ?)"                                                                 \
    "    ON DUPLICATE KEY UPDATE"                                                               \
    "       event_id = IF(VALUE(state) = 'withdrawn' OR " takes ", VALUE(event_id), event_id)," \
    "       state    = IF(event_id = VALUE(event_id), VALUE(state), state),"                    \
    "       at       = IF(event_id = VALUE(event_id),"                                          \
    "                     IF(state = 'withdrawn', GREATEST(VALUE(at), at), VALUE(at)), at)"

/* domain/consent.h, by what a grant can lift. */
static const char *const SQL_FOLD[] = {
    [CONSENT_LIFTS_NOTHING] = FOLD("(state = 'granted' AND VALUE(at) >= at)"),
    [CONSENT_LIFTS_BY_ACT] = FOLD("VALUE(at) >= at"),
    [CONSENT_LIFTS_BY_SIGNATURE] = FOLD("VALUE(at) > at OR (state = 'granted' AND VALUE(at) = at)"),
};

struct db_value consent_cut(const char *text, size_t characters, char *buf)
{
    size_t len;

    text = text ? text : "";
    len = text_prefix(text, strlen(text), characters);
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

/* The texts of a line, each as far as its column goes. */
struct texts {
    char ref[CONSENT_REF_MAX * 4 + 1], wording[CONSENT_WORDING_MAX * 4 + 1];
    char sender[CONSENT_SENDER_MAX * 4 + 1], form[CONSENT_REF_MAX * 4 + 1];
    char page[CONSENT_PAGE_MAX * 4 + 1], remote[CONSENT_REF_MAX * 4 + 1];
    char by[CONSENT_REF_MAX * 4 + 1], request[CONSENT_REF_MAX * 4 + 1];
};

static void cut_texts(const struct consent_change *c, struct texts *t)
{
    consent_cut(c->source_ref, CONSENT_REF_MAX, t->ref);
    consent_cut(c->wording, CONSENT_WORDING_MAX, t->wording);
    consent_cut(c->sender, CONSENT_SENDER_MAX, t->sender);
    consent_cut(c->evidence.form, CONSENT_REF_MAX, t->form);
    consent_cut(c->evidence.page, CONSENT_PAGE_MAX, t->page);
    consent_cut(c->evidence.remote_address, CONSENT_REF_MAX, t->remote);
    consent_cut(c->evidence.recorded_by, CONSENT_REF_MAX, t->by);
    consent_cut(c->evidence.request_ref, CONSENT_REF_MAX, t->request);
}

/* Adds the change as the chain's next line to `events` and moves the chain's end to it. */
static enum rc chain_add(struct chain *chain, const struct consent_change *change, uint64_t id,
                         utc_us now, const unsigned char *salt, struct db_bulk *events)
{
    struct texts t;
    struct consent_line line = {
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
        .version = CONSENT_LINE_VERSION,
        .seal_len = CONSENT_SALT_SIZE,
        .signed_at = change->evidence.signed_at,
    };

    cut_texts(change, &t);
    memcpy(line.seal, salt, CONSENT_SALT_SIZE);
    line.source_ref = t.ref;
    line.wording = t.wording;
    line.sender = t.sender;
    line.form = t.form;
    line.page = t.page;
    line.remote_address = t.remote;
    line.recorded_by = t.by;
    line.request_ref = t.request;
    consent_line_hash(chain->head, &line, chain->head);
    return db_bulk_add(events, (const struct db_value[CONSENT_LINE_WIDTH]){
                                   db_u64(line.chain),
                                   db_u64(line.seq),
                                   db_u64(line.id),
                                   db_u64(line.customer_id),
                                   db_text(line.channel),
                                   db_text(line.purpose),
                                   db_text(line.state),
                                   db_text(line.address),
                                   db_time(line.at),
                                   db_time(line.recorded_at),
                                   db_text(line.source),
                                   db_text(t.ref),
                                   db_text(t.wording),
                                   db_u64(line.version),
                                   db_text(t.sender),
                                   db_text(t.form),
                                   db_text(t.page),
                                   db_text(t.remote),
                                   db_text(t.by),
                                   db_text(t.request),
                                   db_time(line.signed_at),
                                   db_bytes(line.seal, line.seal_len),
                                   db_bytes(chain->head, sizeof(chain->head)) });
}

static enum rc append_events(struct db *db, const struct consent_change *changes, size_t n,
                             uint64_t first_event_id)
{
    struct db_bulk *events = db_bulk_new(CONSENT_LINE_WIDTH);
    unsigned char *salts = malloc(n * CONSENT_SALT_SIZE); /* from the kernel all at once */
    utc_us now = clock_now();
    struct chain chain;
    uint64_t before, changed;
    enum rc rc;

    rc = events && salts ? chain_lock(db, &chain) : RC_FAIL;
    if (rc)
        goto out;
    randombytes_buf(salts, n * CONSENT_SALT_SIZE);
    before = chain.length;
    for (size_t i = 0; !rc && i < n; i++)
        rc = chain_add(&chain, &changes[i], first_event_id + i, now, salts + i * CONSENT_SALT_SIZE,
                       events);
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
    free(salts);
    return rc;
}

static enum consent_lift lift_of(const struct consent_change *c)
{
    return consent_lift_of(&(struct consent_said){ .state = c->state,
                                                   .source = c->source,
                                                   .at = c->at,
                                                   .signed_at = c->evidence.signed_at,
                                                   .has_wording = c->wording && *c->wording });
}

/* Of a withdrawal it does not matter what its source could lift. */
static enum consent_lift fold_of(const struct consent_change *c)
{
    return c->state == CONSENT_WITHDRAWN ? CONSENT_LIFTS_NOTHING : lift_of(c);
}

static bool is_folded(const struct consent_change *c)
{
    return (!c->sender || !*c->sender) && fold_of(c) != CONSENT_NEVER_COUNTS;
}

/* Folds the changes in their order: runs of those that one statement folds. */
static enum rc fold(struct db *db, const struct consent_change *changes, size_t n,
                    uint64_t first_event_id)
{
    struct db_bulk *words = db_bulk_new(6);
    enum consent_lift lift = CONSENT_LIFTS_NOTHING;
    enum rc rc = words ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < n; i++) {
        const struct consent_change *c = &changes[i];
        if (!is_folded(c))
            continue;
        if (fold_of(c) != lift) {
            rc = db_bulk_run(db, SQL_FOLD[lift], words, NULL);
            db_bulk_reset(words);
            lift = fold_of(c);
        }
        if (!rc)
            rc = db_bulk_add(words, (const struct db_value[]){
                                        db_u64(c->customer_id), db_text(channel_name(c->channel)),
                                        db_text(purpose_name(c->purpose)),
                                        db_text(consent_state_name(c->state)),
                                        db_u64(first_event_id + i), db_time(c->at) });
    }
    if (!rc)
        rc = db_bulk_run(db, SQL_FOLD[lift], words, NULL);
    db_bulk_free(words);
    return rc;
}

/* An import refreshes its customers itself, with their addresses. */
static enum rc refresh(struct db *db, const struct consent_change *changes, size_t n)
{
    uint64_t *ids = malloc(n * sizeof(*ids));
    size_t n_ids = 0;
    enum rc rc;

    if (!ids)
        return RC_FAIL;
    for (size_t i = 0; i < n; i++) {
        if (changes[i].source != CONSENT_BY_IMPORT)
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
        const struct consent_change *c = &changes[i];
        if (c->state == CONSENT_UNKNOWN || !c->at ||
            (c->evidence.signed_at && c->evidence.signed_at != c->at))
            return RC_INVALID;
    }
    rc = append_events(db, changes, n, first_event_id);
    if (!rc)
        rc = fold(db, changes, n, first_event_id);
    return rc ? rc : refresh(db, changes, n);
}
