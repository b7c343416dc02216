/* recipient.c - whom a rule and its limits leave over, page by page, each with the words for them.
 */
#include "store/recipient.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "domain/share.h"
#include "store/recipient_sql.h"

#define CATEGORY      ", COALESCE(g.code, ''), c.timezone, c.country, c.postcode"
#define JOIN_CATEGORY "  LEFT JOIN category g ON g.id = c.category_id"

/* Promotions of others that may still leave, or that left and whose customers do not say so yet. */
static const char SQL_IN_FLIGHT[] =
    "SELECT k.id"
    "  FROM campaign k"
    " WHERE k.class = 'promo' AND k.id <> ? AND k.first_message > 0"
    "   AND (k.state NOT IN ('draft', 'done', 'cancelled')"
    "        OR EXISTS (SELECT 1"
    "                     FROM contact_due d"
    "                    WHERE d.first_id BETWEEN k.first_message AND k.last_message))"
    " ORDER BY k.id DESC"
    " LIMIT ?";

/* --- open --- */

static enum rc open_wording(struct db *db, const struct recipients_spec *spec, enum channel channel,
                            const struct campaign_text *text, struct link_list *links,
                            struct arena *arena, struct wording **out, struct error *err)
{
    const struct template_text one = {
        .language = spec->words ? spec->words->language : "fr",
        .body = text->body,
    };
    const struct wording_spec words = {
        .channel = channel,
        .class = spec->class,
        .texts = text->n_texts ? text->texts : &one,
        .n_texts = text->n_texts ? text->n_texts : 1,
        .sender = channel == CHANNEL_SMS ? spec->sender : NULL,
        .transliterate = channel == CHANNEL_SMS && spec->transliterate,
        .settings = spec->words,
        .links = links,
        .order = spec->order != NULL,
    };

    return wording_open(db, &words, arena, out, err);
}

static enum rc find_in_flight(struct db *db, struct recipients *r)
{
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_IN_FLIGHT,
                 DB_IN(db_u64(r->spec.split.campaign_id), db_u64(RECIPIENTS_CAMPAIGNS_MAX)), &rows);

    if (rc)
        return rc;
    while (r->in_flight.n < RECIPIENTS_CAMPAIGNS_MAX && db_next(rows))
        r->in_flight.ids[r->in_flight.n++] = db_get_u64(rows, 0);
    return db_rows_end(rows);
}

/* All of them, whoever gets one now: so the links in them are numbered as when they were made. */
static enum rc open_wordings(struct db *db, struct recipients *r, struct arena *arena,
                             struct error *err)
{
    const struct recipients_spec *spec = &r->spec;
    const struct campaign_text first = { .body = spec->body,
                                         .texts = spec->body ? NULL : spec->texts,
                                         .n_texts = spec->body ? 0 : spec->n_texts };
    const struct campaign_text mail = { .texts = spec->mail_texts, .n_texts = spec->n_mail_texts };
    const bool both = reach_channels(spec->reach) > 1;
    const enum channel channel = both ? CHANNEL_SMS : reach_channel(spec->reach, 0);
    struct link_list *links = spec->links ? spec->links : arena_alloc(arena, sizeof(*links));
    enum rc rc = links ? RC_OK : RC_FAIL;

    if (!rc)
        rc = open_wording(db, spec, channel, &first, links, arena, &r->wording, err);
    for (unsigned i = 0; !rc && i < spec->split.n_others; i++) {
        rc = open_wording(db, spec, channel, &spec->split.others[i], links, arena, &r->others[i],
                          err);
        if (rc)
            error_prefix(err, "text %c", (char)('B' + i));
    }
    if (!rc && both) {
        rc = open_wording(db, spec, CHANNEL_EMAIL, &mail, links, arena, &r->mail, err);
        if (rc)
            error_prefix(err, "mail");
    }
    return rc;
}

void recipients_set_texts(struct recipients_split *split, const struct campaign_text *texts,
                          unsigned n)
{
    split->n_others = n - 1;
    memcpy(split->others, texts + 1, split->n_others * sizeof(split->others[0]));
}

enum rc recipients_open(struct db *db, const struct recipients_spec *spec, struct arena *arena,
                        struct recipients *out, struct error *err)
{
    const struct audience_moment moment = { spec->now, spec->timezone };
    struct audience_rule *rule;
    enum rc rc;

