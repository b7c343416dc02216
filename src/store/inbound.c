/* inbound.c - the transaction of inbound messages. */
#include "store/contact_news.h"
#include "store/inbound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/consent.h"
#include "store/consent_request.h"
#include "store/inbound_private.h"
#include "store/outbox.h"
#include "store/staff_answer.h"
#include "store/timed_id.h"

/* How long after a message of ours a message of theirs is taken for a reply to it. */
#define REPLY_WITHIN_US (7 * SEC_PER_DAY * USEC_PER_SEC)
#define ANSWER_AGAIN_US (3600 * USEC_PER_SEC)
#define TIDY_AT_ONCE    100
/* How far back to look for the promotion that a STOP answers. */
#define STOP_WITHIN_US (90 * SEC_PER_DAY * USEC_PER_SEC)

/*
 * The message that it replies to is looked for by the customer, newest first: messages have no
 * index on their address. Of several, one from the sender that was written to goes first. An
 * address of very many customers has 20 of them looked at.
 *
 * A statement a row: of many rows at once (array binding) MariaDB 10.11 looks up what stands in
 * VALUES for the first one, and takes it for the others, too.
 */
static const char SQL_INSERT[] =
    "INSERT INTO inbound_message"
    "       (id, at, channel, carrier_id, from_address, to_address, text, keyword, parts,"
    "        incomplete, answer_id, customer_id, answers_message_id)"
    "VALUES (?, ?, 'sms', ?, ?, ?, ?, ?, ?,"
    "        ?, ?,"
    "        (SELECT MIN(customer_id) FROM contact_point WHERE address = ? AND channel = 'sms'),"
    "        (SELECT m.id"
    "           FROM (SELECT customer_id"
    "                   FROM contact_point"
    "                  WHERE address = ? AND channel = 'sms'"
    "                  ORDER BY customer_id"
    "                  LIMIT 20) c"
    "           JOIN message m ON m.customer_id = c.customer_id"
    "          WHERE m.id >= ? AND m.id < ? AND m.address = ?"
    "            AND m.state NOT IN ('queued', 'held', 'cancelled', 'expired', 'failed')"
    "          ORDER BY m.sender = ? DESC, m.id DESC"
    "          LIMIT 1))";

static const char SQL_CONTACTED[] =
    "UPDATE contact_point p"
    "  JOIN customer c ON c.id = p.customer_id"
    "   SET c.last_reply_at = ?, c.last_contact_at = GREATEST(COALESCE(c.last_contact_at, ?), ?)"
    " WHERE p.address = ? AND p.channel = 'sms'"
    "   AND (c.last_reply_at IS NULL OR c.last_reply_at < ? - INTERVAL 1 MINUTE)";

static const char SQL_ANSWERED_LATELY[] = "SELECT COUNT(*)"
                                          "  FROM (SELECT keyword, answer_id"
                                          "          FROM inbound_message"
                                          "         WHERE from_address = ? AND id >= ?"
                                          "         ORDER BY id DESC"
                                          "         LIMIT 100) lately"
                                          " WHERE keyword = ? AND answer_id IS NOT NULL";

static const char SQL_CUSTOMER[] = "SELECT COALESCE(MIN(customer_id), 0)"
                                   "  FROM contact_point"
                                   " WHERE address = ? AND channel = 'sms'";

/* As in SQL_INSERT: by the customer, for want of an index on the address. */
static const char SQL_LAST_PROMO[] =
    "SELECT COUNT(*)"
    "  FROM (SELECT m.sender"
    "          FROM (SELECT customer_id"
    "                  FROM contact_point"
    "                 WHERE address = ? AND channel = 'sms'"
    "                 ORDER BY customer_id"
    "                 LIMIT 20) c"
    "          JOIN message m ON m.customer_id = c.customer_id"
    "         WHERE m.id >= ? AND m.class = 'promo' AND m.address = ?"
    "           AND m.state NOT IN ('queued', 'held', 'cancelled', 'expired', 'failed')"
    "         ORDER BY m.id DESC"
    "         LIMIT 1) last"
    " WHERE TRIM(LEADING '+' FROM last.sender) = ?";

static const char SQL_WAS_RECORDED[] = "SELECT COUNT(*) FROM inbound_message WHERE id = ?";

