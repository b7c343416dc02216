/* erase_mail.c - a mail's source has all of it; so it goes first, while the mail still names it. */
#include "store/erase_mail.h"

#include "store/db.h"

/* The document itself goes when nobody else has it (store/document_tidy.h). */
#define EMPTIED                                                           \
    "   SET m.envelope_from = '', m.from_address = '', m.from_name = ''," \
    "       m.subject = '', m.message_id = '', m.text = NULL"

#define OF_THEIRS " AND m.kind IN ('bounce', 'reply', 'unsubscribe')"

static const char SQL_SOURCE[] = "DELETE s"
                                 "  FROM mail_in m"
                                 "  JOIN mail_source s ON s.id = m.source_id"
                                 " WHERE m.id = ?";

static const char SQL_MAIL[] = "UPDATE mail_in m" EMPTIED " WHERE m.id = ?";

static const char SQL_DOCUMENTS[] = "UPDATE mail_document"
                                    "   SET document_id = NULL, name = ''"
                                    " WHERE mail_id = ?";

static const char SQL_REVIEW[] = "UPDATE mail_review"
                                 "   SET state = 'dismissed', closed_at = UTC_TIMESTAMP(6),"
                                 "       closed_by = 'erasure'"
                                 " WHERE id = ? AND state = 'open'";

static const char SQL_SOURCE_ABOUT[] = "DELETE s"
                                       "  FROM mail_in m"
                                       "  JOIN mail_source s ON s.id = m.source_id"
                                       " WHERE m.about_id = ?" OF_THEIRS;

static const char SQL_MAIL_ABOUT[] = "UPDATE mail_in m" EMPTIED " WHERE m.about_id = ?" OF_THEIRS;

static const char SQL_ANSWERS[] = "DELETE FROM message_reply WHERE message_id = ?";

/* Each by itself: many rows at once (array binding) MariaDB does not take with a join. */
static enum rc run_all(struct db *db, const char *const *statements, size_t n_statements,
                       const uint64_t *ids, size_t n)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < n; i++) {
        for (size_t k = 0; !rc && k < n_statements; k++)
            rc = db_run(db, statements[k], DB_IN(db_u64(ids[i])), NULL);
    }
    return rc;
}

#define ALL(statements) statements, sizeof(statements) / sizeof(statements[0])

enum rc erase_mails(struct db *db, const uint64_t *mails, size_t n)
{
    const char *const statements[] = { SQL_SOURCE, SQL_MAIL, SQL_DOCUMENTS, SQL_REVIEW };

    return run_all(db, ALL(statements), mails, n);
}

enum rc erase_mails_about(struct db *db, const uint64_t *messages, size_t n)
{
    const char *const statements[] = { SQL_SOURCE_ABOUT, SQL_MAIL_ABOUT, SQL_ANSWERS };

    return run_all(db, ALL(statements), messages, n);
}
