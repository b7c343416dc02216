/* retention.c - old rows of the tables that are not cut by month, a batch at a time. */
#include "store/retention.h"

#include <stddef.h>

#include "store/db.h"
#include "store/erase.h"
#include "store/timed_id.h"

/* The figures are kept first: campaign_figures_keep() counts what is removed here. Ids rise with
 * time, so the lowest one that is left bounds the search. */
static const char SQL_OF_RECIPIENTS[] =
    "SELECT c.id"
    "  FROM campaign c"
    " WHERE c.id >= (SELECT MIN(campaign_id) FROM campaign_recipient)"
    "   AND c.finished_at < ? AND c.figures_at IS NOT NULL"
    "   AND EXISTS (SELECT 1 FROM campaign_recipient r WHERE r.campaign_id = c.id)"
    " ORDER BY c.id"
    " LIMIT 1";

static const char SQL_RECIPIENTS[] = "DELETE FROM campaign_recipient"
                                     " WHERE campaign_id = ?"
                                     " ORDER BY customer_id"
                                     " LIMIT ?";

static const char SQL_OF_SHARED[] =
    "SELECT c.id"
    "  FROM campaign c"
    " WHERE c.id >= (SELECT MIN(campaign_id) FROM campaign_shared_address)"
    "   AND c.finished_at < ? AND c.figures_at IS NOT NULL"
    "   AND EXISTS (SELECT 1 FROM campaign_shared_address s WHERE s.campaign_id = c.id)"
    " ORDER BY c.id"
    " LIMIT 1";

static const char SQL_SHARED[] = "DELETE FROM campaign_shared_address"
                                 " WHERE campaign_id = ?"
                                 " ORDER BY address"
                                 " LIMIT ?";

static const char SQL_OF_EXCLUSIONS[] =
    "SELECT c.id"
    "  FROM campaign c"
    " WHERE c.id >= (SELECT MIN(campaign_id) FROM campaign_exclusion)"
    "   AND c.finished_at < ? AND c.figures_at IS NOT NULL"
    "   AND EXISTS (SELECT 1 FROM campaign_exclusion x WHERE x.campaign_id = c.id)"
    " ORDER BY c.id"
    " LIMIT 1";

static const char SQL_EXCLUSIONS[] = "DELETE FROM campaign_exclusion"
                                     " WHERE campaign_id = ?"
                                     " ORDER BY customer_id"
                                     " LIMIT ?";

static const char SQL_OF_REJECTS[] =
    "SELECT i.id"
    "  FROM import i"
    " WHERE i.id >= (SELECT MIN(import_id) FROM import_reject)"
    "   AND i.finished_at < ? AND i.state IN ('done', 'failed')"
    "   AND EXISTS (SELECT 1 FROM import_reject r WHERE r.import_id = i.id)"
    " ORDER BY i.id"
    " LIMIT 1";

static const char SQL_REJECTS[] = "DELETE FROM import_reject"
                                  " WHERE import_id = ?"
                                  " ORDER BY row_no"
                                  " LIMIT ?";

/* Ids of these carry their time. What is gone could be sent again, if its news came again. */
static const char SQL_OF_OCCASIONS[] =
    "SELECT o.id"
    "  FROM occasion o"
    " WHERE EXISTS (SELECT 1 FROM occasion_sent s WHERE s.occasion_id = o.id AND s.id < ?)"
    " LIMIT 1";

static const char SQL_OCCASIONS[] = "DELETE FROM occasion_sent"
                                    " WHERE occasion_id = ? AND id < ?"
                                    " ORDER BY id"
                                    " LIMIT ?";

static enum rc prune(struct db *db, const char *of, const char *remove, utc_us before, uint64_t *n)
{
    uint64_t owner;
    enum rc rc = db_query_u64(db, of, DB_IN(db_time(before)), &owner);

    if (rc == RC_NOTFOUND) {
        *n = 0;
        return RC_OK;
    }
    return rc ? rc : db_run(db, remove, DB_IN(db_u64(owner), db_u64(RETENTION_BATCH)), n);
}

