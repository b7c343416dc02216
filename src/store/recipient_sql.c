/* recipient_sql.c - reasons are rows of a table, in the order in which the first one counts. */
#include "store/recipient_sql.h"

#include <string.h>

#include "store/campaign_member.h"
#include "store/consent_sql.h"

#define QUERY_MAX (300 * 1024)

/* Above all exclusions: the nth name of customer.sms_standing or email_standing. */
#define FROM_STANDING 40
/* Above these: nobody is left out, and it goes by the second channel. */
#define BY_SECOND REASON_MAX

struct reason {
    const char *when;
    enum exclusion why;
};

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

/* Writers keep one primary address a customer and channel. */
#define CONTACT_POINT(channel, p)                                                \
    "  LEFT JOIN contact_point " p "         ON " p ".customer_id = c.id AND " p \
    ".channel = '" channel "'"                                                   \
    " AND " p ".is_primary"
#define CONSENT(channel, k, purpose)                                               \
    "  LEFT JOIN consent_current " k "         ON " k ".customer_id = c.id AND " k \
    ".channel = '" channel "'"                                                     \
    " AND " k ".purpose = '" purpose "'"
#define OPT_OUT(channel, p, o)                                                                  \
    "  LEFT JOIN opt_out " o "         ON " o ".channel = '" channel "' AND " o ".address = " p \
    ".address"                                                                                  \
    " AND " o ".sender = ''"

static const struct reason person[] = {
    { "c.erased_at IS NOT NULL", EXCLUDED_ERASED },
    { "c.do_not_contact", EXCLUDED_DO_NOT_CONTACT },
};

#define ADDRESS_REASONS(p)                                       \
    {                                                            \
        { p ".address IS NULL", EXCLUDED_NO_CONTACT_POINT },     \
            { p ".state = 'suppressed'", EXCLUDED_SUPPRESSED },  \
            { p ".state <> 'valid'", EXCLUDED_INVALID_ADDRESS }, \
    }
#define CONSENT_REASONS(refused, k)                                                   \
    {                                                                                 \
        { refused, EXCLUDED_OPTED_OUT }, { k ".state IS NULL", EXCLUDED_NO_CONSENT }, \
            { k ".state <> 'granted'", EXCLUDED_WITHDRAWN },                          \
    }

/*
 * What a channel's questions are made of. A promotion needs a consent; anything else has another
 * legal basis and honours an objection. An SMS has a number for its sender, which can be refused by
 * itself; who unsubscribes from mail does so from all of it.
 */
static const struct channel_sql {
    const char *point, *promo, *service, *refusal; /* joins */
    struct reason address[3], consent[3], objection;
    const char *may, *may_service; /* conditions, by truth */
    const char *standing, *last_contact, *consent_at;
    const char *columns, *shared;
} channels[] = {
    [CHANNEL_SMS] = {
        .point = CONTACT_POINT("sms", "p"),
        .promo = CONSENT("sms", "k", "promo"),
        .service = CONSENT("sms", "k", "service"),
        .refusal = OPT_OUT("sms", "p", "o"),
        .address = ADDRESS_REASONS("p"),
        .consent = CONSENT_REASONS("o.address IS NOT NULL OR x.address IS NOT NULL", "k"),
        .objection = { "k.state = 'withdrawn'", EXCLUDED_WITHDRAWN },
        .may = "COALESCE(p.state = 'valid' AND o.address IS NULL AND x.address IS NULL"
               "         AND k.state = 'granted', FALSE)",
        .may_service = "COALESCE(p.state = 'valid', FALSE)",
        .standing = "c.sms_standing",
        .last_contact = CONSENT_LAST_CONTACT_OF("k.at"),
        .consent_at = CONSENT_LAST_CONTACT_OF("c.consent_at"),
        .columns = "p.address, k.event_id",
        .shared = "c.sms_shared",
    },
    [CHANNEL_EMAIL] = {
        .point = CONTACT_POINT("email", "mp"),
        .promo = CONSENT("email", "mk", "promo"),
        .service = CONSENT("email", "mk", "service"),
        .refusal = OPT_OUT("email", "mp", "mo"),
        .address = ADDRESS_REASONS("mp"),
        .consent = CONSENT_REASONS("mo.address IS NOT NULL", "mk"),
        .objection = { "mk.state = 'withdrawn'", EXCLUDED_WITHDRAWN },
        .may = "COALESCE(mp.state = 'valid' AND mo.address IS NULL AND mk.state = 'granted', FALSE)",
        .may_service = "COALESCE(mp.state = 'valid', FALSE)",
        .standing = "c.email_standing",
        .last_contact = CONSENT_LAST_CONTACT_OF("mk.at"),
        .consent_at = CONSENT_LAST_CONTACT_OF("c.email_consent_at"),
        .columns = "mp.address, mk.event_id",
        .shared = "c.email_shared",
    },
};

