/* customer_merge.c - may these two be put together, what would it do, and the transaction. */
#include "store/customer_merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "store/audit.h"
#include "store/campaign_row.h"
#include "store/contact_news.h"
#include "store/contact_refusal.h"
#include "store/customer_double.h"
#include "store/customer_merge_private.h"
#include "store/standing.h"

#define KEPT_MAX    ((size_t)4 << 20) /* bytes of customer_merged.kept */
#define PROMO_BYTES 32                /* of customer.promo_times */
#define REST_BYTES  512
#define ORDERS_DAYS SEC_PER_DAY

/* --- is there anything against it? --- */

static const char SQL_BOTH[] = "SELECT id, erased_at IS NOT NULL, promo_times, do_not_contact"
                               "  FROM customer"
                               " WHERE id IN (?, ?)"
                               " ORDER BY id"
                               "   FOR UPDATE";

/* A page of an expansion may have been read with both of them in it. */
static const char SQL_EXPANDING[] = "SELECT name FROM campaign WHERE state = 'expanding' LIMIT 1";

/* The one who goes has a message of it, and the one who stays will be come to yet. */
static const char SQL_AHEAD[] =
    "SELECT k.name"
    "  FROM campaign k"
    "  JOIN campaign_recipient r ON r.campaign_id = k.id AND r.customer_id = ?"
    " WHERE k.state = 'paused' AND k.next_customer <> ? AND k.next_customer <= ?"
    " LIMIT 1";

struct both {
    bool found[2], erased[2]; /* who stays, who goes */
    bool refuses;             /* one of them wants no contact */
    unsigned char promos[2][PROMO_BYTES];
    size_t n_promos[2];
};

static enum rc lock_both(struct db *db, uint64_t keep, uint64_t gone, struct both *b)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_BOTH, DB_IN(db_u64(keep), db_u64(gone)), &rows);

    memset(b, 0, sizeof(*b));
    if (rc)
        return rc;
    while (db_next(rows)) {
        const int i = db_get_u64(rows, 0) == gone;
        size_t len;
        const void *promos = db_get_bytes(rows, 2, &len);

        b->found[i] = true;
        b->erased[i] = db_get_u64(rows, 1) != 0;
        b->refuses |= db_get_u64(rows, 3) != 0;
        b->n_promos[i] = len < PROMO_BYTES ? len : PROMO_BYTES;
        memcpy(b->promos[i], promos, b->n_promos[i]);
    }
    return db_rows_end(rows);
}

static enum rc name_of_campaign(struct db *db, const char *sql, const struct db_value *in, size_t n,
                                char name[CAMPAIGN_NAME_MAX * 4 + 1])
{
    struct db_rows *rows;
    enum rc rc = db_query(db, sql, in, n, &rows);

    *name = '\0';
    if (rc)
        return rc;
    if (db_next(rows))
        snprintf(name, CAMPAIGN_NAME_MAX * 4 + 1, "%s", db_get_text(rows, 0));
    return db_rows_end(rows);
}

static enum rc check_campaigns(struct db *db, uint64_t keep, uint64_t gone, struct error *err)
{
    char name[CAMPAIGN_NAME_MAX * 4 + 1];
    enum rc rc = name_of_campaign(db, SQL_EXPANDING, DB_NO_INPUT, name);

    if (rc)
        return rc;
    if (*name)
        return error_set(err, RC_CONFLICT,
                         "the messages of campaign \"%s\" are just being written; try again when "
                         "they are",
                         name);
    rc = name_of_campaign(db, SQL_AHEAD,
                          DB_IN(db_u64(gone), db_u64(CAMPAIGN_EXPANDED), db_u64(keep)), name);
    if (!rc && *name)
        return error_set(err, RC_CONFLICT,
                         "customer %llu has a message of campaign \"%s\", which was paused before "
                         "it came to %llu: resume it first, or let %llu be the one who stays",
                         (unsigned long long)gone, name, (unsigned long long)keep,
                         (unsigned long long)gone);
    return rc;
}

static enum rc check(struct db *db, uint64_t keep, uint64_t gone, struct both *b, struct error *err)
{
    enum rc rc;