    *out = (struct recipients){ .spec = *spec };
    rc = open_wordings(db, out, arena, err);
    if (rc)
        return rc;
    rc = audience_open(db, spec->audience, arena, &rule, err);
    if (!rc)
        rc = audience_compile(db, rule, &moment, AUDIENCE_FOR_PAGE, &out->for_page, err);
    if (!rc && spec->form == AUDIENCE_FOR_ALL)
        rc = audience_compile(db, rule, &moment, AUDIENCE_FOR_ALL, &out->for_all, err);
    if (rc)
        error_prefix(err, "audience");
    if (!rc && spec->class == CLASS_PROMO && spec->limits.alone)
        rc = find_in_flight(db, out);
    return rc;
}

void recipients_close(struct recipients *r)
{
    audience_sql_close(&r->for_page);
    audience_sql_close(&r->for_all);
}

/* --- page and trial --- */

enum { COL_ID, COL_REASON, COL_CHANNELS };                    /* here, for each channel: */
enum { COL_ADDRESS, COL_EVENT, COL_TAKEN, COL_SHARED, COLS }; /* and then: */
enum { COL_CATEGORY, COL_TIMEZONE, COL_COUNTRY, COL_POSTCODE, COL_FIELDS };

static unsigned cols_behind(const struct recipients *r)
{
    return COL_CHANNELS + reach_channels(r->spec.reach) * COLS;
}

static void add_columns(struct question *q, const struct recipients *r)
{
    unsigned first, n = recipients_texts(r, &first);

    for (unsigned v = first; v < first + n; v++)
        wording_add_columns(recipients_wording(r, v), &q->sql);
    if (r->mail)
        wording_add_columns(r->mail, &q->sql);
}

/* What the text of this one needs; those of the texts before it come first. */
static void read_person(const struct recipients *r, const struct db_rows *rows,
                        const struct recipient *to, struct wording_person *person)
{
    unsigned first, col = cols_behind(r) + COL_FIELDS;

    (void)recipients_texts(r, &first);
    for (unsigned v = first; v < to->variant; v++)
        col += wording_columns(recipients_wording(r, v));
    if (r->mail && to->channel == CHANNEL_EMAIL)
        col += wording_columns(r->wording);
    wording_read(recipients_words(r, to->channel, to->variant), rows, col, person);
}

/* What cannot be said is left out. */
static enum rc write_text(const struct recipients *r, const struct wording_person *person,
                          struct arena *arena, struct buffer *scratch, struct recipient *to)
{
    struct written written;
    enum rc rc = wording_write(recipients_words(r, to->channel, to->variant), person, arena,
                               scratch, &written);

    to->text = written.text;
    to->subject = written.subject;
    to->encoding = written.encoding;
    to->parts = written.parts;
    to->reached = written.text != NULL;
    to->why = EXCLUDED_TEMPLATE;
    return rc;
}

/* Whether this one gets nothing now, for being held out or for waiting; and which text, if not. */
static bool set_apart(const struct recipients_split *s, struct recipient *to)
{
    if (s->hold_out && !s->rest &&
        share_of(s->campaign_id, SHARE_HOLD_OUT, to->customer_id) < s->hold_out) {
        to->reached = false;
        to->why = EXCLUDED_HOLD_OUT;
        return true;
    }
    to->waits =
        s->test_share && share_of(s->campaign_id, SHARE_TEST, to->customer_id) >= s->test_share;
    to->reached = !to->waits;
    to->variant = s->only       ? s->only - 1
                  : s->n_others ? share_variant(s->campaign_id, to->customer_id, s->n_others + 1)
                                : 0;
    return to->waits;
}

static const char *copy_column(struct arena *arena, const struct db_rows *rows, unsigned col)
{
    const char *text = db_get_text(rows, col);

    return arena_copy(arena, text, strlen(text));
}

/* The columns that all texts and channels have in common. */
static enum rc copy_address(const struct recipients *r, const struct db_rows *rows, unsigned col,
                            struct arena *arena, struct recipient *to)
{
    const unsigned behind = cols_behind(r);

