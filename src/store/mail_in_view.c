/* mail_in_view.c - rows of mail_in with what belongs to them. */
#include "store/mail_in_view.h"

#include <string.h>

#include "store/db.h"

#define COLUMNS                                                                                 \
    "SELECT m.id, COALESCE(m.about_id, 0), COALESCE(i.customer_id, 0),"                         \
    "       COALESCE(i.answer_id, 0), m.at, m.kind, m.outcome, m.reason, m.proof, m.automatic," \
    "       m.envelope_from, m.recipient, m.from_address, m.from_name, m.subject,"              \
    "       m.message_id, m.size, m.attachments, COALESCE(r.why, ''),"                          \
    "       COALESCE(r.state, ''), COALESCE(r.closed_by, ''), r.closed_at"

#define OF_INBOUND "  LEFT JOIN inbound_message i ON i.id = m.id"

static const char SQL_LIST[] =
    COLUMNS ", '', FALSE"
            "  FROM mail_in m" OF_INBOUND "  LEFT JOIN mail_review r ON r.id = m.id"
            " WHERE m.id < ?"
            " ORDER BY m.id DESC"
            " LIMIT ?";

static const char SQL_REVIEWS[] =
    COLUMNS ", '', FALSE"
            "  FROM mail_review r"
            "  JOIN mail_in m ON m.id = r.id" OF_INBOUND " WHERE r.state = ? AND r.id < ?"
            " ORDER BY r.id DESC"
            " LIMIT ?";

static const char SQL_GET[] =
    COLUMNS ", COALESCE(m.text, i.text, ''),"
            "       EXISTS (SELECT 1 FROM mail_source s"
            "                WHERE s.id = m.source_id)"
            "  FROM mail_in m" OF_INBOUND "  LEFT JOIN mail_review r ON r.id = m.id"
            " WHERE m.id = ?";

static const char SQL_OPEN[] = "SELECT COUNT(*), MIN(opened_at)"
                               "  FROM mail_review"
                               " WHERE state = 'open'";

static const char *const state_names[] = { [REVIEW_OPEN] = "open",
                                           [REVIEW_ASSIGNED] = "assigned",
                                           [REVIEW_DISMISSED] = "dismissed",
                                           [REVIEW_DONE] = "done" };

const char *mail_review_state_name(enum mail_review_state s)
{
    return state_names[s];
}

enum rc mail_review_state_parse(const char *name, enum mail_review_state *s)
{
    for (size_t i = 0; i < sizeof(state_names) / sizeof(state_names[0]); i++) {
        if (strcmp(name, state_names[i]) == 0) {
            *s = (enum mail_review_state)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

static enum rc tell(struct db_rows *rows, mail_in_each *each, void *arg, size_t *n)
{
    for (*n = 0; db_next(rows); (*n)++) {
        const struct mail_in_view v = {
            .id = db_get_u64(rows, 0),
            .about_id = db_get_u64(rows, 1),
            .customer_id = db_get_u64(rows, 2),
            .answer_id = db_get_u64(rows, 3),
            .at = db_get_time(rows, 4),
            .kind = db_get_text(rows, 5),
            .outcome = db_get_text(rows, 6),
            .reason = db_get_text(rows, 7),
            .proof = db_get_text(rows, 8),
            .automatic = db_get_text(rows, 9),
            .envelope_from = db_get_text(rows, 10),
            .recipient = db_get_text(rows, 11),
            .from = db_get_text(rows, 12),
            .from_name = db_get_text(rows, 13),
            .subject = db_get_text(rows, 14),
            .message_id = db_get_text(rows, 15),
            .size = db_get_u64(rows, 16),
            .attachments = (unsigned)db_get_u64(rows, 17),
            .review_why = db_get_text(rows, 18),
            .review_state = db_get_text(rows, 19),
            .closed_by = db_get_text(rows, 20),
            .closed_at = db_get_time(rows, 21),
            .text = db_get_text(rows, 22),
            .has_source = db_get_u64(rows, 23),
        };
        each(arg, &v);
    }
    return db_rows_end(rows);
}

enum rc mail_in_list(struct db *db, uint64_t before, size_t limit, mail_in_each *each, void *arg)
{
    struct db_rows *rows;
    size_t n;
    const enum rc rc =
        db_query(db, SQL_LIST, DB_IN(db_u64(before ? before : INT64_MAX), db_u64(limit)), &rows);

    return rc ? rc : tell(rows, each, arg, &n);
}

enum rc mail_review_list(struct db *db, enum mail_review_state state, uint64_t before, size_t limit,
                         mail_in_each *each, void *arg)
{
    struct db_rows *rows;
    size_t n;
    const enum rc rc = db_query(db, SQL_REVIEWS,
                                DB_IN(db_text(mail_review_state_name(state)),
                                      db_u64(before ? before : INT64_MAX), db_u64(limit)),
                                &rows);

    return rc ? rc : tell(rows, each, arg, &n);
}

enum rc mail_in_get(struct db *db, uint64_t id, mail_in_each *each, void *arg)
{
    struct db_rows *rows;
    size_t n;
    enum rc rc = db_query(db, SQL_GET, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    rc = tell(rows, each, arg, &n);
    return rc ? rc : n ? RC_OK : RC_NOTFOUND;
}

enum rc mail_review_count(struct db *db, uint64_t *open, utc_us *oldest)
{
    struct db_rows *rows;
    const enum rc rc = db_query(db, SQL_OPEN, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        *open = db_get_u64(rows, 0);
        *oldest = db_get_time(rows, 1);
    }
    return db_rows_end(rows);
}
