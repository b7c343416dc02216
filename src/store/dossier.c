/*
 * dossier.c - reads each kind of row, puts all of them in the order of time.
 *
 * A kind is a statement and a row of the table `parts`: its columns are the time, the id, the
 * title, and then the details under the names that the statement gives them there.
 */
#include "store/dossier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "store/db.h"
#include "store/merged_sql.h"

static const char *const kind_names[] = {
    [DOSSIER_CUSTOMER] = "customer", [DOSSIER_CONTACT_POINT] = "contact_point",
    [DOSSIER_CONSENT] = "consent",   [DOSSIER_ORDER] = "order",
    [DOSSIER_STATUS] = "status",     [DOSSIER_INVOICE] = "invoice",
    [DOSSIER_PAYMENT] = "payment",   [DOSSIER_MESSAGE] = "message",
    [DOSSIER_EVENT] = "event",       [DOSSIER_INBOUND] = "inbound",
    [DOSSIER_DOCUMENT] = "document", [DOSSIER_TASK] = "task",
    [DOSSIER_RESULT] = "result",     [DOSSIER_NOTE] = "note",
    [DOSSIER_PLAN] = "plan",
};

const char *dossier_kind_name(enum dossier_kind kind)
{
    return kind_names[kind];
}

/* Every statement takes the customer and the most rows it may give. */
static const char SQL_CUSTOMER[] =
    "SELECT c.created_at, c.id, TRIM(CONCAT(c.first_name, ' ', c.last_name)),"
    "       c.first_name, c.last_name, c.company, g.code, a.code, c.language, c.street,"
    "       c.postcode, c.city, c.country, IF(c.do_not_contact, 'yes', 'no'), c.erased_at,"
    "       c.last_contact_at, c.last_order_at, c.order_count, c.order_cents,"
    "       (SELECT GROUP_CONCAT(p.code, ':', r.customer_number ORDER BY p.code SEPARATOR ' ')"
    "          FROM customer_ref r JOIN partner p ON p.id = r.partner_id"
    "         WHERE r.customer_id = c.id),"
    "       s.login"
    "  FROM customer c"
    "  LEFT JOIN staff s ON s.id = c.owner_id"
    "  LEFT JOIN category g ON g.id = c.category_id"
    "  LEFT JOIN acquisition_source a ON a.id = c.acquisition_source_id"
    " WHERE c.id = ?"
    " LIMIT ?";

static const char SQL_CONTACT_POINTS[] =
    "SELECT created_at, 0, address, channel, IF(is_primary, 'yes', 'no'), state"
    "  FROM contact_point"
    " WHERE customer_id = ?"
    " ORDER BY created_at DESC"
    " LIMIT ?";

static const char SQL_CONSENTS[] =
    "SELECT e.at, e.id, e.state, e.channel, e.purpose, e.address, e.source, e.source_ref,"
    "       e.wording, e.recorded_at"
    "  FROM " AND_MERGED " who"
    "  STRAIGHT_JOIN consent_event e FORCE INDEX (by_customer) ON e.customer_id = who.id"
    " ORDER BY e.at DESC, e.id DESC"
    " LIMIT ?";

static const char SQL_ORDERS[] =
    "SELECT o.ordered_at, o.id, o.order_number, p.code, o.status, o.goods, o.weight_g,"
    "       o.window_from, o.window_to, o.collect_cents, o.currency, o.street, o.postcode, o.city,"
    "       o.country, CONCAT(o.import_id, ':', o.import_row)"
    "  FROM customer_order o"
    "  JOIN partner p ON p.id = o.partner_id"
    " WHERE o.customer_id = ?"
    " ORDER BY o.ordered_at DESC"
    " LIMIT ?";

static const char SQL_STATUSES[] =
    "SELECT e.at, e.id, e.status, o.order_number, p.code, e.place, e.note, e.import_id,"
    "       e.recorded_at"
    "  FROM customer_order o"
    "  JOIN order_event e ON e.order_id = o.id"
    "  JOIN partner p ON p.id = e.partner_id"
    " WHERE o.customer_id = ?"
    " ORDER BY e.id DESC"
    " LIMIT ?";

