/* erase.c - the transaction that makes a customer nobody, and looking at erasures. */
#include "store/erase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/audit.h"
#include "store/contact_return.h"
#include "store/db.h"
#include "store/erase_contact.h"
#include "store/standing.h"

#define ADDRESSES_MAX 1000 /* of one customer */

static const char SQL_NAME[] =
    "SELECT CONCAT_WS(' ', NULLIF(first_name, ''), NULLIF(last_name, ''), NULLIF(company, ''))"
    "  FROM customer"
    " WHERE id = ?";

static const char SQL_COUNT[] =
    "SELECT (SELECT COUNT(*) FROM contact_point p WHERE p.customer_id = c.id),"
    "       (SELECT COUNT(*) FROM customer_field f WHERE f.customer_id = c.id),"
    "       (SELECT COUNT(*) FROM customer_ref r WHERE r.customer_id = c.id),"
    "       (SELECT COUNT(*) FROM customer_order o WHERE o.customer_id = c.id),"
    "       (SELECT COUNT(*) FROM consent_event e WHERE e.customer_id = c.id),"
    "       (SELECT COUNT(*) FROM message m WHERE m.customer_id = c.id),"
    "       (SELECT COUNT(*) FROM message m"
    "         WHERE m.customer_id = c.id AND m.state IN ('queued', 'held')),"
    "       (SELECT COUNT(*) FROM inbound_message i WHERE i.customer_id = c.id)"
    "  FROM customer c"
    " WHERE c.id = ?";

static const char SQL_CUSTOMER[] = "SELECT do_not_contact, erased_at IS NOT NULL"
                                   "  FROM customer"
                                   " WHERE id = ?"
                                   "   FOR UPDATE";

/* A refusal is the address's own, the customer's, or for any contact. */
static const char SQL_ADDRESSES[] =
    "SELECT p.channel, p.address, COALESCE(o.sender, ''),"
    "       CASE WHEN o.address IS NOT NULL THEN o.at"
    "            WHEN k.state = 'withdrawn' THEN k.at"
    "            WHEN ? THEN ?"
    "            ELSE NULL END,"
    "       EXISTS (SELECT 1 FROM contact_point q"
    "                WHERE q.address = p.address AND q.channel = p.channel"
    "                  AND q.customer_id <> p.customer_id)"
    "  FROM contact_point p"
    "  LEFT JOIN consent_current k"
    "         ON k.customer_id = p.customer_id AND k.channel = p.channel AND k.purpose = 'promo'"
    "  LEFT JOIN opt_out o ON o.channel = p.channel AND o.address = p.address"
    " WHERE p.customer_id = ?"
    " LIMIT ?";

static const char SQL_FORGET[] =
    "UPDATE customer"
    "   SET first_name = '', last_name = '', company = '', street = '', postcode = '', city = '',"
    "       timezone = '', birth_date = NULL, minor = FALSE, owner_id = NULL, erased_at = ?,"
    "       updated_at = ?"
    " WHERE id = ? AND erased_at IS NULL";

static const char SQL_ADDRESS[] =
    "INSERT IGNORE INTO erasure_address (customer_id, channel, address, is_shared)"
    "VALUES (?, ?, ?, ?)";

static const char SQL_OPT_OUT_GONE[] = "DELETE FROM opt_out WHERE channel = ? AND address = ?";

static const char SQL_FIELDS_GONE[] = "DELETE FROM customer_field WHERE customer_id = ?";

/* Whether they are somebody else is nobody's question any more; nor is what was kept to undo that
 * they are. */
static const char SQL_LOWER_GONE[] = "DELETE FROM customer_double WHERE low_id = ?";
static const char SQL_HIGHER_GONE[] = "DELETE FROM customer_double WHERE high_id = ?";
static const char SQL_MOVED_GONE[] = "DELETE v"
                                     "  FROM customer_merged g"
                                     "  JOIN customer_moved v ON v.customer_id = g.customer_id"
                                     " WHERE g.into_id = ?";
static const char SQL_KEPT_GONE[] =
    "UPDATE customer_merged SET kept = NULL, undo_until = NULL WHERE into_id = ?";

static const char SQL_CONTACTS_GONE[] = "DELETE FROM contact_point WHERE customer_id = ?";

/* What imports would need to give them back what they were. */
static const char SQL_BEFORE_GONE[] =
    "DELETE FROM import_before WHERE kind = 'customer' AND subject_id = ?";
static const char SQL_ORDERS_BEFORE_GONE[] =
    "DELETE b FROM customer_order o"
    "  JOIN import_before b ON b.kind = 'order' AND b.subject_id = o.id"
    " WHERE o.customer_id = ?";