/* The names of customer.sms_standing and email_standing by their numbers in the database; "" is 1.
 */
enum {
    ST_MAY = 1,
    ST_NO_CONTACT_POINT,
    ST_INVALID,
    ST_SUPPRESSED,
    ST_OPTED_OUT,
    ST_NO_CONSENT,
    ST_WITHDRAWN
};
static const enum exclusion standings[] = {
    [ST_NO_CONTACT_POINT] = EXCLUDED_NO_CONTACT_POINT,
    [ST_INVALID] = EXCLUDED_INVALID_ADDRESS,
    [ST_SUPPRESSED] = EXCLUDED_SUPPRESSED,
    [ST_OPTED_OUT] = EXCLUDED_OPTED_OUT,
    [ST_NO_CONSENT] = EXCLUDED_NO_CONSENT,
    [ST_WITHDRAWN] = EXCLUDED_WITHDRAWN,
};

bool recipients_reason(uint64_t code, enum exclusion *why)
{
    if (!code || code == BY_SECOND)
        return false;
    *why = code > FROM_STANDING ? standings[code - FROM_STANDING] : (enum exclusion)(code - 1);
    return true;
}

unsigned recipients_way(uint64_t code)
{
    return code == BY_SECOND;
}

const char *recipients_columns(enum channel channel)
{
    return channels[channel].columns;
}

const char *recipients_shared(enum channel channel)
{
    return channels[channel].shared;
}

const struct wording *recipients_wording(const struct recipients *r, unsigned variant)
{
    return variant ? r->others[variant - 1] : r->wording;
}

const struct wording *recipients_words(const struct recipients *r, enum channel channel,
                                       unsigned variant)
{
    return r->mail && channel == CHANNEL_EMAIL ? r->mail : recipients_wording(r, variant);
}

unsigned recipients_texts(const struct recipients *r, unsigned *first)
{
    *first = r->spec.split.only ? r->spec.split.only - 1 : 0;
    return r->spec.split.only ? 1 : r->spec.split.n_others + 1;
}

/* --- questions --- */

void question_init(struct question *q)
{
    buffer_init(&q->sql, QUERY_MAX);
    q->n = 0;
    q->form = AUDIENCE_FOR_PAGE;
    q->first = 0;
    q->last = INT64_MAX;
    q->refusals = false;
}

void question_close(struct question *q)
{
    buffer_close(&q->sql);
}

void question_add(struct question *q, const char *sql)
{
    buffer_add_text(&q->sql, sql);
}

void question_add_value(struct question *q, struct db_value value)
{
    q->values[q->n++] = value;
}

enum rc question_ask(struct db *db, struct question *q, struct db_rows **rows)
{
    if (q->sql.full)
        return RC_FAIL;
    return db_query_once(db, buffer_text(&q->sql), q->values, q->n, rows);
}

/* --- reasons --- */

static void add_when(struct question *q, const char *when, unsigned code)
{
    buffer_printf(&q->sql, "  WHEN %s THEN %u", when, code);
}

static void add_reasons(struct question *q, const struct reason *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add_when(q, list[i].when, list[i].why + 1u);
}

static void add_standing(struct question *q, enum channel channel, int first, int last)
{
    buffer_printf(&q->sql, "  WHEN %s + 0 BETWEEN %d AND %d THEN %d + %s",
                  channels[channel].standing, first, last, FROM_STANDING,
                  channels[channel].standing);
}

