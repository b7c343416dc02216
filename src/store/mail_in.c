/*
 * mail_in.c - the transaction of mails that came in.
 *
 * What can be asked for all mails at once is asked before it (mail_in_look.c); in it stand what
 * follows from each (mail_in_effect.c; for most nothing does), and then three inserts for the whole
 * batch. So a batch of plain mails costs as many statements as a single one.
 *
 * The unique key of the marks decides what is a repeat. Two lanes that have the same mail at once
 * meet there: one fails, looks again, and finds it recorded.
 */
#include "store/contact_news.h"
#include "store/mail_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "domain/utf8.h"
#include "domain/value.h"
#include "store/db.h"
#include "store/mail_file.h"
#include "store/mail_in_private.h"
#include "store/suppression.h"
#include "store/timed_id.h"

#define TRIES    5     /* of a batch that met another one with the same mails */
#define TEXT_MAX 65000 /* bytes of inbound_message.text */

static const char SQL_MAIL[] =
    "INSERT INTO mail_in (id, mark, source_id, at, kind, about_id, outcome, reason, proof,"
    "                     automatic, envelope_from, recipient, from_address, from_name, subject,"
    "                     message_id, text, size, attachments)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_INBOUND[] =
    "INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, keyword,"
    "                             answer_id, customer_id, answers_message_id)"
    "VALUES (?, ?, 'email', ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_SOURCE[] = "INSERT INTO mail_source (id, n, bytes)"
                                 "VALUES (?, 0, ?)";

static const char SQL_REVIEW[] = "INSERT INTO mail_review (id, why, opened_at)"
                                 "VALUES (?, ?, ?)";

static const char SQL_CONTACTED[] =
    "UPDATE customer"
    "   SET last_reply_at = ?, last_contact_at = GREATEST(COALESCE(last_contact_at, ?), ?)"
    " WHERE id = ?"
    "   AND (last_reply_at IS NULL OR last_reply_at < ? - INTERVAL 1 MINUTE)";

static const char *const kind_names[MAIL_IN_KINDS] = {
    [MAIL_IN_MESSAGE] = "message",
    [MAIL_IN_REPLY] = "reply",
    [MAIL_IN_UNSUBSCRIBE] = "unsubscribe",
    [MAIL_IN_BOUNCE] = "bounce",
    [MAIL_IN_ALERT] = "alert",
    [MAIL_IN_HOUSE] = "house",
    [MAIL_IN_IMPORT] = "import",
    [MAIL_IN_NOTICE] = "notice",
};

const char *mail_in_kind_name(enum mail_in_kind k)
{
    return kind_names[k];
}

/* --- the rows --- */

struct rows {
    struct db_bulk *mails, *inbound, *sources, *reviews;
};

/* The first `max` characters. */
static struct db_value cut(const char *text, size_t max)
{
    return db_bytes(text, text_prefix(text, strlen(text), max));
}

static bool is_message(const struct mail_in_item *item)
{
    return item->kind == MAIL_IN_MESSAGE || item->kind == MAIL_IN_REPLY ||
           item->kind == MAIL_IN_UNSUBSCRIBE;
}

/* What inbound_message does not say. Of reports the source says it. */
static struct db_value whole_text(const struct mail_in_item *item)
{
    if (item->kind == MAIL_IN_BOUNCE || item->kind == MAIL_IN_HOUSE || !*item->text ||
        (is_message(item) && strcmp(item->text, item->fresh) == 0))
        return db_null();
    return db_text(item->text);
}

/* Reports have the address of the reader all over. */
static bool is_kept(const struct mail_work *w)
{
    return w->item->kind != MAIL_IN_BOUNCE || !w->about_erased;
}

static struct db_value cut_if_kept(const struct mail_work *w, const char *text, size_t max)
{
    return cut(is_kept(w) ? text : "", max);
}

static enum rc add_mail(struct db_bulk *bulk, const struct mail_work *w)
{
    const struct mail_in_item *item = w->item;