static const char SQL_INVOICES[] =
    "SELECT COALESCE(CAST(i.issued_on AS DATETIME(6)), i.created_at), i.id, i.number, p.code,"
    "       CASE WHEN i.cancelled_at IS NOT NULL THEN 'cancelled'"
    "            WHEN i.paid_at IS NOT NULL THEN 'paid'"
    "            WHEN i.paid_cents > 0 THEN 'partly paid'"
    "            ELSE 'open' END,"
    "       o.order_number, CAST(i.issued_on AS CHAR), CAST(i.due_on AS CHAR), i.amount_cents,"
    "       i.currency, i.paid_cents, NULLIF(GREATEST(i.paid_cents - i.amount_cents, 0), 0),"
    "       i.paid_at, i.cancelled_at, CONCAT(i.import_id, ':', i.import_row)"
    "  FROM invoice i"
    "  LEFT JOIN partner p ON p.id = i.partner_id"
    "  LEFT JOIN customer_order o ON o.id = i.order_id"
    " WHERE i.customer_id = ?"
    " ORDER BY i.id DESC"
    " LIMIT ?";

static const char SQL_PAYMENTS[] =
    "SELECT CAST(y.paid_on AS DATETIME(6)), y.id, i.number, y.amount_cents, y.currency,"
    "       y.reference, CONCAT(y.import_id, ':', y.import_row), y.recorded_at"
    "  FROM invoice i"
    "  JOIN payment y ON y.invoice_id = i.id"
    " WHERE i.customer_id = ?"
    " ORDER BY y.id DESC"
    " LIMIT ?";

static const char SQL_MESSAGES[] =
    "SELECT m.created_at, m.id, m.text, m.state, m.class, m.channel, m.address, m.sender,"
    "       m.encoding, m.parts, k.name, m.consent_event_id, m.legal_basis, m.reason, m.expires_at,"
    "       m.subject"
    "  FROM message m"
    "  LEFT JOIN campaign k ON k.id = m.campaign_id"
    " WHERE m.customer_id = ?"
    " ORDER BY m.id DESC"
    " LIMIT ?";

static const char SQL_EVENTS[] =
    "SELECT e.at, e.id, e.kind, e.message_id, e.part + 1, c.name, e.smsc_message_id, e.code,"
    "       e.detail"
    "  FROM message m"
    "  JOIN message_event e ON e.message_id = m.id"
    "  LEFT JOIN carrier c ON c.id = e.carrier_id"
    " WHERE m.customer_id = ?"
    " ORDER BY e.id DESC"
    " LIMIT ?";

/* By address, too: a number may belong to several customers, and was perhaps not known then. Two
 * questions, because with OR no index can answer. */
static const char SQL_INBOUND[] =
    "SELECT i.at, i.id, i.text, i.channel, i.from_address, i.to_address, i.keyword, i.answer_id,"
    "       i.answers_message_id, NULLIF(i.parts, 1), IF(i.incomplete, 'yes', ''), m.subject"
    "  FROM inbound_message i"
    "  LEFT JOIN mail_in m ON m.id = i.id"
    " WHERE i.customer_id = ?"
    " UNION "
    "SELECT i.at, i.id, i.text, i.channel, i.from_address, i.to_address, i.keyword, i.answer_id,"
    "       i.answers_message_id, NULLIF(i.parts, 1), IF(i.incomplete, 'yes', ''), m.subject"
    "  FROM contact_point p"
    "  JOIN inbound_message i ON i.from_address = p.address"
    "  LEFT JOIN mail_in m ON m.id = i.id"
    " WHERE p.customer_id = ?"
    " ORDER BY id DESC"
    " LIMIT ?";

