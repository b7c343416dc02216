/*
 * customer_unmerge.c - a merge was a mistake: who went comes back with what was theirs.
 *
 * What came to the customer since stays with whom it came to. No refusal is lifted: what the merge
 * took over holds on, and a refusal since holds for both. A grant that the merge took over ends.
 */
#include <stdio.h>
#include <string.h>

#include "store/audit.h"
#include "store/customer_merge_private.h"
#include "store/standing.h"

#define JOURNAL_MAX 100000 /* rows that one transaction moves back */

static const char SQL_LOCK[] =
    "SELECT m.into_id, m.step, m.kept IS NOT NULL AND m.undo_until > ?, c.id IS NOT NULL,"
    "       c.erased_at IS NOT NULL"
    "  FROM customer_merged m"
    "  LEFT JOIN customer c ON c.id = m.into_id"
    " WHERE m.customer_id = ? AND m.step <> 'undone'"
    "   FOR UPDATE";

static const char SQL_JOURNAL[] = "SELECT COUNT(*) FROM customer_moved WHERE customer_id = ?";

/* Whom they went to went to another since: what is kept of them is about that one, not about who
 * has all of it now. */
static const char SQL_LATER[] =
    "SELECT l.customer_id"
    "  FROM customer_merged m"
    "  JOIN customer_merged l ON l.into_id = m.into_id AND l.at > m.at AND l.step <> 'undone'"
    " WHERE m.customer_id = ?"
    "   AND JSON_CONTAINS(JSON_EXTRACT(l.kept, '$.gone.merged'), CAST(m.customer_id AS CHAR))"
    " ORDER BY l.at"
    " LIMIT 1";

#define KEPT(path) "  FROM customer_merged m, JSON_TABLE(m.kept, '" path "' COLUMNS ("
#define OF         " ) ) t WHERE m.customer_id = ?"

static const char SQL_CUSTOMER[] =
    "INSERT INTO customer (id, category_id, acquisition_source_id, first_name, last_name, company,"
    "                      language, street, postcode, city, country, do_not_contact,"
    "                      last_contact_at, created_at, birth_date, minor, timezone, last_reply_at,"
    "                      promo_times, last_campaign_id, last_campaign_message_id, owner_id,"
    "                      talked_at, updated_at)"
    "SELECT m.customer_id, t.category_id, t.source_id, t.first_name, t.last_name, t.company,"
    "       t.language, t.street, t.postcode, t.city, t.country, t.do_not_contact,"
    "       t.last_contact_at, t.created_at, t.birth_date, t.minor, t.timezone, t.last_reply_at,"
    "       UNHEX(t.promo_times), t.last_campaign_id, t.last_message_id, t.owner_id, t.talked_at,"
    "       ?" KEPT(
        "$.gone.customer") "         category_id     SMALLINT UNSIGNED PATH '$.category_id',"
                           "         source_id       SMALLINT UNSIGNED PATH "
                           "'$.acquisition_source_id',"
                           "         first_name      VARCHAR(80)  PATH '$.first_name',"
                           "         last_name       VARCHAR(120) PATH '$.last_name',"
                           "         company         VARCHAR(160) PATH '$.company',"
                           "         language        CHAR(2)      PATH '$.language',"
                           "         street          VARCHAR(200) PATH '$.street',"
                           "         postcode        VARCHAR(16)  PATH '$.postcode',"
                           "         city            VARCHAR(100) PATH '$.city',"
                           "         country         CHAR(2)      PATH '$.country',"
                           "         do_not_contact  INT          PATH '$.do_not_contact',"
                           "         last_contact_at DATETIME(6)  PATH '$.last_contact_at',"
                           "         created_at      DATETIME(6)  PATH '$.created_at',"
                           "         birth_date      DATE         PATH '$.birth_date',"
                           "         minor           INT          PATH '$.minor',"
                           "         timezone        VARCHAR(40)  PATH '$.timezone',"
                           "         last_reply_at   DATETIME(6)  PATH '$.last_reply_at',"
                           "         promo_times     VARCHAR(64)  PATH '$.promo_times',"
                           "         last_campaign_id BIGINT UNSIGNED PATH '$.last_campaign_id',"
                           "         last_message_id BIGINT UNSIGNED PATH "
                           "'$.last_campaign_message_id',"
                           "         owner_id        INT UNSIGNED PATH '$.owner_id',"
                           "         talked_at       DATETIME(6)  PATH '$.talked_at'" OF;