    to->shared = db_get_u64(rows, col + COL_SHARED);
    to->consent_event_id = r->spec.class == CLASS_PROMO ? db_get_u64(rows, col + COL_EVENT) : 0;
    to->address = copy_column(arena, rows, col + COL_ADDRESS);
    to->category = copy_column(arena, rows, behind + COL_CATEGORY);
    to->timezone = copy_column(arena, rows, behind + COL_TIMEZONE);
    to->country = copy_column(arena, rows, behind + COL_COUNTRY);
    to->postcode = copy_column(arena, rows, behind + COL_POSTCODE);
    return to->address && to->category && to->timezone && to->country && to->postcode ? RC_OK
                                                                                      : RC_FAIL;
}

static enum rc read_one(const struct recipients *r, const struct db_rows *rows, struct arena *arena,
                        struct buffer *scratch, struct recipient *to)
{
    const uint64_t code = db_get_u64(rows, COL_REASON);
    const unsigned way = recipients_way(code), col = COL_CHANNELS + way * COLS;
    struct wording_person person;
    enum rc rc;

    *to = (struct recipient){ .customer_id = db_get_u64(rows, COL_ID),
                              .channel = reach_channel(r->spec.reach, way) };
    to->reached = !recipients_reason(code, &to->why);
    if (!to->reached)
        return RC_OK;
    if (db_get_u64(rows, col + COL_TAKEN)) {
        to->reached = false;
        to->why = EXCLUDED_DUPLICATE_ADDRESS;
        return RC_OK;
    }
    if (set_apart(&r->spec.split, to))
        return RC_OK;
    rc = copy_address(r, rows, col, arena, to);
    if (rc)
        return rc;
    read_person(r, rows, to, &person);
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

/* Should a customer have several primary addresses for all that, one is used: one that will do. */
static bool merge_same_customer(struct recipient *list, size_t n)
{
    if (n < 2 || list[n - 1].customer_id != list[n - 2].customer_id)
        return false;
    if (!list[n - 2].reached && !list[n - 2].waits)
        list[n - 2] = list[n - 1];
    return true;
}

static size_t text_bytes(const struct recipient *r)
{
    return r->reached ? strlen(r->text) : 0;
}

/* Ends behind the customer whose text makes more than `text_max` bytes of all. */
static enum rc read_all(struct db *db, const struct recipients *r, struct question *q, size_t limit,
                        size_t text_max, struct arena *arena, struct recipients_page *out)
{
    struct recipients_page page = { .list = arena_alloc(arena, limit * sizeof(*page.list)) };
    struct buffer scratch;
    struct db_rows *rows;
    size_t n_rows = 0, bytes = 0;
    enum rc rc = page.list ? question_ask(db, q, &rows) : RC_FAIL, end;

    if (rc)
        return rc;
    buffer_init(&scratch, WORDING_TEXT_MAX);
    while (!rc && n_rows < limit && bytes <= text_max && db_next(rows)) {
        rc = read_one(r, rows, arena, &scratch, &page.list[page.n++]);
        n_rows++;
        bytes += rc ? 0 : text_bytes(&page.list[page.n - 1]);
        page.n -= merge_same_customer(page.list, page.n);
    }
    buffer_close(&scratch);
    end = db_rows_end(rows);
    rc = rc ? rc : end;
    page.last = n_rows < limit && bytes <= text_max;
    if (!rc && !r->spec.shared)
        rc = mark_duplicates(page.list, page.n, arena);
    if (!rc)
        *out = page;
    return rc;
}

/* Who had a message of the campaign at that address. */
static const char *const taken[] = {
    [CHANNEL_SMS] = "t.address IS NOT NULL",
    [CHANNEL_EMAIL] = "mt.address IS NOT NULL",
};
static const char *const join_taken[] = {
    [CHANNEL_SMS] = "  LEFT JOIN campaign_shared_address t"
                    "         ON t.campaign_id = ?"
                    "        AND t.address = IF(c.sms_shared, p.address, NULL)",
    [CHANNEL_EMAIL] = "  LEFT JOIN campaign_shared_address mt"
                      "         ON mt.campaign_id = ?"
                      "        AND mt.address = IF(c.email_shared, mp.address, NULL)",
};

/* What read_one() wants, from customers that a condition then names. */
static void add_select(struct question *q, const struct recipients *r, bool looks_at_taken,
                       const char *from)
{
    question_add(q, "SELECT c.id, ");
    question_add_reason(q, r, BY_TRUTH);
    question_add(q, " AS reason");
    for (unsigned i = 0; i < reach_channels(r->spec.reach); i++) {
        const enum channel c = reach_channel(r->spec.reach, i);
        buffer_printf(&q->sql, ", %s, %s, %s", recipients_columns(c),
                      looks_at_taken ? taken[c] : "FALSE", recipients_shared(c));
    }
    question_add(q, CATEGORY);
    add_columns(q, r);
    question_add(q, from);
    question_add_joins(q, r, BY_TRUTH);
    question_add(q, JOIN_CATEGORY);
}

enum rc recipients_read(struct db *db, const struct recipients *r, uint64_t campaign_id,
                        uint64_t from, size_t limit, struct arena *arena,
                        struct recipients_page *out)
{
    struct question q;
    enum rc rc;

