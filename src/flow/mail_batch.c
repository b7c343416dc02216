/* mail_batch.c - see mail_batch.h. */
#include "flow/mail_batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/mail_judge.h"

#define LOG_PART "mail"
#include "base/log.h"

struct batch {
    struct db *db;
    const struct mail_batch_rules *rules;
    struct mail_in_stock *stock;
    struct arena *arena;
    struct mail_in_item items[MAIL_BATCH_MAX];
    size_t n;
    struct mail_batch_result *result;
};

/* --- replies --- */

static void reply_to(struct mail_taken *t, size_t i, unsigned code, const char *text)
{
    struct lmtp_reply *reply = &t->for_each[i].reply;

    reply->code = code;
    snprintf(reply->text, sizeof(reply->text), "%s", text);
}

static void reply_to_all(struct mail_taken *t, unsigned code, const char *text)
{
    for (size_t i = 0; i < t->mail->n_to; i++)
        reply_to(t, i, code, text);
    t->ready = false;
}

/* Its pieces go at once: it comes again with new ones. What fails here is done within a day
 * (mail_source_forget_old()). */
static void forget_source(struct db *db, struct mail_taken *t)
{
    if (t->source && mail_source_forget(db, t->source))
        log_warn("mail event=source_left effect=\"dropped within a day\"");
    t->source = 0;
}

static void put_off(struct db *db, struct mail_taken *t, enum rc rc)
{
    bool away = rc == RC_AGAIN || rc == RC_UNKNOWN;

    reply_to_all(t, 451,
                 away ? "4.3.0 the database is away, try later"
                      : "4.3.5 it cannot be recorded now, try later");
    if (!away)
        log_error("record failed rc=%s peer=%s bytes=%zu effect=\"put off\"", rc_name(rc),
                  t->mail->peer, t->mail->size);
    forget_source(db, t);
}

/* --- where the bytes are --- */

struct pieces {
    char *bytes;
    off_t at;
    size_t left;
};

/* The next piece; 0 at the end, or when the file cannot be read (*failed). */
static size_t next_piece(struct pieces *p, int fd, bool *failed)
{
    size_t n = 0, wanted = p->left < MAIL_SOURCE_MAX ? p->left : MAIL_SOURCE_MAX;

    while (n < wanted) {
        ssize_t got = pread(fd, p->bytes + n, wanted - n, p->at);

        if (got <= 0) {
            *failed = true;
            return 0;
        }
        p->at += got;
        n += (size_t)got;
    }
    p->left -= n;
    return n;
}

static enum rc each_piece(const struct lmtp_mail *m,
                          enum rc (*take)(void *arg, const void *bytes, size_t n), void *arg)
{
    struct pieces p = { .bytes = malloc(MAIL_SOURCE_MAX), .left = m->size };
    bool failed = !p.bytes;
    enum rc rc = RC_OK;
    size_t n;

    while (!rc && !failed && (n = next_piece(&p, m->fd, &failed)) > 0)
        rc = take(arg, p.bytes, n);
    free(p.bytes);
    return failed ? RC_FAIL : rc;
}

static enum rc add_to_digest(void *arg, const void *bytes, size_t n)
{
    mail_digest_add(arg, bytes, n);
    return RC_OK;
}

static enum rc find_digest(const struct lmtp_mail *m, uint8_t digest[MAIL_DIGEST_SIZE])
{
    struct mail_digest *d;
    enum rc rc;

    if (m->bytes) {
        mail_digest_of(m->bytes, m->size, digest);
        return RC_OK;
    }
    d = mail_digest_new();
    rc = d ? each_piece(m, add_to_digest, d) : RC_FAIL;
    if (d)
        mail_digest_end(d, digest);
    return rc;
}

struct putting {
    struct db *db;
    uint64_t id;
    unsigned n;
};

static enum rc put_piece(void *arg, const void *bytes, size_t n)
{
    struct putting *p = arg;

    return mail_source_put(p->db, &p->id, p->n++, bytes, n);
}

#define KNOWN 1 /* of a source that nobody will refer to */

/* A large source is in the database before its mail, in transactions of its own; unless it is known
 * already, for then nobody would refer to it. */
