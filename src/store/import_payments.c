/*
 * import_payments.c - what customers paid.
 *
 * A payment is known by its invoice and its reference. One without a reference is the nth of its
 * invoice, day and amount in the file: so a list that grows from day to day counts each payment
 * once, and two payments alike in one file are two. For this a payment notes which run of which
 * import had it last: a file that is taken again counts from one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/local_time.h"
#include "domain/value.h"
#include "store/contact_news.h"
#include "store/db.h"
#include "store/import_keys.h"
#include "store/import_kind.h"
#include "store/import_note.h"
#include "store/invoice_settle.h"

#define PAYMENT_KEY_SIZE 300 /* "r:" and 64 characters */
#define SLOT_KEY_SIZE    600 /* the invoice's number, and that */

static const char SQL_INVOICES[] =
    "SELECT i.number, i.id, i.currency, c.erased_at IS NOT NULL\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (number VARCHAR(64) PATH '$')) wanted\n"
    "STRAIGHT_JOIN invoice i ON i.partner_id = ?\n"
    "  AND i.number = wanted.number COLLATE utf8mb4_bin\n"
    "JOIN customer c ON c.id = i.customer_id";

/* Of a key with a reference there is one payment; of one without, as many as were alike. */
static const char SQL_PAYMENTS[] =
    "SELECT wanted.n - 1, COUNT(*), SUM(y.seen_import_id = ? AND y.seen_run = ?),\n"
    "  MAX(y.amount_cents), CAST(MAX(y.paid_on) AS CHAR)\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY, invoice_id BIGINT UNSIGNED PATH '$[0]',\n"
    "    low VARCHAR(80) PATH '$[1]', high VARCHAR(80) PATH '$[2]')) wanted\n"
    "STRAIGHT_JOIN payment y ON y.invoice_id = wanted.invoice_id\n"
    "  AND y.payment_key BETWEEN wanted.low COLLATE utf8mb4_bin\n"
    "                        AND wanted.high COLLATE utf8mb4_bin\n"
    "GROUP BY wanted.n";

static const char SQL_NEW[] =
    "INSERT INTO payment (id, partner_id, invoice_id, payment_key, reference, paid_on,\n"
    "  amount_cents, currency, import_id, seen_import_id, seen_run, import_row, recorded_at)\n"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_AGAIN[] =
    "UPDATE payment\n"
    "SET seen_import_id = ?, seen_run = ?, paid_on = ?, amount_cents = ?\n"
    "WHERE invoice_id = ? AND payment_key = ?";

/* A row may come twice in a chunk; what this chunk makes is not there yet. */
static const char SQL_BEFORE[] =
    "INSERT IGNORE INTO import_before (import_id, run, first_row, kind, subject_id, was)\n"
    "SELECT ?, ?, ?, 'other', y.id,\n"
    "  JSON_OBJECT('paid_on', y.paid_on, 'cents', y.amount_cents, 'seen', y.seen_import_id,\n"
    "    'seen_run', y.seen_run)\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (invoice_id BIGINT UNSIGNED PATH '$[0]',\n"
    "  payment_key VARCHAR(80) PATH '$[1]')) w\n"
    "STRAIGHT_JOIN payment y ON y.invoice_id = w.invoice_id\n"
    "  AND y.payment_key = w.payment_key COLLATE utf8mb4_bin";

/* An INSERT with SELECT cannot be run for many rows at once. */
static const char SQL_CONTACT_NEWS[] =
    "INSERT INTO contact_news (at, customer_id)\n"
    "VALUES (?, (SELECT customer_id FROM invoice WHERE id = ?))\n"
    "ON DUPLICATE KEY UPDATE at = VALUES(at)";

enum { BULK_NEW, BULK_AGAIN, BULK_SUM, BULK_CONTACT_NEWS, BULK_COUNT };
static const struct {
    const char *sql;
    unsigned columns;
} bulks[BULK_COUNT] = {
    { SQL_NEW, 13 }, { SQL_AGAIN, 6 }, { invoice_sum_sql, 3 }, { SQL_CONTACT_NEWS, 2 }
};

