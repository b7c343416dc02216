/* outbox_mail.c - see outbox_mail.h. */
#include "store/outbox_mail.h"

#include <string.h>

#include "store/db.h"
#include "store/outbox_right_sql.h"

/* clang-format off */
static const char SQL_MAIL[] =
    "SELECT COALESCE(m.customer_id, 0), COALESCE(m.campaign_id, 0), m.class, m.legal_basis = 'test',"
    "       m.address, m.sender, m.subject, m.text,"
    "       CASE WHEN m.expires_at <= ? THEN 'expired'"
    "            WHEN g.state = 'cancelled' THEN 'campaign_cancelled'"
    "            WHEN EXISTS (SELECT 1"
    "                           FROM occasion k"
    "                           JOIN occasion_sent s ON s.occasion_id = k.id"
    "                            AND s.customer_id = m.customer_id AND s.message_id = m.id"
    "                           JOIN contact_enrolment n ON n.id = s.subject_id"
    "                          WHERE k.id = g.occasion_id AND k.kind = 'plan_step'"
    "                            AND n.state = 'stopped') THEN 'plan_stopped'"
    OUTBOX_RIGHT_ARMS
    "            ELSE '' END,"
    "       g.state IS NOT NULL AND g.state = 'paused', COALESCE(a.in_reply_to, ''),"
    "       COALESCE(t.template_id, g.mail_template_id, g.template_id, 0),"
    "       CASE WHEN t.template_id IS NOT NULL THEN t.template_version"
    "            WHEN g.mail_template_id IS NOT NULL THEN g.mail_template_version"
    "            ELSE COALESCE(g.template_version, 0) END"
    "  FROM message m"
    OUTBOX_RIGHT_JOINS
    "  LEFT JOIN campaign g ON g.id = m.campaign_id"
    "  LEFT JOIN message_template t ON t.message_id = m.id"
    "  LEFT JOIN message_reply a ON a.message_id = m.id"
    " WHERE m.id = ? AND m.state = 'submitting'";
/* clang-format on */

static const char *copy(struct arena *arena, const struct db_rows *rows, unsigned column)
{
    const char *text = db_get_text(rows, column);

    return arena_copy(arena, text, strlen(text));
}

static enum rc read_row(const struct db_rows *rows, struct arena *arena, struct outbox_mail *out)
{
    out->customer_id = db_get_u64(rows, 0);
    out->campaign_id = db_get_u64(rows, 1);
    out->is_test = db_get_u64(rows, 3) != 0;
    out->address = copy(arena, rows, 4);
    out->sender = copy(arena, rows, 5);
    out->subject = copy(arena, rows, 6);
    out->text = copy(arena, rows, 7);
    out->withheld = copy(arena, rows, 8);
    out->waits = db_get_u64(rows, 9) != 0;
    out->in_reply_to = copy(arena, rows, 10);
    out->template_id = db_get_u64(rows, 11);
    out->template_version = (unsigned)db_get_u64(rows, 12);
    if (!out->address || !out->sender || !out->subject || !out->text || !out->withheld ||
        !out->in_reply_to)
        return RC_FAIL;
    return message_class_parse(db_get_text(rows, 2), &out->class);
}

enum rc outbox_mail_read(struct db *db, uint64_t id, utc_us now, utc_us consents_since,
                         struct arena *arena, struct outbox_mail *out)
{
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_MAIL, DB_IN(db_time(now), db_time(consents_since), db_u64(id)), &rows);
    enum rc end;

    if (rc)
        return rc;
    *out = (struct outbox_mail){ .id = id };
    rc = db_next(rows) ? read_row(rows, arena, out) : RC_NOTFOUND;
    end = db_rows_end(rows);
    return end ? end : rc;
}