/* A consent that nothing came after for too long. */
static void add_expiry(struct question *q, const struct recipients *r, enum channel channel,
                       enum recipients_by by)
{
    const struct channel_sql *s = &channels[channel];

    if (!r->spec.consents_since)
        return;
    buffer_printf(&q->sql, "  WHEN %s < ? THEN %u",
                  by == BY_TRUTH ? s->last_contact : s->consent_at, EXCLUDED_CONSENT_EXPIRED + 1u);
    question_add_value(q, db_time(r->spec.consents_since));
}

/* Why nothing may go by that channel. */
static void add_rights(struct question *q, const struct recipients *r, enum channel channel,
                       enum recipients_by by)
{
    const struct channel_sql *s = &channels[channel];

    if (by == BY_TRUTH)
        add_reasons(q, s->address, N_OF(s->address));
    else
        add_standing(q, channel, ST_NO_CONTACT_POINT, ST_SUPPRESSED);
    if (r->spec.class != CLASS_PROMO) {
        add_when(q, s->objection.when, s->objection.why + 1u);
        return;
    }
    if (by == BY_TRUTH) {
        add_reasons(q, s->consent, N_OF(s->consent));
    } else {
        if (q->refusals && channel == CHANNEL_SMS)
            add_when(q, "x.customer_id IS NOT NULL", EXCLUDED_OPTED_OUT + 1u);
        add_standing(q, channel, ST_OPTED_OUT, ST_WITHDRAWN);
    }
    add_expiry(q, r, channel, by);
}

/* The reverse, as a condition. */
static void add_may(struct question *q, const struct recipients *r, enum channel channel,
                    enum recipients_by by)
{
    const struct channel_sql *s = &channels[channel];
    bool promo = r->spec.class == CLASS_PROMO;

    if (by == BY_TRUTH)
        buffer_printf(&q->sql, "(%s", promo ? s->may : s->may_service);
    else if (promo)
        buffer_printf(&q->sql, "(%s + 0 = %d", s->standing, ST_MAY);
    else
        buffer_printf(&q->sql, "(%s + 0 NOT BETWEEN %d AND %d", s->standing, ST_NO_CONTACT_POINT,
                      ST_SUPPRESSED);
    if (!promo)
        buffer_printf(&q->sql, " AND NOT COALESCE(%s, FALSE)", s->objection.when);
    if (promo && by == BY_STANDING && q->refusals && channel == CHANNEL_SMS)
        question_add(q, " AND x.customer_id IS NULL");
    if (promo && r->spec.consents_since) {
        buffer_printf(&q->sql, " AND NOT COALESCE(%s < ?, FALSE)",
                      by == BY_TRUTH ? s->last_contact : s->consent_at);
        question_add_value(q, db_time(r->spec.consents_since));
    }
    question_add(q, ")");
}

/* Neither by one channel nor by the other: then for the reason of the first. */
static void add_rightless(struct question *q, const struct recipients *r, enum recipients_by by)
{
    const enum channel first = reach_channel(r->spec.reach, 0);

    question_add(q, "  WHEN NOT ");
    add_may(q, r, first, by);
    question_add(q, " AND NOT ");
    add_may(q, r, reach_channel(r->spec.reach, 1), by);
    question_add(q, " THEN CASE");
    add_rights(q, r, first, by);
    question_add(q, "  ELSE 0 END");
}

/* --- what a promotion may be besides: too much, too soon, twice --- */

static void add_minors(struct question *q, const struct recipients *r)
{
    const struct recipients_limits *l = &r->spec.limits;

    if (!l->adult_years) {
        add_when(q, "c.minor", EXCLUDED_MINOR + 1u);
        return;
    }
    add_when(q, "c.minor OR c.birth_date > DATE(?) - INTERVAL ? YEAR", EXCLUDED_MINOR + 1u);
    question_add_value(q, db_time(r->spec.now));
    question_add_value(q, db_u64(l->adult_years));
}

/* The nth promotion from the newest on is within the cap's time: customer.promo_times has 4 bytes
 * for each. */