struct invoice {
    uint64_t id; /* 0: not known */
    char currency[4];
    bool erased, changed;
};

/* Payments that are alike: one, with a reference. */
struct alike {
    char key[SLOT_KEY_SIZE]; /* invoice, then payment_key without its nth */
    const char *begin;       /* of payment_key, within */
    size_t invoice;
    const struct partner_row *row; /* the first */
    uint64_t there, seen;          /* in the database; of them, by this run */
    int64_t cents;                 /* with a reference: as it is after the rows so far */
    char paid_on[DATE_TEXT_SIZE];
};

struct payments {
    struct local_zone *zone; /* whose day a payment without one has */
    struct id_shelf ids;
    struct db_bulk *bulks[BULK_COUNT];
    struct buffer keys;
    struct import_notes notes;
    /* one chunk */
    char today[DATE_TEXT_SIZE];
    struct key_map numbers, alike_keys;
    struct invoice invoices[IMPORT_CHUNK_MAX];
    struct alike alikes[IMPORT_CHUNK_MAX];
    size_t alike_of[IMPORT_CHUNK_MAX];
    size_t n_new;
};

static void payments_close(void *kind)
{
    struct payments *p = kind;

    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_free(p->bulks[i]);
    local_zone_close(p->zone);
    buffer_close(&p->keys);
    import_notes_close(&p->notes);
    free(p);
}

static void *payments_open(const struct import_rules *rules)
{
    struct payments *p = calloc(1, sizeof(*p));
    bool good;

    if (!p)
        return NULL;
    buffer_init(&p->keys, KEYS_JSON_MAX);
    import_notes_init(&p->notes);
    good =
        local_zone_open(rules->mapping ? rules->mapping->timezone : "UTC", &p->zone, NULL) == RC_OK;
    for (int i = 0; i < BULK_COUNT; i++) {
        p->bulks[i] = db_bulk_new(bulks[i].columns);
        good = good && p->bulks[i];
    }
    if (good)
        return p;
    payments_close(p);
    return NULL;
}

static enum rc payments_prepare(struct db *db, void *kind, const struct import_step *step)
{
    struct payments *p = kind;

    return id_shelf_fill(db, &p->ids, "payment", step->chunk->n_rows, false);
}

/* --- what the database has --- */

static enum rc look_up_invoices(struct db *db, struct payments *p, unsigned partner_id)
{
    struct db_rows *rows;
    enum rc rc = keys_json(&p->keys, &p->numbers);

    if (!rc)
        rc = db_query(db, SQL_INVOICES,
                      DB_IN(db_bytes(p->keys.data, p->keys.len), db_u64(partner_id)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const size_t at = key_map_find(&p->numbers, db_get_text(rows, 0));

        if (at == KEY_NONE)
            continue;
        p->invoices[at].id = db_get_u64(rows, 1);
        snprintf(p->invoices[at].currency, sizeof(p->invoices[at].currency), "%s",
                 db_get_text(rows, 2));
        p->invoices[at].erased = db_get_u64(rows, 3) != 0;
    }
    return db_rows_end(rows);
}

static enum rc look_up_payments(struct db *db, struct payments *p, const struct import *imp)
{
    struct db_rows *rows;
    enum rc rc;