    question_init(&q);
    /* In the order of the key, whatever the rule: so every page costs its own rows, not a sort. */
    add_select(&q, r, true, "  FROM customer c FORCE INDEX (PRIMARY)");
    for (unsigned i = 0; i < reach_channels(r->spec.reach); i++) {
        question_add(&q, join_taken[reach_channel(r->spec.reach, i)]);
        question_add_value(&q, db_u64(campaign_id));
    }
    question_add(&q, " WHERE c.id >= ? AND ");
    question_add_value(&q, db_u64(from));
    question_add_rule(&q, r);
    question_add(&q, " ORDER BY c.id LIMIT ?");
    question_add_value(&q, db_u64(limit));
    rc = read_all(db, r, &q, limit, RECIPIENTS_TEXT_MAX, arena, out);
    question_close(&q);
    return rc;
}

enum rc recipients_read_some(struct db *db, const struct recipients *r, const uint64_t *ids,
                             size_t n, struct arena *arena, struct recipients_page *out)
{
    struct question q;
    enum rc rc;

    question_init(&q);
    add_select(&q, r, false, "  FROM customer c FORCE INDEX (PRIMARY)");
    question_add(&q, " WHERE c.id IN (0");
    for (size_t i = 0; i < n && i < RECIPIENTS_SOME; i++) {
        question_add(&q, ", ?");
        question_add_value(&q, db_u64(ids[i]));
    }
    question_add(&q, ") AND ");
    question_add_rule(&q, r);
    question_add(&q, " ORDER BY c.id");
    rc = read_all(db, r, &q, 4 * n + 1, RECIPIENTS_TEXT_MAX, arena, out);
    question_close(&q);
    return rc;
}

enum rc recipients_try(struct db *db, const struct recipients *r, enum audience_form form,
                       size_t limit, struct arena *arena, struct recipients_page *out)
{
    struct question q;
    enum rc rc;

    question_init(&q);
    q.form = form;
    add_select(&q, r, false, "  FROM customer c");
    question_add(&q, " WHERE ");
    question_add_rule(&q, r);
    question_add(&q, " HAVING reason" RECIPIENTS_REACHED " LIMIT ?");
    question_add_value(&q, db_u64(limit));
    rc = read_all(db, r, &q, limit, SIZE_MAX, arena, out);
    question_close(&q);
    return rc;
}

enum rc recipients_explain(struct db *db, const struct recipients *r, uint64_t customer_id,
                           bool *reached, enum exclusion *why)
{
    struct question q;
    struct db_rows *rows;
    bool found = false;
    enum rc rc;

    question_init(&q);
    question_add(&q, "SELECT ");
    question_add_reason(&q, r, BY_TRUTH);
    question_add(&q, "  FROM customer c");
    question_add_joins(&q, r, BY_TRUTH);
    question_add(&q, " WHERE c.id = ?");
    question_add_value(&q, db_u64(customer_id));
    rc = question_ask(db, &q, &rows);
    question_close(&q);
    if (rc)
        return rc;
    while (db_next(rows)) {
        *reached = !recipients_reason(db_get_u64(rows, 0), why);
        found = true;
        if (*reached)
            break; /* of several primary numbers, one will do */
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}
