/* export.c - a section is a statement and a line of the table: its first column is the key by which
 * its pages go on. */
#include "store/export.h"

#include <stdio.h>
#include <string.h>

#include "store/db.h"
#include "store/merged_sql.h"

#define PAGE 500

static const char SQL_KNOWN[] = "SELECT COUNT(*) FROM customer WHERE id = ?";

/* All take the customer, the key from behind which, and the most rows to give. */
static const char SQL_IDENTITY[] =
    "SELECT c.id, c.id, c.first_name, c.last_name, c.company, c.language, c.street, c.postcode,"
    "       c.city, c.country, c.timezone, c.birth_date, IF(c.minor, 'yes', 'no'),"
    "       IF(c.do_not_contact, 'yes', 'no'), g.label, a.label, c.created_at, c.updated_at,"
    "       c.last_contact_at, c.last_reply_at, c.erased_at"
    "  FROM customer c"
    "  LEFT JOIN category g ON g.id = c.category_id"
    "  LEFT JOIN acquisition_source a ON a.id = c.acquisition_source_id"
    " WHERE c.id = ? AND c.id > ?"
    " LIMIT ?";

/* Names of the other one are kept for as long as it can be undone. */
static const char SQL_SAME[] =
    "SELECT g.customer_id, g.customer_id, g.at, JSON_VALUE(g.kept, '$.gone.customer.first_name'),"
    "       JSON_VALUE(g.kept, '$.gone.customer.last_name'),"
    "       JSON_VALUE(g.kept, '$.gone.customer.company')"
    "  FROM customer_merged g"
    " WHERE g.into_id = ? AND g.customer_id > ? AND g.step <> 'undone'"
    " ORDER BY g.customer_id"
    " LIMIT ?";

static const char SQL_NUMBERS[] = "SELECT r.partner_id, p.label, r.customer_number"
                                  "  FROM customer_ref r"
                                  "  JOIN partner p ON p.id = r.partner_id"
                                  " WHERE r.customer_id = ? AND r.partner_id > ?"
                                  " ORDER BY r.partner_id, r.customer_number"
                                  " LIMIT ?";

static const char SQL_FIELDS[] = "SELECT v.field_id, f.name, v.value"
                                 "  FROM customer_field v"
                                 "  JOIN custom_field f ON f.id = v.field_id"
                                 " WHERE v.customer_id = ? AND v.field_id > ?"
                                 " ORDER BY v.field_id"
                                 " LIMIT ?";

static const char SQL_CONTACTS[] =
    "SELECT n.n, n.channel, n.address, n.main, n.state, n.created_at"
    "  FROM (SELECT ROW_NUMBER() OVER (ORDER BY channel, address) AS n, channel, address,"
    "               IF(is_primary, 'yes', 'no') AS main, state, created_at"
    "          FROM contact_point"
    "         WHERE customer_id = ?) n"
    " WHERE n.n > ?"
    " ORDER BY n.n"
    " LIMIT ?";

static const char SQL_CONSENTS[] =
    "SELECT e.id, e.id, e.at, e.state, e.channel, e.purpose, e.address, e.wording, e.source,"
    "       e.source_ref, e.sender, e.form, e.page, e.remote_address, e.signed_at, e.recorded_at"
    "  FROM " AND_MERGED " who"
    "  STRAIGHT_JOIN consent_event e FORCE INDEX (by_customer) ON e.customer_id = who.id"
    " WHERE e.id > ?"
    " ORDER BY e.id"
    " LIMIT ?";

static const char SQL_ORDERS[] =
    "SELECT o.id, o.order_number, p.label, o.ordered_at, o.status, r.label, o.goods, o.weight_g,"
    "       o.window_from, o.window_to, o.collect_cents, o.currency, o.street, o.postcode, o.city,"
    "       o.country"
    "  FROM customer_order o"
    "  JOIN partner p ON p.id = o.partner_id"
    "  LEFT JOIN product_range r ON r.id = o.product_range_id"
    " WHERE o.customer_id = ? AND o.id > ?"
    " ORDER BY o.id"
    " LIMIT ?";

static const char SQL_STATUSES[] =
    "SELECT e.id, o.order_number, p.label, e.at, e.status, e.place, e.note, e.recorded_at"
    "  FROM customer_order o"
    "  JOIN order_event e ON e.order_id = o.id"
    "  JOIN partner p ON p.id = e.partner_id"
    " WHERE o.customer_id = ? AND e.id > ?"
    " ORDER BY e.id"
    " LIMIT ?";

