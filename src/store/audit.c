/* audit.c - rows of audit_entry. */
#include "store/audit.h"

#include "store/db.h"

static const char SQL_WRITE[] =
    "INSERT INTO audit_entry (id, at, who, verb, subject, subject_id, detail)"
    "VALUES (?, ?, ?, ?, ?, ?, ?)";

static const char SQL_READ[] = "SELECT id, at, who, verb, detail"
                               "  FROM audit_entry"
                               " WHERE subject = ? AND subject_id = ?"
                               " ORDER BY id"
                               " LIMIT 200";

static const char *const subject_names[] = {
    [AUDIT_ALERT_RULE] = "alert_rule",
    [AUDIT_MESSAGE] = "message",
    [AUDIT_CAMPAIGN] = "campaign",
    [AUDIT_CUSTOMER] = "customer",
    [AUDIT_PLAN] = "contact_plan",
    [AUDIT_OCCASION] = "occasion",
    [AUDIT_MAIL] = "mail",
    [AUDIT_IMPORT] = "import",
    [AUDIT_MAIL_IN] = "mail_in",
    [AUDIT_CONTACT_TASK] = "contact_task",
    [AUDIT_CONTACT_OUTCOME] = "contact_outcome",
    [AUDIT_TEAM] = "team",
    [AUDIT_STAFF] = "staff",
    [AUDIT_CONTACT_POLICY] = "contact_policy",
    [AUDIT_CONTACT_TOPIC] = "contact_topic",
    [AUDIT_CONTACT_LIST] = "contact_list",
    [AUDIT_ESCALATION] = "escalation",
    [AUDIT_MATTER] = "matter",
    [AUDIT_REPORT] = "report",
    [AUDIT_ALERT] = "alert",
};

enum rc audit_new_id(struct db *db, uint64_t *id)
{
    return db_new_timed_ids(db, "audit_entry", 1, id);
}

#define ENTRY(e)                                                              \
    db_u64((e)->id), db_time((e)->at), db_text((e)->who), db_text((e)->verb), \
        db_text(subject_names[(e)->subject]), db_u64((e)->subject_id),        \
        db_text((e)->detail ? (e)->detail : "")
#define ENTRY_COLUMNS 7

enum rc audit_write(struct db *db, const struct audit_entry *entry)
{
    return db_run(db, SQL_WRITE, DB_IN(ENTRY(entry)), NULL);
}

enum rc audit_bulk_add(struct db_bulk *bulk, const struct audit_entry *entry)
{
    return db_bulk_add(bulk, (const struct db_value[]){ ENTRY(entry) });
}

struct db_bulk *audit_bulk_new(void)
{
    return db_bulk_new(ENTRY_COLUMNS);
}

enum rc audit_bulk_run(struct db *db, const struct db_bulk *bulk)
{
    return db_bulk_run(db, SQL_WRITE, bulk, NULL);
}

enum rc audit_read(struct db *db, enum audit_subject subject, uint64_t subject_id,
                   void (*each)(void *arg, const struct audit_entry *entry), void *arg)
{
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_READ, DB_IN(db_text(subject_names[subject]), db_u64(subject_id)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct audit_entry entry = {
            .id = db_get_u64(rows, 0),
            .at = db_get_time(rows, 1),
            .who = db_get_text(rows, 2),
            .verb = db_get_text(rows, 3),
            .subject = subject,
            .subject_id = subject_id,
            .detail = db_get_text(rows, 4),
        };
        each(arg, &entry);
    }
    return db_rows_end(rows);
}