/* What the merge filled in goes again, unless somebody changed it since. */
static const char SQL_TAKE_BACK[] =
    "UPDATE customer c"
    "  JOIN customer_merged m ON m.customer_id = ? AND m.into_id = c.id"
    "  JOIN JSON_TABLE(m.kept, '$' COLUMNS ("
    "         had_first_name VARCHAR(80) PATH '$.keep.customer.first_name',"
    "         got_first_name VARCHAR(80) PATH '$.gone.customer.first_name',"
    "         had_last_name VARCHAR(120) PATH '$.keep.customer.last_name',"
    "         got_last_name VARCHAR(120) PATH '$.gone.customer.last_name',"
    "         had_company VARCHAR(160) PATH '$.keep.customer.company',"
    "         got_company VARCHAR(160) PATH '$.gone.customer.company',"
    "         had_street VARCHAR(200) PATH '$.keep.customer.street',"
    "         got_street VARCHAR(200) PATH '$.gone.customer.street',"
    "         had_postcode VARCHAR(16) PATH '$.keep.customer.postcode',"
    "         got_postcode VARCHAR(16) PATH '$.gone.customer.postcode',"
    "         had_city VARCHAR(100) PATH '$.keep.customer.city',"
    "         got_city VARCHAR(100) PATH '$.gone.customer.city',"
    "         had_timezone VARCHAR(40) PATH '$.keep.customer.timezone',"
    "         got_timezone VARCHAR(40) PATH '$.gone.customer.timezone',"
    "         had_owner_id INT UNSIGNED PATH '$.keep.customer.owner_id',"
    "         got_owner_id INT UNSIGNED PATH '$.gone.customer.owner_id',"
    "         had_birth_date DATE PATH '$.keep.customer.birth_date',"
    "         got_birth_date DATE PATH '$.gone.customer.birth_date',"
    "         had_category_id SMALLINT UNSIGNED PATH '$.keep.customer.category_id',"
    "         got_category_id SMALLINT UNSIGNED PATH '$.gone.customer.category_id',"
    "         had_acquisition_source_id SMALLINT UNSIGNED PATH "
    "'$.keep.customer.acquisition_source_id',"
    "         got_acquisition_source_id SMALLINT UNSIGNED PATH "
    "'$.gone.customer.acquisition_source_id'"
    "       )) t"
    "   SET c.first_name = IF(t.had_first_name = '' AND c.first_name = t.got_first_name,"
    "         '', c.first_name),"
    "       c.last_name = IF(t.had_last_name = '' AND c.last_name = t.got_last_name,"
    "         '', c.last_name),"
    "       c.company = IF(t.had_company = '' AND c.company = t.got_company,"
    "         '', c.company),"
    "       c.street = IF(t.had_street = '' AND c.street = t.got_street,"
    "         '', c.street),"
    "       c.postcode = IF(t.had_postcode = '' AND c.postcode = t.got_postcode,"
    "         '', c.postcode),"
    "       c.city = IF(t.had_city = '' AND c.city = t.got_city,"
    "         '', c.city),"
    "       c.timezone = IF(t.had_timezone = '' AND c.timezone = t.got_timezone,"
    "         '', c.timezone),"
    "       c.owner_id = IF(t.had_owner_id IS NULL AND c.owner_id = t.got_owner_id,"
    "         NULL, c.owner_id),"
    "       c.birth_date = IF(t.had_birth_date IS NULL AND c.birth_date = t.got_birth_date,"
    "         NULL, c.birth_date),"
    "       c.category_id = IF(t.had_category_id IS NULL AND c.category_id = t.got_category_id,"
    "         NULL, c.category_id),"
    "       c.acquisition_source_id = IF(t.had_acquisition_source_id IS NULL AND "
    "c.acquisition_source_id = t.got_acquisition_source_id,"
    "         NULL, c.acquisition_source_id),"
    "       c.updated_at = ?";