static enum rc put_source(struct batch *b, struct mail_in_item *items, size_t n,
                          struct mail_taken *t)
{
    const struct lmtp_mail *m = t->mail;
    struct putting p = { .db = b->db };
    bool known;
    enum rc rc;

    items->source = m->bytes;
    if (m->bytes)
        return RC_OK;
    rc = mail_in_known(b->db, items, n, &known);
    if (!rc && !known)
        rc = each_piece(m, put_piece, &p);
    t->source = p.id;
    items->source_id = !rc && known ? KNOWN : p.id;
    return rc;
}

/* --- reading one --- */

static bool has_documents(const struct mail_in_item *item)
{
    switch (item->kind) {
    case MAIL_IN_MESSAGE:
    case MAIL_IN_REPLY:
    case MAIL_IN_UNSUBSCRIBE:
    case MAIL_IN_ALERT:
    case MAIL_IN_IMPORT:
    case MAIL_IN_NOTICE:
        return true;
    case MAIL_IN_BOUNCE: /* what is attached is our own mail */
    case MAIL_IN_HOUSE:
    case MAIL_IN_KINDS:
        break;
    }
    return false;
}

static enum rc put_documents(struct batch *b, struct mail_in_item *items, size_t n,
                             struct mail_read *read)
{
    const struct mail_document *documents = NULL;
    size_t n_documents = 0;
    enum rc rc = RC_OK;
    bool wanted = false;

    for (size_t i = 0; i < n; i++)
        wanted = wanted || has_documents(&items[i]);
    if (!wanted || !mail_read_facts(read)->n_parts)
        return RC_OK;
    rc = mail_attachments_put(b->db, read, &b->rules->attachments, b->arena, &documents,
                              &n_documents);
    for (size_t i = 0; !rc && i < n; i++) {
        items[i].documents = has_documents(&items[i]) ? documents : NULL;
        items[i].n_documents = has_documents(&items[i]) ? n_documents : 0;
    }
    return rc;
}

/* Its items, one for each recipient that there still is. */
static enum rc judge_all(struct batch *b, struct mail_taken *t, const struct mail_facts *facts,
                         size_t *n)
{
    struct mail_arrival arrival = {
        .facts = facts, .envelope_from = t->mail->from, .at = t->at, .size = t->mail->size
    };
    enum rc rc = find_digest(t->mail, arrival.digest);

    *n = 0;
    for (size_t i = 0; !rc && i < t->mail->n_to; i++) {
        struct mail_in_item *item = &b->items[b->n + *n];
        struct mail_recipient recipient;

        if (!mail_recipient_find(&b->rules->house, t->mail->to[i], &recipient,
                                 &t->for_each[i].reply))
            continue;
        if (!mail_judge(&b->rules->house, &arrival, &recipient, t->mail->to[i], b->arena, item))
            return RC_FAIL;
        t->for_each[i].kind = mail_in_kind_name(item->kind);
        ++*n;
    }
    return rc;
}

static enum rc prepare(struct batch *b, struct mail_taken *t, struct mail_read *read)
{
    const struct mail_facts *facts = mail_read_facts(read);
    struct mail_in_item *items = &b->items[b->n];
    size_t n;
    enum rc rc = judge_all(b, t, facts, &n);

    if (rc || !n)
        return rc;
    t->odd = facts->odd;
    rc = put_source(b, items, n, t);
    if (!rc)
        rc = put_documents(b, items, n, read);
    if (rc)
        return rc;
    t->item = b->n;
    t->ready = true;
    b->n += n;
    return RC_OK;
}

static void read_one(struct batch *b, struct mail_taken *t)
{
    const struct mail_source source = { .bytes = t->mail->bytes,
                                        .fd = t->mail->fd,
                                        .size = t->mail->size };
    struct mail_read *read = NULL;
    struct error err = { "" };
    char text[sizeof(t->for_each->reply.text)];
    enum rc rc = mail_read_open(&source, b->arena, &read, &err);

    if (rc == RC_INVALID) {
        snprintf(text, sizeof(text), "5.6.0 %s", err.text);
        reply_to_all(t, 554, text);
        return;
    }
    if (!rc)
        rc = prepare(b, t, read);
    mail_read_close(read);
    if (rc)
        put_off(b->db, t, rc);
}