    if (keep == gone)
        return error_set(err, RC_INVALID, "expected two customers, got %llu twice",
                         (unsigned long long)keep);
    rc = lock_both(db, keep, gone, b);
    if (rc)
        return rc;
    for (int i = 0; i < 2; i++) {
        const unsigned long long id = i ? gone : keep;

        if (!b->found[i])
            return error_set(err, RC_NOTFOUND, "there is no customer %llu", id);
        if (b->erased[i])
            return error_set(err, RC_CONFLICT, "customer %llu was erased", id);
    }
    return check_campaigns(db, keep, gone, err);
}

/* --- what would it do? --- */

static const char SQL_COUNT[] =
    "SELECT (SELECT COUNT(*) FROM customer_ref r WHERE r.customer_id = g.id),"
    "       (SELECT COUNT(*) FROM contact_point p WHERE p.customer_id = g.id),"
    "       (SELECT COUNT(*) FROM customer_field f WHERE f.customer_id = g.id),"
    "       (SELECT COUNT(*) FROM customer_order o WHERE o.customer_id = g.id),"
    "       (SELECT COUNT(*) FROM invoice i WHERE i.customer_id = g.id),"
    "       (SELECT COUNT(*) FROM message m WHERE m.customer_id = g.id),"
    "       (SELECT COUNT(*) FROM message m"
    "         WHERE m.customer_id = g.id AND m.state IN ('queued', 'held')),"
    "       (SELECT COUNT(*) FROM inbound_message i WHERE i.customer_id = g.id),"
    "       g.do_not_contact OR k.do_not_contact, g.minor OR k.minor,"
    "       CONCAT_WS(' ', NULLIF(k.first_name, ''), NULLIF(k.last_name, ''),"
    "                 NULLIF(k.company, '')),"
    "       CONCAT_WS(' ', NULLIF(g.first_name, ''), NULLIF(g.last_name, ''),"
    "                 NULLIF(g.company, '')),"
    "       k.first_name, k.last_name, k.company, COALESCE(k.birth_date, ''),"
    "       g.first_name, g.last_name, g.company, COALESCE(g.birth_date, '')"
    "  FROM customer k"
    "  JOIN customer g ON g.id = ?"
    " WHERE k.id = ?";

static struct likeness_person person_at(const struct db_rows *rows, unsigned col)
{
    return (struct likeness_person){ db_get_text(rows, col), db_get_text(rows, col + 1),
                                     db_get_text(rows, col + 2), db_get_text(rows, col + 3) };
}

static enum rc read_facts(struct db *db, uint64_t keep, uint64_t gone, struct merge_facts *f)
{
    uint64_t *const figures[] = { &f->numbers,  &f->contact_points, &f->fields, &f->orders,
                                  &f->invoices, &f->messages,       &f->queued, &f->replies };
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_COUNT, DB_IN(db_u64(gone), db_u64(keep)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        const struct likeness_person a = person_at(rows, 12), b = person_at(rows, 16);

        for (unsigned i = 0; i < 8; i++)
            *figures[i] = db_get_u64(rows, i);
        f->do_not_contact = db_get_u64(rows, 8) != 0;
        f->minor = db_get_u64(rows, 9) != 0;
        snprintf(f->keep_name, sizeof(f->keep_name), "%s", db_get_text(rows, 10));
        snprintf(f->gone_name, sizeof(f->gone_name), "%s", db_get_text(rows, 11));
        f->verdict = likeness_of(&a, &b);
    }
    return db_rows_end(rows);
}

static const char SQL_NUMBERS[] = "SELECT DISTINCT address"
                                  "  FROM contact_point"
                                  " WHERE customer_id IN (?, ?) AND channel = 'sms'"
                                  " LIMIT ?";

static bool may_be_sent_promotions(const struct merge_facts *f)
{
    for (size_t i = 0; i < f->n_words; i++) {
        const struct merge_word *w = &f->words[i];

        if (w->channel == CHANNEL_SMS && w->purpose == PURPOSE_PROMO)
            return w->after == CONSENT_GRANTED && !f->do_not_contact && !f->minor;
    }
    return false;
}

/* So that what was claimed for them a moment ago does not leave, either. */
static enum rc read_stopped(struct db *db, uint64_t keep, uint64_t gone, struct merge_facts *f)
{
    struct db_rows *rows;
    enum rc rc;

