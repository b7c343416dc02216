/* recipient.c - the one question about an audience, asked in three ways: count, page, trial. */
#include "store/recipient.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "store/consent_sql.h"

#define QUERY_MAX  (300 * 1024)
#define OWN_VALUES (ROUTE_ZONES_MAX + RECIPIENTS_SOME + 2) /* besides those of the rule */

/* Writers keep one primary number a customer. */
#define CONTACT_POINT             \
    "  LEFT JOIN contact_point p" \
    "         ON p.customer_id = c.id AND p.channel = 'sms' AND p.is_primary"

#define CATEGORY                                                                  \
    ", COALESCE((SELECT g.code FROM category g WHERE g.id = c.category_id), '')," \
    "  c.timezone, c.country, c.postcode"

#define NO_ADDRESS                                     \
    "  WHEN c.erased_at IS NOT NULL THEN 'erased'"     \
    "  WHEN c.do_not_contact THEN 'do_not_contact'"    \
    "  WHEN p.address IS NULL THEN 'no_contact_point'" \
    "  WHEN p.state = 'suppressed' THEN 'suppressed'"  \
    "  WHEN p.state <> 'valid' THEN 'invalid_address'"

/* A promotion needs a consent. Anything else has another legal basis and honours an objection.
 */
static const struct rights {
    const char *joins, *reasons;
} promo_rights = {
    .joins = CONTACT_POINT
    "  LEFT JOIN consent_current k"
    "         ON k.customer_id = c.id AND k.channel = 'sms' AND k.purpose = 'promo'",
    .reasons = NO_ADDRESS /* the sender, and since when a contact keeps a consent: add_reason() */
    "  WHEN EXISTS (SELECT 1"
    "                 FROM opt_out o"
    "                WHERE o.channel = 'sms' AND o.address = p.address AND o.sender IN ('', ?))"
    "       THEN 'opted_out'"
    "  WHEN k.state IS NULL THEN 'no_consent'"
    "  WHEN k.state <> 'granted' THEN 'withdrawn'"
    "  WHEN " CONSENT_LAST_CONTACT " < ? THEN 'consent_expired'",
}, service_rights = {
    .joins = CONTACT_POINT
    "  LEFT JOIN consent_current k"
    "         ON k.customer_id = c.id AND k.channel = 'sms' AND k.purpose = 'service'",
    .reasons = NO_ADDRESS
    "  WHEN k.state = 'withdrawn' THEN 'withdrawn'",
};

static const struct rights *rights_of(const struct recipients *r)
{
    return r->spec.class == CLASS_PROMO ? &promo_rights : &service_rights;
}

/* --- the statement's text: constants of this file, columns, and the compiled rule --- */

struct question {
    struct buffer sql;
    struct db_value values[AUDIENCE_CAMPAIGNS_MAX + AUDIENCE_VALUES_MAX + OWN_VALUES];
    size_t n;
};

static void question_init(struct question *q)
{
    buffer_init(&q->sql, QUERY_MAX);
    q->n = 0;
}

static void add_value(struct question *q, struct db_value value)
{
    q->values[q->n++] = value;
}

/* Behind FROM: what the rights need, then what the rule needs. */
static void add_joins(struct question *q, const struct recipients *r)
{
    buffer_add_text(&q->sql, rights_of(r)->joins);
    audience_sql_add_joins(&r->where, &q->sql, q->values, &q->n);
}

static void add_reason(struct question *q, const struct recipients *r)
{
    const char *sender = r->spec.sender ? r->spec.sender : "";

    buffer_add_text(&q->sql, "CASE");
    buffer_add_text(&q->sql, rights_of(r)->reasons);
    if (r->spec.class == CLASS_PROMO) {
        add_value(q, db_text(sender + (*sender == '+')));
        add_value(q, db_time(r->spec.consents_since));
    }
    wording_add_reasons(r->wording, &q->sql);
    buffer_add_text(&q->sql, "  ELSE '' END");
}

static void add_where(struct question *q, const struct recipients *r)
{
    buffer_add_text(&q->sql, buffer_text(&r->where.text));
    memcpy(q->values + q->n, r->where.values, r->where.n * sizeof(q->values[0]));
    q->n += r->where.n;
}