/* A hash of what a partner sent would tell who it was to whoever guesses it. */
static const char SQL_REF_HASH[] =
    "UPDATE customer_ref SET content_hash = REPEAT(CHAR(0), 16) WHERE customer_id = ?";

/* Order numbers, dates and sums are the house's books. */
static const char SQL_ORDERS[] = "UPDATE customer_order"
                                 "   SET goods = '', street = '', postcode = '', city = '',"
                                 "       content_hash = REPEAT(CHAR(0), 16)"
                                 " WHERE customer_id = ?";

/* What happened, and when, is the books' as well; where, and in which words, is not. */
static const char SQL_STATUSES[] = "UPDATE order_event e"
                                   "  JOIN customer_order o ON o.id = e.order_id"
                                   "   SET e.place = '', e.note = ''"
                                   " WHERE o.customer_id = ?";

static const char SQL_INVOICES[] = "UPDATE invoice SET content_hash = NULL WHERE customer_id = ?";

/* Whoever pays writes their name there. */
static const char SQL_PAYMENTS[] =
    "UPDATE payment y"
    "  JOIN invoice i ON i.id = y.invoice_id"
    "   SET y.reference = '', y.payment_key = CONCAT('erased:', y.id)"
    " WHERE i.customer_id = ?";

static const char SQL_ASK[] =
    "INSERT INTO erasure (customer_id, who, reason, asked_at, step, due_at, message_total)"
    "SELECT ?, ?, ?, ?, 'messages', ?, COUNT(*) FROM message WHERE customer_id = ?";

static const char SQL_PROGRESS[] =
    "SELECT message_total, message_n, cancelled_n, inbound_n, asked_at, finished_at, who, reason"
    "  FROM erasure"
    " WHERE customer_id = ?";

struct address {
    enum channel channel;
    char address[ADDRESS_SIZE], sender[21];
    utc_us objected_at; /* 0: not */
    bool shared;
};

struct beginning {
    uint64_t customer_id, audit_id;
    const char *who, *reason;
    utc_us now;
    struct address *addresses;
    size_t n;
};

/* --- what there is --- */

static enum rc read_addresses(struct db *db, struct beginning *b, bool do_not_contact)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_ADDRESSES,
                          DB_IN(db_u64(do_not_contact), db_time(b->now), db_u64(b->customer_id),
                                db_u64(ADDRESSES_MAX)),
                          &rows);

    b->n = 0;
    if (rc)
        return rc;
    while (db_next(rows)) {
        struct address *a = &b->addresses[b->n++];

        a->channel = strcmp(db_get_text(rows, 0), "email") == 0 ? CHANNEL_EMAIL : CHANNEL_SMS;
        snprintf(a->address, sizeof(a->address), "%s", db_get_text(rows, 1));
        snprintf(a->sender, sizeof(a->sender), "%s", db_get_text(rows, 2));
        a->objected_at = db_get_time(rows, 3);
        a->shared = db_get_u64(rows, 4) != 0;
    }
    return db_rows_end(rows);
}

static enum rc look_at_customer(struct db *db, const struct beginning *b, bool *do_not_contact,
                                bool *erased)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_CUSTOMER, DB_IN(db_u64(b->customer_id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        *do_not_contact = db_get_u64(rows, 0) != 0;
        *erased = db_get_u64(rows, 1) != 0;
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

static enum rc read_name(struct db *db, uint64_t customer_id, char *name, size_t size)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_NAME, DB_IN(db_u64(customer_id)), &rows);

    if (rc)
        return rc;
    if (db_next(rows))
        snprintf(name, size, "%s", db_get_text(rows, 0));
    return db_rows_end(rows);
}

enum rc erase_count(struct db *db, uint64_t customer_id, struct erase_count *out)
{
    struct beginning b = { .customer_id = customer_id, .now = clock_now() };
    uint64_t *const figures[] = {
        &out->contact_points, &out->fields,   &out->numbers, &out->orders,
        &out->consents,       &out->messages, &out->queued,  &out->inbound
    };
    bool do_not_contact = false, erased = false;
    struct db_rows *rows;
    enum rc rc = look_at_customer(db, &b, &do_not_contact, &erased);

    *out = (struct erase_count){ 0 };
    b.addresses = calloc(ADDRESSES_MAX, sizeof(*b.addresses));
    if (!b.addresses)
        rc = RC_FAIL;
    if (!rc)
        rc = read_addresses(db, &b, do_not_contact);
    for (size_t i = 0; !rc && i < b.n; i++)
        out->objections += b.addresses[i].objected_at != 0;
    free(b.addresses);
    if (!rc)
        rc = read_name(db, customer_id, out->name, sizeof(out->name));
    if (!rc)
        rc = db_query(db, SQL_COUNT, DB_IN(db_u64(customer_id)), &rows);
    if (rc)
        return rc;
    if (db_next(rows)) {
        for (unsigned i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
            *figures[i] = db_get_u64(rows, i);
    }
    return db_rows_end(rows);
}

/* --- the transaction --- */

/* Who else has the number keeps it, and what is known of it. */
static enum rc part_with_address(struct db *db, const struct beginning *b, const struct address *a)
{
    const struct contact_address point = { a->channel, a->address };
    enum rc rc = db_run(db, SQL_ADDRESS,
                        DB_IN(db_u64(b->customer_id), db_text(channel_name(a->channel)),
                              db_text(a->address), db_u64(a->shared)),
                        NULL);