    return db_bulk_add(bulk,
                       (const struct db_value[]){
                           db_u64(w->id),
                           db_bytes(item->mark, MAIL_MARK_SIZE),
                           db_u64(w->source_id),
                           db_time(item->at),
                           db_text(mail_in_kind_name(item->kind)),
                           item->about_id ? db_u64(item->about_id) : db_null(),
                           db_text(w->outcome),
                           cut(w->reason, 64),
                           db_text(item->proof),
                           db_text(item->automatic),
                           cut_if_kept(w, item->envelope_from, 254),
                           cut(item->recipient, 254),
                           cut_if_kept(w, item->from, 254),
                           cut_if_kept(w, item->from_name, 120),
                           cut_if_kept(w, item->subject, 250),
                           cut_if_kept(w, item->message_id, MESSAGE_ID_MAX),
                           whole_text(item),
                           db_u64(item->size),
                           db_u64(item->attachments < UINT16_MAX ? item->attachments : UINT16_MAX),
                       });
}

static enum rc add_inbound(struct db_bulk *bulk, const struct mail_work *w)
{
    const struct mail_in_item *item = w->item;
    const size_t len = strlen(item->fresh);

    return db_bulk_add(bulk, (const struct db_value[]){
                                 db_u64(w->id),
                                 db_time(item->at),
                                 cut(item->from, 254),
                                 cut(item->recipient, 254),
                                 db_bytes(item->fresh, utf8_cut(item->fresh, len, TEXT_MAX)),
                                 db_text(w->keyword.name),
                                 w->answer_id ? db_u64(w->answer_id) : db_null(),
                                 w->customer_id ? db_u64(w->customer_id) : db_null(),
                                 w->about_known ? db_u64(item->about_id) : db_null(),
                             });
}

/* Consents end a time after the last contact (store/consent_sql.h): a machine, or whoever put the
 * customer's address into From, does not make them last. */
static bool was_in_contact(const struct mail_work *w)
{
    return w->customer_id && is_message(w->item) && !*w->item->automatic && *w->item->proof;
}

static enum rc add_rows(struct rows *rows, struct mail_batch *b, struct mail_work *w)
{
    const struct mail_in_item *item = w->item;
    enum rc rc = add_mail(rows->mails, w);

    if (!rc && is_message(item))
        rc = add_inbound(rows->inbound, w);
    if (!rc && w->source && w->source_id == w->id && is_kept(w))
        rc = db_bulk_add(rows->sources, (const struct db_value[]){
                                            db_u64(w->id), db_bytes(w->source, w->item->size) });
    if (!rc && *w->review)
        rc = db_bulk_add(rows->reviews, (const struct db_value[]){
                                            db_u64(w->id), db_text(w->review), db_time(b->now) });
    b->out->reviews += !rc && *w->review;
    if (!rc && was_in_contact(w))
        b->out->contacts[b->out->n_contacts++] = w->customer_id;
    return rc;
}

/* Those that were put before. */
static enum rc claim_sources(struct db *db, const struct mail_batch *b)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < b->n; i++) {
        if (!b->works[i].repeat && !b->works[i].source && is_kept(&b->works[i]))
            rc = mail_source_claim(db, b->works[i].source_id);
    }
    return rc;
}

static enum rc write_rows(struct db *db, struct mail_batch *b)
{
    struct rows rows = { db_bulk_new(19), db_bulk_new(9), db_bulk_new(2), db_bulk_new(3) };
    enum rc rc = rows.mails && rows.inbound && rows.sources && rows.reviews ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < b->n; i++) {
        if (!b->works[i].repeat)
            rc = add_rows(&rows, b, &b->works[i]);
    }
    if (!rc)
        rc = db_bulk_run(db, SQL_MAIL, rows.mails, NULL);
    if (!rc)
        rc = db_bulk_run(db, SQL_INBOUND, rows.inbound, NULL);
    if (!rc)
        rc = db_bulk_run(db, SQL_SOURCE, rows.sources, NULL);
    if (!rc)
        rc = db_bulk_run(db, SQL_REVIEW, rows.reviews, NULL);
    if (!rc)
        rc = contact_news_put_all(db, b->out->contacts, b->out->n_contacts, b->now);
    db_bulk_free(rows.mails);
    db_bulk_free(rows.inbound);
    db_bulk_free(rows.sources);
    db_bulk_free(rows.reviews);
    return rc;
}

/* From here on a partner's files are on their way. */
static enum rc write_files(struct db *db, struct mail_batch *b, const struct mail_work *w)
{
    const struct mail_in_item *item = w->item;
    size_t files = 0;
    enum rc rc =
        mail_files_add(db, w->id, item->partner, item->documents, item->n_documents, &files);

    b->out->files += files;
    return rc;
}