static enum rc ask(struct db *db, struct question *q, struct db_rows **rows)
{
    if (q->sql.full)
        return RC_FAIL;
    return db_query_once(db, buffer_text(&q->sql), q->values, q->n, rows);
}

/* --- open --- */

static enum rc open_wording(struct db *db, const struct recipients_spec *spec, struct arena *arena,
                            struct wording **out, struct error *err)
{
    const struct template_text one = {
        .language = spec->words ? spec->words->language : "fr",
        .body = spec->body,
    };
    const struct wording_spec words = {
        .class = spec->class,
        .texts = spec->body ? &one : spec->texts,
        .n_texts = spec->body ? 1 : spec->n_texts,
        .sender = spec->sender,
        .transliterate = spec->transliterate,
        .settings = spec->words,
        .links = spec->links,
        .order = spec->order != NULL,
    };

    return wording_open(db, &words, arena, out, err);
}

enum rc recipients_open(struct db *db, const struct recipients_spec *spec, struct arena *arena,
                        struct recipients *out, struct error *err)
{
    struct audience_rule *rule;
    enum rc rc;

    *out = (struct recipients){ .spec = *spec };
    rc = open_wording(db, spec, arena, &out->wording, err);
    if (rc)
        return rc;
    rc = audience_open(db, spec->audience, arena, &rule, err);
    if (!rc)
        rc = audience_compile(db, rule, &(struct audience_moment){ spec->now, spec->timezone },
                              spec->form, &out->where, err);
    if (rc)
        error_prefix(err, "audience");
    return rc;
}

void recipients_close(struct recipients *r)
{
    audience_sql_close(&r->where);
}

/* --- count --- */

/* Which zone an address is in, as a number. */
static void add_zone(struct question *q, const struct recipients_zones *zones)
{
    buffer_add_text(&q->sql, zones->n ? "CASE" : "0");
    for (size_t i = 0; i < zones->n; i++) {
        buffer_printf(&q->sql, " WHEN LEFT(p.address, %zu) = ? THEN %zu",
                      strlen(zones->prefixes[i]), i);
        add_value(q, db_text(zones->prefixes[i]));
    }
    if (zones->n)
        buffer_printf(&q->sql, " ELSE %zu END", zones->n);
}

enum rc recipients_count(struct db *db, const struct recipients *r,
                         const struct recipients_zones *zones, struct recipients_count *out)
{
    struct recipients_count count = { 0 };
    struct question q;
    struct db_rows *rows;
    enum rc rc;

    question_init(&q);
    buffer_add_text(&q.sql, "SELECT x.reason, COUNT(*), COUNT(DISTINCT x.address), x.zone"
                            "  FROM (SELECT c.id, ");
    add_reason(&q, r);
    buffer_add_text(&q.sql, " AS reason, p.address AS address, ");
    add_zone(&q, zones);
    buffer_add_text(&q.sql, " AS zone FROM customer c");
    add_joins(&q, r);
    buffer_add_text(&q.sql, " WHERE ");
    add_where(&q, r);
    buffer_add_text(&q.sql, ") x GROUP BY x.reason, x.zone");
    rc = ask(db, &q, &rows);
    if (rc)
        goto out;
    while (db_next(rows)) {
        uint64_t n = db_get_u64(rows, 1), addresses = db_get_u64(rows, 2);
        enum exclusion why;

        count.audience += n;
        if (exclusion_parse(db_get_text(rows, 0), &why) == RC_OK) {
            count.excluded[why] += n;
        } else {
            count.reached += addresses;
            count.excluded[EXCLUDED_DUPLICATE_ADDRESS] += n - addresses;
            count.by_zone[db_get_u64(rows, 3)] += addresses;
        }
    }
    rc = db_rows_end(rows);
    if (!rc)
        *out = count;
out:
    buffer_close(&q.sql);
    return rc;
}

/* --- page and trial --- */

/* What cannot be said is left out. */
static enum rc write_text(const struct recipients *r, const struct wording_person *person,
                          struct arena *arena, struct buffer *scratch, struct recipient *to)
{
    struct written written;
    enum rc rc = wording_write(r->wording, person, arena, scratch, &written);

