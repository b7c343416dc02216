/* consent_say.c - one statement: whom it is about, into the ledger, and whether it counts. */
#include "store/consent_say.h"

#include <string.h>

#include "store/db.h"

#define NUMBERS_MAX 20 /* contact points of one customer that are looked at */

static const char SQL_CUSTOMER[] =
    "SELECT c.id, c.erased_at IS NOT NULL,"
    "       COALESCE((SELECT p.address"
    "                   FROM contact_point p"
    "                  WHERE p.customer_id = c.id AND p.channel = ? AND p.is_primary"
    "                  LIMIT 1), '')"
    "  FROM customer c"
    " WHERE c.id = ?";

static const char SQL_SHARERS[] = "SELECT c.id, c.erased_at IS NOT NULL, p.address"
                                  "  FROM contact_point p"
                                  "  JOIN customer c ON c.id = p.customer_id"
                                  " WHERE p.channel = ? AND p.address = ?"
                                  " ORDER BY c.id"
                                  " LIMIT ?";

static const char SQL_LAST_WORD[] = "SELECT state, at"
                                    "  FROM consent_current"
                                    " WHERE customer_id = ? AND channel = ? AND purpose = ?"
                                    "   FOR UPDATE";

static const char SQL_OPT_OUT_AT[] = "SELECT MAX(at)"
                                     "  FROM opt_out"
                                     " WHERE channel = ? AND address = ?"
                                     "   FOR UPDATE";

static const char SQL_OPT_IN[] = "DELETE FROM opt_out"
                                 " WHERE channel = ? AND address = ?";

static const char SQL_NUMBERS[] = "SELECT address"
                                  "  FROM contact_point"
                                  " WHERE customer_id = ? AND channel = 'sms'"
                                  " ORDER BY is_primary DESC, address"
                                  " LIMIT ?";

struct saying {
    const struct consent_statement *said;
    struct arena *arena;
    struct consent_outcome *out;
    struct error *err;
    struct consent_change *changes; /* one a customer */
    size_t n;
    struct consent_ids ids; /* for a STOP by address */
};

/* --- whom it is about --- */

static enum rc add_change(struct saying *s, const struct db_rows *rows)
{
    const struct consent_statement *k = s->said;
    const char *address = db_get_text(rows, 2);

    if (db_get_u64(rows, 1) && k->state == CONSENT_GRANTED)
        return error_set(s->err, RC_INVALID, "the customer was erased");
    address = arena_copy(s->arena, address, strlen(address));
    if (!address)
        return RC_FAIL;
    s->changes[s->n++] = (struct consent_change){ .customer_id = db_get_u64(rows, 0),
                                                  .channel = k->channel,
                                                  .purpose = k->purpose,
                                                  .state = k->state,
                                                  .address = address,
                                                  .at = k->at,
                                                  .source = k->source,
                                                  .source_ref = k->source_ref,
                                                  .wording = k->wording,
                                                  .evidence = k->evidence };
    return RC_OK;
}

static enum rc find_people(struct db *db, struct saying *s)
{
    const struct consent_statement *k = s->said;
    const struct db_value channel = db_text(channel_name(k->channel));
    struct db_rows *rows;
    enum rc rc =
                k->customer_id
                    ? db_query(db, SQL_CUSTOMER, DB_IN(channel, db_u64(k->customer_id)), &rows)
                    : db_query(db, SQL_SHARERS,
                               DB_IN(channel, db_text(k->address), db_u64(CONSENT_SHARERS_MAX + 1)),
                               &rows),
            end;

    if (rc)
        return rc;
    while (!rc && s->n < CONSENT_SHARERS_MAX && db_next(rows))
        rc = add_change(s, rows);
    if (!rc && db_next(rows))
        rc = error_set(s->err, RC_INVALID,
                       "more than %d customers share this address; say it for each of them",
                       CONSENT_SHARERS_MAX);
    end = db_rows_end(rows);
    rc = rc ? rc : end;
    if (!rc && !s->n)
        rc = error_set(s->err, RC_NOTFOUND,
                       k->customer_id ? "no such customer" : "no customer has this address");
    return rc;
}

/* --- does it count? --- */

static enum rc last_word(struct db *db, const struct consent_change *c, struct consent_word *word)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LAST_WORD,
                          DB_IN(db_u64(c->customer_id), db_text(channel_name(c->channel)),
                                db_text(purpose_name(c->purpose))),
                          &rows);

    if (rc)
        return rc;
    *word = (struct consent_word){ .state = CONSENT_UNKNOWN };
    if (db_next(rows)) {
        word->state =
            strcmp(db_get_text(rows, 0), "granted") == 0 ? CONSENT_GRANTED : CONSENT_WITHDRAWN;
        word->at = db_get_time(rows, 1);
    }
    return db_rows_end(rows);
}

/* The number's own STOP, as a word. */
static enum rc number_word(struct db *db, const struct consent_change *c, struct consent_word *word)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_OPT_OUT_AT,
                          DB_IN(db_text(channel_name(c->channel)), db_text(c->address)), &rows);

    if (rc)
        return rc;
    *word = (struct consent_word){ .state = CONSENT_UNKNOWN };
    if (db_next(rows) && !db_is_null(rows, 0))
        *word = (struct consent_word){ CONSENT_WITHDRAWN, db_get_time(rows, 0) };
    return db_rows_end(rows);
}