/* --- one message --- */

enum rc inbound_answered(struct db *db, const char *from, const char *keyword, utc_us since,
                         bool *answered)
{
    uint64_t n = 0;
    enum rc rc =
        db_query_u64(db, SQL_ANSWERED_LATELY,
                     DB_IN(db_text(from), db_u64(timed_id_at(since)), db_text(keyword)), &n);

    *answered = n > 0;
    return rc;
}

static enum rc answered_lately(struct db *db, const struct recording *r,
                               const struct inbound_message *m, bool *lately)
{
    for (size_t i = 0; i < r->n_answered; i++) {
        if (strcmp(r->answered[i].keyword, m->keyword.name) == 0 &&
            strcmp(r->answered[i].from, m->from) == 0) {
            *lately = true;
            return RC_OK;
        }
    }
    return inbound_answered(db, m->from, m->keyword.name, r->now - ANSWER_AGAIN_US, lately);
}

/*
 * Whose promotions a STOP refuses; "": all. It is one sender's when the house says so, and the last
 * promotion to the number did come from where the STOP went to: who answers to a short code that
 * stands for a name in letters, or out of the blue, refuses all.
 */
static enum rc stop_scope(struct db *db, const struct recording *r, const struct inbound_message *m,
                          char sender[CONSENT_SENDER_MAX + 1])
{
    const char *to = m->to + (*m->to == '+');
    uint64_t theirs;
    enum rc rc;

    *sender = '\0';
    if (!r->rules->stop_by_sender || m->keyword.all || strlen(to) > CONSENT_SENDER_MAX)
        return RC_OK;
    rc = db_query_u64(db, SQL_LAST_PROMO,
                      DB_IN(db_text(m->from), db_u64(timed_id_at(m->at - STOP_WITHIN_US)),
                            db_text(m->from), db_text(to)),
                      &theirs);
    if (!rc && theirs)
        snprintf(sender, CONSENT_SENDER_MAX + 1, "%s", to);
    return rc;
}

/* What a message changed. */
struct change {
    bool changed;
    char sender[CONSENT_SENDER_MAX + 1]; /* of this one alone; "": of all */
    char ref[24];
};

static struct consent_act act_of(const struct inbound_message *m, struct change *c)
{
    snprintf(c->ref, sizeof(c->ref), "%llu", (unsigned long long)m->id);
    return (struct consent_act){
        .channel = CHANNEL_SMS,
        .address = m->from,
        .sender = c->sender,
        .inbound_id = m->id,
        .at = m->at,
        .source = CONSENT_BY_INBOUND,
        .source_ref = c->ref,
        .wording = m->text,
    };
}

static enum rc take_stop(struct db *db, const struct recording *r, const struct inbound_message *m,
                         const struct consent_ids *ids, struct change *c)
{
    struct consent_act act;
    enum rc rc = stop_scope(db, r, m, c->sender);

    act = act_of(m, c);
    if (!rc)
        rc = consent_withdraw_address(db, &act, ids, &c->changed);
    if (!rc)
        rc = consent_request_refused(db, CHANNEL_SMS, m->from, m->at, act.source_ref);
    return rc;
}

/* With refusals by sender, START takes back the one of the sender that it is said to, and one of
 * all; else every one. */
static enum rc take_start(struct db *db, const struct recording *r, const struct inbound_message *m,
                          const struct consent_ids *ids, struct change *c)
{
    const char *to = m->to + (*m->to == '+');
    struct consent_act act;

    if (r->rules->stop_by_sender && !m->keyword.all && strlen(to) <= CONSENT_SENDER_MAX)
        snprintf(c->sender, sizeof(c->sender), "%s", to);
    act = act_of(m, c);
    return consent_restore_address(db, &act, ids, &c->changed);
}

/* NULL: no memory. */
static const char *answer_to(const struct recording *r, const struct keyword_found *k,
                             const struct change *c)
{
    if (*k->answer)
        return k->answer;
    switch (k->action) {
    case KEYWORD_STOP:
        return *c->sender ? consent_name_sender(r->arena, r->rules->stop_one, c->sender)
                          : r->rules->stop;
    case KEYWORD_START:
        return r->rules->start;
    case KEYWORD_HELP:
        return r->rules->help;
    case KEYWORD_YES:
        return r->rules->yes;
    case KEYWORD_NONE:
    case KEYWORD_ANSWER:
        break;
    }
    return "";
}