enum rc retention_prune_recipients(struct db *db, utc_us before, uint64_t *n)
{
    return prune(db, SQL_OF_RECIPIENTS, SQL_RECIPIENTS, before, n);
}

enum rc retention_prune_shared_addresses(struct db *db, utc_us before, uint64_t *n)
{
    return prune(db, SQL_OF_SHARED, SQL_SHARED, before, n);
}

enum rc retention_prune_exclusions(struct db *db, utc_us before, uint64_t *n)
{
    return prune(db, SQL_OF_EXCLUSIONS, SQL_EXCLUSIONS, before, n);
}

enum rc retention_prune_rejects(struct db *db, utc_us before, uint64_t *n)
{
    return prune(db, SQL_OF_REJECTS, SQL_REJECTS, before, n);
}

enum rc retention_prune_occasions(struct db *db, utc_us before, uint64_t *n)
{
    const uint64_t id = timed_id_at(before);
    uint64_t owner;
    enum rc rc = db_query_u64(db, SQL_OF_OCCASIONS, DB_IN(db_u64(id)), &owner);

    if (rc == RC_NOTFOUND) {
        *n = 0;
        return RC_OK;
    }
    return rc ? rc
              : db_run(db, SQL_OCCASIONS, DB_IN(db_u64(owner), db_u64(id), db_u64(RETENTION_BATCH)),
                       n);
}

/* --- tables by their own time --- */

/* What the ledger says came with an import can still be looked up as long as its row is there. */
static const char SQL_IMPORTS[] = "DELETE FROM import"
                                  " WHERE finished_at < ?"
                                  "   AND state IN ('done', 'failed', 'undone')"
                                  "   AND NOT EXISTS (SELECT 1 FROM import_chunk c"
                                  "                    WHERE c.import_id = import.id)"
                                  "   AND NOT EXISTS (SELECT 1 FROM import_reject r"
                                  "                    WHERE r.import_id = import.id)"
                                  " LIMIT ?";

static const char SQL_UNDO_COUNTS[] = "DELETE q"
                                      "  FROM import_undo_count q"
                                      "  LEFT JOIN import i ON i.id = q.import_id"
                                      " WHERE i.id IS NULL";

static const char SQL_AUDIT[] = "DELETE FROM audit_entry WHERE id < ? LIMIT ?";

static const char SQL_VISITS[] = "DELETE FROM link_visit WHERE message_id < ? LIMIT ?";

static const char SQL_MAILS[] = "DELETE FROM mail_out"
                                " WHERE id < ? AND settled_at IS NOT NULL"
                                " LIMIT ?";

static const char SQL_MAIL_FILES[] = "DELETE f"
                                     "  FROM mail_out_file f"
                                     "  LEFT JOIN mail_out m ON m.id = f.mail_id"
                                     " WHERE f.mail_id < ? AND m.id IS NULL";

enum rc retention_prune_imports(struct db *db, utc_us before, uint64_t *n)
{
    enum rc rc = db_run(db, SQL_IMPORTS, DB_IN(db_time(before), db_u64(RETENTION_BATCH)), n);

    return rc ? rc : db_run(db, SQL_UNDO_COUNTS, DB_NO_INPUT, NULL);
}

enum rc retention_prune_audit(struct db *db, utc_us before, uint64_t *n)
{
    return db_run(db, SQL_AUDIT, DB_IN(db_u64(timed_id_at(before)), db_u64(RETENTION_BATCH)), n);
}

enum rc retention_prune_visits(struct db *db, utc_us before, uint64_t *n)
{
    return db_run(db, SQL_VISITS, DB_IN(db_u64(timed_id_at(before)), db_u64(RETENTION_BATCH)), n);
}

/* The mails first: a file whose mail is gone is found again. */
enum rc retention_prune_mails(struct db *db, utc_us before, uint64_t *n)
{
    const uint64_t id = timed_id_at(before);
    enum rc rc = db_run(db, SQL_MAILS, DB_IN(db_u64(id), db_u64(RETENTION_BATCH)), n);