    if (may_be_sent_promotions(f))
        return RC_OK;
    rc = db_query(db, SQL_NUMBERS, DB_IN(db_u64(keep), db_u64(gone), db_u64(MERGE_STOPPED)), &rows);
    if (rc)
        return rc;
    while (f->n_stopped < MERGE_STOPPED && db_next(rows))
        snprintf(f->stopped[f->n_stopped++], E164_SIZE, "%s", db_get_text(rows, 0));
    return db_rows_end(rows);
}

struct looking {
    uint64_t keep, gone;
    struct merge_facts *out;
    struct error *err;
};

static enum rc look_body(struct db *db, void *arg)
{
    struct looking *l = arg;
    struct merge_words w;
    struct both b;
    enum rc rc = check(db, l->keep, l->gone, &b, l->err);

    memset(l->out, 0, sizeof(*l->out));

    if (!rc)
        rc = read_facts(db, l->keep, l->gone, l->out);
    if (!rc)
        rc = merge_read_words(db, l->keep, l->gone, &w);
    if (rc)
        return rc;
    memcpy(l->out->words, w.list, sizeof(w.list));
    l->out->n_words = w.n;
    return read_stopped(db, l->keep, l->gone, l->out);
}

enum rc customer_merge_look(struct db *db, uint64_t keep, uint64_t gone, struct merge_facts *out,
                            struct error *err)
{
    struct looking l = { keep, gone, out, err };

    return db_transaction(db, look_body, &l);
}

/* --- what is kept for an undoing --- */

#define CUSTOMER_JSON                                                                             \
    "SELECT JSON_OBJECT('category_id', category_id, 'acquisition_source_id',"                     \
    "       acquisition_source_id, 'first_name', first_name, 'last_name', last_name, 'company',"  \
    "       company, 'language', language, 'street', street, 'postcode', postcode, 'city', city," \
    "       'country', country, 'do_not_contact', do_not_contact, 'last_contact_at',"             \
    "       last_contact_at, 'created_at', created_at, 'birth_date', birth_date, 'minor', minor," \
    "       'timezone', timezone, 'last_reply_at', last_reply_at, 'promo_times',"                 \
    "       HEX(promo_times), 'last_campaign_id', last_campaign_id, 'last_campaign_message_id',"  \
    "       last_campaign_message_id, 'owner_id', owner_id, 'talked_at', talked_at)"              \
    "  FROM customer WHERE id = ?"

static const struct kept_part {
    const char *name, *sql;
} kept_parts[] = {
    { "customer", CUSTOMER_JSON },
    { "contacts", "SELECT JSON_ARRAYAGG(JSON_OBJECT('channel', channel, 'address', address,"
                  "       'main', is_primary, 'state', state, 'at', created_at))"
                  "  FROM contact_point WHERE customer_id = ?" },
    { "fields", "SELECT JSON_ARRAYAGG(JSON_OBJECT('id', field_id, 'value', value, 'number',"
                "       number)) FROM customer_field WHERE customer_id = ?" },
    { "numbers", "SELECT JSON_ARRAYAGG(JSON_OBJECT('partner', partner_id, 'number',"
                 "       customer_number, 'joined', joined))"
                 "  FROM customer_ref WHERE customer_id = ?" },
    { "words", "SELECT JSON_ARRAYAGG(JSON_OBJECT('channel', channel, 'purpose', purpose, 'state',"
               "       state, 'event', event_id, 'at', at))"
               "  FROM consent_current WHERE customer_id = ?" },
    { "merged", "SELECT JSON_ARRAYAGG(customer_id) FROM customer_merged"
                " WHERE into_id = ? AND step <> 'undone'" },
};

static enum rc keep_one(struct db *db, uint64_t id, struct buffer *out)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < sizeof(kept_parts) / sizeof(kept_parts[0]); i++) {
        struct db_rows *rows;

        rc = db_query(db, kept_parts[i].sql, DB_IN(db_u64(id)), &rows);
        if (rc)
            return rc;
        buffer_printf(out, "%s\"%s\":", i ? "," : "{", kept_parts[i].name);
        buffer_add_text(out, db_next(rows) && !db_is_null(rows, 0) ? db_get_text(rows, 0) : "[]");
        rc = db_rows_end(rows);
    }
    buffer_add_text(out, "}");
    return rc;
}