/* --- recording --- */

static void add_up(struct mail_batch_result *r, const struct mail_in_outcome *o)
{
    memcpy(r->contacts + r->n_contacts, o->contacts, o->n_contacts * sizeof(*o->contacts));
    r->n_contacts += o->n_contacts;
    r->answered += o->answered;
    r->of_staff += o->of_staff;
    r->reviews += o->reviews;
    r->files += o->files;
    r->more = r->more || o->more;
}

/* A recipient that is not ours any more had its reply before. */
static void tell_outcomes(struct mail_taken *t, const char *const *outcomes)
{
    size_t item = 0;

    for (size_t i = 0; i < t->mail->n_to; i++) {
        if (t->for_each[i].reply.code != 250)
            continue;
        reply_to(t, i, 250, "2.0.0 taken");
        t->for_each[i].outcome = outcomes[item++];
    }
}

/* Some mails of the batch, whose items stand together. */
static enum rc record(struct batch *b, struct mail_taken *const *mails, size_t n)
{
    struct mail_in_outcome outcome;
    size_t first = b->n, n_items = 0;
    enum rc rc;

    for (size_t k = 0; k < n; k++) {
        const struct mail_taken *t = mails[k];

        if (!t->ready)
            continue;
        first = t->item < first ? t->item : first;
        for (size_t i = 0; i < t->mail->n_to; i++)
            n_items += t->for_each[i].reply.code == 250;
    }
    if (!n_items)
        return RC_OK;
    rc = mail_in_record(b->db, b->items + first, n_items, &b->rules->store, clock_now(), b->stock,
                        b->arena, &outcome);
    if (rc)
        return rc;
    add_up(b->result, &outcome);
    for (size_t k = 0; k < n; k++) {
        if (mails[k]->ready)
            tell_outcomes(mails[k], outcome.outcomes + (mails[k]->item - first));
    }
    return RC_OK;
}

struct mail_taken *mail_taken_new(struct lmtp_mail *mail, utc_us at)
{
    struct mail_taken *t = calloc(1, sizeof(*t) + mail->n_to * sizeof(t->for_each[0]));

    if (!t)
        return NULL;
    t->mail = mail;
    t->at = at;
    t->odd = "";
    for (size_t i = 0; i < mail->n_to; i++)
        t->for_each[i].kind = t->for_each[i].outcome = "";
    return t;
}

void mail_taken_free(struct mail_taken *t)
{
    if (!t)
        return;
    lmtp_mail_free(t->mail);
    free(t);
}

static bool open_result(struct mail_batch_result *r, struct arena *arena)
{
    *r = (struct mail_batch_result){
        .contacts = arena_alloc(arena, MAIL_BATCH_MAX * sizeof(*r->contacts)),
    };
    return r->contacts;
}

static void record_singly(struct batch *b, struct mail_taken *const *mails, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum rc rc = record(b, &mails[i], 1);

        if (rc)
            put_off(b->db, mails[i], rc);
    }
}

void mail_batch_take(struct db *db, const struct mail_batch_rules *rules,
                     struct mail_in_stock *stock, struct mail_taken *const *mails, size_t n,
                     struct arena *arena, struct mail_batch_result *out)
{
    struct batch *b = arena_alloc(arena, sizeof(*b));
    enum rc rc = b && open_result(out, arena) ? RC_OK : RC_FAIL;

    if (!rc) {
        *b = (struct batch){
            .db = db, .rules = rules, .stock = stock, .arena = arena, .result = out
        };
        for (size_t i = 0; i < n; i++)
            read_one(b, mails[i]);
        rc = record(b, mails, n);
        if (rc && rc != RC_AGAIN && rc != RC_UNKNOWN) {
            record_singly(b, mails, n);
            return;
        }
    }
    for (size_t i = 0; rc && i < n; i++) {
        if (!b || mails[i]->ready || !out->contacts)
            put_off(db, mails[i], rc);
    }
}