/* As they are now: one may have been suppressed since. What was kept long ago may have mail
 * addresses in capitals, and one in two spellings. */
static const char SQL_CONTACTS[] =
    "INSERT IGNORE INTO contact_point (customer_id, channel, address, is_primary, state, "
    "created_at)"
    "SELECT m.customer_id, t.channel, LOWER(t.address), t.main, COALESCE(p.state, t.state), t.at"
    "  FROM customer_merged m"
    "  JOIN JSON_TABLE(m.kept, '$.gone.contacts[*]' COLUMNS ("
    "         channel VARCHAR(5) PATH '$.channel', address VARCHAR(254) PATH '$.address',"
    "         main INT PATH '$.main', state VARCHAR(12) PATH '$.state',"
    "         at DATETIME(6) PATH '$.at')) t"
    "  LEFT JOIN contact_point p ON p.customer_id = m.into_id"
    "   AND p.address = LOWER(t.address) COLLATE utf8mb4_bin"
    "   AND p.channel = IF(t.channel = 'email', 'email', 'sms')"
    " WHERE m.customer_id = ?";

static const char SQL_CONTACTS_BACK[] =
    "DELETE p"
    "  FROM customer_merged m"
    "  JOIN contact_point g ON g.customer_id = m.customer_id"
    "  JOIN contact_point p ON p.customer_id = m.into_id AND p.channel = g.channel"
    "   AND p.address = g.address"
    " WHERE m.customer_id = ?"
    "   AND JSON_SEARCH(JSON_EXTRACT(m.kept, '$.keep.contacts[*].address'), 'one',"
    "                   REPLACE(REPLACE(p.address, '_', '\\\\_'), '%', '\\\\%')) IS NULL";

static const char SQL_FIELDS[] =
    "INSERT IGNORE INTO customer_field (customer_id, field_id, value, number)"
    "SELECT m.customer_id, t.id, t.value, t.number" KEPT(
        "$.gone.fields[*]") "         id SMALLINT UNSIGNED PATH '$.id', value VARCHAR(200) PATH "
                            "'$.value',"
                            "         number BIGINT PATH '$.number'" OF;

static const char SQL_FIELDS_BACK[] =
    "DELETE f"
    "  FROM customer_merged m"
    "  JOIN customer_field g ON g.customer_id = m.customer_id"
    "  JOIN customer_field f ON f.customer_id = m.into_id AND f.field_id = g.field_id"
    "   AND f.value = g.value"
    " WHERE m.customer_id = ?"
    "   AND NOT JSON_CONTAINS(JSON_COMPACT(COALESCE(JSON_EXTRACT(m.kept, '$.keep.fields[*].id'),"
    "                                               '[]')), CAST(f.field_id AS CHAR))";

static const char SQL_NUMBERS[] =
    "UPDATE customer_ref r"
    "  JOIN customer_merged m ON m.customer_id = ? AND r.customer_id = m.into_id"
    "  JOIN JSON_TABLE(m.kept, '$.gone.numbers[*]' COLUMNS ("
    "         partner SMALLINT UNSIGNED PATH '$.partner', number VARCHAR(64) PATH '$.number',"
    "         joined INT PATH '$.joined')) t"
    "    ON t.partner = r.partner_id AND t.number COLLATE utf8mb4_bin = r.customer_number"
    "   SET r.customer_id = m.customer_id, r.joined = t.joined";

