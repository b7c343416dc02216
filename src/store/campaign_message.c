/* campaign_message.c - what a message's row has, whoever made it. */
#include "store/campaign_message.h"

#include <stdio.h>

#include "domain/mail_route.h"

/* A subject is but a mail's: a million SMS need not carry it. */
#define INTO_MESSAGE(columns, values)                                                        \
    "INSERT INTO message (id, campaign_id, customer_id, queue_id, class, address, sender,"   \
    "                     text, encoding, parts, consent_event_id, legal_basis, created_at," \
    "                     expires_at, window_id, " columns ")"                               \
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, " values ")"
static const char SQL_SMS[] = INTO_MESSAGE("channel", "'sms'");
static const char SQL_MAIL[] = INTO_MESSAGE("channel, subject", "'email', ?");

#define SMS_COLUMNS  15
#define MAIL_COLUMNS (SMS_COLUMNS + 1)

enum rc message_bulks_open(struct message_bulks *b)
{
    b->sms = db_bulk_new(SMS_COLUMNS);
    b->mails = db_bulk_new(MAIL_COLUMNS);
    return b->sms && b->mails ? RC_OK : RC_FAIL;
}

void message_bulks_close(struct message_bulks *b)
{
    db_bulk_free(b->sms);
    db_bulk_free(b->mails);
}

void message_bulks_reset(struct message_bulks *b)
{
    db_bulk_reset(b->sms);
    db_bulk_reset(b->mails);
}

enum rc message_bulks_add(struct message_bulks *b, const struct message_origin *from,
                          const struct recipient *r, const struct message_place *place)
{
    const bool promo = from->class == CLASS_PROMO, mail = r->channel == CHANNEL_EMAIL;

    if (mail && !(from->words && from->words->mail))
        return RC_INVALID; /* there is no address that it could come from */
    if (from->words && from->words->links)
        link_fill(from->words->links, place->id, r->text);
    return db_bulk_add(
        mail ? b->mails : b->sms,
        (const struct db_value[]){
            db_u64(place->id), db_u64(from->campaign_id), db_u64(r->customer_id),
            db_u64(place->queue_id), db_text(message_class_name(from->class)), db_text(r->address),
            db_text(mail ? from->words->mail->from : from->sender), db_text(r->text),
            db_text(mail ? "utf8" : sms_encoding_name(r->encoding)), db_u64(r->parts),
            promo ? db_u64(r->consent_event_id) : db_null(), db_text(promo ? "" : "contract"),
            db_time(from->now), db_time(place->expires_at), db_u64(place->window_id),
            db_text(mail ? r->subject : "") });
}

enum rc message_bulks_run(struct db *db, struct message_bulks *b, size_t at_least)
{
    enum rc rc = db_bulk_flush(db, SQL_SMS, b->sms, at_least);

    return rc ? rc : db_bulk_flush(db, SQL_MAIL, b->mails, at_least);
}

void recipient_queue_name(const struct recipient *r, const struct route_table *routes,
                          enum message_class class, const char *sender, char name[QUEUE_NAME_SIZE])
{
    const struct route_question q = { r->address, class, r->category };

    if (r->channel == CHANNEL_EMAIL)
        mail_queue_name(routes, r->address, name);
    else if (routes)
        route_queue_name(routes, route_for(routes, &q), sender, name);
    else
        snprintf(name, QUEUE_NAME_SIZE, "default");
}