    return rc ? rc : db_run(db, SQL_MAIL_FILES, DB_IN(db_u64(id)), NULL);
}

static const char *const SQL_LETTERS[] = {
    "DELETE FROM message_reply WHERE message_id < ? LIMIT ?",
    "DELETE FROM message_template WHERE message_id < ? LIMIT ?",
};

/* What belongs to a mail goes first. A partner's file that is still on its way keeps nothing but
 * its own row and its document. */
static const char *const SQL_MAILS_IN[] = {
    "DELETE FROM mail_document WHERE mail_id < ? LIMIT ?",
    "DELETE FROM mail_file WHERE mail_id < ? AND state <> 'pending' LIMIT ?",
    "DELETE FROM mail_review WHERE id < ? LIMIT ?",
    "DELETE FROM mail_source WHERE id < ? LIMIT ?",
    "DELETE FROM mail_in WHERE id < ? LIMIT ?",
};

/* A table after the other, each until it has no more. */
static enum rc prune_in_turn(struct db *db, const char *const *statements, size_t n_statements,
                             utc_us before, uint64_t *n)
{
    const struct db_value id = db_u64(timed_id_at(before)), limit = db_u64(RETENTION_BATCH);
    enum rc rc = RC_OK;

    *n = 0;
    for (size_t i = 0; !rc && !*n && i < n_statements; i++)
        rc = db_run(db, statements[i], DB_IN(id, limit), n);
    return rc;
}

enum rc retention_prune_letters(struct db *db, utc_us before, uint64_t *n)
{
    return prune_in_turn(db, SQL_LETTERS, sizeof(SQL_LETTERS) / sizeof(SQL_LETTERS[0]), before, n);
}

enum rc retention_prune_mails_in(struct db *db, utc_us before, uint64_t *n)
{
    return prune_in_turn(db, SQL_MAILS_IN, sizeof(SQL_MAILS_IN) / sizeof(SQL_MAILS_IN[0]), before,
                         n);
}

/* --- prospects --- */

#define LOOKED_AT 5000 /* customers a step */
#define ERASED    50   /* of them at most: each is a transaction */

#define IS_FORGOTTEN                                                         \
    "c.erased_at IS NULL AND c.order_count = 0"                              \
    "   AND GREATEST(c.created_at, COALESCE(c.last_reply_at, c.created_at)," \
    "                COALESCE(c.talked_at, c.created_at),"                   \
    "                COALESCE(c.consent_at, c.created_at)) < ?"

static const char SQL_PAGE_END[] =
    "SELECT COALESCE(MAX(p.id), 0)"
    "  FROM (SELECT c.id FROM customer c WHERE c.id > ? ORDER BY c.id LIMIT ?) p";

static const char SQL_PROSPECTS[] =
    "SELECT c.id"
    "  FROM customer c"
    " WHERE c.id > ? AND c.id <= ? AND " IS_FORGOTTEN " ORDER BY c.id"
    " LIMIT ?";

enum rc retention_erase_prospects(struct db *db, utc_us before, uint64_t *cursor, uint64_t *n)
{
    uint64_t ids[ERASED], end = 0;
    size_t found = 0;
    struct db_rows *rows;
    enum rc rc = db_query_u64(db, SQL_PAGE_END, DB_IN(db_u64(*cursor), db_u64(LOOKED_AT)), &end);

    *n = 0;
    if (rc)
        return rc;
    if (!end) {
        *cursor = 0;
        return RC_OK;
    }
    rc = db_query(db, SQL_PROSPECTS,
                  DB_IN(db_u64(*cursor), db_u64(end), db_time(before), db_u64(ERASED)), &rows);
    if (rc)
        return rc;
    while (db_next(rows))
        ids[found++] = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    for (size_t i = 0; !rc && i < found; i++) {
        rc = erase_begin(db, ids[i], "relaisd", "nothing was heard of this prospect for too long");
        *n += rc == RC_OK;
        if (rc == RC_CONFLICT) /* a person was faster */
            rc = RC_OK;
    }
    if (!rc)
        *cursor = found == ERASED ? ids[found - 1] : end;
    return rc;
}

