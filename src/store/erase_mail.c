/* erase_mail.c - a mail's source has all of it; so it goes first, while the mail still names it. */
#include "store/erase_mail.h"

#include <stddef.h>

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

static enum rc run_all(struct db *db, const char *const *statements, size_t n,
                       const struct db_bulk *rows)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < n; i++)
        rc = db_bulk_run(db, statements[i], rows, NULL);
    return rc;
}

enum rc erase_mails(struct db *db, const struct db_bulk *mails)
{
    const char *const statements[] = { SQL_SOURCE, SQL_MAIL, SQL_DOCUMENTS, SQL_REVIEW };

    return run_all(db, statements, sizeof(statements) / sizeof(statements[0]), mails);
}

enum rc erase_mails_about(struct db *db, const struct db_bulk *messages)
{
    const char *const statements[] = { SQL_SOURCE_ABOUT, SQL_MAIL_ABOUT, SQL_ANSWERS };

    return run_all(db, statements, sizeof(statements) / sizeof(statements[0]), messages);
}
