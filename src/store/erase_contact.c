/* erase_contact.c - see erase_contact.h. */
#include "store/erase_contact.h"

#include "store/contact_enrolment.h"
#include "store/contact_task.h"
#include "store/db.h"
#include "store/erase.h"
#include "store/erase_mail.h"
#include "store/slice.h"

static const char SQL_OPEN[] = "SELECT id"
                               "  FROM contact_task"
                               " WHERE customer_id = ? AND state = 'open'"
                               " ORDER BY id"
                               " LIMIT ?"
                               "   FOR UPDATE";

/* Why a person stopped it is free text. */
static const char SQL_PLANS[] = "UPDATE contact_enrolment"
                                "   SET why = IF(why = 'erased', why, '')"
                                " WHERE customer_id = ?";

static const char SQL_TASKS[] =
    "UPDATE contact_task"
    "   SET title = '', expected = '', why = IF(why = 'erased', why, '')"
    " WHERE customer_id = ?";

static const char SQL_RESULTS[] =
    "UPDATE contact_result SET note = '', spoiled = '' WHERE customer_id = ?";

static const char SQL_NOTES[] = "DELETE FROM contact_note WHERE customer_id = ?";

/* Why a person ended it is free text in these, too. */
static const char SQL_MATTERS[] = "UPDATE contact_task t"
                                  "  JOIN matter m ON m.kind = 'task' AND m.subject_id = t.id"
                                  "   SET m.why = IF(m.why = 'erased', m.why, '')"
                                  " WHERE t.customer_id = ?";

static const char SQL_MATTER_EVENTS[] =
    "UPDATE contact_task t"
    "  JOIN matter_event e ON e.kind = 'task' AND e.subject_id = t.id AND e.what = 'settled'"
    "   SET e.detail = IF(e.detail = 'erased', e.detail, '')"
    " WHERE t.customer_id = ?";

/* SQL: message m is sent as it is, perhaps once more: without a text it would say nothing. */
#define STILL_TO_GO                                \
    "(m.state IN ('queued', 'held', 'submitting')" \
    " OR (m.state = 'unknown'"                     \
    "     AND EXISTS (SELECT 1"                    \
    "                   FROM outbox_slice s"       \
    "                  WHERE " SLICE_COVERS " AND s.next_id <= m.id)))"

/* What waits in the queue was cancelled with its task, or written anew without it; so was what goes
 * once more, if it tells of others. */
static const char SQL_TOLD[] =
    "UPDATE message m"
    "  JOIN (SELECT n.sent_as AS id,"
    "               MAX(EXISTS (SELECT 1"
    "                             FROM notice_matter y"
    "                            WHERE y.notice_id = n.id AND y.withdrawn = 'no')) AS others"
    "          FROM contact_task t"
    "          JOIN notice_matter x ON x.kind = 'task' AND x.subject_id = t.id"
    "          JOIN notice n ON n.id = x.notice_id AND n.channel = 'sms'"
    "         WHERE t.customer_id = ?"
    "         GROUP BY n.sent_as) told ON told.id = m.id"
    "   SET m.text = ''"
    " WHERE NOT " STILL_TO_GO " OR (m.state = 'unknown' AND NOT told.others)";

static const char SQL_TOLD_BY_MAIL[] =
    "UPDATE mail_out m"
    "  JOIN (SELECT DISTINCT n.sent_as AS id"
    "          FROM contact_task t"
    "          JOIN notice_matter x ON x.kind = 'task' AND x.subject_id = t.id"
    "          JOIN notice n ON n.id = x.notice_id AND n.channel = 'email'"
    "         WHERE t.customer_id = ?) told ON told.id = m.id"
    "   SET m.body = ''"
    " WHERE m.settled_at IS NOT NULL";

static const char SQL_ANSWERED[] =
    "UPDATE contact_result r"
    "  LEFT JOIN inbound_message i ON i.id = r.via_id"
    "  LEFT JOIN staff_answer a ON a.id = r.via_id AND a.next_at IS NULL"
    "   SET i.text = '', a.text = '', a.subject = ''"
    " WHERE r.customer_id = ?";

/* What led to no result may name them, too: by SMS whatever who was told of the customer wrote in
 * the days after (but not as a customer), by mail what answers that notice; and so may what asked
 * back. An answer that nobody has read yet is looked for again. */
static const char SQL_ANSWERS[] =
    "UPDATE contact_task t"
    "  JOIN notice_matter x ON x.kind = 'task' AND x.subject_id = t.id"
    "  JOIN notice n ON n.id = x.notice_id"
    "  JOIN staff_answer a ON a.staff_id = n.staff_id AND a.channel = 'sms'"
    "                     AND a.at BETWEEN n.at AND n.at + INTERVAL 7 DAY"
    "                     AND a.next_at IS NULL AND a.outcome <> 'ordinary'"
    "  LEFT JOIN inbound_message i ON i.id = a.id"
    "  LEFT JOIN message m ON m.id = a.answer_id AND NOT " STILL_TO_GO
    "   SET a.text = '', i.text = '', m.text = ''"
    " WHERE t.customer_id = ?";