    buffer_reset(&p->keys);
    for (size_t i = 0; i < p->alike_keys.n; i++) {
        const struct alike *a = &p->alikes[i];
        char high[PAYMENT_KEY_SIZE];

        snprintf(high, sizeof(high), "%s", a->begin);
        if (!*a->row->reference)
            high[strlen(high) - 1] = ';'; /* behind the colon and all digits */
        buffer_printf(&p->keys, "%s[%" PRIu64, i ? "," : "[", p->invoices[a->invoice].id);
        keys_json_text(&p->keys, ",", a->begin);
        keys_json_text(&p->keys, ",", high);
        buffer_add_text(&p->keys, "]");
    }
    buffer_add_text(&p->keys, "]");
    if (p->keys.full)
        return RC_FAIL;
    rc = db_query(db, SQL_PAYMENTS,
                  DB_IN(db_u64(imp->id), db_u64(imp->run), db_bytes(p->keys.data, p->keys.len)),
                  &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const uint64_t i = db_get_u64(rows, 0);

        if (i >= p->alike_keys.n)
            continue;
        p->alikes[i].there = db_get_u64(rows, 1);
        p->alikes[i].seen = db_get_u64(rows, 2);
        p->alikes[i].cents = db_get_i64(rows, 3);
        snprintf(p->alikes[i].paid_on, DATE_TEXT_SIZE, "%s", db_get_text(rows, 4));
    }
    return db_rows_end(rows);
}

/* --- a row --- */

static const char *day_of(const struct payments *p, const struct partner_row *row)
{
    return *row->paid_on ? row->paid_on : p->today;
}

static enum rc put_new(struct payments *p, const struct import_step *step, struct invoice *invoice,
                       const struct partner_row *row, const char *key)
{
    const struct db_value import = db_u64(step->imp->id);

    invoice->changed = true;
    import_note_made(&p->notes, p->ids.next + p->n_new);
    return db_bulk_add(
        p->bulks[BULK_NEW],
        (const struct db_value[]){ db_u64(p->ids.next + p->n_new++), db_u64(step->imp->partner_id),
                                   db_u64(invoice->id), db_text(key), db_text(row->reference),
                                   db_text(day_of(p, row)), db_i64(row->amount_cents),
                                   db_text(row->currency), import, import, db_u64(step->imp->run),
                                   db_u64(row->row_no), db_time(step->now) });
}

static enum rc put_again(struct payments *p, const struct import_step *step,
                         const struct invoice *invoice, const struct partner_row *row,
                         const char *paid_on, const char *key)
{
    struct buffer *before = &p->notes.changed;

    buffer_printf(before, "%s[%" PRIu64, before->len ? "," : "[", invoice->id);
    keys_json_text(before, ",", key);
    buffer_add_text(before, "]");
    return db_bulk_add(p->bulks[BULK_AGAIN],
                       (const struct db_value[]){ db_u64(step->imp->id), db_u64(step->imp->run),
                                                  db_text(paid_on), db_i64(row->amount_cents),
                                                  db_u64(invoice->id), db_text(key) });
}

/* The partner corrects what it said of a payment by its reference; without a day, not that. */
static enum rc take_referenced(struct payments *p, struct import_step *step,
                               const struct partner_row *row, struct alike *a)
{
    struct invoice *invoice = &p->invoices[a->invoice];
    const bool there = a->there != 0;
    const char *paid_on = !*row->paid_on && there ? a->paid_on : day_of(p, row);
    const bool same = there && a->cents == row->amount_cents && strcmp(a->paid_on, paid_on) == 0;
    enum rc rc;

    step->unchanged += same;
    step->taken += !same;
    rc = there ? put_again(p, step, invoice, row, paid_on, a->begin)
               : put_new(p, step, invoice, row, a->begin);
    if (!same)
        invoice->changed = true;
    a->there = 1;
    a->cents = row->amount_cents;
    memmove(a->paid_on, paid_on, strlen(paid_on) + 1);
    return rc;
}

static enum rc take_nth(struct payments *p, struct import_step *step, const struct partner_row *row,
                        struct alike *a)
{
    struct invoice *invoice = &p->invoices[a->invoice];
    char key[PAYMENT_KEY_SIZE];

    snprintf(key, sizeof(key), "%.270s%" PRIu64, a->begin, ++a->seen);
    if (a->seen <= a->there) {
        step->unchanged++;
        return put_again(p, step, invoice, row, day_of(p, row), key);
    }
    a->there++;
    step->taken++;
    return put_new(p, step, invoice, row, key);
}

static enum rc take_row(struct payments *p, struct import_step *step, size_t i)
{
    const struct partner_row *row = &step->chunk->rows[i];
    struct alike *a = &p->alikes[p->alike_of[i]];
    const struct invoice *invoice = &p->invoices[a->invoice];

