/*
 * outbox_contact.c - after the sending: when was each customer last contacted, by which promotions
 * and by which campaign?
 *
 * A step may come upon a message once more: its slice was closed after that of a later attempt. So
 * what it writes is the same the second time: moments are those of the carrier's acceptance, and a
 * moment stands in the list of promotions once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "store/campaign_member.h"
#include "store/db.h"
#include "store/outbox.h"

#define RUNS_MAX     256
#define MESSAGES_MAX 500 /* a transaction; some 20 ms: a STOP may wait for a customer's row */
#define PROMOS       8   /* times in customer.promo_times */
#define PROMO_BYTES  4
#define ROW_TEXT_MAX 256 /* of a customer in the statement's JSON */

static const char SQL_DUE[] = "SELECT first_id, last_id"
                              "  FROM contact_due"
                              " ORDER BY first_id"
                              " LIMIT ?"
                              "   FOR UPDATE SKIP LOCKED";

static const char SQL_MESSAGES[] =
    "SELECT m.customer_id, m.id, COALESCE(m.campaign_id, 0), m.class = 'promo',"
    "       COALESCE((SELECT MIN(e.at)"
    "                   FROM message_event e"
    "                  WHERE e.message_id = m.id AND e.kind = 'accepted'), m.created_at)"
    "  FROM message m"
    " WHERE m.id BETWEEN ? AND ? AND (m.accepted_parts <> 0 OR m.delivered_parts <> 0)"
    "   AND m.customer_id IS NOT NULL"
    " ORDER BY m.id";

/* In the order of their ids, as others lock them. */
static const char SQL_CUSTOMERS[] =
    "SELECT c.id, c.promo_times, c.last_contact_at, COALESCE(c.last_campaign_id, 0),"
    "       COALESCE(c.last_campaign_message_id, 0)"
    "  FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) w"
    "  STRAIGHT_JOIN customer c ON c.id = w.id"
    "   FOR UPDATE";

static const char SQL_CONTACTED[] =
    "UPDATE JSON_TABLE(?, '$[*]' COLUMNS (id       BIGINT UNSIGNED PATH '$[0]',"
    "                                     contact  BIGINT          PATH '$[1]',"
    "                                     promos   VARCHAR(64)     PATH '$[2]',"
    "                                     campaign BIGINT UNSIGNED PATH '$[3]',"
    "                                     message  BIGINT UNSIGNED PATH '$[4]')) w"
    "  STRAIGHT_JOIN customer c ON c.id = w.id"
    "   SET c.last_contact_at = TIMESTAMP '1970-01-01 00:00:00' + INTERVAL w.contact MICROSECOND,"
    "       c.promo_times = UNHEX(w.promos),"
    "       c.last_campaign_id = NULLIF(w.campaign, 0),"
    "       c.last_campaign_message_id = NULLIF(w.message, 0)";

static const char SQL_DONE[] = "DELETE FROM contact_due WHERE first_id = ?";
static const char SQL_PARTLY_DONE[] = "UPDATE contact_due SET first_id = ? WHERE first_id = ?";

struct run {
    uint64_t first, last; /* to do now */
    bool rest;            /* there is more behind it */
};

struct sent {
    uint64_t customer_id, message_id, campaign_id; /* 0: of none */
    bool promo;
    utc_us at;
};

/* What the customer's row says, and then what it is to say. */
struct contacted {
    uint64_t id, campaign_id, message_id;
    utc_us contact_at;
    uint32_t promos[PROMOS + 1]; /* newest first; one more while one is put in */
    size_t n_promos;
};

struct contacting {
    struct run runs[RUNS_MAX];
    size_t n;
    bool more;
    struct sent sent[MESSAGES_MAX];
    size_t n_sent;
    struct contacted customers[MESSAGES_MAX];
    size_t n_customers;
    struct member members[MESSAGES_MAX];
    struct buffer text;
};

static enum rc read_runs(struct db *db, struct contacting *c)
{
    uint64_t room = MESSAGES_MAX;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_DUE, DB_IN(db_u64(RUNS_MAX)), &rows);

    if (rc)
        return rc;
    c->n = 0;
    while (room && db_next(rows)) {
        struct run run = { .first = db_get_u64(rows, 0), .last = db_get_u64(rows, 1) };
        run.rest = run.last - run.first >= room;
        if (run.rest)
            run.last = run.first + room - 1;
        room -= run.last - run.first + 1;
        c->runs[c->n++] = run;
    }
    c->more = !room || c->n == RUNS_MAX;
    return db_rows_end(rows);
}

static enum rc read_messages(struct db *db, struct contacting *c, const struct run *run)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_MESSAGES, DB_IN(db_u64(run->first), db_u64(run->last)), &rows);

    if (rc)
        return rc;
    while (c->n_sent < MESSAGES_MAX && db_next(rows))
        c->sent[c->n_sent++] = (struct sent){
            .customer_id = db_get_u64(rows, 0),
            .message_id = db_get_u64(rows, 1),
            .campaign_id = db_get_u64(rows, 2),
            .promo = db_get_u64(rows, 3) != 0,
            .at = db_get_time(rows, 4),
        };
    return db_rows_end(rows);
}

/* By customer, then oldest first. */
static int compare_sent(const void *a, const void *b)
{
    const struct sent *x = a, *y = b;

    if (x->customer_id != y->customer_id)
        return x->customer_id > y->customer_id ? 1 : -1;
    return (x->message_id > y->message_id) - (x->message_id < y->message_id);
}