    if (!rc && a->objected_at)
        rc = objection_keep(db, &point, a->sender, a->objected_at);
    if (!rc && !a->shared)
        rc = db_run(db, SQL_OPT_OUT_GONE,
                    DB_IN(db_text(channel_name(a->channel)), db_text(a->address)), NULL);
    return rc;
}

static enum rc forget(struct db *db, const struct beginning *b)
{
    static const char *const statements[] = {
        SQL_FIELDS_GONE, SQL_CONTACTS_GONE, SQL_REF_HASH,          SQL_ORDERS,      SQL_STATUSES,
        SQL_INVOICES,    SQL_PAYMENTS,      SQL_LOWER_GONE,        SQL_HIGHER_GONE, SQL_MOVED_GONE,
        SQL_KEPT_GONE,   SQL_BEFORE_GONE,   SQL_ORDERS_BEFORE_GONE
    };
    uint64_t changed;
    enum rc rc = db_run(db, SQL_FORGET,
                        DB_IN(db_time(b->now), db_time(b->now), db_u64(b->customer_id)), &changed);

    if (!rc && !changed)
        rc = RC_CONFLICT;
    for (size_t i = 0; !rc && i < sizeof(statements) / sizeof(statements[0]); i++)
        rc = db_run(db, statements[i], DB_IN(db_u64(b->customer_id)), NULL);
    return rc;
}

static enum rc begin_body(struct db *db, void *arg)
{
    struct beginning *b = arg;
    bool do_not_contact = false, erased = false;
    enum rc rc = look_at_customer(db, b, &do_not_contact, &erased);

    if (!rc && erased)
        rc = RC_CONFLICT;
    if (!rc)
        rc = read_addresses(db, b, do_not_contact);
    for (size_t i = 0; !rc && i < b->n; i++)
        rc = part_with_address(db, b, &b->addresses[i]);
    if (!rc)
        rc = forget(db, b);
    if (!rc)
        rc = erase_contacts(db, b->customer_id);
    if (!rc)
        rc = db_run(db, SQL_ASK,
                    DB_IN(db_u64(b->customer_id), db_text(b->who), db_text(b->reason),
                          db_time(b->now), db_time(b->now), db_u64(b->customer_id)),
                    NULL);
    if (!rc)
        rc = standing_refresh(db, &b->customer_id, 1);
    for (size_t i = 0; !rc && i < b->n; i++) {
        if (b->addresses[i].shared)
            rc = standing_refresh_address(db, b->addresses[i].channel, b->addresses[i].address);
    }
    return rc ? rc
              : audit_write(db, &(struct audit_entry){ .id = b->audit_id,
                                                       .at = b->now,
                                                       .who = b->who,
                                                       .verb = "erase",
                                                       .subject = AUDIT_CUSTOMER,
                                                       .subject_id = b->customer_id,
                                                       .detail = b->reason });
}

enum rc erase_begin(struct db *db, uint64_t customer_id, const char *who, const char *reason)
{
    struct beginning b = {
        .customer_id = customer_id, .who = who, .reason = reason, .now = clock_now()
    };
    enum rc rc = audit_new_id(db, &b.audit_id);

    b.addresses = calloc(ADDRESSES_MAX, sizeof(*b.addresses));
    if (!b.addresses)
        rc = RC_FAIL;
    if (!rc)
        rc = db_transaction(db, begin_body, &b);
    free(b.addresses);
    return rc;
}

enum rc erase_progress(struct db *db, uint64_t customer_id, struct erase_progress *out)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_PROGRESS, DB_IN(db_u64(customer_id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        *out = (struct erase_progress){ .message_total = db_get_u64(rows, 0),
                                        .messages = db_get_u64(rows, 1),
                                        .cancelled = db_get_u64(rows, 2),
                                        .inbound = db_get_u64(rows, 3),
                                        .asked_at = db_get_time(rows, 4),
                                        .finished_at = db_get_time(rows, 5) };
        snprintf(out->who, sizeof(out->who), "%s", db_get_text(rows, 6));
        snprintf(out->reason, sizeof(out->reason), "%s", db_get_text(rows, 7));
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}