/* But for what an import said that was undone since. */
static const char SQL_WORDS[] =
    "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
    "SELECT m.customer_id, t.channel, t.purpose, t.state, t.event, t.at" KEPT(
        "$.gone.words[*]") "         channel VARCHAR(5) PATH '$.channel', purpose VARCHAR(8) PATH "
                           "'$.purpose',"
                           "         state VARCHAR(10) PATH '$.state', event BIGINT UNSIGNED PATH "
                           "'$.event',"
                           "         at DATETIME(6) PATH '$.at'" OF
                           "   AND NOT EXISTS (SELECT 1 FROM consent_event e"
                           "                     JOIN import i"
                           "                       ON i.id = SUBSTRING_INDEX(e.source_ref, ':', 1)"
                           "                      AND i.state IN ('undoing', 'undone')"
                           "                    WHERE e.id = t.event AND e.source = 'import'"
                           "                      AND e.state = 'granted')";

/* Refusals since: the person who gave them may be either. */
static const char SQL_REFUSED[] =
    "SELECT k.channel, k.purpose, k.at, k.event_id,"
    "       COALESCE((SELECT p.address FROM contact_point p"
    "                  WHERE p.customer_id = ? AND p.channel = k.channel AND p.is_primary"
    "                  LIMIT 1), '')"
    "  FROM consent_current k"
    "  LEFT JOIN consent_current g"
    "         ON g.customer_id = ? AND g.channel = k.channel AND g.purpose = k.purpose"
    " WHERE k.customer_id = ? AND k.state = 'withdrawn'"
    "   AND COALESCE(g.state, '') <> 'withdrawn'"
    "   AND NOT JSON_CONTAINS(?, CAST(k.event_id AS CHAR))";

/* Grants that the merge took over, and that are still what counts. */
static const char SQL_LENT[] =
    "SELECT k.channel, k.purpose, k.event_id"
    "  FROM customer_moved v"
    "  JOIN consent_current k ON k.customer_id = ? AND k.event_id = v.a"
    " WHERE v.customer_id = ? AND v.what = 'consent' AND v.b = 1 AND k.state = 'granted'";

static const char SQL_LENT_GONE[] =
    "DELETE FROM consent_current WHERE customer_id = ? AND channel = ? AND purpose = ?";

static const char SQL_OLD_EVENTS[] =
    "SELECT JSON_COMPACT(COALESCE(JSON_EXTRACT(kept, '$.keep.words[*].event'), '[]'))"
    "  FROM customer_merged WHERE customer_id = ?";

static const char SQL_EARLIER[] =
    "UPDATE customer_merged e"
    "  JOIN customer_merged m ON m.customer_id = ?"
    "   SET e.into_id = m.customer_id"
    " WHERE e.into_id = m.into_id AND e.customer_id <> m.customer_id"
    "   AND JSON_CONTAINS(JSON_EXTRACT(m.kept, '$.gone.merged'), CAST(e.customer_id AS CHAR))";

static const char SQL_PAIR[] = "UPDATE customer_double"
                               "   SET state = 'different', decided_at = ?, decided_by = ?"
                               " WHERE low_id = LEAST(?, ?) AND high_id = GREATEST(?, ?)";

static const char SQL_JOURNAL_GONE[] = "DELETE FROM customer_moved WHERE customer_id = ?";

static const char SQL_UNDONE[] =
    "UPDATE customer_merged SET step = 'undone', kept = NULL, undo_until = NULL"
    " WHERE customer_id = ?";

static enum channel channel_of(const char *name)
{
    return strcmp(name, "email") == 0 ? CHANNEL_EMAIL : CHANNEL_SMS;
}

/* --- may it be? --- */

static enum rc check_later(struct db *db, const struct merging *m)
{
    uint64_t later = 0;
    const enum rc rc = db_query_u64(db, SQL_LATER, DB_IN(db_u64(m->gone)), &later);

    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    return error_set(m->err, RC_CONFLICT,
                     "customer %llu was put together with %llu, and %llu with %llu since: let %llu "
                     "come back first",
                     (unsigned long long)m->gone, (unsigned long long)later,
                     (unsigned long long)later, (unsigned long long)m->keep,
                     (unsigned long long)later);
}

