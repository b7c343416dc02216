/* contact_result_effect.c - what an outcome does to the customer: a number that is somebody else's
 * is not called again, who wants no contact gets none. */
#include <stdio.h>

#include "store/calling_sql.h"
#include "store/consent.h"
#include "store/contact_enrolment.h"
#include "store/contact_refusal.h"
#include "store/contact_result_private.h"
#include "store/contact_task.h"
#include "store/standing.h"

/* The number that was called: as it was shown and told. */
static const char SQL_NUMBER[] = NUMBERS_TO_CALL "?" BEST_NUMBER_FIRST " LIMIT 2 FOR UPDATE";

static const char SQL_SPOIL[] = "UPDATE contact_point"
                                "   SET state = 'invalid'"
                                " WHERE customer_id = ? AND channel = 'sms' AND address = ?";

static const char SQL_NOTE[] = "UPDATE contact_result SET spoiled = ? WHERE id = ?";

/* Unless somebody else said so, too. */
static const char SQL_MEND[] =
    "UPDATE contact_point p"
    "   SET p.state = 'valid'"
    " WHERE p.customer_id = ? AND p.channel = 'sms' AND p.address = ? AND p.state = 'invalid'"
    "   AND NOT EXISTS (SELECT 1"
    "                     FROM contact_result r"
    "                     LEFT JOIN contact_task t ON t.id = r.task_id"
    "                    WHERE r.customer_id = p.customer_id AND r.spoiled = p.address"
    "                      AND COALESCE(r.task_id, 0) <> ?"
    "                      AND (t.id IS NULL OR t.result_id = r.id))";

static const char SQL_QUEUED[] = "SELECT id"
                                 "  FROM message"
                                 " WHERE customer_id = ? AND state IN ('queued', 'held')"
                                 "   AND class = 'promo' AND channel = 'sms' AND address = ?"
                                 " ORDER BY id DESC"
                                 " LIMIT ?"
                                 "   FOR UPDATE";

static const char SQL_CANCEL[] = "UPDATE message"
                                 "   SET state = 'cancelled', reason = 'invalid_address'"
                                 " WHERE id = ? AND state IN ('queued', 'held')";

static const char SQL_CANCELLED[] =
    "INSERT INTO message_event (id, message_id, part, kind, at, detail)"
    "VALUES (?, ?, 0, 'cancelled', ?, 'invalid_address')";

static const char SQL_ADDRESSES[] = "SELECT channel = 'email', address"
                                    "  FROM contact_point"
                                    " WHERE customer_id = ?"
                                    " ORDER BY is_primary, address DESC";

static const char SQL_NO_CONTACT[] = "UPDATE customer"
                                     "   SET do_not_contact = TRUE, updated_at = ?"
                                     " WHERE id = ?";

static enum rc read_ids(struct db *db, const char *sql, const struct db_value *in, size_t n_in,
                        uint64_t *ids, size_t max, size_t *n)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, sql, in, n_in, &rows);

    if (rc)
        return rc;
    for (*n = 0; *n < max && db_next(rows);)
        ids[(*n)++] = db_get_u64(rows, 0);
    return db_rows_end(rows);
}

/* --- a wrong number --- */

static enum rc cancel_queued(struct db *db, const struct contact_affected *a, const char *number)
{
    uint64_t ids[CONTACT_CANCELS];
    size_t n;
    enum rc rc = read_ids(db, SQL_QUEUED,
                          DB_IN(db_u64(a->customer_id), db_text(number), db_u64(CONTACT_CANCELS)),
                          ids, CONTACT_CANCELS, &n);

    for (size_t i = 0; !rc && i < n; i++) {
        rc = db_run(db, SQL_CANCEL, DB_IN(db_u64(ids[i])), NULL);
        if (!rc)
            rc = db_run(db, SQL_CANCELLED,
                        DB_IN(db_u64(a->ids->event + i), db_u64(ids[i]), db_time(a->at)), NULL);
    }
    return rc;
}