/* What to answer, "" for nothing; changes consents on the way. A keyword that means nothing here is
 * taken out of *m. */
static enum rc act_on(struct db *db, struct recording *r, struct inbound_message *m,
                      const struct consent_ids *ids, const char **answer)
{
    struct change c = { .changed = false };
    struct consent_act act;
    bool lately = false;
    enum rc rc = RC_OK;

    *answer = "";
    switch (m->keyword.action) {
    case KEYWORD_NONE:
        return RC_OK;
    case KEYWORD_STOP:
        rc = take_stop(db, r, m, ids, &c);
        break;
    case KEYWORD_START:
        rc = take_start(db, r, m, ids, &c);
        break;
    case KEYWORD_YES:
        act = act_of(m, &c);
        rc = consent_request_yes(db, &act, ids, &c.changed);
        if (rc == RC_NOTFOUND) {
            m->keyword = (struct keyword_found){ .action = KEYWORD_NONE, .name = "", .answer = "" };
            return RC_OK;
        }
        break;
    case KEYWORD_HELP:
    case KEYWORD_ANSWER:
        rc = answered_lately(db, r, m, &lately);
        c.changed = !lately;
        break;
    }
    if (!rc && c.changed)
        *answer = answer_to(r, &m->keyword, &c);
    return rc ? rc : *answer ? RC_OK : RC_FAIL;
}

/* An answer comes from where the message went to: a short code or a number. */
static const char *answer_sender(const struct inbound_message *m, const char *otherwise)
{
    const char *c = m->to;

    for (c += *c == '+'; *c >= '0' && *c <= '9'; c++)
        ;
    return *m->to && !*c && c - m->to <= 16 ? m->to : otherwise;
}

static enum rc send_answer(struct db *db, struct recording *r, const struct inbound_message *m,
                           const char *text, uint64_t *answer_id)
{
    struct sms_measure measure;
    uint64_t customer_id;
    enum rc rc;

    if (sms_text_measure(text, &measure) || measure.parts > SMS_PARTS_MAX)
        return RC_OK; /* a STOP counts even when its answer cannot be sent */
    rc = db_query_u64(db, SQL_CUSTOMER, DB_IN(db_text(m->from)), &customer_id);
    if (rc)
        return rc;
    if (r->message_ids == 0)
        return RC_FAIL;
    r->message_ids--;
    *answer_id = r->message_id++;
    r->answered[r->n_answered++] = (struct inbound_answered){ m->from, m->keyword.name };
    r->out->answered++;
    return outbox_enqueue(db, *answer_id, r->now,
                          &(struct outbox_draft){
                              .class = CLASS_SERVICE,
                              .customer_id = customer_id,
                              .address = m->from,
                              .sender = answer_sender(m, r->rules->sender),
                              .text = text,
                              .encoding = sms_encoding_name(measure.encoding),
                              .parts = measure.parts,
                              .legal_basis = "answer_to_keyword",
                              .routes = r->rules->routes,
                              .due_at = r->now,
                              .expires_at = r->now + r->rules->expires_s * USEC_PER_SEC,
                          });
}

enum rc recording_open(struct recording *r, size_t max)
{
    r->answered = arena_alloc(r->arena, (max + 1) * sizeof(*r->answered));
    r->out->stopped = arena_alloc(r->arena, (max + 1) * sizeof(*r->out->stopped));
    return r->answered && r->out->stopped ? RC_OK : RC_FAIL;
}

void recording_begin(struct recording *r)
{
    r->n_answered = r->out->answered = r->out->n_stopped = r->out->of_staff = 0;
    r->out->more = false;
}

/* What orders nothing may be meant for the house, if its sender works here. */
static enum rc keep_for_house(struct db *db, struct recording *r, const struct inbound_message *m)
{
    bool kept;
    enum rc rc;

    if (m->keyword.action != KEYWORD_NONE)
        return RC_OK;
    rc = staff_answer_of_sms(db, m->id, m->at, m->from, m->to, m->text, &kept);
    r->out->of_staff += !rc && kept;
    return rc;
}

