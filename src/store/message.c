/* message.c (store) - single messages: into the queue, and out of the book for who asks. */
#include "store/message.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/markup.h"
#include "domain/sms_text.h"
#include "domain/utf8.h"
#include "store/db.h"
#include "store/outbox.h"
#include "store/template_file.h"
#include "store/wording.h"

static const char SQL_CUSTOMER[] =
    "SELECT c.erased_at IS NOT NULL, COALESCE(k.state = 'withdrawn', FALSE),"
    "       (SELECT p.address FROM contact_point p"
    "         WHERE p.customer_id = c.id AND p.channel = ? AND p.state = 'valid'"
    "         ORDER BY p.is_primary DESC, p.created_at DESC, p.address"
    "         LIMIT 1)"
    "  FROM customer c"
    "  LEFT JOIN consent_current k"
    "         ON k.customer_id = c.id AND k.channel = ? AND k.purpose = 'service'"
    " WHERE c.id = ?";

static const char SQL_CONTACTED[] = "UPDATE customer"
                                    "   SET last_contact_at = ?"
                                    " WHERE id = ?";

static const char SQL_READ[] =
    "SELECT campaign_id, customer_id, consent_event_id, class, state, channel, address, sender,"
    "       text, encoding, legal_basis, reason, parts, attempts, created_at, expires_at,"
    "       COALESCE(subject, '')"
    "  FROM message"
    " WHERE id = ?";

static const char SQL_EVENTS[] =
    "SELECT e.at, e.kind, COALESCE(c.name, ''), COALESCE(e.smsc_message_id, ''), e.detail,"
    "       e.part, e.code"
    "  FROM message_event e"
    "  LEFT JOIN carrier c ON c.id = e.carrier_id"
    " WHERE e.message_id = ?"
    " ORDER BY e.at, e.id"
    " LIMIT 500";

struct sending {
    const struct message_draft *draft;
    struct outbox_draft row;
    uint64_t id;
    utc_us now;
};

/* Whether the customer may be written to, and where. */
static enum rc find_address(struct db *db, const struct message_draft *draft,
                            char address[ADDRESS_SIZE], struct error *err)
{
    const char *channel = channel_name(draft->channel);
    const bool mail = draft->channel == CHANNEL_EMAIL;
    struct db_rows *rows;
    bool found, erased = false, withdrawn = false;
    enum rc rc;

    snprintf(address, ADDRESS_SIZE, "%s", draft->address);
    if (!draft->customer_id)
        return RC_OK;
    rc = db_query(db, SQL_CUSTOMER,
                  DB_IN(db_text(channel), db_text(channel), db_u64(draft->customer_id)), &rows);
    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        erased = db_get_u64(rows, 0);
        withdrawn = db_get_u64(rows, 1);
        if (!*address)
            snprintf(address, ADDRESS_SIZE, "%s", db_get_text(rows, 2));
    }
    rc = db_rows_end(rows);
    if (rc)
        return rc;
    if (!found)
        return error_set(err, RC_NOTFOUND, "no such customer");
    if (erased)
        return error_set(err, RC_INVALID, "the customer was erased");
    if (withdrawn)
        return error_set(err, RC_INVALID, "the customer refused service messages by %s",
                         mail ? "mail" : "SMS");
    if (!*address)
        return error_set(err, RC_INVALID, "the customer has no valid %s",
                         mail ? "mail address" : "phone number");
    return RC_OK;
}

static enum rc enqueue(struct db *db, void *arg)
{
    const struct sending *s = arg;
    enum rc rc = outbox_enqueue(db, s->id, s->now, &s->row);

    if (!rc && s->draft->template_id)
        rc =
            template_of_message_write(db, s->id, s->draft->template_id, s->draft->template_version);
    if (rc || !s->draft->customer_id)
        return rc;
    return db_run(db, SQL_CONTACTED, DB_IN(db_time(s->now), db_u64(s->draft->customer_id)), NULL);
}

static enum rc check_sms(const struct message_draft *draft, struct message_sent *out,
                         struct error *err)
{
    struct sms_measure measure;