static const char SQL_MERGED[] =
    "INSERT INTO customer_merged (customer_id, into_id, at, who, step, due_at, undo_until, kept)"
    "VALUES (?, ?, ?, ?, 'moving', ?, ? + INTERVAL ? DAY, ?)"
    "    ON DUPLICATE KEY UPDATE into_id = VALUE(into_id), at = VALUE(at), who = VALUE(who),"
    "       step = VALUE(step), due_at = VALUE(due_at), undo_until = VALUE(undo_until),"
    "       kept = VALUE(kept)";

/* So a look-up follows once, however often it happened. */
static const char SQL_EARLIER[] = "UPDATE customer_merged SET into_id = ? WHERE into_id = ?";

static enum rc note_merge(struct db *db, const struct merging *m)
{
    struct buffer kept;
    enum rc rc;

    buffer_init(&kept, KEPT_MAX);
    buffer_add_text(&kept, "{\"gone\":");
    rc = keep_one(db, m->gone, &kept);
    buffer_add_text(&kept, ",\"keep\":");
    if (!rc)
        rc = keep_one(db, m->keep, &kept);
    buffer_add_text(&kept, "}");
    if (!rc && kept.full)
        rc = RC_FAIL;
    if (!rc)
        rc = db_run(db, SQL_EARLIER, DB_IN(db_u64(m->keep), db_u64(m->gone)), NULL);
    if (!rc)
        rc = db_run(db, SQL_MERGED,
                    DB_IN(db_u64(m->gone), db_u64(m->keep), db_time(m->now), db_text(m->who),
                          db_time(m->now), db_time(m->now), db_u64(MERGE_UNDO_DAYS),
                          db_bytes(kept.data, kept.len)),
                    NULL);
    buffer_close(&kept);
    return rc;
}

/* --- the one who stays --- */

static const char SQL_FILL[] =
    "UPDATE customer k"
    "  JOIN customer g ON g.id = ?"
    "  JOIN (SELECT id, street = '' AND postcode = '' AND city = '' AS homeless,"
    "               first_name = '' AND last_name = '' AS nameless,"
    "               COALESCE(last_campaign_message_id, 0) AS said"
    "          FROM customer WHERE id = ?) h ON h.id = k.id"
    "   SET k.category_id = COALESCE(k.category_id, g.category_id),"
    "       k.acquisition_source_id = COALESCE(k.acquisition_source_id, g.acquisition_source_id),"
    "       k.first_name = IF(h.nameless, g.first_name, k.first_name),"
    "       k.last_name = IF(h.nameless, g.last_name, k.last_name),"
    "       k.company = IF(k.company = '', g.company, k.company),"
    "       k.street = IF(h.homeless, g.street, k.street),"
    "       k.postcode = IF(h.homeless, g.postcode, k.postcode),"
    "       k.city = IF(h.homeless, g.city, k.city),"
    "       k.country = IF(h.homeless, g.country, k.country),"
    "       k.timezone = IF(k.timezone = '', g.timezone, k.timezone),"
    "       k.birth_date = COALESCE(k.birth_date, g.birth_date),"
    "       k.minor = k.minor OR g.minor,"
    "       k.do_not_contact = k.do_not_contact OR g.do_not_contact,"
    "       k.last_contact_at = GREATEST(COALESCE(k.last_contact_at, g.last_contact_at),"
    "                                    COALESCE(g.last_contact_at, k.last_contact_at)),"
    "       k.last_reply_at = GREATEST(COALESCE(k.last_reply_at, g.last_reply_at),"
    "                                  COALESCE(g.last_reply_at, k.last_reply_at)),"
    "       k.last_campaign_id = IF(COALESCE(g.last_campaign_message_id, 0) > h.said,"
    "                               g.last_campaign_id, k.last_campaign_id),"
    "       k.last_campaign_message_id = IF(COALESCE(g.last_campaign_message_id, 0) > h.said,"
    "                                       g.last_campaign_message_id,"
    "                                       k.last_campaign_message_id),"
    "       k.owner_id = COALESCE(k.owner_id, g.owner_id),"
    "       k.talked_at = GREATEST(COALESCE(k.talked_at, g.talked_at),"
    "                              COALESCE(g.talked_at, k.talked_at)),"
    "       k.promo_times = ?, k.updated_at = ?"
    " WHERE k.id = ?";