enum rc recording_add(struct db *db, struct recording *r, const struct inbound_message *message,
                      const struct consent_ids *ids)
{
    struct inbound_message copy = *message;
    const struct inbound_message *m = &copy;
    const char *answer;
    uint64_t answer_id = 0;
    enum rc rc = act_on(db, r, &copy, ids, &answer);

    if (!rc && *answer)
        rc = send_answer(db, r, m, answer, &answer_id);
    if (!rc)
        rc = keep_for_house(db, r, m);
    if (rc)
        return rc;
    rc = db_run(db, SQL_INSERT,
                DB_IN(db_u64(m->id), db_time(m->at), db_u64(m->carrier_id), db_text(m->from),
                      db_text(m->to), db_text(m->text), db_text(m->keyword.name), db_u64(m->parts),
                      db_u64(m->incomplete), answer_id ? db_u64(answer_id) : db_null(),
                      db_text(m->from), db_text(m->from),
                      db_u64(timed_id_at(m->at - REPLY_WITHIN_US)),
                      db_u64(timed_id_at(m->at + USEC_PER_SEC)), db_text(m->from), db_text(m->to)),
                NULL);
    return !rc && m->keyword.action == KEYWORD_NONE ? contact_news_put_reply(db, m->id, m->at) : rc;
}

/* --- a batch --- */

struct batch {
    const struct inbound_item *items;
    size_t n;
    uint64_t inbound_id;     /* the first of n */
    struct consent_ids *ids; /* of each item */
    struct recording recording;
    uint64_t message_id;
    size_t message_ids;
};

static bool changes_consent(const struct inbound_item *item)
{
    return !item->part &&
           (item->keyword.action == KEYWORD_STOP || item->keyword.action == KEYWORD_START ||
            item->keyword.action == KEYWORD_YES);
}

/* A message put together may turn out to be a STOP: its customers follow by consent_due. */
static const struct consent_ids no_ids;

static enum rc batch_part(struct db *db, struct batch *b, size_t i)
{
    struct recording *r = &b->recording;
    struct inbound_message m;
    bool complete;
    enum rc rc = parts_take(db, r, &b->items[i], b->inbound_id + i, &m, &complete);

    return rc || !complete ? rc : recording_add(db, r, &m, &no_ids);
}

static enum rc batch_body(struct db *db, void *arg)
{
    struct batch *b = arg;
    struct recording *r = &b->recording;
    enum rc rc = RC_OK;

    recording_begin(r);
    r->message_id = b->message_id;
    r->message_ids = b->message_ids;
    for (size_t i = 0; !rc && i < b->n; i++) {
        const struct inbound_item *item = &b->items[i];

        if (item->part)
            rc = batch_part(db, b, i);
        else
            rc = recording_add(db, r,
                               &(struct inbound_message){ .id = b->inbound_id + i,
                                                          .at = item->at,
                                                          .carrier_id = item->carrier_id,
                                                          .parts = 1,
                                                          .from = item->from,
                                                          .to = item->to,
                                                          .text = item->text,
                                                          .keyword = item->keyword },
                               &b->ids[i]);
    }
    return rc;
}

/* Ids for what the batch may write besides its messages: answers and consent events. */
static enum rc take_ids(struct db *db, struct batch *b)
{
    uint64_t first = 0;
    size_t total = 0;
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < b->n; i++) {
        b->message_ids += b->items[i].part || b->items[i].keyword.action != KEYWORD_NONE;
        if (changes_consent(&b->items[i]))
            rc = consent_ids_wanted(db, CHANNEL_SMS, b->items[i].from, &b->ids[i].n);
        total += b->ids[i].n;
    }
    if (!rc && b->message_ids)
        rc = db_new_timed_ids(db, "message", b->message_ids, &b->message_id);
    if (!rc && total)
        rc = db_new_ids(db, "consent_event", total, &first);
    for (size_t i = 0; i < b->n; i++) {
        b->ids[i].first = first;
        first += b->ids[i].n;
    }
    return rc;
}

/*
 * A COMMIT without an answer: the batch is here if its first whole message is. One of parts alone
 * may be given again all the same, for the parts that are here are known.
 */