static const char SQL_INVOICES[] =
    "SELECT i.id, i.number, p.label,"
    "       CASE WHEN i.cancelled_at IS NOT NULL THEN 'cancelled'"
    "            WHEN i.paid_at IS NOT NULL THEN 'paid'"
    "            WHEN i.paid_cents > 0 THEN 'partly paid'"
    "            ELSE 'open' END,"
    "       o.order_number, CAST(i.issued_on AS CHAR), CAST(i.due_on AS CHAR), i.amount_cents,"
    "       i.paid_cents, i.currency"
    "  FROM invoice i"
    "  LEFT JOIN partner p ON p.id = i.partner_id"
    "  LEFT JOIN customer_order o ON o.id = i.order_id"
    " WHERE i.customer_id = ? AND i.id > ?"
    " ORDER BY i.id"
    " LIMIT ?";

static const char SQL_PAYMENTS[] =
    "SELECT y.id, i.number, CAST(y.paid_on AS CHAR), y.amount_cents, y.currency, y.reference"
    "  FROM invoice i"
    "  JOIN payment y ON y.invoice_id = i.id"
    " WHERE i.customer_id = ? AND y.id > ?"
    " ORDER BY y.id"
    " LIMIT ?";

static const char SQL_MESSAGES[] =
    "SELECT m.id, m.id, m.created_at, m.channel, m.address, m.sender, m.text, m.class, m.state,"
    "       m.reason, k.name, m.consent_event_id, m.legal_basis, m.subject"
    "  FROM message m"
    "  LEFT JOIN campaign k ON k.id = m.campaign_id"
    " WHERE m.customer_id = ? AND m.id > ?"
    " ORDER BY m.id"
    " LIMIT ?";

static const char SQL_REPLIES[] =
    "SELECT i.id, i.id, i.at, i.channel, i.from_address, i.to_address,"
    "       COALESCE(m.text, i.text), i.keyword, m.subject"
    "  FROM inbound_message i"
    "  LEFT JOIN mail_in m ON m.id = i.id"
    " WHERE i.customer_id = ? AND i.id > ?"
    " ORDER BY i.id"
    " LIMIT ?";

/* Of a number that was not known then; what somebody else with the number wrote is not theirs. */
static const char SQL_EARLIER[] =
    "SELECT i.id, i.id, i.at, i.channel, i.from_address, i.to_address,"
    "       COALESCE(m.text, i.text), i.keyword, m.subject"
    "  FROM contact_point p"
    "  JOIN inbound_message i"
    "    ON i.from_address = p.address AND i.channel = p.channel AND i.customer_id IS NULL"
    "  LEFT JOIN mail_in m ON m.id = i.id"
    " WHERE p.customer_id = ? AND i.id > ?"
    " ORDER BY i.id"
    " LIMIT ?";

/* Of every mail in the two lists above; its number finds the file itself. */
static const char SQL_DOCUMENTS[] =
    "SELECT d.mail_id * 1000 + d.n, d.mail_id, d.document_id, d.name, d.type, d.size"
    "  FROM inbound_message i"
    "  JOIN mail_document d ON d.mail_id = i.id"
    " WHERE i.customer_id = ? AND d.mail_id * 1000 + d.n > ?"
    " ORDER BY 1"
    " LIMIT ?";

static const char SQL_TASKS[] =
    "SELECT t.id, t.id, t.created_at, t.title, t.expected, t.state, t.due_at, t.done_at"
    "  FROM contact_task t"
    " WHERE t.customer_id = ? AND t.id > ?"
    " ORDER BY t.id"
    " LIMIT ?";

static const char SQL_RESULTS[] = "SELECT r.id, r.at, o.code, r.note, r.next_at, r.task_id"
                                  "  FROM contact_result r"
                                  "  JOIN contact_outcome o ON o.id = r.outcome_id"
                                  " WHERE r.customer_id = ? AND r.id > ?"
                                  " ORDER BY r.id"
                                  " LIMIT ?";

static const char SQL_NOTES[] = "SELECT n.id, n.at, n.note, n.task_id"
                                "  FROM contact_note n"
                                " WHERE n.customer_id = ? AND n.id > ?"
                                " ORDER BY n.id"
                                " LIMIT ?";