static const char SQL_GONE[] = "DELETE FROM customer WHERE id = ?";

/* The newest of both: moments of 4 bytes each, newest first, compare as bytes do. */
static size_t merge_promos(const struct both *b, unsigned char out[PROMO_BYTES])
{
    size_t at[2] = { 0, 0 }, len = 0;

    while (len + 4 <= PROMO_BYTES) {
        const bool has0 = at[0] + 4 <= b->n_promos[0], has1 = at[1] + 4 <= b->n_promos[1];
        int i;

        if (!has0 && !has1)
            break;
        i = !has0 || (has1 && memcmp(b->promos[1] + at[1], b->promos[0] + at[0], 4) > 0);
        memcpy(out + len, b->promos[i] + at[i], 4);
        at[i] += 4;
        len += 4;
    }
    return len;
}

static enum rc fill(struct db *db, const struct merging *m, const struct both *b)
{
    unsigned char promos[PROMO_BYTES];
    const size_t len = merge_promos(b, promos);

    return db_run(db, SQL_FILL,
                  DB_IN(db_u64(m->gone), db_u64(m->keep), db_bytes(promos, len), db_time(m->now),
                        db_u64(m->keep)),
                  NULL);
}

/* Before what was planned with who goes follows: that takes its time. */
static enum rc refuse_both(struct db *db, const struct merging *m)
{
    enum rc rc = contact_refuse(db, m->gone, 0, m->now);

    return rc ? rc : contact_refuse(db, m->keep, 0, m->now);
}

/* --- who waits for the text that wins --- */

static const char SQL_REST[] = "SELECT w.campaign_id, w.first_id, w.bits"
                               "  FROM campaign k"
                               "  JOIN campaign_recipient r"
                               "    ON r.campaign_id = k.id AND r.customer_id = ?"
                               "  JOIN campaign_rest w ON w.campaign_id = k.id AND w.chunk = ?"
                               " WHERE k.state IN ('testing', 'paused')"
                               "   FOR UPDATE";

static const char SQL_REST_SET[] =
    "UPDATE campaign_rest SET bits = ? WHERE campaign_id = ? AND chunk = ? AND first_id = ?";

/* Who goes tried a text already: who stays does not wait for another one. */
static enum rc leave_rest(struct db *db, const struct merging *m)
{
    const uint64_t chunk = m->keep >> 12;
    struct {
        uint64_t campaign, first;
        unsigned char bits[REST_BYTES];
        size_t len;
    } *found = calloc(64, sizeof(*found));
    const size_t byte = (m->keep & 4095) >> 3;
    struct db_rows *rows;
    size_t n = 0;
    enum rc rc =
        found ? db_query(db, SQL_REST, DB_IN(db_u64(m->gone), db_u64(chunk)), &rows) : RC_FAIL;

    if (rc)
        goto out;
    while (n < 64 && db_next(rows)) {
        size_t len;
        const unsigned char *bits = db_get_bytes(rows, 2, &len);

        if (len > REST_BYTES || byte >= len || !(bits[byte] >> (m->keep & 7) & 1))
            continue;
        found[n].campaign = db_get_u64(rows, 0);
        found[n].first = db_get_u64(rows, 1);
        memcpy(found[n].bits, bits, len);
        found[n].bits[byte] &= (unsigned char)~(1u << (m->keep & 7));
        found[n++].len = len;
    }
    rc = db_rows_end(rows);
    for (size_t i = 0; !rc && i < n; i++)
        rc = db_run(db, SQL_REST_SET,
                    DB_IN(db_bytes(found[i].bits, found[i].len), db_u64(found[i].campaign),
                          db_u64(chunk), db_u64(found[i].first)),
                    NULL);
out:
    free(found);
    return rc;
}

/* --- the review list --- */