static enum rc was_recorded(struct db *db, const struct batch *b, bool *there)
{
    uint64_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        if (b->items[i].part)
            continue;
        enum rc rc = db_query_u64(db, SQL_WAS_RECORDED, DB_IN(db_u64(b->inbound_id + i)), &n);
        *there = n > 0;
        return rc;
    }
    return RC_OK;
}

enum rc inbound_record(struct db *db, const struct inbound_item *items, size_t n,
                       const struct inbound_rules *rules, utc_us now, uint64_t *first_id,
                       struct arena *arena, struct inbound_outcome *out)
{
    struct batch b = { .items = items,
                       .n = n,
                       .inbound_id = *first_id,
                       .recording = { .rules = rules, .now = now, .arena = arena, .out = out } };
    bool there = false;
    enum rc rc;

    *out = (struct inbound_outcome){ 0 };
    b.ids = arena_alloc(arena, n * sizeof(*b.ids));
    rc = b.ids ? recording_open(&b.recording, n) : RC_FAIL;
    if (!rc && *first_id)
        rc = was_recorded(db, &b, &there);
    else if (!rc)
        rc = db_new_timed_ids(db, "inbound_message", n, &b.inbound_id);
    *first_id = b.inbound_id;
    if (!rc && !there)
        rc = take_ids(db, &b);
    if (!rc && !there)
        rc = db_transaction(db, batch_body, &b);
    return rc;
}

/* --- afterwards --- */

static int by_address_newest_first(const void *a, const void *b)
{
    const struct inbound_contact *x = a, *y = b;
    int order = strcmp(x->address, y->address);

    return order ? order : x->at < y->at ? 1 : x->at > y->at ? -1 : 0;
}

static enum rc contacts_body(struct db *db, void *arg)
{
    return db_bulk_run(db, SQL_CONTACTED, arg, NULL);
}

enum rc inbound_contacted(struct db *db, struct inbound_contact *contacts, size_t n)
{
    struct db_bulk *rows = db_bulk_new(5);
    enum rc rc = rows ? RC_OK : RC_FAIL;

    qsort(contacts, n, sizeof(*contacts), by_address_newest_first);
    for (size_t i = 0; !rc && i < n; i++) {
        const struct inbound_contact *c = &contacts[i];

        if (i == 0 || strcmp(c->address, contacts[i - 1].address) != 0)
            rc = db_bulk_add(rows, (const struct db_value[]){ db_time(c->at), db_time(c->at),
                                                              db_time(c->at), db_text(c->address),
                                                              db_time(c->at) });
    }
    if (!rc)
        rc = db_transaction(db, contacts_body, rows);
    db_bulk_free(rows);
    return rc;
}

struct tidying {
    struct recording recording;
    utc_us before;
    uint64_t inbound_id, message_id;
    size_t n;
};

static enum rc tidy_body(struct db *db, void *arg)
{
    struct tidying *t = arg;
    struct recording *r = &t->recording;
    size_t n;
    enum rc rc;

    recording_begin(r);
    r->message_id = t->message_id;
    r->message_ids = t->n;
    rc = parts_give_up(db, r, t->before, t->inbound_id, t->n, &n);
    r->out->more |= n == TIDY_AT_ONCE;
    return rc;
}

enum rc inbound_tidy(struct db *db, const struct inbound_rules *rules, utc_us now,
                     struct arena *arena, struct inbound_outcome *out)
{
    struct tidying t = { .recording = { .rules = rules, .now = now, .arena = arena, .out = out },
                         .before = now - rules->parts_wait_s * USEC_PER_SEC };
    bool more = false;
    enum rc rc;

    *out = (struct inbound_outcome){ 0 };
    rc = parts_count_old(db, t.before, TIDY_AT_ONCE, &t.n);
    if (!rc && t.n)
        rc = recording_open(&t.recording, t.n);
    if (!rc && t.n)
        rc = db_new_timed_ids(db, "inbound_message", t.n, &t.inbound_id);
    if (!rc && t.n)
        rc = db_new_timed_ids(db, "message", t.n, &t.message_id);
    if (!rc && t.n)
        rc = db_transaction(db, tidy_body, &t);
    if (!rc)
        rc = consent_follow(db, &more);
    out->more |= more;
    return rc;
}