/* What is attached. */
static enum rc write_documents(struct db *db, struct mail_batch *b)
{
    struct mail_documents *mails = arena_alloc(b->arena, b->n * sizeof(*mails));
    size_t n = 0;
    enum rc rc = mails ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < b->n; i++) {
        const struct mail_work *w = &b->works[i];

        if (w->repeat || !w->item->n_documents)
            continue;
        mails[n++] = (struct mail_documents){ w->id, w->item->documents, w->item->n_documents };
        if (w->takes_files)
            rc = write_files(db, b, w);
    }
    if (!rc && n)
        rc = mail_documents_add(db, mails, n);
    return rc == RC_NOTFOUND ? RC_AGAIN : rc;
}

/* --- the transaction --- */

static enum rc batch_body(struct db *db, void *arg)
{
    struct mail_batch *b = arg;
    struct mail_in_outcome *out = b->out;
    enum rc rc = RC_OK;

    out->answered = out->n_stopped = out->n_contacts = out->reviews = out->files = 0;
    out->of_staff = 0;
    b->answers = b->reports.n = 0;
    for (size_t i = 0; !rc && i < b->n; i++) {
        if (!b->works[i].repeat)
            rc = mail_effect(db, b, &b->works[i]);
    }
    if (!rc)
        rc = outbox_record_within(db, &b->reports);
    if (!rc)
        rc = claim_sources(db, b);
    if (!rc)
        rc = write_documents(db, b);
    return rc ? rc : write_rows(db, b);
}

/* --- before it --- */

/* All recipients of a mail share a source, of the first one that is recorded. */
static void share_sources(struct mail_batch *b)
{
    const char *bytes = NULL;
    uint64_t source_id = 0;

    for (size_t i = 0; i < b->n; i++) {
        struct mail_work *w = &b->works[i];

        if (w->item->source || w->item->source_id) {
            bytes = w->item->source;
            source_id = w->item->source_id;
        }
        if (w->repeat)
            continue;
        source_id = source_id ? source_id : w->id;
        w->source_id = source_id;
        w->source = bytes;
    }
}

#define STOCK_OF_BATCHES 16
#define STOCK_BUSY       (2 * USEC_PER_SEC) /* batches that come this close are many */

/* An id of this kind is never behind the clock (db_new_timed_ids()), so a stock lasts a second. */
static enum rc take_mail_ids(struct db *db, struct mail_in_stock *s, size_t n, uint64_t *first)
{
    const utc_us now = clock_now();
    const bool is_good = s->end - s->next >= n && s->next >= timed_id_at(now);
    const size_t wanted = now - s->filled_at < STOCK_BUSY ? n * STOCK_OF_BATCHES : n;
    enum rc rc = is_good ? RC_OK : db_new_timed_ids(db, "inbound_message", wanted, &s->next);

    if (rc)
        return rc;
    if (!is_good) {
        s->end = s->next + wanted;
        s->filled_at = now;
    }
    *first = s->next;
    s->next += n;
    return RC_OK;
}

/* A run of ids for each kind of row that the batch may write. */
static enum rc take_ids(struct db *db, struct mail_batch *b)
{
    uint64_t id = 0, event = 0;
    size_t fresh = 0, events = 0, reports = 0;
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < b->n; i++) {
        struct mail_work *w = &b->works[i];

        if (w->repeat)
            continue;
        fresh++;
        b->message_ids += mail_effect_answers(w->item);
        reports += w->item->report != MAIL_REPORT_NONE;
        rc = mail_effect_ids(db, w);
        events += w->ids[0].n + w->ids[1].n;
    }
    if (!rc)
        rc = take_mail_ids(db, b->stock, fresh, &id);
    if (!rc && b->message_ids)
        rc = db_new_timed_ids(db, "message", b->message_ids, &b->message_id);
    if (!rc && reports)
        rc = db_new_timed_ids(db, "message_event", reports, &b->reports.first_id);
    if (!rc && events)
        rc = db_new_ids(db, "consent_event", events, &event);
    for (size_t i = 0; i < b->n; i++) {
        struct mail_work *w = &b->works[i];

        if (w->repeat)
            continue;
        w->id = id++;
        w->ids[0].first = event;
        w->ids[1].first = event + w->ids[0].n;
        event += w->ids[0].n + w->ids[1].n;
    }
    return rc;
}