static const char SQL_EXCLUSIONS[] =
    "SELECT k.id, k.name, k.started_at, x.reason"
    "  FROM campaign k"
    "  JOIN campaign_exclusion x ON x.campaign_id = k.id AND x.customer_id = ?"
    " WHERE k.id > ?"
    " ORDER BY k.id"
    " LIMIT ?";

static const char SQL_ACTS[] = "SELECT a.id, a.at, a.verb, a.detail"
                               "  FROM " AND_MERGED " who"
                               "  STRAIGHT_JOIN audit_entry a FORCE INDEX (by_subject)"
                               "             ON a.subject = 'customer' AND a.subject_id = who.id"
                               " WHERE a.id > ?"
                               " ORDER BY a.id"
                               " LIMIT ?";

enum kind { TEXT, NUMBER, TIME };

static const struct section {
    const char *name, *sql;
    struct {
        const char *name;
        enum kind kind;
    } columns[EXPORT_COLUMNS_MAX]; /* from the second one on */
} sections[] = {
    { "identity",
      SQL_IDENTITY,
      { { "id", NUMBER },           { "first_name", TEXT }, { "last_name", TEXT },
        { "company", TEXT },        { "language", TEXT },   { "street", TEXT },
        { "postcode", TEXT },       { "city", TEXT },       { "country", TEXT },
        { "timezone", TEXT },       { "birth_date", TEXT }, { "minor", TEXT },
        { "do_not_contact", TEXT }, { "category", TEXT },   { "source", TEXT },
        { "created_at", TIME },     { "updated_at", TIME }, { "last_contact_at", TIME },
        { "last_reply_at", TIME },  { "erased_at", TIME } } },
    { "also_known_as",
      SQL_SAME,
      { { "id", NUMBER },
        { "at", TIME },
        { "first_name", TEXT },
        { "last_name", TEXT },
        { "company", TEXT } } },
    { "numbers", SQL_NUMBERS, { { "partner", TEXT }, { "number", TEXT } } },
    { "fields", SQL_FIELDS, { { "name", TEXT }, { "value", TEXT } } },
    { "contact_points",
      SQL_CONTACTS,
      { { "channel", TEXT },
        { "address", TEXT },
        { "primary", TEXT },
        { "state", TEXT },
        { "created_at", TIME } } },
    { "consents",
      SQL_CONSENTS,
      { { "id", NUMBER },
        { "at", TIME },
        { "state", TEXT },
        { "channel", TEXT },
        { "purpose", TEXT },
        { "address", TEXT },
        { "wording", TEXT },
        { "source", TEXT },
        { "source_ref", TEXT },
        { "sender", TEXT },
        { "form", TEXT },
        { "page", TEXT },
        { "remote_address", TEXT },
        { "signed_at", TIME },
        { "recorded_at", TIME } } },
    { "orders",
      SQL_ORDERS,
      { { "number", TEXT },
        { "partner", TEXT },
        { "ordered_at", TIME },
        { "status", TEXT },
        { "product_range", TEXT },
        { "goods", TEXT },
        { "weight_g", NUMBER },
        { "window_from", TIME },
        { "window_to", TIME },
        { "collect_cents", NUMBER },
        { "currency", TEXT },
        { "street", TEXT },
        { "postcode", TEXT },
        { "city", TEXT },
        { "country", TEXT } } },
    { "statuses",
      SQL_STATUSES,
      { { "order", TEXT },
        { "partner", TEXT },
        { "at", TIME },
        { "status", TEXT },
        { "place", TEXT },
        { "note", TEXT },
        { "recorded_at", TIME } } },
    { "invoices",
      SQL_INVOICES,
      { { "number", TEXT },
        { "partner", TEXT },
        { "state", TEXT },
        { "order", TEXT },
        { "issued_on", TEXT },
        { "due_on", TEXT },
        { "amount_cents", NUMBER },
        { "paid_cents", NUMBER },
        { "currency", TEXT } } },
    { "payments",
      SQL_PAYMENTS,
      { { "invoice", TEXT },
        { "paid_on", TEXT },
        { "amount_cents", NUMBER },
        { "currency", TEXT },
        { "reference", TEXT } } },
    { "messages",
      SQL_MESSAGES,
      { { "id", NUMBER },
        { "at", TIME },
        { "channel", TEXT },
        { "address", TEXT },
        { "sender", TEXT },
        { "text", TEXT },
        { "class", TEXT },
        { "state", TEXT },
        { "reason", TEXT },
        { "campaign", TEXT },
        { "consent", NUMBER },
        { "legal_basis", TEXT },
        { "subject", TEXT } } },
    { "replies",
      SQL_REPLIES,
      { { "id", NUMBER },
        { "at", TIME },
        { "channel", TEXT },
        { "from", TEXT },
        { "to", TEXT },
        { "text", TEXT },
        { "keyword", TEXT },
        { "subject", TEXT } } },
    { "earlier_replies",
      SQL_EARLIER,
      { { "id", NUMBER },
        { "at", TIME },
        { "channel", TEXT },
        { "from", TEXT },
        { "to", TEXT },
        { "text", TEXT },
        { "keyword", TEXT },
        { "subject", TEXT } } },
    { "documents",
      SQL_DOCUMENTS,
      { { "mail", NUMBER },
        { "document", NUMBER },
        { "name", TEXT },
        { "type", TEXT },
        { "bytes", NUMBER } } },
    { "tasks",
      SQL_TASKS,
      { { "id", NUMBER },
        { "at", TIME },
        { "title", TEXT },
        { "expected", TEXT },
        { "state", TEXT },
        { "due_at", TIME },
        { "done_at", TIME } } },
    { "contacts",
      SQL_RESULTS,
      { { "at", TIME },
        { "outcome", TEXT },
        { "note", TEXT },
        { "next_at", TIME },
        { "task", NUMBER } } },
    { "contact_notes", SQL_NOTES, { { "at", TIME }, { "note", TEXT }, { "task", NUMBER } } },
    { "left_out_of", SQL_EXCLUSIONS, { { "campaign", TEXT }, { "at", TIME }, { "reason", TEXT } } },
    { "acts", SQL_ACTS, { { "at", TIME }, { "what", TEXT }, { "detail", TEXT } } },
};

