/* inbound_list.c - messages from customers, for those who look. */
#include <stdlib.h>
#include <string.h>

#include "store/inbound.h"
#include "store/timed_id.h"

#define COLUMNS                                                                                 \
    "SELECT i.id, i.at, i.channel, COALESCE(c.name, ''), i.from_address, i.to_address, i.text," \
    "       i.keyword, i.customer_id, i.answer_id, COALESCE(a.text, ''), i.answers_message_id," \
    "       i.parts, i.incomplete, COALESCE(mail.subject, ''), COALESCE(mail.attachments, 0),"  \
    "       COALESCE(mail.automatic, '')"

#define JOINS                                      \
    "  LEFT JOIN carrier c ON c.id = i.carrier_id" \
    "  LEFT JOIN message a ON a.id = i.answer_id"  \
    "  LEFT JOIN mail_in mail ON mail.id = i.id"

#define OF_CHANNEL " AND i.channel = COALESCE(?, i.channel)"

/* One for each way in, so that each uses its index: newest first within it. */
static const char SQL_ALL[] =
    COLUMNS "  FROM inbound_message i" JOINS " WHERE i.id >= ? AND i.id < ?" OF_CHANNEL
            " ORDER BY i.id DESC"
            " LIMIT ?";

/* Mails are fewer: they are not looked for among all that came by SMS. */
static const char SQL_MAILS[] =
    COLUMNS "  FROM mail_in mail"
            "  STRAIGHT_JOIN inbound_message i ON i.id = mail.id"
            "  LEFT JOIN carrier c ON c.id = i.carrier_id"
            "  LEFT JOIN message a ON a.id = i.answer_id"
            " WHERE mail.id >= ? AND mail.id < ?" OF_CHANNEL " ORDER BY mail.id DESC"
            " LIMIT ?";

static const char SQL_FROM[] =
    COLUMNS "  FROM inbound_message i FORCE INDEX (by_from)" JOINS
            " WHERE i.id >= ? AND i.id < ? AND i.from_address = ?" OF_CHANNEL " ORDER BY i.id DESC"
            " LIMIT ?";

static const char SQL_KEYWORD[] =
    COLUMNS "  FROM inbound_message i FORCE INDEX (by_keyword)" JOINS
            " WHERE i.id >= ? AND i.id < ? AND i.keyword = ?" OF_CHANNEL " ORDER BY i.id DESC"
            " LIMIT ?";

static const char SQL_BOTH[] =
    COLUMNS "  FROM inbound_message i FORCE INDEX (by_from)" JOINS
            " WHERE i.id >= ? AND i.id < ? AND i.from_address = ? AND i.keyword = ?" OF_CHANNEL
            " ORDER BY i.id DESC"
            " LIMIT ?";

/* A reply comes from the address, in or after the message's second, which its id tells. */
static const char SQL_REPLIES[] =
    COLUMNS "  FROM inbound_message i FORCE INDEX (by_from)" JOINS
            " WHERE i.from_address = ? AND i.id >= ? AND i.answers_message_id = ?"
            " ORDER BY i.id"
            " LIMIT 100";

static enum rc tell(struct db_rows *rows, void (*each)(void *arg, const struct inbound_view *v),
                    void *arg)
{
    while (db_next(rows)) {
        const struct inbound_view v = {
            .id = db_get_u64(rows, 0),
            .at = db_get_time(rows, 1),
            .channel = db_get_text(rows, 2),
            .carrier = db_get_text(rows, 3),
            .from = db_get_text(rows, 4),
            .to = db_get_text(rows, 5),
            .text = db_get_text(rows, 6),
            .keyword = db_get_text(rows, 7),
            .customer_id = db_get_u64(rows, 8),
            .answer_id = db_get_u64(rows, 9),
            .answer = db_get_text(rows, 10),
            .answers_message_id = db_get_u64(rows, 11),
            .parts = (unsigned)db_get_u64(rows, 12),
            .incomplete = db_get_u64(rows, 13),
            .subject = db_get_text(rows, 14),
            .attachments = (unsigned)db_get_u64(rows, 15),
            .automatic = *db_get_text(rows, 16) != '\0',
        };
        each(arg, &v);
    }
    return db_rows_end(rows);
}

enum rc inbound_list(struct db *db, const struct inbound_filter *f,
                     void (*each)(void *arg, const struct inbound_view *v), void *arg)
{
    const bool mails = f->channel && strcmp(f->channel, channel_name(CHANNEL_EMAIL)) == 0;
    const char *sql = f->from      ? f->keyword ? SQL_BOTH : SQL_FROM
                      : f->keyword ? SQL_KEYWORD
                      : mails      ? SQL_MAILS
                                   : SQL_ALL;
    struct db_value in[6] = { db_u64(f->since ? timed_id_at(f->since) : 0),
                              db_u64(f->before ? f->before : INT64_MAX) };
    struct db_rows *rows;
    size_t n = 2;
    enum rc rc;

    if (f->from)
        in[n++] = db_text(f->from);
    if (f->keyword)
        in[n++] = db_text(f->keyword);
    in[n++] = db_text(f->channel);
    in[n++] = db_u64(f->limit);
    rc = db_query(db, sql, in, n, &rows);
    return rc ? rc : tell(rows, each, arg);
}

enum rc inbound_replies(struct db *db, uint64_t message_id, const char *address,
                        void (*each)(void *arg, const struct inbound_view *v), void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_REPLIES,
        DB_IN(db_text(address), db_u64(message_id >> 20 << 20), db_u64(message_id)), &rows);

    return rc ? rc : tell(rows, each, arg);
}
