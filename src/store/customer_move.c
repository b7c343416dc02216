/*
 * customer_move.c - all that hangs on one customer is hung on another.
 *
 * What happened goes by a journal (customer_moved): a page of keys is noted, then the rows with
 * these keys move. So rows that come meanwhile are not moved without being noted, a page done twice
 * moves nothing twice, and the journal read the other way round undoes it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/consent.h"
#include "store/audit.h"
#include "store/campaign_member.h"
#include "store/contact_enrolment.h"
#include "store/customer_merge_private.h"

#define JOURNAL     "INSERT IGNORE INTO customer_moved (customer_id, what, a, b, c) "
#define MOVED(kind) "  JOIN customer_moved v ON v.customer_id = ? AND v.what = '" kind "'"
#define TO_FROM     "   SET t.customer_id = ? WHERE t.customer_id = ?"

#define BY_ID(kind, table)                                                            \
    {                                                                                 \
        JOURNAL "SELECT ?, '" kind "', id, 0, 0 FROM " table " WHERE customer_id = ?" \
                " ORDER BY id DESC LIMIT ?",                                          \
            2, true, "UPDATE " table " t" MOVED(kind) " AND v.a = t.id" TO_FROM       \
    }

const struct merge_kind merge_kinds[] = {
    BY_ID("order", "customer_order"),
    BY_ID("invoice", "invoice"),
    BY_ID("message", "message"),
    BY_ID("reply", "inbound_message"),
    BY_ID("task", "contact_task"),
    BY_ID("result", "contact_result"),
    BY_ID("note", "contact_note"),
    BY_ID("enrolment", "contact_enrolment"),
    /* One row a campaign, and of two, the one who stays keeps theirs. */
    { JOURNAL "SELECT ?, 'recipient', r.campaign_id, r.message_id, 0"
              "  FROM customer_moved v"
              "  JOIN message m ON m.id = v.a"
              "  JOIN campaign_recipient r ON r.campaign_id = m.campaign_id AND r.customer_id = ?"
              " WHERE v.customer_id = ? AND v.what = 'message'",
      3, false,
      "UPDATE IGNORE campaign_recipient t" MOVED(
          "recipient") " AND v.a = t.campaign_id AND v.b = t.message_id" TO_FROM },
    { JOURNAL "SELECT ?, 'exclusion', x.campaign_id, 0, 0"
              "  FROM campaign k"
              "  STRAIGHT_JOIN campaign_exclusion x"
              "             ON x.campaign_id = k.id AND x.customer_id = ?",
      2, false,
      "UPDATE IGNORE campaign_exclusion t" MOVED("exclusion") " AND v.a = t.campaign_id" TO_FROM },
    { JOURNAL "SELECT ?, 'news', e.occasion_id, e.subject_id, e.round"
              "  FROM occasion k"
              "  STRAIGHT_JOIN occasion_event e ON e.occasion_id = k.id AND e.customer_id = ?",
      2, false,
      "UPDATE IGNORE occasion_event t" MOVED(
          "news") " AND v.a = t.occasion_id AND v.b = t.subject_id AND v.c = t.round" TO_FROM },
    { JOURNAL "SELECT ?, 'sent', e.occasion_id, e.subject_id, e.round"
              "  FROM occasion k"
              "  STRAIGHT_JOIN occasion_sent e ON e.occasion_id = k.id AND e.customer_id = ?",
      2, false,
      "UPDATE IGNORE occasion_sent t" MOVED(
          "sent") " AND v.a = t.occasion_id AND v.b = t.subject_id AND v.c = t.round" TO_FROM },
};
const size_t n_merge_kinds = sizeof(merge_kinds) / sizeof(merge_kinds[0]);

enum rc merge_take_ids(struct db *db, struct merging *m)
{
    enum rc rc = db_new_timed_ids(db, "message_event", MERGE_EVENTS, &m->first_message_event);