static void add_cap(struct question *q, const struct recipients *r)
{
    const struct recipients_limits *l = &r->spec.limits;
    const uint64_t since = (uint64_t)((r->spec.now / USEC_PER_SEC) - l->cap_s);

    if (!l->cap || l->cap > PROMO_TIMES)
        return;
    buffer_printf(&q->sql, "  WHEN SUBSTR(c.promo_times, %u, 4) >= UNHEX('%08x') THEN %u",
                  4 * (l->cap - 1) + 1, (unsigned)since, EXCLUDED_FREQUENCY_CAP + 1u);
}

static void add_rest(struct question *q, const struct recipients *r)
{
    const struct recipients_limits *l = &r->spec.limits;

    if (!l->rest_s)
        return;
    add_when(q, "c.last_contact_at > ?", EXCLUDED_CONTACTED_RECENTLY + 1u);
    question_add_value(q, db_time(r->spec.now - l->rest_s * USEC_PER_SEC));
}

/* Whether it was one of the texts whose bits are given. */
#define GOT_TEXT                        \
    " AND (SELECT %u >> v.variant & 1"  \
    "        FROM campaign_recipient v" \
    "       WHERE v.campaign_id = s%zu.campaign_id AND v.customer_id = c.id)"
#define GOT_BY_CHANNEL                              \
    " AND (SELECT %u >> (m.channel = 'email') & 1"  \
    "        FROM campaign_recipient v"             \
    "        JOIN message m ON m.id = v.message_id" \
    "       WHERE v.campaign_id = s%zu.campaign_id AND v.customer_id = c.id)"

static void add_same_text(struct question *q, const struct recipients *r)
{
    const struct recipients_campaigns *same = &r->spec.same_text;

    for (size_t i = 0; i < same->n; i++) {
        buffer_printf(
            &q->sql,
            "  WHEN (" MEMBER_HAS_BIT("s%zu.bits") " OR " MEMBER_HAS_BIT("s%zu.queued") ")", i, i);
        if (same->texts[i])
            buffer_printf(&q->sql, same->by_channel[i] ? GOT_BY_CHANNEL : GOT_TEXT, same->texts[i],
                          i);
        buffer_printf(&q->sql, " THEN %u", EXCLUDED_SAME_TEXT + 1u);
    }
}

/* It has a message of a campaign that runs, and no carrier has taken it yet. */
static void add_in_flight(struct question *q, const struct recipients *r)
{
    for (size_t i = 0; i < r->in_flight.n; i++)
        buffer_printf(
            &q->sql,
            "  WHEN " MEMBER_HAS_BIT("f%zu.queued") " > " MEMBER_HAS_BIT("f%zu.bits") " THEN %u", i,
            i, EXCLUDED_IN_FLIGHT + 1u);
}

/* What the text of that channel cannot do without; else `way`, as recipients_way() reads it. */
static void add_words(struct question *q, const struct recipients *r, enum channel channel,
                      unsigned way)
{
    question_add(q, " CASE WHEN FALSE THEN 0");
    wording_add_reasons(recipients_words(r, channel, 0), EXCLUDED_TEMPLATE + 1u, &q->sql);
    buffer_printf(&q->sql, "  ELSE %u END", way ? (unsigned)BY_SECOND : 0);
}

/* By the first channel if it may be, else by the second. */
static void add_ways(struct question *q, const struct recipients *r, enum recipients_by by)
{
    const enum channel first = reach_channel(r->spec.reach, 0);

    question_add(q, "  WHEN ");
    add_may(q, r, first, by);
    question_add(q, " THEN");
    add_words(q, r, first, 0);
    question_add(q, "  ELSE");
    add_words(q, r, reach_channel(r->spec.reach, 1), 1);
    question_add(q, " END");
}

void question_add_reason(struct question *q, const struct recipients *r, enum recipients_by by)
{
    const bool both = reach_channels(r->spec.reach) > 1;
    unsigned first;

    question_add(q, "CASE");
    add_reasons(q, person, N_OF(person));
    if (both)
        add_rightless(q, r, by);
    else
        add_rights(q, r, reach_channel(r->spec.reach, 0), by);
    if (r->spec.class == CLASS_PROMO) {
        add_minors(q, r);
        add_same_text(q, r);
        add_in_flight(q, r);
        add_cap(q, r);
        add_rest(q, r);
    }
    if (both) {
        add_ways(q, r, by);
        return;
    }
    /* Of several texts rendering tells: what one of them needs another may not. */
    if (recipients_texts(r, &first) == 1)
        wording_add_reasons(recipients_wording(r, first), EXCLUDED_TEMPLATE + 1u, &q->sql);
    question_add(q, "  ELSE 0 END");
}