/* By address, too, as above. */
static const char SQL_DOCUMENTS[] =
    "SELECT i.at AS at, COALESCE(d.document_id, 0) AS id, d.name, d.type,"
    "       IF(d.lies, d.declared, ''), d.size, IF(d.is_inline, 'yes', ''), d.why, i.id AS mail"
    "  FROM inbound_message i"
    "  JOIN mail_document d ON d.mail_id = i.id"
    " WHERE i.customer_id = ?"
    " UNION "
    "SELECT i.at, COALESCE(d.document_id, 0), d.name, d.type, IF(d.lies, d.declared, ''), d.size,"
    "       IF(d.is_inline, 'yes', ''), d.why, i.id"
    "  FROM contact_point p"
    "  JOIN inbound_message i ON i.from_address = p.address"
    "  JOIN mail_document d ON d.mail_id = i.id"
    " WHERE p.customer_id = ?"
    " ORDER BY mail DESC"
    " LIMIT ?";

static const char SQL_TASKS[] =
    "SELECT t.created_at, t.id, t.title, t.state, t.source, s.login, g.code, t.due_at, t.expected,"
    "       o.code, t.done_at, d.login, t.why, t.created_by"
    "  FROM contact_task t"
    "  LEFT JOIN staff s ON s.id = t.staff_id"
    "  LEFT JOIN staff d ON d.id = t.done_by"
    "  LEFT JOIN team g ON g.id = t.team_id"
    "  LEFT JOIN contact_outcome o ON o.id = t.outcome_id"
    " WHERE t.customer_id = ?"
    " ORDER BY t.id DESC"
    " LIMIT ?";

static const char SQL_RESULTS[] =
    "SELECT r.at, r.id, o.code, s.login, r.note, r.next_at, r.task_id, r.next_task_id, r.via, r.who"
    "  FROM contact_result r"
    "  JOIN contact_outcome o ON o.id = r.outcome_id"
    "  LEFT JOIN staff s ON s.id = r.staff_id"
    " WHERE r.customer_id = ?"
    " ORDER BY r.id DESC"
    " LIMIT ?";

static const char SQL_NOTES[] = "SELECT at, id, note, who, task_id"
                                "  FROM contact_note"
                                " WHERE customer_id = ?"
                                " ORDER BY id DESC"
                                " LIMIT ?";

/* Its beginning, and its end; what its steps became stands there as messages and tasks. */
static const char SQL_PLANS[] =
    "SELECT e.created_at AS at, e.id AS id, p.name, 'begun', e.version, '' AS why, e.created_by"
    "  FROM contact_enrolment e"
    "  JOIN contact_plan p ON p.id = e.plan_id"
    " WHERE e.customer_id = ?"
    " UNION ALL "
    "SELECT e.ended_at, e.id, p.name, e.state, e.version, e.why, ''"
    "  FROM contact_enrolment e"
    "  JOIN contact_plan p ON p.id = e.plan_id"
    " WHERE e.customer_id = ? AND e.ended_at IS NOT NULL"
    " ORDER BY at DESC"
    " LIMIT ?";

enum kind { TEXT, NUMBER, TIME };

