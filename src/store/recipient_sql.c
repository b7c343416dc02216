/* recipient_sql.c - reasons are rows of a table, in the order in which the first one counts. */
#include "store/recipient_sql.h"

#include <string.h>

#include "store/campaign_member.h"
#include "store/consent_sql.h"

#define QUERY_MAX (300 * 1024)

/* Above all exclusions: the nth name of customer.sms_standing. */
#define FROM_STANDING 40

struct reason {
    const char *when;
    enum exclusion why;
};

/* Writers keep one primary number a customer. */
#define CONTACT_POINT             \
    "  LEFT JOIN contact_point p" \
    "         ON p.customer_id = c.id AND p.channel = 'sms' AND p.is_primary"
#define CONSENT(purpose)            \
    "  LEFT JOIN consent_current k" \
    "         ON k.customer_id = c.id AND k.channel = 'sms' AND k.purpose = '" purpose "'"

/* A promotion needs a consent. Anything else has another legal basis and honours an objection. */
static const char *const joins[][2] = {
    [BY_TRUTH] = { CONTACT_POINT CONSENT("promo"), CONTACT_POINT CONSENT("service") },
    [BY_STANDING] = { "", CONSENT("service") },
};

static const struct reason person[] = {
    { "c.erased_at IS NOT NULL", EXCLUDED_ERASED },
    { "c.do_not_contact", EXCLUDED_DO_NOT_CONTACT },
};

static const struct reason number[] = {
    { "p.address IS NULL", EXCLUDED_NO_CONTACT_POINT },
    { "p.state = 'suppressed'", EXCLUDED_SUPPRESSED },
    { "p.state <> 'valid'", EXCLUDED_INVALID_ADDRESS },
};

static const struct reason promo_consent[] = {
    { "o.address IS NOT NULL OR x.address IS NOT NULL", EXCLUDED_OPTED_OUT },
    { "k.state IS NULL", EXCLUDED_NO_CONSENT },
    { "k.state <> 'granted'", EXCLUDED_WITHDRAWN },
};

static const struct reason objection[] = {
    { "k.state = 'withdrawn'", EXCLUDED_WITHDRAWN },
};

/* The names of customer.sms_standing by their numbers in the database; "" is 1. */
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
    if (!code)
        return false;
    *why = code > FROM_STANDING ? standings[code - FROM_STANDING] : (enum exclusion)(code - 1);
    return true;
}

const struct wording *recipients_wording(const struct recipients *r, unsigned variant)
{
    return variant ? r->others[variant - 1] : r->wording;
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
#define ADD_REASONS(q, list) add_reasons((q), (list), sizeof(list) / sizeof((list)[0]))

static void add_standing(struct question *q, int first, int last)
{
    buffer_printf(&q->sql, "  WHEN c.sms_standing + 0 BETWEEN %d AND %d THEN %d + c.sms_standing",
                  first, last, FROM_STANDING);
}

/* A consent that nothing came after for too long. */
static void add_expiry(struct question *q, const struct recipients *r, enum recipients_by by)
{
    if (!r->spec.consents_since)
        return;
    add_when(q,
             by == BY_TRUTH ? CONSENT_LAST_CONTACT " < ?"
                            : CONSENT_LAST_CONTACT_OF("c.consent_at") " < ?",
             EXCLUDED_CONSENT_EXPIRED + 1u);
    question_add_value(q, db_time(r->spec.consents_since));
}

static void add_rights(struct question *q, const struct recipients *r, enum recipients_by by)
{
    ADD_REASONS(q, person);
    if (by == BY_TRUTH)
        ADD_REASONS(q, number);
    else
        add_standing(q, ST_NO_CONTACT_POINT, ST_SUPPRESSED);
    if (r->spec.class != CLASS_PROMO) {
        ADD_REASONS(q, objection);
        return;
    }
    if (by == BY_TRUTH) {
        ADD_REASONS(q, promo_consent);
    } else {
        add_standing(q, ST_OPTED_OUT, ST_WITHDRAWN);
    }
    add_expiry(q, r, by);
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

static void add_same_text(struct question *q, const struct recipients *r)
{
    const struct recipients_campaigns *same = &r->spec.same_text;

    for (size_t i = 0; i < same->n; i++) {
        buffer_printf(
            &q->sql,
            "  WHEN (" MEMBER_HAS_BIT("s%zu.bits") " OR " MEMBER_HAS_BIT("s%zu.queued") ")", i, i);
        if (same->texts[i])
            buffer_printf(&q->sql,
                          " AND (SELECT %u >> v.variant & 1"
                          "        FROM campaign_recipient v"
                          "       WHERE v.campaign_id = s%zu.campaign_id AND v.customer_id = c.id)",
                          same->texts[i], i);
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

void question_add_reason(struct question *q, const struct recipients *r, enum recipients_by by)
{
    unsigned first;

    question_add(q, "CASE");
    add_rights(q, r, by);
    if (r->spec.class == CLASS_PROMO) {
        add_minors(q, r);
        add_same_text(q, r);
        add_in_flight(q, r);
        add_cap(q, r);
        add_rest(q, r);
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

void question_add_joins(struct question *q, const struct recipients *r, enum recipients_by by)
{
    question_add(q, joins[by][r->spec.class != CLASS_PROMO]);
    if (by == BY_TRUTH && r->spec.class == CLASS_PROMO) {
        const char *sender = r->spec.sender ? r->spec.sender : "";
        question_add(q, "  LEFT JOIN opt_out o"
                        "         ON o.channel = 'sms' AND o.address = p.address AND o.sender = ''"
                        "  LEFT JOIN opt_out x"
                        "         ON x.channel = 'sms' AND x.address = p.address AND x.sender = ?");
        question_add_value(q, db_text(*sender == '+' ? sender + 1 : sender));
    }
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