    to->text = written.text;
    to->encoding = written.encoding;
    to->parts = written.parts;
    to->reached = written.text != NULL;
    to->why = EXCLUDED_TEMPLATE;
    return rc;
}

enum {
    COL_ID,
    COL_REASON,
    COL_ADDRESS,
    COL_EVENT,
    COL_TAKEN,
    COL_SHARED,
    COL_CATEGORY,
    COL_TIMEZONE,
    COL_COUNTRY,
    COL_POSTCODE,
    COL_FIELDS
};

static const char *copy_column(struct arena *arena, const struct db_rows *rows, unsigned col)
{
    const char *text = db_get_text(rows, col);

    return arena_copy(arena, text, strlen(text));
}

static enum rc read_one(const struct recipients *r, const struct db_rows *rows, struct arena *arena,
                        struct buffer *scratch, struct recipient *to)
{
    struct wording_person person;

    *to = (struct recipient){ .customer_id = db_get_u64(rows, COL_ID) };
    to->reached = exclusion_parse(db_get_text(rows, COL_REASON), &to->why) != RC_OK;
    if (!to->reached)
        return RC_OK;
    if (db_get_u64(rows, COL_TAKEN)) {
        to->reached = false;
        to->why = EXCLUDED_DUPLICATE_ADDRESS;
        return RC_OK;
    }
    to->shared = db_get_u64(rows, COL_SHARED);
    to->consent_event_id = r->spec.class == CLASS_PROMO ? db_get_u64(rows, COL_EVENT) : 0;
    to->address = copy_column(arena, rows, COL_ADDRESS);
    to->category = copy_column(arena, rows, COL_CATEGORY);
    to->timezone = copy_column(arena, rows, COL_TIMEZONE);
    to->country = copy_column(arena, rows, COL_COUNTRY);
    to->postcode = copy_column(arena, rows, COL_POSTCODE);
    if (!to->address || !to->category || !to->timezone || !to->country || !to->postcode)
        return RC_FAIL;
    wording_read(r->wording, rows, COL_FIELDS, &person);
    if (r->spec.order)
        r->spec.order(r->spec.order_arg, to->customer_id, person.value);
    return write_text(r, &person, arena, scratch, to);
}

/* By address, then by customer. */
static int compare_addresses(const void *a, const void *b)
{
    const struct recipient *x = *(struct recipient *const *)a;
    const struct recipient *y = *(struct recipient *const *)b;
    int order = strcmp(x->address, y->address);

    return order ? order : (x->customer_id > y->customer_id) - (x->customer_id < y->customer_id);
}

static enum rc mark_duplicates(struct recipient *list, size_t n, struct arena *arena)
{
    struct recipient **reached = arena_alloc(arena, (n + 1) * sizeof(*reached));
    size_t n_reached = 0;

    if (!reached)
        return RC_FAIL;
    for (size_t i = 0; i < n; i++) {
        if (list[i].reached && list[i].shared)
            reached[n_reached++] = &list[i];
    }
    if (n_reached)
        qsort(reached, n_reached, sizeof(*reached), compare_addresses);
    for (size_t i = 1; i < n_reached; i++) {
        if (strcmp(reached[i]->address, reached[i - 1]->address) == 0) {
            reached[i]->reached = false;
            reached[i]->why = EXCLUDED_DUPLICATE_ADDRESS;
        }
    }
    return RC_OK;
}

/* Should a customer have several primary numbers for all that, one is used: one that will do. */
static bool merge_same_customer(struct recipient *list, size_t n)
{
    if (n < 2 || list[n - 1].customer_id != list[n - 2].customer_id)
        return false;
    if (!list[n - 2].reached)
        list[n - 2] = list[n - 1];
    return true;
}

static enum rc read_all(struct db *db, const struct recipients *r, struct question *q, size_t limit,
                        struct arena *arena, struct recipients_page *out)
{
    struct recipients_page page = { .list = arena_alloc(arena, limit * sizeof(*page.list)) };
    struct buffer scratch;
    struct db_rows *rows;
    size_t n_rows = 0;
    enum rc rc = page.list ? ask(db, q, &rows) : RC_FAIL, end;