static const struct part {
    enum dossier_kind kind;
    const char *sql;
    unsigned customers; /* how often the statement wants the customer's id */
    struct {
        const char *name;
        enum kind kind;
    } details[DOSSIER_FIELDS_MAX]; /* from the fourth column on */
} parts[] = {
    { DOSSIER_CUSTOMER,
      SQL_CUSTOMER,
      1,
      { { "first_name", TEXT },
        { "last_name", TEXT },
        { "company", TEXT },
        { "category", TEXT },
        { "source", TEXT },
        { "language", TEXT },
        { "street", TEXT },
        { "postcode", TEXT },
        { "city", TEXT },
        { "country", TEXT },
        { "do_not_contact", TEXT },
        { "erased_at", TIME },
        { "last_contact_at", TIME },
        { "last_order_at", TIME },
        { "orders", NUMBER },
        { "order_cents", NUMBER },
        { "numbers", TEXT },
        { "owner", TEXT } } },
    { DOSSIER_CONTACT_POINT,
      SQL_CONTACT_POINTS,
      1,
      { { "channel", TEXT }, { "primary", TEXT }, { "state", TEXT } } },
    { DOSSIER_CONSENT,
      SQL_CONSENTS,
      1,
      { { "channel", TEXT },
        { "purpose", TEXT },
        { "address", TEXT },
        { "source", TEXT },
        { "source_ref", TEXT },
        { "wording", TEXT },
        { "recorded_at", TIME } } },
    { DOSSIER_ORDER,
      SQL_ORDERS,
      1,
      { { "partner", TEXT },
        { "status", TEXT },
        { "goods", TEXT },
        { "weight_g", NUMBER },
        { "window_from", TIME },
        { "window_to", TIME },
        { "collect_cents", NUMBER },
        { "currency", TEXT },
        { "street", TEXT },
        { "postcode", TEXT },
        { "city", TEXT },
        { "country", TEXT },
        { "import", TEXT } } },
    { DOSSIER_STATUS,
      SQL_STATUSES,
      1,
      { { "order", TEXT },
        { "partner", TEXT },
        { "place", TEXT },
        { "note", TEXT },
        { "import", NUMBER },
        { "recorded_at", TIME } } },
    { DOSSIER_INVOICE,
      SQL_INVOICES,
      1,
      { { "partner", TEXT },
        { "state", TEXT },
        { "order", TEXT },
        { "issued_on", TEXT },
        { "due_on", TEXT },
        { "amount_cents", NUMBER },
        { "currency", TEXT },
        { "paid_cents", NUMBER },
        { "overpaid_cents", NUMBER },
        { "paid_at", TIME },
        { "cancelled_at", TIME },
        { "import", TEXT } } },
    { DOSSIER_PAYMENT,
      SQL_PAYMENTS,
      1,
      { { "amount_cents", NUMBER },
        { "currency", TEXT },
        { "reference", TEXT },
        { "import", TEXT },
        { "recorded_at", TIME } } },
    { DOSSIER_MESSAGE,
      SQL_MESSAGES,
      1,
      { { "state", TEXT },
        { "class", TEXT },
        { "channel", TEXT },
        { "address", TEXT },
        { "sender", TEXT },
        { "encoding", TEXT },
        { "parts", NUMBER },
        { "campaign", TEXT },
        { "consent_event", NUMBER },
        { "legal_basis", TEXT },
        { "reason", TEXT },
        { "expires_at", TIME },
        { "subject", TEXT } } },
    { DOSSIER_EVENT,
      SQL_EVENTS,
      1,
      { { "message", NUMBER },
        { "part", NUMBER },
        { "carrier", TEXT },
        { "smsc_message_id", TEXT },
        { "code", NUMBER },
        { "detail", TEXT } } },
    { DOSSIER_INBOUND,
      SQL_INBOUND,
      2,
      { { "channel", TEXT },
        { "from", TEXT },
        { "to", TEXT },
        { "keyword", TEXT },
        { "answer", NUMBER },
        { "replies_to", NUMBER },
        { "parts", NUMBER },
        { "incomplete", TEXT },
        { "subject", TEXT } } },
    { DOSSIER_DOCUMENT,
      SQL_DOCUMENTS,
      2,
      { { "type", TEXT },
        { "declared", TEXT },
        { "bytes", NUMBER },
        { "inline", TEXT },
        { "not_kept", TEXT },
        { "mail", NUMBER } } },
    { DOSSIER_TASK,
      SQL_TASKS,
      1,
      { { "state", TEXT },
        { "source", TEXT },
        { "staff", TEXT },
        { "team", TEXT },
        { "due_at", TIME },
        { "expected", TEXT },
        { "outcome", TEXT },
        { "done_at", TIME },
        { "done_by", TEXT },
        { "why", TEXT },
        { "created_by", TEXT } } },
    { DOSSIER_RESULT,
      SQL_RESULTS,
      1,
      { { "staff", TEXT },
        { "note", TEXT },
        { "next_at", TIME },
        { "task", NUMBER },
        { "next_task", NUMBER },
        { "via", TEXT },
        { "who", TEXT } } },
    { DOSSIER_NOTE, SQL_NOTES, 1, { { "who", TEXT }, { "task", NUMBER } } },
    { DOSSIER_PLAN,
      SQL_PLANS,
      2,
      { { "state", TEXT }, { "version", NUMBER }, { "why", TEXT }, { "who", TEXT } } },
};
#define N_PARTS       (sizeof(parts) / sizeof(parts[0]))
#define FIXED_COLUMNS 3