    if (!rc)
        rc = db_new_ids(db, "consent_event", 2 * MERGE_WORDS, &m->first_consent_event);
    if (!rc)
        rc = db_new_ids(db, "customer_double", 1, &m->double_id);
    return rc ? rc : audit_new_id(db, &m->audit_id);
}

/* --- consents --- */

static const char SQL_WORDS[] = "SELECT customer_id, channel, purpose, state, at, event_id"
                                "  FROM consent_current"
                                " WHERE customer_id IN (?, ?)"
                                "   FOR UPDATE";

static const char SQL_PRIMARY[] = "SELECT customer_id, channel, address"
                                  "  FROM contact_point"
                                  " WHERE customer_id IN (?, ?) AND is_primary";

static const char SQL_WORDS_GONE[] = "DELETE FROM consent_current WHERE customer_id = ?";

static const char SQL_WORD_NOTE[] =
    "INSERT IGNORE INTO customer_moved (customer_id, what, a, b) VALUES (?, 'consent', ?, ?)";

/* Refusals of one sender alone are the address's: they come to hold for the other one, too. */
static const char SQL_SENDERS[] =
    "INSERT IGNORE INTO opt_out (channel, address, at, inbound_id, sender, source, form)"
    "SELECT o.channel, k.address, o.at, o.inbound_id, o.sender, o.source, o.form"
    "  FROM contact_point g"
    "  JOIN opt_out o ON o.channel = g.channel AND o.address = g.address AND o.sender <> ''"
    "  JOIN contact_point k ON k.customer_id = ? AND k.channel = g.channel"
    " WHERE g.customer_id = ?";

static enum channel channel_of(const char *name)
{
    return strcmp(name, "email") == 0 ? CHANNEL_EMAIL : CHANNEL_SMS;
}

static struct merge_word *word_of(struct merge_words *w, enum channel channel, enum purpose purpose)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->list[i].channel == channel && w->list[i].purpose == purpose)
            return &w->list[i];
    }
    return NULL;
}

static enum rc read_current(struct db *db, uint64_t keep, uint64_t gone, struct merge_words *w)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_WORDS, DB_IN(db_u64(keep), db_u64(gone)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const enum consent_state state =
            strcmp(db_get_text(rows, 3), "granted") == 0 ? CONSENT_GRANTED : CONSENT_WITHDRAWN;
        const enum channel channel = channel_of(db_get_text(rows, 1));
        enum purpose purpose = PURPOSE_PROMO;
        struct merge_word *word;

        if (purpose_parse(db_get_text(rows, 2), &purpose))
            continue;
        word = word_of(w, channel, purpose);
        if (!word) {
            word = &w->list[w->n++];
            *word = (struct merge_word){ .channel = channel, .purpose = purpose };
        }
        if (db_get_u64(rows, 0) == keep) {
            word->keep = state;
        } else {
            word->gone = state;
            w->gone_at[word - w->list] = db_get_time(rows, 4);
            w->gone_event[word - w->list] = db_get_u64(rows, 5);
        }
    }
    return db_rows_end(rows);
}

static enum rc read_primaries(struct db *db, uint64_t keep, uint64_t gone,
                              char address[2][2][ADDRESS_SIZE])
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_PRIMARY, DB_IN(db_u64(keep), db_u64(gone)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        snprintf(address[db_get_u64(rows, 0) == gone][channel_of(db_get_text(rows, 1))],
                 ADDRESS_SIZE, "%s", db_get_text(rows, 2));
    return db_rows_end(rows);
}

enum rc merge_read_words(struct db *db, uint64_t keep, uint64_t gone, struct merge_words *out)
{
    char address[2][2][ADDRESS_SIZE] = { { "" } }; /* of who stays, of who goes; by channel */
    enum rc rc;