static const char SQL_PAIR_SAME[] =
    "INSERT INTO customer_double (id, low_id, high_id, state, shared, likeness, score, reason,"
    "                             source, found_at, decided_at, decided_by)"
    "VALUES (?, ?, ?, 'same', '', 'same', 100, 'said by a person', '', ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE state = 'same', decided_at = VALUE(decided_at),"
    "       decided_by = VALUE(decided_by)";

/* What is asked about who goes is asked about who stays; what was answered holds. */
static const char SQL_PAIRS_MOVE[] =
    "UPDATE IGNORE customer_double d"
    "  JOIN (SELECT id, IF(low_id = ?, high_id, low_id) AS other"
    "          FROM customer_double WHERE low_id = ? OR high_id = ?) x ON x.id = d.id"
    "   SET d.low_id = LEAST(x.other, ?), d.high_id = GREATEST(x.other, ?)"
    " WHERE x.other <> ?";

static const char SQL_PAIRS_GONE[] = "DELETE FROM customer_double WHERE (low_id = ? AND high_id <> "
                                     "?) OR (high_id = ? AND low_id <> ?)";

static enum rc settle_pairs(struct db *db, const struct merging *m)
{
    const struct db_value keep = db_u64(m->keep), gone = db_u64(m->gone), now = db_time(m->now);
    const bool ordered = m->keep < m->gone;
    enum rc rc = db_run(db, SQL_PAIR_SAME,
                        DB_IN(db_u64(m->double_id), ordered ? keep : gone, ordered ? gone : keep,
                              now, now, db_text(m->who)),
                        NULL);

    if (!rc)
        rc = db_run(db, SQL_PAIRS_MOVE, DB_IN(gone, gone, gone, keep, keep, keep), NULL);
    return rc ? rc : db_run(db, SQL_PAIRS_GONE, DB_IN(gone, keep, gone, keep), NULL);
}

/* --- the transaction --- */

static enum rc write_audit(struct db *db, const struct merging *m)
{
    char detail[80];

    snprintf(detail, sizeof(detail), "customer %llu was the same person",
             (unsigned long long)m->gone);
    return audit_write(db, &(struct audit_entry){ .id = m->audit_id,
                                                  .at = m->now,
                                                  .who = m->who,
                                                  .verb = "same",
                                                  .subject = AUDIT_CUSTOMER,
                                                  .subject_id = m->keep,
                                                  .detail = detail });
}

static enum rc merge_body(struct db *db, void *arg)
{
    struct merging *m = arg;
    struct both b;
    enum rc rc;

    m->next_message_event = m->first_message_event;
    m->more = false;
    rc = check(db, m->keep, m->gone, &b, m->err);
    if (!rc)
        rc = note_merge(db, m);
    if (!rc)
        rc = leave_rest(db, m);
    if (!rc)
        rc = fill(db, m, &b);
    if (!rc && b.refuses)
        rc = refuse_both(db, m);
    if (!rc)
        rc = merge_move_words(db, m);
    if (!rc)
        rc = merge_move_person(db, m);
    if (!rc)
        rc = merge_move_history(db, m);
    if (!rc)
        rc = db_run(db, SQL_GONE, DB_IN(db_u64(m->gone)), NULL);
    if (!rc)
        rc = settle_pairs(db, m);
    if (!rc)
        rc = standing_refresh(db, &m->keep, 1);
    if (!rc)
        rc = contact_news_put(db, m->keep, m->now);
    return rc ? rc : write_audit(db, m);
}

enum rc customer_merge(struct db *db, uint64_t keep, uint64_t gone, const char *who,
                       struct error *err)
{
    struct merging m = { .keep = keep, .gone = gone, .who = who, .now = clock_now(), .err = err };
    enum rc rc = merge_take_ids(db, &m);

    return rc ? rc : db_transaction(db, merge_body, &m);
}

/* --- following --- */

static const char SQL_FOLLOW[] =
    "SELECT into_id FROM customer_merged WHERE customer_id = ? AND step <> 'undone'";

enum rc customer_follow(struct db *db, uint64_t *id)
{
    uint64_t into;
    enum rc rc = db_query_u64(db, SQL_FOLLOW, DB_IN(db_u64(*id)), &into);

    if (!rc)
        *id = into;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}