static void read_promos(struct contacted *to, const struct db_rows *rows)
{
    size_t len;
    const unsigned char *bytes = db_get_bytes(rows, 1, &len);

    for (size_t i = 0; i + PROMO_BYTES <= len && to->n_promos < PROMOS; i += PROMO_BYTES)
        to->promos[to->n_promos++] = (uint32_t)bytes[i] << 24 | (uint32_t)bytes[i + 1] << 16 |
                                     (uint32_t)bytes[i + 2] << 8 | bytes[i + 3];
}

static enum rc lock_customers(struct db *db, struct contacting *c)
{
    struct db_rows *rows;
    enum rc rc;

    buffer_reset(&c->text);
    for (size_t i = 0; i < c->n_sent; i++) {
        if (i == 0 || c->sent[i].customer_id != c->sent[i - 1].customer_id)
            buffer_printf(&c->text, "%s%llu", i ? "," : "[",
                          (unsigned long long)c->sent[i].customer_id);
    }
    buffer_add_text(&c->text, "]");
    rc = db_query(db, SQL_CUSTOMERS, DB_IN(db_bytes(c->text.data, c->text.len)), &rows);
    if (rc)
        return rc;
    while (c->n_customers < MESSAGES_MAX && db_next(rows)) {
        struct contacted *to = &c->customers[c->n_customers++];
        *to = (struct contacted){
            .id = db_get_u64(rows, 0),
            .contact_at = db_get_time(rows, 2),
            .campaign_id = db_get_u64(rows, 3),
            .message_id = db_get_u64(rows, 4),
        };
        read_promos(to, rows);
    }
    return db_rows_end(rows);
}

static void add_promo(struct contacted *to, uint32_t at)
{
    size_t i = 0;

    while (i < to->n_promos && to->promos[i] > at)
        i++;
    if (i < to->n_promos && to->promos[i] == at)
        return;
    memmove(to->promos + i + 1, to->promos + i, (to->n_promos - i) * sizeof(to->promos[0]));
    to->promos[i] = at;
    if (to->n_promos < PROMOS)
        to->n_promos++;
}

static void add_sent(struct contacted *to, const struct sent *s)
{
    if (s->at > to->contact_at)
        to->contact_at = s->at;
    if (s->promo)
        add_promo(to, (uint32_t)(s->at / USEC_PER_SEC));
    if (s->campaign_id && s->message_id > to->message_id) {
        to->campaign_id = s->campaign_id;
        to->message_id = s->message_id;
    }
}

/* Both lists are in the order of customers. */
static void add_all(struct contacting *c)
{
    size_t at = 0;

    for (size_t i = 0; i < c->n_sent; i++) {
        while (at < c->n_customers && c->customers[at].id < c->sent[i].customer_id)
            at++;
        if (at < c->n_customers && c->customers[at].id == c->sent[i].customer_id)
            add_sent(&c->customers[at], &c->sent[i]);
    }
}

static enum rc write_customers(struct db *db, struct contacting *c)
{
    struct buffer *out = &c->text;

    buffer_reset(out);
    for (size_t i = 0; i < c->n_customers; i++) {
        const struct contacted *to = &c->customers[i];

        buffer_printf(out, "%s[%llu,%lld,\"", i ? "," : "[", (unsigned long long)to->id,
                      (long long)to->contact_at);
        for (size_t p = 0; p < to->n_promos; p++)
            buffer_printf(out, "%08x", (unsigned)to->promos[p]);
        buffer_printf(out, "\",%llu,%llu]", (unsigned long long)to->campaign_id,
                      (unsigned long long)to->message_id);
    }
    buffer_add_text(out, "]");
    if (out->full)
        return RC_FAIL;
    return db_run(db, SQL_CONTACTED, DB_IN(db_bytes(out->data, out->len)), NULL);
}

static enum rc mark_members(struct db *db, struct contacting *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_sent; i++) {
        if (c->sent[i].campaign_id)
            c->members[n++] = (struct member){ c->sent[i].campaign_id, c->sent[i].customer_id };
    }
    return campaign_member_mark(db, MEMBER_SENT, c->members, n);
}

static enum rc note_sent(struct db *db, struct contacting *c)
{
    enum rc rc;

    if (!c->n_sent)
        return RC_OK;
    qsort(c->sent, c->n_sent, sizeof(c->sent[0]), compare_sent);
    rc = lock_customers(db, c);
    if (rc)
        return rc;
    add_all(c);
    if (c->n_customers)
        rc = write_customers(db, c);
    return rc ? rc : mark_members(db, c);
}

static enum rc contacts_body(struct db *db, void *arg)
{
    struct contacting *c = arg;
    enum rc rc = read_runs(db, c);

    c->n_sent = c->n_customers = 0;
    for (size_t i = 0; !rc && i < c->n; i++)
        rc = read_messages(db, c, &c->runs[i]);
    if (!rc)
        rc = note_sent(db, c);
    for (size_t i = 0; !rc && i < c->n; i++) {
        const struct run *run = &c->runs[i];
        rc = run->rest ? db_run(db, SQL_PARTLY_DONE,
                                DB_IN(db_u64(run->last + 1), db_u64(run->first)), NULL)
                       : db_run(db, SQL_DONE, DB_IN(db_u64(run->first)), NULL);
    }
    return rc;
}

enum rc outbox_contacts(struct db *db, bool *more)
{
    struct contacting *c = malloc(sizeof(*c));
    enum rc rc;

    if (!c)
        return RC_FAIL;
    buffer_init(&c->text, (size_t)MESSAGES_MAX * ROW_TEXT_MAX);
    rc = db_transaction(db, contacts_body, c);
    if (!rc)
        *more = c->more;
    buffer_close(&c->text);
    free(c);
    return rc;
}