    memset(out, 0, sizeof(*out));
    rc = read_current(db, keep, gone, out);
    if (!rc)
        rc = read_primaries(db, keep, gone, address);
    for (int c = 0; !rc && c < 2; c++) {
        const struct merge_word *promo = word_of(out, (enum channel)c, PURPOSE_PROMO);

        out->lends[c] = promo && promo->keep == CONSENT_GRANTED && promo->gone != CONSENT_GRANTED &&
                        !*address[0][c] && *address[1][c];
        if (!out->lends[c])
            memcpy(out->address[c], *address[0][c] ? address[0][c] : address[1][c], ADDRESS_SIZE);
    }
    for (size_t i = 0; !rc && i < out->n; i++) {
        struct merge_word *w = &out->list[i];
        const char *theirs = address[1][w->channel];
        const bool same = *theirs && strcmp(theirs, out->address[w->channel]) == 0;
        const enum consent_state news = consent_merged(w->keep, w->gone, same);

        w->after = news == CONSENT_UNKNOWN ? w->keep : news;
    }
    return rc;
}

static enum rc note_words(struct db *db, const struct merging *m,
                          const struct consent_change *changes, size_t n)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < n; i++)
        rc = db_run(db, SQL_WORD_NOTE,
                    DB_IN(db_u64(m->gone), db_u64(m->first_consent_event + i),
                          db_u64(changes[i].state == CONSENT_GRANTED)),
                    NULL);
    return rc;
}

enum rc merge_move_words(struct db *db, struct merging *m)
{
    struct consent_change changes[MERGE_WORDS];
    char refs[MERGE_WORDS][48];
    struct merge_words w;
    size_t n = 0;
    enum rc rc = merge_read_words(db, m->keep, m->gone, &w);

    memcpy(m->lends, w.lends, sizeof(m->lends));
    for (size_t i = 0; !rc && i < w.n; i++) {
        const struct merge_word *word = &w.list[i];

        if (word->after == word->keep)
            continue;
        snprintf(refs[n], sizeof(refs[n]), "%llu:%llu", (unsigned long long)m->gone,
                 (unsigned long long)w.gone_event[i]);
        changes[n] = (struct consent_change){ .customer_id = m->keep,
                                              .channel = word->channel,
                                              .purpose = word->purpose,
                                              .state = word->after,
                                              .address = w.address[word->channel],
                                              .at = w.gone_at[i],
                                              .source = CONSENT_BY_MERGE,
                                              .source_ref = refs[n],
                                              .wording = "",
                                              .evidence = { .recorded_by = m->who } };
        n++;
    }
    if (!rc)
        rc = consent_append(db, changes, n, m->first_consent_event);
    if (!rc)
        rc = note_words(db, m, changes, n);
    if (!rc)
        rc = db_run(db, SQL_WORDS_GONE, DB_IN(db_u64(m->gone)), NULL);
    return rc ? rc : db_run(db, SQL_SENDERS, DB_IN(db_u64(m->keep), db_u64(m->gone)), NULL);
}

/* --- the person --- */

/* The primary ones of who stays remain so. Where there is none, the other's becomes it, but for one
 * thing: who agreed to advertising without a number did not agree to it on this one. */
static const char SQL_CONTACTS[] =
    "INSERT INTO contact_point (customer_id, channel, address, is_primary, state, created_at)"
    "SELECT ?, g.channel, g.address,"
    "       g.is_primary"
    "       AND NOT EXISTS (SELECT 1 FROM contact_point p"
    "                        WHERE p.customer_id = ? AND p.channel = g.channel AND p.is_primary)"
    "       AND NOT ELT(g.channel + 0, ?, ?),"
    "       g.state, g.created_at"
    "  FROM contact_point g"
    " WHERE g.customer_id = ?"
    "    ON DUPLICATE KEY UPDATE state = GREATEST(contact_point.state + 0, VALUE(state) + 0)";

static const char SQL_CONTACTS_GONE[] = "DELETE FROM contact_point WHERE customer_id = ?";

static const char SQL_FIELDS[] =
    "INSERT IGNORE INTO customer_field (customer_id, field_id, value, number)"
    "SELECT ?, g.field_id, g.value, g.number FROM customer_field g WHERE g.customer_id = ?";