    if (sms_text_measure(draft->text, &measure) || !*draft->text)
        return error_set(err, RC_INVALID, "text: expected UTF-8 of at least one character");
    if (measure.parts > SMS_PARTS_MAX)
        return error_set(err, RC_INVALID, "text: expected at most %d parts, got %u", SMS_PARTS_MAX,
                         measure.parts);
    out->parts = measure.parts;
    out->encoding = sms_encoding_name(measure.encoding);
    return RC_OK;
}

static enum rc check_mail(const struct message_draft *draft, struct message_sent *out,
                          struct error *err)
{
    const size_t len = strlen(draft->text);
    enum rc rc;

    if (!len || !utf8_valid(draft->text, len, NULL))
        return error_set(err, RC_INVALID, "text: expected UTF-8 of at least one character");
    rc = markup_check(draft->text, err);
    if (!rc)
        rc = wording_subject_check(draft->subject, err);
    out->parts = 1;
    out->encoding = "utf8";
    return rc;
}

enum rc message_send(struct db *db, const struct message_draft *draft, struct message_sent *out,
                     struct error *err)
{
    char address[ADDRESS_SIZE];
    struct sending s = { .draft = draft, .now = clock_now() };
    struct message_sent sent;
    enum rc rc = draft->channel == CHANNEL_EMAIL ? check_mail(draft, &sent, err)
                                                 : check_sms(draft, &sent, err);

    if (!rc)
        rc = find_address(db, draft, address, err);
    if (!rc)
        rc = db_new_timed_ids(db, "message", 1, &s.id);
    if (rc)
        return rc;
    s.row = (struct outbox_draft){
        .channel = draft->channel,
        .class = draft->class,
        .customer_id = draft->customer_id,
        .address = address,
        .sender = draft->sender,
        .text = draft->text,
        .subject = draft->subject,
        .encoding = sent.encoding,
        .parts = sent.parts,
        .legal_basis = draft->legal_basis,
        .routes = draft->routes,
        .due_at = s.now,
        .expires_at = s.now + draft->expires_s * USEC_PER_SEC,
    };
    rc = db_transaction(db, enqueue, &s);
    sent.id = s.id;
    if (!rc)
        *out = sent;
    return rc;
}

static const char *copy(struct arena *arena, const struct db_rows *rows, unsigned col)
{
    const char *text = db_get_text(rows, col);
    const char *kept = arena_copy(arena, text, strlen(text));

    return kept ? kept : "";
}

static enum rc read_row(struct db *db, uint64_t id, struct arena *arena, struct message_view *out)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        *out = (struct message_view){
            .id = id,
            .campaign_id = db_get_u64(rows, 0),
            .customer_id = db_get_u64(rows, 1),
            .consent_event_id = db_get_u64(rows, 2),
            .state = copy(arena, rows, 4),
            .channel = copy(arena, rows, 5),
            .address = copy(arena, rows, 6),
            .sender = copy(arena, rows, 7),
            .text = copy(arena, rows, 8),
            .encoding = copy(arena, rows, 9),
            .legal_basis = copy(arena, rows, 10),
            .reason = copy(arena, rows, 11),
            .parts = (unsigned)db_get_u64(rows, 12),
            .attempts = (unsigned)db_get_u64(rows, 13),
            .created_at = db_get_time(rows, 14),
            .expires_at = db_get_time(rows, 15),
            .subject = copy(arena, rows, 16),
        };
        if (message_class_parse(db_get_text(rows, 3), &out->class))
            found = false;
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

enum rc message_read(struct db *db, uint64_t id, struct arena *arena, struct message_view *out,
                     void (*event)(void *arg, const struct message_happening *h), void *arg)
{
    struct db_rows *rows;
    enum rc rc = read_row(db, id, arena, out);

    if (!rc)
        rc = db_query(db, SQL_EVENTS, DB_IN(db_u64(id)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct message_happening h = {
            .at = db_get_time(rows, 0),
            .kind = db_get_text(rows, 1),
            .carrier = db_get_text(rows, 2),
            .smsc_message_id = db_get_text(rows, 3),
            .detail = db_get_text(rows, 4),
            .part = (unsigned)db_get_u64(rows, 5) + 1,
            .code = (uint32_t)db_get_u64(rows, 6),
        };
        event(arg, &h);
    }
    return db_rows_end(rows);
}