static enum rc check(struct db *db, struct merging *m)
{
    const unsigned long long gone = m->gone;
    bool found, moving, kept, known, erased;
    struct db_rows *rows;
    uint64_t journal;
    enum rc rc = db_query(db, SQL_LOCK, DB_IN(db_time(m->now), db_u64(m->gone)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    m->keep = found ? db_get_u64(rows, 0) : 0;
    moving = found && strcmp(db_get_text(rows, 1), "moving") == 0;
    kept = found && db_get_u64(rows, 2);
    known = found && db_get_u64(rows, 3);
    erased = found && db_get_u64(rows, 4);
    rc = db_rows_end(rows);
    if (rc)
        return rc;
    if (!found)
        return error_set(m->err, RC_NOTFOUND, "customer %llu was not put together with anybody",
                         gone);
    if (moving)
        return error_set(m->err, RC_CONFLICT, "the merge is still under way; try again soon");
    if (!known || erased || !kept)
        return error_set(m->err, RC_CONFLICT, "customer %llu cannot come back: %s", gone,
                         erased || !known ? "what was theirs was erased"
                                          : "what is needed for it is kept for 30 days");
    rc = db_query_u64(db, SQL_JOURNAL, DB_IN(db_u64(m->gone)), &journal);
    if (!rc && journal > JOURNAL_MAX)
        return error_set(m->err, RC_CONFLICT, "customer %llu had too much to be moved back at once",
                         gone);
    return rc ? rc : check_later(db, m);
}

/* --- consents --- */

struct words_back {
    struct consent_change changes[2 * MERGE_WORDS];
    char refs[2 * MERGE_WORDS][48];
    char addresses[2 * MERGE_WORDS][ADDRESS_SIZE];
    size_t n, lent_from; /* from there on they end a grant */
};

static void add_refusal(struct words_back *w, const struct merging *m, uint64_t customer,
                        const struct db_rows *rows, utc_us at, uint64_t event, const char *address)
{
    struct consent_change *c = &w->changes[w->n];

    snprintf(w->refs[w->n], sizeof(w->refs[0]), "%llu:%llu",
             (unsigned long long)(customer == m->keep ? m->gone : m->keep),
             (unsigned long long)event);
    snprintf(w->addresses[w->n], sizeof(w->addresses[0]), "%s", address);
    *c = (struct consent_change){ .customer_id = customer,
                                  .channel = channel_of(db_get_text(rows, 0)),
                                  .state = CONSENT_WITHDRAWN,
                                  .address = w->addresses[w->n],
                                  .at = at,
                                  .source = CONSENT_BY_MERGE,
                                  .source_ref = w->refs[w->n],
                                  .wording = "",
                                  .evidence = { .recorded_by = m->who } };
    if (purpose_parse(db_get_text(rows, 1), &c->purpose) == RC_OK)
        w->n++;
}

static enum rc read_refusals(struct db *db, const struct merging *m, struct words_back *w)
{
    char old[200] = "[]";
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_OLD_EVENTS, DB_IN(db_u64(m->gone)), &rows);

    if (rc)
        return rc;
    if (db_next(rows))
        snprintf(old, sizeof(old), "%s", db_get_text(rows, 0));
    rc = db_rows_end(rows);
    if (!rc)
        rc =
            db_query(db, SQL_REFUSED,
                     DB_IN(db_u64(m->gone), db_u64(m->gone), db_u64(m->keep), db_text(old)), &rows);
    if (rc)
        return rc;
    while (w->n < MERGE_WORDS && db_next(rows))
        add_refusal(w, m, m->gone, rows, db_get_time(rows, 2), db_get_u64(rows, 3),
                    db_get_text(rows, 4));
    return db_rows_end(rows);
}

static enum rc read_lent(struct db *db, const struct merging *m, struct words_back *w)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LENT, DB_IN(db_u64(m->keep), db_u64(m->gone)), &rows);

    w->lent_from = w->n;
    if (rc)
        return rc;
    while (w->n < 2 * MERGE_WORDS && db_next(rows))
        add_refusal(w, m, m->keep, rows, m->now, db_get_u64(rows, 2), "");
    return db_rows_end(rows);
}