static void tell_row(const struct section *s, const struct db_rows *rows,
                     const struct export_sink *sink)
{
    struct export_value values[EXPORT_COLUMNS_MAX];
    char words[EXPORT_COLUMNS_MAX][CLOCK_TEXT_SIZE];
    size_t n = 0;

    for (unsigned i = 0; i < EXPORT_COLUMNS_MAX && s->columns[i].name; i++) {
        const unsigned col = i + 1;
        struct export_value v = { .name = s->columns[i].name, .text = words[i] };

        if (db_is_null(rows, col))
            continue;
        switch (s->columns[i].kind) {
        case TEXT:
            v.text = db_get_text(rows, col);
            break;
        case NUMBER:
            v.is_number = true;
            snprintf(words[i], sizeof(words[i]), "%lld", (long long)db_get_i64(rows, col));
            break;
        case TIME:
            clock_format(db_get_time(rows, col), words[i]);
            break;
        }
        if (*v.text)
            values[n++] = v;
    }
    sink->row(sink->arg, values, n);
}

static enum rc read_section(struct db *db, uint64_t customer_id, const struct section *s,
                            const struct export_sink *sink)
{
    uint64_t after = 0;
    size_t n = PAGE;
    enum rc rc = RC_OK;

    sink->section(sink->arg, s->name);
    while (!rc && n == PAGE) {
        struct db_rows *rows;

        rc = db_query(db, s->sql, DB_IN(db_u64(customer_id), db_u64(after), db_u64(PAGE)), &rows);
        if (rc)
            return rc;
        for (n = 0; db_next(rows); n++) {
            after = db_get_u64(rows, 0);
            tell_row(s, rows, sink);
        }
        rc = db_rows_end(rows);
    }
    return rc;
}

enum rc export_read(struct db *db, uint64_t customer_id, const struct export_sink *sink)
{
    uint64_t known = 0;
    enum rc rc = db_query_u64(db, SQL_KNOWN, DB_IN(db_u64(customer_id)), &known);

    if (!rc && !known)
        rc = RC_NOTFOUND;
    for (size_t i = 0; !rc && i < sizeof(sections) / sizeof(sections[0]); i++)
        rc = read_section(db, customer_id, &sections[i], sink);
    return rc;
}