static enum rc wrong_number(struct db *db, const struct contact_affected *a)
{
    char *number = a->out->stopped[0];
    struct db_rows *rows;
    bool found, more;
    enum rc rc = db_query(db, SQL_NUMBER, DB_IN(db_u64(a->customer_id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        snprintf(number, E164_SIZE, "%s", db_get_text(rows, 0));
    more = found && db_next(rows);
    rc = db_rows_end(rows);
    if (rc || !found)
        return rc;
    a->out->n_stopped = 1;
    rc = db_run(db, SQL_SPOIL, DB_IN(db_u64(a->customer_id), db_text(number)), NULL);
    if (!rc)
        rc = db_run(db, SQL_NOTE, DB_IN(db_text(number), db_u64(a->ids->result)), NULL);
    if (!rc)
        rc = standing_refresh(db, &a->customer_id, 1);
    if (!rc)
        rc = cancel_queued(db, a, number);
    return rc || more
               ? rc
               : contact_task_cancel_others(db, a->customer_id, a->task_id, false, "wrong_number");
}

static enum rc right_number(struct db *db, const struct contact_affected *a, const char *spoiled)
{
    enum rc rc;

    if (!*spoiled)
        return RC_OK;
    rc = db_run(db, SQL_MEND, DB_IN(db_u64(a->customer_id), db_text(spoiled), db_u64(a->task_id)),
                NULL);
    return rc ? rc : standing_refresh(db, &a->customer_id, 1);
}

/* --- no contact --- */

/* The primary ones come last, and stay: the ledger names them. */
static enum rc read_addresses(struct db *db, const struct contact_affected *a,
                              char primary[2][ADDRESS_SIZE])
{
    struct contact_recorded *out = a->out;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_ADDRESSES, DB_IN(db_u64(a->customer_id)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const bool mail = db_get_u64(rows, 0) != 0;
        const char *address = db_get_text(rows, 1);

        snprintf(primary[mail], ADDRESS_SIZE, "%s", address);
        if (!mail && out->n_stopped < CONTACT_STOPPED_MAX)
            snprintf(out->stopped[out->n_stopped++], E164_SIZE, "%s", address);
    }
    return db_rows_end(rows);
}

static enum rc withdraw_all(struct db *db, const struct contact_affected *a)
{
    char primary[2][ADDRESS_SIZE] = { "", "" };
    struct consent_change changes[CONTACT_WORDS];
    enum rc rc = read_addresses(db, a, primary);

    for (int i = 0; i < CONTACT_WORDS; i++)
        changes[i] = (struct consent_change){ .customer_id = a->customer_id,
                                              .channel = (enum channel)(i / 2),
                                              .purpose = (enum purpose)(i % 2),
                                              .state = CONSENT_WITHDRAWN,
                                              .address = primary[i / 2],
                                              .at = a->at,
                                              .source = CONSENT_BY_STAFF,
                                              .source_ref = a->report->who,
                                              .wording = a->report->note,
                                              .evidence = { .recorded_by = a->report->who } };
    return rc ? rc : consent_append(db, changes, CONTACT_WORDS, a->ids->consent);
}

static enum rc no_contact(struct db *db, const struct contact_affected *a)
{
    enum rc rc =
        db_run(db, SQL_NO_CONTACT, DB_IN(db_time(clock_now()), db_u64(a->customer_id)), NULL);

    if (!rc)
        rc = withdraw_all(db, a);
    return rc ? rc : contact_refuse(db, a->customer_id, a->task_id, clock_now());
}

enum rc contact_effect_apply(struct db *db, const struct contact_affected *a,
                             enum contact_effect effect)
{
    enum rc rc;

    switch (effect) {
    case CONTACT_EFFECT_WRONG_NUMBER:
        rc = a->ids->event ? wrong_number(db, a) : RC_AGAIN;
        return rc ? rc
                  : contact_enrolment_stop_all(db, a->customer_id, "wrong_number", clock_now());
    case CONTACT_EFFECT_DO_NOT_CONTACT:
        return a->ids->consent ? no_contact(db, a) : RC_AGAIN;
    case CONTACT_EFFECT_NONE:
    case CONTACT_EFFECT_CALL_BACK:
    case CONTACT_EFFECT_ORDER:
    case CONTACT_EFFECTS:
        break;
    }
    return RC_OK;
}

/* That somebody wants no contact is not taken back by a correction: the ledger needs the person's
 * own word for that. */
enum rc contact_effect_undo(struct db *db, const struct contact_affected *a,
                            enum contact_effect effect, const char *spoiled)
{
    return effect == CONTACT_EFFECT_WRONG_NUMBER ? right_number(db, a, spoiled) : RC_OK;
}