    if (rc)
        return rc;
    buffer_init(&scratch, SMS_TEXT_SIZE - 1);
    while (!rc && n_rows < limit && db_next(rows)) {
        rc = read_one(r, rows, arena, &scratch, &page.list[page.n++]);
        n_rows++;
        page.n -= merge_same_customer(page.list, page.n);
    }
    buffer_close(&scratch);
    end = db_rows_end(rows);
    rc = rc ? rc : end;
    page.last = n_rows < limit;
    if (!rc && !r->spec.shared)
        rc = mark_duplicates(page.list, page.n, arena);
    if (!rc)
        *out = page;
    return rc;
}

enum rc recipients_read(struct db *db, const struct recipients *r, uint64_t campaign_id,
                        uint64_t from, size_t limit, struct arena *arena,
                        struct recipients_page *out)
{
    struct question q;
    enum rc rc;

    question_init(&q);
    buffer_add_text(&q.sql, "SELECT c.id, ");
    add_reason(&q, r);
    buffer_add_text(
        &q.sql, " AS reason, p.address, k.event_id, t.address IS NOT NULL, c.sms_shared" CATEGORY);
    wording_add_columns(r->wording, &q.sql);
    /* In the order of the key, whatever the rule: so every page costs its own rows, not a sort. */
    buffer_add_text(&q.sql, "  FROM customer c FORCE INDEX (PRIMARY)");
    add_joins(&q, r);
    buffer_add_text(&q.sql, "  LEFT JOIN campaign_shared_address t"
                            "         ON t.campaign_id = ?"
                            "        AND t.address = IF(c.sms_shared, p.address, NULL)"
                            " WHERE c.id >= ? AND ");
    add_value(&q, db_u64(campaign_id));
    add_value(&q, db_u64(from));
    add_where(&q, r);
    buffer_add_text(&q.sql, " ORDER BY c.id LIMIT ?");
    add_value(&q, db_u64(limit));
    rc = read_all(db, r, &q, limit, arena, out);
    buffer_close(&q.sql);
    return rc;
}

enum rc recipients_read_some(struct db *db, const struct recipients *r, const uint64_t *ids,
                             size_t n, struct arena *arena, struct recipients_page *out)
{
    struct question q;
    enum rc rc;

    question_init(&q);
    buffer_add_text(&q.sql, "SELECT c.id, ");
    add_reason(&q, r);
    buffer_add_text(&q.sql, " AS reason, p.address, k.event_id, FALSE, c.sms_shared" CATEGORY);
    wording_add_columns(r->wording, &q.sql);
    buffer_add_text(&q.sql, "  FROM customer c FORCE INDEX (PRIMARY)");
    buffer_add_text(&q.sql, rights_of(r)->joins);
    buffer_add_text(&q.sql, " WHERE c.id IN (0");
    for (size_t i = 0; i < n && i < RECIPIENTS_SOME; i++) {
        buffer_add_text(&q.sql, ", ?");
        add_value(&q, db_u64(ids[i]));
    }
    buffer_add_text(&q.sql, ") AND ");
    add_where(&q, r);
    buffer_add_text(&q.sql, " ORDER BY c.id");
    rc = read_all(db, r, &q, 2 * n + 1, arena, out);
    buffer_close(&q.sql);
    return rc;
}

enum rc recipients_try(struct db *db, const struct recipients *r, size_t limit, struct arena *arena,
                       struct recipients_page *out)
{
    struct question q;
    enum rc rc;

    question_init(&q);
    buffer_add_text(&q.sql, "SELECT c.id, ");
    add_reason(&q, r);
    buffer_add_text(&q.sql, " AS reason, p.address, k.event_id, FALSE, c.sms_shared" CATEGORY);
    wording_add_columns(r->wording, &q.sql);
    buffer_add_text(&q.sql, "  FROM customer c");
    add_joins(&q, r);
    buffer_add_text(&q.sql, " WHERE ");
    add_where(&q, r);
    buffer_add_text(&q.sql, " HAVING reason = '' LIMIT ?");
    add_value(&q, db_u64(limit));
    rc = read_all(db, r, &q, limit, arena, out);
    buffer_close(&q.sql);
    return rc;
}