static const char SQL_ANSWERS_BY_MAIL[] =
    "UPDATE contact_task t"
    "  JOIN notice_matter x ON x.kind = 'task' AND x.subject_id = t.id"
    "  JOIN mail_in i ON i.about_id = x.notice_id AND i.kind = 'notice'"
    "  JOIN staff_answer a ON a.id = i.id AND a.next_at IS NULL"
    "  LEFT JOIN mail_out m ON m.id = a.answer_id AND m.settled_at IS NOT NULL"
    "   SET a.text = '', a.subject = '', m.subject = '', m.body = ''"
    " WHERE t.customer_id = ?";

/* What confirmed a result, too, names the customer. */
static const char SQL_CONFIRMED[] = "UPDATE message m"
                                    "  JOIN staff_answer a ON a.answer_id = m.id"
                                    "                     AND a.channel = 'sms'"
                                    "  JOIN contact_result r ON r.via_id = a.id"
                                    "   SET m.text = ''"
                                    " WHERE r.customer_id = ?"
                                    "   AND NOT " STILL_TO_GO;

static const char SQL_CONFIRMED_BY_MAIL[] = "UPDATE mail_out m"
                                            "  JOIN staff_answer a ON a.answer_id = m.id"
                                            "                     AND a.channel = 'email'"
                                            "  JOIN contact_result r ON r.via_id = a.id"
                                            "   SET m.subject = '', m.body = ''"
                                            " WHERE r.customer_id = ?"
                                            "   AND m.settled_at IS NOT NULL";

static const char SQL_ANSWERED_BY_MAIL[] = "SELECT via_id"
                                           "  FROM contact_result"
                                           " WHERE customer_id = ? AND via = 'mail'"
                                           "   AND via_id IS NOT NULL"
                                           " ORDER BY id DESC"
                                           " LIMIT ?";

/* A mail program quotes the notice, whatever the answer is about, and though nobody wrote it. */
static const char SQL_QUOTED_BY_MAIL[] =
    "SELECT DISTINCT m.id"
    "  FROM contact_task t"
    "  JOIN notice_matter x ON x.kind = 'task' AND x.subject_id = t.id"
    "  JOIN mail_in m ON m.about_id = x.notice_id AND m.kind = 'notice'"
    " WHERE t.customer_id = ?"
    " ORDER BY m.id DESC"
    " LIMIT ?";

static enum rc read_ids(struct db *db, const char *sql, uint64_t customer_id,
                        uint64_t ids[ERASE_PAGE], size_t *n)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, sql, DB_IN(db_u64(customer_id), db_u64(ERASE_PAGE)), &rows);

    if (rc)
        return rc;
    for (*n = 0; *n < ERASE_PAGE && db_next(rows);)
        ids[(*n)++] = db_get_u64(rows, 0);
    return db_rows_end(rows);
}

static enum rc cancel_open(struct db *db, uint64_t customer_id)
{
    uint64_t ids[ERASE_PAGE];
    size_t n;
    enum rc rc = read_ids(db, SQL_OPEN, customer_id, ids, &n);

    for (size_t i = 0; !rc && i < n; i++)
        rc = contact_task_cancel(db, ids[i], "erased");
    return rc;
}

static enum rc forget_mails(struct db *db, const char *sql, uint64_t customer_id)
{
    uint64_t ids[ERASE_PAGE];
    size_t n;
    enum rc rc = read_ids(db, sql, customer_id, ids, &n);

    return rc || !n ? rc : erase_mails(db, ids, n);
}

enum rc erase_contacts(struct db *db, uint64_t customer_id)
{
    static const char *const statements[] = {
        SQL_CONFIRMED,     SQL_CONFIRMED_BY_MAIL, SQL_TOLD,  SQL_TOLD_BY_MAIL, SQL_ANSWERED,
        SQL_ANSWERS,       SQL_ANSWERS_BY_MAIL,   SQL_PLANS, SQL_TASKS,        SQL_MATTERS,
        SQL_MATTER_EVENTS, SQL_RESULTS,           SQL_NOTES
    };
    enum rc rc = cancel_open(db, customer_id);

    if (!rc)
        rc = contact_enrolment_stop_all(db, customer_id, "erased", clock_now());
    for (size_t i = 0; !rc && i < sizeof(statements) / sizeof(statements[0]); i++)
        rc = db_run(db, statements[i], DB_IN(db_u64(customer_id)), NULL);
    if (!rc)
        rc = forget_mails(db, SQL_ANSWERED_BY_MAIL, customer_id);
    return rc ? rc : forget_mails(db, SQL_QUOTED_BY_MAIL, customer_id);
}