/* --- what there is to do --- */

#define OF_CAMPAIGN(table)                                                     \
    "SELECT COUNT(*) FROM " table " r JOIN campaign c ON c.id = r.campaign_id" \
    " WHERE c.finished_at < ? AND c.figures_at IS NOT NULL"

static const struct rule {
    const char *table;
    size_t keep; /* offset in the settings */
    const char *count;
    bool by_id; /* the parameter is an id that carries its time */
} rules[] = {
    { "campaign_recipient", offsetof(struct retention_settings, recipients_ms),
      OF_CAMPAIGN("campaign_recipient"), false },
    { "campaign_shared_address", offsetof(struct retention_settings, recipients_ms),
      OF_CAMPAIGN("campaign_shared_address"), false },
    { "campaign_exclusion", offsetof(struct retention_settings, recipients_ms),
      OF_CAMPAIGN("campaign_exclusion"), false },
    { "import_reject", offsetof(struct retention_settings, rejects_ms),
      "SELECT COUNT(*) FROM import_reject r JOIN import i ON i.id = r.import_id"
      " WHERE i.finished_at < ?",
      false },
    { "import_before", offsetof(struct retention_settings, undo_ms),
      "SELECT COUNT(*) FROM import_before b JOIN import i ON i.id = b.import_id"
      " WHERE i.finished_at < ?",
      false },
    { "import", offsetof(struct retention_settings, imports_ms),
      "SELECT COUNT(*) FROM import WHERE finished_at < ?", false },
    { "audit_entry", offsetof(struct retention_settings, audit_ms),
      "SELECT COUNT(*) FROM audit_entry WHERE id < ?", true },
    { "link_visit", offsetof(struct retention_settings, visits_ms),
      "SELECT COUNT(*) FROM link_visit WHERE message_id < ?", true },
    { "mail_out", offsetof(struct retention_settings, mails_ms),
      "SELECT COUNT(*) FROM mail_out WHERE id < ? AND settled_at IS NOT NULL", true },
    { "message_reply", offsetof(struct retention_settings, messages_ms),
      "SELECT COUNT(*) FROM message_reply WHERE message_id < ?", true },
    { "message_template", offsetof(struct retention_settings, messages_ms),
      "SELECT COUNT(*) FROM message_template WHERE message_id < ?", true },
    { "contact_task", offsetof(struct retention_settings, contacts_ms),
      "SELECT COUNT(*) FROM contact_task WHERE day < ? AND state <> 'open'", false },
    { "staff_answer", offsetof(struct retention_settings, messages_ms),
      "SELECT COUNT(*) FROM staff_answer WHERE id < ? AND next_at IS NULL", true },
    { "mail_in", offsetof(struct retention_settings, inbound_ms),
      "SELECT COUNT(*) FROM mail_in WHERE id < ?", true },
    { "prospect", offsetof(struct retention_settings, prospects_ms),
      "SELECT COUNT(*) FROM customer c WHERE " IS_FORGOTTEN, false },
};

enum rc retention_each(struct db *db, const struct retention_settings *settings, utc_us now,
                       void (*each)(void *arg, const struct retention_view *v), void *arg)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < sizeof(rules) / sizeof(rules[0]); i++) {
        const int64_t keep_ms = *(const int64_t *)((const char *)settings + rules[i].keep);
        const utc_us before = now - keep_ms * USEC_PER_MSEC;
        struct retention_view v = { .table = rules[i].table, .keep_ms = keep_ms };

        if (keep_ms)
            rc = db_query_u64(db, rules[i].count,
                              DB_IN(rules[i].by_id ? db_u64(timed_id_at(before)) : db_time(before)),
                              &v.due);
        if (!rc)
            each(arg, &v);
    }
    return rc;
}