/* Who stays never refused what the merge had lent them: it is unknown again. */
static enum rc take_words_back(struct db *db, const struct merging *m)
{
    struct words_back w = { .n = 0 };
    enum rc rc = db_run(db, SQL_WORDS, DB_IN(db_u64(m->gone)), NULL);

    if (!rc)
        rc = read_refusals(db, m, &w);
    if (!rc)
        rc = read_lent(db, m, &w);
    if (!rc)
        rc = consent_append(db, w.changes, w.n, m->first_consent_event);
    for (size_t i = w.lent_from; !rc && i < w.n; i++)
        rc = db_run(db, SQL_LENT_GONE,
                    DB_IN(db_u64(m->keep), db_text(channel_name(w.changes[i].channel)),
                          db_text(purpose_name(w.changes[i].purpose))),
                    NULL);
    return rc;
}

/* --- the transaction --- */

static enum rc bring_person_back(struct db *db, const struct merging *m)
{
    static const char *const statements[] = { SQL_CONTACTS, SQL_CONTACTS_BACK, SQL_FIELDS,
                                              SQL_FIELDS_BACK, SQL_NUMBERS };
    enum rc rc = db_run(db, SQL_CUSTOMER, DB_IN(db_time(m->now), db_u64(m->gone)), NULL);

    if (!rc)
        rc = db_run(db, SQL_TAKE_BACK, DB_IN(db_u64(m->gone), db_time(m->now)), NULL);
    for (size_t i = 0; !rc && i < sizeof(statements) / sizeof(statements[0]); i++)
        rc = db_run(db, statements[i], DB_IN(db_u64(m->gone)), NULL);
    return rc;
}

static enum rc bring_history_back(struct db *db, const struct merging *m)
{
    const struct db_value keep = db_u64(m->keep), gone = db_u64(m->gone);
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < n_merge_kinds; i++)
        rc = db_run(db, merge_kinds[i].move, DB_IN(gone, gone, keep), NULL);
    if (!rc)
        rc = merge_recount(db, m->keep);
    return rc ? rc : merge_recount(db, m->gone);
}

static enum rc forget_merge(struct db *db, const struct merging *m)
{
    const struct db_value keep = db_u64(m->keep), gone = db_u64(m->gone);
    enum rc rc = db_run(db, SQL_EARLIER, DB_IN(gone), NULL);

    if (!rc)
        rc = db_run(db, SQL_PAIR, DB_IN(db_time(m->now), db_text(m->who), keep, gone, keep, gone),
                    NULL);
    if (!rc)
        rc = db_run(db, SQL_JOURNAL_GONE, DB_IN(gone), NULL);
    return rc ? rc : db_run(db, SQL_UNDONE, DB_IN(gone), NULL);
}

static enum rc unmerge_body(struct db *db, void *arg)
{
    struct merging *m = arg;
    char detail[80];
    enum rc rc = check(db, m);

    if (!rc)
        rc = bring_person_back(db, m);
    if (!rc)
        rc = take_words_back(db, m);
    if (!rc)
        rc = bring_history_back(db, m);
    if (!rc)
        rc = forget_merge(db, m);
    if (!rc)
        rc = standing_refresh(db, (const uint64_t[]){ m->keep, m->gone }, 2);
    snprintf(detail, sizeof(detail), "customer %llu is somebody else", (unsigned long long)m->gone);
    return rc ? rc
              : audit_write(db, &(struct audit_entry){ .id = m->audit_id,
                                                       .at = m->now,
                                                       .who = m->who,
                                                       .verb = "not_same",
                                                       .subject = AUDIT_CUSTOMER,
                                                       .subject_id = m->keep,
                                                       .detail = detail });
}

enum rc customer_unmerge(struct db *db, uint64_t gone, const char *who, uint64_t *keep,
                         struct error *err)
{
    struct merging m = { .gone = gone, .who = who, .now = clock_now(), .err = err };
    enum rc rc = merge_take_ids(db, &m);

    if (!rc)
        rc = db_transaction(db, unmerge_body, &m);
    if (!rc)
        *keep = m.keep;
    return rc;
}