static void join_members(struct question *q, const struct recipients_campaigns *list, char name)
{
    for (size_t i = 0; i < list->n; i++) {
        buffer_printf(&q->sql,
                      "  LEFT JOIN campaign_member %c%zu"
                      "         ON %c%zu.campaign_id = ? AND %c%zu.chunk = c.id >> 12",
                      name, i, name, i, name, i);
        question_add_value(q, db_u64(list->ids[i]));
    }
}

/* Those whose bit is set: who waited for the text that won. */
#define IN_REST                                                 \
    "EXISTS (SELECT 1 FROM campaign_rest w"                     \
    "         WHERE w.campaign_id = ? AND w.chunk = c.id >> 12" \
    "           AND " MEMBER_HAS_BIT("w.bits") ")"

static const struct audience_sql *rule_of(const struct question *q, const struct recipients *r)
{
    return q->form == AUDIENCE_FOR_ALL ? &r->for_all : &r->for_page;
}

/* The sender's own refusals, by number; and by customer, where there are numbers in no other join.
 */
#define REFUSED_BY_NUMBER   \
    "  LEFT JOIN opt_out x" \
    "         ON x.channel = 'sms' AND x.address = p.address AND x.sender = ?"
#define REFUSED_BY_CUSTOMER                                                            \
    "  LEFT JOIN (SELECT DISTINCT v.customer_id"                                       \
    "               FROM opt_out u"                                                    \
    "               JOIN contact_point v"                                              \
    "                 ON v.address = u.address AND v.channel = 'sms' AND v.is_primary" \
    "              WHERE u.channel = 'sms' AND u.sender = ?) x ON x.customer_id = c.id"

const char *recipients_refused_sender(const struct recipients *r)
{
    const char *sender = r->spec.sender ? r->spec.sender : "";

    return *sender == '+' ? sender + 1 : sender;
}

static void join_channel(struct question *q, const struct recipients *r, enum channel channel,
                         enum recipients_by by)
{
    const struct channel_sql *s = &channels[channel];
    const bool promo = r->spec.class == CLASS_PROMO;

    if (by == BY_TRUTH)
        question_add(q, s->point);
    if (!promo)
        question_add(q, s->service);
    else if (by == BY_TRUTH)
        question_add(q, s->promo);
    if (promo && by == BY_TRUTH)
        question_add(q, s->refusal);
    if (promo && channel == CHANNEL_SMS && (by == BY_TRUTH || q->refusals)) {
        question_add(q, by == BY_TRUTH ? REFUSED_BY_NUMBER : REFUSED_BY_CUSTOMER);
        question_add_value(q, db_text(recipients_refused_sender(r)));
    }
}

void question_add_joins(struct question *q, const struct recipients *r, enum recipients_by by)
{
    for (unsigned i = 0; i < reach_channels(r->spec.reach); i++)
        join_channel(q, r, reach_channel(r->spec.reach, i), by);
    if (r->spec.class == CLASS_PROMO) {
        join_members(q, &r->spec.same_text, 's');
        join_members(q, &r->in_flight, 'f');
    }
    if (!r->spec.split.rest)
        audience_sql_add_joins_between(rule_of(q, r), q->first, q->last, &q->sql, q->values, &q->n);
}

void question_add_rule(struct question *q, const struct recipients *r)
{
    const struct audience_sql *where = rule_of(q, r);

    if (r->spec.split.rest) {
        question_add(q, IN_REST);
        question_add_value(q, db_u64(r->spec.split.campaign_id));
        return;
    }
    question_add(q, buffer_text(&where->text));
    memcpy(q->values + q->n, where->values, where->n * sizeof(q->values[0]));
    q->n += where->n;
}
