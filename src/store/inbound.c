/* inbound.c - the transaction of an inbound message. */
#include "store/inbound.h"

#include <stdlib.h>

#include "domain/sms_text.h"
#include "store/consent.h"
#include "store/outbox.h"
#include "store/timed_id.h"

static const char SQL_INSERT[] =
    "INSERT INTO inbound_message"
    "       (id, at, channel, carrier_id, from_address, to_address, text, keyword, customer_id,"
    "        answer_id)"
    "SELECT ?, ?, 'sms', ?, ?, ?, ?, ?,"
    "       (SELECT MIN(customer_id) FROM contact_point WHERE address = ? AND channel = 'sms'), ?";

static const char SQL_CONTACTED[] = "UPDATE customer c"
                                    "  JOIN contact_point p ON p.customer_id = c.id"
                                    "   SET c.last_contact_at = ?"
                                    " WHERE p.address = ? AND p.channel = 'sms'";

static const char SQL_HELPED_LATELY[] =
    "SELECT COUNT(*)"
    "  FROM inbound_message"
    " WHERE from_address = ? AND id >= ? AND keyword = 'help' AND answer_id IS NOT NULL"
    "   AND at > ?";

static const char SQL_WAS_RECORDED[] = "SELECT COUNT(*) FROM inbound_message WHERE id = ?";

#define HELP_AGAIN_US (3600 * USEC_PER_SEC)

struct recording {
    const struct inbound_item *items;
    size_t n;
    const struct inbound_answers *answers;
    utc_us now;
    uint64_t inbound_id, message_id; /* the first of n each */
    struct consent_ids *ids;         /* of each item */
    size_t answered;
};

static enum rc change_consent(struct db *db, const struct recording *r, size_t i, bool *changed)
{
    const struct inbound_item *item = &r->items[i];
    const struct consent_act act = {
        .channel = CHANNEL_SMS,
        .address = item->from,
        .inbound_id = r->inbound_id + i,
        .at = item->at,
        .wording = item->text,
    };

    if (item->keyword == KEYWORD_STOP)
        return consent_withdraw_address(db, &act, &r->ids[i], changed);
    return consent_restore_address(db, &act, &r->ids[i], changed);
}

/* What to answer, "" for nothing; changes consents on the way. */
static enum rc act_on(struct db *db, const struct recording *r, size_t i, const char **answer)
{
    const struct inbound_item *item = &r->items[i];
    bool changed = false;
    uint64_t lately;
    enum rc rc = RC_OK;

    *answer = "";
    switch (item->keyword) {
    case KEYWORD_NONE:
        break;
    case KEYWORD_STOP:
    case KEYWORD_START:
        rc = change_consent(db, r, i, &changed);
        if (!rc && changed)
            *answer = item->keyword == KEYWORD_STOP ? r->answers->stop : r->answers->start;
        break;
    case KEYWORD_HELP:
        rc = db_query_u64(db, SQL_HELPED_LATELY,
                          DB_IN(db_text(item->from),
                                db_u64(timed_id_since(timed_id_at(r->now - HELP_AGAIN_US))),
                                db_time(r->now - HELP_AGAIN_US)),
                          &lately);
        if (!rc && !lately)
            *answer = r->answers->help;
        break;
    }
    return rc;
}

/* An answer comes from where the message went to: a short code or a number. */
static const char *answer_sender(const struct inbound_item *item, const char *otherwise)
{
    const char *c = item->to;

    for (c += *c == '+'; *c >= '0' && *c <= '9'; c++)
        ;
    return *item->to && !*c && c - item->to <= 16 ? item->to : otherwise;
}

static enum rc send_answer(struct db *db, struct recording *r, size_t i, const char *text)
{
    const struct inbound_item *item = &r->items[i];
    struct sms_measure m;
    enum rc rc = sms_text_measure(text, &m);
    const struct outbox_draft draft = {
        .class = CLASS_SERVICE,
        .address = item->from,
        .sender = answer_sender(item, r->answers->sender),
        .text = text,
        .encoding = rc ? "" : sms_encoding_name(m.encoding),
        .parts = rc ? 0 : m.parts,
        .legal_basis = "answer_to_keyword",
        .routes = r->answers->routes,
        .due_at = r->now,
        .expires_at = r->now + r->answers->expires_s * USEC_PER_SEC,
    };

    if (rc || m.parts > SMS_PARTS_MAX)
        return RC_OK; /* a STOP counts even when its answer cannot be sent */
    r->answered++;
    return outbox_enqueue(db, r->message_id + i, r->now, &draft);
}

static enum rc record_body(struct db *db, void *arg)
{
    struct recording *r = arg;
    enum rc rc = RC_OK;

    r->answered = 0;
    for (size_t i = 0; !rc && i < r->n; i++) {
        const struct inbound_item *item = &r->items[i];
        const char *answer;

        rc = act_on(db, r, i, &answer);
        if (!rc && *answer)
            rc = send_answer(db, r, i, answer);
        if (!rc)
            rc = db_run(db, SQL_INSERT,
                        DB_IN(db_u64(r->inbound_id + i), db_time(item->at),
                              db_u64(item->carrier_id), db_text(item->from), db_text(item->to),
                              db_text(item->text), db_text(keyword_name(item->keyword)),
                              db_text(item->from), *answer ? db_u64(r->message_id + i) : db_null()),
                        NULL);
        if (!rc)
            rc = db_run(db, SQL_CONTACTED, DB_IN(db_time(item->at), db_text(item->from)), NULL);
    }
    return rc;
}

enum rc inbound_record(struct db *db, const struct inbound_item *items, size_t n,
                       const struct inbound_answers *answers, utc_us now, uint64_t *first_id,
                       size_t *answered)
{
    struct recording r = {
        .items = items, .n = n, .answers = answers, .now = now, .inbound_id = *first_id
    };
    uint64_t there = 0;
    enum rc rc;

    r.ids = calloc(n, sizeof(*r.ids));
    if (!r.ids)
        return RC_FAIL;
    if (*first_id)
        rc = db_query_u64(db, SQL_WAS_RECORDED, DB_IN(db_u64(*first_id)), &there);
    else
        rc = db_new_timed_ids(db, "inbound_message", n, &r.inbound_id);
    *first_id = r.inbound_id;
    if (!rc && !there)
        rc = db_new_timed_ids(db, "message", n, &r.message_id);
    for (size_t i = 0; !rc && !there && i < n; i++) {
        if (items[i].keyword == KEYWORD_STOP || items[i].keyword == KEYWORD_START)
            rc = consent_ids_for_address(db, CHANNEL_SMS, items[i].from, &r.ids[i]);
    }
    if (!rc && !there)
        rc = db_transaction(db, record_body, &r);
    free(r.ids);
    if (!rc)
        *answered = r.answered;
    return rc;
}