struct reading {
    struct arena arena;
    struct dossier_entry **entries;
    size_t n, cap;
    bool cut, known;
};

static const char *keep(struct reading *r, const char *text)
{
    return arena_copy(&r->arena, text, strlen(text));
}

/* What is empty is left out. */
static enum rc read_details(struct reading *r, const struct part *part, const struct db_rows *rows,
                            struct dossier_entry *e)
{
    char word[CLOCK_TEXT_SIZE];

    for (unsigned i = 0; i < DOSSIER_FIELDS_MAX && part->details[i].name; i++) {
        unsigned col = FIXED_COLUMNS + i;
        const char *text = word;

        if (db_is_null(rows, col))
            continue;
        switch (part->details[i].kind) {
        case TEXT:
            text = db_get_text(rows, col);
            break;
        case NUMBER:
            snprintf(word, sizeof(word), "%lld", (long long)db_get_i64(rows, col));
            break;
        case TIME:
            clock_format(db_get_time(rows, col), word);
            break;
        }
        if (!text[0])
            continue;
        e->fields[e->n_fields].name = part->details[i].name;
        e->fields[e->n_fields].value = keep(r, text);
        if (!e->fields[e->n_fields++].value)
            return RC_FAIL;
    }
    return RC_OK;
}

static enum rc read_entry(struct reading *r, const struct part *part, const struct db_rows *rows)
{
    struct dossier_entry *e = arena_alloc(&r->arena, sizeof(*e));

    if (!e)
        return RC_FAIL;
    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 256;
        struct dossier_entry **grown = realloc(r->entries, cap * sizeof(struct dossier_entry *));
        if (!grown)
            return RC_FAIL;
        r->entries = grown;
        r->cap = cap;
    }
    e->kind = part->kind;
    e->at = db_get_time(rows, 0);
    e->id = db_get_u64(rows, 1);
    e->title = keep(r, db_get_text(rows, 2));
    r->entries[r->n++] = e;
    return e->title ? read_details(r, part, rows, e) : RC_FAIL;
}

static enum rc read_part(struct db *db, struct reading *r, const struct part *part,
                         uint64_t customer_id)
{
    const struct db_value id = db_u64(customer_id), limit = db_u64(DOSSIER_ROWS_MAX);
    const struct db_value in[] = { id, part->customers == 2 ? id : limit, limit };
    struct db_rows *rows;
    size_t n = 0;
    enum rc rc = db_query(db, part->sql, in, part->customers + 1, &rows), end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        n++;
        rc = read_entry(r, part, rows);
    }
    end = db_rows_end(rows);
    r->cut |= n == DOSSIER_ROWS_MAX;
    r->known |= part->kind == DOSSIER_CUSTOMER && n > 0;
    return rc ? rc : end;
}

/* At one time: the customer before all else, an order before the message about it. */
static int compare_entries(const void *a, const void *b)
{
    const struct dossier_entry *x = *(struct dossier_entry *const *)a;
    const struct dossier_entry *y = *(struct dossier_entry *const *)b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

enum rc dossier_read(struct db *db, uint64_t customer_id, const struct dossier_sink *sink,
                     bool *cut)
{
    struct reading r = { .n = 0 };
    enum rc rc = RC_OK;

    arena_init(&r.arena);
    for (size_t i = 0; !rc && i < N_PARTS; i++)
        rc = read_part(db, &r, &parts[i], customer_id);
    if (!rc && !r.known)
        rc = RC_NOTFOUND;
    if (rc)
        goto out;
    qsort(r.entries, r.n, sizeof(*r.entries), compare_entries);
    for (size_t i = 0; i < r.n; i++)
        sink->entry(sink->arg, r.entries[i]);
    if (cut)
        *cut = r.cut;
out:
    free(r.entries);
    arena_close(&r.arena);
    return rc;
}