static bool rule_against(struct saying *s, const struct consent_word *word, bool number)
{
    const struct consent_statement *k = s->said;
    const struct consent_said said = { .state = k->state,
                                       .source = k->source,
                                       .at = k->at,
                                       .signed_at = k->evidence.signed_at,
                                       .has_wording = k->wording && *k->wording };
    enum consent_ruling ruling = consent_rule(word, &said);

    if (ruling != CONSENT_COUNTS && s->out->ruling == CONSENT_COUNTS) {
        s->out->ruling = ruling;
        s->out->number_refused = number;
        s->out->refused_at = word->state == CONSENT_WITHDRAWN ? word->at : 0;
    }
    return ruling == CONSENT_COUNTS;
}

static enum rc rule_grant(struct db *db, struct saying *s, const struct consent_change *c)
{
    struct consent_word word;
    enum rc rc = last_word(db, c, &word);
    bool counts;

    if (rc)
        return rc;
    counts = rule_against(s, &word, false);
    if (!counts || !*c->address || c->purpose != PURPOSE_PROMO)
        return RC_OK;
    rc = number_word(db, c, &word);
    if (rc || word.state == CONSENT_UNKNOWN || !rule_against(s, &word, true))
        return rc;
    return db_run(db, SQL_OPT_IN, DB_IN(db_text(channel_name(c->channel)), db_text(c->address)),
                  NULL);
}

static enum rc grant_body(struct db *db, void *arg)
{
    struct saying *s = arg;
    enum rc rc = RC_OK;

    s->out->ruling = CONSENT_COUNTS;
    s->out->number_refused = false;
    s->out->refused_at = 0;
    for (size_t i = 0; !rc && i < s->n; i++)
        rc = rule_grant(db, s, &s->changes[i]);
    return rc ? rc : consent_append(db, s->changes, s->n, s->out->event_id);
}

static enum rc say_grant(struct db *db, struct saying *s)
{
    enum rc rc = find_people(db, s);

    if (!rc)
        rc = db_new_ids(db, "consent_event", s->n, &s->out->event_id);
    if (!rc)
        rc = db_transaction(db, grant_body, s);
    s->out->n = s->n;
    return rc;
}

/* --- withdrawals --- */

static enum rc add_number(struct saying *s, const char *number)
{
    const char *kept = arena_copy(s->arena, number, strlen(number));

    s->out->stopped[s->out->n_stopped++] = kept;
    return kept ? RC_OK : RC_FAIL;
}

static enum rc find_numbers(struct db *db, struct saying *s)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_NUMBERS, DB_IN(db_u64(s->said->customer_id), db_u64(NUMBERS_MAX)),
                          &rows),
            end;

    if (rc)
        return rc;
    while (!rc && db_next(rows))
        rc = add_number(s, db_get_text(rows, 0));
    end = db_rows_end(rows);
    return rc ? rc : end;
}

static enum rc withdraw_body(struct db *db, void *arg)
{
    struct saying *s = arg;

    return consent_append(db, s->changes, s->n, s->out->event_id);
}

static enum rc withdraw_customer(struct db *db, struct saying *s)
{
    enum rc rc = find_people(db, s);

    if (!rc)
        rc = db_new_ids(db, "consent_event", s->n, &s->out->event_id);
    if (!rc)
        rc = db_transaction(db, withdraw_body, s);
    s->out->n = s->n;
    if (!rc && s->said->channel == CHANNEL_SMS && s->said->purpose == PURPOSE_PROMO)
        rc = find_numbers(db, s);
    return rc;
}

static enum rc stop_body(struct db *db, void *arg)
{
    struct saying *s = arg;
    const struct consent_statement *k = s->said;
    const struct consent_act act = { .channel = k->channel,
                                     .address = k->address,
                                     .sender = "",
                                     .at = k->at,
                                     .source = k->source,
                                     .source_ref = k->source_ref,
                                     .wording = k->wording,
                                     .evidence = k->evidence,
                                     .anew = true };
    bool changed;

    return consent_withdraw_address(db, &act, &s->ids, &changed);
}

static enum rc withdraw_address(struct db *db, struct saying *s)
{
    const struct consent_statement *k = s->said;
    enum rc rc = consent_ids_wanted(db, k->channel, k->address, &s->ids.n);

    if (!rc && s->ids.n)
        rc = db_new_ids(db, "consent_event", s->ids.n, &s->ids.first);
    if (!rc)
        rc = db_transaction(db, stop_body, s);
    s->out->event_id = s->ids.first;
    s->out->n = s->ids.n;
    return !rc && k->channel == CHANNEL_SMS ? add_number(s, k->address) : rc;
}

enum rc consent_say(struct db *db, const struct consent_statement *statement, struct arena *arena,
                    struct consent_outcome *out, struct error *err)
{
    struct saying s = { .said = statement, .arena = arena, .out = out, .err = err };

    *out = (struct consent_outcome){ .ruling = CONSENT_COUNTS };
    err->text[0] = '\0';
    s.changes = arena_alloc(arena, (CONSENT_SHARERS_MAX + 1) * sizeof(*s.changes));
    out->stopped = arena_alloc(arena, (NUMBERS_MAX + 1) * sizeof(*out->stopped));
    if (!s.changes || !out->stopped)
        return RC_FAIL;
    if (statement->state == CONSENT_GRANTED)
        return say_grant(db, &s);
    if (statement->customer_id)
        return withdraw_customer(db, &s);
    if (statement->purpose != PURPOSE_PROMO)
        return error_set(err, RC_INVALID,
                         "service messages are refused by a customer, not by an address");
    return withdraw_address(db, &s);
}