static const char SQL_FIELDS_GONE[] = "DELETE FROM customer_field WHERE customer_id = ?";

/* Whose customer it was first keeps the word: the others' files add what is missing. */
static const char SQL_REFS[] =
    "UPDATE customer_ref SET customer_id = ?, joined = TRUE WHERE customer_id = ?";

enum rc merge_move_person(struct db *db, struct merging *m)
{
    const struct db_value keep = db_u64(m->keep), gone = db_u64(m->gone);
    enum rc rc = db_run(
        db, SQL_CONTACTS,
        DB_IN(keep, keep, db_u64(m->lends[CHANNEL_SMS]), db_u64(m->lends[CHANNEL_EMAIL]), gone),
        NULL);

    if (!rc)
        rc = db_run(db, SQL_CONTACTS_GONE, DB_IN(gone), NULL);
    if (!rc)
        rc = db_run(db, SQL_FIELDS, DB_IN(keep, gone), NULL);
    if (!rc)
        rc = db_run(db, SQL_FIELDS_GONE, DB_IN(gone), NULL);
    return rc ? rc : db_run(db, SQL_REFS, DB_IN(keep, gone), NULL);
}

/* --- what happened --- */

/* Of a campaign that both have: nobody gets it twice. One of an occasion is about an order. */
#define QUEUED_OF                                                         \
    "SELECT m.id"                                                         \
    "  FROM message m"                                                    \
    "  JOIN campaign k ON k.id = m.campaign_id AND k.occasion_id IS NULL" \
    " WHERE m.customer_id = ? AND m.state IN ('queued', 'held')"
#define OTHER_HAS(states)                                                \
    "EXISTS (SELECT 1 FROM message o"                                    \
    "         WHERE o.customer_id = ? AND o.campaign_id = m.campaign_id" \
    "           AND o.state NOT IN (" states "))"

static const char SQL_TWICE[] =
    QUEUED_OF " AND (? OR " OTHER_HAS("'cancelled', 'expired', 'failed'") ")"
                                                                          " LIMIT ?";

static const char SQL_HAD_ALREADY[] =
    QUEUED_OF " AND " OTHER_HAS("'queued', 'held', 'cancelled', 'expired', 'failed'") " LIMIT ?";

static const char SQL_CANCEL[] = "UPDATE message"
                                 "   SET state = 'cancelled', reason = 'same_person'"
                                 " WHERE id = ? AND state IN ('queued', 'held')";

static const char SQL_CANCELLED[] =
    "INSERT INTO message_event (id, message_id, part, kind, at, detail)"
    "VALUES (?, ?, 0, 'cancelled', ?, 'same_person')";

static const char SQL_NEWS_GONE[] = "DELETE e"
                                    "  FROM occasion k"
                                    "  STRAIGHT_JOIN occasion_event e"
                                    "             ON e.occasion_id = k.id AND e.customer_id = ?";

static const char SQL_CAMPAIGNS[] =
    "SELECT m.campaign_id, m.accepted_parts <> 0 OR m.delivered_parts <> 0"
    "  FROM customer_moved v"
    "  JOIN message m ON m.id = v.a"
    "  JOIN campaign k ON k.id = m.campaign_id AND k.occasion_id IS NULL"
    " WHERE v.customer_id = ? AND v.what = 'message' AND m.class = 'promo'"
    "   AND m.state NOT IN ('cancelled', 'expired', 'failed')"
    " ORDER BY m.id DESC"
    " LIMIT ?";

static const char SQL_RECOUNT[] =
    "UPDATE customer c"
    "  JOIN (SELECT COUNT(*) AS n, COALESCE(SUM(collect_cents), 0) AS cents,"
    "               MAX(ordered_at) AS at"
    "          FROM customer_order"
    "         WHERE customer_id = ?) o"
    "   SET c.order_count = o.n, c.order_cents = o.cents, c.last_order_at = o.at"
    " WHERE c.id = ?";