static enum rc batch_open(struct mail_batch *b, const struct mail_in_item *items)
{
    struct mail_in_outcome *out = b->out;
    const size_t n = b->n;

    *out = (struct mail_in_outcome){ 0 };
    b->works = arena_alloc(b->arena, n * sizeof(*b->works));
    b->reports = (struct outbox_batch){
        .events = arena_alloc(b->arena, n * sizeof(*b->reports.events)),
    };
    out->stopped = arena_alloc(b->arena, 2 * n * sizeof(*out->stopped));
    out->contacts = arena_alloc(b->arena, n * sizeof(*out->contacts));
    out->outcomes = arena_alloc(b->arena, n * sizeof(*out->outcomes));
    if (!b->works || !b->reports.events || !out->stopped || !out->contacts || !out->outcomes)
        return RC_FAIL;
    for (size_t i = 0; i < n; i++)
        b->works[i] = (struct mail_work){ .item = &items[i], .about_address = "" };
    return RC_OK;
}

static enum rc record_once(struct db *db, struct mail_batch *b, const struct mail_in_item *items)
{
    struct mail_in_outcome *out = b->out;
    enum rc rc = batch_open(b, items);

    b->message_ids = 0;
    if (!rc)
        rc = mail_look_repeats(db, b);
    for (size_t i = 0; !rc && i < b->n; i++)
        out->repeats += b->works[i].repeat;
    out->recorded = b->n - out->repeats;
    if (rc || !out->recorded)
        return rc;
    rc = mail_look_people(db, b);
    if (!rc)
        rc = take_ids(db, b);
    if (rc)
        return rc;
    share_sources(b);
    return db_transaction(db, batch_body, b);
}

enum rc mail_in_record(struct db *db, const struct mail_in_item *items, size_t n,
                       const struct mail_in_rules *rules, utc_us now, struct mail_in_stock *stock,
                       struct arena *arena, struct mail_in_outcome *out)
{
    struct mail_batch b = {
        .n = n, .rules = rules, .now = now, .arena = arena, .stock = stock, .out = out
    };
    enum rc rc = RC_CONFLICT;

    if (n > MAIL_BATCH_MAX)
        return RC_INVALID;
    for (unsigned i = 0; rc == RC_CONFLICT && i < TRIES; i++)
        rc = record_once(db, &b, items);
    for (size_t i = 0; !rc && i < n; i++)
        out->outcomes[i] = b.works[i].repeat ? "repeat" : b.works[i].outcome;
    out->more = !rc && (out->n_stopped > 0 || b.reports.n > 0);
    return rc;
}

enum rc mail_in_known(struct db *db, const struct mail_in_item *items, size_t n, bool *known)
{
    struct mail_work works[MAIL_BATCH_MAX];
    struct mail_batch b = { .works = works, .n = n };
    enum rc rc;

    if (n > MAIL_BATCH_MAX)
        return RC_INVALID;
    for (size_t i = 0; i < n; i++)
        works[i] = (struct mail_work){ .item = &items[i] };
    rc = mail_look_repeats(db, &b);
    *known = !rc;
    for (size_t i = 0; i < n; i++)
        *known = *known && works[i].repeat;
    return rc;
}

/* --- afterwards --- */

enum rc mail_in_follow(struct db *db, bool *more)
{
    bool crowd = false, points = false;
    enum rc rc = consent_follow(db, &crowd);

    if (!rc)
        rc = suppression_follow(db, &points);
    *more = crowd || points;
    return rc;
}

static int by_id(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static enum rc contacted_body(struct db *db, void *arg)
{
    return db_bulk_run(db, SQL_CONTACTED, arg, NULL);
}

enum rc mail_in_contacted(struct db *db, uint64_t *customers, size_t n, utc_us at)
{
    struct db_bulk *rows = db_bulk_new(5);
    enum rc rc = rows ? RC_OK : RC_FAIL;

    qsort(customers, n, sizeof(*customers), by_id);
    for (size_t i = 0; !rc && i < n; i++) {
        if (i && customers[i] == customers[i - 1])
            continue;
        rc = db_bulk_add(rows, (const struct db_value[]){ db_time(at), db_time(at), db_time(at),
                                                          db_u64(customers[i]), db_time(at) });
    }
    if (!rc)
        rc = db_transaction(db, contacted_body, rows);
    db_bulk_free(rows);
    return rc;
}