    if (!invoice->id)
        return import_refuse(step, row, "invoice_number", FAULT_UNKNOWN_INVOICE,
                             row->invoice_number, "there is no invoice of that number");
    if (invoice->erased)
        return import_refuse(step, row, "invoice_number", FAULT_ERASED, row->invoice_number,
                             "its customer asked to be forgotten; send no more of their data");
    if (strcmp(invoice->currency, row->currency) != 0)
        return import_refuse(step, row, "currency", FAULT_OTHER_CURRENCY, row->currency,
                             "the invoice is in another currency");
    return *row->reference ? take_referenced(p, step, row, a) : take_nth(p, step, row, a);
}

/* --- the chunk --- */

static void add_alike(struct payments *p, size_t i, const struct partner_row *row)
{
    struct alike *next = &p->alikes[p->alike_keys.n];
    const size_t begin = strlen(row->invoice_number) + 1;
    size_t at;

    if (*row->reference)
        snprintf(next->key, sizeof(next->key), "%s\x1fr:%s", row->invoice_number, row->reference);
    else
        snprintf(next->key, sizeof(next->key), "%s\x1f%s:%" PRId64 ":", row->invoice_number,
                 day_of(p, row), row->amount_cents);
    at = key_map_find(&p->alike_keys, next->key);
    if (at == KEY_NONE) {
        at = key_map_add(&p->alike_keys, next->key);
        next->begin = next->key + begin;
        next->invoice = key_map_find(&p->numbers, row->invoice_number);
        next->row = row;
        next->there = next->seen = 0;
        next->cents = 0;
        next->paid_on[0] = '\0';
    }
    p->alike_of[i] = at;
}

static void reset(struct payments *p, const struct import_step *step)
{
    const struct civil day = local_zone_civil(p->zone, step->imp->received_at);

    value_date_text(&day, p->today);
    key_map_reset(&p->numbers);
    key_map_reset(&p->alike_keys);
    p->n_new = 0;
    import_notes_reset(&p->notes);
    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_reset(p->bulks[i]);
    memset(p->invoices, 0, sizeof(p->invoices));
    for (size_t i = 0; i < step->chunk->n_rows; i++)
        key_map_add(&p->numbers, step->chunk->rows[i].invoice_number);
    for (size_t i = 0; i < step->chunk->n_rows; i++)
        add_alike(p, i, &step->chunk->rows[i]);
}

static enum rc payments_apply(struct db *db, void *kind, struct import_step *step)
{
    struct payments *p = kind;
    const struct db_value now = db_time(step->now);
    bool contact_news = false;
    enum rc rc;

    reset(p, step);
    rc = contact_news_wanted(db, &contact_news);
    if (!rc)
        rc = look_up_invoices(db, p, step->imp->partner_id);
    if (!rc)
        rc = look_up_payments(db, p, step->imp);
    for (size_t i = 0; !rc && i < step->chunk->n_rows; i++)
        rc = take_row(p, step, i);
    for (size_t i = 0; !rc && i < p->numbers.n; i++) {
        if (p->invoices[i].changed)
            rc = db_bulk_add(p->bulks[BULK_SUM],
                             (const struct db_value[]){ now, now, db_u64(p->invoices[i].id) });
        if (!rc && p->invoices[i].changed && contact_news)
            rc = db_bulk_add(p->bulks[BULK_CONTACT_NEWS],
                             (const struct db_value[]){ now, db_u64(p->invoices[i].id) });
    }
    if (!rc)
        rc = import_notes_write(db, step, SQL_BEFORE, &p->notes);
    for (int i = 0; !rc && i < BULK_COUNT; i++)
        rc = db_bulk_run(db, bulks[i].sql, p->bulks[i], NULL);
    return rc;
}

static void payments_committed(void *kind)
{
    struct payments *p = kind;

    p->ids.next += p->n_new;
}

const struct import_kind_ops import_payments = { .open = payments_open,
                                                 .close = payments_close,
                                                 .prepare = payments_prepare,
                                                 .apply = payments_apply,
                                                 .committed = payments_committed,
                                                 .undo = import_payments_undo };