static enum rc cancel_found(struct db *db, struct merging *m, const char *sql,
                            const struct db_value *in, size_t n_in)
{
    uint64_t *ids = calloc(MERGE_PAGE, sizeof(*ids)), changed;
    struct db_rows *rows;
    size_t n = 0;
    enum rc rc = ids ? db_query(db, sql, in, n_in, &rows) : RC_FAIL;

    if (rc)
        goto out;
    while (n < MERGE_PAGE && db_next(rows))
        ids[n++] = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    m->more |= n == MERGE_PAGE;
    for (size_t i = 0; !rc && i < n; i++) {
        rc = db_run(db, SQL_CANCEL, DB_IN(db_u64(ids[i])), &changed);
        if (!rc && changed)
            rc = db_run(db, SQL_CANCELLED,
                        DB_IN(db_u64(m->next_message_event++), db_u64(ids[i]), db_time(m->now)),
                        NULL);
    }
out:
    free(ids);
    return rc;
}

static enum rc cancel_twice(struct db *db, struct merging *m)
{
    const struct db_value keep = db_u64(m->keep), gone = db_u64(m->gone), page = db_u64(MERGE_PAGE);
    enum rc rc = cancel_found(db, m, SQL_TWICE, DB_IN(gone, db_u64(m->late), keep, page));

    return rc ? rc : cancel_found(db, m, SQL_HAD_ALREADY, DB_IN(keep, gone, page));
}

/* What campaigns know by bits of who has them, and was sent them. */
static enum rc mark_campaigns(struct db *db, const struct merging *m)
{
    struct member *queued = calloc(2 * MERGE_PAGE, sizeof(*queued)), *sent = queued + MERGE_PAGE;
    size_t n = 0, n_sent = 0;
    struct db_rows *rows;
    enum rc rc =
        queued ? db_query(db, SQL_CAMPAIGNS, DB_IN(db_u64(m->gone), db_u64(MERGE_PAGE)), &rows)
               : RC_FAIL;

    if (rc)
        goto out;
    while (n < MERGE_PAGE && db_next(rows)) {
        const struct member member = { db_get_u64(rows, 0), m->keep };

        queued[n++] = member;
        if (db_get_u64(rows, 1))
            sent[n_sent++] = member;
    }
    rc = db_rows_end(rows);
    if (!rc)
        rc = campaign_member_mark(db, MEMBER_QUEUED, queued, n);
    if (!rc)
        rc = campaign_member_mark(db, MEMBER_SENT, sent, n_sent);
out:
    free(queued);
    return rc;
}

static enum rc move_kind(struct db *db, struct merging *m, const struct merge_kind *k)
{
    const struct db_value gone = db_u64(m->gone);
    struct db_value in[4];
    uint64_t noted;
    unsigned n = 0;
    enum rc rc;

    while (n < k->customers)
        in[n++] = gone;
    if (k->paged)
        in[n++] = db_u64(MERGE_PAGE);
    rc = db_run(db, k->journal, in, n, &noted);
    if (!rc)
        rc = db_run(db, k->move, DB_IN(gone, db_u64(m->keep), gone), NULL);
    m->more |= k->paged && noted == MERGE_PAGE;
    return rc;
}

enum rc merge_move_history(struct db *db, struct merging *m)
{
    enum rc rc = cancel_twice(db, m);

    if (!rc)
        rc = merge_meet_tasks(db, m);
    if (!rc)
        rc = contact_enrolment_meet(db, m->keep, m->gone, m->now);
    for (size_t i = 0; !rc && i < n_merge_kinds; i++)
        rc = move_kind(db, m, &merge_kinds[i]);
    if (!rc)
        rc = db_run(db, SQL_NEWS_GONE, DB_IN(db_u64(m->gone)), NULL);
    if (!rc)
        rc = mark_campaigns(db, m);
    return rc ? rc : merge_recount(db, m->keep);
}

enum rc merge_recount(struct db *db, uint64_t customer_id)
{
    return db_run(db, SQL_RECOUNT, DB_IN(db_u64(customer_id), db_u64(customer_id)), NULL);
}
